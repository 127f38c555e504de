UPDATE points_progress SET cursor = $3 WHERE plan = $1 AND token = $2
