SELECT id, programme, kind, on_day, edition, rules, hash, members, points, tripped, classes, snapshot, made_at FROM points_plan ORDER BY id
