INSERT INTO artifact(run_id, name, format, sha256, bytes, created_at) VALUES ($1, $2, $3, $4, $5, $6)
