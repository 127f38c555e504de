-- fenji's own ledger in MariaDB or MySQL, to be filled by your own programs: fenji only reads it. In config/ledger.toml write
-- `database = "mariadb://…"` and `layout = "fenji"`.
-- Keys are VARCHAR compared byte by byte, money is BIGINT minor units, quantities are BIGINT thousandths, days are DATE, instants are
-- DATETIME in the ledger's zone, flags are 0 or 1.
CREATE TABLE ledger_info(name VARCHAR(64) NOT NULL PRIMARY KEY, value VARCHAR(255) NOT NULL)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'what the ledger says about itself: fenji compares it with config/ledger.toml';
INSERT INTO ledger_info(name, value) VALUES('contract', '3');
-- INSERT INTO ledger_info(name, value) VALUES('currency', 'CNY'), ('scale', '2'), ('zone', 'Asia/Shanghai');

CREATE TABLE regions(region_id VARCHAR(64) NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a sales region';

CREATE TABLE departments(department_id VARCHAR(64) NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL, region_id VARCHAR(64))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a department that receives reports';

CREATE TABLE customers(
  customer_id VARCHAR(64) NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL, kind VARCHAR(64) CHECK(kind IN ('individual', 'business')),
  industry VARCHAR(255), region_id VARCHAR(64), department_id VARCHAR(64), salesperson VARCHAR(255), started_on DATE,
  status VARCHAR(64) CHECK(status IN ('prospect', 'active', 'development', 'blocked')),
  trade_type VARCHAR(255),
  organisation_type VARCHAR(64) CHECK(organisation_type IN ('party-government', 'pillar-enterprise', 'medium-enterprise', 'institution', 'small-enterprise', 'ordinary-group')),
  legal_entity TINYINT CHECK(legal_entity IN (0, 1)), registered_capital BIGINT COMMENT 'minor units', source_channel VARCHAR(255),
  category VARCHAR(255), influential TINYINT CHECK(influential IN (0, 1)), industry_benchmark TINYINT CHECK(industry_benchmark IN (0, 1)),
  central_soe TINYINT CHECK(central_soe IN (0, 1)), top_ten TINYINT CHECK(top_ten IN (0, 1)), top_three TINYINT CHECK(top_three IN (0, 1)),
  key_person TINYINT CHECK(key_person IN (0, 1)), estimating_staff BIGINT, software_users BIGINT,
  sales_mode VARCHAR(64) CHECK(sales_mode IN ('direct', 'consignment')), invoicing_allowed TINYINT CHECK(invoicing_allowed IN (0, 1)),
  payment_risk TINYINT CHECK(payment_risk IN (0, 1)), service_level VARCHAR(255), star BIGINT)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a person or a business that buys';

CREATE TABLE members(
  member_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64), name VARCHAR(255), phone VARCHAR(255), email VARCHAR(255),
  birthday DATE, sex VARCHAR(64) CHECK(sex IN ('female', 'male')), registered_on DATE NOT NULL, region_id VARCHAR(64),
  department_id VARCHAR(64), store VARCHAR(255), referrer_id VARCHAR(64),
  blocked TINYINT COMMENT 'may not buy (恶意顾客)' CHECK(blocked IN (0, 1)))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a member of the loyalty programme';

CREATE TABLE cards(
  card_id VARCHAR(64) NOT NULL PRIMARY KEY, member_id VARCHAR(64) NOT NULL, tier VARCHAR(255) NOT NULL, issued_on DATE NOT NULL,
  valid_from DATE, valid_to DATE, fee BIGINT COMMENT 'minor units',
  status VARCHAR(64) CHECK(status IN ('active', 'expired', 'lost', 'cancelled')))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a membership card';

CREATE TABLE tier_history(
  member_id VARCHAR(64) NOT NULL, scheme_id VARCHAR(64) NOT NULL, tier VARCHAR(255) NOT NULL, effective_on DATE NOT NULL,
  reason VARCHAR(255), PRIMARY KEY(member_id, scheme_id, effective_on))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a tier that a member was given before fenji, or outside it';

CREATE TABLE transactions(
  line_id VARCHAR(64) NOT NULL PRIMARY KEY, order_id VARCHAR(64), member_id VARCHAR(64), customer_id VARCHAR(64), at DATETIME NOT NULL,
  kind VARCHAR(64) NOT NULL CHECK(kind IN ('sale', 'return', 'cancelled', 'adjustment')), category VARCHAR(255), product VARCHAR(255),
  store VARCHAR(255), salesperson VARCHAR(255), department_id VARCHAR(64), region_id VARCHAR(64),
  quantity BIGINT COMMENT 'thousandths; negative for goods taken back',
  amount BIGINT NOT NULL COMMENT 'minor units; never negative on a sale, never positive on a return', cost BIGINT COMMENT 'minor units', recorded_at DATETIME,
  returns_order_id VARCHAR(64),
  CHECK(NOT (kind = 'sale' AND amount < 0) AND NOT (kind = 'return' AND amount > 0)))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'one line of an order, or of its return';

CREATE TABLE points_entries(
  entry_id VARCHAR(64) NOT NULL PRIMARY KEY, member_id VARCHAR(64) NOT NULL, at DATETIME NOT NULL,
  kind VARCHAR(64) NOT NULL CHECK(kind IN ('earn', 'redeem', 'expire', 'zero', 'reverse', 'adjust')),
  points BIGINT NOT NULL COMMENT 'signed: positive adds to the balance', rule VARCHAR(255), order_id VARCHAR(64), expires_on DATE,
  usable_from DATE, programme VARCHAR(255), reverses_id VARCHAR(64), posting_key VARCHAR(64) UNIQUE, recorded_at DATETIME)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'one movement of a member''s points';

CREATE TABLE assessments(
  customer_id VARCHAR(64) NOT NULL, aspect VARCHAR(255) NOT NULL, effective_on DATE NOT NULL, class VARCHAR(255),
  figure BIGINT COMMENT 'thousandths', decided_by VARCHAR(255), reason VARCHAR(255), PRIMARY KEY(customer_id, aspect, effective_on))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a class that a person gave a customer';

CREATE TABLE product_margins(
  customer_id VARCHAR(64) NOT NULL, product VARCHAR(255) NOT NULL, year_end DATE NOT NULL, revenue BIGINT NOT NULL COMMENT 'minor units',
  cost BIGINT NOT NULL COMMENT 'minor units', profit BIGINT NOT NULL COMMENT 'minor units', PRIMARY KEY(customer_id, product, year_end))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'what one product earned with one customer in a year';

CREATE TABLE payments(
  payment_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, paid_on DATE NOT NULL,
  amount BIGINT NOT NULL COMMENT 'minor units', instrument VARCHAR(64) NOT NULL CHECK(instrument IN ('cash', 'acceptance')), due_on DATE,
  days_late BIGINT, currency VARCHAR(255), recorded_on DATE)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'money received from a customer';

CREATE TABLE payment_terms(
  terms_id VARCHAR(64) NOT NULL PRIMARY KEY, days BIGINT NOT NULL, end_of_month TINYINT CHECK(end_of_month IN (0, 1)), title VARCHAR(255))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'terms of payment: how long after the invoice it is due';

CREATE TABLE terms_parts(
  terms_id VARCHAR(64) NOT NULL, part BIGINT NOT NULL, days BIGINT NOT NULL, weight BIGINT NOT NULL, PRIMARY KEY(terms_id, part))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'one instalment of terms of payment; terms with instalments do not use their own days';

CREATE TABLE invoices(
  invoice_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, issued_on DATE NOT NULL, due_on DATE,
  terms_id VARCHAR(64), amount BIGINT NOT NULL COMMENT 'minor units', currency VARCHAR(255), number VARCHAR(255), recorded_on DATE)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'an invoice to a customer';

CREATE TABLE invoice_parts(
  invoice_id VARCHAR(64) NOT NULL, part BIGINT NOT NULL, due_on DATE NOT NULL, amount BIGINT NOT NULL COMMENT 'minor units',
  PRIMARY KEY(invoice_id, part))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'one instalment of an invoice; together they come to its amount';

CREATE TABLE credit_notes(
  credit_note_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, issued_on DATE NOT NULL,
  amount BIGINT NOT NULL COMMENT 'minor units', currency VARCHAR(255), reason VARCHAR(255), recorded_on DATE)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a credit to a customer: goods taken back, a price lowered, a debt written off';

CREATE TABLE allocations(
  allocation_id VARCHAR(64) NOT NULL PRIMARY KEY, payment_id VARCHAR(64), credit_note_id VARCHAR(64), invoice_id VARCHAR(64) NOT NULL,
  part BIGINT, amount BIGINT NOT NULL COMMENT 'minor units', currency VARCHAR(255), allocated_on DATE NOT NULL, recorded_on DATE)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a payment or credit note set against an invoice';

CREATE TABLE disputes(
  dispute_id VARCHAR(64) NOT NULL PRIMARY KEY, invoice_id VARCHAR(64) NOT NULL, opened_on DATE NOT NULL, closed_on DATE,
  amount BIGINT COMMENT 'minor units', reason VARCHAR(255))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'an invoice that a customer disputes';

CREATE TABLE promises(
  promise_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, promised_on DATE NOT NULL, due_on DATE NOT NULL,
  amount BIGINT NOT NULL COMMENT 'minor units', currency VARCHAR(255), kept TINYINT CHECK(kept IN (0, 1)))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a promise of a customer to pay by a day';

CREATE TABLE control_totals(
  as_of DATE NOT NULL, currency VARCHAR(255) NOT NULL, amount BIGINT NOT NULL COMMENT 'minor units', PRIMARY KEY(as_of, currency))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'the balance of receivables in the general ledger at the end of a day';

CREATE TABLE claims(
  claim_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, claimed_on DATE NOT NULL,
  amount BIGINT NOT NULL COMMENT 'minor units', misjudged TINYINT CHECK(misjudged IN (0, 1)),
  direct_invoice TINYINT CHECK(direct_invoice IN (0, 1)))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a claim of a customer for compensation (索赔)';

CREATE TABLE quality_problems(
  problem_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, found_on DATE NOT NULL,
  severity VARCHAR(64) NOT NULL CHECK(severity IN ('major', 'general')))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a quality problem found with goods of a customer';

CREATE TABLE visits(
  visit_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64), physician_id VARCHAR(64), visited_on DATE NOT NULL,
  visitor VARCHAR(255), visitor_rank VARCHAR(64) CHECK(visitor_rank IN ('senior', 'marketing-manager', 'sales')), minutes BIGINT,
  content VARCHAR(255), result VARCHAR(255))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a visit to a customer or a physician';

CREATE TABLE deliveries(
  delivery_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, due_on DATE NOT NULL, done_on DATE,
  on_time TINYINT CHECK(on_time IN (0, 1)), consignment TINYINT CHECK(consignment IN (0, 1)), invoiced TINYINT CHECK(invoiced IN (0, 1)),
  amount BIGINT COMMENT 'minor units')
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'goods that are due, and when they were delivered';

CREATE TABLE price_contracts(
  customer_id VARCHAR(64) NOT NULL, effective_on DATE NOT NULL,
  status VARCHAR(64) NOT NULL CHECK(status IN ('agreed', 'conditional', 'price-cut', 'refused', 'ignored', 'open')), signed_on DATE,
  old_price_invoicing TINYINT CHECK(old_price_invoicing IN (0, 1)), PRIMARY KEY(customer_id, effective_on))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'the price contract of a customer for a year';

CREATE TABLE special_policies(
  policy_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL,
  kind VARCHAR(64) NOT NULL CHECK(kind IN ('policy', 'settlement')), content VARCHAR(255) NOT NULL, granted_on DATE NOT NULL, ends_on DATE,
  approver VARCHAR(255), stable TINYINT CHECK(stable IN (0, 1)))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a special policy or settlement that a customer was granted';

CREATE TABLE credits(
  customer_id VARCHAR(64) NOT NULL, set_on DATE NOT NULL, grade VARCHAR(255) NOT NULL, credit_limit BIGINT COMMENT 'minor units',
  set_by VARCHAR(255), PRIMARY KEY(customer_id, set_on))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a credit grade and limit that a customer was given';

CREATE TABLE opportunities(
  opportunity_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64), recorded_on DATE NOT NULL, expected_on DATE,
  need_clear TINYINT CHECK(need_clear IN (0, 1)), amount BIGINT COMMENT 'minor units',
  status VARCHAR(64) NOT NULL CHECK(status IN ('open', 'won', 'lost')), lost_reason VARCHAR(255), competitor VARCHAR(255),
  salesperson VARCHAR(255), grade VARCHAR(255))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a possible sale (商机)';

CREATE TABLE leases(
  lease_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, started_on DATE NOT NULL,
  original_total BIGINT NOT NULL COMMENT 'minor units', outstanding BIGINT NOT NULL COMMENT 'minor units',
  base_class VARCHAR(64) NOT NULL CHECK(base_class IN ('normal', 'special-mention', 'substandard', 'doubtful', 'loss')),
  cause VARCHAR(64) CHECK(cause IN ('lateness', 'other', 'deterioration')), adverse_factor TINYINT CHECK(adverse_factor IN (0, 1)))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a lease (融资租赁)';

CREATE TABLE instalments(
  instalment_id VARCHAR(64) NOT NULL PRIMARY KEY, lease_id VARCHAR(64) NOT NULL, due_on DATE NOT NULL,
  amount BIGINT NOT NULL COMMENT 'minor units', paid_on DATE, days_late BIGINT)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'an instalment of a lease';

CREATE TABLE collaterals(
  collateral_id VARCHAR(64) NOT NULL PRIMARY KEY, lease_id VARCHAR(64) NOT NULL, kind VARCHAR(255) NOT NULL,
  value BIGINT NOT NULL COMMENT 'minor units', obtainable TINYINT CHECK(obtainable IN (0, 1)),
  controllable TINYINT CHECK(controllable IN (0, 1)))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'what secures a lease';

CREATE TABLE guarantees(
  guarantee_id VARCHAR(64) NOT NULL PRIMARY KEY, lease_id VARCHAR(64) NOT NULL,
  kind VARCHAR(64) NOT NULL CHECK(kind IN ('personal', 'corporate', 'institution')), amount BIGINT COMMENT 'minor units')
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'who vouches for a lease';

CREATE TABLE balances(
  customer_id VARCHAR(64) NOT NULL, product VARCHAR(64) NOT NULL CHECK(product IN ('deposit', 'wealth', 'insurance', 'fund', 'loan')),
  on_day DATE NOT NULL, amount BIGINT NOT NULL COMMENT 'minor units', PRIMARY KEY(customer_id, product, on_day))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'what a customer holds or owes at a bank on a day';

CREATE TABLE physicians(
  physician_id VARCHAR(64) NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL, hospital VARCHAR(255) NOT NULL, hospital_level VARCHAR(255),
  department VARCHAR(255), professional_title VARCHAR(255), behaviour VARCHAR(64) CHECK(behaviour IN ('first', 'second', 'other')),
  monthly_units BIGINT, patients BIGINT, potential VARCHAR(64) CHECK(potential IN ('high', 'medium', 'low')))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a physician who prescribes';

CREATE TABLE reservations(
  reservation_id VARCHAR(64) NOT NULL PRIMARY KEY, guest VARCHAR(255) NOT NULL, identity VARCHAR(255) NOT NULL,
  booker VARCHAR(64) CHECK(booker IN ('owner', 'general-manager', 'sales', 'agency', 'corporate', 'guest')),
  requested_vip VARCHAR(64) CHECK(requested_vip IN ('va', 'vb', 'vc')), arrives_on DATE NOT NULL, departs_on DATE, room VARCHAR(255),
  proposed_by VARCHAR(255), decided_by VARCHAR(255), approved_by VARCHAR(255))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a reservation of a guest';

CREATE TABLE complaints(
  complaint_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, opened_on DATE NOT NULL, about VARCHAR(255),
  solved TINYINT NOT NULL CHECK(solved IN (0, 1)), closed_on DATE)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a complaint of a customer';

CREATE TABLE service_visits(
  service_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, serviced_on DATE NOT NULL,
  on_schedule TINYINT CHECK(on_schedule IN (0, 1)), designated TINYINT CHECK(designated IN (0, 1)))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a visit of a customer to the workshop';

CREATE TABLE attendances(
  attendance_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, event VARCHAR(255) NOT NULL, attended_on DATE NOT NULL,
  brought BIGINT, member_id VARCHAR(64))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a customer at an event';

CREATE TABLE entitlement_uses(
  use_id VARCHAR(64) NOT NULL PRIMARY KEY, member_id VARCHAR(64) NOT NULL, service VARCHAR(255) NOT NULL, used_on DATE NOT NULL)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a service of a membership that a member made use of';

CREATE TABLE responses(
  response_id VARCHAR(64) NOT NULL PRIMARY KEY, customer_id VARCHAR(64) NOT NULL, answered_on DATE NOT NULL,
  indicator VARCHAR(255) NOT NULL, level VARCHAR(255), comment VARCHAR(255),
  comment_kind VARCHAR(64) CHECK(comment_kind IN ('praise', 'opinion', 'suggestion')), wave VARCHAR(64), department_id VARCHAR(64),
  product VARCHAR(255), staff VARCHAR(255))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'an answer of a customer to a question of a survey';

CREATE TABLE surveys(
  wave VARCHAR(64) NOT NULL PRIMARY KEY, questionnaire VARCHAR(64), title VARCHAR(255), opened_on DATE NOT NULL, closed_on DATE, invited BIGINT)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a wave of a survey';
