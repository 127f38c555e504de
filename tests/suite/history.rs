//! Grades over time: what was kept, what was given outside, what may be kept, and who counts.

use serde_json::Value;

use crate::{support::World, tier_report::table};

const LADDER: &str = r#"
title = { zh = "单笔等级", en = "By largest sale" }
requirements = []
subject = "member"
[[grade]]
id = "low"
title = { zh = "低", en = "Low" }
[[grade]]
id = "gold"
title = { zh = "金", en = "Gold" }
[[version]]
id = "1"
in-force = "2026-01-01"
decided-by = "test"
reason = "test"
cadence = "month"
boundary = "better"
without-figure = "exclude"
result = "largest"
movement = { kind = "ladder", assessment-months = [12], demotion = "one-step" }
[[version.dimension]]
id = "largest"
kind = "bands"
metric = "largest_sale"
limits = { gold = "100.00" }
[[version.example]]
metrics = { largest_sale = "100" }
grade = "gold"
"#;

const LARGEST: &str = r#"
[metric.largest_sale]
title = { zh = "最大一笔", en = "largest sale" }
entity = "transaction"
subject = "member_id"
aggregate = "max"
column = "amount"
window = "month"
"#;

fn world(sql: &str) -> World {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    world.sql().execute_batch(sql).unwrap();
    world
}

fn sale(line: &str, member: &str, day: &str, fen: i64) -> String {
    format!(
        "INSERT INTO transactions(line_id, order_id, member_id, at, kind, amount) VALUES ('{line}', '{line}', {member}, '{day} 12:00:00', 'sale', {fen});"
    )
}

fn grades(world: &World, scheme: &str, day: &str) -> Value {
    world.fenji(&["grade", scheme, "--as-of", day, "--format", "json"]).succeeded().json()
}

fn report(world: &World, period: &str) -> Value {
    world
        .fenji(&["report", "preview", "tier", "--period", period, "--format", "json", "--lang", "en"])
        .succeeded()
        .json()
}

#[test]
fn what_was_held_stays_held_through_a_review_without_a_figure() {
    let make = || {
        let members =
            "INSERT INTO members(member_id, registered_on) VALUES ('M1', '2026-01-05'), ('M2', '2026-01-05');";
        let world = world(&format!(
            "{members}{}{}{}",
            sale("1", "'M1'", "2026-08-10", 50_000),
            sale("2", "'M1'", "2026-10-10", 100),
            sale("3", "'M2'", "2026-09-10", 100)
        ));
        let metrics = world.read("config/metrics.toml");
        world.write("config/metrics.toml", format!("{metrics}{LARGEST}"));
        world.write("config/schemes/largest.toml", LADDER);
        world
    };
    let replayed = make();
    let kept = make();
    kept.fenji(&["grade", "largest", "--as-of", "2026-09-30", "--keep"]).succeeded();
    let october = grades(&replayed, "largest", "2026-10-31");
    assert_eq!(october, grades(&kept, "largest", "2026-10-31"));
    assert_eq!(
        (&october[0]["member_id"], &october[0]["grade"], &october[0]["reason"]),
        (&"M1".into(), &"gold".into(), &"held".into())
    );
    assert_eq!(
        grades(&replayed, "largest", "2026-09-30").as_array().unwrap().len(),
        1,
        "M1 has no figure in September"
    );
    let apart = replayed.fenji(&["grade", "largest", "--as-of", "2026-09-30", "--excluded", "--format", "csv"]);
    assert_eq!(apart.succeeded().out, "member_id,held\nM1,gold\n");
}

#[test]
fn a_tier_that_was_given_is_a_move_in_the_report() {
    let members = "INSERT INTO members(member_id, registered_on) VALUES ('M1', '2026-01-05'), ('M2', '2026-01-05'), ('M3', '2026-10-20');";
    let history = "INSERT INTO tier_history(member_id, scheme_id, tier, effective_on) VALUES \
                   ('M1', 'member-tier', '金卡会员', '2026-10-15'), ('M3', 'member-tier', 'diamond', '2026-10-01'), ('M2', 'member-tier', 'gold', '2099-01-01');";
    let world = world(&format!("{members}{history}{}", sale("1", "'M1'", "2026-03-10", 100)));
    let report = report(&world, "2026-10");
    let matrix = table(&report, "migration");
    let cell = |row: usize, column: &str| matrix[row]["cells"][column]["value"].as_i64().unwrap();
    assert_eq!((cell(0, "to_gold"), cell(0, "to_regular")), (1, 1), "a month ago nobody was gold");
    assert_eq!(cell(5, "to_diamond"), 1, "M3 was no member a month ago");
    let moved = table(&report, "moved_up");
    assert_eq!(moved.len(), 1);
    assert_eq!(moved[0]["cells"]["member_id"]["value"], "M1");
    let october = grades(&world, "member-tier", "2026-10-31");
    assert_eq!((&october[0]["grade"], &october[0]["reason"]), (&"gold".into(), &"given".into()));
    world.sql().execute_batch("UPDATE tier_history SET scheme_id = 'member_tier'").unwrap();
    let said = world.fenji(&["grade", "member-tier", "--as-of", "2026-10-31"]).succeeded();
    assert!(said.err.contains("warning: rows of `tier_history` name the scheme `member_tier`"), "{}", said.err);
}

#[test]
fn grades_of_a_day_that_is_not_over_are_not_kept() {
    let world = world("INSERT INTO members(member_id, registered_on) VALUES ('M1', '2026-01-05');");
    let said = world.fenji(&["grade", "two-class", "--as-of", "2099-12-31", "--keep"]);
    assert_eq!(said.code, 2, "{}", said.err);
    let said = world.fenji(&["grade", "two-class", "--as-of", "2026-10-15", "--keep"]);
    assert_eq!(said.code, 2, "{}", said.err);
    let kept: i64 = world.store().query_row("SELECT count(*) FROM grade_set", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 0);
}

#[test]
fn only_members_are_active_and_all_sales_are_counted() {
    let members = "INSERT INTO members(member_id, registered_on) VALUES ('M1', '2026-01-05'), ('M2', '2026-11-02');";
    let world = world(&format!(
        "{members}{}{}{}{}",
        sale("1", "'M1'", "2026-10-10", 1000),
        sale("2", "'M2'", "2026-10-11", 200),
        sale("3", "'nobody'", "2026-10-12", 30),
        sale("4", "NULL", "2026-10-13", 4)
    ));
    let report = report(&world, "2026-10");
    let row = |name: &str| {
        let found = table(&report, "tiers").iter().find(|row| row["cells"]["tier"]["value"] == name).unwrap();
        found["cells"]["net"]["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (row("All tiers"), row("Unregistered member ids"), row("Sales without a card"), row("Total")),
        ("10.00".into(), "2.30".into(), "0.04".into(), "12.34".into())
    );
    let october = table(&report, "trend").last().unwrap();
    assert_eq!((&october["cells"]["active"]["value"], &october["cells"]["members"]["value"]), (&1.into(), &1.into()));
}

#[test]
fn a_row_without_a_day_is_in_no_window() {
    let world = world("INSERT INTO customers(customer_id, name) VALUES ('C1', '甲公司');");
    let metrics = world.read("config/metrics.toml");
    let age = LARGEST
        .replace("largest_sale", "age")
        .replace("entity = \"transaction\"", "entity = \"customer\"")
        .replace("member_id", "customer_id")
        .replace(
            "aggregate = \"max\"\ncolumn = \"amount\"\nwindow = \"month\"",
            "aggregate = \"days-since\"\nwindow = \"all\"",
        );
    world.write("config/metrics.toml", format!("{metrics}{age}"));
    let scheme = LADDER.replace("largest_sale", "age").replace("subject = \"member\"", "subject = \"customer\"");
    world.write(
        "config/schemes/age.toml",
        scheme.replace("\"100.00\"", "\"730\"").replace("age = \"100\"", "age = \"730\""),
    );
    assert_eq!(grades(&world, "age", "2026-10-31").as_array().unwrap().len(), 0, "no figure, so not graded");
}

#[test]
fn one_id_as_a_number_and_as_a_text_is_refused_not_counted_twice() {
    let world =
        world("CREATE TABLE people(id, since TEXT); INSERT INTO people VALUES (1, '2026-01-05'), ('1', '2026-01-05');");
    let mapping = "[entity.member]\ntable = \"people\"\ncolumns = { member_id = \"id\", registered_on = \"since\" }\n#";
    world.edit("config/ledger.toml", "# [entity.transaction]", mapping);
    let said = world.fenji(&["grade", "two-class", "--as-of", "2026-10-31"]);
    assert_eq!(said.code, 4);
    assert!(said.err.contains("ledger::duplicate_key") && said.err.contains("`1`"), "{}", said.err);
}
