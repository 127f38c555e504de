INSERT INTO review_row(review_id, draft, subject, proposed, earned, before, classes, provisional, earlier, figures)
SELECT $1, $2, value ->> 'subject', value ->> 'proposed', value ->> 'earned', value ->> 'before', value -> 'classes', value ->> 'provisional',
  nullif(value -> 'earlier', 'null'), value ->> 'figures' FROM json_each($3)
