//! Real data with published figures: UCI Online Retail, 541,909 lines.

use std::fs;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::{World, shared};

const MAPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/maps");

pub fn loaded() -> Option<World> {
    let file = shared("online_retail/online_retail.csv.zst")?;
    let file = file.to_str().unwrap();
    let world = World::new();
    world
        .edit("config/ledger.toml", "currency = \"CNY\"", "currency = \"GBP\"")
        .edit("config/ledger.toml", "scale = 2 ", "scale = 3 ")
        .edit("config/ledger.toml", "Asia/Shanghai", "Europe/London");
    world.fenji(&["ledger", "init"]).succeeded();
    for (entity, map) in [("member", "online_retail_members.toml"), ("transaction", "online_retail_transactions.toml")]
    {
        world.fenji(&["ledger", "load", entity, file, "--map", &format!("{MAPS}/{map}")]).succeeded();
    }
    Some(world)
}

fn one<T: rusqlite::types::FromSql>(sql: &Connection, query: &str) -> T {
    sql.query_row(query, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{query}: {error}"))
}

#[test]
fn the_ledger_and_the_report_give_the_published_figures() {
    let Some(world) = loaded() else { return };
    let shown = world.fenji(&["ledger", "show", "--format", "json"]).succeeded().json();
    let trade = |kind: &str, with_member: bool| {
        let found = shown["transactions"].as_array().unwrap().iter();
        found.clone().find(|t| t["kind"] == kind && t["with_member"] == with_member).unwrap().clone()
    };
    let clean = trade("sale", true);
    assert_eq!(clean["lines"], 397_884);
    assert_eq!(clean["orders"], 18_532);
    assert_eq!(clean["members"], 4_338);
    assert_eq!(clean["amount"], "8911407.904");
    let minor = |value: &Value| value.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let net: i64 = ["sale", "return", "adjustment"].iter().map(|kind| minor(&trade(kind, true)["amount"])).sum();
    assert_eq!(net, 8_300_065_814);

    // The same file again adds nothing.
    let again = world.fenji(&[
        "ledger",
        "load",
        "transaction",
        shared("online_retail/online_retail.csv.zst").unwrap().to_str().unwrap(),
        "--map",
        &format!("{MAPS}/online_retail_transactions.toml"),
    ]);
    assert!(again.succeeded().err.contains("nothing added"));
    assert_eq!(one::<i64>(&world.sql(), "SELECT count(*) FROM transactions"), 541_909);

    the_report_equals_independent_sql(&world);
}

/// Every total of the report on November 2011 against SQL that shares nothing with the program.
fn the_report_equals_independent_sql(world: &World) {
    let report = world
        .fenji(&["report", "preview", "tier", "--period", "2011-11", "--format", "json", "--lang", "en"])
        .succeeded()
        .json();
    let sql = world.sql();
    let in_month = "at >= '2011-11-01' AND at < '2011-12-01'";
    let figure = |id: &str| figure(&report, id);
    assert_eq!(
        figure("net_sales"),
        money(one(&sql, &format!("SELECT sum(amount) FROM transactions WHERE {in_month}")))
    );
    let orders = format!("SELECT count(DISTINCT order_id) FROM transactions WHERE kind = 'sale' AND {in_month}");
    assert_eq!(figure("orders"), one::<i64>(&sql, &orders).to_string());
    let active = format!("SELECT count(DISTINCT member_id) FROM transactions WHERE kind = 'sale' AND {in_month}");
    assert_eq!(figure("active_members"), one::<i64>(&sql, &active).to_string());
    let members = "SELECT count(*) FROM members WHERE registered_on < '2011-12-01'";
    assert_eq!(figure("members"), one::<i64>(&sql, members).to_string());
    let new = "SELECT count(*) FROM members WHERE registered_on >= '2011-11-01' AND registered_on < '2011-12-01'";
    assert_eq!(figure("new_members"), one::<i64>(&sql, new).to_string());
    let gross: i64 = one(&sql, &format!("SELECT sum(amount) FROM transactions WHERE kind = 'sale' AND {in_month}"));
    let average = (2 * gross + one::<i64>(&sql, &orders)) / (2 * one::<i64>(&sql, &orders));
    assert_eq!(figure("average_order"), money(average));

    // Thirteen months of the trend.
    for row in table(&report, "trend") {
        let month = text(&row["month"]);
        let of = |select: &str, more: &str| -> i64 {
            one(
                &sql,
                &format!("SELECT coalesce({select}, 0) FROM transactions WHERE substr(at, 1, 7) = '{month}' {more}"),
            )
        };
        assert_eq!(text(&row["net"]), money(of("sum(amount)", "")), "{month}");
        assert_eq!(text(&row["card_net"]), money(of("sum(amount)", "AND member_id IS NOT NULL")), "{month}");
        assert_eq!(text(&row["orders"]), of("count(DISTINCT order_id)", "AND kind = 'sale'").to_string(), "{month}");
        assert_eq!(text(&row["active"]), of("count(DISTINCT member_id)", "AND kind = 'sale'").to_string(), "{month}");
        let (from, to) = twelve_months(&month);
        let (from_before, to_before) = twelve_months(&previous(&month));
        let lapsed = format!(
            "SELECT count(*) FROM (SELECT DISTINCT member_id FROM transactions WHERE kind = 'sale' AND member_id IS NOT NULL \
             AND substr(at, 1, 7) BETWEEN '{from_before}' AND '{to_before}' \
             EXCEPT SELECT member_id FROM transactions WHERE kind = 'sale' AND substr(at, 1, 7) BETWEEN '{from}' AND '{to}')"
        );
        assert_eq!(text(&row["lapsed"]), one::<i64>(&sql, &lapsed).to_string(), "{month}");
    }

    // The best customers of twelve months.
    let mut spent: Vec<i64> = sql
        .prepare(
            "SELECT sum(amount) FROM transactions JOIN members USING (member_id) WHERE at >= '2010-12-01' AND at < '2011-12-01' \
             AND registered_on < '2011-12-01' GROUP BY member_id HAVING sum(amount) > 0",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    spent.sort_unstable_by(|a, b| b.cmp(a));
    for (row, percent) in table(&report, "concentration").iter().zip([1, 5, 10, 20, 50, 100]) {
        let take = (spent.len() * percent).div_ceil(100);
        assert_eq!(text(&row["customers"]), take.to_string());
        assert_eq!(text(&row["net_12m"]), money(spent.iter().take(take).sum()));
    }
    tiers_equal_sql(&report, &sql);
}

/// Members, sales and orders by tier, with the tiers worked out by SQL from the limits in force: the first month of the chain is December 2010,
/// members only rise within the year, and the assessment of 31 December 2010 finds nobody to take a tier from.
fn tiers_equal_sql(report: &Value, sql: &Connection) {
    sql.execute_batch(
        "CREATE TEMP TABLE spent AS SELECT member_id, at, amount FROM transactions WHERE member_id IS NOT NULL;
         CREATE INDEX temp.spent_by ON spent(member_id, at);
         CREATE TEMP TABLE month_end(day TEXT, since TEXT);
         INSERT INTO month_end VALUES ('2011-01-01', '2010-01-01'), ('2011-02-01', '2010-02-01'), ('2011-03-01', '2010-03-01'), ('2011-04-01', '2010-04-01'),
           ('2011-05-01', '2010-05-01'), ('2011-06-01', '2010-06-01'), ('2011-07-01', '2010-07-01'), ('2011-08-01', '2010-08-01'), ('2011-09-01', '2010-09-01'),
           ('2011-10-01', '2010-10-01'), ('2011-11-01', '2010-11-01'), ('2011-12-01', '2010-12-01');
         CREATE TEMP TABLE held AS
           SELECT member_id, max(CASE WHEN net >= 80000000 THEN 4 WHEN net >= 30000000 THEN 3 WHEN net >= 10000000 THEN 2 WHEN net >= 3000000 THEN 1 ELSE 0 END) AS rank
           FROM (SELECT m.member_id, e.day, coalesce((SELECT sum(amount) FROM spent t
                   WHERE t.member_id = m.member_id AND t.at >= e.since AND t.at < e.day), 0) AS net
                 FROM members m JOIN month_end e ON m.registered_on < e.day)
           GROUP BY member_id;",
    )
    .unwrap();
    for (row, rank) in table(report, "tiers").iter().zip([4, 3, 2, 1, 0]) {
        let members: i64 = one(sql, &format!("SELECT count(*) FROM held WHERE rank = {rank}"));
        assert_eq!(text(&row["members"]), members.to_string(), "rank {rank}");
        let of = |select: &str, more: &str| -> i64 {
            one(
                sql,
                &format!(
                    "SELECT coalesce({select}, 0) FROM transactions JOIN held USING (member_id) \
                     WHERE rank = {rank} AND at >= '2011-11-01' AND at < '2011-12-01' {more}"
                ),
            )
        };
        assert_eq!(text(&row["net"]), money(of("sum(amount)", "")), "rank {rank}");
        assert_eq!(
            text(&row["orders"]),
            of("count(DISTINCT order_id)", "AND kind = 'sale'").to_string(),
            "rank {rank}"
        );
        assert_eq!(
            text(&row["active"]),
            of("count(DISTINCT member_id)", "AND kind = 'sale'").to_string(),
            "rank {rank}"
        );
    }
}

/// The machine's text of a value: minor units at scale 3.
fn money(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    format!("{sign}{}.{:03}", minor / 1000, minor % 1000)
}

fn text(value: &Value) -> String {
    match &value["value"] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn figure(report: &Value, id: &str) -> String {
    let sections = report["sections"].as_array().unwrap().iter();
    let mut figures = sections
        .flat_map(|section| section["blocks"].as_array().unwrap())
        .filter_map(|block| block["figures"].as_array());
    text(&figures.find_map(|figures| figures.iter().find(|figure| figure["id"] == id)).unwrap()["value"])
}

/// The rows of a table as objects by column.
fn table(report: &Value, id: &str) -> Vec<Value> {
    let sections = report["sections"].as_array().unwrap().iter();
    let mut tables =
        sections.flat_map(|section| section["blocks"].as_array().unwrap()).filter(|block| block["kind"] == "table");
    tables.find(|table| table["id"] == id).unwrap()["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["cells"].clone())
        .collect()
}

fn previous(month: &str) -> String {
    let (year, month) =
        month.split_once('-').map(|(y, m)| (y.parse::<i32>().unwrap(), m.parse::<i32>().unwrap())).unwrap();
    if month == 1 { format!("{}-12", year - 1) } else { format!("{year}-{:02}", month - 1) }
}

/// The first and last month of the twelve that end with a month.
fn twelve_months(month: &str) -> (String, String) {
    let (year, number) =
        month.split_once('-').map(|(y, m)| (y.parse::<i32>().unwrap(), m.parse::<i32>().unwrap())).unwrap();
    let first = if number == 12 { format!("{year}-01") } else { format!("{}-{:02}", year - 1, number + 1) };
    (first, month.to_owned())
}

#[test]
fn the_maps_are_read_without_the_data() {
    for map in ["online_retail_members.toml", "online_retail_transactions.toml"] {
        assert!(fs::read_to_string(format!("{MAPS}/{map}")).unwrap().contains("[columns]"));
    }
}
