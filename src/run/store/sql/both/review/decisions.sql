SELECT id, subject, kind, grade, decided_by, why, until, decided_at, on_row FROM review_decision WHERE review_id = $1 ORDER BY id
