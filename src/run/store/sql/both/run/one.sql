SELECT id, job_id, def_hash, trigger_kind, dedup_key, schedule_id, slot_wall, slot_at, period_key, revision, gated, priority, asked_by, state, reason, available_at, start_deadline_at, attempt_no, failures, losses, max_failures, lease_owner, lease_until, cancel_requested_by, created_at, started_at, finished_at, summary
FROM run WHERE id = $1
