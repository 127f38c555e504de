INSERT INTO review_import(review_id, file_sha256, imported_by, imported_at) VALUES ($1, $2, $3, $4)
