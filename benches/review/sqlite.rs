//! SQLite: the ledger, and the bare scan of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use rusqlite::{Connection, OpenFlags, types::ValueRef};

use crate::{ledger::Bench, rows};

const MARK: &str = "made-by-1";

/// Makes the ledger unless it is there.
pub(crate) fn make(bench: &Bench) {
    let mark = bench.folder().join(MARK);
    if mark.exists() {
        return;
    }
    eprintln!("making {} (once)", bench.sqlite().display());
    fs::create_dir_all(bench.folder()).unwrap();
    let _gone = fs::remove_file(bench.sqlite());
    let mut connection = Connection::open(bench.sqlite()).unwrap();
    connection.execute_batch(include_str!("ledger_sqlite.sql")).unwrap();
    let transaction = connection.transaction().unwrap();
    {
        let mut insert = transaction.prepare("INSERT INTO customers VALUES (?1, ?2)").unwrap();
        for customer in 1..=bench.size.customers {
            insert.execute((customer.cast_signed(), format!("Customer {customer}"))).unwrap();
        }
        let mut insert = transaction.prepare("INSERT INTO transactions VALUES (?1, ?2, ?3, ?4, ?5)").unwrap();
        let mut at = Vec::new();
        for line in 1..=bench.size.rows {
            let row = bench.size.row(line);
            at.clear();
            rows::write_instant(&mut at, row.at);
            let at = str::from_utf8(&at).unwrap();
            insert.execute((row.line.cast_signed(), row.customer.cast_signed(), at, row.fen, row.kind)).unwrap();
        }
    }
    transaction.commit().unwrap();
    connection.execute_batch("ANALYZE").unwrap();
    fs::write(mark, "").unwrap();
}

/// The bare scan as a C program over the system's `libsqlite3`; `None` where there is no C compiler or no such library.
pub(crate) fn scan_program(bench: &Bench) -> Option<PathBuf> {
    let program = bench.folder().join("scan");
    if !program.exists() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/scan.c");
        let compiled = Command::new("cc").arg("-O2").arg("-o").arg(&program).arg(source).arg("-lsqlite3").output();
        if !compiled.is_ok_and(|output| output.status.success()) {
            eprintln!("ABSENT: cc with libsqlite3: the bare scan steps through rusqlite, which is slower");
            return None;
        }
    }
    Some(program)
}

/// The bare scan without C: steps over the columns and looks at each value.
pub(crate) fn scan(path: &Path) {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).unwrap();
    let mut statement = connection.prepare("SELECT customer_id, at, amount, kind FROM transactions").unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut seen = 0_i64;
    while let Some(row) = rows.next().unwrap() {
        for column in 0..4 {
            seen = seen.wrapping_add(match row.get_ref(column).unwrap() {
                ValueRef::Text(text) => i64::try_from(text.len()).unwrap(),
                ValueRef::Integer(value) => value,
                ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => 0,
            });
        }
    }
    assert!(seen > 0);
}
