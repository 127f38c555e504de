SELECT approved_by, approved_at, fingerprint FROM review_approval WHERE review_id = $1 ORDER BY id
