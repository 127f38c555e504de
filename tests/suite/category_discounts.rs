//! Category discounts (S20): points worked by hand at the edges, the demo against SQL that shares nothing with the program, hostile names, faults.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::{support::World, tier_report::table};

/// Lines of 2025 and around: member, category, kind, at, amount in fen.
const LINES: &[(&str, &str, &str, &str, i64)] = &[
    // Cents of two receipts make a yuan together: exactly 1,000 is B.
    ("M1", "食品", "sale", "2025-01-01 00:00:00", 99_999),
    ("M1", "食品", "sale", "2025-06-01 10:00:00", 1),
    // A return on the last day takes the class away.
    ("M2", "食品", "sale", "2025-05-01 10:00:00", 100_050),
    ("M2", "食品", "return", "2025-12-31 23:59:59", -51),
    // The last second of the year counts, the next one does not.
    ("M3", "食品", "sale", "2025-12-31 23:59:59", 500_000),
    ("M3", "食品", "sale", "2026-01-01 00:00:00", 900_000),
    // Below a point there is nothing; one point is A.
    ("M4", "食品", "sale", "2025-03-01 10:00:00", 99),
    ("M4", "生鲜", "sale", "2025-03-01 10:00:00", 100),
    // Had C, and only brought goods back.
    ("M5", "食品", "sale", "2024-12-30 10:00:00", 300_000),
    ("M5", "食品", "return", "2025-01-02 10:00:00", -2_050),
    // No category, nobody, and nothing that took place.
    ("M6", "", "sale", "2025-03-01 10:00:00", 50_000),
    ("", "食品", "sale", "2025-03-01 10:00:00", 10_000),
    ("M7", "食品", "cancelled", "2025-03-01 10:00:00", 900_000),
    // One fen less by an adjustment: B, not C.
    ("M8", "食品", "sale", "2025-03-01 10:00:00", 300_000),
    ("M8", "食品", "adjustment", "2025-03-02 10:00:00", -1),
    // A category is data, whatever it is called.
    ("M9", "=cmd()<script>alert(1)</script>", "sale", "2025-03-01 10:00:00", 1_000),
    ("M9", "=cmd()<script>alert(1)</script>", "sale", "2024-03-01 10:00:00", 1_000),
];

fn world() -> World {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    let sql = world.sql();
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    for (number, (member, category, kind, at, amount)) in LINES.iter().enumerate() {
        sql.execute(
            "INSERT INTO transactions(line_id, order_id, member_id, at, kind, category, amount) VALUES (?1, ?1, ?2, ?3, ?4, ?5, ?6)",
            (format!("L{number:02}"), filled(member), *at, *kind, filled(category), *amount),
        )
        .unwrap();
    }
    world
}

fn json(world: &World, period: &str) -> Value {
    let arguments = ["report", "preview", "discounts", "--period", period, "--format", "json", "--lang", "en"];
    world.fenji(&arguments).succeeded().json()
}

/// The cell of a row as a machine reads it; empty for nothing.
fn value(row: &Value, column: &str) -> String {
    match &row["cells"][column]["value"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn values(rows: &[Value], columns: &[&str]) -> Vec<Vec<String>> {
    rows.iter().map(|row| columns.iter().map(|column| value(row, column)).collect()).collect()
}

#[test]
fn points_and_classes_are_those_worked_by_hand() {
    let world = world();
    let report = json(&world, "2025");
    let found = values(table(&report, "discounts"), &["member_id", "category", "class", "points", "before"]);
    let hostile = "=cmd()<script>alert(1)</script>";
    let expected = [
        ["M3", "食品", "D", "5000", ""],
        ["M8", "食品", "B", "2999", ""],
        ["M1", "食品", "B", "1000", ""],
        ["M2", "食品", "A", "999", ""],
        ["M9", hostile, "A", "10", "A"],
        ["M4", "生鲜", "A", "1", ""],
    ];
    assert_eq!(found, expected.map(|row| row.map(str::to_owned).to_vec()).to_vec());
    let first = &table(&report, "discounts")[0]["cells"];
    assert_eq!(
        (&first["valid_from"]["value"], &first["valid_to"]["value"]),
        (&"2026-01-01".into(), &"2026-12-31".into())
    );
    let categories = ["category", "class_1", "class_2", "class_3", "class_4", "without", "points", "amount"];
    let expected = [
        // M4 and M5 stay below a point; 9,978 = 1,000 + 999 + 5,000 + 0 - 20 + 2,999.
        ["食品", "1", "2", "0", "1", "2", "9978", "9980.47"],
        [hostile, "1", "0", "0", "0", "0", "10", "10.00"],
        ["生鲜", "1", "0", "0", "0", "0", "1", "1.00"],
        ["(no category)", "", "", "", "", "1", "500", "500.00"],
        ["Sum", "3", "2", "0", "1", "3", "10489", "10491.47"],
    ];
    assert_eq!(values(table(&report, "categories"), &categories), expected.map(|row| row.map(str::to_owned).to_vec()));
    let moves = values(table(&report, "moves"), &["before", "class_0", "class_1", "class_2", "class_3", "class_4"]);
    let expected = [
        ["none", "", "2", "2", "0", "1"],
        ["A", "0", "1", "0", "0", "0"],
        ["B", "0", "0", "0", "0", "0"],
        ["C", "1", "0", "0", "0", "0"],
        ["D", "0", "0", "0", "0", "0"],
    ];
    assert_eq!(moves, expected.map(|row| row.map(str::to_owned).to_vec()));
    let checks: Vec<(String, String)> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| {
            let side = |side: &str| check[side]["value"].to_string().replace('"', "");
            (side("left"), side("right"))
        })
        .collect();
    // All lines of the year but the cancelled one; 100.00 of them are nobody's.
    let expected = [("10489", "10489"), ("10491.47", "10491.47"), ("10591.47", "10591.47"), ("6", "6"), ("6", "6")];
    assert_eq!(checks, expected.map(|(left, right)| (left.to_owned(), right.to_owned())));
    let told = report["findings"].to_string();
    assert!(told.contains("500.00, 500 points"), "{told}");
    assert!(told.contains("begins on 2024-03-01"), "{told}");
}

#[test]
fn the_year_before_counts_by_the_same_rules() {
    let world = world();
    let report = json(&world, "2024");
    let found = values(table(&report, "discounts"), &["member_id", "class", "points"]);
    assert_eq!(found, [["M5", "C", "3000"], ["M9", "A", "10"]].map(|row| row.map(str::to_owned).to_vec()));
    assert!(!report["findings"].to_string().contains("last year"), "nothing to compare with: {}", report["findings"]);
}

#[test]
fn a_dearer_point_and_a_category_without_discounts_are_settings() {
    let world = world();
    world.edit("config/discounts.toml", "except = []", "except = [\"生鲜\"]");
    world.edit("config/discounts.toml", "\"1.00\"", "\"10.00\"");
    let report = json(&world, "2025");
    let found = values(table(&report, "discounts"), &["member_id", "class", "points"]);
    let expected = [["M3", "A", "500"], ["M8", "A", "299"], ["M1", "A", "100"], ["M2", "A", "99"], ["M9", "A", "1"]];
    assert_eq!(found, expected.map(|row| row.map(str::to_owned).to_vec()));
    let fresh = table(&report, "categories").iter().find(|row| value(row, "category") == "生鲜").unwrap();
    assert_eq!(
        (value(fresh, "discounts"), value(fresh, "without"), value(fresh, "amount")),
        (String::new(), "1".to_owned(), "1.00".to_owned())
    );
}

#[test]
fn the_demo_equals_sql() {
    let world = World::with_demo_ledger();
    let report = json(&world, "2025");
    let sql = world.sql();
    let mut rows = sql
        .prepare(
            "SELECT member_id, category, sum(amount) / 100, CASE WHEN sum(amount) >= 500000 THEN 'D' WHEN sum(amount) >= 300000 THEN 'C'
                    WHEN sum(amount) >= 100000 THEN 'B' ELSE 'A' END FROM transactions
             WHERE at >= '2025-01-01' AND at < '2026-01-01' AND kind <> 'cancelled' AND member_id IS NOT NULL GROUP BY 1, 2 HAVING sum(amount) >= 100",
        )
        .unwrap();
    let row =
        |row: &rusqlite::Row<'_>| Ok(((row.get(0)?, row.get(1)?), (row.get::<_, i64>(2)?.to_string(), row.get(3)?)));
    let expected: BTreeMap<(String, String), (String, String)> =
        rows.query_map([], row).unwrap().map(Result::unwrap).collect();
    let found: BTreeMap<_, _> = table(&report, "discounts")
        .iter()
        .map(|row| ((value(row, "member_id"), value(row, "category")), (value(row, "points"), value(row, "class"))))
        .collect();
    assert!(expected.len() > 500, "{}", expected.len());
    assert_eq!(found, expected);
}

#[test]
fn store_systems_get_every_row_and_names_stay_data() {
    let world = world();
    let out = world.home().join("out");
    let job = ["job", "run", "annual-category-discounts", "--period", "2025", "--out", out.to_str().unwrap()];
    world.fenji(&job).succeeded();
    let text = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let csv = text("annual-category-discounts-2025/discounts.csv");
    assert!(csv.contains("member_id,category,class,pays,discount,valid_from,valid_to,points,before\r\n"), "{csv}");
    assert!(csv.contains("M3,食品,D,0.800000,8折,2026-01-01,2026-12-31,5000,\r\n"), "{csv}");
    assert!(csv.contains("M9,'=cmd()<script>"), "no formula: {csv}");
    let page = text("annual-category-discounts-2025.html");
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "no markup");
}

#[test]
fn what_cannot_be_is_told() {
    let world = world();
    for (period, code) in [("2025-12", "run::wrong_period_unit"), ("2023", "report::nothing_to_report")] {
        let said = world.fenji(&["report", "preview", "discounts", "--period", period]);
        assert!(said.code != 0 && said.err.contains(code), "{period}: {}", said.err);
    }
    let said = world.fenji(&["report", "preview", "discounts", "--scheme", "abc", "--period", "2025"]);
    assert!(said.code == 2 && said.err.contains("does not take the scheme"), "{}", said.err);
    world.edit("config/discounts.toml", "from-points = 3000", "from-points = 300");
    for arguments in [&["check"][..], &["report", "preview", "discounts", "--period", "2025"]] {
        let said = world.fenji(arguments);
        let told = format!("{}{}", said.out, said.err);
        assert!(
            said.code == 3 && told.contains("discounts::limits_do_not_rise") && told.contains("discounts.toml:21"),
            "{told}"
        );
    }
    let world = self::world();
    world
        .sql()
        .execute("UPDATE transactions SET amount = 9000000000000000000 WHERE line_id IN ('L00', 'L01')", ())
        .unwrap();
    let said = world.fenji(&["report", "preview", "discounts", "--period", "2025"]);
    assert!(said.code != 0 && said.err.contains("metrics::sum_too_large"), "{}", said.err);
}
