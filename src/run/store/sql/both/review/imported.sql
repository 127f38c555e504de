SELECT imported_by, imported_at FROM review_import WHERE review_id = $1 AND file_sha256 = $2
