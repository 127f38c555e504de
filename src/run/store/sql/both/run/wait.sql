UPDATE run SET reason = $2, available_at = $3 WHERE id = $1 AND state = 'pending' AND gated = 1
