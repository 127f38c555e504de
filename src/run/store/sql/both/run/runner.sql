INSERT INTO runner(owner, host, pid, version, tzdb, started_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
ON CONFLICT(owner) DO UPDATE SET seen_at = excluded.seen_at
