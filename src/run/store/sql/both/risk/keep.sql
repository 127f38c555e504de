INSERT INTO risk_list(as_of, revision, rules, customers, snapshot, rows, rows_sha256, kept_at)
SELECT $1, (SELECT coalesce(max(revision), 0) + 1 FROM risk_list WHERE as_of = $1), $2, $3, $4, $5, $6, $7
WHERE NOT EXISTS (
  SELECT 1 FROM risk_list AS latest WHERE latest.as_of = $1 AND latest.rows_sha256 = $6 AND latest.rules = $2
  AND latest.revision = (SELECT max(revision) FROM risk_list WHERE as_of = $1))
