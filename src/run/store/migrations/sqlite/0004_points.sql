-- Plans of points that lapse: what people review and approve. A plan is never changed; what happens to it are events.
CREATE TABLE points_plan(
  id INTEGER PRIMARY KEY, programme TEXT NOT NULL, kind TEXT NOT NULL CHECK(kind IN ('expire', 'zero')), on_day TEXT NOT NULL,
  edition INTEGER NOT NULL CHECK(edition > 0), rules TEXT NOT NULL, hash TEXT NOT NULL, members INTEGER NOT NULL, points INTEGER NOT NULL,
  tripped INTEGER NOT NULL CHECK(tripped IN (0, 1)), classes TEXT NOT NULL, snapshot TEXT NOT NULL, rows BLOB NOT NULL, lots BLOB NOT NULL, sha256 TEXT NOT NULL, made_at TEXT NOT NULL) STRICT;
CREATE INDEX points_plan_day ON points_plan(programme, on_day, edition);
CREATE TABLE points_event(
  id INTEGER PRIMARY KEY, plan INTEGER NOT NULL REFERENCES points_plan(id),
  what TEXT NOT NULL CHECK(what IN ('approved', 'withdrawn', 'posting', 'posted', 'reversed', 'verified')),
  person TEXT, reason TEXT, hash TEXT NOT NULL, members INTEGER NOT NULL, points INTEGER NOT NULL, at TEXT NOT NULL) STRICT;
-- How far a posting came, and whose it is: who comes later takes it over, and who came before is fenced out.
CREATE TABLE points_progress(plan INTEGER PRIMARY KEY REFERENCES points_plan(id), token INTEGER NOT NULL, cursor TEXT) STRICT;
-- What stands in the ledger, as it was read back there.
CREATE TABLE points_posting(
  key TEXT PRIMARY KEY, plan INTEGER NOT NULL REFERENCES points_plan(id), member TEXT NOT NULL, points INTEGER NOT NULL CHECK(points <> 0),
  entry_id TEXT NOT NULL, reverses TEXT UNIQUE REFERENCES points_posting(key), at TEXT NOT NULL) STRICT;
CREATE INDEX points_posting_plan ON points_posting(plan, member);
