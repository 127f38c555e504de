INSERT INTO points_posting(key, plan, member, points, entry_id, reverses, at)
SELECT value ->> 0, $1, value ->> 1, (value ->> 2)::bigint, value ->> 3, value ->> 4, $3 FROM jsonb_array_elements($2::text::jsonb) AS value ON CONFLICT(key) DO NOTHING
