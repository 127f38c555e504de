SELECT count(n.id), r.state FROM run r LEFT JOIN run n ON n.job_id = r.job_id AND n.id > r.id WHERE r.id = $1 GROUP BY r.id, r.state
