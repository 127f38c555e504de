UPDATE run SET gated = 0, reason = NULL WHERE id = $1 AND state = 'pending' AND gated = 1
