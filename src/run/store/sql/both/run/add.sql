INSERT INTO run(job_id, def_hash, trigger_kind, dedup_key, schedule_id, slot_wall, slot_at, period_key, period_lock, revision, concurrency_key, gated, priority, max_failures, asked_by,
  state, reason, available_at, start_deadline_at, created_at, finished_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) ON CONFLICT DO NOTHING RETURNING id
