//! Every aggregate, window and condition against a slow and obvious way of counting, on random rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use chrono::NaiveDate;
use fenji::{
    declaration::Declaration,
    ledger::{
        decode::Texts,
        mapping::{Compute, Mapping},
        partition::by_subject,
        snapshot::Snapshot,
    },
    metrics::{
        compute::{Request, compute},
        definition::Measure,
        file,
        pushed::explain,
        window::Window,
    },
    period::{days_after, months_after, parse_day},
};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::support::World;

pub const METRICS: &str = r#"
[metric.net]
title = { zh = "甲", en = "a" }
entity = "transaction"
subject = "member_id"
aggregate = "sum"
column = "amount"
where = [{ column = "kind", not-one-of = ["cancelled"] }]
window = "3 months"

[metric.big]
title = { zh = "乙", en = "b" }
entity = "transaction"
subject = "member_id"
aggregate = "count"
where = [{ column = "amount", above = "0.50", at-most = "7" }, { column = "store", empty = false }]
window = "45 days"

[metric.orders]
title = { zh = "丙", en = "c" }
entity = "transaction"
subject = "member_id"
aggregate = "count-distinct"
column = "order_id"
where = [{ column = "kind", one-of = ["sale"] }]
window = "year"

[metric.least]
title = { zh = "丁", en = "d" }
entity = "transaction"
subject = "store"
aggregate = "min"
column = "amount"
window = "month"

[metric.most]
title = { zh = "戊", en = "e" }
entity = "transaction"
subject = "member_id"
aggregate = "max"
column = "quantity"
window = "all"

[metric.first]
title = { zh = "己", en = "f" }
entity = "transaction"
subject = "member_id"
aggregate = "first-day"
where = [{ column = "at", at-least = "2026-01-01" }]
window = "all"

[metric.since]
title = { zh = "庚", en = "g" }
entity = "transaction"
subject = "member_id"
aggregate = "days-since"
window = "12 months"
"#;

/// One row: days after 2025-01-01, member, order, store, kind, amount, quantity.
type Line = (u16, u8, u8, u8, u8, u8, Option<u8>);

const KINDS: [&str; 4] = ["sale", "return", "cancelled", "adjustment"];

fn day(line: &Line) -> NaiveDate {
    days_after(parse_day("2025-01-01").unwrap(), i64::from(line.0))
}

fn signed(line: &Line) -> i64 {
    if KINDS[usize::from(line.4)] == "return" { -i64::from(line.5) } else { i64::from(line.5) }
}

fn name(kind: &str, number: u8) -> Option<String> {
    (number > 0).then(|| format!("{kind}{number}"))
}

fn ledger(lines: &[Line]) -> (World, Mapping) {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    let sql: Connection = world.sql();
    for (row, line) in lines.iter().enumerate() {
        sql.execute(
            "INSERT INTO transactions(line_id, order_id, member_id, store, at, kind, amount, quantity) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            rusqlite::params![
                row.to_string(),
                name("o", line.2),
                name("m", line.1),
                name("s", line.3),
                format!("{} 23:59:59", day(line)),
                KINDS[usize::from(line.4)],
                signed(line) * 10,
                line.6.map(i64::from),
            ],
        )
        .unwrap();
    }
    drop(sql);
    let mapping = Mapping::read(&world.home()).unwrap();
    (world, mapping)
}

/// The figure of a metric counted row by row.
fn obvious(metric: &str, subject: &str, as_of: NaiveDate, lines: &[Line]) -> Option<i64> {
    let from = match metric {
        "net" => Some(days_after(months_after(as_of, -3), 1)),
        "big" => Some(days_after(as_of, -44)),
        "orders" => Some(parse_day(&format!("{}-01-01", as_of.format("%Y"))).unwrap()),
        "least" => Some(parse_day(&format!("{}-01", as_of.format("%Y-%m"))).unwrap()),
        "since" => Some(days_after(months_after(as_of, -12), 1)),
        "first" => Some(parse_day("2026-01-01").unwrap()),
        _ => None,
    };
    let of = |line: &&Line| if metric == "least" { name("s", line.3) } else { name("m", line.1) };
    let seen = || {
        lines.iter().filter(move |line| {
            day(line) <= as_of && from.is_none_or(|from| day(line) >= from) && of(line).as_deref() == Some(subject)
        })
    };
    let kind = |line: &Line| KINDS[usize::from(line.4)];
    let number = |day: NaiveDate| i64::from(day.to_epoch_days());
    match metric {
        "net" => Some(seen().filter(|line| kind(line) != "cancelled").map(|line| signed(line) * 10).sum()),
        "big" => {
            let counts = |line: &&Line| line.3 > 0 && signed(line) * 10 > 50 && signed(line) * 10 <= 700;
            Some(i64::try_from(seen().filter(counts).count()).unwrap())
        }
        "orders" => {
            let sales = || seen().filter(|line| kind(line) == "sale");
            let named: BTreeSet<u8> = sales().map(|line| line.2).filter(|order| *order > 0).collect();
            Some(i64::try_from(named.len() + sales().filter(|line| line.2 == 0).count()).unwrap())
        }
        "least" => seen().map(|line| signed(line) * 10).min(),
        "most" => seen().filter_map(|line| line.6).map(i64::from).max(),
        "first" => seen().map(|line| number(day(line))).min(),
        _ => seen().map(|line| number(as_of) - number(day(line))).min(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn every_aggregate_equals_the_obvious_count(
        lines in proptest::collection::vec((0_u16..800, 0_u8..4, 0_u8..6, 0_u8..3, 0_u8..4, 0_u8..100, proptest::option::of(0_u8..50)), 0..80),
        ends in proptest::collection::btree_set(0_i64..850, 1..6),
    ) {
        let (_world, mapping) = ledger(&lines);
        let metrics = file::check(&Declaration::new("metrics.toml", METRICS), &mapping.currency).unwrap();
        let as_of: Vec<NaiveDate> = ends.iter().map(|end| days_after(parse_day("2025-01-01").unwrap(), *end)).collect();
        let requests: Vec<Request> = metrics.values().map(|metric| Request::new(metric.clone(), as_of.clone())).collect();
        for way in [Compute::Local, Compute::Database] {
            let mapping = Mapping { compute: way, ..mapping.clone() };
            let mut snapshot = Snapshot::open(mapping, parse_day("2028-01-01").unwrap()).unwrap();
            let computed = compute(&mut snapshot, &requests).unwrap();
            for (id, metric) in &metrics {
                let Measure::Rows(rows) = &metric.measure else { panic!("rows") };
                prop_assert!(rows.window != Window::Days(0));
                let (column, prefix) = if id == "least" { ("store", "s") } else { ("member_id", "m") };
                for number in 1..4_u8 {
                    let subject = format!("{prefix}{number}");
                    let code = snapshot.dictionaries().of(column).and_then(|known| known.code(&subject));
                    for day in &as_of {
                        let expected = obvious(id, &subject, *day, &lines);
                        let (figures, place) = computed.at(id, *day).unwrap();
                        // A subject that no row names has the figure of no rows.
                        let found = figures.get(code.unwrap_or(u32::MAX), place);
                        prop_assert_eq!(found, expected, "{} of {} on {} by {:?}", id, &subject, day, way);
                    }
                }
            }
            let ways = explain(&snapshot, &requests).unwrap();
            prop_assert!(ways.iter().all(|way| way.folded.is_ok()), "{:?}", ways);
        }
    }
}

#[test]
fn figures_of_many_days_take_several_statements() {
    // A member who bought in the first days only has no rows in the reach of the last statement.
    let lines: Vec<Line> = (0..60_u16).map(|at| (at * 12, 1 + u8::from(at < 10), 0, 1, 0, 50, Some(2))).collect();
    let (_world, mapping) = ledger(&lines);
    let metrics = file::check(&Declaration::new("metrics.toml", METRICS), &mapping.currency).unwrap();
    let days: Vec<NaiveDate> = (0..500).map(|at| days_after(parse_day("2025-01-10").unwrap(), at)).collect();
    let requests = [Request::new(metrics["net"].clone(), days.clone())];
    let figures = |way| {
        let mapping = Mapping { compute: way, ..mapping.clone() };
        let mut snapshot = Snapshot::open(mapping, parse_day("2028-01-01").unwrap()).unwrap();
        let computed = compute(&mut snapshot, &requests).unwrap();
        let mut found = Vec::new();
        for member in ["m1", "m2"] {
            let code = snapshot.dictionaries().of("member_id").unwrap().code(member).unwrap();
            for day in &days {
                let (figures, place) = computed.at("net", *day).unwrap();
                found.push((member, *day, figures.get(code, place)));
            }
        }
        let ways = explain(&snapshot, &requests).unwrap();
        (found, ways.into_iter().map(|way| way.folded.unwrap().len()).max())
    };
    let ((read, _), (folded, statements)) = (figures(Compute::Local), figures(Compute::Database));
    assert!(statements > Some(1));
    assert_eq!(read, folded);
}

/// Time and amount of rows by subject.
type BySubject = BTreeMap<u32, Vec<(i64, i64)>>;

#[test]
fn rows_come_by_subject_in_memory_and_from_files() {
    let lines: Vec<Line> = (0..400_u16)
        .map(|at| (at, u8::try_from(at % 4).unwrap(), 0, 0, 0, u8::try_from(at % 97).unwrap(), None))
        .collect();
    let (_world, mapping) = ledger(&lines);
    let transaction = fenji::ledger::entity::entity("transaction").unwrap();
    let mut answers = Vec::new();
    for memory in [1 << 30, 1] {
        let mut snapshot =
            Snapshot::open(Mapping { memory, ..mapping.clone() }, parse_day("2028-01-01").unwrap()).unwrap();
        let seen: Mutex<(usize, BySubject)> = Mutex::default();
        let columns = [("at", Texts::Coded), ("amount", Texts::Coded)];
        by_subject(&mut snapshot, transaction, "member_id", &columns, "a test", &|batch, _| {
            let mut seen = seen.lock().unwrap();
            let (visits, rows) = &mut *seen;
            *visits += 1;
            let mut before = 0;
            for ((code, at), amount) in
                batch.codes("member_id").iter().zip(batch.numbers("at")).zip(batch.numbers("amount"))
            {
                assert!(*code >= before);
                if *code != before {
                    assert!(!rows.contains_key(code), "all rows of a subject are in one batch");
                }
                before = *code;
                rows.entry(*code).or_default().push((*at, *amount));
            }
        })
        .unwrap();
        let (visits, rows) = seen.into_inner().unwrap();
        // 400 rows of three columns do not fit into one byte.
        assert_eq!(visits, if memory == 1 { 3 } else { 1 });
        let named: BTreeMap<String, Vec<(i64, i64)>> = rows
            .into_iter()
            .map(|(code, rows)| (snapshot.dictionaries().text("member_id", code).unwrap().to_owned(), rows))
            .collect();
        answers.push(named);
    }
    let [held, filed] = answers.try_into().unwrap();
    assert_eq!(held, filed);
    assert_eq!(held["m1"].len(), 100);
    assert!(held["m1"].is_sorted());
}

const RATIO: &str = r#"
[metric.average_order]
title = { zh = "客单价", en = "average order" }
subject = "member_id"
aggregate = "ratio"
of = "net_spend_12m"
per = "orders_12m"
"#;

const SCHEME: &str = r#"
title = { zh = "客单价等级", en = "By average order" }
requirements = []
subject = "member"
[[grade]]
id = "low"
title = { zh = "低", en = "Low" }
[[grade]]
id = "high"
title = { zh = "高", en = "High" }
[[version]]
id = "1"
in-force = "2020-01-01"
decided-by = "test"
reason = "test"
cadence = "quarter"
boundary = "better"
without-figure = "exclude"
result = "average"
movement = { kind = "free" }
[[version.dimension]]
id = "average"
kind = "bands"
metric = "average_order"
limits = { high = "500.005" }
[[version.example]]
metrics = { average_order = "500.005" }
grade = "high"
[[version.example]]
metrics = { average_order = "500.004999" }
grade = "low"
"#;

#[test]
fn a_ratio_is_graded_exactly_and_nobody_without_orders_is_graded() {
    let world = World::with_demo_ledger();
    let metrics = world.read("config/metrics.toml");
    world.write("config/metrics.toml", format!("{metrics}{RATIO}"));
    world.write("config/schemes/average.toml", SCHEME);
    let found = world.fenji(&["grade", "average", "--as-of", "2026-09-30", "--format", "json"]).succeeded().json();
    let sql = world.sql();
    let mut statement = sql
        .prepare(
            "SELECT member_id, sum(CASE WHEN kind <> 'cancelled' THEN amount END), count(DISTINCT CASE WHEN kind = 'sale' THEN order_id END) \
             FROM transactions WHERE member_id IS NOT NULL AND at >= '2025-10-01' AND at < '2026-10-01' GROUP BY 1",
        )
        .unwrap();
    let rows = statement
        .query_map([], |row| Ok((row.get(0)?, (row.get::<_, Option<i64>>(1)?.unwrap_or(0), row.get(2)?))))
        .unwrap();
    let expected: BTreeMap<String, (i64, i64)> = rows.collect::<Result<_, _>>().unwrap();
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), expected.values().filter(|(_, orders)| *orders > 0).count());
    let mut high = 0;
    for row in found {
        let (net, orders) = expected[row["member_id"].as_str().unwrap()];
        // The limit is in yuan an order.
        let reached = i128::from(net) * 10 >= 500_005 * i128::from(orders);
        assert_eq!(row["grade"], if reached { "high" } else { "low" }, "{row}");
        high += i32::from(reached);
    }
    assert!(high > 0 && usize::try_from(high).unwrap() < found.len());
}
