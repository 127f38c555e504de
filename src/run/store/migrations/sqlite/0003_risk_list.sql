-- Receivable risk lists that were given out, for what changed since. A later list of the same day that differs is a new revision; nothing is overwritten.
CREATE TABLE risk_list(
  id INTEGER PRIMARY KEY,
  as_of TEXT NOT NULL, revision INTEGER NOT NULL CHECK(revision >= 1), rules TEXT NOT NULL, customers INTEGER NOT NULL,
  snapshot TEXT NOT NULL, rows BLOB NOT NULL, rows_sha256 TEXT NOT NULL, kept_at TEXT NOT NULL,
  UNIQUE(as_of, revision)) STRICT;
