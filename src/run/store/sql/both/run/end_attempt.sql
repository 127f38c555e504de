UPDATE attempt SET finished_at = $3, outcome = $4, error_class = $5, error = $6, exit_code = $7, exit_signal = $8, max_rss_kb = $9, cpu_ms = $10, log_sha256 = $11
WHERE run_id = $1 AND attempt_no = $2 AND finished_at IS NULL
