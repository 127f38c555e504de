//! Receipts that win a spin (S21): the limit, returns and midnight worked by hand, the demo against SQL that shares nothing with the program, faults.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::{support::World, tier_report::table};

/// Order, member, customer, at, kind, store, amount in fen, the order whose goods come back.
type Line = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, i64, &'static str);

const LINES: &[Line] = &[
    // Exactly the amount, in two lines; a cancelled one does not count.
    ("exact", "M1", "", "2026-10-05 10:00:00", "sale", "东店", 7_000, ""),
    ("exact", "M1", "", "2026-10-05 10:00:00", "sale", "东店", 800, ""),
    ("short", "M1", "", "2026-10-05 11:00:00", "sale", "东店", 7_799, ""),
    ("short", "M1", "", "2026-10-05 11:00:00", "cancelled", "东店", 9_000, ""),
    ("void", "M1", "", "2026-10-05 12:00:00", "cancelled", "东店", 9_000, ""),
    // Without a card.
    ("nobody", "", "", "2026-10-05 23:59:59", "sale", "西店", 10_000, ""),
    // Comes back two days later: the list of the day has it, the list of the month does not.
    ("back", "M2", "", "2026-10-05 13:00:00", "sale", "西店", 10_000, ""),
    ("R1", "M2", "", "2026-10-07 09:00:00", "return", "西店", -5_000, "back"),
    // Comes back on the day, partly, and still reaches the amount.
    ("partly", "M3", "", "2026-10-05 14:00:00", "sale", "西店", 10_000, ""),
    ("partly", "M3", "", "2026-10-05 15:00:00", "return", "西店", -2_200, "partly"),
    // A return of another day's receipt, and one of nobody knows what.
    ("R2", "M4", "", "2026-10-05 16:00:00", "return", "西店", -9_000, "september"),
    ("september", "M4", "", "2026-09-30 16:00:00", "sale", "西店", 9_000, ""),
    ("R3", "M4", "", "2026-10-05 17:00:00", "return", "西店", -9_000, ""),
    // Over midnight: of the day on which it began, and of that day alone.
    ("night", "M5", "", "2026-10-05 23:59:59", "sale", "西店", 4_000, ""),
    ("night", "M5", "", "2026-10-06 00:00:00", "sale", "西店", 9_000, ""),
    // In the customer's own name; no number; an adjustment below the amount; two stores under one number.
    ("G1", "", "B1", "2026-10-05 10:00:00", "sale", "", 900_000, ""),
    ("", "M6", "", "2026-10-05 10:00:00", "sale", "东店", 90_000, ""),
    ("less", "M6", "", "2026-10-05 10:00:00", "sale", "东店", 7_800, ""),
    ("less", "M6", "", "2026-10-05 18:00:00", "adjustment", "东店", -1, ""),
    ("=cmd()", "M7", "", "2026-10-05 10:00:01", "sale", "西店", 9_000, ""),
    ("=cmd()", "M8", "", "2026-10-05 10:00:00", "sale", "东店", 9_000, ""),
];

fn world() -> World {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    let sql = world.sql();
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    for (number, (order, member, customer, at, kind, store, amount, returns)) in LINES.iter().enumerate() {
        sql.execute(
            "INSERT INTO transactions(line_id, order_id, member_id, customer_id, at, kind, store, amount, returns_order_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            (
                format!("L{number:02}"),
                filled(order),
                filled(member),
                filled(customer),
                *at,
                *kind,
                filled(store),
                *amount,
                filled(returns),
            ),
        )
        .unwrap();
    }
    world
}

fn json(world: &World, period: &str) -> Value {
    let arguments = ["report", "preview", "prize-receipts", "--period", period, "--format", "json", "--lang", "en"];
    world.fenji(&arguments).succeeded().json()
}

fn value(row: &Value, column: &str) -> String {
    match &row["cells"][column]["value"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Each receipt with what counts of it.
fn listed(report: &Value, id: &str) -> Vec<(String, String)> {
    table(report, id).iter().map(|row| (value(row, "order_id"), value(row, "total"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect()
}

#[test]
fn the_list_of_a_day_is_that_worked_by_hand() {
    let world = world();
    let report = json(&world, "2026-10-05");
    let expected = pairs(&[
        ("=cmd()", "180.00"),
        ("exact", "78.00"),
        ("back", "100.00"),
        ("partly", "78.00"),
        ("nobody", "100.00"),
    ]);
    assert_eq!(listed(&report, "receipts"), expected, "by store and time");
    assert!(report["sections"].as_array().unwrap().iter().all(|section| section["id"] != "fell"));
    let stores: Vec<Vec<String>> = table(&report, "stores")
        .iter()
        .map(|row| {
            ["store", "receipts", "winning", "with_member", "without_member", "amount"]
                .map(|id| value(row, id))
                .to_vec()
        })
        .collect();
    let expected = [
        ["东店", "4", "2", "2", "0", "258.00"],
        ["西店", "4", "3", "2", "1", "278.00"],
        ["Sum", "8", "5", "4", "1", "536.00"],
    ];
    assert_eq!(stores, expected.map(|row| row.map(str::to_owned).to_vec()));
    let told = report["findings"].to_string();
    for words in [
        "5 of 8 receipts reach 78.00",
        "Lines sold without a receipt number: 1;",
        "Returns that name no receipt: 1;",
        "Receipts with lines of several stores or members: 1;",
        "Orders of customers in their own name: 1;",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn a_longer_list_knows_what_came_back_later_and_names_each_receipt_once() {
    let world = world();
    let report = json(&world, "2026-10");
    let expected = pairs(&[
        ("=cmd()", "180.00"),
        ("exact", "78.00"),
        ("partly", "78.00"),
        ("night", "130.00"),
        ("nobody", "100.00"),
    ]);
    assert_eq!(listed(&report, "receipts"), expected);
    assert_eq!(listed(&report, "fell_below"), pairs(&[("back", "50.00")]));
    let days: Vec<(String, String)> =
        table(&report, "days").iter().map(|row| (value(row, "day"), value(row, "winning"))).collect();
    assert_eq!(days, pairs(&[("2026-10-05", "5"), ("Sum", "5")]));
    // The receipt that began the day before is not of the sixth.
    assert_eq!(listed(&json(&world, "2026-10-06"), "receipts"), pairs(&[]));
    world.edit("config/prizes.toml", "\"reduce\"", "\"ignore\"");
    world.edit("config/prizes.toml", "own-name-orders = false", "own-name-orders = true");
    let ids: Vec<String> = listed(&json(&world, "2026-10"), "receipts").into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["=cmd()", "exact", "back", "partly", "night", "nobody", "G1"]);
}

#[test]
fn the_demo_equals_sql() {
    let world = World::with_demo_ledger();
    let report = json(&world, "2026-10");
    let sql = world.sql();
    let mut rows = sql
        .prepare(
            "WITH sold AS (SELECT order_id, min(at) AS at, store, member_id, sum(amount) AS amount FROM transactions
                           WHERE kind = 'sale' GROUP BY order_id HAVING min(at) >= '2026-10-01' AND min(at) < '2026-11-01'),
                  back AS (SELECT returns_order_id, sum(amount) AS amount FROM transactions WHERE kind = 'return' GROUP BY 1)
             SELECT store, count(*) FROM sold LEFT JOIN back ON returns_order_id = order_id
             WHERE sold.amount + coalesce(back.amount, 0) >= 7800 GROUP BY 1",
        )
        .unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)?.to_string()));
    let expected: BTreeMap<String, String> = rows.query_map([], row).unwrap().map(Result::unwrap).collect();
    let stores = table(&report, "stores").iter().filter(|row| row["kind"] == "data");
    let found: BTreeMap<String, String> = stores.map(|row| (value(row, "store"), value(row, "winning"))).collect();
    assert!(expected.len() > 3, "{expected:?}");
    assert_eq!(found, expected);
}

#[test]
fn a_ledger_that_does_not_name_returned_orders_says_so() {
    let world = world();
    let ledger = world.read("config/ledger.toml");
    let columns = ["line_id", "order_id", "member_id", "at", "kind", "store"];
    let columns: Vec<String> = columns.iter().map(|name| format!("{name} = \"{name}\"\n")).collect();
    let entity = format!(
        "\n[entity.transaction]\ntable = \"transactions\"\n[entity.transaction.columns]\namount = {{ column = \"amount\", unit = \"minor\" }}\n{}",
        columns.concat()
    );
    world.write("config/ledger.toml", format!("{ledger}{entity}"));
    let report = json(&world, "2026-10");
    let ids: Vec<String> = listed(&report, "receipts").into_iter().map(|(id, _)| id).collect();
    // Nobody's orders cannot be told from those of customers either.
    assert_eq!(ids, ["=cmd()", "exact", "back", "partly", "night", "nobody", "G1"]);
    assert!(report["notes"].to_string().contains("does not tell of others what they belong to"), "{}", report["notes"]);
    assert!(report["findings"].to_string().contains("Returns that name no receipt: 3;"), "{}", report["findings"]);
}

#[test]
fn receipts_are_data_and_faults_are_told() {
    let world = world();
    let out = world.home().join("out");
    let job = ["job", "run", "daily-prize-receipts", "--period", "2026-10-05", "--out", out.to_str().unwrap()];
    world.fenji(&job).succeeded();
    let csv = fs::read_to_string(out.join("daily-prize-receipts-2026-10-05/receipts.csv")).unwrap();
    assert!(csv.contains("order_id,day,time,store,member_id,sold,back,total\r\n"), "{csv}");
    assert!(csv.contains("'=cmd(),2026-10-05,10:00,东店,M8,180.00,0.00,180.00\r\n"), "{csv}");
    world.edit("config/prizes.toml", "\"78.00\"", "\"78.005\"");
    for arguments in [&["check"][..], &["report", "preview", "prize-receipts", "--period", "2026-10-05"]] {
        let said = world.fenji(arguments);
        let told = format!("{}{}", said.out, said.err);
        assert!(said.code == 3 && told.contains("prizes::bad_amount") && told.contains("prizes.toml:3"), "{told}");
    }
    let world = self::world();
    world
        .sql()
        .execute("UPDATE transactions SET amount = 9000000000000000000 WHERE line_id IN ('L00', 'L01')", ())
        .unwrap();
    let said = world.fenji(&["report", "preview", "prize-receipts", "--period", "2026-10-05"]);
    assert!(said.code != 0 && said.err.contains("metrics::sum_too_large"), "{}", said.err);
}
