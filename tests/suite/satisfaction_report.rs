//! The satisfaction report: its look, its figures against SQL and the rule book worked anew, hostile text, answers that do not fit, small samples.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::{
    support::{World, golden},
    tier_report::table,
};

const WAVE: &str = "2026-06";
const PERIOD: &str = "2026-Q2";

fn preview(world: &World, format: &str, lang: &str) -> String {
    let arguments = ["report", "preview", "satisfaction", "--period", PERIOD, "--format", format, "--lang", lang];
    world.fenji(&arguments).succeeded().out
}

fn json(world: &World) -> Value {
    serde_json::from_str(&preview(world, "json", "en")).unwrap()
}

/// The cell of a row as a machine reads it; empty for nothing.
fn value(row: &Value, column: &str) -> String {
    let value = &row["cells"][column]["value"];
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn figure(report: &Value, id: &str) -> Value {
    let blocks =
        report["sections"].as_array().unwrap().iter().flat_map(|section| section["blocks"].as_array().unwrap());
    let mut figures = blocks.filter_map(|block| block["figures"].as_array()).flatten();
    figures.find(|figure| figure["id"] == id).unwrap()["value"].clone()
}

fn findings(report: &Value) -> String {
    report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["text"].as_str().unwrap().to_owned() + "\n")
        .collect()
}

/// A mean in millionths of a point, rounded half up, as the report writes it.
fn six(sum: i64, n: i64) -> String {
    let millionths = (2 * sum * 1_000_000 + n) / (2 * n);
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// An answer of the wave.
#[derive(Debug)]
struct Answer {
    customer: String,
    indicator: String,
    level: Option<String>,
    comment: Option<String>,
    kind: Option<String>,
}

impl Answer {
    /// The points by the words of S24 and S25; nothing for what does not count.
    fn points(&self) -> Option<i64> {
        let points = match self.level.as_deref()? {
            "很满意" => 100,
            "满意" => 80,
            "一般" => 60,
            "不满意" => 40,
            "很不满意" => 20,
            _ => return None,
        };
        Some(if self.is_lowered() { 40 } else { points })
    }

    fn is_lowered(&self) -> bool {
        matches!(self.level.as_deref(), Some("满意" | "一般"))
            && self.comment.is_some()
            && self.kind.as_deref() != Some("praise")
    }
}

fn answers(world: &World, wave: &str) -> Vec<Answer> {
    let sql = world.sql();
    let mut rows = sql
        .prepare("SELECT customer_id, indicator, level, comment, comment_kind FROM responses WHERE wave = ?1 ORDER BY response_id")
        .unwrap();
    let answer = |row: &rusqlite::Row<'_>| {
        Ok(Answer {
            customer: row.get(0)?,
            indicator: row.get(1)?,
            level: row.get(2)?,
            comment: row.get(3)?,
            kind: row.get(4)?,
        })
    };
    rows.query_map([wave], answer).unwrap().map(Result::unwrap).collect()
}

/// The sum of a customer's points and how many there are, by customer.
fn by_customer(answers: &[Answer]) -> BTreeMap<&str, (i64, i64)> {
    let mut customers = BTreeMap::new();
    for answer in answers {
        let (sum, n) = customers.entry(answer.customer.as_str()).or_insert((0, 0));
        if let Some(points) = answer.points() {
            *sum += points;
            *n += 1;
        }
    }
    customers
}

/// A customer's mean in millionths, rounded half up.
fn millionths((sum, n): (i64, i64)) -> i64 {
    (2 * sum * 1_000_000 + n) / (2 * n)
}

#[test]
fn it_looks_as_it_did() {
    let world = World::with_business_ledger();
    for lang in ["zh", "en"] {
        golden(&format!("satisfaction/report.{lang}.txt"), &preview(&world, "text", lang));
    }
    golden("satisfaction/report.zh.html", &preview(&world, "html", "zh"));
}

#[test]
fn indicators_and_customers_equal_the_rule_book() {
    let world = World::with_business_ledger();
    let report = json(&world);
    let answers = answers(&world, WAVE);
    assert!(answers.iter().any(Answer::is_lowered), "the ledger has comments that count");
    let rows = table(&report, "indicators");
    for row in rows.iter().filter(|row| row["kind"] == "data") {
        let title: String = row["cells"]["indicator"]["text"].as_str().unwrap().to_owned();
        let own: Vec<&Answer> = answers.iter().filter(|answer| english(&answer.indicator) == title).collect();
        let points: Vec<i64> = own.iter().filter_map(|answer| answer.points()).collect();
        let n = i64::try_from(points.len()).unwrap();
        assert_eq!(value(row, "score"), six(points.iter().sum(), n), "{title}");
        let count = |of: &dyn Fn(&Answer) -> bool| own.iter().filter(|answer| of(answer)).count().to_string();
        assert_eq!(value(row, "answers"), n.to_string(), "{title}");
        assert_eq!(value(row, "blank"), count(&|answer| answer.level.is_none()), "{title}");
        assert_eq!(value(row, "not_applicable"), count(&|answer| answer.level.as_deref() == Some("不适用")), "{title}");
        assert_eq!(value(row, "overridden"), count(&Answer::is_lowered), "{title}");
    }
    assert_eq!(rows.iter().filter(|row| row["kind"] == "data").count(), 14);
    let points: Vec<i64> = answers.iter().filter_map(Answer::points).collect();
    let all = rows.last().unwrap();
    assert_eq!(value(all, "score"), six(points.iter().sum(), i64::try_from(points.len()).unwrap()));
    let customers = by_customer(&answers);
    let listed = table(&report, "customers");
    assert_eq!(listed.len(), customers.len());
    let mut last = 0;
    for row in listed {
        let own = millionths(customers[value(row, "customer_id").as_str()]);
        assert_eq!(value(row, "score"), format!("{}.{:06}", own / 1_000_000, own % 1_000_000));
        assert!(own >= last, "the least satisfied first");
        last = own;
    }
    let sum: i64 = customers.values().map(|own| millionths(*own)).sum();
    let n = i64::try_from(customers.len()).unwrap();
    let mean = (2 * sum + n) / (2 * n);
    assert_eq!(figure(&report, "overall")["value"], format!("{}.{:06}", mean / 1_000_000, mean % 1_000_000));
    let invited: i64 =
        world.sql().query_row("SELECT invited FROM surveys WHERE wave = ?1", [WAVE], |row| row.get(0)).unwrap();
    let response = figure(&report, "response");
    assert_eq!(
        (response["part"].as_str(), response["whole"].as_str()),
        (Some(&*n.to_string()), Some(&*invited.to_string()))
    );
}

/// The English name of an indicator of the shipped survey.
fn english(chinese: &str) -> String {
    let survey = include_str!("../../config/surveys/customer-satisfaction.toml");
    let line = survey.lines().find(|line| line.contains(&format!("zh = \"{chinese}\""))).unwrap();
    line.split("en = \"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn waves_and_changes_are_those_of_the_waves() {
    let world = World::with_business_ledger();
    let report = json(&world);
    let rows = table(&report, "waves");
    let names: Vec<String> = rows.iter().map(|row| value(row, "wave")).collect();
    assert_eq!(names, ["2024-12", "2025-06", "2025-12", WAVE]);
    let mut before: Option<i64> = None;
    for (row, name) in rows.iter().zip(&names) {
        let answers = answers(&world, name);
        let customers = by_customer(&answers);
        let n = i64::try_from(customers.len()).unwrap();
        let sum: i64 = customers.values().map(|own| millionths(*own)).sum();
        let mean = (2 * sum + n) / (2 * n);
        assert_eq!(value(row, "score"), format!("{}.{:06}", mean / 1_000_000, mean % 1_000_000), "{name}");
        let change = value(row, "change");
        let expected = before.map_or_else(String::new, |before| {
            let change = mean - before;
            let sign = if change < 0 { "-" } else { "" };
            format!("{sign}{}.{:06}", change.abs() / 1_000_000, change.abs() % 1_000_000)
        });
        assert_eq!(change, expected, "{name}");
        before = Some(mean);
    }
}

#[test]
fn changed_answers_comments_and_targets_equal_sql() {
    let world = World::with_business_ledger();
    let report = json(&world);
    let answers = answers(&world, WAVE);
    let overrides = table(&report, "overrides");
    assert_eq!(overrides.len(), answers.iter().filter(|answer| answer.is_lowered()).count());
    assert!(overrides.iter().all(|row| value(row, "counted") == "dissatisfied" && value(row, "kind") != "praise"));
    let commented = answers.iter().filter(|answer| answer.comment.is_some());
    let comments = table(&report, "comments");
    assert_eq!(comments.len(), commented.clone().count());
    let stays = commented
        .filter(|answer| answer.level.as_deref() == Some("很满意") && answer.kind.as_deref() != Some("praise"));
    let flagged = comments.iter().filter(|row| value(row, "effect") == "unchanged, to be looked at").count();
    assert_eq!(flagged, stays.count());
    // Grades as `fenji grade` gives them on the day on which the wave closed.
    let graded: Vec<BTreeMap<String, String>> = {
        let text =
            world.fenji(&["survey", "score", "--wave", WAVE, "--by", "grade", "--format", "csv"]).succeeded().out;
        csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
    };
    let targets = table(&report, "targets");
    assert_eq!(targets.len(), graded.len());
    for row in targets {
        let own = graded.iter().find(|one| one["grade"] == value(row, "grade")).unwrap();
        assert_eq!((value(row, "customers"), value(row, "score")), (own["answered"].clone(), own["score"].clone()));
        assert_eq!((value(row, "target"), value(row, "reached")), (own["target"].clone(), own["reached"].clone()));
    }
    let told = findings(&report);
    assert!(told.contains("Grade A") && told.contains("target 90.00"), "{told}");
}

#[test]
fn open_complaints_equal_sql() {
    let world = World::with_business_ledger();
    world
        .sql()
        .execute_batch(
            "INSERT INTO complaints(complaint_id, customer_id, opened_on, about, solved, closed_on)
             SELECT 'ZZ' || n, (SELECT min(customer_id) FROM customers WHERE name IS NOT NULL), date('2026-06-30', '-' || n || ' days'), 'adviser', 0, NULL
             FROM (SELECT 0 AS n UNION SELECT 7 UNION SELECT 8 UNION SELECT 30 UNION SELECT 31 UNION SELECT 61);
             INSERT INTO complaints(complaint_id, customer_id, opened_on, about, solved, closed_on)
             SELECT 'ZY', min(customer_id), '2026-06-01', 'adviser', 0, '2026-06-30' FROM customers",
        )
        .unwrap();
    let report = json(&world);
    let open = "opened_on <= '2026-06-30' AND (closed_on > '2026-06-30' OR (closed_on IS NULL AND NOT solved))";
    let one = |sql: String| -> i64 { world.sql().query_row(&sql, [], |row| row.get(0)).unwrap() };
    let rows = table(&report, "complaint_ages");
    for (row, (from, to)) in rows.iter().zip([(0, 7), (8, 15), (16, 30), (31, 60), (61, 100_000)]) {
        let age = "julianday('2026-06-30') - julianday(opened_on)";
        let expected = one(format!("SELECT count(*) FROM complaints WHERE {open} AND {age} BETWEEN {from} AND {to}"));
        assert_eq!(value(row, "complaints"), expected.to_string(), "{from} to {to} days");
    }
    let expected = one(format!("SELECT count(*) FROM complaints WHERE {open}"));
    assert_eq!(value(rows.last().unwrap(), "complaints"), expected.to_string());
    assert_eq!(table(&report, "complaints").len().to_string(), expected.to_string());
    let given_up = one("SELECT count(*) FROM complaints WHERE closed_on <= '2026-06-30' AND NOT solved".to_owned());
    assert_eq!(figure(&report, "given_up_complaints")["value"], given_up);
    assert!(given_up > 0 && findings(&report).contains("more than 30 days"));
}

/// Spoils the wave: answers that do not fit, one that repeats and two that contradict each other, and a stranger.
fn spoil(world: &World) {
    world
        .sql()
        .execute_batch(
            "CREATE TEMP TABLE one AS SELECT * FROM responses WHERE wave = '2026-06' AND level = '满意' AND comment IS NULL ORDER BY response_id LIMIT 2;
             INSERT INTO responses SELECT 'bad-1', customer_id, answered_on, '颜值', level, NULL, NULL, wave, department_id, product, staff FROM one LIMIT 1;
             INSERT INTO responses SELECT 'bad-2', 'B99999', answered_on, indicator, '比较满意', NULL, NULL, wave, department_id, product, staff FROM one LIMIT 1;
             INSERT INTO responses SELECT 'bad-3', customer_id, answered_on, indicator, level, NULL, NULL, wave, department_id, product, staff FROM one LIMIT 1;
             INSERT INTO responses SELECT 'bad-4', customer_id, answered_on, indicator, '很不满意', NULL, NULL, wave, department_id, product, staff FROM one LIMIT 1 OFFSET 1;
             INSERT INTO responses SELECT 'bad-5', 'B99998', answered_on, indicator, '一般', '=cmd()|<script>alert(1)</script>', 'opinion', wave, department_id, product, staff FROM one LIMIT 1;",
        )
        .unwrap();
}

#[test]
fn answers_that_do_not_fit_are_counted_and_listed() {
    let world = World::with_business_ledger();
    let before = json(&world);
    spoil(&world);
    let report = json(&world);
    let rows = |report: &Value, state: &str| -> i64 {
        let row = table(report, "rows").iter().find(|row| value(row, "state") == state).unwrap().clone();
        value(&row, "rows").parse().unwrap()
    };
    for (state, expected) in
        [("indicator not defined", 1), ("not a level of the scale", 1), ("repeated", 1), ("contradicts another row", 2)]
    {
        assert_eq!((rows(&before, state), rows(&report, state)), (0, expected), "{state}");
    }
    assert_eq!(rows(&report, "sum"), rows(&before, "sum") + 5);
    // One of the old answers is contradicted; the stranger's is new.
    assert_eq!(rows(&report, "counted"), rows(&before, "counted"));
    let ids: Vec<String> = table(&report, "faults").iter().map(|row| value(row, "response_id")).collect();
    for id in ["bad-1", "bad-2", "bad-3", "bad-4"] {
        assert!(ids.iter().any(|known| known == id), "{id}: {ids:?}");
    }
    assert_eq!(ids.len(), 6, "and the two that are repeated and contradicted: {ids:?}");
    assert!(table(&report, "strangers").iter().any(|row| value(row, "customer_id") == "B99998"));
    let told = findings(&report);
    assert!(told.contains("5 rows are not counted") && told.contains("not among the customers"), "{told}");
}

#[test]
fn comments_are_data_in_every_format() {
    let world = World::with_business_ledger();
    spoil(&world);
    let out = world.home().join("out");
    world.fenji(&["job", "run", "satisfaction-wave", "--period", PERIOD, "--out", out.to_str().unwrap()]).succeeded();
    let text = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    let page = text(&format!("satisfaction-wave-{PERIOD}.html"));
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;alert(1)"), "a comment is no markup");
    let comments = text(&format!("satisfaction-wave-{PERIOD}/comments.csv"));
    assert!(comments.contains("'=cmd()|"), "a comment is no formula: {comments}");
    let files = fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> =
        files.filter_map(|name| Some(name.strip_prefix("satisfaction-wave-")?.to_owned())).collect();
    files.sort();
    let expected: Vec<String> =
        ["", ".eml", ".html", ".json", ".pdf", ".txt", ".xlsx"].iter().map(|end| format!("{PERIOD}{end}")).collect();
    assert_eq!(files, expected);
}

#[test]
fn a_small_wave_is_not_ranked_and_one_without_answers_says_so() {
    let world = World::with_business_ledger();
    let small = "DELETE FROM responses WHERE wave = '2026-06' AND customer_id NOT IN
                 (SELECT DISTINCT customer_id FROM responses WHERE wave = '2026-06' ORDER BY customer_id LIMIT 10)";
    world.sql().execute_batch(small).unwrap();
    let report = json(&world);
    assert!(table(&report, "weakest").is_empty());
    for row in table(&report, "indicators") {
        assert_eq!((value(row, "half"), value(row, "weakest")), (String::new(), String::new()));
    }
    assert!(findings(&report).contains("Only 10 customers answered (fewer than 30)"), "{}", findings(&report));
    world.sql().execute_batch("DELETE FROM responses WHERE wave = '2026-06'").unwrap();
    let report = json(&world);
    assert!(findings(&report).contains("Nobody answered"), "{}", findings(&report));
    assert_eq!(figure(&report, "overall")["kind"], "empty");
    // Without a number of those asked nobody knows the rate.
    world.sql().execute_batch("UPDATE surveys SET invited = NULL").unwrap();
    assert_eq!(figure(&json(&world), "response")["kind"], "empty");
}

#[test]
fn a_period_without_a_wave_shows_the_latest_and_says_so() {
    let world = World::with_business_ledger();
    let arguments = ["report", "preview", "satisfaction", "--lang", "en", "--format", "json", "--period"];
    let report = world.fenji(&[&arguments[..], &["2026-Q3"]].concat()).succeeded().json();
    assert!(findings(&report).starts_with("No wave ended in the period: this is the latest one, 2026-06"), "{report}");
    assert!(!findings(&json(&world)).contains("No wave ended"));
    let said = world.fenji(&[&arguments[..], &["2024-Q3"]].concat());
    assert_ne!(said.code, 0);
    assert!(said.err.contains("report::no_wave") && said.err.contains("2026-06"), "{}", said.err);
    let said = world.fenji(&["report", "preview", "satisfaction", "--survey", "customers", "--period", PERIOD]);
    assert!(said.code != 0 && said.err.contains("customer-satisfaction"), "{}", said.err);
}
