//! The annual review pack on a ledger of business customers: totals against SQL that shares nothing with the program, every format read back.

use std::{fs, path::PathBuf, sync::OnceLock};

use calamine::{Data, Reader, Xlsx, open_workbook};
use fenji::{
    ledger::{
        create::{LedgerInfo, create},
        demo::{DemoPlan, generate},
    },
    money::{Currency, Scale},
    period::parse_day,
};
use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Said, World, golden};

/// Business customers of the ledger.
const BUSINESSES: u32 = 60;

/// A home with a small ledger whose review of March 2025 is published and that of 2026 is open.
fn world() -> World {
    static LEDGER: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = LEDGER.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
        create(&path, &LedgerInfo { currency, zone: chrono_tz::Asia::Shanghai }).unwrap();
        let last_day = parse_day("2026-03-31").unwrap();
        let plan = DemoPlan { members: 30, months: 28, businesses: BUSINESSES, ..DemoPlan::demo(last_day) };
        let mut connection = Connection::open(&path).unwrap();
        generate(&mut connection, &plan, &mut |_, _| {}).unwrap();
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;").unwrap();
        drop(connection);
        fs::read(&path).unwrap()
    });
    let world = World::new();
    fs::create_dir_all(world.home().join("data")).unwrap();
    fs::write(world.ledger(), bytes).unwrap();
    review(&world, &["open", "annual-march", "--as-of", "2025-03-25"]).succeeded();
    let subjects = subjects(&world);
    let confirmed: Vec<&str> = subjects.iter().map(String::as_str).collect();
    review(&world, &[&["confirm", "annual-march", "--by", "王经理"], &confirmed[..]].concat()).succeeded();
    review(&world, &["approve", "annual-march", "--by", "李总监"]).succeeded();
    review(&world, &["publish", "annual-march", "--by", "李总监"]).succeeded();
    review(&world, &["open", "annual-march", "--as-of", "2026-03-25"]).succeeded();
    world
}

/// The customers of the latest review.
fn subjects(world: &World) -> Vec<String> {
    let shown = review(world, &["show", "annual-march", "--format", "json"]).succeeded().json();
    shown.as_array().unwrap().iter().map(|row| row["subject"].as_str().unwrap().to_owned()).collect()
}

fn review(world: &World, arguments: &[&str]) -> Said {
    world.fenji(&[&["review"], arguments].concat())
}

fn pack(world: &World, lang: &str, formats: &str) -> PathBuf {
    let out = world.home().join(format!("pack-{lang}"));
    let arguments = ["pack", "annual-march", "--lang", lang, "--format", formats, "--out", out.to_str().unwrap()];
    review(world, &arguments).succeeded();
    out
}

fn json(world: &World, lang: &str) -> Value {
    let text = fs::read_to_string(pack(world, lang, "json").join("annual-march-2026-03-25.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn tables(report: &Value) -> Vec<&Value> {
    let sections = report["sections"].as_array().unwrap().iter();
    let blocks = sections.flat_map(|section| section["blocks"].as_array().unwrap());
    blocks.filter(|block| block["kind"] == "table").collect()
}

fn rows<'r>(report: &'r Value, id: &str) -> Vec<&'r Value> {
    let found = tables(report).into_iter().find(|table| table["id"] == id).unwrap_or_else(|| panic!("no table {id}"));
    found["rows"].as_array().unwrap().iter().filter(|row| row["kind"] == "data").map(|row| &row["cells"]).collect()
}

/// The words or figure of a cell, as one text.
fn cell(row: &Value, column: &str) -> String {
    match &row[column]["value"] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => row[column]["text"].as_str().unwrap().to_owned(),
    }
}

fn asked(world: &World, sql: &str, customer: &str) -> i64 {
    world.sql().query_row(sql, [customer], |row| row.get(0)).unwrap()
}

fn cents(text: &str) -> i64 {
    text.replace(['.', ','], "").parse().unwrap()
}

const YEAR: &str = "> '2025-03-25' AND";

#[test]
fn figures_equal_plain_sql() {
    let world = world();
    let report = json(&world, "en");
    let all = tables(&report);
    let regions = all.iter().filter(|table| table["id"].as_str().unwrap().starts_with("region_"));
    let listed: usize = regions.map(|table| table["rows"].as_array().unwrap().len()).sum();
    let customers: i64 = world
        .sql()
        .query_row("SELECT count(*) FROM customers WHERE kind = 'business' AND started_on <= '2026-03-25'", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(i64::try_from(listed).unwrap(), customers);

    let sales = format!(
        "SELECT coalesce(sum(amount), 0) FROM transactions WHERE customer_id = ? AND kind IN ('sale', 'return', 'adjustment') AND date(at) {YEAR} date(at) <= '2026-03-25'"
    );
    let best = rows(&report, "a_table");
    assert!(!best.is_empty());
    for row in best {
        assert_eq!(cents(&cell(row, "sales")), asked(&world, &sales, &cell(row, "customer_id")), "{row}");
    }
    let in_force = |kind: &str| -> u32 {
        let sql = "SELECT count(*) FROM special_policies p JOIN customers c USING (customer_id) WHERE c.kind = 'business' AND p.kind = ? AND granted_on <= '2026-03-25' AND (ends_on IS NULL OR ends_on >= '2026-03-25')";
        world.sql().query_row(sql, [kind], |row| row.get(0)).unwrap()
    };
    assert_eq!(rows(&report, "b_table").len(), in_force("policy") as usize);
    assert_eq!(rows(&report, "c_table").len(), in_force("settlement") as usize);
    assert!(in_force("policy") > 0 && in_force("settlement") > 0);

    let credit = "SELECT coalesce((SELECT credit_limit FROM credits WHERE customer_id = ? AND set_on <= '2026-03-25' ORDER BY set_on DESC LIMIT 1), -1)";
    for row in rows(&report, "credits") {
        let limit = match cell(row, "credit_limit").as_str() {
            "—" => -1,
            limit => cents(limit),
        };
        assert_eq!(limit, asked(&world, credit, &cell(row, "customer_id")), "{row}");
    }
}

#[test]
fn the_matrix_and_the_sections_count_what_the_review_shows() {
    let world = world();
    let report = json(&world, "en");
    let shown = review(&world, &["show", "annual-march", "--format", "json"]).succeeded().json();
    let shown = shown.as_array().unwrap();
    let grade = |row: &Value, key: &str| row[key].as_str().unwrap_or("none").to_owned();
    let pairs: Vec<(String, String)> = shown.iter().map(|row| (grade(row, "before"), grade(row, "proposed"))).collect();
    assert!(pairs.iter().any(|(before, after)| before != "none" && before != after), "somebody moves");
    for row in rows(&report, "matrix_proposed") {
        let before = cell(row, "from_to").replace("No grade", "none");
        for after in ["A", "B", "C", "D", "E", "none"] {
            let wanted = pairs.iter().filter(|pair| **pair == (before.clone(), after.to_owned())).count();
            assert_eq!(cell(row, &format!("grade_{after}")), wanted.to_string(), "{before} to {after}");
        }
    }
    let sections = rows(&report, "sections");
    for (letter, row) in ["A", "B", "C", "D", "E"].iter().zip(sections) {
        let listed =
            review(&world, &["show", "annual-march", "--section", letter, "--format", "json"]).succeeded().json();
        assert_eq!(cell(row, "sum"), listed.as_array().unwrap().len().to_string(), "{letter}");
    }
}

#[test]
fn the_plan_is_judged_by_what_is_recorded() {
    let world = world();
    let report = json(&world, "en");
    let problems = |severity: &str| {
        format!(
            "SELECT count(*) FROM quality_problems WHERE customer_id = ? AND severity = '{severity}' AND found_on {YEAR} found_on <= '2026-03-25'"
        )
    };
    let on_time = format!(
        "SELECT coalesce(sum(CASE WHEN on_time IS NULL THEN done_on <= due_on AND done_on <= '2026-03-25' ELSE on_time END), 0) FROM deliveries WHERE customer_id = ? AND due_on {YEAR} due_on <= '2026-03-25'"
    );
    let due = format!(
        "SELECT count(*) FROM deliveries WHERE customer_id = ? AND due_on {YEAR} due_on <= '2026-03-25' AND (on_time IS NOT NULL OR done_on <= '2026-03-25' OR due_on < '2026-03-25')"
    );
    let quarterly = "SELECT count(*) FROM visits WHERE customer_id = ? AND visitor_rank = 'senior' AND visited_on >= '2025-04-01' AND visited_on <= '2026-03-25'";
    let judged = rows(&report, "shortfalls");
    assert!(judged.len() > 20);
    for row in &judged {
        let customer = cell(row, "customer_id");
        assert_eq!(cell(row, "major"), asked(&world, &problems("major"), &customer).to_string(), "{row}");
        assert_eq!(cell(row, "general"), asked(&world, &problems("general"), &customer).to_string(), "{row}");
        let (on_time, due) = (asked(&world, &on_time, &customer), asked(&world, &due, &customer));
        let share = &row["delivery_rate"];
        if due == 0 {
            assert_eq!(share["text"], "—", "{row}");
        } else {
            let part = |key: &str| share[key].as_str().unwrap().parse::<i64>().unwrap();
            assert_eq!((part("part"), part("whole")), (on_time, due), "{row}");
        }
        let missed = cell(row, "shortfall").contains("Deliveries on time");
        let plan = cell(row, "plan_grade");
        let limit = match plan.as_str() {
            "A" | "B" => 100,
            "C" | "D" => 95,
            _ => 0,
        };
        assert_eq!(missed, on_time * 100 < due * limit, "{row}");
        if ["A", "B"].contains(&plan.as_str()) {
            assert_eq!(cell(row, "visits"), asked(&world, quarterly, &customer).to_string(), "{row}");
        }
    }
    // Those with most shortfalls stand first.
    let short =
        |row: &Value| if cell(row, "shortfall") == "—" { 0 } else { cell(row, "shortfall").split("; ").count() };
    assert!(judged.is_sorted_by_key(|row| std::cmp::Reverse(short(row))));
    let sum = |column: &str| {
        rows(&report, "compliance").iter().map(|row| cell(row, column).parse::<usize>().unwrap()).sum::<usize>()
    };
    assert_eq!(sum("customers"), sum("kept") + sum("missed") + sum("open") + sum("unrecorded"));
}

#[test]
fn decisions_change_the_pack_and_a_published_one_says_so() {
    let world = world();
    let subjects = subjects(&world);
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let (first, rest) = subjects.split_first().unwrap();
    let worse = ["override", "annual-march", first, "D", "--by", "王经理", "--why", "=cmd()"];
    review(&world, &worse).succeeded();
    review(&world, &[&["confirm", "annual-march", "--by", "王经理"], rest].concat()).succeeded();
    review(&world, &["approve", "annual-march", "--by", "李总监"]).succeeded();
    let report = json(&world, "zh");
    let decisions = rows(&report, "decisions");
    let sums: Vec<String> = decisions.iter().map(|row| cell(row, "sum")).collect();
    assert_eq!(sums, [rest.len().to_string(), "1".to_owned(), "0".to_owned(), "0".to_owned()]);
    let about = |report: &Value, what: &str| {
        let found = rows(report, "about").into_iter().find(|row| cell(row, "what") == what).unwrap().clone();
        cell(&found, "value")
    };
    assert_eq!(about(&report, "状态"), "已批准");
    assert!(about(&report, "批准").starts_with("李总监（"));
    let mover = rows(&report, "movers_table").into_iter().find(|row| cell(row, "customer_id") == **first).unwrap();
    assert_eq!((cell(mover, "decided"), cell(mover, "why")), ("D类".to_owned(), "=cmd()".to_owned()));

    // The review of the year before stands as it was published.
    let out = world.home().join("published");
    let arguments = ["pack", "annual-march-2025", "--lang", "zh", "--format", "json", "--out", out.to_str().unwrap()];
    review(&world, &arguments).succeeded();
    let published: Value =
        serde_json::from_str(&fs::read_to_string(out.join("annual-march-2025-03-25.json")).unwrap()).unwrap();
    assert_eq!(about(&published, "状态"), "已发布");
    assert!(about(&published, "发布").starts_with("李总监（"));

    // A row that the ledger changed since is told, and the pack is still made.
    world.sql().execute_batch("DELETE FROM assessments").unwrap();
    let findings = json(&world, "zh")["findings"].to_string();
    assert!(findings.contains("草案之后账本有变"), "{findings}");
}

#[test]
fn every_format_has_every_customer() {
    let world = world();
    let out = pack(&world, "zh", "html,pdf,xlsx,text,json,csv");
    let file = |extension: &str| out.join(format!("annual-march-2026-03-25.{extension}"));
    let report: Value = serde_json::from_str(&fs::read_to_string(file("json")).unwrap()).unwrap();
    let mut book: Xlsx<_> = open_workbook(file("xlsx")).unwrap();
    let sheets: Vec<Vec<Vec<Data>>> = book
        .sheet_names()
        .iter()
        .map(|name| book.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect())
        .collect();
    for table in tables(&report) {
        let id = table["id"].as_str().unwrap();
        let count = table["rows"].as_array().unwrap().len();
        let csv = fs::read_to_string(out.join("annual-march-2026-03-25").join(format!("{id}.csv"))).unwrap();
        assert_eq!(csv.lines().count(), count + 1, "{id}");
        let title = table["title"].as_str().unwrap();
        let holds = |line: &Vec<Data>| line.iter().any(|cell| matches!(cell, Data::String(text) if text == title));
        assert!(sheets.iter().flatten().any(holds), "no sheet tells `{title}`");
    }
    let named = rows(&report, "shortfalls");
    let (html, text) = (fs::read_to_string(file("html")).unwrap(), fs::read_to_string(file("txt")).unwrap());
    for row in named.iter().filter(|row| cell(row, "shortfall") != "—").take(10) {
        let (id, words) = (cell(row, "customer_id"), cell(row, "shortfall"));
        assert!(html.contains(&id) && html.contains(&words) && text.contains(&words), "{id}");
    }
    assert!(fs::read(file("pdf")).unwrap().starts_with(b"%PDF-"));
    let refused = review(&world, &["pack", "annual-march", "--format", "eml", "--out", "x"]);
    assert!(refused.code == 2 && refused.err.contains("`eml` is not a format"), "{}", refused.err);
}

#[test]
fn the_appendix_tells_what_explain_tells() {
    let world = world();
    let report = json(&world, "en");
    let explained = rows(&report, "explained");
    let subject = cell(rows(&report, "movers_table")[0], "customer_id");
    let told = |scheme: &str| {
        world.fenji(&["explain", scheme, &subject, "--as-of", "2026-03-25", "--format", "json"]).succeeded().json()
    };
    let own: Vec<&&Value> = explained.iter().filter(|row| cell(row, "customer_id") == subject).collect();
    let overall = told("customer-overall");
    for (dimension, row) in overall["dimensions"].as_array().unwrap().iter().zip(&own) {
        assert_eq!(dimension["class"].as_str().unwrap_or("—"), cell(row, "class"), "{row}");
        if dimension["unit"] == "money" {
            assert_eq!(dimension["figure"].as_str().unwrap(), cell(row, "figure").replace(',', ""), "{row}");
        }
    }
    let payment = own.iter().find(|row| cell(row, "next_class").contains("payment-class")).unwrap();
    let metrics = told("payment-class")["metrics"].as_array().unwrap().len();
    assert_eq!(cell(payment, "next_class").split("; ").count(), 1 + metrics, "{payment}");
}

/// A text without the moment of the drafting, which is that of the test.
fn timeless(text: &str) -> String {
    let moments = ["草案时间", "Drafted at"];
    text.lines()
        .filter(|line| !moments.iter().any(|moment| line.contains(moment)))
        .fold(String::new(), |all, line| all + line + "\n")
}

#[test]
fn looks_as_it_did() {
    let world = world();
    for lang in ["zh", "en"] {
        let out = pack(&world, lang, "text,html");
        let file =
            |extension: &str| fs::read_to_string(out.join(format!("annual-march-2026-03-25.{extension}"))).unwrap();
        golden(&format!("review/pack.{lang}.txt"), &timeless(&file("txt")));
        if lang == "zh" {
            // The moment of the drafting stands in a cell of its own, on the line after its head.
            let html = file("html");
            let (before, after) = html.split_once("草案时间").unwrap();
            let (_, after) = after.split_once("</tr>").unwrap();
            golden("review/pack.zh.html", &format!("{before}{after}"));
        }
    }
}
