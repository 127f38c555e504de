UPDATE run SET state = $3, reason = $4, lease_owner = NULL, lease_until = NULL, finished_at = $5, failures = failures + $6, summary = $7
WHERE id = $1 AND state = 'running' AND lease_token = $2
