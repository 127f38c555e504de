//! Posting into a SQLite file.
//!
//! Invariants: a chunk is one `BEGIN IMMEDIATE`, so that from its first statement on nobody else writes; a file is never made here.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

use crate::ledger::{
    error::LedgerError,
    posting::{
        error::PostingError,
        facts::{ColumnFacts, Storage, TableFacts},
        writer::{Cells, Take, Trouble, Writer},
    },
};

/// How long somebody else's transaction is waited for.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 10 });
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// A connection to a SQLite file that may write.
#[derive(Debug)]
pub(super) struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    fn open_with(path: &Path, flags: OpenFlags) -> Result<Self, LedgerError> {
        if !path.is_file() {
            return Err(LedgerError::NoLedger { path: path.to_owned() });
        }
        let told = |cause: rusqlite::Error| LedgerError::Database {
            doing: "when it was opened for posting".to_owned(),
            cause: Box::new(cause),
        };
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(told)?;
        connection.busy_handler(Some(patient)).map_err(told)?;
        // What is committed outlives a power cut, whatever the library was built with.
        connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL").map_err(told)?;
        if connection.is_readonly("main").map_err(told)? {
            let cause = format!("the file `{}` may only be read", path.display());
            return Err(PostingError::MayNotWrite { cause }.into());
        }
        Ok(Self { connection })
    }

    fn run(&self, sql: &str, doing: &str) -> Result<(), Trouble> {
        self.connection.execute_batch(sql).map_err(|error| trouble(error, doing))
    }
}

impl Writer for Sqlite {
    fn begin(&mut self) -> Result<(), Trouble> {
        self.roll_back();
        self.run("BEGIN IMMEDIATE", "when a chunk was begun")
    }

    fn rows(&mut self, sql: &str, cells: &Cells, doing: &str, take: Take<'_>) -> Result<(), Trouble> {
        let told = |error| trouble(error, doing);
        let mut statement = self.connection.prepare_cached(sql).map_err(told)?;
        if statement.parameter_count() > 0 {
            statement.raw_bind_parameter(1, json(cells)).map_err(told)?;
        }
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(told)? {
            take(row)?;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Trouble> {
        self.run("COMMIT", "when a chunk was committed")
    }

    fn roll_back(&mut self) {
        if !self.connection.is_autocommit() {
            let _gone_with_the_connection = self.connection.execute_batch("ROLLBACK");
        }
    }

    fn facts(&mut self, table: &str) -> Result<Option<TableFacts>, Trouble> {
        let connection = &self.connection;
        let read = || {
            let kind = connection
                .prepare(include_str!("sqlite_table.sql"))?
                .query_map([table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?
                .next()
                .transpose()?;
            let Some((kind, without_rowid)) = kind else { return Ok(None) };
            let mut statement = connection.prepare(include_str!("sqlite_columns.sql"))?;
            let columns = statement.query_map([table], |row| column(row, without_rowid))?;
            Ok(Some(TableFacts { plain: kind == "table", columns: columns.collect::<Result<_, _>>()? }))
        };
        read().map_err(|error| trouble(error, "when its tables were described"))
    }

    fn try_out(&mut self, sql: &str, _cells: &Cells) -> Result<(), Trouble> {
        // Preparing tells whether there are such columns and such a unique index.
        self.connection.prepare(sql).map(drop).map_err(|error| trouble(error, "when posting was tried out"))
    }
}

/// Whether somebody else's transaction is waited for once more. SQLite's own pauses grow up to 100 ms, by which a busy application never lets anybody in.
fn patient(waited: i32) -> bool {
    std::thread::sleep(PAUSE);
    PAUSE.saturating_mul(waited.unsigned_abs()) < PATIENCE
}

fn column(row: &rusqlite::Row<'_>, without_rowid: bool) -> rusqlite::Result<ColumnFacts> {
    let declared: String = row.get(1)?;
    let (required, default, keys): (bool, Option<String>, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
    let sole_key: bool = row.get(6)?;
    // Only this spelling makes a column the place of its row.
    let place = keys == 1 && sole_key && !without_rowid && declared.eq_ignore_ascii_case("integer");
    Ok(ColumnFacts {
        name: row.get(0)?,
        storage: affinity(&declared),
        cast: String::new(),
        required,
        made: place || default.is_some_and(|default| !default.eq_ignore_ascii_case("null")),
        computed: row.get::<_, i64>(5)? > 1,
        unique: row.get(7)?,
    })
}

/// What SQLite makes of a declared type, by its own rules and in their order.
fn affinity(declared: &str) -> Storage {
    let upper = declared.to_ascii_uppercase();
    let has = |part: &str| upper.contains(part);
    if has("INT") {
        Storage::Whole
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        Storage::Text
    } else if upper.is_empty() || has("BLOB") || upper == "ANY" || has("REAL") || has("FLOA") || has("DOUB") {
        Storage::Other(declared.to_owned())
    } else {
        Storage::Numeric
    }
}

/// The cells as JSON, row by row.
fn json(cells: &Cells) -> String {
    let rows = cells.first().map_or(0, Vec::len);
    let row = |at: usize| cells.iter().filter_map(move |column| column.get(at)).cloned().map(serde_json::Value::String);
    serde_json::Value::Array((0..rows).map(|at| serde_json::Value::Array(row(at).collect())).collect()).to_string()
}

fn trouble(error: rusqlite::Error, doing: &str) -> Trouble {
    let cause = error.to_string();
    let Some(failure) = error.sqlite_error() else {
        return PostingError::Stopped { doing: doing.to_owned(), cause }.into();
    };
    match (failure.code, failure.extended_code) {
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Trouble::Again(cause),
        (ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen, _) => {
            PostingError::MayNotWrite { cause }.into()
        }
        (ErrorCode::ConstraintViolation, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
            PostingError::OtherKey { cause }.into()
        }
        (ErrorCode::ConstraintViolation, _) => PostingError::Refused { cause }.into(),
        _ => PostingError::Stopped { doing: doing.to_owned(), cause }.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_may_only_be_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        assert!(matches!(Sqlite::open(&path), Err(LedgerError::NoLedger { .. })));
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
        let refused = Sqlite::open_with(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap_err().to_string();
        assert!(refused.contains("may not be written") && refused.contains("may only be read"), "{refused}");
        assert!(Sqlite::open(&path).is_ok());
    }

    #[test]
    fn types_are_what_sqlite_makes_of_them() {
        for (declared, storage) in [
            ("INTEGER", Storage::Whole),
            ("bigint", Storage::Whole),
            ("VARCHAR(20)", Storage::Text),
            ("text", Storage::Text),
            ("DATETIME", Storage::Numeric),
            ("DECIMAL(10,0)", Storage::Numeric),
            ("", Storage::Other(String::new())),
            ("REAL", Storage::Other("REAL".to_owned())),
            ("BLOB", Storage::Other("BLOB".to_owned())),
        ] {
            assert_eq!(affinity(declared), storage, "{declared}");
        }
    }
}
