INSERT INTO schedule_cursor(job_id, schedule_id, def_hash, planned_through, tzdb) VALUES ($1, $2, $3, $4, $5) ON CONFLICT(job_id, schedule_id) DO NOTHING
