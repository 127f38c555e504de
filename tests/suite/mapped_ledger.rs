//! A ledger in somebody else's tables gives the same report, to the byte, as the same rows in ours.

use crate::support::World;

const FOREIGN: &str = "
CREATE TABLE \"会员档案\"(vip_no TEXT PRIMARY KEY, \"姓名\" TEXT, joined TEXT);
INSERT INTO \"会员档案\" SELECT member_id, name, registered_on || 'T00:00:00' FROM old.members;
CREATE TABLE t_order_line(id TEXT, order_no TEXT, vip_no TEXT, created_at TEXT, type TEXT, amt TEXT);
INSERT INTO t_order_line SELECT line_id, order_id, member_id, replace(at, ' ', 'T') || '+08:00',
  CASE kind WHEN 'sale' THEN '销售' WHEN 'return' THEN '退货' WHEN 'cancelled' THEN '作废' ELSE '调整' END,
  printf('%s%d.%02d', CASE WHEN amount < 0 THEN '-' ELSE '' END, abs(amount) / 100, abs(amount) % 100) FROM old.transactions ORDER BY random();
CREATE TABLE points(id TEXT PRIMARY KEY, vip_no TEXT, at TEXT, kind TEXT, points INTEGER);
INSERT INTO points SELECT entry_id, member_id, at, kind, points FROM old.points_entries;
CREATE TABLE levels(vip_no TEXT, level TEXT, since TEXT);
INSERT INTO levels SELECT member_id, tier, effective_on FROM old.tier_history;
";

const MAPPING: &str = r#"
database = "sqlite:data/erp.db"
currency = "CNY"
scale = 2
zone = "Asia/Shanghai"
layout = "mapped"

[entity.member]
table = "会员档案"
columns = { member_id = "vip_no", name = "姓名", registered_on = "joined" }

[entity.transaction]
table = "t_order_line"
[entity.transaction.columns]
line_id = "id"
order_id = "order_no"
member_id = "vip_no"
at = "created_at"
kind = { column = "type", words = { "销售" = "sale", "退货" = "return", "作废" = "cancelled", "调整" = "adjustment" } }
amount = { column = "amt", unit = "major" }

[entity.points_entry]
table = "points"
columns = { entry_id = "id", member_id = "vip_no", at = "at", kind = "kind", points = "points" }

[entity.tier_history]
sql = "queries/levels.sql"
columns = { member_id = "vip_no", scheme_id = "scheme", tier = "level", effective_on = "since" }
"#;

#[test]
fn foreign_tables_give_the_same_report() {
    let ours = World::with_demo_ledger();
    let theirs = World::new();
    std::fs::create_dir_all(theirs.home().join("data")).unwrap();
    let foreign = rusqlite::Connection::open(theirs.home().join("data/erp.db")).unwrap();
    foreign.execute("ATTACH ?1 AS old", [ours.ledger().to_str().unwrap()]).unwrap();
    foreign.execute_batch(FOREIGN).unwrap();
    theirs.write("config/ledger.toml", MAPPING);
    theirs.write("config/queries/levels.sql", "SELECT vip_no, level, since, 'member-tier' AS scheme FROM levels;\n");
    let refused = theirs.fenji(&["check"]);
    assert!(refused.err.contains("for scheme abc, which job annual-abc needs"), "{}", refused.err);
    theirs.keep_job("monthly-tier-report").fenji(&["check"]).succeeded();
    let report = |world: &World| {
        world.fenji(&["report", "preview", "tier", "--period", "2026-09", "--format", "json"]).succeeded().out
    };
    // The fingerprint of the snapshot is part of the report: it does not depend on tables, types or the order of rows.
    assert_eq!(report(&ours), report(&theirs));
}

#[test]
fn check_tells_what_grading_would_miss() {
    let world = World::with_demo_ledger();
    let (head, _) = MAPPING.split_once("[entity.points_entry]").unwrap();
    let ours = head
        .replace("data/erp.db", "data/ledger.db")
        .replace("会员档案", "members")
        .replace("\"vip_no\"", "\"member_id\"");
    let ours = ours
        .replace("\"姓名\"", "\"name\"")
        .replace("\"joined\"", "\"registered_on\"")
        .replace("t_order_line", "transactions");
    let ours = ours
        .replace("\"id\"", "\"line_id\"")
        .replace("\"order_no\"", "\"order_id\"")
        .replace("\"created_at\"", "\"at\"");
    let ours = ours
        .replace("column = \"type\"", "column = \"kind\"")
        .replace("column = \"amt\", unit = \"major\"", "column = \"amount\", unit = \"minor\"");
    world.write("config/ledger.toml", ours);
    let said = world.fenji(&["check"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("no entity `points_entry`") && said.err.contains("points_earned_12m"), "{}", said.err);
    // What needs no points is graded all the same.
    world.fenji(&["grade", "two-class", "--as-of", "2026-10-31"]).succeeded();
}

#[test]
fn a_query_that_writes_is_refused() {
    let world = World::with_demo_ledger();
    world.edit(
        "config/ledger.toml",
        "# [entity.transaction]",
        "[entity.region]\nsql = \"bad.sql\"\ncolumns = { region_id = \"region_id\", name = \"name\" }\n#",
    );
    world.write("config/bad.sql", "DELETE FROM regions RETURNING region_id, name");
    let said = world.fenji(&["ledger", "show"]);
    assert_ne!(said.code, 0);
    let left: i64 = world.sql().query_row("SELECT count(*) FROM regions", [], |row| row.get(0)).unwrap();
    assert!(left > 0);
}
