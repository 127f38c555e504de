UPDATE run SET lease_until = $3 WHERE id = $1 AND state = 'running' AND lease_token = $2 RETURNING cancel_requested_by
