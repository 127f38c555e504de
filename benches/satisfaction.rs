//! A wave of 1,000,000 customers with 14 answers each, read from SQLite and scored every way, against a bare scan of the same columns.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a benchmark prints its result and may stop at the first thing that is wrong"
)]

use std::{path::Path, time::Instant};

use fenji::{
    ledger::{
        create::{LedgerInfo, create},
        snapshot::Snapshot,
    },
    period::parse_day,
    run::{home::Home, satisfaction::read_waves},
    satisfaction::score::{by_customer, by_group, by_indicator},
};
use rusqlite::{Connection, types::ValueRef};

const LEVELS: [&str; 5] = ["很满意", "满意", "一般", "不满意", "很不满意"];

fn main() {
    let customers = std::env::var("FENJI_BENCH_CUSTOMERS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench").join(format!("{customers}-sheets"));
    let home = home(&root, customers);
    let (bare, rows) = bare_scan(&root.join("data/ledger.db"));
    let survey = home.survey("customer-satisfaction").unwrap();
    let start = Instant::now();
    let mut snapshot = Snapshot::open(home.mapping.clone(), parse_day("2026-11-22").unwrap()).unwrap();
    let waves = read_waves(&mut snapshot, &survey, &["w".to_owned()], false).unwrap();
    let wave = waves.waves.get("w").unwrap();
    let read = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let indicators = by_indicator(&survey, wave);
    let all = by_customer(&survey, wave, |_| Some(0));
    let departments = by_group(&by_customer(&survey, wave, |sheet| Some(sheet.department)), |_| None);
    let scored = start.elapsed().as_secs_f64();
    assert_eq!(all.len(), usize::try_from(customers).unwrap());
    let answers: i64 = indicators.iter().map(|indicator| indicator.counts.answers + indicator.counts.blank).sum();
    assert_eq!(answers, rows, "every row is counted");
    println!("bare scan of the same columns: {bare:.1} s, {rows} rows");
    println!("read: {read:.1} s; scored by indicator, customer and {} departments: {scored:.2} s", departments.len());
    println!("all: {:.1} s (limit 10 s), {:.2} × the bare scan", read + scored, (read + scored) / bare);
}

/// A home with a wave of so many sheets, made once.
fn home(root: &Path, customers: i64) -> Home {
    if !root.join("complete").exists() {
        let _gone = std::fs::remove_dir_all(root);
        Home::init(root).unwrap();
        std::fs::create_dir_all(root.join("data")).unwrap();
        let home = Home::open(root).unwrap();
        let ledger = root.join("data/ledger.db");
        create(&ledger, &LedgerInfo { currency: home.mapping.currency.clone(), zone: home.mapping.zone }).unwrap();
        fill(&mut Connection::open(&ledger).unwrap(), &home, customers);
        std::fs::write(root.join("complete"), "").unwrap();
    }
    Home::open(root).unwrap()
}

fn fill(connection: &mut Connection, home: &Home, customers: i64) {
    let survey = home.survey("customer-satisfaction").unwrap();
    let transaction = connection.transaction().unwrap();
    {
        let mut add = transaction
            .prepare(
                "INSERT INTO responses(response_id, customer_id, answered_on, indicator, level, comment, wave, department_id)
                 VALUES(?1, ?2, '2026-06-01', ?3, ?4, ?5, 'w', ?6)",
            )
            .unwrap();
        let mut state = 88_172_645_463_325_252_u64;
        for customer in 0..customers {
            for (place, indicator) in survey.indicators.iter().enumerate() {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let level = LEVELS.get(usize::try_from(state % 5).unwrap());
                let level = level.filter(|_| !state.is_multiple_of(97));
                let comment = state.is_multiple_of(41).then_some("交货太慢");
                let department = format!("D{}", customer % 12);
                add.execute((
                    format!("{customer}-{place}"),
                    format!("C{customer}"),
                    &indicator.title.zh,
                    level,
                    comment,
                    department,
                ))
                .unwrap();
            }
        }
    }
    transaction.commit().unwrap();
}

/// Steps over the columns that scoring reads, and looks at each value.
fn bare_scan(ledger: &Path) -> (f64, i64) {
    let connection = Connection::open(ledger).unwrap();
    let mut lines = 0;
    let start = Instant::now();
    let mut statement = connection
        .prepare("SELECT wave, customer_id, indicator, level, comment, comment_kind, department_id, product, staff FROM responses")
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut bytes = 0_usize;
    while let Some(row) = rows.next().unwrap() {
        lines += 1;
        for column in 0..9 {
            if let ValueRef::Text(text) = row.get_ref(column).unwrap() {
                bytes = bytes.wrapping_add(text.len());
            }
        }
    }
    assert!(bytes > 0);
    (start.elapsed().as_secs_f64(), lines)
}
