INSERT INTO points_progress(plan, token, cursor) VALUES ($1, 1, NULL) ON CONFLICT(plan) DO UPDATE SET token = points_progress.token + 1 RETURNING token, cursor
