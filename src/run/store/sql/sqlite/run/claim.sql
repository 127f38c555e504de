UPDATE run SET state = 'running', reason = NULL, lease_token = lease_token + 1, attempt_no = attempt_no + 1, lease_owner = $1, lease_until = $3, lease_ms = $3 - $2, started_at = coalesce(started_at, $2)
WHERE id = (
  SELECT id FROM run AS waiting WHERE state = 'pending' AND gated = 0 AND available_at <= $2 AND ($4 IS NULL OR id = $4)
  AND NOT EXISTS (SELECT 1 FROM run AS other WHERE other.concurrency_key = waiting.concurrency_key AND other.state = 'running')
  ORDER BY priority DESC, available_at, id LIMIT 1) AND state = 'pending'
RETURNING id, job_id, def_hash, trigger_kind, period_key, revision, lease_token, attempt_no, failures, max_failures, slot_at
