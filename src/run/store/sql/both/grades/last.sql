SELECT max(as_of) FROM grade_set WHERE scheme_id = $1
