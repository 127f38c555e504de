SELECT (SELECT max(draft) FROM review_draft WHERE review_id = $1), (SELECT max(id) FROM review_decision WHERE review_id = $1),
  (SELECT max(id) FROM review_approval WHERE review_id = $1), (SELECT count(*) FROM review_publication WHERE review_id = $1)
