SELECT attempt_no, owner, host, pid, started_at, finished_at, outcome, error_class, error, exit_code, exit_signal, max_rss_kb, cpu_ms, log_sha256
FROM attempt WHERE run_id = $1 ORDER BY attempt_no
