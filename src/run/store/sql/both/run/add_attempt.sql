INSERT INTO attempt(run_id, attempt_no, lease_token, owner, host, pid, started_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
