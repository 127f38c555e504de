//! Figures that the database folds are those of the rows that are read, in every database.

use std::{collections::BTreeMap, fmt::Write as _};

use chrono::NaiveDate;
use fenji::{
    declaration::Declaration,
    ledger::{
        mapping::{Compute, Mapping},
        snapshot::Snapshot,
    },
    metrics::{
        compute::{Request, compute},
        file,
        pushed::explain,
    },
    period::parse_day,
};

use super::{Ledger, today};
use crate::metrics::METRICS;

const COLUMNS: &str = "line_id = \"id\"\nat = \"at\"\norder_id = \"no\"\nmember_id = \"vip\"\nstore = \"shop\"\nquantity = { column = \"qty\", unit = \"major\" }\n\
    kind = { column = \"typ\", words = { \"销售\" = \"sale\", \"退货\" = \"return\", \"作废\" = \"cancelled\", \"it's\\\\\" = \"adjustment\" } }\n\
    amount = { column = \"amt\", unit = \"UNIT\" }\n";

/// Rows that differ in every way a figure could: kinds in words of the database, orders without a number, shops that differ in case and blanks only.
fn rows(ledger: &Ledger) -> String {
    let mut values = Vec::new();
    for at in 0..600_i64 {
        let mixed = (at * 7_919 + 13) % 1_009;
        let day = fenji::period::days_after(NaiveDate::from_ymd_opt(2024, 11, 1).unwrap(), mixed * 3 % 730);
        let time = format!("{day} {:02}:59:59", [0, 7, 15, 16, 23][usize::try_from(mixed % 5).unwrap()]);
        let kind = ["销售", "退货", "作废", "it''s\\", "sale"][usize::try_from(mixed % 5).unwrap()];
        let kind = if ledger.name() == "MariaDB" { kind.replace('\\', "\\\\") } else { kind.to_owned() };
        let fen = if mixed % 5 == 1 { -(mixed % 997) } else { mixed * 31 % 2_003 };
        let amount = if ledger.name() == "SQLite" {
            fen.to_string()
        } else {
            format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100)
        };
        let order = match mixed % 11 {
            0 => "NULL".to_owned(),
            1 => "''".to_owned(),
            other => format!("'SO20261031-{:010}'", mixed / 3 + other),
        };
        let shop = ["'s1'", "'S1'", "'s1 '", "NULL", "'店'"][usize::try_from(mixed % 5).unwrap()];
        let member = if mixed % 13 == 0 { "NULL".to_owned() } else { (mixed % 17).to_string() };
        let quantity = if mixed % 3 == 0 { "NULL".to_owned() } else { (mixed % 7).to_string() };
        values.push(format!("({at}, '{time}', {order}, {member}, {shop}, {quantity}, '{kind}', {amount})"));
    }
    values.join(",\n")
}

fn create(ledger: &Ledger, at: [&str; 3]) -> String {
    let table = ledger.table();
    let amount = ledger.of(["INTEGER", "numeric(12, 2)", "DECIMAL(12, 2)"]);
    let text = ledger.of(["TEXT", "text", "VARCHAR(60) CHARACTER SET utf8mb4"]);
    let at = ledger.of(at);
    let zone = ledger.of(["", "SET TimeZone = 'Asia/Shanghai';", "SET time_zone = '+08:00';"]);
    let mut sql = String::new();
    write!(
        sql,
        "CREATE TABLE {table}(id bigint PRIMARY KEY, at {at}, no {text}, vip bigint, shop {text}, qty integer, typ {text} NOT NULL, amt {amount} NOT NULL);"
    )
    .unwrap();
    ledger.run(&sql);
    ledger.run(&format!("{zone} INSERT INTO {table} VALUES {}", rows(ledger)));
    table
}

type Answer = BTreeMap<(String, String, NaiveDate), Option<i64>>;

/// Every figure by metric, subject and day, and why metrics were not folded.
fn answer(ledger: &Ledger, table: &str, way: Compute) -> (Answer, Vec<String>) {
    answer_by(ledger, table, COLUMNS, way)
}

/// The same, by a mapping of columns.
fn answer_by(ledger: &Ledger, table: &str, columns: &str, way: Compute) -> (Answer, Vec<String>) {
    let unit = ledger.of(["minor", "major", "major"]);
    let entities = format!(
        "[entity.transaction]\ntable = \"{table}\"\n[entity.transaction.columns]\n{}",
        columns.replace("UNIT", unit)
    );
    let mapping = ledger.snapshot("Asia/Shanghai", &entities).unwrap().mapping().clone();
    let mut snapshot = Snapshot::open(Mapping { compute: way, ..mapping }, today()).unwrap();
    let metrics =
        file::check(&Declaration::new("metrics.toml", METRICS), &snapshot.mapping().currency.clone()).unwrap();
    let days = ["2025-01-31", "2025-12-31", "2026-02-28", "2026-10-31"].map(|day| parse_day(day).unwrap());
    let requests: Vec<Request> = metrics.values().map(|metric| Request::new(metric.clone(), days)).collect();
    let computed = compute(&mut snapshot, &requests).unwrap();
    let mut answer = Answer::new();
    for id in metrics.keys() {
        let column = if id == "least" { "store" } else { "member_id" };
        let Some(known) = snapshot.dictionaries().of(column) else { continue };
        for code in 1..u32::try_from(known.len()).unwrap() {
            for day in days {
                let (figures, place) = computed.at(id, day).unwrap();
                let subject = known.text(code).unwrap().to_owned();
                answer.insert((id.clone(), subject, day), figures.get(code, place));
            }
        }
    }
    let ways = explain(&snapshot, &requests).unwrap();
    (answer, ways.into_iter().filter_map(|way| way.folded.err()).map(|obstacle| obstacle.to_string()).collect())
}

#[test]
fn folded_figures_are_those_of_the_rows() {
    let mut first: Option<Answer> = None;
    for ledger in Ledger::of_each_kind() {
        for at in [["TEXT", "timestamp", "DATETIME"], ["TEXT", "timestamptz", "DATETIME(3)"]] {
            let table = create(&ledger, at);
            let (read, _) = answer(&ledger, &table, Compute::Local);
            let (folded, obstacles) = answer(&ledger, &table, Compute::Database);
            assert_eq!(obstacles, Vec::<String>::new(), "{} {at:?}", ledger.name());
            assert!(read.values().flatten().count() > 200);
            assert_eq!(read, folded, "{} {at:?}", ledger.name());
            assert_eq!(first.get_or_insert_with(|| read.clone()), &read, "{}", ledger.name());
        }
    }
}

#[test]
fn what_sql_cannot_fold_exactly_is_read() {
    for ledger in Ledger::of_each_kind() {
        // An instant whose day SQL cannot tell, and a text that only looks like a number.
        let at = [["TEXT", "text", "TIMESTAMP"], ["TEXT", "text", "VARCHAR(30)"]];
        for at in at.into_iter().take(if ledger.name() == "SQLite" { 0 } else { 2 }) {
            let table = create(&ledger, at);
            let (read, _) = answer(&ledger, &table, Compute::Local);
            let (asked, obstacles) = answer(&ledger, &table, Compute::Database);
            assert_eq!(obstacles.len(), 2, "{}: {obstacles:?}", ledger.name());
            assert_eq!(read, asked, "{}", ledger.name());
        }
    }
}

#[test]
fn words_of_an_enumeration_and_tables_without_rows_are_folded() {
    for ledger in Ledger::of_each_kind() {
        let table = create(&ledger, ["TEXT", "timestamp", "DATETIME"]);
        if ledger.name() == "PostgreSQL" {
            ledger.run("CREATE TYPE word AS ENUM ('销售', '退货', '作废', 'it''s\\', 'sale')");
            ledger.run(&format!("ALTER TABLE {table} ALTER COLUMN typ TYPE word USING typ::word"));
        }
        for rows in ["all", "none of a column", "none"] {
            match rows {
                "none of a column" => ledger.run(&format!("UPDATE {table} SET qty = NULL, shop = NULL")),
                "none" => ledger.run(&format!("DELETE FROM {table}")),
                _ => {}
            }
            let known = |answer: &Answer| answer.values().flatten().count();
            let (read, _) = answer(&ledger, &table, Compute::Local);
            let (folded, obstacles) = answer(&ledger, &table, Compute::Database);
            assert_eq!(obstacles, Vec::<String>::new(), "{} {rows}", ledger.name());
            assert_eq!(read, folded, "{} {rows}", ledger.name());
            assert_eq!(known(&read) > 200, rows != "none", "{} {rows}", ledger.name());
        }
    }
}

#[test]
fn views_work_out_days_in_the_zone_of_the_ledger() {
    for ledger in Ledger::of_each_server() {
        let table = ledger.table();
        let (instant, day) =
            (ledger.of(["", "timestamptz", "TIMESTAMP NULL"]), ledger.of(["", "at::date", "DATE(at)"]));
        let zone = ledger.of(["", "SET TimeZone = 'UTC';", "SET time_zone = '+00:00';"]);
        ledger.run(&format!("CREATE TABLE {table}(id integer PRIMARY KEY, at {instant})"));
        ledger.run(&format!("{zone} INSERT INTO {table} VALUES(1, '2026-10-30 15:59:59'), (2, '2026-10-30 16:00:00')"));
        ledger.run(&format!("CREATE VIEW {table}_days AS SELECT id, {day} AS day, at FROM {table}"));
        let entities = format!(
            "[entity.card]\ntable = \"{table}_days\"\n[entity.card.columns]\ncard_id = \"id\"\nmember_id = \"id\"\ntier = {{ constant = \"A\" }}\nissued_on = \"day\"\nvalid_from = \"at\"\n"
        );
        let rows = ledger.read("Asia/Shanghai", &entities, "card", &["card_id", "issued_on", "valid_from"]).unwrap();
        let expected = [["1", "2026-10-30", "2026-10-30"], ["2", "2026-10-31", "2026-10-31"]];
        assert_eq!(rows, expected, "{}", ledger.name());
    }
}

#[test]
fn constants_that_stand_for_figures_are_read() {
    for ledger in Ledger::of_each_kind() {
        let table = create(&ledger, ["TEXT", "timestamp", "DATETIME"]);
        for (column, constant) in [
            (
                "quantity = { column = \"qty\", unit = \"major\" }",
                "quantity = { constant = \"1.5\", unit = \"major\" }",
            ),
            ("at = \"at\"", "at = { constant = \"2026-10-31T20:00:00Z\" }"),
            ("member_id = \"vip\"", "member_id = { constant = \"7\" }"),
        ] {
            assert!(COLUMNS.contains(column));
            let columns = COLUMNS.replace(column, constant);
            let (read, _) = answer_by(&ledger, &table, &columns, Compute::Local);
            let (asked, obstacles) = answer_by(&ledger, &table, &columns, Compute::Database);
            assert!(!obstacles.is_empty(), "{} {constant}", ledger.name());
            assert_eq!(read, asked, "{} {constant}", ledger.name());
        }
    }
}
