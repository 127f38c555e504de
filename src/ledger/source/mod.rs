//! The databases a ledger can stand in, one file each; each yields raw values inside one read-only snapshot.
//!
//! Invariants: everything a source reads in its life is of one state of the database. A source knows SQL and nothing of the contract's types
//! (`ledger::decode`). SQL is put together from names quoted by [`Dialect`], literals written by it and numbers, and from nothing else.

mod dialect;
mod mysql;
pub(super) mod postgres;
mod rows;
#[cfg(test)]
#[path = "../../../tests/suite/servers.rs"]
#[expect(dead_code, unreachable_pub, reason = "the integration tests use the rest of it")]
pub(super) mod servers;
pub(super) mod sqlite;

use std::fmt::Debug;

use chrono_tz::Tz;

pub(super) use dialect::{Dialect, Part};
pub(super) use rows::{among_sql, check, count, duplicate, info, rows_sql, sample_sql, select_sql};

use crate::ledger::{error::LedgerError, mapping::Database, raw::Raw};

/// Readers of one database at once, at most: they are many processors' worth of work for its server.
const MOST_READERS: usize = 4;

/// How many readers are worth having on this machine.
fn readers_worth_having() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().min(MOST_READERS))
}

/// A row under a cursor.
pub(super) trait Row {
    /// The raw value of the column at a place; [`Raw::Null`] behind the last.
    fn raw(&self, at: usize) -> Raw<'_>;
}

/// What is done with each row.
pub(super) type Visit<'v> = &'v mut (dyn FnMut(&dyn Row) -> Result<(), LedgerError> + Send);

/// A database with an open read-only snapshot.
pub(super) trait Source: Debug + Send + Sync {
    /// The SQL that it speaks.
    fn dialect(&self) -> Dialect;

    /// Makes the database work out local times in the ledger's zone, as views and queries may, and holds the tables that will be read, so that nobody empties or alters
    /// them under the snapshot.
    fn settle(&self, zone: Tz, tables: &[&str]) -> Result<(), LedgerError>;

    /// How many queries may run at once, each from a thread of its own; at least 1.
    fn readers(&self) -> usize;

    /// Visits the rows of a query. An error of `visit` ends the query, on the server too, and is returned.
    fn query(&self, sql: &str, doing: &str, visit: Visit<'_>) -> Result<(), LedgerError>;

    /// The columns of a table or view, in order; none when there is no such table or it may not be seen.
    fn table_columns(&self, table: &str) -> Result<Vec<String>, LedgerError>;

    /// The columns of a query that a user wrote, or the database's own words of why it cannot be run. Runs nothing.
    fn query_columns(&self, sql: &str) -> Result<Result<Vec<String>, String>, LedgerError>;

    /// The names of all tables and views that can be seen, as a mapping would write them.
    fn tables(&self) -> Result<Vec<String>, LedgerError>;

    /// The columns of every unique index without a condition and of the primary key of a table.
    fn unique_keys(&self, table: &str) -> Result<Vec<Vec<String>>, LedgerError>;

    /// Parts into which the rows of a table can be read apart, by several readers at once; `[Part::Whole]` where that does not pay.
    fn parts(&self, table: &str) -> Result<Vec<Part>, LedgerError>;
}

/// Does something on a thread of its own, and waits for it: a runtime can neither start nor end inside another, and a caller may be in one.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked)))
}

/// Opens a snapshot of a database.
pub(super) fn open(database: &Database) -> Result<Box<dyn Source>, LedgerError> {
    match database {
        Database::Sqlite(path) => Ok(Box::new(sqlite::Sqlite::open(path)?)),
        Database::Postgres(server) => Ok(Box::new(postgres::Postgres::open(server)?)),
        Database::MySql(server) => Ok(Box::new(mysql::MySql::open(server)?)),
    }
}
