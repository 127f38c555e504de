SELECT at, kind, actor, run_id, job_id, schedule_id, detail FROM run_event WHERE run_id = $1 OR job_id = $2 ORDER BY id DESC LIMIT $3
