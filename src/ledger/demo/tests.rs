//! The demo ledger as a whole, judged through SQL: the contract holds, and the figures are those of a retailer.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use rusqlite::{Connection, types::ValueRef};
use sha2::{Digest, Sha256};

use super::*;
use crate::{
    ledger::entity::{ColumnType, ENTITIES},
    period::parse_day,
};

const SCHEMA: &str = include_str!("../schema/sqlite.sql");

fn empty() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    connection
}

fn plan(members: u32) -> DemoPlan {
    DemoPlan { members, businesses: 0, ..DemoPlan::demo(parse_day("2026-10-31").unwrap()) }
}

fn made(plan: &DemoPlan) -> (Connection, DemoCounts) {
    let mut connection = empty();
    let counts = generate(&mut connection, plan, &mut |_, _| {}).unwrap();
    (connection, counts)
}

/// A ledger of 2,000 members, made once for the tests that only read.
static LEDGER: LazyLock<Mutex<Connection>> = LazyLock::new(|| {
    let connection = made(&plan(2_000)).0;
    connection.execute_batch("CREATE INDEX by_member ON transactions(member_id, at)").unwrap();
    Mutex::new(connection)
});

fn ledger() -> MutexGuard<'static, Connection> {
    LEDGER.lock().unwrap_or_else(PoisonError::into_inner)
}

fn number(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Every value of every table, as one hash.
fn fingerprint(connection: &Connection) -> Vec<u8> {
    let mut hash = Sha256::new();
    for entity in ENTITIES {
        let columns: Vec<&str> = entity.columns.iter().map(|column| column.name).collect();
        let sql = format!("SELECT {} FROM {} ORDER BY rowid", columns.join(","), entity.table);
        let mut statement = connection.prepare(&sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for index in 0..columns.len() {
                match row.get_ref(index).unwrap() {
                    ValueRef::Null => hash.update("~"),
                    ValueRef::Integer(value) => hash.update(value.to_le_bytes()),
                    ValueRef::Text(text) => hash.update(text),
                    other @ (ValueRef::Real(_) | ValueRef::Blob(_)) => panic!("{}: {other:?}", entity.table),
                }
                hash.update([0xFF]);
            }
        }
    }
    hash.finalize().to_vec()
}

#[test]
fn the_plan_decides_every_byte() {
    let small = DemoPlan { months: 5, businesses: 20, ..plan(120) };
    let first = made(&small);
    let again = made(&small);
    assert_eq!(first.1, again.1);
    assert_eq!(fingerprint(&first.0), fingerprint(&again.0));
    let other = DemoPlan { seed: small.seed + 1, ..small };
    assert_ne!(fingerprint(&first.0), fingerprint(&made(&other).0));
}

#[test]
fn counts_are_the_rows_and_progress_reaches_the_end() {
    let small = DemoPlan { months: 2, ..plan(150) };
    let mut connection = empty();
    let mut heard = Vec::new();
    let counts = generate(&mut connection, &small, &mut |done, total| heard.push((done, total))).unwrap();
    for (table, count) in [
        ("regions", counts.regions),
        ("departments", counts.departments),
        ("customers", counts.customers),
        ("members", counts.members),
        ("cards", counts.cards),
        ("tier_history", counts.tier_history),
        ("transactions", counts.transactions),
        ("points_entries", counts.points_entries),
        ("entitlement_uses", counts.entitlement_uses),
    ] {
        assert_eq!(
            number(&connection, &format!("SELECT count(*) FROM {table}")),
            i64::try_from(count).unwrap(),
            "{table}"
        );
        assert!(count > 0, "{table}");
    }
    assert_eq!(heard.len(), 61, "September and October");
    assert_eq!(heard.last(), Some(&(61, 61)));
    let again = generate(&mut connection, &small, &mut |_, _| {});
    assert!(matches!(again, Err(DemoError::NotEmpty)));
}

#[test]
fn plans_at_their_edges_work_and_others_are_refused() {
    let last_day = parse_day("2024-02-29").unwrap();
    for (members, months, lines_per_member) in [(1, 1, 1), (3, 1, 40), (40, 240, 1)] {
        let edge = DemoPlan { members, months, lines_per_member, ..DemoPlan::demo(last_day) };
        assert_eq!(made(&edge).1.members, u64::from(members));
    }
    let usual = plan(100);
    for (wrong, what) in [
        (DemoPlan { members: 0, ..usual.clone() }, "members"),
        (DemoPlan { members: 10_000_000, ..usual.clone() }, "members"),
        (DemoPlan { months: 0, ..usual.clone() }, "months"),
        (DemoPlan { months: 241, ..usual.clone() }, "months"),
        (DemoPlan { lines_per_member: 0, ..usual }, "lines"),
    ] {
        let error = generate(&mut empty(), &wrong, &mut |_, _| {}).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
    let unready = generate(&mut Connection::open_in_memory().unwrap(), &plan(1), &mut |_, _| {});
    assert!(matches!(unready, Err(DemoError::Database(_))));
}

#[test]
fn an_unfinished_month_ends_on_the_last_day() {
    let unfinished = DemoPlan { months: 3, last_day: parse_day("2026-11-05").unwrap(), ..plan(600) };
    assert_eq!(unfinished.first_day().to_string(), "2026-09-01");
    let (connection, _) = made(&unfinished);
    let edge = |sql| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(edge("SELECT substr(min(at), 1, 10) FROM transactions"), "2026-09-01");
    assert_eq!(edge("SELECT substr(max(at), 1, 10) FROM transactions"), "2026-11-05");
}

#[test]
fn required_columns_are_filled_and_choices_are_those_of_the_contract() {
    let connection = ledger();
    for entity in ENTITIES {
        for column in entity.columns {
            let (name, table) = (column.name, entity.table);
            let missing = number(&connection, &format!("SELECT count(*) FROM {table} WHERE {name} IS NULL"));
            assert!(missing == 0 || !column.required, "{table}.{name}");
            if let ColumnType::Choice(words) = column.kind {
                let sql = format!("SELECT DISTINCT {name} FROM {table} WHERE {name} IS NOT NULL");
                let mut statement = connection.prepare(&sql).unwrap();
                let found: BTreeSet<String> = statement.query_map([], |row| row.get(0)).unwrap().flatten().collect();
                assert!(found.iter().all(|word| words.contains(&word.as_str())), "{found:?}");
            }
        }
    }
}

/// What must find no row.
const FAULTS: &[(&str, &str)] = &[
    ("member's customer", "SELECT count(*) FROM members WHERE customer_id NOT IN (SELECT customer_id FROM customers)"),
    (
        "customer without member",
        "SELECT count(*) FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM members WHERE customer_id IS NOT NULL)",
    ),
    ("member's region", "SELECT count(*) FROM members WHERE region_id NOT IN (SELECT region_id FROM regions)"),
    (
        "member's department",
        "SELECT count(*) FROM members WHERE department_id NOT IN (SELECT department_id FROM departments)",
    ),
    (
        "referrer",
        "SELECT count(*) FROM members m LEFT JOIN members r ON r.member_id = m.referrer_id WHERE m.referrer_id IS NOT NULL AND (r.member_id IS NULL OR r.member_id >= m.member_id OR r.registered_on > m.registered_on)",
    ),
    ("card's member", "SELECT count(*) FROM cards WHERE member_id NOT IN (SELECT member_id FROM members)"),
    ("member without card", "SELECT count(*) FROM members WHERE member_id NOT IN (SELECT member_id FROM cards)"),
    (
        "card before registration",
        "SELECT count(*) FROM cards JOIN members USING (member_id) WHERE issued_on < registered_on OR valid_to <= valid_from",
    ),
    (
        "tier's member",
        "SELECT count(*) FROM tier_history WHERE member_id NOT IN (SELECT member_id FROM members WHERE registered_on < '2024-05-01')",
    ),
    (
        "tier's day",
        "SELECT count(*) FROM tier_history WHERE effective_on <> '2024-05-01' OR scheme_id <> 'member-tier'",
    ),
    ("line's member", "SELECT count(*) FROM transactions WHERE member_id NOT IN (SELECT member_id FROM members)"),
    (
        "line's customer",
        "SELECT count(*) FROM transactions t LEFT JOIN members m USING (member_id) WHERE t.customer_id IS NOT m.customer_id",
    ),
    (
        "line's department",
        "SELECT count(*) FROM transactions WHERE department_id NOT IN (SELECT department_id FROM departments)",
    ),
    ("line's region", "SELECT count(*) FROM transactions WHERE region_id NOT IN (SELECT region_id FROM regions)"),
    (
        "line before registration",
        "SELECT count(*) FROM transactions t JOIN members m USING (member_id) WHERE t.at < m.registered_on",
    ),
    ("line outside the window", "SELECT count(*) FROM transactions WHERE at < '2024-05-01' OR at >= '2026-11-01'"),
    (
        "line at night",
        "SELECT count(*) FROM transactions WHERE substr(at, 12) NOT BETWEEN '09:00:00' AND '21:59:59' OR length(at) <> 19",
    ),
    ("sign of a sale", "SELECT count(*) FROM transactions WHERE kind = 'sale' AND (amount <= 0 OR quantity <= 0)"),
    (
        "sign of a return",
        "SELECT count(*) FROM transactions WHERE kind = 'return' AND (amount >= 0 OR quantity >= 0 OR order_id NOT LIKE 'R%')",
    ),
    (
        "orders of two shoppers",
        "SELECT count(*) FROM (SELECT 1 FROM transactions GROUP BY order_id HAVING count(DISTINCT coalesce(member_id, '')) > 1 OR count(DISTINCT at) > 1 OR count(*) > 6)",
    ),
    (
        "rows out of time",
        "SELECT count(*) FROM (SELECT at, lag(at) OVER (ORDER BY rowid) before FROM transactions) WHERE at < before",
    ),
    ("entry's member", "SELECT count(*) FROM points_entries WHERE member_id NOT IN (SELECT member_id FROM members)"),
    (
        "entry's order",
        "SELECT count(*) FROM points_entries WHERE order_id IS NOT NULL AND order_id NOT IN (SELECT order_id FROM transactions)",
    ),
    (
        "points for nothing",
        "SELECT count(*) FROM points_entries WHERE points = 0 OR (kind = 'earn') <> (points > 0 AND kind <> 'adjust')",
    ),
    (
        "points without a last day",
        "SELECT count(*) FROM points_entries WHERE (points > 0) <> (expires_on IS NOT NULL) OR expires_on <= at",
    ),
    (
        "redeemed odd",
        "SELECT count(*) FROM points_entries WHERE kind = 'redeem' AND (points >= 0 OR points % 500 <> 0)",
    ),
    (
        "phone of somebody",
        "SELECT count(*) FROM members WHERE phone NOT LIKE '154________' OR email NOT LIKE '%@example.com'",
    ),
    ("phone twice", "SELECT count(phone) - count(DISTINCT phone) FROM members"),
    ("customer name twice", "SELECT count(name) - count(DISTINCT name) FROM customers"),
];

#[test]
fn nothing_is_where_it_may_not_be() {
    let connection = ledger();
    for (what, sql) in FAULTS {
        assert_eq!(number(&connection, sql), 0, "{what}");
    }
}

#[test]
fn points_follow_orders_and_balances_never_fall_below_zero() {
    let connection = ledger();
    let earned = "SELECT count(*) FROM points_entries p JOIN (SELECT order_id, sum(amount) / 100 points FROM transactions \
                  WHERE kind IN ('sale', 'adjustment') GROUP BY order_id) o USING (order_id) WHERE p.kind = 'earn'";
    let entries = number(&connection, "SELECT count(*) FROM points_entries WHERE rule = 'purchase'");
    assert!(entries > 15_000);
    assert_eq!(number(&connection, &format!("{earned} AND p.points = o.points")), entries);
    // Within a second the entries may be read in any order: the worst is that everything spent comes first.
    for order in ["at, entry_id", "at, points, entry_id"] {
        let sql = format!(
            "SELECT min(balance) FROM (SELECT sum(points) OVER (PARTITION BY member_id ORDER BY {order} ROWS UNBOUNDED \
             PRECEDING) balance FROM points_entries)"
        );
        assert!(number(&connection, &sql) >= 0, "{order}");
    }
    for kind in ["earn", "redeem", "reverse", "adjust"] {
        let sql = format!("SELECT count(*) FROM points_entries WHERE kind = '{kind}'");
        assert!(number(&connection, &sql) > 0, "{kind}");
    }
    assert!(number(&connection, "SELECT count(*) FROM points_entries WHERE rule = 'referral' AND points = 100") > 10);
}

/// Members by tier at the end of a month: net spend of twelve months against the limits of the example scheme.
fn tiers_at(connection: &Connection, month_after: NaiveDate) -> [i64; 5] {
    let from = months_after(month_after, -12);
    let spend = format!(
        "SELECT m.member_id, (SELECT coalesce(sum(amount), 0) FROM transactions t WHERE t.member_id = m.member_id AND kind <> \
         'cancelled' AND at >= '{from}' AND at < '{month_after}') net FROM members m WHERE registered_on < '{month_after}'"
    );
    let limits = papers::TIERS.map(|(_, from)| from);
    let mut statement = connection.prepare(&format!("SELECT net FROM ({spend})")).unwrap();
    let mut found = [0; 5];
    for net in statement.query_map([], |row| row.get::<_, i64>(0)).unwrap().flatten() {
        found[limits.iter().rposition(|limit| net >= *limit).unwrap_or(0)] += 1;
    }
    found
}

#[test]
fn tiers_are_shared_out_as_in_a_usual_programme() {
    let connection = ledger();
    let mut months: Vec<[i64; 5]> = Vec::new();
    for month_after in ["2025-05-01", "2025-12-01", "2026-07-01", "2026-11-01"] {
        months.push(tiers_at(&connection, parse_day(month_after).unwrap()));
    }
    let granted = papers::TIERS
        .map(|(label, _)| number(&connection, &format!("SELECT count(*) FROM tier_history WHERE tier = '{label}'")));
    months.push(granted);
    for tiers in months {
        let members: i64 = tiers.iter().sum();
        let shares = tiers.map(|count| count * 1_000 / members);
        let ranges = [700..=790, 150..=215, 28..=70, 5..=22, 0..=6];
        assert!(shares.iter().zip(&ranges).all(|(share, range)| range.contains(share)), "{shares:?} per mille");
        assert!(tiers[4] > 0, "{tiers:?}");
    }
}

#[test]
fn a_fifth_of_the_members_make_most_of_the_sales() {
    let connection = ledger();
    let sums = "SELECT m.member_id, coalesce(sum(amount), 0) net FROM members m LEFT JOIN transactions t ON t.member_id = \
                m.member_id AND kind <> 'cancelled' GROUP BY 1";
    let top =
        number(&connection, &format!("SELECT sum(net) FROM (SELECT net FROM ({sums}) ORDER BY net DESC LIMIT 400)"));
    let all = number(&connection, &format!("SELECT sum(net) FROM ({sums})"));
    assert!((60..=74).contains(&(top * 100 / all)), "{}", top * 100 / all);
}

#[test]
fn trade_has_seasons_weekends_and_stores_that_come_and_go() {
    let connection = ledger();
    let sales = |condition: &str| {
        number(
            &connection,
            &format!("SELECT coalesce(sum(amount), 0) FROM transactions WHERE kind = 'sale' AND {condition}"),
        )
    };
    let orders = |month: &str| {
        number(&connection, &format!("SELECT count(DISTINCT order_id) FROM transactions WHERE at LIKE '{month}-%'"))
    };
    for year in [2024, 2025] {
        let [before, peak, after] = [10, 11, 12].map(|month| orders(&format!("{year}-{month}")));
        assert!(2 * peak > before + after, "{before} {peak} {after}");
    }
    assert!(orders("2026-02") + orders("2026-01") > orders("2026-03") + orders("2026-04"), "the Spring Festival");
    assert!(orders("2026-06") > orders("2026-07"), "the summer is quiet");
    assert!(
        sales("at >= '2025-11'") > sales("at >= '2024-11' AND at < '2025-11'") * 98 / 100,
        "no decline over a year"
    );
    assert!(sales("strftime('%w', at) IN ('0', '6')") * 7 > sales("1") * 2 * 115 / 100, "weekends are busy");
    assert_eq!(sales("store = '襄阳东津店' AND at < '2025-04'"), 0);
    assert!(sales("store = '襄阳东津店' AND at >= '2025-06'") > 0);
    let declining = |condition: &str| sales(&format!("store = '青山店' AND {condition}"));
    assert!(declining("at >= '2026-01'") * 100 < declining("at < '2025-03'") * 85);
}

#[test]
fn members_leave_come_back_and_some_never_buy() {
    let connection = ledger();
    let days = "SELECT member_id, min(at) first, max(at) last FROM transactions WHERE member_id IS NOT NULL GROUP BY 1";
    let count = |condition: &str| number(&connection, &format!("SELECT count(*) FROM ({days}) WHERE {condition}"));
    let left = count("last < '2025-11-01'");
    assert!((60..400).contains(&left), "{left} of 2,000 were not seen for a year");
    let pauses = "SELECT julianday(at) - julianday(lag(at) OVER (PARTITION BY member_id ORDER BY at)) pause FROM \
                  transactions WHERE member_id IS NOT NULL";
    let back = number(&connection, &format!("SELECT count(*) FROM ({pauses}) WHERE pause > 300"));
    assert!(back > 20, "{back} came back after ten months");
    let buyers = count("1");
    assert!((1_800..2_000).contains(&buyers), "{buyers}");
    assert!(count("last > first") * 100 > buyers * 90, "most buy again");
}

#[test]
fn kinds_of_rows_have_their_shares() {
    let connection = ledger();
    let lines = number(&connection, "SELECT count(*) FROM transactions");
    assert!((55_000..65_000).contains(&lines), "{lines} of 60,000 planned");
    let share = |sql: &str| number(&connection, sql) * 10_000 / lines;
    let orders = number(&connection, "SELECT count(DISTINCT order_id) FROM transactions WHERE kind = 'sale'");
    let returns = number(&connection, "SELECT count(DISTINCT order_id) FROM transactions WHERE kind = 'return'");
    assert!((200..=340).contains(&(returns * 10_000 / orders)), "{returns} returns of {orders} orders");
    for (what, sql, range) in [
        ("without a card", "SELECT count(*) FROM transactions WHERE member_id IS NULL", 1_100..=1_350),
        ("cancelled", "SELECT count(*) FROM transactions WHERE kind = 'cancelled'", 35..=70),
        ("adjusted", "SELECT count(*) FROM transactions WHERE kind = 'adjustment'", 1..=20),
    ] {
        assert!(range.contains(&share(sql)), "{what}: {} of 10,000", share(sql));
    }
    for (what, sql, range) in [
        ("blocked", "SELECT count(*) FROM members WHERE blocked = 1", 1..=5),
        ("business", "SELECT count(*) FROM customers WHERE kind = 'business'", 25..=35),
        ("referred", "SELECT count(*) FROM members WHERE referrer_id IS NOT NULL", 180..=300),
        ("registered in the window", "SELECT count(*) FROM members WHERE registered_on >= '2024-05-01'", 400..=560),
        ("with a rare name", "SELECT count(*) FROM members WHERE name IN ('陈䶮', '周𠮷祥')", 2..=2),
        ("categories", "SELECT count(DISTINCT category) FROM transactions", 8..=8),
        ("stores", "SELECT count(DISTINCT store) FROM transactions", 12..=12),
        ("salespeople", "SELECT count(DISTINCT salesperson) FROM transactions", 60..=60),
    ] {
        assert!(range.contains(&number(&connection, sql)), "{what}: {}", number(&connection, sql));
    }
}

#[test]
fn points_are_never_spent_after_they_lapse() {
    let mut connection = empty();
    let long = DemoPlan { months: 60, lines_per_member: 60, ..plan(200) };
    generate(&mut connection, &long, &mut |_, _| {}).unwrap();
    // Oldest first: what was spent up to a day never exceeds what was earned, less the lots that had lapsed unspent by then.
    let mut statement = connection
        .prepare("SELECT member_id, substr(at, 1, 10), points, expires_on FROM points_entries ORDER BY member_id, at, entry_id")
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    let (mut member, mut lots) = (String::new(), Vec::<(String, i64)>::new());
    let mut lapsed = 0;
    while let Some(row) = rows.next().unwrap() {
        let next: String = row.get(0).unwrap();
        let (day, points): (String, i64) = (row.get(1).unwrap(), row.get(2).unwrap());
        if next != member {
            (member, lots) = (next, Vec::new());
        }
        lots.retain(|(until, left)| {
            lapsed += if *until < day { *left } else { 0 };
            *until >= day
        });
        if points > 0 {
            lots.push((row.get(3).unwrap(), points));
            continue;
        }
        let mut missing = -points;
        for (_, left) in &mut lots {
            let taken = missing.min(*left);
            *left -= taken;
            missing -= taken;
        }
        assert_eq!(missing, 0, "{member} spent {points} on {day}");
    }
    assert!(lapsed > 0, "the case is tried");
}

/// What must be 0 of business customers and all that is told of them: rows that name nobody, and rows that contradict others.
const BUSINESS_FAULTS: &[(&str, &str)] = &[
    (
        "customers of transactions",
        "SELECT count(*) FROM transactions WHERE customer_id NOT IN (SELECT customer_id FROM customers)",
    ),
    ("region", "SELECT count(*) FROM customers WHERE region_id NOT IN (SELECT region_id FROM regions)"),
    (
        "margins that are not those of the sales",
        "SELECT count(*) FROM product_margins m WHERE revenue <> (SELECT sum(amount) FROM transactions t WHERE t.customer_id = m.customer_id \
         AND t.product = m.product AND t.kind = 'sale' AND strftime('%Y', t.at) = strftime('%Y', m.year_end))",
    ),
    (
        "outstanding rent that is not that of the instalments",
        "SELECT count(*) FROM leases l WHERE outstanding <> (SELECT sum(amount) FROM instalments i WHERE i.lease_id = l.lease_id AND paid_on IS NULL)",
    ),
    (
        "rent that is not that of the instalments",
        "SELECT count(*) FROM leases l WHERE original_total <> (SELECT sum(amount) FROM instalments i WHERE i.lease_id = l.lease_id)",
    ),
    ("days late", "SELECT count(*) FROM payments WHERE days_late <> julianday(paid_on) - julianday(due_on)"),
    (
        "payments that do not settle their invoice on its due day and theirs",
        "SELECT count(*) FROM payments p LEFT JOIN allocations a USING (payment_id) LEFT JOIN invoices i USING (invoice_id) \
         LEFT JOIN payment_terms t USING (terms_id) WHERE a.allocated_on IS NOT p.paid_on OR i.customer_id IS NOT p.customer_id \
         OR coalesce(i.due_on, date(i.issued_on, '+' || t.days || ' days')) IS NOT p.due_on",
    ),
    (
        "instalments that do not come to their invoice",
        "SELECT count(*) FROM invoices i WHERE amount <> (SELECT sum(amount) FROM invoice_parts p WHERE p.invoice_id = i.invoice_id)",
    ),
    (
        "more set against an invoice than its amount",
        "SELECT count(*) FROM invoices i WHERE amount < (SELECT sum(amount) FROM allocations a WHERE a.invoice_id = i.invoice_id)",
    ),
    (
        "balances of the general ledger that are not those of the rows",
        "SELECT count(*) FROM control_totals c WHERE amount <> (SELECT coalesce(sum(amount), 0) FROM (SELECT issued_on AS day, amount FROM invoices \
         UNION ALL SELECT paid_on, -amount FROM payments UNION ALL SELECT issued_on, -amount FROM credit_notes) WHERE day <= c.as_of)",
    ),
    ("on time", "SELECT count(*) FROM deliveries WHERE on_time <> (done_on <= due_on)"),
    (
        "signed and not agreed",
        "SELECT count(*) FROM price_contracts WHERE (signed_on IS NULL) = (status IN ('agreed', 'conditional', 'price-cut'))",
    ),
    (
        "closed before opened",
        "SELECT count(*) FROM complaints WHERE closed_on < opened_on OR solved <> (closed_on IS NOT NULL)",
    ),
    ("loss on every sale", "SELECT count(*) FROM transactions WHERE kind = 'sale' AND (cost <= 0 OR cost >= amount)"),
];

#[test]
fn business_customers_are_told_of_in_every_table_within_the_window() {
    let plan = DemoPlan { months: 26, lines_per_member: 1, businesses: 120, ..plan(40) };
    let (connection, counts) = made(&plan);
    let mut told = 0;
    for entity in ENTITIES {
        let rows = number(&connection, &format!("SELECT count(*) FROM {}", entity.table));
        assert!(rows > 0, "{}", entity.name);
        told += rows;
        if let Some(time) = entity.time_of_what_happened() {
            let late =
                format!("SELECT count(*) FROM {} WHERE {time} >= date('{}', '+1 day')", entity.table, plan.last_day);
            assert_eq!(number(&connection, &late), 0, "{} after the last day", entity.name);
        }
    }
    let others = counts.regions
        + counts.departments
        + counts.members
        + counts.cards
        + counts.tier_history
        + counts.entitlement_uses
        + counts.points_entries;
    let member_lines = number(&connection, "SELECT count(*) FROM transactions WHERE line_id NOT LIKE 'G%'");
    let member_customers = number(&connection, "SELECT count(*) FROM customers WHERE customer_id NOT LIKE 'B%'");
    let expected = counts.business_rows + others;
    assert_eq!(told, i64::try_from(expected).unwrap() + member_lines + member_customers);
    for (what, sql) in BUSINESS_FAULTS {
        assert_eq!(number(&connection, sql), 0, "{what}");
    }
    let of = |sql: &str| number(&connection, sql);
    assert_eq!(of("SELECT count(DISTINCT strftime('%Y', at)) FROM transactions WHERE line_id LIKE 'G%'"), 3);
    assert_eq!(of("SELECT count(DISTINCT region_id) FROM transactions WHERE line_id LIKE 'G%'"), 5);
    assert!(of("SELECT count(DISTINCT class) FROM assessments WHERE aspect = 'industry-position'") == 5);
    assert!(of("SELECT count(DISTINCT base_class) FROM leases") >= 3);
    assert!(of("SELECT count(*) FROM deliveries WHERE done_on IS NULL") > 0);
}

#[test]
fn business_customers_leave_the_shops_as_they_are() {
    let without = plan(60);
    let with = DemoPlan { businesses: 30, ..without.clone() };
    let shops = |plan: &DemoPlan| {
        let (connection, _) = made(plan);
        let mut statement = connection
            .prepare("SELECT line_id, at, amount FROM transactions WHERE line_id NOT LIKE 'G%' ORDER BY line_id")
            .unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        rows.collect::<Result<Vec<(String, String, i64)>, _>>().unwrap()
    };
    assert_eq!(shops(&without), shops(&with));
}

#[test]
fn returns_name_the_order_whose_goods_come_back() {
    let astray = "SELECT count(*) FROM transactions r LEFT JOIN transactions s ON s.order_id = r.returns_order_id AND s.kind = 'sale' \
                  AND s.product = r.product AND s.amount = -r.amount AND s.at < r.at AND s.member_id IS r.member_id \
                  WHERE r.kind = 'return' AND s.line_id IS NULL";
    let named = "SELECT count(*) FROM transactions WHERE returns_order_id IS NOT NULL AND kind <> 'return'";
    let (connection, _) = made(&DemoPlan { businesses: 30, ..plan(300) });
    assert!(number(&connection, "SELECT count(*) FROM transactions WHERE kind = 'return'") > 100);
    assert_eq!((number(&connection, astray), number(&connection, named)), (0, 0));
}

#[test]
fn services_are_used_on_days_of_the_best_card_and_now_and_then_without_a_right() {
    let ledger = ledger();
    let of = |sql: &str| number(&ledger, sql);
    let best = "member_id IN (SELECT member_id FROM cards WHERE tier = '钻石卡会员')";
    assert!(of(&format!("SELECT count(*) FROM entitlement_uses WHERE {best}")) > 10);
    assert!(of(&format!("SELECT count(*) FROM entitlement_uses WHERE NOT {best}")) > 5);
    let outside = "SELECT count(*) FROM entitlement_uses u JOIN cards c USING (member_id) WHERE u.used_on NOT BETWEEN c.valid_from AND c.valid_to
                   AND u.member_id <> 'M0000001'";
    assert_eq!(of(outside), 0);
}
