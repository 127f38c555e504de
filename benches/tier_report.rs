//! The monthly tier report end to end on 1,000,000 members and 20,000,000 lines in SQLite, against a bare scan of the same columns.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    reason = "a benchmark prints its result and may stop at the first thing that is wrong"
)]

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use fenji::{
    job::Format,
    ledger::{
        create::{LedgerInfo, create},
        demo::{DemoPlan, generate},
        snapshot::Snapshot,
    },
    period::{Period, parse_day},
    run::{
        artifacts::{Addressing, render},
        home::Home,
        store::{Store, StoreAddress},
        tier,
    },
    text::Lang,
};
use rusqlite::{Connection, types::ValueRef};

fn main() {
    let members = std::env::var("FENJI_BENCH_MEMBERS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench").join(format!("{members}-members"));
    let home = home(&root, members);
    let peer = bare_scan(&root.join("data/ledger.db"));
    let start = Instant::now();
    let (files, made) = report(&home);
    let seconds = start.elapsed().as_secs_f64();
    println!("bare scan of the same columns:         {:.1} s, {} lines", peer.0, peer.1);
    println!("tier report, {files} files, to the value: {made:.1} s, in all {seconds:.1} s");
    println!("ratio to the bare scan: {:.2}", seconds / peer.0);
    println!("peak memory: {:.0} MB", peak_megabytes());
}

/// A home with a ledger of so many members, made once.
fn home(root: &Path, members: u32) -> Home {
    let ledger: PathBuf = root.join("data/ledger.db");
    if !root.join("complete").exists() {
        let _gone = std::fs::remove_dir_all(root);
        Home::init(root).unwrap();
        std::fs::create_dir_all(root.join("data")).unwrap();
        let home = Home::open(root).unwrap();
        create(&ledger, &LedgerInfo { currency: home.mapping.currency.clone(), zone: home.mapping.zone }).unwrap();
        let plan = DemoPlan {
            members,
            months: 24,
            lines_per_member: 20,
            businesses: 0,
            ..DemoPlan::demo(parse_day("2026-10-31").unwrap())
        };
        generate(&mut Connection::open(&ledger).unwrap(), &plan, &mut |_, _| {}).unwrap();
        std::fs::write(root.join("complete"), "").unwrap();
    }
    Home::open(root).unwrap()
}

/// Steps over the columns that the report reads of the transactions and the points, and looks at each value.
fn bare_scan(ledger: &Path) -> (f64, u64) {
    let connection = Connection::open(ledger).unwrap();
    let mut lines = 0;
    let start = Instant::now();
    for (sql, width) in [
        ("SELECT amount, at, kind, member_id, order_id, line_id FROM transactions", 5),
        ("SELECT at, kind, member_id, points, entry_id FROM points_entries", 4),
    ] {
        let mut statement = connection.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut bytes = 0_usize;
        while let Some(row) = rows.next().unwrap() {
            lines += 1;
            for column in 0..width {
                bytes = bytes.wrapping_add(match row.get_ref(column).unwrap() {
                    ValueRef::Text(text) => text.len(),
                    ValueRef::Integer(value) => usize::try_from(value & 1).unwrap(),
                    ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => 0,
                });
            }
        }
        assert!(bytes > 0);
    }
    (start.elapsed().as_secs_f64(), lines)
}

fn report(home: &Home) -> (usize, f64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let start = Instant::now();
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&StoreAddress::File(dir.path().join("fenji.db"))).await.unwrap();
        let mut snapshot = Snapshot::open(home.mapping.clone(), parse_day("2026-11-22").unwrap()).unwrap();
        let period = Period::parse("2026-10").unwrap();
        let (report, grades) =
            tier::report(home, &mut snapshot, &mut store, "member-tier", period, Lang::Chinese).await.unwrap();
        let made = start.elapsed().as_secs_f64();
        let addressing =
            Addressing { job: "bench".to_owned(), recipients: vec!["a@example.com".to_owned()], department: None };
        let now = parse_day("2026-11-01").unwrap().and_hms_opt(0, 0, 0).unwrap();
        let files = render(home, &report, &Format::ALL, &addressing, now.and_utc()).unwrap().files.len();
        grades.keep(&snapshot, &mut store, now).await.unwrap();
        (files, made)
    })
}

/// The peak of this process's memory, as Linux tells it.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1000.0
}
