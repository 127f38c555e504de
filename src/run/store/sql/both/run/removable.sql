SELECT a.run_id, a.name, a.bytes FROM artifact a JOIN run r ON r.id = a.run_id
WHERE a.removed_at IS NULL AND a.created_at < $1 AND (SELECT count(*) FROM run n WHERE n.job_id = r.job_id AND n.state = 'succeeded' AND n.id > r.id) >= $2
ORDER BY a.run_id, a.name LIMIT $3
