-- Plans of points that lapse: what people review and approve. A plan is never changed; what happens to it are events.
CREATE TABLE points_plan(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, programme TEXT COLLATE "C" NOT NULL, kind TEXT COLLATE "C" NOT NULL CHECK(kind IN ('expire', 'zero')), on_day TEXT COLLATE "C" NOT NULL,
  edition BIGINT NOT NULL CHECK(edition > 0), rules TEXT COLLATE "C" NOT NULL, hash TEXT COLLATE "C" NOT NULL, members BIGINT NOT NULL, points BIGINT NOT NULL,
  tripped BIGINT NOT NULL CHECK(tripped IN (0, 1)), classes TEXT COLLATE "C" NOT NULL, snapshot TEXT COLLATE "C" NOT NULL, rows BYTEA NOT NULL, lots BYTEA NOT NULL, sha256 TEXT COLLATE "C" NOT NULL, made_at TEXT COLLATE "C" NOT NULL);
CREATE INDEX points_plan_day ON points_plan(programme, on_day, edition);
CREATE TABLE points_event(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, plan BIGINT NOT NULL REFERENCES points_plan(id),
  what TEXT COLLATE "C" NOT NULL CHECK(what IN ('approved', 'withdrawn', 'posting', 'posted', 'reversed', 'verified')),
  person TEXT COLLATE "C", reason TEXT COLLATE "C", hash TEXT COLLATE "C" NOT NULL, members BIGINT NOT NULL, points BIGINT NOT NULL, at TEXT COLLATE "C" NOT NULL);
-- How far a posting came, and whose it is: who comes later takes it over, and who came before is fenced out.
CREATE TABLE points_progress(plan BIGINT PRIMARY KEY REFERENCES points_plan(id), token BIGINT NOT NULL, cursor TEXT COLLATE "C");
-- What stands in the ledger, as it was read back there.
CREATE TABLE points_posting(
  key TEXT COLLATE "C" PRIMARY KEY, plan BIGINT NOT NULL REFERENCES points_plan(id), member TEXT COLLATE "C" NOT NULL, points BIGINT NOT NULL CHECK(points <> 0),
  entry_id TEXT COLLATE "C" NOT NULL, reverses TEXT COLLATE "C" UNIQUE REFERENCES points_posting(key), at TEXT COLLATE "C" NOT NULL);
CREATE INDEX points_posting_plan ON points_posting(plan, member);
