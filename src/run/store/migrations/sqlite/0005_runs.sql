-- Runs: what was to be done when, who tried it, what came of it. Instants are milliseconds since 1970 in UTC.
-- A job as it stood in its file when something was planned by it.
CREATE TABLE job_def(
  job_id TEXT NOT NULL, def_hash TEXT NOT NULL, source TEXT NOT NULL, loaded_at INTEGER NOT NULL, PRIMARY KEY(job_id, def_hash)) STRICT;
-- How far each schedule is decided: every slot up to `planned_through` has its row in `run`, or an event that says why not.
CREATE TABLE schedule_cursor(
  job_id TEXT NOT NULL, schedule_id TEXT NOT NULL, def_hash TEXT NOT NULL, planned_through INTEGER NOT NULL,
  paused_at INTEGER, paused_by TEXT, tzdb TEXT NOT NULL, PRIMARY KEY(job_id, schedule_id), CHECK((paused_at IS NULL) = (paused_by IS NULL))) STRICT;
CREATE TABLE run(
  id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, def_hash TEXT NOT NULL,
  trigger_kind TEXT NOT NULL CHECK(trigger_kind IN ('schedule', 'catch-up', 'backfill', 'manual', 'retry')),
  dedup_key TEXT NOT NULL, schedule_id TEXT, slot_wall TEXT, slot_at INTEGER,
  period_key TEXT NOT NULL, period_lock TEXT, revision INTEGER NOT NULL CHECK(revision >= 1), concurrency_key TEXT,
  gated INTEGER NOT NULL CHECK(gated IN (0, 1)), priority INTEGER NOT NULL, max_failures INTEGER NOT NULL CHECK(max_failures >= 1), asked_by TEXT,
  state TEXT NOT NULL CHECK(state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled', 'skipped')), reason TEXT,
  available_at INTEGER NOT NULL, start_deadline_at INTEGER,
  attempt_no INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, losses INTEGER NOT NULL DEFAULT 0,
  lease_token INTEGER NOT NULL DEFAULT 0, lease_owner TEXT, lease_until INTEGER, lease_ms INTEGER NOT NULL DEFAULT 0,
  cancel_requested_at INTEGER, cancel_requested_by TEXT,
  created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER, summary TEXT,
  CHECK((state = 'running') = (lease_owner IS NOT NULL)), CHECK((lease_owner IS NULL) = (lease_until IS NULL)),
  CHECK((state IN ('pending', 'running')) = (finished_at IS NULL)),
  UNIQUE(job_id, dedup_key)) STRICT;
-- A period is done once in each revision.
CREATE UNIQUE INDEX run_period_once ON run(job_id, period_lock, revision) WHERE period_lock IS NOT NULL AND state NOT IN ('skipped', 'cancelled', 'failed');
-- Of runs that must not meet, one is at work.
CREATE UNIQUE INDEX run_one_active ON run(concurrency_key) WHERE state = 'running' AND concurrency_key IS NOT NULL;
CREATE INDEX run_claim ON run(priority DESC, available_at, id) WHERE state = 'pending';
CREATE INDEX run_lease ON run(lease_until) WHERE state = 'running';
CREATE INDEX run_history ON run(job_id, id);
CREATE INDEX run_slot ON run(job_id, schedule_id, slot_at);
CREATE TABLE attempt(
  run_id INTEGER NOT NULL REFERENCES run(id), attempt_no INTEGER NOT NULL, lease_token INTEGER NOT NULL, owner TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
  started_at INTEGER NOT NULL, finished_at INTEGER,
  outcome TEXT CHECK(outcome IN ('succeeded', 'failed', 'timeout', 'interrupted', 'cancelled', 'lost')),
  error_class TEXT, error TEXT, exit_code INTEGER, exit_signal INTEGER, max_rss_kb INTEGER, cpu_ms INTEGER, log_sha256 TEXT,
  PRIMARY KEY(run_id, attempt_no), UNIQUE(run_id, lease_token), CHECK((finished_at IS NULL) = (outcome IS NULL))) STRICT;
-- What a run made; the bytes are in files that are named by their sha256.
CREATE TABLE artifact(
  run_id INTEGER NOT NULL REFERENCES run(id), name TEXT NOT NULL, format TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL, removed_at INTEGER, PRIMARY KEY(run_id, name)) STRICT;
CREATE INDEX artifact_file ON artifact(sha256);
-- What happened beside the states of runs; rows are only added.
CREATE TABLE run_event(
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, run_id INTEGER, job_id TEXT, schedule_id TEXT, detail TEXT NOT NULL) STRICT;
CREATE INDEX run_event_job ON run_event(job_id, id);
CREATE INDEX run_event_run ON run_event(run_id, id);
-- Who is at work; a row of a runner that ended stays.
CREATE TABLE runner(
  owner TEXT PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, version TEXT NOT NULL, tzdb TEXT NOT NULL,
  started_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, stopped_at INTEGER) STRICT;
