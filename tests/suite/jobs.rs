//! What is said of jobs before they run: are their files sound, when are they due, which periods lack a run.

use serde_json::{Value, json};

use crate::support::{Said, World};

const DAILY: &str = r#"title = { zh = "演练", en = "Drill" }
owner = "nobody"
requirements = ["S01"]
report = "prize-receipts"
period = "day"
formats = ["json"]

[[schedule]]
id = "morning"
cron = "30 1 * * *"
timezone = "America/New_York"
"#;

fn world() -> World {
    let world = World::new();
    world.keep_job("monthly-receivable-risk");
    world.write("jobs/drill.toml", DAILY);
    world
}

/// What an error said, in one line, so that a break of the line changes nothing.
fn words(said: &Said) -> String {
    let text = said.err.replace(['│', '╰', '─', '▶'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn column(rows: &Value, name: &str) -> Vec<String> {
    let text = |row: &Value| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned);
    rows.as_array().unwrap().iter().map(text).collect()
}

#[test]
fn every_file_is_checked_and_every_fault_told() {
    let world = world();
    let sound = world.fenji(&["job", "check", "--format", "json"]).succeeded().json();
    assert_eq!(column(&sound, "state"), ["sound", "sound"]);
    world.write("jobs/late.toml", DAILY.replace("30 1 * * *", "30 1 31 2 *"));
    world.write("jobs/odd.toml", DAILY.replace("prize-receipts", "prise-receipts").replace("New_York", "New_Yrok"));
    let said = world.fenji(&["job", "check", "--format", "json"]);
    assert_eq!((said.code, column(&said.json(), "state").join(" ")), (3, "sound refused sound refused".to_owned()));
    let told = words(&said);
    for words in [
        "is never due: no year has such a day",
        "`prise-receipts` is not a report",
        "`America/New_Yrok` is not a time zone",
        "2 of 4 jobs are refused: late, odd",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let one = world.fenji(&["job", "check", "late"]);
    assert_eq!((one.code, words(&one).contains("never due")), (3, true), "{}", one.err);
    let none = world.fenji(&["job", "check", "dril"]);
    assert_eq!((none.code, words(&none).contains("`drill`")), (2, true), "{}", none.err);
}

#[test]
fn what_is_waited_for_is_checked() {
    let world = world();
    let fault = |gate: &str| {
        world.write("jobs/drill.toml", format!("{DAILY}\n[[wait-for]]\n{gate}\n"));
        let said = world.fenji(&["job", "check", "drill"]);
        assert_eq!(said.code, 3, "{gate}: {}", said.err);
        words(&said)
    };
    assert!(fault("every = \"5m\"").contains("job::one_condition"));
    assert!(fault("job = \"monthly-receivable-risk\"\nsql = \"SELECT 1\"").contains("job::one_condition"));
    assert!(fault("sql = \" \"").contains("job::no_question"));
    assert!(fault("sql = \"SELECT 1\"\nperiod-offset = -1").contains("job::no_offset"));
    let told = fault("sql = \"SELECT 1 WHERE :peroid > ''\"");
    assert!(told.contains("`:peroid` is not known") && told.contains("period"), "{told}");
    // Whether the ledger takes the question is looked at with the ledger.
    world.fenji(&["ledger", "init"]).succeeded();
    world.write("jobs/drill.toml", format!("{DAILY}\n[[wait-for]]\nsql = \"SELECT closed FROM closing\"\n"));
    world.fenji(&["job", "check"]).succeeded();
    let said = world.fenji(&["check"]);
    assert_eq!((said.code, words(&said).contains("no such table: closing")), (3, true), "{}{}", said.out, said.err);
}

#[test]
fn the_next_times_are_told_with_what_they_are_about() {
    let world = world();
    let rows = world.fenji(&["job", "next", "drill", "--count", "3", "--format", "json"]).succeeded().json();
    assert_eq!(rows.as_array().unwrap().len(), 3);
    for row in rows.as_array().unwrap() {
        // Half past one in New York is in the afternoon in Shanghai, and about the day before.
        let (due, wall) = (row["due"].as_str().unwrap(), row["wall clock"].as_str().unwrap());
        assert!(due.ends_with("+08:00") && (due.contains("T13:30:00") || due.contains("T14:30:00")), "{row}");
        assert!(wall.ends_with("T01:30:00#0"), "{row}");
        let day: chrono::NaiveDate = wall.split('T').next().unwrap().parse().unwrap();
        assert_eq!(row["period"], json!(day.pred_opt().unwrap().to_string()));
        assert_eq!((&row["zone"], &row["rests"]), (&json!("America/New_York"), &Value::Null), "{row}");
    }
    world.fenji(&["job", "pause", "drill", "--by", "li"]).succeeded();
    let rows = world.fenji(&["job", "next", "--count", "40", "--format", "json"]).succeeded().json();
    let of = |job: &str| rows.as_array().unwrap().iter().filter(|row| row["job"] == job).count();
    assert!(of("drill") >= 20 && of("monthly-receivable-risk") >= 1, "{rows}");
    let rests = |row: &Value| (row["job"] == "drill") == (row["rests"] == "paused by li");
    assert!(rows.as_array().unwrap().iter().all(rests), "{rows}");
    let dues = column(&rows, "due");
    assert!(dues.is_sorted(), "{dues:?}");
}

#[test]
fn periods_that_lack_a_run_get_one_and_others_are_left() {
    let world = world();
    world.fenji(&["ledger", "init"]).succeeded();
    let fill = |arguments: &[&str]| {
        let mut all = vec!["job", "backfill", "drill", "--by", "li", "--format", "json"];
        all.extend(arguments);
        world.fenji(&all)
    };
    let span = ["--from", "2026-10-01", "--to", "2026-10-04"];
    let dry = fill(&[&span[..], &["--dry-run"]].concat()).succeeded().json();
    assert_eq!(column(&dry, "what"), ["would be added"; 4]);
    assert_eq!(world.fenji(&["run", "list", "--format", "json"]).succeeded().json(), json!([]));
    world.fenji(&["job", "run", "drill", "--period", "2026-10-02", "--by", "li"]).succeeded();
    let added = fill(&span).succeeded().json();
    assert_eq!(column(&added, "what"), ["added", "left", "added", "added"]);
    assert_eq!(added[1]["why"], "run 1 did it");
    // Asked twice, nothing is added twice.
    let again = fill(&span).succeeded().json();
    assert_eq!(column(&again, "what"), ["left"; 4]);
    assert!(again[0]["why"].as_str().unwrap().contains("is pending"), "{again}");
    world.fenji(&["serve", "--once"]).succeeded();
    let runs = world.fenji(&["run", "list", "--format", "json"]).succeeded().json();
    assert_eq!(
        (column(&runs, "state"), column(&runs, "trigger")),
        (vec!["succeeded".to_owned(); 4], ["backfill", "backfill", "backfill", "manual"].map(str::to_owned).to_vec())
    );
    // What stands gets another result beside it only when that is asked for; the newest first.
    let anew = fill(&[&span[..], &["--reprocess", "completed", "--order", "newest-first"]].concat()).succeeded().json();
    assert_eq!(column(&anew, "revision"), ["2"; 4]);
    assert_eq!(column(&anew, "period")[0], "2026-10-04");
    world.fenji(&["serve", "--once"]).succeeded();
    let started: Vec<(String, String)> = {
        let runs = world.fenji(&["run", "list", "--limit", "4", "--format", "json"]).succeeded().json();
        let mut pairs: Vec<_> = column(&runs, "started").into_iter().zip(column(&runs, "period")).collect();
        pairs.sort();
        pairs
    };
    let order: Vec<&str> = started.iter().map(|(_, period)| period.as_str()).collect();
    assert_eq!(order, ["2026-10-04", "2026-10-03", "2026-10-02", "2026-10-01"]);
}

#[test]
fn a_span_that_makes_no_sense_is_refused() {
    let world = world();
    let refused = |from: &str, to: &str, code: i32| {
        let said = world.fenji(&["job", "backfill", "drill", "--from", from, "--to", to, "--by", "li"]);
        assert_eq!(said.code, code, "{}", said.err);
        words(&said)
    };
    assert!(refused("2026-10-04", "2026-10-01", 2).contains("ends before it begins"));
    assert!(refused("2026-10", "2026-10", 2).contains("is about a day"));
    assert!(refused("2026-10-01", "2099-01-01", 2).contains("not over"));
    assert!(refused("1990-01-01", "2026-10-01", 2).contains("more than 4000 periods"));
    let nobody = world.fenji_with(
        &[("USER", "")],
        &["--home", "home", "job", "backfill", "drill", "--from", "2026-10-01", "--to", "2026-10-01"],
    );
    assert_eq!(nobody.code, 2, "{}", nobody.err);
}
