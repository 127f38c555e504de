SELECT draft, drafted_at, version_id, version_hash, grades, dimensions, snapshot FROM review_draft WHERE review_id = $1 ORDER BY draft DESC LIMIT 1
