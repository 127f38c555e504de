UPDATE run SET state = $2, reason = $3, finished_at = $4 WHERE id = $1 AND state = 'pending' AND gated = 1
