SELECT id, lease_token, attempt_no, losses, cancel_requested_by FROM run WHERE state = 'running' AND lease_until < $1 ORDER BY id
