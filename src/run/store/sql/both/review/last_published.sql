SELECT review.id FROM review JOIN review_publication ON review_publication.review_id = review.id
WHERE review.scheme_id = $1 AND review.as_of < $2 ORDER BY review.as_of DESC LIMIT 1
