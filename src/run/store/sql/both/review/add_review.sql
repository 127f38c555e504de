INSERT INTO review(id, declaration, scheme_id, as_of, closes_on, opened_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING
