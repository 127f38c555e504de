//! A ledger in a SQLite file, read through rusqlite: sqlx pays a channel hop for every row, which makes big entities six times slower.
//!
//! Invariants: the file is opened read-only; every connection holds one transaction for the life of the source, and all of them began on the
//! same state of the file.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
};

use chrono_tz::Tz;
use rusqlite::{Connection, OpenFlags, types::ValueRef};

use crate::ledger::{
    error::LedgerError,
    raw::Raw,
    source::{Dialect, Part, Row, Source, Visit, readers_worth_having},
};

/// Tries to begin all connections on one state while somebody else writes.
const TRIES: usize = 20;
/// Tables with fewer rowids than this are read by one connection.
const WORTH_PARTS: i64 = 200_000;
/// Parts a connection reads, on average.
const PARTS_EACH: i64 = 8;

/// Open read-only transactions on a SQLite file.
#[derive(Debug)]
pub(in crate::ledger) struct Sqlite {
    connections: Vec<Mutex<Connection>>,
}

fn doing(what: &str) -> impl FnOnce(rusqlite::Error) -> LedgerError {
    let doing = what.to_owned();
    move |cause| LedgerError::Database { doing, cause: Box::new(cause) }
}

impl Sqlite {
    pub(in crate::ledger) fn open(path: &Path) -> Result<Self, LedgerError> {
        if !path.is_file() {
            return Err(LedgerError::NoLedger { path: path.to_owned() });
        }
        let connections = begun_together(path).map_err(doing("when a snapshot was begun"))?;
        Ok(Self { connections: connections.into_iter().map(Mutex::new).collect() })
    }

    /// A connection that nobody uses just now, or the first when all are used.
    fn connection(&self) -> Result<MutexGuard<'_, Connection>, LedgerError> {
        for connection in &self.connections {
            match connection.try_lock() {
                Ok(free) => return Ok(free),
                Err(TryLockError::Poisoned(free)) => return Ok(free.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let first = self.connections.first().map(|first| first.lock().unwrap_or_else(PoisonError::into_inner));
        first.ok_or_else(|| doing("when it was opened")(rusqlite::Error::InvalidQuery))
    }

    fn names(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<String>, LedgerError> {
        let connection = self.connection()?;
        let read = || {
            let mut statement = connection.prepare(sql)?;
            let names = statement.query_map(parameters, |row| row.get(0))?;
            names.collect::<Result<Vec<String>, _>>()
        };
        read().map_err(doing("when its tables were listed"))
    }
}

/// Opens the connections and begins their transactions on one state of the file: nobody committed between the first and the last. With a
/// writer that never rests, one connection reads alone.
fn begun_together(path: &Path) -> Result<Vec<Connection>, rusqlite::Error> {
    let watcher = open(path)?;
    let version = || watcher.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0));
    for _ in 0..TRIES {
        let before = version()?;
        let first = begun(path)?;
        // Where another connection is not to be had, for a writer that waits, one reads alone.
        let others = (1..readers_worth_having()).map_while(|_| begun(path).ok());
        let connections: Vec<Connection> = std::iter::once(first).chain(others).collect();
        if version()? == before {
            return Ok(connections);
        }
    }
    Ok(vec![begun(path)?])
}

fn begun(path: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = open(path)?;
    connection.execute_batch("BEGIN")?;
    // The snapshot is taken by the first read, and only a read tells whether the file is a database at all.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

impl Source for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn settle(&self, _zone: Tz, _tables: &[&str]) -> Result<(), LedgerError> {
        // Every connection holds the whole file as it was, and SQLite knows no zones.
        Ok(())
    }

    fn readers(&self) -> usize {
        self.connections.len()
    }

    fn query(&self, sql: &str, what: &str, visit: Visit<'_>) -> Result<(), LedgerError> {
        let connection = self.connection()?;
        let mut statement = connection.prepare(sql).map_err(doing(what))?;
        let mut rows = statement.query([]).map_err(doing(what))?;
        while let Some(row) = rows.next().map_err(doing(what))? {
            visit(row)?;
        }
        Ok(())
    }

    fn table_columns(&self, table: &str) -> Result<Vec<String>, LedgerError> {
        self.names("SELECT name FROM pragma_table_xinfo(?1)", [table])
    }

    fn query_columns(&self, sql: &str) -> Result<Result<Vec<String>, String>, LedgerError> {
        let connection = self.connection()?;
        let statement = match connection.prepare(sql) {
            Ok(statement) => statement,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if !statement.readonly() {
            return Ok(Err("it would write to the ledger".to_owned()));
        }
        Ok(Ok(statement.column_names().into_iter().map(str::to_owned).collect()))
    }

    fn tables(&self) -> Result<Vec<String>, LedgerError> {
        self.names("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name", [])
    }

    fn unique_keys(&self, table: &str) -> Result<Vec<Vec<String>>, LedgerError> {
        let indexes =
            self.names("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" = 1 AND partial = 0", [table])?;
        let mut keys = vec![self.names("SELECT name FROM pragma_table_info(?1) WHERE pk > 0", [table])?];
        for index in indexes {
            keys.push(self.names("SELECT coalesce(name, '') FROM pragma_index_info(?1)", [index])?);
        }
        Ok(keys)
    }

    fn parts(&self, table: &str) -> Result<Vec<Part>, LedgerError> {
        // Only a table with rowids can be read in ranges of them: not a view, not one declared WITHOUT ROWID.
        let plain =
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name = ?1 AND type = 'table' AND wr = 0";
        // A column of the user's own may be called `rowid`, and is another thing then.
        let hidden = self.table_columns(table)?.iter().any(|column| column.eq_ignore_ascii_case("rowid"));
        if hidden || self.names(plain, [table])?.is_empty() {
            return Ok(vec![Part::Whole]);
        }
        let connection = self.connection()?;
        // One end a statement: SQLite looks up a single one and scans the table for both.
        let end = |which: &str| {
            let sql = format!("SELECT {which}(rowid) FROM {}", Dialect::Sqlite.table(table));
            connection
                .query_row(&sql, [], |row| row.get::<_, Option<i64>>(0))
                .map_err(doing("when its tables were listed"))
        };
        let (first, last) = (end("min")?, end("max")?);
        let (Some(first), Some(last)) = (first, last) else { return Ok(vec![Part::Whole]) };
        let parts = PARTS_EACH * i64::try_from(self.connections.len()).unwrap_or(1);
        Ok(ranges(first, last, parts))
    }
}

/// Ranges of places that together are `first..=last`; one when there are few.
fn ranges(first: i64, last: i64, parts: i64) -> Vec<Part> {
    let Some(width) = last.checked_sub(first).filter(|width| *width >= WORTH_PARTS) else {
        return vec![Part::Whole];
    };
    let step = width / parts + 1;
    (0..parts)
        .map(|part| first + part * step)
        .take_while(|from| *from <= last)
        .map(|from| Part::Places { from, to: from.saturating_add(step - 1).min(last) })
        .collect()
}

impl Row for rusqlite::Row<'_> {
    fn raw(&self, at: usize) -> Raw<'_> {
        match self.get_ref(at) {
            Ok(ValueRef::Integer(value)) => Raw::Integer(value),
            Ok(ValueRef::Text(bytes)) => {
                std::str::from_utf8(bytes).map_or(Raw::Other("text that is not UTF-8"), Raw::Text)
            }
            Ok(ValueRef::Null) | Err(_) => Raw::Null,
            Ok(ValueRef::Real(value)) => Raw::Real(value),
            Ok(ValueRef::Blob(_)) => Raw::Other("a blob"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_called_rowid_is_not_taken_for_the_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        let rows = "VALUES(1, NULL), (2, 300001), (300001, 1)";
        let sql = format!(
            "CREATE TABLE plain(id INTEGER PRIMARY KEY, v); INSERT INTO plain {rows};
             CREATE TABLE named(id INTEGER PRIMARY KEY, RowId); INSERT INTO named {rows};
             CREATE TABLE without(id INTEGER PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO without {rows};
             CREATE VIEW seen AS SELECT * FROM plain"
        );
        Connection::open(&path).unwrap().execute_batch(&sql).unwrap();
        let source = Sqlite::open(&path).unwrap();
        assert!(source.parts("plain").unwrap().len() > 1);
        for table in ["named", "without", "seen"] {
            assert_eq!(source.parts(table).unwrap(), [Part::Whole], "{table}");
        }
    }

    #[test]
    fn ranges_hold_every_place_once() {
        for (first, last, parts) in
            [(1, 200_001, 16), (-5, 1_000_000, 7), (1, 200_003, 3), (i64::MAX - 300_000, i64::MAX, 4)]
        {
            let ranges = ranges(first, last, parts);
            let mut next = first;
            for (at, range) in ranges.iter().enumerate() {
                let Part::Places { from, to } = *range else { panic!("{first} {last}") };
                assert_eq!(from, next);
                assert!(to >= from);
                if at + 1 < ranges.len() {
                    next = to + 1;
                } else {
                    assert_eq!(to, last);
                }
            }
        }
        assert_eq!(ranges(1, 9, 4), [Part::Whole]);
        assert_eq!(ranges(i64::MIN, i64::MAX, 4), [Part::Whole]);
    }
}
