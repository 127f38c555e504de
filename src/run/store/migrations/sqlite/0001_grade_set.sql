-- The grades of all subjects of a scheme on one day. A later computation that differs is a new revision; nothing is overwritten.
CREATE TABLE grade_set(
  id INTEGER PRIMARY KEY,
  scheme_id TEXT NOT NULL, as_of TEXT NOT NULL, revision INTEGER NOT NULL CHECK(revision >= 1),
  version_id TEXT NOT NULL, version_hash TEXT NOT NULL, assessment INTEGER NOT NULL CHECK(assessment IN (0,1)),
  grades TEXT NOT NULL, subjects INTEGER NOT NULL, excluded INTEGER NOT NULL,
  snapshot TEXT NOT NULL, rows BLOB NOT NULL, rows_sha256 TEXT NOT NULL, kept_at TEXT NOT NULL,
  UNIQUE(scheme_id, as_of, revision)) STRICT;
