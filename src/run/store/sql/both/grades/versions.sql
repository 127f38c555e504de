SELECT DISTINCT version_id, version_hash FROM grade_set WHERE scheme_id = $1 ORDER BY version_id, version_hash
