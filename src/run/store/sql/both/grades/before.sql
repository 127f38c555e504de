SELECT as_of, revision, version_id, version_hash, grades, rows, rows_sha256, kept_at FROM grade_set
WHERE scheme_id = $1 AND as_of < $2 ORDER BY as_of DESC, revision DESC LIMIT 1
