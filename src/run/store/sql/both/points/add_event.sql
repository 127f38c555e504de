INSERT INTO points_event(plan, what, person, reason, hash, members, points, at)
SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE (SELECT count(*) FROM points_event WHERE plan = $1) = $9
