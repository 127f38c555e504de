UPDATE run SET cancel_requested_at = $2, cancel_requested_by = $3 WHERE id = $1 AND state = 'running' AND cancel_requested_at IS NULL
