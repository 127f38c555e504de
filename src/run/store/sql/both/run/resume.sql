UPDATE schedule_cursor SET paused_at = NULL, paused_by = NULL, planned_through = CASE WHEN planned_through > $2 THEN planned_through ELSE $2 END
WHERE job_id = $1 AND paused_at IS NOT NULL
