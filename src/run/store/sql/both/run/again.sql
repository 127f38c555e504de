UPDATE run SET state = 'pending', reason = $3, lease_owner = NULL, lease_until = NULL, lease_token = lease_token + 1, available_at = $4, failures = failures + $5, losses = losses + $6
WHERE id = $1 AND state = 'running' AND lease_token = $2
