INSERT INTO review_decision(review_id, subject, kind, grade, decided_by, why, until, decided_at, on_row)
SELECT $1, value ->> 'subject', value ->> 'kind', value ->> 'grade', value ->> 'by', value ->> 'why', value ->> 'until', $2, value ->> 'row' FROM json_each($3) ORDER BY key
