//! A whole annual review by the real program: opened, decided, approved, published, and the review of the year after.

use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::Workbook;
use serde_json::Value;

use crate::support::{Said, World};

const SCHEME: &str = r#"
title = { zh = "综合等级", en = "Overall grade" }
requirements = ["S62"]
subject = "customer"
[[grade]]
id = "C"
title = { zh = "丙级", en = "Third" }
[[grade]]
id = "B"
title = { zh = "乙级", en = "Second" }
[[grade]]
id = "A"
title = { zh = "甲级", en = "First" }
[[version]]
id = "1"
in-force = "2020-01-01"
decided-by = "test"
reason = "test"
cadence = "year"
boundary = "better"
without-figure = "exclude"
result = "largest"
movement = { kind = "free" }
provisional = { months = 6, since = "first_sale" }
[[version.dimension]]
id = "largest"
kind = "bands"
metric = "largest_sale"
limits = { B = "100.00", A = "500.00" }
[[version.example]]
metrics = { largest_sale = "100" }
grade = "B"
"#;

const METRIC: &str = r#"
[metric.largest_sale]
title = { zh = "最大一笔", en = "largest sale" }
entity = "transaction"
subject = "customer_id"
aggregate = "max"
column = "amount"
window = "12 months"

[metric.first_sale]
title = { zh = "首次购买", en = "first sale" }
entity = "transaction"
subject = "customer_id"
aggregate = "first-day"
window = "all"
"#;

const REVIEW: &str = r#"
title = { zh = "年度评审", en = "Annual review" }
requirements = ["S56"]
scheme = "overall"
opens = "03-25"
closes = "03-30"
as-of = "03-25"
"#;

/// Customers 1 to 5: what each bought in the years before the two reviews, in yuan. Customer 5 never bought.
const SALES: [(&str, i64, i64); 4] = [("1", 600, 600), ("2", 200, 700), ("3", 50, 50), ("4", 150, 20)];

fn sale(line: &str, customer: &str, day: &str, yuan: i64) -> String {
    format!(
        "INSERT INTO transactions(line_id, order_id, customer_id, at, kind, amount) VALUES ('{line}', '{line}', '{customer}', '{day} 12:00:00', 'sale', {yuan}00);"
    )
}

fn world() -> World {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    world.write("config/schemes/overall.toml", SCHEME);
    world.write("config/reviews/annual.toml", REVIEW);
    let metrics = world.read("config/metrics.toml");
    world.write("config/metrics.toml", format!("{metrics}{METRIC}"));
    let mut sql = "INSERT INTO regions VALUES ('N', '华北');".to_owned();
    sql.extend((1..=5).map(|customer| {
        format!(
            "INSERT INTO customers(customer_id, name, kind, region_id, salesperson, started_on) VALUES ('{customer}', '=cmd()客户{customer}', 'business', 'N', '王五', '2023-01-01');"
        )
    }));
    for (customer, first, second) in SALES {
        sql += &sale(&format!("a{customer}"), customer, "2024-10-01", first);
        sql += &sale(&format!("b{customer}"), customer, "2025-10-01", second);
    }
    world.sql().execute_batch(&sql).unwrap();
    world
}

fn review(world: &World, arguments: &[&str]) -> Said {
    world.fenji(&[&["review"], arguments].concat())
}

fn refused(world: &World, arguments: &[&str], code: &str) {
    let said = review(world, arguments);
    assert!(said.code != 0 && said.err.contains(code), "{code}: {} {}", said.code, said.err);
}

fn rows(world: &World, section: &str) -> Vec<Value> {
    let shown = review(world, &["show", "annual", "--section", section, "--format", "json"]).succeeded().json();
    shown.as_array().unwrap().clone()
}

fn column(rows: &[Value], name: &str) -> Vec<String> {
    rows.iter().map(|row| row[name].as_str().unwrap_or("-").to_owned()).collect()
}

fn state(world: &World) -> String {
    let listed = review(world, &["list", "--format", "json"]).succeeded().json();
    let opened: Vec<&Value> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["scheme"] == "overall" && row["state"] != "not-opened")
        .collect();
    opened.last().unwrap()["state"].as_str().unwrap().to_owned()
}

fn workbook(world: &World, name: &str) -> PathBuf {
    let path = world.home().join(name);
    review(world, &["show", "annual", "--format", "xlsx", "--out", path.to_str().unwrap()]).succeeded();
    path
}

/// All cells of the first sheet.
fn cells(path: &Path) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = open_workbook(path).unwrap();
    let name = book.sheet_names()[0].clone();
    let range = book.worksheet_range(&name).unwrap();
    assert_eq!(range.start(), Some((0, 0)));
    range.rows().map(<[Data]>::to_vec).collect()
}

fn holds(cell: &Data, text: &str) -> bool {
    matches!(cell, Data::String(held) if held == text)
}

/// Fills cells in by subject and column, as somebody with a spreadsheet does.
fn fill(path: &Path, changes: &[(&str, &str, &str)]) {
    let mut cells = cells(path);
    let place = |cells: &[Vec<Data>], name: &str| cells[2].iter().position(|cell| holds(cell, name)).unwrap();
    for (subject, name, text) in changes {
        let (key, column) = (place(&cells, "subject"), place(&cells, name));
        let row = cells.iter().skip(4).position(|row| holds(&row[key], subject)).unwrap() + 4;
        cells[row][column] = Data::String((*text).to_owned());
    }
    let mut book = Workbook::new();
    let page = book.add_worksheet().set_name("评审").unwrap();
    for (row, line) in (0_u32..).zip(&cells) {
        for (column, cell) in (0_u16..).zip(line).filter(|(_, cell)| **cell != Data::Empty) {
            page.write_string(row, column, cell.to_string()).unwrap();
        }
    }
    book.save(path).unwrap();
}

fn import(world: &World, path: &Path) -> Said {
    review(world, &["import", path.to_str().unwrap(), "--by", "王经理"])
}

/// Decides and publishes the review of 2025: customer 1 A, 2 overridden to A until 2026-03-24, 3 C, 4 B, 5 without a grade.
fn publish_first(world: &World) {
    review(world, &["open", "annual", "--as-of", "2025-03-25"]).succeeded();
    review(world, &["confirm", "annual", "1", "3", "4", "5", "--by", "王经理"]).succeeded();
    let until = ["--until", "2026-03-24", "--by", "王经理", "--why", "=cmd()"];
    review(world, &[&["override", "annual", "2", "甲级"], &until[..]].concat()).succeeded();
    review(world, &["approve", "annual", "--by", "李总监"]).succeeded();
    review(world, &["publish", "annual", "--by", "李总监"]).succeeded();
}

#[test]
fn a_review_opens_with_a_proposal_for_everybody() {
    let world = world();
    refused(&world, &["show", "annual"], "review::unknown");
    refused(&world, &["open", "annual", "--as-of", "2025-03-26"], "review::wrong_day");
    refused(&world, &["open", "annual", "--as-of", "2099-03-25"], "review::too_early");
    refused(&world, &["open", "anual", "--as-of", "2025-03-25"], "did you mean `annual`?");
    let keep = world.fenji(&["grade", "overall", "--as-of", "2024-12-31", "--keep"]);
    assert!(keep.code == 2 && keep.err.contains("review::by_people"), "{}", keep.err);

    review(&world, &["open", "annual", "--as-of", "2025-03-25"]).succeeded();
    assert_eq!(state(&world), "draft");
    let all = rows(&world, "all");
    assert_eq!(column(&all, "subject"), ["1", "2", "3", "4", "5"]);
    assert_eq!(column(&all, "proposed"), ["A", "B", "C", "B", "-"]);
    assert_eq!(column(&all, "class_largest"), ["A", "B", "C", "B", "-"]);
    assert_eq!(column(&all, "before"), ["-"; 5]);
    assert_eq!((column(&all, "region")[0].as_str(), column(&all, "salesperson")[0].as_str()), ("华北", "王五"));
    assert_eq!(column(&rows(&world, "A"), "subject"), ["1"]);
    // Everybody's first sale was less than six months ago; customer 5 never bought and is not graded.
    assert_eq!(column(&rows(&world, "D"), "subject"), ["1", "2", "3", "4"]);
    assert_eq!(column(&rows(&world, "E"), "subject"), ["5"]);
}

#[test]
fn sections_follow_the_terms_in_force_on_the_day() {
    let world = second_opened();
    let policy = |id: i32, customer: i32, kind: &str, from: &str, to: &str| {
        format!(
            "INSERT INTO special_policies(policy_id, customer_id, kind, content, granted_on, ends_on) VALUES ('{id}', '{customer}', '{kind}', 'x', '{from}', {to});"
        )
    };
    let policies = [
        policy(1, 1, "policy", "2026-03-25", "NULL"),
        policy(2, 2, "settlement", "2025-01-01", "'2026-03-25'"),
        policy(3, 3, "policy", "2025-01-01", "'2026-03-24'"),
        policy(4, 4, "settlement", "2026-03-26", "NULL"),
    ];
    world.sql().execute_batch(&policies.concat()).unwrap();
    for (section, expected) in
        [("A", &["1", "2"][..]), ("B", &["1"]), ("C", &["2"]), ("D", &[]), ("E", &["3", "4", "5"])]
    {
        assert_eq!(column(&rows(&world, section), "subject"), expected, "{section}");
    }
}

#[test]
fn wrong_steps_are_refused_and_nothing_is_half_decided() {
    let world = world();
    review(&world, &["open", "annual", "--as-of", "2025-03-25"]).succeeded();
    refused(&world, &["approve", "annual", "--by", "李总监"], "review::undecided");
    refused(&world, &["publish", "annual", "--by", "李总监"], "review::not_approved");
    refused(&world, &["override", "annual", "2", "D", "--by", "x", "--why", "y"], "review::unknown_grade");
    refused(&world, &["override", "annual", "9", "A", "--by", "x", "--why", "y"], "review::unknown_subject");
    refused(&world, &["override", "annual", "2", "A", "--by", "x", "--why", " "], "review::no_reason");
    refused(&world, &["hold", "annual", "2", "--by", "x", "--why", "y"], "review::nothing_to_hold");
    refused(&world, &["confirm", "annual", "2", "9", "--by", "x"], "review::unknown_subject");
    refused(&world, &["confirm", "annual", "2", "--by", " "], "review::nobody");
    assert_eq!((state(&world).as_str(), rows(&world, "undecided").len()), ("draft", 5));
    publish_first(&world);
    assert_eq!(state(&world), "published");
    refused(&world, &["confirm", "annual", "1", "--by", "x"], "review::published");
    refused(&world, &["open", "annual", "--as-of", "2025-03-25"], "review::published");
}

/// Opens the review of 2026, decides it and approves it: customer 4 is held at B.
fn approve_second(world: &World) {
    review(world, &["open", "annual", "--as-of", "2026-03-25"]).succeeded();
    review(world, &["confirm", "annual", "--all-unchanged", "--by", "王经理"]).succeeded();
    review(world, &["hold", "annual", "4", "--by", "王经理", "--why", "new plant"]).succeeded();
    review(world, &["approve", "annual-2026", "--by", "李总监"]).succeeded();
}

#[test]
fn the_year_after_builds_on_what_was_published() {
    let world = world();
    publish_first(&world);
    let said = review(&world, &["open", "annual", "--as-of", "2026-03-25"]).succeeded();
    assert!(said.err.contains("annual-2026") && said.err.contains("overdue by"), "{}", said.err);
    let all = rows(&world, "all");
    assert_eq!(column(&all, "before"), ["A", "A", "C", "B", "-"]);
    assert_eq!(column(&all, "proposed"), ["A", "A", "C", "C", "-"]);
    assert!(column(&all, "note")[1].contains("有效期已过"), "{}", column(&all, "note")[1]);
    assert_eq!(column(&rows(&world, "movers"), "subject"), ["4"]);
    review(&world, &["confirm", "annual", "--all-unchanged", "--by", "王经理"]).succeeded();
    assert_eq!(column(&rows(&world, "undecided"), "subject"), ["4"]);
    approve_second(&world);
    assert_eq!(state(&world), "approved");
    refused(&world, &["approve", "annual", "--by", "李总监"], "review::already_approved");
    review(&world, &["publish", "annual", "--by", "李总监"]).succeeded();
    let diff = review(&world, &["diff", "annual"]).succeeded().out;
    assert!(diff.contains("before → proposed"), "{diff}");
    // Later grades build on what was published: customer 4 was held at B.
    let told =
        world.fenji(&["explain", "overall", "4", "--as-of", "2026-06-30", "--format", "json"]).succeeded().json();
    assert_eq!((told["before"].as_str(), told["grade"].as_str()), (Some("B"), Some("C")));
}

#[test]
fn what_changed_since_the_approval_is_not_published() {
    let world = world();
    publish_first(&world);
    approve_second(&world);
    world.sql().execute_batch(&sale("late", "3", "2026-03-20", 900)).unwrap();
    refused(&world, &["publish", "annual", "--by", "李总监"], "review::ledger_moved");
    let diff = review(&world, &["diff", "annual", "--format", "json"]).succeeded().json();
    assert_eq!(diff["ledger"]["moved"], serde_json::json!([{ "subject": "3", "was": "C", "is": "A" }]));
    let said = review(&world, &["open", "annual", "--as-of", "2026-03-25"]).succeeded();
    assert!(said.err.contains("3 C → A") && said.err.contains("no longer stands"), "{}", said.err);
    assert_eq!(state(&world), "in-review");
    assert_eq!(column(&rows(&world, "undecided"), "subject"), ["3"]);
    refused(&world, &["publish", "annual", "--by", "李总监"], "review::changed_since_approval");
    review(&world, &["confirm", "annual", "3", "--by", "王经理"]).succeeded();
    refused(&world, &["publish", "annual", "--by", "李总监"], "review::changed_since_approval");
    review(&world, &["approve", "annual", "--by", "李总监"]).succeeded();
    let again = review(&world, &["open", "annual", "--as-of", "2026-03-25"]).succeeded();
    assert!(again.err.contains("nothing changed") && state(&world) == "approved", "{}", again.err);
    review(&world, &["publish", "annual", "--by", "李总监"]).succeeded();
    let count = "SELECT (SELECT count(*) FROM review_approval), (SELECT count(*) FROM review_decision), (SELECT count(*) FROM review_draft)";
    let counts = world.store().query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    assert_eq!(counts.unwrap(), (3, 5 + 5 + 1, 3), "everything that was written is still there");
}

/// A world whose review of 2026 is open.
fn second_opened() -> World {
    let world = world();
    publish_first(&world);
    review(&world, &["open", "annual", "--as-of", "2026-03-25"]).succeeded();
    world
}

#[test]
fn every_fault_of_a_workbook_is_told_with_its_cell() {
    let world = second_opened();
    let path = workbook(&world, "review.xlsx");
    let again = workbook(&world, "again.xlsx");
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(again).unwrap(), "same bytes");
    let sheet = cells(&path);
    assert!(sheet.iter().flatten().any(|cell| holds(cell, "=cmd()客户1")), "names are data");
    assert!(sheet[3].iter().any(|cell| holds(cell, "建议等级")));
    let mut faulty = vec![("1", "decision", "批准"), ("2", "decision", "调整"), ("2", "grade", "AA")];
    faulty.extend([("3", "decision", "维持"), ("4", "decision", "调整"), ("4", "grade", "A"), ("4", "why", "x")]);
    faulty.extend([("4", "until", "明年"), ("5", "grade", "B")]);
    fill(&path, &faulty);
    let said = import(&world, &path);
    assert_eq!(said.code, 3, "{}", said.err);
    let parts = ["评审!J5", "`批准`", "评审!K6", "did you mean `A`?", "评审!L7", "评审!M8", "`明年`", "评审!J9"];
    for part in ["5 faults"].into_iter().chain(parts) {
        assert!(said.err.contains(part), "{part}\n{}", said.err);
    }
    assert_eq!((state(&world).as_str(), rows(&world, "undecided").len()), ("draft", 5), "nothing was written");
    let foreign = world.write("foreign.xlsx", "no workbook");
    assert_eq!(import(&world, &foreign).code, 3);
}

#[test]
fn a_filled_workbook_decides_once() {
    let world = second_opened();
    let path = workbook(&world, "review.xlsx");
    let mut good = vec![("1", "decision", "确认"), ("2", "decision", "Hold"), ("2", "why", "=cmd()|'/c calc'!A1")];
    good.extend([("4", "decision", "override"), ("4", "grade", "乙级"), ("4", "why", "new plant")]);
    good.push(("4", "until", "2027-12-31"));
    fill(&path, &good);
    let said = import(&world, &path).succeeded();
    assert!(said.err.contains("written down: 3"), "{}", said.err);
    let all = rows(&world, "all");
    assert_eq!(column(&all, "decision"), ["confirm", "hold", "-", "override", "-"]);
    assert_eq!(column(&all, "decided"), ["A", "A", "-", "B", "-"]);
    assert_eq!(column(&all, "why")[1], "=cmd()|'/c calc'!A1");
    assert_eq!(column(&all, "until")[3], "2027-12-31");
    let csv = review(&world, &["show", "annual", "--format", "csv"]).succeeded().out;
    assert!(csv.contains("'=cmd()|"), "{csv}");

    // The same file again, the same decisions in another file, and one decision more.
    let count =
        || -> i64 { world.store().query_row("SELECT count(*) FROM review_decision", [], |row| row.get(0)).unwrap() };
    let before = count();
    assert!(import(&world, &path).succeeded().err.contains("nothing changed"));
    fill(&path, &[("1", "name", "saved anew")]);
    assert!(import(&world, &path).succeeded().err.contains("written down: 0"));
    assert_eq!(count(), before);
    let next = workbook(&world, "next.xlsx");
    fill(&next, &[("3", "decision", "confirm")]);
    assert!(import(&world, &next).succeeded().err.contains("written down: 1"));
}

#[test]
fn a_workbook_that_is_out_of_date_is_refused() {
    let world = second_opened();
    review(&world, &["hold", "annual", "4", "--by", "王经理", "--why", "new plant"]).succeeded();
    let stale = workbook(&world, "stale.xlsx");
    review(&world, &["override", "annual", "1", "B", "--by", "李总监", "--why", "met them"]).succeeded();
    world.sql().execute_batch(&sale("late", "5", "2026-03-20", 900)).unwrap();
    review(&world, &["open", "annual", "--as-of", "2026-03-25"]).succeeded();
    let cleared = ["decision", "grade", "why"].map(|column| ("4", column, ""));
    fill(&stale, &[&[("1", "decision", "confirm"), ("5", "decision", "confirm")], &cleared[..]].concat());
    let said = import(&world, &stale);
    let parts = ["李总监 decided about `1`", "the decision about `4` was cleared", "the proposal for `5` changed"];
    for part in parts {
        assert!(said.err.contains(part), "{part}\n{}", said.err);
    }
    assert_eq!(column(&rows(&world, "undecided"), "subject"), ["2", "3", "5"]);
}

#[test]
fn an_override_that_holds_is_proposed_again() {
    let world = world();
    review(&world, &["open", "annual", "--as-of", "2025-03-25"]).succeeded();
    review(&world, &["confirm", "annual", "1", "2", "4", "5", "--by", "王经理"]).succeeded();
    review(&world, &["override", "annual", "3", "A", "--by", "王经理", "--why", "group", "--until", "2026-03-25"])
        .succeeded();
    review(&world, &["approve", "annual", "--by", "李总监"]).succeeded();
    review(&world, &["publish", "annual", "--by", "李总监"]).succeeded();
    review(&world, &["open", "annual", "--as-of", "2026-03-25"]).succeeded();
    let third = &rows(&world, "all")[2];
    assert_eq!((third["proposed"].as_str(), third["earned"].as_str()), (Some("A"), Some("C")));
    assert!(third["note"].as_str().unwrap().contains("有效至 2026-03-25"), "{third}");
}

#[test]
fn deadlines_are_told() {
    let world = world();
    review(&world, &["open", "annual", "--as-of", "2025-03-25"]).succeeded();
    let find = |id: &str| {
        let listed = review(&world, &["list", "--format", "json"]).succeeded().json();
        let found =
            listed.as_array().unwrap().iter().find(|row| row["review"].as_str().unwrap().starts_with(id)).cloned();
        found.unwrap()
    };
    let open = find("annual-2025");
    assert_eq!((open["state"].as_str(), open["undecided"].as_i64()), (Some("draft"), Some(5)));
    assert!(open["days_left"].as_i64().unwrap() < 0 && open["deadline"].as_str().unwrap().starts_with("overdue by"));
    let march = find("annual-march-");
    assert_eq!((march["state"].as_str(), march["rows"].as_i64()), (Some("not-opened"), None));
    assert!(march["closes_on"].as_str().unwrap().ends_with("-03-30") && march["days_left"].is_i64());
    publish_first(&world);
    let published = find("annual-2025");
    assert!(published["deadline"].as_str().unwrap().starts_with("published on") && published["days_left"].is_null());
}

#[test]
fn a_wrong_declaration_is_told_by_check() {
    let world = world();
    world.edit("config/reviews/annual.toml", "03-30", "03-24");
    let said = world.fenji(&["check", "--quick"]);
    assert!(
        said.code == 3 && said.err.contains("review::closes_too_early") && said.err.contains("annual.toml:6"),
        "{}",
        said.err
    );
}
