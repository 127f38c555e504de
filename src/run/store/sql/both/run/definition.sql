SELECT source FROM job_def WHERE job_id = $1 AND def_hash = $2
