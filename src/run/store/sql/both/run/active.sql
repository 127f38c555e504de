SELECT id, state, lease_token FROM run WHERE concurrency_key = $1 AND state IN ('pending', 'running') ORDER BY id
