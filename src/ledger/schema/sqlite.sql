-- fenji's own ledger in SQLite. Lists of words are written with OR: an IN of four builds a table for every row that is inserted.
-- Keys are TEXT, money is INTEGER minor units, quantities are INTEGER thousandths, days are TEXT
-- `2026-10-31`, instants are TEXT `2026-10-31 18:05:09` in the ledger's zone, flags are 0 or 1.
CREATE TABLE ledger_info(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE ledger_load(
  id INTEGER PRIMARY KEY, loaded_at TEXT NOT NULL, entity TEXT NOT NULL, file TEXT NOT NULL,
  content_sha256 TEXT NOT NULL, map_sha256 TEXT NOT NULL,
  rows_read INTEGER NOT NULL, rows_added INTEGER NOT NULL, rows_present INTEGER NOT NULL, rows_repeated INTEGER NOT NULL,
  rows_merged INTEGER NOT NULL, rows_skipped INTEGER NOT NULL, rows_refused INTEGER NOT NULL,
  CHECK(rows_read = rows_added + rows_present + rows_repeated + rows_merged + rows_skipped + rows_refused),
  UNIQUE(entity, content_sha256, map_sha256)) STRICT;

CREATE TABLE regions(region_id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE departments(department_id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, region_id TEXT) STRICT;
CREATE TABLE customers(
  customer_id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, kind TEXT CHECK(kind = 'individual' OR kind = 'business'), industry TEXT,
  region_id TEXT, department_id TEXT, salesperson TEXT, started_on TEXT,
  status TEXT CHECK(status = 'prospect' OR status = 'active' OR status = 'development' OR status = 'blocked')) STRICT;
CREATE TABLE members(
  member_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT, name TEXT, phone TEXT, email TEXT, birthday TEXT,
  sex TEXT CHECK(sex = 'female' OR sex = 'male'), registered_on TEXT NOT NULL, region_id TEXT, department_id TEXT, store TEXT,
  referrer_id TEXT, blocked INTEGER CHECK(blocked IN (0,1))) STRICT;
CREATE TABLE cards(
  card_id TEXT NOT NULL PRIMARY KEY, member_id TEXT NOT NULL, tier TEXT NOT NULL, issued_on TEXT NOT NULL, valid_from TEXT,
  valid_to TEXT, fee INTEGER, status TEXT CHECK(status = 'active' OR status = 'expired' OR status = 'lost' OR status = 'cancelled')) STRICT;
CREATE TABLE tier_history(
  member_id TEXT NOT NULL, scheme_id TEXT NOT NULL, tier TEXT NOT NULL, effective_on TEXT NOT NULL, reason TEXT,
  PRIMARY KEY(member_id, scheme_id, effective_on)) STRICT;
CREATE TABLE transactions(
  line_id TEXT NOT NULL PRIMARY KEY, order_id TEXT, member_id TEXT, customer_id TEXT, at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK(kind = 'sale' OR kind = 'return' OR kind = 'cancelled' OR kind = 'adjustment'), category TEXT, product TEXT, store TEXT,
  salesperson TEXT, department_id TEXT, region_id TEXT, quantity INTEGER, amount INTEGER NOT NULL,
  CHECK(NOT (kind = 'sale' AND amount < 0) AND NOT (kind = 'return' AND amount > 0))) STRICT;
CREATE TABLE points_entries(
  entry_id TEXT NOT NULL PRIMARY KEY, member_id TEXT NOT NULL, at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK(kind = 'earn' OR kind = 'redeem' OR kind = 'expire' OR kind = 'zero' OR kind = 'reverse' OR kind = 'adjust'), points INTEGER NOT NULL, rule TEXT,
  order_id TEXT, expires_on TEXT) STRICT;
