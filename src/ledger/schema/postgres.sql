-- fenji's own ledger in PostgreSQL, to be filled by your own programs: fenji only reads it. In config/ledger.toml write
-- `database = "postgres://…"` and `layout = "fenji"`.
-- Keys are text, money is bigint minor units, quantities are bigint thousandths, days are date, instants are timestamp in the
-- ledger's zone, flags are boolean.
CREATE TABLE ledger_info(name text PRIMARY KEY, value text NOT NULL);
COMMENT ON TABLE ledger_info IS 'what the ledger says about itself: fenji compares it with config/ledger.toml';
INSERT INTO ledger_info(name, value) VALUES('contract', '1');
-- INSERT INTO ledger_info(name, value) VALUES('currency', 'CNY'), ('scale', '2'), ('zone', 'Asia/Shanghai');

CREATE TABLE regions(region_id text PRIMARY KEY, name text NOT NULL);
COMMENT ON TABLE regions IS 'a sales region';

CREATE TABLE departments(department_id text PRIMARY KEY, name text NOT NULL, region_id text);
COMMENT ON TABLE departments IS 'a department that receives reports';

CREATE TABLE customers(
  customer_id text PRIMARY KEY, name text NOT NULL, kind text CHECK(kind IN ('individual', 'business')), industry text,
  region_id text, department_id text, salesperson text, started_on date,
  status text CHECK(status IN ('prospect', 'active', 'development', 'blocked')));
COMMENT ON TABLE customers IS 'a person or a business that buys';

CREATE TABLE members(
  member_id text PRIMARY KEY, customer_id text, name text, phone text, email text, birthday date,
  sex text CHECK(sex IN ('female', 'male')), registered_on date NOT NULL, region_id text, department_id text, store text,
  referrer_id text, blocked boolean);
COMMENT ON TABLE members IS 'a member of the loyalty programme';
COMMENT ON COLUMN members.blocked IS 'may not buy (恶意顾客)';

CREATE TABLE cards(
  card_id text PRIMARY KEY, member_id text NOT NULL, tier text NOT NULL, issued_on date NOT NULL, valid_from date,
  valid_to date, fee bigint, status text CHECK(status IN ('active', 'expired', 'lost', 'cancelled')));
COMMENT ON TABLE cards IS 'a membership card';
COMMENT ON COLUMN cards.fee IS 'minor units';

CREATE TABLE tier_history(
  member_id text NOT NULL, scheme_id text NOT NULL, tier text NOT NULL, effective_on date NOT NULL, reason text,
  PRIMARY KEY(member_id, scheme_id, effective_on));
COMMENT ON TABLE tier_history IS 'a tier that a member was given before fenji, or outside it';

CREATE TABLE transactions(
  line_id text PRIMARY KEY, order_id text, member_id text, customer_id text, at timestamp(0) NOT NULL,
  kind text NOT NULL CHECK(kind IN ('sale', 'return', 'cancelled', 'adjustment')), category text, product text, store text,
  salesperson text, department_id text, region_id text, quantity bigint, amount bigint NOT NULL,
  CHECK(NOT (kind = 'sale' AND amount < 0) AND NOT (kind = 'return' AND amount > 0)));
COMMENT ON TABLE transactions IS 'one line of an order, or of its return';
COMMENT ON COLUMN transactions.quantity IS 'thousandths; negative for goods taken back';
COMMENT ON COLUMN transactions.amount IS 'minor units; never negative on a sale, never positive on a return';

CREATE TABLE points_entries(
  entry_id text PRIMARY KEY, member_id text NOT NULL, at timestamp(0) NOT NULL,
  kind text NOT NULL CHECK(kind IN ('earn', 'redeem', 'expire', 'zero', 'reverse', 'adjust')), points bigint NOT NULL, rule text,
  order_id text, expires_on date);
COMMENT ON TABLE points_entries IS 'one movement of a member''s points';
COMMENT ON COLUMN points_entries.points IS 'signed: positive adds to the balance';
