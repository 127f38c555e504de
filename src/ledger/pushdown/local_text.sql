({column} IS NOT NULL AND {column} <> '' AND NOT (
    ({column} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
      OR ({column} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T][0-9][0-9]:[0-9][0-9]' AND substr({column}, 12, 2) < '24' AND time(substr({column}, 12)) IS NOT NULL)
      OR ({column} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]' AND substr({column}, 12, 2) < '24' AND time(substr({column}, 12)) IS NOT NULL))
    AND date(substr({column}, 1, 10)) = substr({column}, 1, 10)))
