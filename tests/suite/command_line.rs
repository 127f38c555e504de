//! What the command line promises: exit codes, data on standard output, grades and their explanation.

use crate::support::World;

#[test]
fn exit_codes_are_as_documented() {
    let world = World::with_demo_ledger();
    for (arguments, code) in [
        (vec!["check"], 0),
        (vec!["no-such-command"], 2),
        (vec!["grade", "no-such-scheme", "--as-of", "2026-10-31"], 2),
        (vec!["grade", "member-tier", "--as-of", "2026-10-32"], 2),
        (vec!["grade", "gotone-vip", "--as-of", "2026-10-31"], 3),
        (vec!["job", "run", "no-such-job", "--period", "2026-10"], 2),
        (vec!["job", "run", "monthly-tier-report", "--period", "2999-01"], 2),
        (vec!["job", "run", "monthly-tier-report", "--period", "2026-Q3"], 2),
        (vec!["explain", "member-tier", "nobody", "--as-of", "2026-10-31"], 2),
        (vec!["report", "preview", "tier", "--period", "2026-10", "--format", "docx"], 2),
        (vec!["ledger", "load", "transactions", "x.csv", "--map", "y.toml"], 2),
    ] {
        let said = world.fenji(&arguments);
        assert_eq!(said.code, code, "{arguments:?}\n{}", said.err);
        assert!(code == 0 || said.out.is_empty(), "data and words are kept apart: {arguments:?}");
    }
    let nowhere = world.fenji_without_home(&["--home", "nowhere", "check"]);
    assert_eq!(nowhere.code, 2);
    std::fs::write(world.ledger(), "not a database").unwrap();
    assert_eq!(world.fenji(&["grade", "member-tier", "--as-of", "2026-10-31"]).code, 4);
}

#[test]
fn grades_are_the_same_in_every_format_and_equal_sql() {
    let world = World::with_demo_ledger();
    let json = world.fenji(&["grade", "two-class", "--as-of", "2026-08-15", "--format", "json"]).succeeded().json();
    let csv = world.fenji(&["grade", "two-class", "--as-of", "2026-08-15", "--format", "csv"]).succeeded();
    let rows: Vec<Vec<String>> = csv::Reader::from_reader(csv.out.as_bytes())
        .into_records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    let sql = world.sql();
    let mut expected = sql
        .prepare(
            "SELECT m.member_id, coalesce((SELECT sum(t.amount) FROM transactions t WHERE t.member_id = m.member_id \
             AND t.kind <> 'cancelled' AND t.at < '2026-08-16'), 0) FROM members m WHERE registered_on <= '2026-08-15' ORDER BY 1",
        )
        .unwrap();
    let expected: Vec<(String, i64)> =
        expected.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), expected.len());
    for ((row, (member, spent)), object) in rows.iter().zip(&expected).zip(json.as_array().unwrap()) {
        let grade = if *spent >= 300_000 { "vip" } else { "ordinary" };
        let plain = fenji::money::plain(i128::from(*spent), 2);
        assert_eq!((row[0].as_str(), row[1].as_str(), row[8].as_str()), (member.as_str(), grade, plain.as_str()));
        assert_eq!(
            (object["member_id"].as_str(), object["net_spend_all"].as_str()),
            (Some(member.as_str()), Some(plain.as_str()))
        );
    }
    assert!(rows.iter().any(|row| row[1] == "vip") && rows.iter().any(|row| row[1] == "ordinary"));
    let table = world.fenji(&["grade", "two-class", "--as-of", "2026-08-15"]).succeeded();
    assert_eq!(table.out.lines().count(), rows.len() + 2);
}

#[test]
fn annual_points_run_the_other_way_round() {
    let world = World::with_demo_ledger();
    let grades =
        world.fenji(&["grade", "annual-points", "--as-of", "2025-12-31", "--format", "json"]).succeeded().json();
    let mut seen = std::collections::BTreeSet::new();
    for row in grades.as_array().unwrap() {
        let points = row["points_earned_year"].as_i64().unwrap();
        let expected = match points {
            ..1000 => "A",
            1000..3000 => "B",
            3000..5000 => "C",
            _ => "D",
        };
        assert_eq!(row["grade"], expected, "{row}");
        seen.insert(expected);
    }
    assert_eq!(seen.len(), 4);
}

#[test]
fn an_explanation_says_what_the_grade_says() {
    let world = World::with_demo_ledger();
    let grades = world.fenji(&["grade", "member-tier", "--as-of", "2026-10-31", "--format", "json"]).succeeded().json();
    let gold = grades.as_array().unwrap().iter().find(|row| row["grade"] == "gold").unwrap();
    let member = gold["member_id"].as_str().unwrap();
    let told = world
        .fenji(&["explain", "member-tier", member, "--as-of", "2026-10-31", "--format", "json"])
        .succeeded()
        .json();
    for key in ["grade", "earned", "before", "reason"] {
        assert_eq!(told[key], gold[key], "{key}");
    }
    let spend = &told["dimensions"][0];
    assert_eq!(spend["figure"], gold["net_spend_12m"]);
    let count = "SELECT count(*) FROM transactions WHERE member_id = ?1 AND kind <> 'cancelled' AND at >= '2025-11-01' AND at < '2026-11-01'";
    let rows: i64 = world.sql().query_row(count, [member], |row| row.get(0)).unwrap();
    assert_eq!(spend["rows"], rows);
    let words = world.fenji(&["explain", "member-tier", member, "--as-of", "2026-10-31"]).succeeded().out;
    for part in [member, "gold (金卡会员)", "from     10,000.00 CNY", "snapshot"] {
        assert!(words.contains(part), "{part}\n{words}");
    }
}

#[test]
fn an_explanation_lists_the_rows_behind_a_figure() {
    let world = World::with_demo_ledger();
    let customer: String = world
        .sql()
        .query_row("SELECT customer_id FROM transactions WHERE at >= '2026-01-01' AND kind = 'return' AND customer_id IS NOT NULL ORDER BY 1 LIMIT 1", [], |row| row.get(0))
        .unwrap();
    let told = |more: &[&str]| {
        let base = ["explain", "abc", &customer, "--as-of", "2026-10-31", "--format", "json"];
        world.fenji(&[&base[..], more].concat()).succeeded().json()
    };
    let with_rows = told(&["--rows"]);
    let counted = &with_rows["metrics"][0]["counted"][0];
    let listed = counted["listed"].as_array().unwrap();
    assert_eq!(counted["rows"], listed.len());
    let fen = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let sum: i64 = listed.iter().map(|row| fen(row["amount"].as_str().unwrap())).sum();
    assert_eq!(sum, fen(with_rows["metrics"][0]["figure"].as_str().unwrap()), "{listed:?}");
    assert!(listed.iter().any(|row| row["kind"] == "return") && listed.iter().all(|row| row["kind"] != "cancelled"));
    let place = &with_rows["dimensions"][0]["cumulative"];
    assert!(place["before"].as_str().unwrap() < place["after"].as_str().unwrap(), "{place}");
    let without = told(&[]);
    assert!(without["metrics"][0]["counted"][0]["listed"].is_null());
    assert_eq!(without["snapshot"], with_rows["snapshot"], "listing rows changes nothing of what was graded on");
}

#[test]
fn completions_and_the_manual_page_are_made() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(world.fenji(&["completions", shell]).succeeded().out.contains("fenji"));
    }
    assert!(world.fenji(&["man"]).succeeded().out.contains(".TH"));
}

#[test]
fn lists_say_what_is_there() {
    let world = World::new();
    let jobs = world.fenji(&["job", "list", "--format", "json"]).succeeded().json();
    assert!(jobs.as_array().unwrap().iter().any(|row| row["job"] == "monthly-tier-report"));
    let reports = world.fenji(&["report", "list", "--format", "csv"]).succeeded().out;
    for report in ["tier,", "abc,", "rfm,", "top,", "register,", "regions,", "activity,", "list,"] {
        assert!(reports.contains(report), "{report}");
    }
    let contract = world.fenji(&["ledger", "show", "--contract", "--format", "json"]).succeeded().json();
    assert!(contract.as_array().unwrap().iter().any(|row| row["entity"] == "transaction" && row["column"] == "amount"));
}

#[test]
fn init_never_overwrites() {
    let world = World::new();
    world.edit("config/fenji.toml", "示例公司", "我们公司");
    let home = world.home();
    assert_eq!(world.fenji_without_home(&["init", home.to_str().unwrap()]).code, 2);
    assert!(world.read("config/fenji.toml").contains("我们公司"));
}
