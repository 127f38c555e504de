INSERT INTO review_publication(review_id, fingerprint, published_by, published_at) VALUES ($1, $2, $3, $4)
