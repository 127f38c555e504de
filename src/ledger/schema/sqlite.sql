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
  status TEXT CHECK(status = 'prospect' OR status = 'active' OR status = 'development' OR status = 'blocked'),
  trade_type TEXT,
  organisation_type TEXT CHECK(organisation_type = 'party-government' OR organisation_type = 'pillar-enterprise' OR organisation_type = 'medium-enterprise' OR organisation_type = 'institution' OR organisation_type = 'small-enterprise' OR organisation_type = 'ordinary-group'),
  legal_entity INTEGER CHECK(legal_entity IN (0,1)), registered_capital INTEGER, source_channel TEXT, category TEXT,
  influential INTEGER CHECK(influential IN (0,1)), industry_benchmark INTEGER CHECK(industry_benchmark IN (0,1)),
  central_soe INTEGER CHECK(central_soe IN (0,1)), top_ten INTEGER CHECK(top_ten IN (0,1)), top_three INTEGER CHECK(top_three IN (0,1)),
  key_person INTEGER CHECK(key_person IN (0,1)), estimating_staff INTEGER, software_users INTEGER,
  sales_mode TEXT CHECK(sales_mode = 'direct' OR sales_mode = 'consignment'), invoicing_allowed INTEGER CHECK(invoicing_allowed IN (0,1)),
  payment_risk INTEGER CHECK(payment_risk IN (0,1)), service_level TEXT, star INTEGER) STRICT;
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
  salesperson TEXT, department_id TEXT, region_id TEXT, quantity INTEGER, amount INTEGER NOT NULL, cost INTEGER, recorded_at TEXT,
  returns_order_id TEXT,
  CHECK(NOT (kind = 'sale' AND amount < 0) AND NOT (kind = 'return' AND amount > 0))) STRICT;
CREATE TABLE points_entries(
  entry_id TEXT NOT NULL PRIMARY KEY, member_id TEXT NOT NULL, at TEXT NOT NULL,
  kind TEXT NOT NULL CHECK(kind = 'earn' OR kind = 'redeem' OR kind = 'expire' OR kind = 'zero' OR kind = 'reverse' OR kind = 'adjust'), points INTEGER NOT NULL, rule TEXT,
  order_id TEXT, expires_on TEXT, usable_from TEXT, programme TEXT, reverses_id TEXT, posting_key TEXT UNIQUE, recorded_at TEXT) STRICT;
CREATE TABLE assessments(
  customer_id TEXT NOT NULL, aspect TEXT NOT NULL, effective_on TEXT NOT NULL, class TEXT, figure INTEGER, decided_by TEXT, reason TEXT,
  PRIMARY KEY(customer_id, aspect, effective_on)) STRICT;
CREATE TABLE product_margins(
  customer_id TEXT NOT NULL, product TEXT NOT NULL, year_end TEXT NOT NULL, revenue INTEGER NOT NULL, cost INTEGER NOT NULL,
  profit INTEGER NOT NULL, PRIMARY KEY(customer_id, product, year_end)) STRICT;
CREATE TABLE payments(
  payment_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, paid_on TEXT NOT NULL, amount INTEGER NOT NULL,
  instrument TEXT NOT NULL CHECK(instrument = 'cash' OR instrument = 'acceptance'), due_on TEXT, days_late INTEGER, currency TEXT,
  recorded_on TEXT) STRICT;
CREATE TABLE payment_terms(
  terms_id TEXT NOT NULL PRIMARY KEY, days INTEGER NOT NULL, end_of_month INTEGER CHECK(end_of_month IN (0,1)), title TEXT) STRICT;
CREATE TABLE terms_parts(
  terms_id TEXT NOT NULL, part INTEGER NOT NULL, days INTEGER NOT NULL, weight INTEGER NOT NULL, PRIMARY KEY(terms_id, part)) STRICT;
CREATE TABLE invoices(
  invoice_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, issued_on TEXT NOT NULL, due_on TEXT, terms_id TEXT,
  amount INTEGER NOT NULL, currency TEXT, number TEXT, recorded_on TEXT) STRICT;
CREATE TABLE invoice_parts(
  invoice_id TEXT NOT NULL, part INTEGER NOT NULL, due_on TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY(invoice_id, part)) STRICT;
CREATE TABLE credit_notes(
  credit_note_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, issued_on TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT,
  reason TEXT, recorded_on TEXT) STRICT;
CREATE TABLE allocations(
  allocation_id TEXT NOT NULL PRIMARY KEY, payment_id TEXT, credit_note_id TEXT, invoice_id TEXT NOT NULL, part INTEGER,
  amount INTEGER NOT NULL, currency TEXT, allocated_on TEXT NOT NULL, recorded_on TEXT) STRICT;
CREATE TABLE disputes(
  dispute_id TEXT NOT NULL PRIMARY KEY, invoice_id TEXT NOT NULL, opened_on TEXT NOT NULL, closed_on TEXT, amount INTEGER,
  reason TEXT) STRICT;
CREATE TABLE promises(
  promise_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, promised_on TEXT NOT NULL, due_on TEXT NOT NULL,
  amount INTEGER NOT NULL, currency TEXT, kept INTEGER CHECK(kept IN (0,1))) STRICT;
CREATE TABLE control_totals(
  as_of TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY(as_of, currency)) STRICT;
CREATE TABLE claims(
  claim_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, claimed_on TEXT NOT NULL, amount INTEGER NOT NULL,
  misjudged INTEGER CHECK(misjudged IN (0,1)), direct_invoice INTEGER CHECK(direct_invoice IN (0,1))) STRICT;
CREATE TABLE quality_problems(
  problem_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, found_on TEXT NOT NULL,
  severity TEXT NOT NULL CHECK(severity = 'major' OR severity = 'general')) STRICT;
CREATE TABLE visits(
  visit_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT, physician_id TEXT, visited_on TEXT NOT NULL, visitor TEXT,
  visitor_rank TEXT CHECK(visitor_rank = 'senior' OR visitor_rank = 'marketing-manager' OR visitor_rank = 'sales'), minutes INTEGER,
  content TEXT, result TEXT) STRICT;
CREATE TABLE deliveries(
  delivery_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, due_on TEXT NOT NULL, done_on TEXT,
  on_time INTEGER CHECK(on_time IN (0,1)), consignment INTEGER CHECK(consignment IN (0,1)), invoiced INTEGER CHECK(invoiced IN (0,1)),
  amount INTEGER) STRICT;
CREATE TABLE price_contracts(
  customer_id TEXT NOT NULL, effective_on TEXT NOT NULL,
  status TEXT NOT NULL CHECK(status = 'agreed' OR status = 'conditional' OR status = 'price-cut' OR status = 'refused' OR status = 'ignored' OR status = 'open'),
  signed_on TEXT, old_price_invoicing INTEGER CHECK(old_price_invoicing IN (0,1)), PRIMARY KEY(customer_id, effective_on)) STRICT;
CREATE TABLE special_policies(
  policy_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, kind TEXT NOT NULL CHECK(kind = 'policy' OR kind = 'settlement'),
  content TEXT NOT NULL, granted_on TEXT NOT NULL, ends_on TEXT, approver TEXT, stable INTEGER CHECK(stable IN (0,1))) STRICT;
CREATE TABLE credits(
  customer_id TEXT NOT NULL, set_on TEXT NOT NULL, grade TEXT NOT NULL, credit_limit INTEGER, set_by TEXT, PRIMARY KEY(customer_id, set_on)) STRICT;
CREATE TABLE opportunities(
  opportunity_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT, recorded_on TEXT NOT NULL, expected_on TEXT,
  need_clear INTEGER CHECK(need_clear IN (0,1)), amount INTEGER,
  status TEXT NOT NULL CHECK(status = 'open' OR status = 'won' OR status = 'lost'), lost_reason TEXT, competitor TEXT, salesperson TEXT,
  grade TEXT) STRICT;
CREATE TABLE leases(
  lease_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, started_on TEXT NOT NULL, original_total INTEGER NOT NULL,
  outstanding INTEGER NOT NULL,
  base_class TEXT NOT NULL CHECK(base_class = 'normal' OR base_class = 'special-mention' OR base_class = 'substandard' OR base_class = 'doubtful' OR base_class = 'loss'),
  cause TEXT CHECK(cause = 'lateness' OR cause = 'other' OR cause = 'deterioration'), adverse_factor INTEGER CHECK(adverse_factor IN (0,1))) STRICT;
CREATE TABLE instalments(
  instalment_id TEXT NOT NULL PRIMARY KEY, lease_id TEXT NOT NULL, due_on TEXT NOT NULL, amount INTEGER NOT NULL, paid_on TEXT,
  days_late INTEGER) STRICT;
CREATE TABLE collaterals(
  collateral_id TEXT NOT NULL PRIMARY KEY, lease_id TEXT NOT NULL, kind TEXT NOT NULL, value INTEGER NOT NULL,
  obtainable INTEGER CHECK(obtainable IN (0,1)), controllable INTEGER CHECK(controllable IN (0,1))) STRICT;
CREATE TABLE guarantees(
  guarantee_id TEXT NOT NULL PRIMARY KEY, lease_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK(kind = 'personal' OR kind = 'corporate' OR kind = 'institution'), amount INTEGER) STRICT;
CREATE TABLE balances(
  customer_id TEXT NOT NULL,
  product TEXT NOT NULL CHECK(product = 'deposit' OR product = 'wealth' OR product = 'insurance' OR product = 'fund' OR product = 'loan'),
  on_day TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY(customer_id, product, on_day)) STRICT;
CREATE TABLE physicians(
  physician_id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, hospital TEXT NOT NULL, hospital_level TEXT, department TEXT,
  professional_title TEXT, behaviour TEXT CHECK(behaviour = 'first' OR behaviour = 'second' OR behaviour = 'other'), monthly_units INTEGER,
  patients INTEGER, potential TEXT CHECK(potential = 'high' OR potential = 'medium' OR potential = 'low')) STRICT;
CREATE TABLE reservations(
  reservation_id TEXT NOT NULL PRIMARY KEY, guest TEXT NOT NULL, identity TEXT NOT NULL,
  booker TEXT CHECK(booker = 'owner' OR booker = 'general-manager' OR booker = 'sales' OR booker = 'agency' OR booker = 'corporate' OR booker = 'guest'),
  requested_vip TEXT CHECK(requested_vip = 'va' OR requested_vip = 'vb' OR requested_vip = 'vc'), arrives_on TEXT NOT NULL, departs_on TEXT,
  room TEXT, proposed_by TEXT, decided_by TEXT, approved_by TEXT) STRICT;
CREATE TABLE complaints(
  complaint_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, opened_on TEXT NOT NULL, about TEXT,
  solved INTEGER NOT NULL CHECK(solved IN (0,1)), closed_on TEXT) STRICT;
CREATE TABLE service_visits(
  service_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, serviced_on TEXT NOT NULL,
  on_schedule INTEGER CHECK(on_schedule IN (0,1)), designated INTEGER CHECK(designated IN (0,1))) STRICT;
CREATE TABLE attendances(
  attendance_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, event TEXT NOT NULL, attended_on TEXT NOT NULL, brought INTEGER,
  member_id TEXT) STRICT;
CREATE TABLE entitlement_uses(
  use_id TEXT NOT NULL PRIMARY KEY, member_id TEXT NOT NULL, service TEXT NOT NULL, used_on TEXT NOT NULL) STRICT;
CREATE TABLE responses(
  response_id TEXT NOT NULL PRIMARY KEY, customer_id TEXT NOT NULL, answered_on TEXT NOT NULL, indicator TEXT NOT NULL, level TEXT, comment TEXT,
  comment_kind TEXT CHECK(comment_kind = 'praise' OR comment_kind = 'opinion' OR comment_kind = 'suggestion'), wave TEXT, department_id TEXT,
  product TEXT, staff TEXT) STRICT;
CREATE TABLE surveys(
  wave TEXT NOT NULL PRIMARY KEY, questionnaire TEXT, title TEXT, opened_on TEXT NOT NULL, closed_on TEXT, invited INTEGER) STRICT;
