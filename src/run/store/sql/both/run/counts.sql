SELECT state, count(*) FROM run GROUP BY state ORDER BY state
