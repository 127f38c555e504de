INSERT INTO points_posting(key, plan, member, points, entry_id, reverses, at)
SELECT value ->> 0, $1, value ->> 1, value ->> 2, value ->> 3, value ->> 4, $3 FROM json_each($2) WHERE true ON CONFLICT(key) DO NOTHING
