-- fenji's own ledger in PostgreSQL, to be filled by your own programs: fenji only reads it. In config/ledger.toml write
-- `database = "postgres://…"` and `layout = "fenji"`.
-- Keys are text, money is bigint minor units, quantities are bigint thousandths, days are date, instants are timestamp in the
-- ledger's zone, flags are boolean.
CREATE TABLE ledger_info(name text PRIMARY KEY, value text NOT NULL);
COMMENT ON TABLE ledger_info IS 'what the ledger says about itself: fenji compares it with config/ledger.toml';
INSERT INTO ledger_info(name, value) VALUES('contract', '3');
-- INSERT INTO ledger_info(name, value) VALUES('currency', 'CNY'), ('scale', '2'), ('zone', 'Asia/Shanghai');

CREATE TABLE regions(region_id text PRIMARY KEY, name text NOT NULL);
COMMENT ON TABLE regions IS 'a sales region';

CREATE TABLE departments(department_id text PRIMARY KEY, name text NOT NULL, region_id text);
COMMENT ON TABLE departments IS 'a department that receives reports';

CREATE TABLE customers(
  customer_id text PRIMARY KEY, name text NOT NULL, kind text CHECK(kind IN ('individual', 'business')), industry text,
  region_id text, department_id text, salesperson text, started_on date,
  status text CHECK(status IN ('prospect', 'active', 'development', 'blocked')),
  trade_type text,
  organisation_type text CHECK(organisation_type IN ('party-government', 'pillar-enterprise', 'medium-enterprise', 'institution', 'small-enterprise', 'ordinary-group')),
  legal_entity boolean, registered_capital bigint, source_channel text, category text, influential boolean, industry_benchmark boolean,
  central_soe boolean, top_ten boolean, top_three boolean, key_person boolean, estimating_staff bigint, software_users bigint,
  sales_mode text CHECK(sales_mode IN ('direct', 'consignment')), invoicing_allowed boolean, payment_risk boolean, service_level text,
  star bigint);
COMMENT ON TABLE customers IS 'a person or a business that buys';
COMMENT ON COLUMN customers.registered_capital IS 'minor units';

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
  salesperson text, department_id text, region_id text, quantity bigint, amount bigint NOT NULL, cost bigint, recorded_at timestamp(0),
  returns_order_id text,
  CHECK(NOT (kind = 'sale' AND amount < 0) AND NOT (kind = 'return' AND amount > 0)));
COMMENT ON TABLE transactions IS 'one line of an order, or of its return';
COMMENT ON COLUMN transactions.quantity IS 'thousandths; negative for goods taken back';
COMMENT ON COLUMN transactions.amount IS 'minor units; never negative on a sale, never positive on a return';
COMMENT ON COLUMN transactions.cost IS 'minor units';

CREATE TABLE points_entries(
  entry_id text PRIMARY KEY, member_id text NOT NULL, at timestamp(0) NOT NULL,
  kind text NOT NULL CHECK(kind IN ('earn', 'redeem', 'expire', 'zero', 'reverse', 'adjust')), points bigint NOT NULL, rule text,
  order_id text, expires_on date, usable_from date, programme text, reverses_id text, posting_key text UNIQUE, recorded_at timestamp(0));
COMMENT ON TABLE points_entries IS 'one movement of a member''s points';
COMMENT ON COLUMN points_entries.points IS 'signed: positive adds to the balance';

CREATE TABLE assessments(
  customer_id text NOT NULL, aspect text NOT NULL, effective_on date NOT NULL, class text, figure bigint, decided_by text, reason text,
  PRIMARY KEY(customer_id, aspect, effective_on));
COMMENT ON TABLE assessments IS 'a class that a person gave a customer';
COMMENT ON COLUMN assessments.figure IS 'thousandths';

CREATE TABLE product_margins(
  customer_id text NOT NULL, product text NOT NULL, year_end date NOT NULL, revenue bigint NOT NULL, cost bigint NOT NULL,
  profit bigint NOT NULL, PRIMARY KEY(customer_id, product, year_end));
COMMENT ON TABLE product_margins IS 'what one product earned with one customer in a year';
COMMENT ON COLUMN product_margins.revenue IS 'minor units';
COMMENT ON COLUMN product_margins.cost IS 'minor units';
COMMENT ON COLUMN product_margins.profit IS 'minor units';

CREATE TABLE payments(
  payment_id text PRIMARY KEY, customer_id text NOT NULL, paid_on date NOT NULL, amount bigint NOT NULL,
  instrument text NOT NULL CHECK(instrument IN ('cash', 'acceptance')), due_on date, days_late bigint,
  currency text, recorded_on date);
COMMENT ON TABLE payments IS 'money received from a customer';
COMMENT ON COLUMN payments.amount IS 'minor units';

CREATE TABLE payment_terms(
  terms_id text PRIMARY KEY, days bigint NOT NULL, end_of_month boolean, title text);
COMMENT ON TABLE payment_terms IS 'terms of payment: how long after the invoice it is due';

CREATE TABLE terms_parts(
  terms_id text NOT NULL, part bigint NOT NULL, days bigint NOT NULL, weight bigint NOT NULL, PRIMARY KEY(terms_id, part));
COMMENT ON TABLE terms_parts IS 'one instalment of terms of payment; terms with instalments do not use their own days';

CREATE TABLE invoices(
  invoice_id text PRIMARY KEY, customer_id text NOT NULL, issued_on date NOT NULL, due_on date, terms_id text, amount bigint NOT NULL,
  currency text, number text, recorded_on date);
COMMENT ON TABLE invoices IS 'an invoice to a customer';
COMMENT ON COLUMN invoices.amount IS 'minor units';

CREATE TABLE invoice_parts(
  invoice_id text NOT NULL, part bigint NOT NULL, due_on date NOT NULL, amount bigint NOT NULL, PRIMARY KEY(invoice_id, part));
COMMENT ON TABLE invoice_parts IS 'one instalment of an invoice; together they come to its amount';
COMMENT ON COLUMN invoice_parts.amount IS 'minor units';

CREATE TABLE credit_notes(
  credit_note_id text PRIMARY KEY, customer_id text NOT NULL, issued_on date NOT NULL, amount bigint NOT NULL, currency text, reason text,
  recorded_on date);
COMMENT ON TABLE credit_notes IS 'a credit to a customer: goods taken back, a price lowered, a debt written off';
COMMENT ON COLUMN credit_notes.amount IS 'minor units';

CREATE TABLE allocations(
  allocation_id text PRIMARY KEY, payment_id text, credit_note_id text, invoice_id text NOT NULL, part bigint, amount bigint NOT NULL,
  currency text, allocated_on date NOT NULL, recorded_on date);
COMMENT ON TABLE allocations IS 'a payment or credit note set against an invoice';
COMMENT ON COLUMN allocations.amount IS 'minor units';

CREATE TABLE disputes(
  dispute_id text PRIMARY KEY, invoice_id text NOT NULL, opened_on date NOT NULL, closed_on date, amount bigint, reason text);
COMMENT ON TABLE disputes IS 'an invoice that a customer disputes';
COMMENT ON COLUMN disputes.amount IS 'minor units';

CREATE TABLE promises(
  promise_id text PRIMARY KEY, customer_id text NOT NULL, promised_on date NOT NULL, due_on date NOT NULL, amount bigint NOT NULL,
  currency text, kept boolean);
COMMENT ON TABLE promises IS 'a promise of a customer to pay by a day';
COMMENT ON COLUMN promises.amount IS 'minor units';

CREATE TABLE control_totals(
  as_of date NOT NULL, currency text NOT NULL, amount bigint NOT NULL, PRIMARY KEY(as_of, currency));
COMMENT ON TABLE control_totals IS 'the balance of receivables in the general ledger at the end of a day';
COMMENT ON COLUMN control_totals.amount IS 'minor units';

CREATE TABLE claims(
  claim_id text PRIMARY KEY, customer_id text NOT NULL, claimed_on date NOT NULL, amount bigint NOT NULL, misjudged boolean,
  direct_invoice boolean);
COMMENT ON TABLE claims IS 'a claim of a customer for compensation (索赔)';
COMMENT ON COLUMN claims.amount IS 'minor units';

CREATE TABLE quality_problems(
  problem_id text PRIMARY KEY, customer_id text NOT NULL, found_on date NOT NULL,
  severity text NOT NULL CHECK(severity IN ('major', 'general')));
COMMENT ON TABLE quality_problems IS 'a quality problem found with goods of a customer';

CREATE TABLE visits(
  visit_id text PRIMARY KEY, customer_id text, physician_id text, visited_on date NOT NULL, visitor text,
  visitor_rank text CHECK(visitor_rank IN ('senior', 'marketing-manager', 'sales')), minutes bigint, content text, result text);
COMMENT ON TABLE visits IS 'a visit to a customer or a physician';

CREATE TABLE deliveries(
  delivery_id text PRIMARY KEY, customer_id text NOT NULL, due_on date NOT NULL, done_on date, on_time boolean, consignment boolean,
  invoiced boolean, amount bigint);
COMMENT ON TABLE deliveries IS 'goods that are due, and when they were delivered';
COMMENT ON COLUMN deliveries.amount IS 'minor units';

CREATE TABLE price_contracts(
  customer_id text NOT NULL, effective_on date NOT NULL,
  status text NOT NULL CHECK(status IN ('agreed', 'conditional', 'price-cut', 'refused', 'ignored', 'open')), signed_on date,
  old_price_invoicing boolean, PRIMARY KEY(customer_id, effective_on));
COMMENT ON TABLE price_contracts IS 'the price contract of a customer for a year';

CREATE TABLE special_policies(
  policy_id text PRIMARY KEY, customer_id text NOT NULL, kind text NOT NULL CHECK(kind IN ('policy', 'settlement')), content text NOT NULL,
  granted_on date NOT NULL, ends_on date, approver text, stable boolean);
COMMENT ON TABLE special_policies IS 'a special policy or settlement that a customer was granted';

CREATE TABLE credits(
  customer_id text NOT NULL, set_on date NOT NULL, grade text NOT NULL, credit_limit bigint, set_by text, PRIMARY KEY(customer_id, set_on));
COMMENT ON TABLE credits IS 'a credit grade and limit that a customer was given';
COMMENT ON COLUMN credits.credit_limit IS 'minor units';

CREATE TABLE opportunities(
  opportunity_id text PRIMARY KEY, customer_id text, recorded_on date NOT NULL, expected_on date, need_clear boolean, amount bigint,
  status text NOT NULL CHECK(status IN ('open', 'won', 'lost')), lost_reason text, competitor text, salesperson text, grade text);
COMMENT ON TABLE opportunities IS 'a possible sale (商机)';
COMMENT ON COLUMN opportunities.amount IS 'minor units';

CREATE TABLE leases(
  lease_id text PRIMARY KEY, customer_id text NOT NULL, started_on date NOT NULL, original_total bigint NOT NULL,
  outstanding bigint NOT NULL,
  base_class text NOT NULL CHECK(base_class IN ('normal', 'special-mention', 'substandard', 'doubtful', 'loss')),
  cause text CHECK(cause IN ('lateness', 'other', 'deterioration')), adverse_factor boolean);
COMMENT ON TABLE leases IS 'a lease (融资租赁)';
COMMENT ON COLUMN leases.original_total IS 'minor units';
COMMENT ON COLUMN leases.outstanding IS 'minor units';

CREATE TABLE instalments(
  instalment_id text PRIMARY KEY, lease_id text NOT NULL, due_on date NOT NULL, amount bigint NOT NULL, paid_on date, days_late bigint);
COMMENT ON TABLE instalments IS 'an instalment of a lease';
COMMENT ON COLUMN instalments.amount IS 'minor units';

CREATE TABLE collaterals(
  collateral_id text PRIMARY KEY, lease_id text NOT NULL, kind text NOT NULL, value bigint NOT NULL, obtainable boolean,
  controllable boolean);
COMMENT ON TABLE collaterals IS 'what secures a lease';
COMMENT ON COLUMN collaterals.value IS 'minor units';

CREATE TABLE guarantees(
  guarantee_id text PRIMARY KEY, lease_id text NOT NULL, kind text NOT NULL CHECK(kind IN ('personal', 'corporate', 'institution')),
  amount bigint);
COMMENT ON TABLE guarantees IS 'who vouches for a lease';
COMMENT ON COLUMN guarantees.amount IS 'minor units';

CREATE TABLE balances(
  customer_id text NOT NULL, product text NOT NULL CHECK(product IN ('deposit', 'wealth', 'insurance', 'fund', 'loan')),
  on_day date NOT NULL, amount bigint NOT NULL, PRIMARY KEY(customer_id, product, on_day));
COMMENT ON TABLE balances IS 'what a customer holds or owes at a bank on a day';
COMMENT ON COLUMN balances.amount IS 'minor units';

CREATE TABLE physicians(
  physician_id text PRIMARY KEY, name text NOT NULL, hospital text NOT NULL, hospital_level text, department text, professional_title text,
  behaviour text CHECK(behaviour IN ('first', 'second', 'other')), monthly_units bigint, patients bigint,
  potential text CHECK(potential IN ('high', 'medium', 'low')));
COMMENT ON TABLE physicians IS 'a physician who prescribes';

CREATE TABLE reservations(
  reservation_id text PRIMARY KEY, guest text NOT NULL, identity text NOT NULL,
  booker text CHECK(booker IN ('owner', 'general-manager', 'sales', 'agency', 'corporate', 'guest')),
  requested_vip text CHECK(requested_vip IN ('va', 'vb', 'vc')), arrives_on date NOT NULL, departs_on date, room text, proposed_by text,
  decided_by text, approved_by text);
COMMENT ON TABLE reservations IS 'a reservation of a guest';

CREATE TABLE complaints(
  complaint_id text PRIMARY KEY, customer_id text NOT NULL, opened_on date NOT NULL, about text, solved boolean NOT NULL, closed_on date);
COMMENT ON TABLE complaints IS 'a complaint of a customer';

CREATE TABLE service_visits(
  service_id text PRIMARY KEY, customer_id text NOT NULL, serviced_on date NOT NULL, on_schedule boolean, designated boolean);
COMMENT ON TABLE service_visits IS 'a visit of a customer to the workshop';

CREATE TABLE attendances(
  attendance_id text PRIMARY KEY, customer_id text NOT NULL, event text NOT NULL, attended_on date NOT NULL, brought bigint,
  member_id text);
COMMENT ON TABLE attendances IS 'a customer at an event';

CREATE TABLE entitlement_uses(
  use_id text PRIMARY KEY, member_id text NOT NULL, service text NOT NULL, used_on date NOT NULL);
COMMENT ON TABLE entitlement_uses IS 'a service of a membership that a member made use of';

CREATE TABLE responses(
  response_id text PRIMARY KEY, customer_id text NOT NULL, answered_on date NOT NULL, indicator text NOT NULL, level text,
  comment text, comment_kind text CHECK(comment_kind IN ('praise', 'opinion', 'suggestion')), wave text, department_id text, product text, staff text);
COMMENT ON TABLE responses IS 'an answer of a customer to a question of a survey';

CREATE TABLE surveys(
  wave text PRIMARY KEY, questionnaire text, title text, opened_on date NOT NULL, closed_on date, invited bigint);
COMMENT ON TABLE surveys IS 'a wave of a survey';
