SELECT job_id, schedule_id, def_hash, planned_through, paused_at, paused_by, tzdb FROM schedule_cursor WHERE job_id = $1 AND schedule_id = $2
