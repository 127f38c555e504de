UPDATE run SET state = 'skipped', reason = 'not started by its deadline', finished_at = $1
WHERE state = 'pending' AND attempt_no = 0 AND start_deadline_at < $1 RETURNING id
