INSERT INTO job_def(job_id, def_hash, source, loaded_at) VALUES ($1, $2, $3, $4) ON CONFLICT(job_id, def_hash) DO NOTHING
