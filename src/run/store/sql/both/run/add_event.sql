INSERT INTO run_event(at, kind, actor, run_id, job_id, schedule_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)
