SELECT published_by, published_at, fingerprint FROM review_publication WHERE review_id = $1
