SELECT plan, what, person, reason, hash, members, points, at FROM points_event ORDER BY id
