//! The comment book of the service desk (S23): scores worked by hand, waves against SQL, hostile comments, what cannot be counted.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::{
    support::{World, golden},
    tier_report::table,
};

/// Points of 100, 80, 60, 40 and 20; an opinion or suggestion with 满意 or 一般 counts as 不满意.
const LEDGER: &str = "
    INSERT INTO customers(customer_id, name) VALUES ('C1', '一'), ('C2', '二');
    INSERT INTO responses(response_id, customer_id, answered_on, indicator, level, comment, comment_kind, staff) VALUES
      ('b00', 'C1', '2026-08-31', '安装调试服务态度', '很满意', NULL, NULL, '李敏'),
      ('b01', 'C1', '2026-09-01', '安装调试服务态度', '一般', NULL, NULL, '李敏'),
      ('b02', 'C1', '2026-09-30', '安装调试服务态度', '很满意', NULL, NULL, '李敏'),
      ('a01', 'C1', '2026-10-01', '安装调试服务态度', '很满意', NULL, NULL, '李敏'),
      ('a02', 'C1', '2026-10-31', '安装调试服务态度', '很不满意', '=1+1<script>', 'opinion', '李敏'),
      ('a03', 'C2', '2026-10-02', '安装调试服务态度', '满意', '多开一个窗口', 'suggestion', '李敏'),
      ('a04', 'C2', '2026-10-03', '安装调试服务态度', '满意', '很热情', 'praise', '王芳'),
      ('a05', 'C2', '2026-10-03', '安装调试服务态度', NULL, NULL, NULL, '王芳'),
      ('a06', 'C2', '2026-10-03', '安装调试服务态度', '不适用', NULL, NULL, '王芳'),
      ('a07', 'C2', '2026-10-04', '安装调试服务态度', '好极了', NULL, NULL, '王芳'),
      ('a08', 'C2', '2026-10-04', '发型', '满意', NULL, NULL, '赵丽'),
      ('a09', 'C2', '2026-10-04', '安装调试服务态度', '很不满意', NULL, NULL, NULL),
      ('a10', 'C2', '2026-11-01', '安装调试服务态度', '很不满意', NULL, NULL, '李敏');
";

fn world() -> World {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    world.sql().execute_batch(LEDGER).unwrap();
    world
}

fn json(world: &World, period: &str) -> Value {
    let arguments = ["report", "preview", "service-desk", "--period", period, "--format", "json", "--lang", "en"];
    world.fenji(&arguments).succeeded().json()
}

fn value(row: &Value, column: &str) -> String {
    match &row["cells"][column]["value"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn scores_are_those_worked_by_hand() {
    let report = json(&world(), "2026-10");
    let columns = ["staff", "answers", "customers", "score", "before", "change", "lowered", "praise", "remarks"];
    let found: Vec<[String; 9]> =
        table(&report, "staff").iter().map(|row| columns.map(|column| value(row, column))).collect();
    let expected = [
        ["王芳", "1", "1", "80.000000", "", "", "0", "1", "0"],
        // 100, 20, and 满意 with a suggestion, which counts as 40; in September 60 and 100.
        ["李敏", "3", "2", "53.333333", "80.000000", "-26.666667", "1", "0", "2"],
        ["赵丽", "0", "1", "", "", "", "0", "0", "0"],
        ["All", "4", "2", "60.000000", "80.000000", "-20.000000", "1", "1", "2"],
    ];
    assert_eq!(found, expected.map(|row| row.map(str::to_owned)));
    let comments: Vec<(String, String)> =
        table(&report, "comments").iter().map(|row| (value(row, "comment"), value(row, "counted"))).collect();
    let expected = [("多开一个窗口", "dissatisfied"), ("很热情", "satisfied"), ("=1+1<script>", "very dissatisfied")];
    assert_eq!(comments, expected.map(|(comment, counted)| (comment.to_owned(), counted.to_owned())));
    let told = report["findings"].to_string();
    assert!(told.contains("Staff judged: 3; evaluations: 4, 60.00 points"), "{told}");
    assert!(told.contains("not of the survey: 2."), "{told}");
    let none = json(&world(), "2026-01");
    assert!(none["findings"].to_string().contains("No evaluation of the period"), "{}", none["findings"]);
}

#[test]
fn a_wave_of_the_demo_equals_sql() {
    let world = World::with_business_ledger();
    let report = json(&world, "2026-06");
    let sql = world.sql();
    let mut rows = sql
        .prepare(
            "SELECT staff, count(*), sum(CASE WHEN level IN ('满意', '一般') AND comment IS NOT NULL AND comment_kind IS NOT 'praise' THEN 40
                 WHEN level = '很满意' THEN 100 WHEN level = '满意' THEN 80 WHEN level = '一般' THEN 60 WHEN level = '不满意' THEN 40 ELSE 20 END)
             FROM responses WHERE answered_on BETWEEN '2026-06-01' AND '2026-06-30' AND level <> '不适用' GROUP BY staff",
        )
        .unwrap();
    let six = |sum: i64, n: i64| {
        format!(
            "{}.{:06}",
            (2 * sum * 1_000_000 + n) / (2 * n) / 1_000_000,
            (2 * sum * 1_000_000 + n) / (2 * n) % 1_000_000
        )
    };
    let row = |row: &rusqlite::Row<'_>| {
        let (n, sum): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok((row.get(0)?, (n.to_string(), six(sum, n))))
    };
    let expected: BTreeMap<String, (String, String)> = rows.query_map([], row).unwrap().map(Result::unwrap).collect();
    let data = table(&report, "staff").iter().filter(|row| row["kind"] == "data");
    let found: BTreeMap<String, (String, String)> =
        data.map(|row| (value(row, "staff"), (value(row, "answers"), value(row, "score")))).collect();
    assert!(expected.len() > 3, "{expected:?}");
    assert_eq!(found, expected);
}

#[test]
fn it_looks_as_it_did_and_comments_are_data() {
    let world = world();
    let preview = |format: &str, lang: &str| {
        let arguments =
            ["report", "preview", "service-desk", "--period", "2026-10", "--format", format, "--lang", lang];
        world.fenji(&arguments).succeeded().out
    };
    for lang in ["zh", "en"] {
        golden(&format!("service_desk/report.{lang}.txt"), &preview("text", lang));
    }
    let page = preview("html", "zh");
    assert!(!page.contains("<script>") && page.contains("=1+1&lt;script&gt;"), "a comment is no markup");
    golden("service_desk/report.zh.html", &page);
    let out = world.home().join("out");
    let job = ["job", "run", "monthly-service-desk", "--period", "2026-10", "--out", out.to_str().unwrap()];
    world.fenji(&job).succeeded();
    let csv = fs::read_to_string(out.join("monthly-service-desk-2026-10/comments.csv")).unwrap();
    assert!(csv.contains("'=1+1<script>"), "a comment is no formula: {csv}");
}

#[test]
fn the_survey_must_be_one_of_the_home() {
    let world = world();
    let said = world.fenji(&["report", "preview", "service-desk", "--survey", "customers", "--period", "2026-10"]);
    assert!(said.code == 2 && said.err.contains("customer-satisfaction"), "{}", said.err);
    world.edit("jobs/monthly-service-desk.toml", "survey = \"customer-satisfaction\"", "scheme = \"abc\"");
    let said = world.fenji(&["job", "run", "monthly-service-desk", "--period", "2026-10"]);
    assert!(said.code == 3 && said.err.contains("job::list_or_scheme"), "{}", said.err);
}
