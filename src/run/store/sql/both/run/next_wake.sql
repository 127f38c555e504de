SELECT min(available_at) FROM run WHERE state = 'pending'
