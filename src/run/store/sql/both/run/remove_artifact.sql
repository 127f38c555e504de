UPDATE artifact SET removed_at = $3 WHERE run_id = $1 AND name = $2 AND removed_at IS NULL
