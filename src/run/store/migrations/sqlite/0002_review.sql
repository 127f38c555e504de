-- Reviews of grades that people decide. Rows are only added: a new draft, decision or approval stands beside the earlier ones, and the state of a
-- review follows from what stands here.
CREATE TABLE review(
  id TEXT PRIMARY KEY, declaration TEXT NOT NULL, scheme_id TEXT NOT NULL, as_of TEXT NOT NULL, closes_on TEXT NOT NULL, opened_at TEXT NOT NULL) STRICT;
CREATE TABLE review_draft(
  review_id TEXT NOT NULL REFERENCES review(id), draft INTEGER NOT NULL CHECK(draft >= 1), drafted_at TEXT NOT NULL,
  version_id TEXT NOT NULL, version_hash TEXT NOT NULL, grades TEXT NOT NULL, dimensions TEXT NOT NULL, snapshot TEXT NOT NULL,
  PRIMARY KEY(review_id, draft)) STRICT;
CREATE TABLE review_row(
  review_id TEXT NOT NULL, draft INTEGER NOT NULL, subject TEXT NOT NULL, proposed TEXT, earned TEXT, before TEXT, classes TEXT NOT NULL,
  provisional INTEGER NOT NULL CHECK(provisional IN (0,1)), earlier TEXT, figures TEXT NOT NULL,
  PRIMARY KEY(review_id, draft, subject), FOREIGN KEY(review_id, draft) REFERENCES review_draft(review_id, draft)) STRICT;
CREATE TABLE review_decision(
  id INTEGER PRIMARY KEY, review_id TEXT NOT NULL REFERENCES review(id), subject TEXT NOT NULL,
  kind TEXT NOT NULL CHECK(kind IN ('confirm','override','hold')), grade TEXT, decided_by TEXT NOT NULL CHECK(decided_by <> ''),
  why TEXT, until TEXT, decided_at TEXT NOT NULL, on_row TEXT NOT NULL,
  CHECK(kind = 'confirm' OR (why IS NOT NULL AND grade IS NOT NULL)), CHECK(until IS NULL OR kind = 'override')) STRICT;
CREATE INDEX review_decision_of ON review_decision(review_id, subject, id);
CREATE TABLE review_approval(
  id INTEGER PRIMARY KEY, review_id TEXT NOT NULL REFERENCES review(id), fingerprint TEXT NOT NULL,
  approved_by TEXT NOT NULL CHECK(approved_by <> ''), approved_at TEXT NOT NULL) STRICT;
CREATE TABLE review_publication(
  review_id TEXT PRIMARY KEY REFERENCES review(id), fingerprint TEXT NOT NULL,
  published_by TEXT NOT NULL CHECK(published_by <> ''), published_at TEXT NOT NULL) STRICT;
CREATE TABLE review_import(
  review_id TEXT NOT NULL REFERENCES review(id), file_sha256 TEXT NOT NULL, imported_by TEXT NOT NULL, imported_at TEXT NOT NULL,
  PRIMARY KEY(review_id, file_sha256)) STRICT;
