INSERT INTO grade_set(scheme_id, as_of, revision, version_id, version_hash, assessment, grades, subjects, excluded, snapshot, rows, rows_sha256, kept_at)
VALUES (?1, ?2, (SELECT coalesce(max(revision), 0) + 1 FROM grade_set WHERE scheme_id = ?1 AND as_of = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
