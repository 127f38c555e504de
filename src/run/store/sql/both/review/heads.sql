SELECT id, declaration, scheme_id, as_of, closes_on FROM review ORDER BY as_of, id
