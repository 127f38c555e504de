INSERT INTO review_row(review_id, draft, subject, proposed, earned, before, classes, provisional, earlier, figures)
SELECT $1, $2, value ->> 'subject', value ->> 'proposed', value ->> 'earned', value ->> 'before', value ->> 'classes', (value ->> 'provisional')::boolean::int,
  value ->> 'earlier', value ->> 'figures' FROM json_array_elements($3::text::json) AS given(value)
