//! The monthly tier report: looks, repetition, history.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::support::{World, golden};

fn preview(world: &World, period: &str, format: &str, lang: &str) -> String {
    world.fenji(&["report", "preview", "tier", "--period", period, "--format", format, "--lang", lang]).succeeded().out
}

#[test]
fn looks_as_it_did() {
    let world = World::with_demo_ledger();
    golden("tier/report.zh.txt", &preview(&world, "2026-10", "text", "zh"));
    golden("tier/report.en.txt", &preview(&world, "2026-10", "text", "en"));
    golden("tier/report.zh.html", &preview(&world, "2026-10", "html", "zh"));
}

#[test]
fn two_runs_on_the_same_snapshot_are_the_same_bytes() {
    let world = World::with_demo_ledger();
    let run = |out: &str| {
        let out = world.home().join(out);
        world
            .fenji(&[
                "job",
                "run",
                "monthly-tier-report",
                "--period",
                "2026-10",
                "--restate",
                "--out",
                out.to_str().unwrap(),
            ])
            .succeeded();
        files_below(&out)
    };
    let (first, second) = (run("out1"), run("out2"));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    assert!(first.len() >= 12, "{:?}", first.keys());
    for (name, bytes) in &first {
        let other = &second[name];
        match name.rsplit('.').next().unwrap() {
            "html" | "txt" | "json" | "csv" => assert_eq!(bytes, other, "{name}"),
            "pdf" => assert_eq!(without_dates(bytes), without_dates(other), "{name}"),
            "xlsx" => assert_eq!(sheets(bytes), sheets(other), "{name}"),
            _ => {}
        }
    }
}

/// A PDF without its declared dates and the identity made of them.
fn without_dates(pdf: &[u8]) -> Vec<String> {
    let text: String = pdf.iter().map(|byte| char::from(*byte)).collect();
    let declared = |line: &&str| !line.contains("/CreationDate") && !line.contains("/ModDate") && !line.contains("/ID");
    text.lines().filter(declared).map(str::to_owned).collect()
}

/// The parts of a workbook but for its declared date.
fn sheets(xlsx: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(xlsx)).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let part = |name: String| {
        let mut bytes = Vec::new();
        std::io::copy(&mut archive.by_name(&name).unwrap(), &mut bytes).unwrap();
        (name, bytes)
    };
    names.into_iter().filter(|name| name != "docProps/core.xml").map(part).collect()
}

fn files_below(dir: &std::path::Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![dir.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                found.insert(path.strip_prefix(dir).unwrap().display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn last_months_tiers_are_known_and_build_on_each_other() {
    let world = World::with_demo_ledger();
    let without_history = preview(&world, "2026-10", "json", "en");
    for period in ["2026-08", "2026-09", "2026-10"] {
        world.fenji(&["job", "run", "monthly-tier-report", "--period", period]).succeeded();
    }
    let one = |sql: &str| -> i64 { world.store().query_row(sql, [], |row| row.get(0)).unwrap() };
    assert_eq!(one("SELECT max(revision) FROM grade_set WHERE scheme_id = 'member-tier'"), 1, "a month is kept once");
    assert_eq!(one("SELECT count(DISTINCT as_of) FROM grade_set WHERE as_of > '2026-06-30'"), 4);
    assert_eq!(
        without_history,
        preview(&world, "2026-10", "json", "en"),
        "kept or worked out anew, the tiers are the same"
    );

    // What was kept holds, whatever becomes of the ledger's own history of tiers.
    world.sql().execute_batch("UPDATE tier_history SET tier = '钻石卡会员'").unwrap();
    let platinum = |text: &str| table(&json(text), "tiers")[1]["cells"]["members"]["value"].as_i64().unwrap();
    assert_eq!(platinum(&preview(&world, "2026-10", "json", "en")), platinum(&without_history));
    for file in ["fenji.db", "fenji.db-wal", "fenji.db-shm"] {
        let _absent = fs::remove_file(world.home().join("data").join(file));
    }
    // Without it everybody began as diamond and lost one step at the assessment of December.
    assert!(platinum(&preview(&world, "2026-10", "json", "en")) > 10 * platinum(&without_history));
}

#[test]
fn a_late_posting_is_a_restatement_not_an_overwrite() {
    let world = World::with_demo_ledger();
    world.fenji(&["job", "run", "monthly-tier-report", "--period", "2026-10"]).succeeded();
    world
        .sql()
        .execute_batch(
            "INSERT INTO transactions(line_id, order_id, member_id, at, kind, amount, recorded_at)
             SELECT 'late', 'late', member_id, '2026-10-20 12:00:00', 'sale', 9000000, '2099-11-09 09:00:00'
             FROM members ORDER BY member_id LIMIT 1",
        )
        .unwrap();
    let out = world.home().join("again");
    let told = world
        .fenji(&[
            "job",
            "run",
            "monthly-tier-report",
            "--period",
            "2026-10",
            "--restate",
            "--out",
            out.to_str().unwrap(),
        ])
        .succeeded()
        .err;
    assert!(told.contains("recorded since 2026-"), "{told}");
    assert!(told.contains("transaction late M0000001 2026-10-20 12:00:00 sale 2099-11-09 09:00:00"), "{told}");
    assert_eq!(told.matches("transaction ").count(), 1, "rows that were there before are not named: {told}");
    let report = json(&fs::read_to_string(out.join("monthly-tier-report-2026-10.json")).unwrap());
    let history = note(&report, "等级沿革");
    assert!(history.contains("1 人"), "{history}");
    let revisions: i64 = world
        .store()
        .query_row("SELECT max(revision) FROM grade_set WHERE as_of = '2026-10-31'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(revisions, 2);
}

#[test]
fn an_edited_row_is_not_named_as_a_late_one() {
    let world = World::with_demo_ledger();
    world.fenji(&["job", "run", "monthly-tier-report", "--period", "2026-10"]).succeeded();
    world
        .sql()
        .execute_batch(
            "UPDATE transactions SET amount = amount + 9000000, recorded_at = NULL WHERE kind = 'sale' AND line_id =
             (SELECT min(line_id) FROM transactions WHERE kind = 'sale' AND at >= '2026-10-01' AND at < '2026-11-01' AND member_id IS NOT NULL)",
        )
        .unwrap();
    let out = world.home().join("again");
    let told = world
        .fenji(&[
            "job",
            "run",
            "monthly-tier-report",
            "--period",
            "2026-10",
            "--restate",
            "--out",
            out.to_str().unwrap(),
        ])
        .succeeded()
        .err;
    assert!(
        told.contains("recorded since 2026-") && told.contains(": none"),
        "an edited row is not a late one: {told}"
    );
}

#[test]
fn jobs_have_files_of_their_own_whatever_they_are_called() {
    let world = World::with_demo_ledger();
    let job = world.read("jobs/monthly-tier-report.toml");
    world.write("jobs/会员月报.toml", job.replace("# language = \"en\"", "language = \"en\""));
    let out = world.home().join("out");
    for id in ["monthly-tier-report", "会员月报"] {
        world
            .fenji(&["job", "run", id, "--period", "2026-10", "--restate", "--out", out.to_str().unwrap()])
            .succeeded();
    }
    let page = |id: &str| fs::read_to_string(out.join(format!("{id}-2026-10.html"))).unwrap();
    assert!(page("monthly-tier-report").contains("会员等级月报"));
    assert!(page("会员月报").contains("Monthly membership tier report"));
}

#[test]
fn tiers_are_taken_away_only_at_the_assessment() {
    let world = World::with_demo_ledger();
    let moves = |period: &str| {
        let report = json(&preview(&world, period, "json", "en"));
        table(&report, "moved_down").len()
    };
    assert_eq!(moves("2025-11"), 0);
    assert!(moves("2025-12") > 0);
    assert_eq!(moves("2026-01"), 0);
}

#[test]
fn a_version_once_in_force_is_never_edited() {
    let world = World::with_demo_ledger();
    world.fenji(&["job", "run", "monthly-tier-report", "--period", "2026-09"]).succeeded();
    world.edit("config/schemes/member-tier.toml", "diamond = \"80000.00\"", "diamond = \"70000.00\"");
    let said = world.fenji(&["job", "run", "monthly-tier-report", "--period", "2026-10"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("scheme::version_was_edited"), "{}", said.err);
}

#[test]
fn the_user_may_replace_a_template() {
    let world = World::with_demo_ledger();
    world.write(
        "templates/report/tier.html",
        "{% extends \"builtin/report/tier.html\" %}{% block footer %}<p>我们自己的页脚</p>{% endblock %}",
    );
    let page = preview(&world, "2026-10", "html", "zh");
    assert!(page.contains("我们自己的页脚"), "the user's own block is used");
    world.write("templates/report/tier.html", "<p>{{ no_such_field }}</p>");
    let said = world.fenji(&["report", "preview", "tier", "--period", "2026-10", "--format", "html"]);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.err.contains("tier.html") && said.err.contains("no_such_field"), "{}", said.err);
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn note(report: &Value, label: &str) -> String {
    let notes = report["notes"].as_array().unwrap();
    notes.iter().find(|note| note["label"] == label).unwrap()["text"].as_str().unwrap().to_owned()
}

/// The rows of a table of a report in JSON.
pub fn table<'r>(report: &'r Value, id: &str) -> &'r Vec<Value> {
    let sections = report["sections"].as_array().unwrap().iter();
    let mut tables =
        sections.flat_map(|section| section["blocks"].as_array().unwrap()).filter(|block| block["kind"] == "table");
    tables.find(|table| table["id"] == id).unwrap()["rows"].as_array().unwrap()
}
