SELECT owner, host, pid, version, tzdb, started_at, seen_at, stopped_at FROM runner WHERE seen_at >= $1 ORDER BY started_at
