UPDATE schedule_cursor SET planned_through = $3, def_hash = $4, tzdb = $5 WHERE job_id = $1 AND schedule_id = $2 AND planned_through <= $3
