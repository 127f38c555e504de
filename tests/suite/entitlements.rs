//! Services of membership cards (S09): every verdict worked by hand, the demo against SQL that shares nothing with the program, kept grades, faults.

use std::fs;

use serde_json::Value;

use crate::{
    support::{World, golden},
    tier_report::table,
};

/// A ledger in which every kind of use stands once.
const LEDGER: &str = "
    INSERT INTO departments(department_id, name) VALUES ('D1', '泉州客户服务部');
    INSERT INTO customers(customer_id, name, salesperson) VALUES ('C1', '晋江鞋业', '王经理');
    INSERT INTO members(member_id, customer_id, name, registered_on, department_id) VALUES
      ('M1', 'C1', '陈一', '2020-01-01', 'D1'), ('M2', NULL, '<script>alert(2)</script>', '2020-01-01', 'D1'),
      ('M3', NULL, '张三', '2020-01-01', NULL), ('M4', NULL, '李四', '2020-01-01', 'D1'),
      ('M5', NULL, '王五', '2020-01-01', 'D9'), ('M6', NULL, '赵六', '2020-01-01', 'D1'),
      ('M7', NULL, '孙七', '2026-11-01', 'D1');
    INSERT INTO cards(card_id, member_id, tier, issued_on, valid_from, valid_to, status) VALUES
      ('K1', 'M1', '钻石卡', '2025-01-01', NULL, NULL, 'active'),
      ('K2', 'M2', '钻石卡会员', '2024-07-01', '2024-07-01', '2026-06-30', 'expired'),
      ('K3', 'M3', '金卡', '2025-01-01', NULL, NULL, NULL),
      ('K4', 'M4', '钻石卡', '2025-01-01', NULL, NULL, 'cancelled'),
      ('K5', 'M5', '至尊卡', '2025-01-01', NULL, NULL, 'active'),
      ('K6', 'M6', '银卡', '2025-01-01', NULL, NULL, 'active'),
      ('K7', 'M6', '钻石卡', '2026-06-01', '2026-07-01', NULL, 'active'),
      ('K8', 'M7', '钻石卡', '2026-11-01', NULL, NULL, 'active');
    INSERT INTO entitlement_uses(use_id, member_id, service, used_on) VALUES
      ('U00', 'M1', '免费体检', '2025-12-31'),
      ('U01', 'M1', '免费体检', '2026-03-01'),
      ('U02', 'M1', ' medical-check', '2026-09-01'),
      ('U03', 'M2', '机场贵宾厅', '2026-06-30'),
      ('U04', 'M2', '机场贵宾厅', '2026-07-01'),
      ('U05', 'M3', '免费体检', '2026-05-01'),
      ('U06', 'M4', '健康咨询', '2026-05-02'),
      ('U07', 'M5', '免费体检', '2026-05-03'),
      ('U08', 'M6', '免费体检', '2026-06-30'),
      ('U09', 'M1', '=代客泊车()', '2026-05-04'),
      ('U10', 'M1', '机场贵宾厅', '2026-10-31'),
      ('U11', 'M1', '机场贵宾厅', '2026-11-01');
";

fn world() -> World {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    world.sql().execute_batch(LEDGER).unwrap();
    world
}

fn json(world: &World, period: &str) -> Value {
    let arguments = ["report", "preview", "entitlements", "--period", period, "--format", "json", "--lang", "en"];
    world.fenji(&arguments).succeeded().json()
}

fn value(row: &Value, column: &str) -> String {
    match &row["cells"][column]["value"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn values<const N: usize>(rows: &[Value], columns: [&str; N]) -> Vec<[String; N]> {
    rows.iter().map(|row| columns.map(|column| value(row, column))).collect()
}

fn expected<const N: usize>(rows: &[[&str; N]]) -> Vec<[String; N]> {
    rows.iter().map(|row| row.map(str::to_owned)).collect()
}

#[test]
fn every_use_is_judged_by_the_card_of_its_day() {
    let world = world();
    let report = json(&world, "2026-10");
    let found = values(table(&report, "uses"), ["use_id", "used_on", "member_id", "tier", "verdict"]);
    let uses = [
        ["U01", "2026-03-01", "M1", "Diamond card", "yes"],
        ["U05", "2026-05-01", "M3", "Gold card", "no: not of the tier"],
        ["U06", "2026-05-02", "M4", "", "no: card cancelled or lost"],
        ["U07", "2026-05-03", "M5", "", "no: no valid card or grade"],
        ["U09", "2026-05-04", "M1", "Diamond card", "no: service not defined"],
        ["U03", "2026-06-30", "M2", "Diamond card", "yes"],
        ["U08", "2026-06-30", "M6", "Silver card", "no: not of the tier"],
        ["U04", "2026-07-01", "M2", "", "no: no valid card or grade"],
        ["U02", "2026-09-01", "M1", "Diamond card", "no: used as often as allowed"],
        ["U10", "2026-10-31", "M1", "Diamond card", "yes"],
    ];
    assert_eq!(found, expected(&uses));
    let wrong = values(table(&report, "without_right"), ["use_id"]);
    assert_eq!(wrong, expected(&[["U05"], ["U06"], ["U07"], ["U09"], ["U08"], ["U04"], ["U02"]]));
    let services = values(table(&report, "services"), ["service", "entitled", "used", "unused", "uses", "wrong"]);
    for row in [
        ["Free medical check", "2", "1", "1", "5", "4"],
        ["Airport VIP lounge", "2", "1", "1", "3", "1"],
        ["Health advice", "2", "0", "2", "1", "1"],
        ["(not defined)", "", "", "", "1", "1"],
        ["Sum", "18", "2", "16", "10", "7"],
    ] {
        assert!(services.contains(&row.map(str::to_owned)), "{row:?}: {services:?}");
    }
    // A use without a right is no use: who took the check before the card was valid still has it.
    assert_eq!(values(table(&report, "unused"), ["member_id", "service"]), expected(&[["M6", "Free medical check"]]));
    let groups = values(table(&report, "groups"), ["department", "manager", "entitled", "uses", "wrong", "reminders"]);
    let by = [
        ["D9", "", "0", "1", "1", "0"],
        ["泉州客户服务部", "王经理", "1", "4", "2", "0"],
        ["泉州客户服务部", "", "1", "4", "3", "1"],
        ["", "", "0", "1", "1", "0"],
        ["Sum", "", "2", "10", "7", "1"],
    ];
    assert_eq!(groups, expected(&by));
    let tiers = values(table(&report, "tiers"), ["tier", "members", "gives", "uses", "wrong"]);
    let by = [
        ["Diamond card", "2", "9", "5", "2"],
        ["Gold card", "1", "0", "1", "1"],
        ["Silver card", "0", "0", "1", "1"],
        ["Member card", "0", "0", "0", "0"],
        ["(none)", "3", "0", "3", "3"],
        ["Sum", "6", "", "10", "7"],
    ];
    assert_eq!(tiers, expected(&by));
    let told = report["findings"].to_string();
    for words in ["Uses without a right: 7", "were not used: 1", "does not define: 1", "“至尊卡”"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn it_looks_as_it_did() {
    let world = world();
    let preview = |format: &str, lang: &str| {
        let arguments =
            ["report", "preview", "entitlements", "--period", "2026-10", "--format", format, "--lang", lang];
        world.fenji(&arguments).succeeded().out
    };
    for lang in ["zh", "en"] {
        golden(&format!("entitlements/report.{lang}.txt"), &preview("text", lang));
    }
    golden("entitlements/report.zh.html", &preview("html", "zh"));
}

#[test]
fn unused_services_are_listed_near_the_end_of_the_year_only() {
    let world = world();
    let section = |period: &str| {
        let report = json(&world, period);
        let sections = report["sections"].as_array().unwrap();
        sections.iter().find(|section| section["id"] == "unused").unwrap()["blocks"][0].clone()
    };
    assert_eq!(section("2026-09")["text"], "Listed from 10-01 on.");
    assert_eq!(section("2026-10")["rows"].as_array().unwrap().len(), 1);
    // The limit is that of the calendar year: what was used in December does not count in January.
    let found = values(table(&json(&world, "2025"), "uses"), ["use_id", "verdict"]);
    assert_eq!(found, expected(&[["U00", "yes"]]));
    world.edit("config/entitlements.toml", "uses-a-year = 1 ", "uses-a-year = 2 ");
    let found = values(table(&json(&world, "2026-10"), "uses"), ["use_id", "verdict"]);
    assert!(found.contains(&["U02".to_owned(), "yes".to_owned()]), "{found:?}");
}

#[test]
fn the_demo_equals_sql() {
    let world = World::with_demo_ledger();
    world.sql().execute("UPDATE cards SET tier = '钻石卡会员' WHERE member_id < 'M0000100'", ()).unwrap();
    let insert = "INSERT INTO entitlement_uses SELECT 'X' || member_id || n, member_id, '免费体检', date('2026-01-01', ((members.rowid * 37 + n * 101) % 300) || ' days')
                  FROM members, (SELECT 1 AS n UNION SELECT 2) WHERE member_id < 'M0000200'";
    world.sql().execute(insert, ()).unwrap();
    let report = json(&world, "2026-10");
    let one = |sql: &str| -> i64 { world.sql().query_row(sql, [], |row| row.get(0)).unwrap() };
    let on = |day: &str| {
        format!(
            "c.tier = '钻石卡会员' AND c.status NOT IN ('cancelled', 'lost') AND c.valid_from <= {day} AND c.valid_to >= {day}"
        )
    };
    let year = "u.used_on BETWEEN '2026-01-01' AND '2026-10-31'";
    let rightful = format!(
        "SELECT u.member_id, u.service, u.used_on FROM entitlement_uses u JOIN cards c USING (member_id) WHERE {year} AND {}",
        on("u.used_on")
    );
    let checks = one(&format!("SELECT count(DISTINCT member_id) FROM ({rightful}) WHERE service = '免费体检'"));
    let others = one(&format!("SELECT count(*) FROM ({rightful}) WHERE service <> '免费体检'"));
    let uses = one(&format!("SELECT count(*) FROM entitlement_uses u WHERE {year}"));
    let sum = table(&report, "services").last().unwrap();
    assert!(checks > 10 && others > 0 && uses - checks - others > 10, "{checks} {others} {uses}");
    assert_eq!((value(sum, "uses"), value(sum, "wrong")), (uses.to_string(), (uses - checks - others).to_string()));
    let today = format!("SELECT member_id FROM cards c WHERE {}", on("'2026-10-31'"));
    let unused = one(&format!(
        "SELECT count(*) FROM ({today}) WHERE member_id NOT IN (SELECT member_id FROM ({rightful}) WHERE service = '免费体检')"
    ));
    assert!(unused > 0);
    assert_eq!(table(&report, "unused").len().to_string(), unused.to_string());
}

#[test]
fn tiers_may_be_kept_grades_of_a_scheme() {
    let world = world();
    world.write("config/schemes/insurance-club.toml", world.read("config/schemes/examples/insurance-club.toml"));
    world.edit("config/entitlements.toml", "remind-from", "scheme = \"insurance-club\"\nremind-from");
    let said = world.fenji(&["report", "preview", "entitlements", "--period", "2026-10"]);
    assert!(said.code == 2 && said.err.contains("run::nothing_kept"), "{}", said.err);
    let sale = |line: &str, member: &str, at: &str| {
        let sql =
            "INSERT INTO transactions(line_id, member_id, at, kind, amount) VALUES (?1, ?2, ?3, 'sale', 90000000000)";
        world.sql().execute(sql, (line, member, at)).unwrap();
    };
    sale("L1", "M1", "2025-01-01 10:00:00");
    sale("L2", "M5", "2026-05-01 10:00:00");
    for day in ["2025-12-31", "2026-04-30", "2026-05-31"] {
        world.fenji(&["grade", "insurance-club", "--as-of", day, "--keep"]).succeeded();
    }
    let report = json(&world, "2026-10");
    let found = values(table(&report, "uses"), ["use_id", "tier", "verdict"]);
    // M5 bought in May, and was graded at its end: the check of 3 May was without a right.
    for row in [
        ["U01", "Diamond card", "yes"],
        ["U07", "Member card", "no: not of the tier"],
        ["U10", "Diamond card", "yes"],
        ["U03", "Member card", "no: not of the tier"],
    ] {
        assert!(found.contains(&row.map(str::to_owned)), "{row:?}: {found:?}");
    }
    assert_eq!(values(table(&report, "unused"), ["member_id"]), expected(&[["M5"]]));
    assert!(report["notes"].to_string().contains("kept of scheme insurance-club"), "{}", report["notes"]);
}

#[test]
fn names_are_data_and_faults_are_told() {
    let world = world();
    let out = world.home().join("out");
    let job = ["job", "run", "monthly-entitlements", "--period", "2026-10", "--out", out.to_str().unwrap()];
    world.fenji(&job).succeeded();
    let page = fs::read_to_string(out.join("monthly-entitlements-2026-10.html")).unwrap();
    assert!(!page.contains("<script>") && page.contains("&lt;script&gt;alert(2)"), "a name is no markup");
    let csv = fs::read_to_string(out.join("monthly-entitlements-2026-10/without_right.csv")).unwrap();
    assert!(csv.contains("'=代客泊车()"), "a service is no formula: {csv}");
    world.edit("config/entitlements.toml", "\"10-01\"", "\"10-32\"");
    for arguments in [&["check"][..], &["report", "preview", "entitlements", "--period", "2026-10"]] {
        let said = world.fenji(arguments);
        let told = format!("{}{}", said.out, said.err);
        assert!(
            said.code == 3 && told.contains("entitlements::bad_day") && told.contains("entitlements.toml:4"),
            "{told}"
        );
    }
}

#[test]
fn a_ledger_without_uses_says_what_is_missing() {
    let world = world();
    world.edit("config/ledger.toml", "layout = \"fenji\"", "layout = \"mapped\"");
    let ledger = world.read("config/ledger.toml");
    let member = "\n[entity.member]\ntable = \"members\"\n[entity.member.columns]\nmember_id = \"member_id\"\nregistered_on = \"registered_on\"\n";
    world.write("config/ledger.toml", format!("{ledger}{member}"));
    let said = world.fenji(&["report", "preview", "entitlements", "--period", "2026-10"]);
    assert!(said.code != 0 && said.err.contains("entitlement_use"), "{}", said.err);
}
