-- Reviews of grades that people decide. Rows are only added: a new draft, decision or approval stands beside the earlier ones, and the state of a
-- review follows from what stands here.
CREATE TABLE review(
  id TEXT COLLATE "C" PRIMARY KEY, declaration TEXT COLLATE "C" NOT NULL, scheme_id TEXT COLLATE "C" NOT NULL, as_of TEXT COLLATE "C" NOT NULL, closes_on TEXT COLLATE "C" NOT NULL, opened_at TEXT COLLATE "C" NOT NULL);
CREATE TABLE review_draft(
  review_id TEXT COLLATE "C" NOT NULL REFERENCES review(id), draft BIGINT NOT NULL CHECK(draft >= 1), drafted_at TEXT COLLATE "C" NOT NULL,
  version_id TEXT COLLATE "C" NOT NULL, version_hash TEXT COLLATE "C" NOT NULL, grades TEXT COLLATE "C" NOT NULL, dimensions TEXT COLLATE "C" NOT NULL, snapshot TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY(review_id, draft));
CREATE TABLE review_row(
  review_id TEXT COLLATE "C" NOT NULL, draft BIGINT NOT NULL, subject TEXT COLLATE "C" NOT NULL, proposed TEXT COLLATE "C", earned TEXT COLLATE "C", before TEXT COLLATE "C", classes TEXT COLLATE "C" NOT NULL,
  provisional BIGINT NOT NULL CHECK(provisional IN (0,1)), earlier TEXT COLLATE "C", figures TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY(review_id, draft, subject), FOREIGN KEY(review_id, draft) REFERENCES review_draft(review_id, draft));
CREATE TABLE review_decision(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, review_id TEXT COLLATE "C" NOT NULL REFERENCES review(id), subject TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL CHECK(kind IN ('confirm','override','hold')), grade TEXT COLLATE "C", decided_by TEXT COLLATE "C" NOT NULL CHECK(decided_by <> ''),
  why TEXT COLLATE "C", until TEXT COLLATE "C", decided_at TEXT COLLATE "C" NOT NULL, on_row TEXT COLLATE "C" NOT NULL,
  CHECK(kind = 'confirm' OR (why IS NOT NULL AND grade IS NOT NULL)), CHECK(until IS NULL OR kind = 'override'));
CREATE INDEX review_decision_of ON review_decision(review_id, subject, id);
CREATE TABLE review_approval(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, review_id TEXT COLLATE "C" NOT NULL REFERENCES review(id), fingerprint TEXT COLLATE "C" NOT NULL,
  approved_by TEXT COLLATE "C" NOT NULL CHECK(approved_by <> ''), approved_at TEXT COLLATE "C" NOT NULL);
CREATE TABLE review_publication(
  review_id TEXT COLLATE "C" PRIMARY KEY REFERENCES review(id), fingerprint TEXT COLLATE "C" NOT NULL,
  published_by TEXT COLLATE "C" NOT NULL CHECK(published_by <> ''), published_at TEXT COLLATE "C" NOT NULL);
CREATE TABLE review_import(
  review_id TEXT COLLATE "C" NOT NULL REFERENCES review(id), file_sha256 TEXT COLLATE "C" NOT NULL, imported_by TEXT COLLATE "C" NOT NULL, imported_at TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY(review_id, file_sha256));
