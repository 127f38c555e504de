INSERT INTO review_approval(review_id, fingerprint, approved_by, approved_at) VALUES ($1, $2, $3, $4)
