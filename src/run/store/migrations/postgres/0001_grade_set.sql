-- The grades of all subjects of a scheme on one day. A later computation that differs is a new revision; nothing is overwritten.
CREATE TABLE grade_set(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scheme_id TEXT COLLATE "C" NOT NULL, as_of TEXT COLLATE "C" NOT NULL, revision BIGINT NOT NULL CHECK(revision >= 1),
  version_id TEXT COLLATE "C" NOT NULL, version_hash TEXT COLLATE "C" NOT NULL, assessment BIGINT NOT NULL CHECK(assessment IN (0,1)),
  grades TEXT COLLATE "C" NOT NULL, subjects BIGINT NOT NULL, excluded BIGINT NOT NULL,
  snapshot TEXT COLLATE "C" NOT NULL, rows BYTEA NOT NULL, rows_sha256 TEXT COLLATE "C" NOT NULL, kept_at TEXT COLLATE "C" NOT NULL,
  UNIQUE(scheme_id, as_of, revision));
