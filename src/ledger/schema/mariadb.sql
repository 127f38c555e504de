-- fenji's own ledger in MariaDB or MySQL, to be filled by your own programs: fenji only reads it. In config/ledger.toml write
-- `database = "mariadb://…"` and `layout = "fenji"`.
-- Keys are VARCHAR compared byte by byte, money is BIGINT minor units, quantities are BIGINT thousandths, days are DATE, instants are
-- DATETIME in the ledger's zone, flags are 0 or 1.
CREATE TABLE ledger_info(name VARCHAR(64) NOT NULL PRIMARY KEY, value VARCHAR(255) NOT NULL)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'what the ledger says about itself: fenji compares it with config/ledger.toml';
INSERT INTO ledger_info(name, value) VALUES('contract', '1');
-- INSERT INTO ledger_info(name, value) VALUES('currency', 'CNY'), ('scale', '2'), ('zone', 'Asia/Shanghai');

CREATE TABLE regions(region_id VARCHAR(64) NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a sales region';

CREATE TABLE departments(department_id VARCHAR(64) NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL, region_id VARCHAR(64))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'a department that receives reports';

CREATE TABLE customers(
  customer_id VARCHAR(64) NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL, kind VARCHAR(64) CHECK(kind IN ('individual', 'business')),
  industry VARCHAR(255), region_id VARCHAR(64), department_id VARCHAR(64), salesperson VARCHAR(255), started_on DATE,
  status VARCHAR(64) CHECK(status IN ('prospect', 'active', 'development', 'blocked')))
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
  amount BIGINT NOT NULL COMMENT 'minor units; never negative on a sale, never positive on a return',
  CHECK(NOT (kind = 'sale' AND amount < 0) AND NOT (kind = 'return' AND amount > 0)))
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'one line of an order, or of its return';

CREATE TABLE points_entries(
  entry_id VARCHAR(64) NOT NULL PRIMARY KEY, member_id VARCHAR(64) NOT NULL, at DATETIME NOT NULL,
  kind VARCHAR(64) NOT NULL CHECK(kind IN ('earn', 'redeem', 'expire', 'zero', 'reverse', 'adjust')),
  points BIGINT NOT NULL COMMENT 'signed: positive adds to the balance', rule VARCHAR(255), order_id VARCHAR(64), expires_on DATE)
  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT 'one movement of a member''s points';
