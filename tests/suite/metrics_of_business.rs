//! Latest values, days ahead, days of a column, calendar windows and lags against a slow and obvious way of counting, on random rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use fenji::{
    declaration::Declaration,
    ledger::{
        mapping::{Compute, Mapping},
        snapshot::Snapshot,
    },
    metrics::{
        compute::{Request, compute},
        definition::MetricUnit,
        file,
        pushed::explain,
    },
    period::{Period, Unit, day_from_number, day_number, days_after, months_after, parse_day},
};
use proptest::prelude::*;

use crate::support::World;

/// Name, entity, subject and the rest of each metric.
const METRICS: &[(&str, &str, &str, &str)] = &[
    ("next_due", "instalment", "lease_id", "aggregate = \"days-until\"\ncolumn = \"due_on\""),
    ("next_paid", "instalment", "lease_id", "aggregate = \"days-until\"\ncolumn = \"paid_on\"\nwindow = \"all\""),
    (
        "since_paid",
        "instalment",
        "lease_id",
        "aggregate = \"days-since\"\ncolumn = \"paid_on\"\nwindow = \"12 months\"",
    ),
    ("ever_paid", "instalment", "lease_id", "aggregate = \"days-since\"\ncolumn = \"paid_on\"\nwindow = \"all\""),
    ("last_paid", "instalment", "lease_id", "aggregate = \"last-day\"\ncolumn = \"paid_on\"\nwindow = \"quarter\""),
    (
        "first_paid",
        "instalment",
        "lease_id",
        "aggregate = \"first-day\"\ncolumn = \"paid_on\"\nwindow = \"previous year\"",
    ),
    (
        "paid_days",
        "instalment",
        "lease_id",
        "aggregate = \"count-distinct\"\ncolumn = \"paid_on\"\nwindow = \"previous quarter\"",
    ),
    (
        "late",
        "instalment",
        "lease_id",
        "aggregate = \"sum\"\ncolumn = \"days_late\"\nwhere = [{ column = \"days_late\", above = \"2\" }]\nwindow = \"previous month\"",
    ),
    (
        "most_late",
        "instalment",
        "lease_id",
        "aggregate = \"max\"\ncolumn = \"days_late\"\nwindow = \"6 months\"\nlag = \"3 months\"",
    ),
    ("due_before", "instalment", "lease_id", "aggregate = \"count\"\nwindow = \"year\"\nlag = \"12 months\""),
    ("status", "price_contract", "customer_id", "aggregate = \"latest\"\ncolumn = \"status\"\nwindow = \"all\""),
    (
        "old_price",
        "price_contract",
        "customer_id",
        "aggregate = \"latest\"\ncolumn = \"old_price_invoicing\"\nwindow = \"12 months\"\nlag = \"40 days\"",
    ),
    ("signed", "price_contract", "customer_id", "aggregate = \"latest\"\ncolumn = \"signed_on\"\nwindow = \"year\""),
    (
        "old_priced",
        "price_contract",
        "customer_id",
        "aggregate = \"count\"\nwhere = [{ column = \"old_price_invoicing\", one-of = [\"yes\"] }]\nwindow = \"all\"",
    ),
    ("kind_of_trade", "customer", "customer_id", "aggregate = \"latest\"\ncolumn = \"trade_type\"\nwindow = \"all\""),
    ("stars", "customer", "customer_id", "aggregate = \"latest\"\ncolumn = \"star\""),
    (
        "outlook",
        "assessment",
        "customer_id",
        "aggregate = \"latest\"\ncolumn = \"class\"\nwhere = [{ column = \"aspect\", one-of = [\"outlook\"] }]\nwindow = \"all\"",
    ),
    ("securities", "collateral", "lease_id", "aggregate = \"sum\"\ncolumn = \"value\"\nwindow = \"all\""),
];

/// Days after 2025-01-01, subject, another day, a number, a word.
type Row = (u16, u8, Option<u16>, Option<i8>, u8);

const STATUS: [&str; 3] = ["agreed", "refused", "open"];

fn day(offset: u16) -> NaiveDate {
    days_after(parse_day("2025-01-01").unwrap(), i64::from(offset))
}

fn number(day: NaiveDate) -> i64 {
    i64::from(day_number(day))
}

fn metrics() -> String {
    let one = |(name, entity, subject, rest): &(&str, &str, &str, &str)| {
        format!(
            "[metric.{name}]\ntitle = {{ zh = \"甲\", en = \"a\" }}\nentity = \"{entity}\"\nsubject = \"{subject}\"\n{rest}\n"
        )
    };
    METRICS.iter().map(one).collect()
}

/// One row a subject and day, the first of the list: what the tables with such a key can hold.
fn one_a_day(rows: &[Row]) -> Vec<Row> {
    let mut seen = BTreeSet::new();
    rows.iter().filter(|row| seen.insert((row.0, row.1))).copied().collect()
}

fn flag(row: &Row) -> Option<bool> {
    row.3.map(|value| value > 0)
}

/// A ledger in which the rows stand in the order given.
fn ledger(rows: &[Row]) -> (World, Mapping) {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    let sql = world.sql();
    let text = |day: NaiveDate| day.to_string();
    for (at, (due, subject, other, figure, word)) in rows.iter().enumerate() {
        let (id, subject) = (format!("{due}-{subject}-{at}"), format!("s{subject}"));
        let other = other.map(day).map(text);
        sql.execute(
            "INSERT INTO instalments(instalment_id, lease_id, due_on, amount, paid_on, days_late) VALUES(?1, ?2, ?3, 100, ?4, ?5)",
            rusqlite::params![id, subject, text(day(*due)), other, figure],
        )
        .unwrap();
        sql.execute(
            "INSERT INTO collaterals(collateral_id, lease_id, kind, value) VALUES(?1, ?2, 'x', ?3)",
            rusqlite::params![id, subject, i64::from(*word) * 100],
        )
        .unwrap();
        sql.execute(
            "INSERT OR IGNORE INTO customers(customer_id, name, trade_type, star, started_on) VALUES(?1, 'x', ?2, ?3, ?4)",
            rusqlite::params![subject, format!("trade {subject}"), subject[1..].parse::<i64>().unwrap(), other],
        )
        .unwrap();
    }
    for row in one_a_day(rows) {
        let (effective, subject) = (text(day(row.0)), format!("s{}", row.1));
        sql.execute(
            "INSERT INTO price_contracts(customer_id, effective_on, status, signed_on, old_price_invoicing) VALUES(?1, ?2, ?3, ?4, ?5)",
            rusqlite::params![subject, effective, STATUS[usize::from(row.4)], row.2.map(day).map(text), flag(&row)],
        )
        .unwrap();
        for aspect in ["outlook", "conduct"] {
            let class = row.3.map(|figure| format!("{aspect} {figure}"));
            sql.execute(
                "INSERT INTO assessments(customer_id, aspect, effective_on, class) VALUES(?1, ?2, ?3, ?4)",
                rusqlite::params![subject, aspect, effective, class],
            )
            .unwrap();
        }
    }
    drop(sql);
    let mapping = Mapping::read(&world.home()).unwrap();
    (world, mapping)
}

/// The figure of a metric as a text, counted row by row.
fn obvious(metric: &str, subject: u8, as_of: NaiveDate, all: &[Row]) -> Option<String> {
    let rows = || all.iter().filter(move |row| row.1 == subject);
    let shown = |found: i64| found.to_string();
    let single = one_a_day(all);
    let latest = |from: NaiveDate, to: NaiveDate| {
        let seen = single.iter().filter(|row| row.1 == subject && (from..=to).contains(&day(row.0)));
        seen.max_by_key(|row| row.0).copied()
    };
    match metric {
        "status" => latest(NaiveDate::MIN, as_of).map(|row| STATUS[usize::from(row.4)].to_owned()),
        "old_price" => {
            let end = days_after(as_of, -40);
            let found = latest(days_after(months_after(end, -12), 1), end).and_then(|row| flag(&row));
            found.map(|old| if old { "yes" } else { "no" }.to_owned())
        }
        "signed" => {
            let january = NaiveDate::from_ymd_opt(as_of.year(), 1, 1).unwrap();
            latest(january, as_of).and_then(|row| paid(&row)).map(shown)
        }
        "old_priced" => {
            let seen = single.iter().filter(|row| row.1 == subject && day(row.0) <= as_of);
            Some(seen.filter(|row| flag(row) == Some(true)).count().to_string())
        }
        "kind_of_trade" => rows().next().map(|_| format!("trade s{subject}")),
        "stars" => rows().next().map(|_| subject.to_string()),
        "outlook" => latest(NaiveDate::MIN, as_of).and_then(|row| row.3).map(|figure| format!("outlook {figure}")),
        "securities" => Some(shown(rows().map(|row| i64::from(row.4) * 100).sum())),
        other => {
            let rows: Vec<Row> = rows().copied().collect();
            of_instalments(other, as_of, &rows).map(shown)
        }
    }
}

fn paid(row: &Row) -> Option<i64> {
    row.2.map(|other| number(day(other)))
}

/// The figure of a metric of instalments, from the rows of the subject.
fn of_instalments(metric: &str, as_of: NaiveDate, rows: &[Row]) -> Option<i64> {
    let between = |first: NaiveDate, last: NaiveDate| {
        rows.iter().filter(move |row| (first..=last).contains(&day(row.0))).copied().collect::<Vec<Row>>()
    };
    let before = |unit| {
        let period = Period::holding(unit, as_of).previous();
        between(period.first_day(), period.last_day())
    };
    let today = number(as_of);
    let since = |first| {
        let known = between(first, as_of).iter().filter_map(paid).map(|paid| today - paid).collect::<Vec<i64>>();
        known.into_iter().filter(|days| *days >= 0).min()
    };
    match metric {
        "next_due" => rows.iter().map(|row| number(day(row.0)) - today).filter(|days| *days >= 0).min(),
        "next_paid" => {
            let known = between(NaiveDate::MIN, as_of);
            known.iter().filter_map(paid).map(|paid| paid - today).filter(|days| *days >= 0).min()
        }
        "since_paid" => since(days_after(months_after(as_of, -12), 1)),
        "ever_paid" => since(NaiveDate::MIN),
        "last_paid" => between(Period::holding(Unit::Quarter, as_of).first_day(), as_of).iter().filter_map(paid).max(),
        "first_paid" => before(Unit::Year).iter().filter_map(paid).min(),
        "paid_days" => {
            i64::try_from(before(Unit::Quarter).iter().filter_map(paid).collect::<BTreeSet<i64>>().len()).ok()
        }
        "late" => {
            Some(before(Unit::Month).iter().filter_map(|row| row.3).filter(|late| *late > 2).map(i64::from).sum())
        }
        "most_late" => {
            let end = months_after(as_of, -3);
            between(days_after(months_after(end, -6), 1), end).iter().filter_map(|row| row.3).map(i64::from).max()
        }
        "due_before" => {
            let end = months_after(as_of, -12);
            i64::try_from(between(NaiveDate::from_ymd_opt(end.year(), 1, 1).unwrap(), end).len()).ok()
        }
        other => panic!("{other}"),
    }
}

/// Every figure as a text: the word of a code, else the number.
fn figures(
    mapping: &Mapping,
    compute_where: Compute,
    as_of: &[NaiveDate],
) -> BTreeMap<(String, u8, NaiveDate), Option<String>> {
    let mapping = Mapping { compute: compute_where, ..mapping.clone() };
    let metrics = file::check(&Declaration::new("metrics.toml", &metrics()), &mapping.currency).unwrap();
    let requests: Vec<Request> = metrics.values().map(|metric| Request::new(metric.clone(), as_of.to_vec())).collect();
    let mut snapshot = Snapshot::open(mapping, parse_day("2028-06-01").unwrap()).unwrap();
    let computed = compute(&mut snapshot, &requests).unwrap();
    let mut found = BTreeMap::new();
    for (id, metric) in &metrics {
        let known = snapshot.dictionaries().of(metric.subject().unwrap());
        for subject in 0..3_u8 {
            let code = known.and_then(|known| known.code(&format!("s{subject}"))).unwrap_or(u32::MAX);
            for day in as_of {
                let (figures, place) = computed.at(id, *day).unwrap();
                let figure = figures.get(code, place).map(|figure| match metric.words() {
                    Some(words) => {
                        let word = words.word(snapshot.dictionaries(), figure).unwrap();
                        assert_eq!(
                            (metric.unit(), words.figure(snapshot.dictionaries(), word)),
                            (MetricUnit::Word, Some(figure))
                        );
                        word.to_owned()
                    }
                    None => figure.to_string(),
                });
                found.insert((id.clone(), subject, *day), figure);
            }
        }
    }
    let folds: BTreeMap<&str, bool> =
        explain(&snapshot, &requests).unwrap().iter().map(|way| (way.entity.name, way.folded.is_ok())).collect();
    let expected = [
        ("assessment", false),
        ("collateral", true),
        ("customer", false),
        ("instalment", true),
        ("price_contract", false),
    ];
    assert_eq!(folds, BTreeMap::from(expected));
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn every_new_ability_equals_the_obvious_count(
        rows in proptest::collection::vec(
            (0_u16..800, 0_u8..3, proptest::option::of(0_u16..900), proptest::option::of(-9_i8..20), 0_u8..3), 0..60),
        ends in proptest::collection::btree_set(0_i64..850, 1..6),
    ) {
        let as_of: Vec<NaiveDate> = ends.iter().map(|end| day_from_number(20_089 + i32::try_from(*end).unwrap()).unwrap()).collect();
        let (_world, mapping) = ledger(&rows);
        // The same rows, the last first: one a day and subject are chosen before.
        let turned: Vec<Row> = one_a_day(&rows).into_iter().rev().collect();
        let (_other, other) = ledger(&turned);
        for (mapping, rows) in [(&mapping, &rows), (&other, &turned)] {
            for way in [Compute::Local, Compute::Database] {
                for ((id, subject, day), found) in figures(mapping, way, &as_of) {
                    prop_assert_eq!(found, obvious(&id, subject, day, rows), "{} of s{} on {} by {:?}", id, subject, day, way);
                }
            }
        }
    }
}

#[test]
fn two_latest_values_of_one_day_are_refused() {
    let (world, _) = ledger(&[(10, 1, None, Some(1), 0), (20, 1, None, Some(2), 0)]);
    // A day and a moment of it are two keys, and one day.
    world.sql().execute("INSERT INTO price_contracts(customer_id, effective_on, status) VALUES('s1', '2025-01-11 08:00:00', 'open')", []).unwrap();
    let mapping = Mapping::read(&world.home()).unwrap();
    let metrics = file::check(&Declaration::new("metrics.toml", &metrics()), &mapping.currency).unwrap();
    let asked = |day: &str| {
        let mut snapshot = Snapshot::open(mapping.clone(), parse_day("2028-01-01").unwrap()).unwrap();
        compute(&mut snapshot, &[Request::new(metrics["status"].clone(), [parse_day(day).unwrap()])]).map(drop)
    };
    let error = asked("2025-01-15").unwrap_err();
    assert_eq!(
        error.to_string(),
        "metric `status` wants the latest value, and `s1` has two different ones on 2025-01-11"
    );
    asked("2025-01-21").unwrap();
}
