SELECT name, format, sha256, bytes, created_at, removed_at FROM artifact WHERE run_id = $1 ORDER BY name
