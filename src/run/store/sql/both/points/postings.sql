SELECT key, member, points, entry_id, reverses, at FROM points_posting WHERE plan = $1 ORDER BY member, key
