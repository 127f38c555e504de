SELECT subject, proposed, earned, before, classes, provisional, earlier, figures FROM review_row WHERE review_id = $1 AND draft = $2 ORDER BY subject
