//! Receivables through the program: published figures of real data, published cases, and rows that do not fit.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use serde_json::Value;

use crate::support::{Said, World, shared};

const MAPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/maps");

pub type Row = BTreeMap<String, String>;

pub fn rows(text: &str) -> Vec<Row> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn reference(name: &str) -> Vec<Row> {
    rows(&fs::read_to_string(shared(name).unwrap()).unwrap())
}

/// A home with IBM's sample of receivables, in which an item on its due day stands in the first bucket, as the references have it.
pub fn ibm() -> Option<World> {
    let file = shared("ibm_ar/WA_Fn-UseC_-Accounts-Receivable.csv.zst")?;
    let world = World::new();
    world.edit("config/ledger.toml", "currency = \"CNY\"", "currency = \"USD\"");
    world.edit("config/receivables.toml", "due-day = \"not-due\"", "due-day = \"overdue\"");
    world.fenji(&["ledger", "init"]).succeeded();
    for (entity, map) in [
        ("customer", "customers"),
        ("invoice", "invoices"),
        ("payment", "payments"),
        ("allocation", "allocations"),
        ("dispute", "disputes"),
    ] {
        let map = format!("{MAPS}/ibm_{map}.toml");
        world.fenji(&["ledger", "load", entity, file.to_str().unwrap(), "--map", &map]).succeeded();
    }
    Some(world)
}

/// The days and the basis of a snapshot of the references: `asof 2012-03-31 by DueDate`, `frozen 2012-12-31 asof 2013-01-31 by DueDate`.
fn arguments(snapshot: &str) -> Vec<String> {
    let words: Vec<&str> = snapshot.split(' ').collect();
    let (known, as_of, basis) = match words.as_slice() {
        ["asof", as_of, "by", basis] => (None, as_of, basis),
        ["frozen", known, "asof", as_of, "by", basis] => (Some(known), as_of, basis),
        _ => panic!("{snapshot}"),
    };
    let basis = if *basis == "DueDate" { "due" } else { "invoice" };
    let mut all: Vec<String> =
        ["receivables", "age", "--as-of", as_of, "--basis", basis, "--format", "csv"].map(str::to_owned).to_vec();
    all.extend(known.into_iter().flat_map(|known| ["--known-to".to_owned(), (*known).to_owned()]));
    all
}

fn age(world: &World, snapshot: &str, what: &[&str]) -> Vec<Row> {
    let arguments = arguments(snapshot);
    let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
    all.extend(what);
    rows(&world.fenji(&all).succeeded().out)
}

fn by_snapshot(rows: Vec<Row>) -> BTreeMap<String, Vec<Row>> {
    let mut all: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        all.entry(row["snapshot"].clone()).or_default().push(row);
    }
    all
}

const BUCKETS: [(&str, &str); 5] =
    [("not_due", "not_due"), ("d0_30", "0-30"), ("d31_60", "31-60"), ("d61_90", "61-90"), ("d90_plus", ">90")];

#[test]
fn ageing_totals_of_the_sample_are_the_published_ones() {
    let Some(world) = ibm() else { return };
    let snapshots = by_snapshot(reference("ibm_ar/ref_ageing_totals_dev.csv"));
    assert_eq!(snapshots.len(), 12);
    for (snapshot, expected) in snapshots {
        let found = age(&world, &snapshot, &["--totals"]);
        let names: BTreeMap<&str, &str> = BUCKETS.into_iter().chain([("total", "open")]).collect();
        assert_eq!(expected.len(), names.len(), "{snapshot}");
        for row in &expected {
            let own = found.iter().find(|own| own["bucket"] == names[row["bucket"].as_str()]).unwrap();
            for (theirs, ours) in [
                ("invoices", "items"),
                ("amount_usd", "amount"),
                ("customers", "customers"),
                ("disputed_invoices", "disputed_items"),
                ("disputed_usd", "disputed_amount"),
            ] {
                assert_eq!(own[ours], row[theirs], "{snapshot} {} {theirs}", row["bucket"]);
            }
        }
    }
}

#[test]
fn ageing_by_customer_of_the_sample_is_the_published_one() {
    let Some(world) = ibm() else { return };
    let snapshots = by_snapshot(reference("ibm_ar/ref_ageing_by_customer_dev.csv"));
    assert_eq!(snapshots.values().map(Vec::len).sum::<usize>(), 728);
    for (snapshot, expected) in snapshots {
        let found = age(&world, &snapshot, &[]);
        assert_eq!(found.len(), expected.len(), "{snapshot}");
        for (own, row) in found.iter().zip(&expected) {
            assert_eq!(own["customer_id"], row["customerID"], "{snapshot}: both are by id");
            let columns = BUCKETS.into_iter().chain([("total", "total"), ("oldest_age_days", "oldest_age_days")]);
            for (theirs, ours) in columns {
                assert_eq!(own[ours], row[theirs], "{snapshot} {} {theirs}", row["customerID"]);
            }
        }
    }
}

/// A figure as millionths: the reference leaves out zeros at the end.
fn millionths(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<6}").parse().unwrap()
}

#[test]
fn behaviour_of_the_sample_is_the_published_one() {
    let Some(world) = ibm() else { return };
    let said = world.fenji(&["receivables", "behaviour", "--as-of", "2014-01-31", "--format", "csv"]).succeeded();
    let found = rows(&said.out);
    let expected = reference("ibm_ar/ref_customer_payment_behaviour.csv");
    assert_eq!((found.len(), expected.len()), (100, 100));
    for (own, row) in found.iter().zip(&expected) {
        assert_eq!(own["customer_id"], row["customerID"]);
        for (theirs, ours) in [
            ("invoices", "settled"),
            ("amount", "settled_amount"),
            ("late", "late"),
            ("sum_days_late", "sum_days_late"),
            ("max_days_late", "longest_days_late"),
            ("sum_days_to_settle", "sum_days_to_settle"),
            ("disputed", "disputed"),
            ("late_ratio", "late_rate"),
            ("mean_days_late", "mean_days_late"),
            ("mean_days_to_settle", "mean_days_to_settle"),
            ("disputed_ratio", "disputed_rate"),
        ] {
            let same = own[ours] == row[theirs] || millionths(&own[ours]) == millionths(&row[theirs]);
            assert!(same, "{} {theirs}: {} is not {}", row["customerID"], own[ours], row[theirs]);
        }
    }
}

/// What a weighting by amount comes to, from the file itself and nothing of the program.
#[test]
fn weighted_days_late_of_the_sample_are_those_of_its_lines() {
    let Some(world) = ibm() else { return };
    let file = fs::read(shared("ibm_ar/WA_Fn-UseC_-Accounts-Receivable.csv.zst").unwrap()).unwrap();
    let lines = rows(&String::from_utf8(zstd::decode_all(file.as_slice()).unwrap()).unwrap());
    let mut sums: BTreeMap<String, (i128, i128)> = BTreeMap::new();
    for line in &lines {
        let cents = i128::from(millionths(&line["InvoiceAmount"])) / 10_000;
        let sum = sums.entry(line["customerID"].clone()).or_default();
        sum.0 += cents * line["DaysLate"].parse::<i128>().unwrap();
        sum.1 += cents;
    }
    let said = world.fenji(&["receivables", "behaviour", "--as-of", "2014-01-31", "--format", "csv"]).succeeded();
    for own in rows(&said.out) {
        let (days, amount) = sums[&own["customer_id"]];
        let expected = (days * 2_000_000 + amount) / (2 * amount);
        assert_eq!(i128::from(millionths(&own["weighted_days_late"])), expected, "{}", own["customer_id"]);
    }
}

/// A home with a ledger of its own and customers `A` and `B`.
pub fn world() -> World {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    run(&world, "INSERT INTO customers(customer_id, name) VALUES ('A', '甲'), ('B', '乙')");
    world
}

pub fn run(world: &World, sql: &str) {
    world.sql().execute_batch(sql).unwrap();
}

pub fn invoice(world: &World, id: &str, customer: &str, issued_on: &str, due_on: &str, amount: i64) {
    let due_on = if due_on.is_empty() { "NULL".to_owned() } else { format!("'{due_on}'") };
    run(
        world,
        &format!(
            "INSERT INTO invoices(invoice_id, customer_id, issued_on, due_on, amount) VALUES ('{id}', '{customer}', '{issued_on}', {due_on}, {amount})"
        ),
    );
}

pub fn payment(world: &World, id: &str, customer: &str, paid_on: &str, amount: i64) {
    run(
        world,
        &format!(
            "INSERT INTO payments(payment_id, customer_id, paid_on, amount, instrument) VALUES ('{id}', '{customer}', '{paid_on}', {amount}, 'cash')"
        ),
    );
}

fn credit_note(world: &World, id: &str, customer: &str, issued_on: &str, amount: i64) {
    run(
        world,
        &format!(
            "INSERT INTO credit_notes(credit_note_id, customer_id, issued_on, amount) VALUES ('{id}', '{customer}', '{issued_on}', {amount})"
        ),
    );
}

/// `source` is `payment_id` or `credit_note_id` and a value.
fn allocate(world: &World, id: &str, source: (&str, &str), invoice: &str, on: &str, amount: i64) {
    let (column, value) = source;
    run(
        world,
        &format!(
            "INSERT INTO allocations(allocation_id, {column}, invoice_id, allocated_on, amount) VALUES ('{id}', '{value}', '{invoice}', '{on}', {amount})"
        ),
    );
}

fn aged(world: &World, as_of: &str, what: &[&str]) -> Said {
    let mut all = vec!["receivables", "age", "--as-of", as_of, "--format", "csv"];
    all.extend(what);
    world.fenji(&all)
}

/// Each row of what is aged, as some of its columns.
fn columns(world: &World, as_of: &str, what: &[&str], names: &[&str]) -> Vec<String> {
    let said = aged(world, as_of, what).succeeded();
    let line = |row: &Row| names.iter().map(|name| row[*name].clone()).collect::<Vec<_>>().join(" ");
    rows(&said.out).iter().map(line).collect()
}

/// Published cases: the name of the first and last bucket differs, the ranges are the same.
#[test]
fn published_cases_of_buckets_are_met() {
    let Some(file) = shared("ageing_cases/cases_dev.json") else { return };
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let mut met = 0;
    for case in cases.iter().filter(|case| case["kind"] == "bucket") {
        let given = &case["given"];
        let day = |key: &str| given[key].as_str().map(|instant| instant[..10].to_owned());
        let numbers = |key: &str| -> Vec<i64> {
            given[key].as_array().into_iter().flatten().map(|number| number.as_i64().unwrap()).collect()
        };
        let (limits, due_day, as_of, due_on) = if let Some(days) = given["age_days"].as_i64() {
            (numbers("ranges"), "overdue", "2026-10-31".to_owned(), back("2026-10-31", days))
        } else if let Some(days) = given["days_past_due"].as_i64() {
            // Widths of buckets, one behind the other.
            let limits = numbers("buckets")
                .iter()
                .scan(0, |end, width| {
                    *end += width;
                    Some(*end)
                })
                .collect();
            (limits, "not-due", "2026-10-31".to_owned(), back("2026-10-31", days))
        } else {
            assert_eq!(given["buckets"], "0-7, 8-30, >30");
            (vec![7, 30], "overdue", day("as_of").unwrap(), day("base").unwrap())
        };
        let world = world();
        world.edit("config/receivables.toml", "[30, 60, 90]", &format!("{limits:?}"));
        world.edit("config/receivables.toml", "due-day = \"not-due\"", &format!("due-day = \"{due_day}\""));
        invoice(&world, "I1", "A", "2024-01-01", &due_on, 100);
        let expected = match case["expect"]["bucket"].as_str().unwrap() {
            "121-above" => ">120",
            "CURRENT" => "0-7",
            "DUE_8_30" => "8-30",
            "OVERDUE_30" => ">30",
            other => other,
        };
        assert_eq!(columns(&world, &as_of, &["--items"], &["bucket"]), [expected], "{}", case["id"]);
        met += 1;
    }
    assert_eq!(met, 18);
}

fn back(day: &str, days: i64) -> String {
    fenji::period::days_after(fenji::period::parse_day(day).unwrap(), -days).to_string()
}

/// A home with what a case is given.
fn outstanding(given: &Value) -> World {
    let cents = |value: &Value| value.as_i64().unwrap() * 100;
    let world = world();
    let amounts = given["invoices"]
        .as_array()
        .cloned()
        .unwrap_or_else(|| given["invoice"].as_i64().map(Value::from).into_iter().collect());
    for (at, amount) in amounts.iter().enumerate() {
        invoice(&world, &format!("I{at}"), "A", "2026-10-01", "2026-11-01", cents(amount));
    }
    for (at, term) in given["terms"].as_array().into_iter().flatten().enumerate() {
        let (amount, days) = (cents(&term["amount"]), term["due_in"].as_i64().unwrap());
        let sql = format!(
            "INSERT INTO invoice_parts VALUES ('I0', {}, date('2026-10-01', '+{days} days'), {amount})",
            at + 1
        );
        run(&world, &sql);
    }
    for (key, day) in
        [("payment", "2026-10-31"), ("payment_dated_tomorrow", "2026-11-01"), ("payment_without_invoice", "2026-10-31")]
    {
        let Some(amount) = given[key].as_i64() else { continue };
        payment(&world, "P", "A", day, amount * 100);
        if key != "payment_without_invoice" {
            allocate(&world, "L", ("payment_id", "P"), "I0", day, amount * 100);
        }
    }
    for key in ["credit_note", "credit_journal"] {
        let Some(amount) = given[key].as_i64() else { continue };
        credit_note(&world, "N", "A", "2026-10-31", amount * 100);
        if key == "credit_note" {
            allocate(&world, "L", ("credit_note_id", "N"), "I0", "2026-10-31", amount * 100);
        }
    }
    world
}

/// Published cases of what is outstanding. A payment of a later day is no column of ours: as of the day it is not there.
#[test]
fn published_cases_of_what_is_outstanding_are_met() {
    let Some(file) = shared("ageing_cases/cases_dev.json") else { return };
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let mut met = 0;
    for case in cases.iter().filter(|case| case["kind"] == "outstanding") {
        let given = &case["given"];
        let world = outstanding(given);
        let money = |value: &Value| value.as_i64().map(|amount| format!("{amount}.00"));
        let mut items = columns(&world, "2026-10-31", &["--items"], &["amount", "paid", "open"]);
        items.sort();
        let mut expected: Vec<String> = Vec::new();
        let (mut unapplied, mut total) = ("0.00".to_owned(), None);
        for row in case["expect"]["rows"].as_array().unwrap() {
            if let Some(sum) = money(&row["total_outstanding"]) {
                total = Some(sum);
            } else if row["outstanding"].as_i64().is_some_and(|open| open < 0) {
                // What lowers a debt without an invoice is no item of ours, it stands in its own column.
                unapplied = money(&row["outstanding"]).unwrap();
            } else {
                let amount = money(&row["invoiced"]).or_else(|| money(&given["invoice"])).unwrap();
                let open = money(&row["outstanding"]).unwrap_or_else(|| amount.clone());
                let paid = money(&row["paid"]).unwrap_or_else(|| "0.00".to_owned());
                expected.push(format!("{amount} {paid} {open}"));
            }
        }
        expected.sort();
        assert_eq!(items, expected, "{}", case["id"]);
        let totals = columns(&world, "2026-10-31", &["--totals"], &["bucket", "amount"]);
        assert!(totals.contains(&format!("unapplied {unapplied}")), "{} {totals:?}", case["id"]);
        assert!(total.is_none_or(|total| totals.contains(&format!("total {total}"))), "{} {totals:?}", case["id"]);
        met += 1;
    }
    assert_eq!(met, 10);
}

#[test]
fn rows_that_do_not_fit_are_listed_and_the_rest_is_right() {
    let world = world();
    invoice(&world, "I1", "A", "2026-06-01", "2026-07-01", 10_000);
    invoice(&world, "I2", "A", "2026-06-01", "2026-07-01", 20_000);
    invoice(&world, "I3", "B", "2026-06-01", "2026-07-01", 5_000);
    run(&world, "UPDATE invoices SET currency = 'USD' WHERE invoice_id = 'I3'");
    for (id, customer, amount) in [("P1", "A", 15_000), ("P2", "A", 7_000), ("P3", "B", 5_000), ("P4", "B", 1_000)] {
        payment(&world, id, customer, "2026-07-15", amount);
    }
    let paid = |id: &str, payment: &str, invoice: &str, amount: i64| {
        allocate(&world, id, ("payment_id", payment), invoice, "2026-07-15", amount);
    };
    paid("L1", "P1", "I1", 6_000);
    paid("L2", "P1", "I1", 9_000); // only 40.00 of I1 are left
    paid("L3", "P2", "I2", 8_000); // P2 has 70.00
    paid("L4", "P3", "I3", 5_000); // yuan against dollars
    paid("L5", "P4", "I9", 1_000); // no such invoice
    paid("L6", "P9", "I2", 1_000); // no such payment
    paid("L7", "P4", "I2", -500); // takes back what was never set against it
    run(
        &world,
        "INSERT INTO allocations(allocation_id, invoice_id, allocated_on, amount) VALUES ('L8', 'I2', '2026-07-15', 100)",
    );
    run(&world, "INSERT INTO disputes(dispute_id, invoice_id, opened_on) VALUES ('D1', 'I8', '2026-07-01')");
    paid("L9", "P4", "I2", 300); // B pays for A
    allocate(&world, "LA", ("payment_id", "P4"), "I2", "2026-07-16", 200);
    run(&world, "UPDATE allocations SET part = 7 WHERE allocation_id = 'LA'");
    let found = columns(&world, "2026-07-31", &["--problems"], &["problem", "entity", "row", "detail"]);
    let expected = [
        "unknown-invoice allocation L5 there is no invoice `I9`",
        "unknown-payment allocation L6 there is no payment `P9`",
        "not-one-payment allocation L8 it names neither a payment nor a credit note",
        "two-currencies allocation L4 it is in USD, the invoice in USD, the payment in CNY",
        "other-sign allocation L7 it sets -5.00 against the invoice, of 10.00",
        "more-than-invoice allocation L2 it sets 90.00 against invoice `I1`, of which 40.00 can be; the payment has 90.00 left",
        "more-than-payment allocation L3 it sets 80.00 against invoice `I2`, of which 195.00 can be; the payment has 70.00 left",
        "unknown-part allocation LA its invoice has no instalment 7",
        "other-customer allocation L9 the invoice is of customer `A`, the payment of `B`",
        "other-customer allocation LA the invoice is of customer `A`, the payment of `B`",
        "dispute-without-invoice dispute D1 there is no invoice `I8`",
    ];
    assert_eq!(found, expected);
    let lines = columns(&world, "2026-07-31", &[], &["customer_id", "currency", "1-30", "unapplied", "total"]);
    assert_eq!(lines, ["A CNY 125.00 -50.00 75.00", "B CNY 0.00 -55.00 -55.00", "B USD 50.00 0.00 50.00"]);
    let said = aged(&world, "2026-07-31", &[]).err;
    assert!(said.contains("warning: unknown-invoice allocation `L5`: there is no invoice `I9`; not counted"), "{said}");
    assert!(said.contains("and 6 more: `fenji receivables age --problems` lists them"), "{said}");
}

#[test]
fn rows_that_make_no_items_stop_the_run() {
    let world = world();
    invoice(&world, "I1", "A", "2026-06-01", "2026-07-01", -100);
    invoice(&world, "I2", "A", "2026-06-01", "2026-07-01", 10_000);
    run(&world, "INSERT INTO invoice_parts VALUES ('I2', 1, '2026-07-01', 5000), ('I2', 2, '2026-08-01', 4000)");
    run(&world, "INSERT INTO invoice_parts VALUES ('I7', 1, '2026-07-01', 5000)");
    run(&world, "INSERT INTO payment_terms(terms_id, days) VALUES ('T', 30)");
    run(&world, "INSERT INTO terms_parts VALUES ('T', 1, 30, 0)");
    invoice(&world, "I3", "A", "2026-06-01", "", 100);
    run(&world, "UPDATE invoices SET terms_id = 'T' WHERE invoice_id = 'I3'");
    let said = aged(&world, "2026-07-31", &[]);
    assert_eq!((said.code, said.out.as_str()), (4, ""));
    for part in [
        "4 rows make no items",
        "invoice `I1`: its amount is -1.00",
        "invoice `I2`: its amount is 100.00, its instalments come to 90.00",
        "invoice `I3`: the instalments of terms `T` have no weight",
        "invoice_part `I7`: there is no invoice of this id",
        "receivables::bad_rows",
    ] {
        assert!(said.err.contains(part), "{part}\n{}", said.err);
    }
}

#[test]
fn the_general_ledger_must_agree() {
    let world = world();
    invoice(&world, "I1", "A", "2026-06-01", "2026-07-01", 10_000);
    payment(&world, "P1", "A", "2026-07-15", 2_500);
    run(&world, "INSERT INTO control_totals VALUES ('2026-07-31', 'CNY', 7400), ('2026-06-30', 'CNY', 10000)");
    let said = aged(&world, "2026-07-31", &[]);
    assert_eq!((said.code, said.out.as_str()), (4, ""));
    for part in ["come to 75.00", "has 74.00: a difference of 1.00", "receivables::control_differs"] {
        assert!(said.err.contains(part), "{part}\n{}", said.err);
    }
    assert!(aged(&world, "2026-06-30", &[]).succeeded().err.contains("the general ledger agrees"));
    assert!(aged(&world, "2026-07-30", &[]).succeeded().err.contains("has no balance for the day"));
    let without = aged(&world, "2026-07-31", &["--without-control"]).succeeded().err;
    assert!(without.contains("not held against the general ledger"), "{without}");
}

#[test]
fn due_days_come_from_the_invoice_its_terms_or_the_default() {
    let world = world();
    run(
        &world,
        "INSERT INTO payment_terms(terms_id, days, end_of_month) VALUES ('N45', 45, NULL), ('M30', 30, 1), ('R', 0, 0)",
    );
    run(&world, "INSERT INTO terms_parts VALUES ('R', 1, 30, 30), ('R', 2, 60, 50), ('R', 3, 90, 20)");
    for (id, due_on, terms) in [
        ("a", "2026-05-01", "N45"),
        ("b", "", "N45"),
        ("c", "", "M30"),
        ("d", "", "R"),
        ("e", "", "gone"),
        ("f", "", ""),
    ] {
        invoice(&world, id, "A", "2026-04-10", due_on, 9_999);
        if !terms.is_empty() {
            run(&world, &format!("UPDATE invoices SET terms_id = '{terms}' WHERE invoice_id = '{id}'"));
        }
    }
    let mut found =
        columns(&world, "2026-04-30", &["--items"], &["invoice_id", "part", "due_on", "due_from", "amount"]);
    found.sort();
    assert_eq!(
        found,
        [
            "a 1 2026-05-01 stated 99.99",
            "b 1 2026-05-25 terms 99.99",
            "c 1 2026-05-30 terms 99.99",
            "d 1 2026-05-10 terms 30.00",
            "d 2 2026-06-09 terms 49.99",
            "d 3 2026-07-09 terms 20.00",
            "e 1 2026-05-10 default 99.99",
            "f 1 2026-05-10 default 99.99",
        ]
    );
    let said = aged(&world, "2026-04-30", &["--items"]).err;
    assert!(said.contains("warning: 2 open items have neither a due day nor known terms"), "{said}");
    assert!(
        said.contains("unknown-terms invoice `e`: there are no terms `gone`; the default terms are used"),
        "{said}"
    );
}

#[test]
fn what_was_recorded_later_was_not_known() {
    let world = world();
    invoice(&world, "I1", "A", "2026-06-01", "2026-07-01", 10_000);
    payment(&world, "P1", "A", "2026-07-10", 10_000);
    allocate(&world, "L1", ("payment_id", "P1"), "I1", "2026-07-10", 10_000);
    run(&world, "UPDATE payments SET recorded_on = '2026-07-20'");
    let total = |arguments: &[&str]| columns(&world, "2026-07-31", arguments, &["customer_id", "1-30", "unapplied"]);
    assert_eq!(total(&[]), Vec::<String>::new());
    assert_eq!(total(&["--known-to", "2026-07-20"]), Vec::<String>::new());
    assert_eq!(total(&["--known-to", "2026-07-19"]), ["A 100.00 0.00"]);
    assert_eq!(total(&["--known-to", "2026-05-31"]), Vec::<String>::new());
    run(
        &world,
        "INSERT INTO promises(promise_id, customer_id, promised_on, due_on, amount) VALUES ('V', 'A', '2026-07-05', '2026-07-12', 10000)",
    );
    for (known_to, settled, promises, broken) in
        [("2026-07-04", "0", "0", "0"), ("2026-07-05", "0", "1", "1"), ("2026-07-20", "1", "1", "0")]
    {
        let as_of = ["--as-of", "2026-07-31", "--known-to", known_to, "--format", "csv"];
        let said = world.fenji(&[&["receivables", "behaviour"], &as_of[..]].concat()).succeeded();
        let own = &rows(&said.out)[0];
        let found = [&own["settled"], &own["promises"], &own["broken_promises"]];
        assert_eq!(found, [settled, promises, broken], "{known_to}");
    }
}

#[test]
fn a_payment_may_be_taken_back() {
    let world = world();
    invoice(&world, "I1", "A", "2026-06-01", "2026-07-01", 10_000);
    payment(&world, "P1", "A", "2026-07-01", 10_000);
    payment(&world, "P2", "A", "2026-07-20", -10_000); // the bill was dishonoured
    allocate(&world, "L1", ("payment_id", "P1"), "I1", "2026-07-01", 10_000);
    allocate(&world, "L2", ("payment_id", "P2"), "I1", "2026-07-20", -10_000);
    let open = |as_of: &str| columns(&world, as_of, &["--items"], &["paid", "open", "days_overdue"]);
    assert_eq!(open("2026-07-19"), Vec::<String>::new());
    assert_eq!(open("2026-07-20"), ["0.00 100.00 19"]);
    assert_eq!(columns(&world, "2026-07-20", &["--problems"], &["row"]), Vec::<String>::new());
}

fn behaves(world: &World, as_of: &str) -> BTreeMap<String, Row> {
    let said = world.fenji(&["receivables", "behaviour", "--as-of", as_of, "--format", "csv"]).succeeded();
    rows(&said.out).into_iter().map(|row| (row["customer_id"].clone(), row)).collect()
}

#[test]
fn behaviour_tells_what_is_long_overdue_what_changed_and_what_was_promised() {
    let world = world();
    // Half a year up to 2026-10-31 begins on 2026-05-01; the one before on 2025-11-01.
    for (id, due_on, paid_on) in [
        ("I1", "2026-02-01", "2026-02-11"), // 10 late, before the window
        ("I2", "2026-05-01", "2026-05-08"), // 7 late: within the grace
        ("I3", "2026-06-01", "2026-06-09"), // 8 late
        ("I4", "2026-10-31", ""),           // due on the day
        ("I5", "2026-10-20", ""),           // 11 overdue, open
        ("I6", "2025-01-01", ""),           // open since long before the window
        ("I7", "2026-04-30", "2026-04-30"), // due on the last day before the window
    ] {
        invoice(&world, id, "A", "2024-12-01", due_on, 1_000);
        if !paid_on.is_empty() {
            payment(&world, id, "A", paid_on, 1_000);
            allocate(&world, id, ("payment_id", id), id, paid_on, 1_000);
        }
    }
    // Settled by a credit note: says nothing about paying.
    invoice(&world, "I8", "A", "2026-04-01", "2026-05-05", 1_000);
    credit_note(&world, "N", "A", "2026-09-01", 1_000);
    allocate(&world, "N", ("credit_note_id", "N"), "I8", "2026-09-01", 1_000);
    let mut sql = String::new();
    for (id, promised_on, due_on, amount, kept) in [
        ("a", "2026-06-01", "2026-06-09", 1_000, "NULL"), // I3 was paid on its last day
        ("b", "2026-06-01", "2026-06-08", 1_000, "NULL"), // a day too late
        ("c", "2026-06-01", "2026-06-09", 1_001, "NULL"), // not enough
        ("d", "2026-06-01", "2026-06-08", 1_000, "1"),    // somebody says that it was kept
        ("e", "2026-10-01", "2026-11-01", 1_000, "NULL"), // its day is not over
    ] {
        writeln!(
            sql,
            "INSERT INTO promises(promise_id, customer_id, promised_on, due_on, amount, kept) VALUES ('{id}', 'A', '{promised_on}', '{due_on}', {amount}, {kept});"
        )
        .unwrap();
    }
    run(&world, &sql);
    let own = &behaves(&world, "2026-10-31")["A"];
    for (column, value) in [
        ("settled", "4"),
        ("late", "3"),
        ("sum_days_late", "25"),
        ("longest_days_late", "10"),
        ("on_time_rate", "0.250000"),
        ("weighted_days_late", "6.250000"),
        // Due from 1 May to 31 October: I2, I3, I4, I5.
        ("due_in_window", "4"),
        ("long_overdue_in_window", "2"),
        ("long_overdue_rate", "0.500000"),
        ("longest_overdue_in_window", "668"),
        // 7.5 days late in the half year, 5 in the one before.
        ("trend", "worse"),
        ("promises", "4"),
        ("broken_promises", "2"),
    ] {
        assert_eq!(own[column], value, "{column}");
    }
}

#[test]
fn a_ledger_without_invoices_has_no_receivables_and_what_else_is_absent_is_said() {
    let world = world();
    invoice(&world, "I1", "A", "2026-06-01", "2026-07-01", 10_000);
    let head = world.read("config/ledger.toml").replace("layout = \"fenji\"", "layout = \"mapped\"");
    world.write("config/ledger.toml", &head);
    let said = aged(&world, "2026-07-31", &[]);
    assert_eq!(said.code, 4);
    assert!(said.err.contains("ledger::entity_not_mapped") && said.err.contains("invoice"), "{}", said.err);
    let mapping = "\n[entity.invoice]\ntable = \"invoices\"\n[entity.invoice.columns]\ninvoice_id = \"invoice_id\"\n\
                   customer_id = \"customer_id\"\nissued_on = \"issued_on\"\namount = { column = \"amount\", unit = \"minor\" }\n";
    world.write("config/ledger.toml", head + mapping);
    let said = aged(&world, "2026-07-31", &["--items"]).succeeded();
    assert_eq!(rows(&said.out)[0]["due_from"], "default", "the column of due days is not mapped");
    for name in ["payment", "allocation", "credit_note", "control_total"] {
        assert!(said.err.contains(&format!("note: the ledger has no `{name}`")), "{}", said.err);
    }
}

#[test]
fn the_demo_agrees_with_its_general_ledger_at_the_end_of_every_month() {
    let world = World::with_business_ledger();
    let sql = world.sql();
    let mut ends = sql.prepare("SELECT as_of, amount FROM control_totals ORDER BY as_of").unwrap();
    let ends: Vec<(String, i64)> =
        ends.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    assert_eq!(ends.len(), 26);
    for (as_of, balance) in ends.iter().rev().step_by(5) {
        for basis in ["due", "invoice"] {
            let totals = columns(&world, as_of, &["--totals", "--basis", basis], &["bucket", "amount"]);
            let expected = format!("total {}.{:02}", balance / 100, balance % 100);
            assert!(totals.contains(&expected), "{as_of} {totals:?}");
        }
        let items = columns(&world, as_of, &["--items"], &["open"]);
        assert!(!items.is_empty() && columns(&world, as_of, &["--problems"], &["row"]).is_empty());
    }
}
