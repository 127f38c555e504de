INSERT INTO review_draft(review_id, draft, drafted_at, version_id, version_hash, grades, dimensions, snapshot) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
