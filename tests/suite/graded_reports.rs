//! Reports on grades and lists: looks, totals against SQL that shares nothing with the program, every format read back, faults of list files.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use calamine::{Reader, Xlsx, open_workbook};
use mail_parser::MessageParser;
use serde_json::Value;

use crate::{
    support::{World, absent, golden},
    tier_report::table,
};

/// Each report with its arguments.
const REPORTS: [(&str, &[&str]); 9] = [
    ("abc", &["abc", "--beside", "abc-count", "--period", "2026-10"]),
    ("rfm", &["rfm", "--scheme", "rfm-segments-a", "--period", "2026-10"]),
    ("top", &["top", "--period", "2026-10"]),
    ("register", &["register", "--period", "2026-10"]),
    ("regions", &["regions", "--period", "2026-10"]),
    ("activity", &["activity", "--beside", "abc", "--period", "2026-10"]),
    ("list", &["list", "--list", "value-accounts", "--period", "2026-10"]),
    ("discounts", &["discounts", "--period", "2025"]),
    ("prizes", &["prize-receipts", "--period", "2026-10"]),
];

/// A home with the small ledger, in which the limits of activity are those of the example.
fn world() -> World {
    let world = World::with_business_ledger();
    let example = world.read("config/schemes/examples/activity.toml");
    world.write("config/schemes/activity.toml", example);
    world
}

fn preview(world: &World, arguments: &[&str], format: &str, lang: &str) -> String {
    let mut all = vec!["report", "preview"];
    all.extend(arguments);
    all.extend(["--format", format, "--lang", lang]);
    world.fenji(&all).succeeded().out
}

fn json(world: &World, arguments: &[&str]) -> Value {
    serde_json::from_str(&preview(world, arguments, "json", "en")).unwrap()
}

/// The cell of a row as a machine reads it.
fn value(row: &Value, column: &str) -> String {
    let value = &row["cells"][column]["value"];
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Minor units of an amount with two decimals.
fn minor(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

#[test]
fn they_look_as_they_did() {
    let world = world();
    for (name, arguments) in REPORTS {
        for lang in ["zh", "en"] {
            golden(&format!("{name}/report.{lang}.txt"), &preview(&world, arguments, "text", lang));
        }
        golden(&format!("{name}/report.zh.html"), &preview(&world, arguments, "html", "zh"));
    }
}

/// Net sales of twelve months by customer, by SQL alone; customers without any have 0.
fn net_sales(world: &World) -> Vec<(String, i64)> {
    let sql = world.sql();
    let mut rows = sql
        .prepare(
            "SELECT c.customer_id, coalesce(sum(CASE WHEN date(t.at) > '2025-10-31' AND date(t.at) <= '2026-10-31'
                 AND t.kind IN ('sale', 'return', 'adjustment') THEN t.amount END), 0)
             FROM customers c LEFT JOIN transactions t ON t.customer_id = c.customer_id
             WHERE c.started_on IS NULL OR c.started_on <= '2026-10-31' GROUP BY 1 ORDER BY 2 DESC, 1",
        )
        .unwrap();
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
}

/// Classes by the words of S36: A as long as the share before is below 65 %, B below 85 %, equal sales together, no sales C.
fn classes(sales: &[(String, i64)]) -> BTreeMap<String, char> {
    let total: i64 = sales.iter().map(|(_, sum)| (*sum).max(0)).sum();
    let class = |sum: i64| {
        let before: i64 = sales.iter().map(|(_, other)| *other).filter(|other| *other > sum).sum();
        match sum {
            ..=0 => 'C',
            _ if before * 100 < total * 65 => 'A',
            _ if before * 100 < total * 85 => 'B',
            _ => 'C',
        }
    };
    sales.iter().map(|(id, sum)| (id.clone(), class(*sum))).collect()
}

#[test]
fn abc_equals_sql() {
    let world = world();
    let report = json(&world, REPORTS[0].1);
    let sales = net_sales(&world);
    let classes = classes(&sales);
    let rows = table(&report, "customers");
    assert_eq!(rows.len(), sales.len());
    let mut sum = 0;
    for (row, (id, amount)) in rows.iter().zip(&sales) {
        assert_eq!((value(row, "customer_id"), minor(&value(row, "figure"))), (id.clone(), *amount));
        assert_eq!(value(row, "class"), classes[id].to_string(), "{id}");
        if *amount > 0 {
            sum += amount;
            assert_eq!(minor(&value(row, "cumulative")), sum);
        }
    }
    let by_class = table(&report, "classes");
    for (row, letter) in by_class.iter().zip(['A', 'B', 'C']) {
        let members = sales.iter().filter(|(id, _)| classes[id] == letter);
        assert_eq!(value(row, "customers"), members.clone().count().to_string());
        assert_eq!(minor(&value(row, "figure")), members.map(|(_, sum)| (*sum).max(0)).sum::<i64>());
    }
    let minutes = |letter| -> i64 {
        let sql = world.sql();
        let mut rows = sql
            .prepare("SELECT customer_id, minutes FROM visits WHERE customer_id IS NOT NULL AND minutes IS NOT NULL AND visited_on > '2025-10-31' AND visited_on <= '2026-10-31'")
            .unwrap();
        let rows = rows.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))).unwrap();
        rows.map(Result::unwrap).filter(|(id, _)| classes.get(id) == Some(&letter)).map(|(_, minutes)| minutes).sum()
    };
    assert!(minutes('A') > 0 && minutes('C') > 0, "the ledger has visits");
    for (row, letter) in table(&report, "force").iter().zip(['A', 'B', 'C']) {
        assert_eq!(value(row, "minutes"), minutes(letter).to_string());
    }
    let lowest = classes.values().filter(|class| **class == 'C').count();
    assert_eq!(table(&report, "review").len(), lowest.div_ceil(20), "5 % of class C");
}

#[test]
fn without_visits_there_is_no_gap() {
    let world = world();
    world.sql().execute_batch("DELETE FROM visits").unwrap();
    let report = json(&world, REPORTS[0].1);
    for row in table(&report, "force") {
        for column in ["minutes", "effort_share", "gap"] {
            assert_eq!(row["cells"][column]["kind"], "empty", "{column}");
        }
    }
    // Where no length is recorded, visits are counted.
    let world = self::world();
    world.sql().execute_batch("UPDATE visits SET minutes = NULL").unwrap();
    let report = json(&world, REPORTS[0].1);
    let total = table(&report, "force").last().unwrap();
    assert_eq!(
        (&total["cells"]["minutes"]["kind"], &total["cells"]["effort_share"]["kind"]),
        (&"empty".into(), &"percent".into())
    );
}

#[test]
fn rfm_equals_sql() {
    let world = world();
    let report = json(&world, REPORTS[1].1);
    let (customers, orders, sales): (i64, i64, i64) = world
        .sql()
        .query_row(
            "SELECT count(*), sum(orders), sum(sales) FROM (SELECT count(DISTINCT order_id) orders, sum(amount) sales FROM transactions
             WHERE customer_id IS NOT NULL AND kind = 'sale' AND date(at) > '2025-10-31' AND date(at) <= '2026-10-31' GROUP BY customer_id)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    for id in ["segments", "codes"] {
        let total = table(&report, id).last().unwrap();
        assert_eq!(value(total, "customers"), customers.to_string(), "{id}");
        assert_eq!(value(total, "orders"), orders.to_string(), "{id}");
        assert_eq!(minor(&value(total, "sales")), sales, "{id}");
    }
    assert_eq!(table(&report, "codes").len(), 126, "125 codes and their sum");
}

#[test]
fn regions_activity_and_lists_equal_sql() {
    let world = world();
    let one = |sql: &str| -> i64 { world.sql().query_row(sql, [], |row| row.get(0)).unwrap() };
    let regions = json(&world, REPORTS[4].1);
    let sum = table(&regions, "regions_now").last().unwrap();
    for (nth, region) in regions["sections"][0]["blocks"][1]["columns"].as_array().unwrap().iter().enumerate().skip(1) {
        let Some(name) = region["title"].as_str().filter(|_| region["id"].as_str().unwrap().starts_with("region_"))
        else {
            continue;
        };
        let expected = one(&format!(
            "SELECT count(*) FROM customers JOIN regions USING (region_id) WHERE regions.name = '{name}' AND started_on <= '2026-10-31'"
        ));
        assert_eq!(value(sum, &format!("region_{nth}")), expected.to_string(), "{name}");
    }
    let last = "SELECT customer_id, julianday('2026-10-31') - julianday(max(date(at))) AS days FROM transactions
                WHERE customer_id IS NOT NULL AND kind = 'sale' AND date(at) <= '2026-10-31' GROUP BY 1";
    let activity = json(&world, REPORTS[5].1);
    for (grade, days) in [("active", "days <= 60"), ("dormant", "days > 60 AND days <= 120"), ("lost", "days > 120")] {
        let rows = table(&activity, &format!("list_{grade}")).len();
        let expected = one(&format!("SELECT count(*) FROM ({last}) WHERE {days}"));
        assert_eq!(rows.to_string(), expected.to_string(), "{grade}");
    }
    let list = json(&world, &["list", "--list", "quiet-buyers", "--period", "2026-10"]);
    let sales: BTreeMap<String, i64> = net_sales(&world).into_iter().collect();
    let sql = world.sql();
    let mut quiet = sql.prepare(&format!("SELECT customer_id FROM ({last}) WHERE days > 60")).unwrap();
    let quiet = quiet.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let mut expected: Vec<String> = quiet.filter(|id| sales[id] >= 1_000_000).collect();
    expected.sort();
    let mut found: Vec<String> = table(&list, "list").iter().map(|row| value(row, "customer_id")).collect();
    found.sort();
    assert!(!found.is_empty());
    assert_eq!(found, expected);
}

#[test]
fn a_list_is_filled_up_and_says_what_it_lacks() {
    let world = world();
    let rows = |at_least: &str| {
        world.write("config/lists/short.toml", world.read("config/lists/growing-customers.toml"));
        world.edit(
            "config/lists/short.toml",
            "order =",
            &format!("at-least = {at_least}\nfill = [{{ scheme = \"abc\", one-of = [\"A\"] }}]\norder ="),
        );
        json(&world, &["list", "--list", "short", "--period", "2026-10"])
    };
    let few = rows("1");
    let meeting = table(&few, "list").len();
    assert!(table(&few, "list").iter().all(|row| value(row, "why") == "meets"));
    let more = rows(&(meeting + 2).to_string());
    let why: Vec<String> = table(&more, "list").iter().map(|row| value(row, "why")).collect();
    assert_eq!(why.len(), meeting + 2);
    assert_eq!(why.iter().filter(|why| *why == "fills up").count(), 2);
    let endless = rows("100000");
    let finding = endless["findings"][0]["text"].as_str().unwrap();
    assert!(finding.contains("fewer than the 100,000"), "{finding}");
}

#[test]
fn a_list_for_occasions_names_the_next_one() {
    let world = World::with_demo_ledger();
    let told = |period: &str| {
        let report = json(&world, &["list", "--list", "holiday-promotion", "--period", period]);
        (report["findings"].to_string(), table(&report, "list").clone())
    };
    let (findings, rows) = told("2026-10");
    assert!(findings.contains("For Spring Festival, 2027-01-23 to 2027-02-12"), "{findings}");
    let tiers = ["Diamond", "Platinum", "Gold", "Silver", "Regular"];
    let rank = |row: &Value| tiers.iter().position(|tier| value(row, "grade_member-tier").contains(tier)).unwrap();
    assert!(rows.len() > 100 && rows.is_sorted_by_key(rank), "{} rows, the best tier first", rows.len());
    // On its last day an occasion is over for the list that is made after it.
    let list = "config/lists/holiday-promotion.toml";
    world.edit(list, "\"2027-01-23\"\nlast-day = \"2027-02-12\"", "\"2026-10-01\"\nlast-day = \"2026-10-31\"");
    assert!(told("2026-10").0.contains("For the summer vacation"));
    assert!(told("2026-09").0.contains("For Spring Festival, 2026-10-01 to 2026-10-31"));
    for (from, to) in
        [("\"2027-08-31\"", "\"2027-06-30\""), ("\"2027-09-24\"", "\"2027-08-31\""), ("\"2027-07-01\"", "\"1 July\"")]
    {
        let good = world.read(list);
        world.edit(list, from, to);
        let said = world.fenji(&["report", "preview", "list", "--list", "holiday-promotion", "--period", "2026-10"]);
        assert!(said.code == 3 && said.err.contains("list::bad_occasion"), "{to}: {}", said.err);
        world.write(list, good);
    }
    let good = world.read(list);
    world.write(list, good.split("[[occasion]]").take(2).collect::<Vec<_>>().join("[[occasion]]"));
    assert!(told("2026-10").0.contains("No occasion lies ahead"));
}

#[test]
fn faults_of_lists_are_told_with_their_lines() {
    let world = world();
    let good = world.read("config/lists/growing-customers.toml");
    for (from, to, code) in [
        ("sales_trend_6m\", at-least", "sales_trend_6\", at-least", "list::unknown_metric"),
        ("\"5000.00\"", "\"5000.001\"", "list::wrong_unit"),
        ("\"abc\", not-one-of", "\"abcd\", not-one-of", "list::unknown_scheme"),
        ("not-one-of = [\"A\"]", "not-one-of = [\"F\"]", "list::unknown_grade"),
        ("not-one-of = [\"A\"]", "at-least = \"A\"", "list::bad_test"),
        ("column = \"region_id\"", "column = \"regio\"", "list::unknown_column"),
        ("column = \"region_id\"", "column = \"region_id\", metric = \"net_sales_6m\"", "list::bad_column"),
        ("metric = \"net_sales_6m_before\"", "metric = \"net_spend_12m\"", "list::wrong_subject"),
        ("first = \"highest-first\"", "first = \"highest\"", "declaration::syntax"),
    ] {
        world.write("config/lists/growing-customers.toml", &good);
        world.edit("config/lists/growing-customers.toml", from, to);
        let said = world.fenji(&["report", "preview", "list", "--list", "growing-customers", "--period", "2026-10"]);
        assert_eq!(said.code, 3, "{to}: {}", said.err);
        assert!(said.err.contains(code) && said.err.contains("growing-customers.toml:"), "{to}: {}", said.err);
    }
    let said = world.fenji(&["report", "preview", "list", "--list", "growing", "--period", "2026-10"]);
    assert!(said.code != 0 && said.err.contains("growing-customers"), "{}", said.err);
    let said = world.fenji(&["report", "preview", "abc", "--scheme", "customer-overall", "--period", "2026-10"]);
    assert!(said.code != 0 && said.err.contains("report::unsuitable_scheme"), "{}", said.err);
}

struct Run {
    _world: World,
    out: PathBuf,
    report: Value,
}

fn run(job: &str, period: &str) -> Run {
    let world = world();
    let path = format!("jobs/{job}.toml");
    let formats = "formats = [\"html\", \"pdf\", \"xlsx\", \"eml\", \"text\", \"json\", \"csv\"]\n";
    let text = world.read(&path);
    let kept: Vec<&str> =
        text.lines().filter(|line| !line.starts_with("formats") && !line.starts_with("recipients")).collect();
    world.write(&path, format!("{formats}recipients = [\"a@example.com\"]\n{}\n", kept.join("\n")));
    let out = world.home().join("out");
    world.fenji(&["job", "run", job, "--period", period, "--out", out.to_str().unwrap()]).succeeded();
    let name = format!("{job}-{period}.json");
    let report = serde_json::from_str(&fs::read_to_string(out.join(name)).unwrap()).unwrap();
    Run { _world: world, out, report }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Jobs that write every format, each with a period.
const JOBS: &[(&str, &str)] = &[
    ("annual-abc", "2025"),
    ("monthly-rfm", "2026-10"),
    ("annual-vip", "2025"),
    ("annual-grade-register", "2025"),
    ("annual-regions", "2025"),
    ("monthly-value-accounts", "2026-10"),
    ("satisfaction-wave", "2026-Q2"),
    ("monthly-receivable-risk", "2026-10"),
    ("annual-category-discounts", "2025"),
    ("monthly-entitlements", "2026-10"),
    ("monthly-service-desk", "2026-06"),
    ("daily-prize-receipts", "2026-10-31"),
    ("monthly-points-liability", "2026-10"),
    ("annual-points-lapse", "2025"),
    ("daily-points-expiring", "2026-10-31"),
];

#[test]
fn every_format_of_every_job_shows_the_same() {
    for (job, period) in JOBS {
        let run = run(job, period);
        let text = |extension: &str| fs::read_to_string(run.out.join(format!("{job}-{period}.{extension}"))).unwrap();
        let pdf = Command::new("pdftotext").arg(format!("{job}-{period}.pdf")).arg("-").current_dir(&run.out).output();
        if pdf.is_err() {
            absent("pdftotext (Debian package poppler-utils)");
        }
        let pdf = pdf.ok().map(|output| squeezed(&String::from_utf8(output.stdout).unwrap()));
        let mail = fs::read(run.out.join(format!("{job}-{period}.eml"))).unwrap();
        let mail = MessageParser::default().parse(&mail).unwrap().body_text(0).unwrap().into_owned();
        let mut workbook: Xlsx<_> = open_workbook(run.out.join(format!("{job}-{period}.xlsx"))).unwrap();
        let sheets: usize = workbook.worksheets().len();
        let (html, plain) = (squeezed(&text("html")), squeezed(&text("txt")));
        let title = run.report["title"].as_str().unwrap();
        for (format, words) in [("html", &html), ("text", &plain), ("mail", &squeezed(&mail))] {
            assert!(words.contains(&squeezed(title)), "{job} {format}: {title}");
        }
        assert!(pdf.is_none_or(|pdf| pdf.contains(&squeezed(title))), "{job} pdf");
        let mut tables = 0;
        for block in run.report["sections"].as_array().unwrap().iter().flat_map(|s| s["blocks"].as_array().unwrap()) {
            if let Some(figures) = block["figures"].as_array() {
                for figure in figures {
                    let shown = squeezed(figure["value"]["text"].as_str().unwrap());
                    assert!(html.contains(&shown) && plain.contains(&shown), "{job}: {figure}");
                }
            }
            if block["kind"] == "table" {
                tables += 1;
                let id = block["id"].as_str().unwrap();
                let csv = fs::read(run.out.join(format!("{job}-{period}/{id}.csv"))).unwrap();
                let mut reader = csv::Reader::from_reader(&csv[3..]);
                let heads: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
                let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
                let expected = block["rows"].as_array().unwrap();
                assert_eq!(rows.len(), expected.len(), "{job} {id}");
                for (row, expected) in rows.iter().zip(expected) {
                    for (field, head) in row.iter().zip(&heads) {
                        let cell = &expected["cells"][head];
                        if matches!(cell["kind"].as_str().unwrap(), "money" | "count") {
                            assert_eq!(field, value(expected, head), "{job} {id} {head}");
                        }
                    }
                }
            }
        }
        assert!(tables > 0 && sheets >= tables, "{job}: {sheets} sheets for {tables} tables");
    }
}

#[test]
fn a_report_on_grades_that_people_decide_keeps_none_and_says_so() {
    let world = world();
    let out = world.home().join("out");
    let job = ["job", "run", "annual-grade-register", "--period", "2025", "--out", out.to_str().unwrap()];
    let said = world.fenji(&job).succeeded();
    assert!(said.err.contains("nothing was kept: grades of scheme `customer-overall`"), "{}", said.err);
    let kept: i64 = world.store().query_row("SELECT count(*) FROM grade_set", (), |row| row.get(0)).unwrap();
    assert_eq!(kept, 0);
}
