SELECT id FROM run WHERE job_id = $1 AND dedup_key = $2
