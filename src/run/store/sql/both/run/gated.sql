SELECT id, job_id, def_hash, period_key, created_at, slot_at FROM run WHERE state = 'pending' AND gated = 1 AND available_at <= $1 ORDER BY priority DESC, available_at, id LIMIT 100
