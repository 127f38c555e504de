INSERT INTO points_plan(programme, kind, on_day, edition, rules, hash, members, points, tripped, classes, snapshot, rows, lots, sha256, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id
