//! Points of 1,000,000 members with 50 entries each, read from SQLite: every lot paired, what lapses, what is left, against a bare scan of the same columns.

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
    points::{
        members::Classes,
        plan::{PlanKind, lapsing},
        standing::standings,
    },
    run::home::{Home, one_programme},
};
use rusqlite::{Connection, types::ValueRef};

/// Entries of a member.
const EACH: i64 = 50;

fn main() {
    let members = std::env::var("FENJI_BENCH_MEMBERS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench").join(format!("{members}-points"));
    let home = home(&root, members);
    let ledger = root.join("data/ledger.db");
    let (bare, rows) = bare_scan(&ledger);
    println!("bare scan of the same columns: {bare:.1} s, {rows} rows");
    let programme = one_programme(&home, None).unwrap();
    let (today, day) = (parse_day("2026-11-22").unwrap(), parse_day("2026-10-31").unwrap());
    let start = Instant::now();
    let mut snapshot = Snapshot::open(home.mapping.clone(), today).unwrap();
    let found = standings(&mut snapshot, &programme, &Classes::default(), (day, 30)).unwrap();
    let balances = start.elapsed().as_secs_f64();
    let held: i64 = found.iter().map(|one| one.balance + one.lapsed - one.owed).sum();
    let sum: i64 = Connection::open(&ledger)
        .unwrap()
        .query_row("SELECT sum(points) FROM points_entries WHERE at < '2026-11-01'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(held, sum, "every point is accounted for");
    println!(
        "balances of {} members: {balances:.1} s (limit 60 s), {:.2} × the bare scan",
        found.len(),
        balances / bare
    );
    drop(found);
    let start = Instant::now();
    let mut snapshot = Snapshot::open(home.mapping.clone(), today).unwrap();
    let rows = lapsing(&mut snapshot, &programme, &Classes::default(), (day, PlanKind::Expire), 1).unwrap();
    let planned = start.elapsed().as_secs_f64();
    let lots: usize = rows.iter().map(|row| row.lots.len()).sum();
    println!("plan of {} members with {lots} lots: {planned:.1} s, {:.2} × the bare scan", rows.len(), planned / bare);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse::<f64>().ok());
    println!("peak memory: {:.0} MB (limit 6 GB)", peak.unwrap_or(0.0) / 1024.0);
}

/// A home whose lots live for a year, with so many members, made once.
fn home(root: &Path, members: i64) -> Home {
    if !root.join("complete").exists() {
        let _gone = std::fs::remove_dir_all(root);
        Home::init(root).unwrap();
        let examples = root.join("config/programmes/examples");
        std::fs::copy(examples.join("lot-one-year.toml"), root.join("config/programmes/members.toml")).unwrap();
        std::fs::create_dir_all(root.join("data")).unwrap();
        let home = Home::open(root).unwrap();
        let ledger = root.join("data/ledger.db");
        create(&ledger, &LedgerInfo { currency: home.mapping.currency.clone(), zone: home.mapping.zone }).unwrap();
        fill(&mut Connection::open(&ledger).unwrap(), members);
        std::fs::write(root.join("complete"), "").unwrap();
    }
    Home::open(root).unwrap()
}

/// Entries in the order of time over four years, of members in a random order: four of five earn, the others redeem, return or lapse.
fn fill(connection: &mut Connection, members: i64) {
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;").unwrap();
    let transaction = connection.transaction().unwrap();
    {
        let mut add = transaction
            .prepare(
                "INSERT INTO points_entries(entry_id, member_id, at, kind, points, rule, order_id) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )
            .unwrap();
        let mut state = 88_172_645_463_325_252_u64;
        let first = parse_day("2022-11-01").unwrap().and_hms_opt(0, 0, 0).unwrap();
        let all = members * EACH;
        for number in 0..all {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let random = i64::try_from(state >> 1).unwrap();
            let at = first + chrono::Duration::seconds(number * (1_461 * 86_400 / 50) / members);
            let (kind, points) = match random % 20 {
                0..=15 => ("earn", 1 + random / 20 % 400),
                16..=18 => ("redeem", -(1 + random / 20 % 900)),
                _ => ("reverse", -(1 + random / 20 % 200)),
            };
            let rule = (kind == "earn").then_some("purchase");
            let order = (kind == "earn").then(|| format!("S{number:09}"));
            let member = format!("M{:07}", random / 8_000 % members);
            add.execute((format!("P{number:09}"), member, at.to_string(), kind, points, rule, order)).unwrap();
        }
    }
    transaction.commit().unwrap();
}

/// Steps over the columns that points are worked out from, and looks at each value.
fn bare_scan(ledger: &Path) -> (f64, i64) {
    let connection = Connection::open(ledger).unwrap();
    let mut lines = 0;
    let start = Instant::now();
    let mut statement = connection
        .prepare(
            "SELECT member_id, at, points, kind, entry_id, reverses_id, order_id, posting_key, expires_on, usable_from FROM points_entries",
        )
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut bytes = 0_usize;
    while let Some(row) = rows.next().unwrap() {
        lines += 1;
        for column in 0..10 {
            match row.get_ref(column).unwrap() {
                ValueRef::Text(text) => bytes = bytes.wrapping_add(text.len()),
                ValueRef::Integer(number) => bytes = bytes.wrapping_add(usize::from(number > 0)),
                ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => {}
            }
        }
    }
    assert!(bytes > 0);
    (start.elapsed().as_secs_f64(), lines)
}
