INSERT INTO grade_set(scheme_id, as_of, revision, version_id, version_hash, assessment, grades, subjects, excluded, snapshot, rows, rows_sha256, kept_at)
SELECT $1, $2, (SELECT coalesce(max(revision), 0) + 1 FROM grade_set WHERE scheme_id = $1 AND as_of = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
WHERE NOT EXISTS (
  SELECT 1 FROM grade_set AS latest WHERE latest.scheme_id = $1 AND latest.as_of = $2 AND latest.rows_sha256 = $11 AND latest.version_hash = $4
  AND latest.revision = (SELECT max(revision) FROM grade_set WHERE scheme_id = $1 AND as_of = $2))
