UPDATE run SET state = 'cancelled', reason = $2, finished_at = $3, cancel_requested_at = $3, cancel_requested_by = $4 WHERE id = $1 AND state = 'pending'
