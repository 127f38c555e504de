SELECT token FROM points_progress WHERE plan = $1
