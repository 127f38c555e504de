-- Runs: what was to be done when, who tried it, what came of it. Instants are milliseconds since 1970 in UTC.
-- A job as it stood in its file when something was planned by it.
CREATE TABLE job_def(
  job_id TEXT COLLATE "C" NOT NULL, def_hash TEXT COLLATE "C" NOT NULL, source TEXT COLLATE "C" NOT NULL, loaded_at BIGINT NOT NULL, PRIMARY KEY(job_id, def_hash));
-- How far each schedule is decided: every slot up to `planned_through` has its row in `run`, or an event that says why not.
CREATE TABLE schedule_cursor(
  job_id TEXT COLLATE "C" NOT NULL, schedule_id TEXT COLLATE "C" NOT NULL, def_hash TEXT COLLATE "C" NOT NULL, planned_through BIGINT NOT NULL,
  paused_at BIGINT, paused_by TEXT COLLATE "C", tzdb TEXT COLLATE "C" NOT NULL, PRIMARY KEY(job_id, schedule_id), CHECK((paused_at IS NULL) = (paused_by IS NULL)));
CREATE TABLE run(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job_id TEXT COLLATE "C" NOT NULL, def_hash TEXT COLLATE "C" NOT NULL,
  trigger_kind TEXT COLLATE "C" NOT NULL CHECK(trigger_kind IN ('schedule', 'catch-up', 'backfill', 'manual', 'retry')),
  dedup_key TEXT COLLATE "C" NOT NULL, schedule_id TEXT COLLATE "C", slot_wall TEXT COLLATE "C", slot_at BIGINT,
  period_key TEXT COLLATE "C" NOT NULL, period_lock TEXT COLLATE "C", revision BIGINT NOT NULL CHECK(revision >= 1), concurrency_key TEXT COLLATE "C",
  gated BIGINT NOT NULL CHECK(gated IN (0, 1)), priority BIGINT NOT NULL, max_failures BIGINT NOT NULL CHECK(max_failures >= 1), asked_by TEXT COLLATE "C",
  state TEXT COLLATE "C" NOT NULL CHECK(state IN ('pending', 'running', 'succeeded', 'failed', 'cancelled', 'skipped')), reason TEXT COLLATE "C",
  available_at BIGINT NOT NULL, start_deadline_at BIGINT,
  attempt_no BIGINT NOT NULL DEFAULT 0, failures BIGINT NOT NULL DEFAULT 0, losses BIGINT NOT NULL DEFAULT 0,
  lease_token BIGINT NOT NULL DEFAULT 0, lease_owner TEXT COLLATE "C", lease_until BIGINT, lease_ms BIGINT NOT NULL DEFAULT 0,
  cancel_requested_at BIGINT, cancel_requested_by TEXT COLLATE "C",
  created_at BIGINT NOT NULL, started_at BIGINT, finished_at BIGINT, summary TEXT COLLATE "C",
  CHECK((state = 'running') = (lease_owner IS NOT NULL)), CHECK((lease_owner IS NULL) = (lease_until IS NULL)),
  CHECK((state IN ('pending', 'running')) = (finished_at IS NULL)),
  UNIQUE(job_id, dedup_key));
-- A period is done once in each revision.
CREATE UNIQUE INDEX run_period_once ON run(job_id, period_lock, revision) WHERE period_lock IS NOT NULL AND state NOT IN ('skipped', 'cancelled', 'failed');
-- Of runs that must not meet, one is at work.
CREATE UNIQUE INDEX run_one_active ON run(concurrency_key) WHERE state = 'running' AND concurrency_key IS NOT NULL;
CREATE INDEX run_claim ON run(priority DESC, available_at, id) WHERE state = 'pending';
CREATE INDEX run_lease ON run(lease_until) WHERE state = 'running';
CREATE INDEX run_history ON run(job_id, id);
CREATE INDEX run_slot ON run(job_id, schedule_id, slot_at);
CREATE TABLE attempt(
  run_id BIGINT NOT NULL REFERENCES run(id), attempt_no BIGINT NOT NULL, lease_token BIGINT NOT NULL, owner TEXT COLLATE "C" NOT NULL, host TEXT COLLATE "C" NOT NULL, pid BIGINT NOT NULL,
  started_at BIGINT NOT NULL, finished_at BIGINT,
  outcome TEXT COLLATE "C" CHECK(outcome IN ('succeeded', 'failed', 'timeout', 'interrupted', 'cancelled', 'lost')),
  error_class TEXT COLLATE "C", error TEXT COLLATE "C", exit_code BIGINT, exit_signal BIGINT, max_rss_kb BIGINT, cpu_ms BIGINT, log_sha256 TEXT COLLATE "C",
  PRIMARY KEY(run_id, attempt_no), UNIQUE(run_id, lease_token), CHECK((finished_at IS NULL) = (outcome IS NULL)));
-- What a run made; the bytes are in files that are named by their sha256.
CREATE TABLE artifact(
  run_id BIGINT NOT NULL REFERENCES run(id), name TEXT COLLATE "C" NOT NULL, format TEXT COLLATE "C" NOT NULL, sha256 TEXT COLLATE "C" NOT NULL, bytes BIGINT NOT NULL,
  created_at BIGINT NOT NULL, removed_at BIGINT, PRIMARY KEY(run_id, name));
CREATE INDEX artifact_file ON artifact(sha256);
-- What happened beside the states of runs; rows are only added.
CREATE TABLE run_event(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at BIGINT NOT NULL, kind TEXT COLLATE "C" NOT NULL, actor TEXT COLLATE "C" NOT NULL, run_id BIGINT, job_id TEXT COLLATE "C", schedule_id TEXT COLLATE "C", detail TEXT COLLATE "C" NOT NULL);
CREATE INDEX run_event_job ON run_event(job_id, id);
CREATE INDEX run_event_run ON run_event(run_id, id);
-- Who is at work; a row of a runner that ended stays.
CREATE TABLE runner(
  owner TEXT COLLATE "C" PRIMARY KEY, host TEXT COLLATE "C" NOT NULL, pid BIGINT NOT NULL, version TEXT COLLATE "C" NOT NULL, tzdb TEXT COLLATE "C" NOT NULL,
  started_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, stopped_at BIGINT);
