SELECT id, revision, state FROM run WHERE job_id = $1 AND period_key = $2 AND state NOT IN ('skipped', 'cancelled') ORDER BY revision DESC, id DESC
