-- Receivable risk lists that were given out, for what changed since. A later list of the same day that differs is a new revision; nothing is overwritten.
CREATE TABLE risk_list(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  as_of TEXT COLLATE "C" NOT NULL, revision BIGINT NOT NULL CHECK(revision >= 1), rules TEXT COLLATE "C" NOT NULL, customers BIGINT NOT NULL,
  snapshot TEXT COLLATE "C" NOT NULL, rows BYTEA NOT NULL, rows_sha256 TEXT COLLATE "C" NOT NULL, kept_at TEXT COLLATE "C" NOT NULL,
  UNIQUE(as_of, revision));
