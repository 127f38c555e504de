//! A ledger on a PostgreSQL server, read by `COPY … TO STDOUT (FORMAT binary)`.
//!
//! Invariants: all connections read one snapshot, in read-only transactions. What a user wrote reaches the server only to be prepared, explained
//! or copied from, as exactly one statement. Values never become part of a statement here.

pub(in crate::ledger) mod access;
mod copy;
pub(in crate::ledger) mod kind;
pub(in crate::ledger) mod line;
mod numeric;
mod reader;
#[cfg(test)]
mod tests;
pub(in crate::ledger) mod told;
mod tuples;

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use access::Access;
use chrono_tz::Tz;
use reader::Reader;

use crate::ledger::{
    error::LedgerError,
    server::Server,
    source::{Dialect, Part, Source, Visit, readers_worth_having},
};

/// Tables of fewer blocks than this are read by one connection.
const WORTH_PARTS: i64 = 4_000;
/// Parts of a table that is worth them, about.
const PARTS: i64 = 16;
/// The last block that a table can have.
const LAST_BLOCK: i64 = 4_294_967_294;

/// Open read-only transactions on a PostgreSQL server.
#[derive(Debug)]
pub(in crate::ledger) struct Postgres {
    access: Access,
    readers: Vec<Mutex<Reader>>,
}

impl Postgres {
    pub(in crate::ledger) fn open(server: &Server) -> Result<Self, LedgerError> {
        let access = Access::new(server)?;
        let mut first = Reader::open(access.clone(), None)?;
        let snapshot = first.export();
        let mut readers = vec![Mutex::new(first)];
        if let Some(snapshot) = snapshot {
            // Where another connection is not to be had, one reads alone.
            let others = (1..readers_worth_having()).map_while(|_| Reader::open(access.clone(), Some(&snapshot)).ok());
            readers.extend(others.map(Mutex::new));
        }
        Ok(Self { access, readers })
    }

    /// A connection that nobody uses just now, or the first when all are used.
    fn reader(&self) -> Result<MutexGuard<'_, Reader>, LedgerError> {
        for reader in &self.readers {
            match reader.try_lock() {
                // One that was closed after an error leaves its work to the others.
                Ok(free) if free.is_open() => return Ok(free),
                Err(TryLockError::Poisoned(free)) => return Ok(free.into_inner()),
                Ok(_) | Err(TryLockError::WouldBlock) => {}
            }
        }
        let first = self.readers.first().map(|first| first.lock().unwrap_or_else(PoisonError::into_inner));
        first.ok_or_else(|| told::Teller::gone("when a connection was looked for"))
    }

    fn about<T>(&self, sql: &'static str, table: &str) -> Result<Vec<T>, LedgerError>
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        self.reader()?.catalog(sql, Some(&Dialect::Postgres.table(table)))
    }
}

impl Source for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn settle(&self, zone: Tz, tables: &[&str]) -> Result<(), LedgerError> {
        let zone = Dialect::Postgres.literal(zone.name());
        for reader in &self.readers {
            let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
            reader.run(&format!("SET LOCAL TimeZone = {zone}"), "when the zone was set")?;
            for table in tables {
                // What is missing or denied is told when it is read.
                let hold = format!("SELECT FROM {} WHERE false", Dialect::Postgres.table(table));
                let _held = reader.run(&hold, "when the tables were held");
            }
        }
        Ok(())
    }

    fn readers(&self) -> usize {
        self.readers.len()
    }

    fn query(&self, sql: &str, doing: &str, visit: Visit<'_>) -> Result<(), LedgerError> {
        self.reader()?.copy(sql, doing, visit)
    }

    fn table_columns(&self, table: &str) -> Result<Vec<String>, LedgerError> {
        self.about(include_str!("columns.sql"), table)
    }

    fn query_columns(&self, sql: &str) -> Result<Result<Vec<String>, String>, LedgerError> {
        let mut reader = self.reader()?;
        let refused = |error: &sqlx::Error, sql: &str| {
            told::refusal(error, sql)
                .map_or_else(|| Err(self.access.teller.told(error, "when a query was checked")), |words| Ok(Err(words)))
        };
        let described = match reader.described(sql)? {
            Ok(described) => described,
            Err(error) => return refused(&error, sql),
        };
        if described.parameters > 0 {
            return Ok(Err("it has parameters such as `$1`, which nothing would fill".to_owned()));
        }
        // Only what gives rows and changes nothing can stand in another query.
        let inner = format!("SELECT * FROM (\n{sql}\n) AS mapped");
        Ok(match reader.described(&inner)? {
            Ok(_) => Ok(described.columns),
            Err(error) => match told::refusal(&error, &inner) {
                Some(words) => Err(format!("it is not one `SELECT`: {words}")),
                None => return Err(self.access.teller.told(&error, "when a query was checked")),
            },
        })
    }

    fn tables(&self) -> Result<Vec<String>, LedgerError> {
        self.reader()?.catalog(include_str!("tables.sql"), None)
    }

    fn unique_keys(&self, table: &str) -> Result<Vec<Vec<String>>, LedgerError> {
        self.about(include_str!("unique.sql"), table)
    }

    fn parts(&self, table: &str) -> Result<Vec<Part>, LedgerError> {
        let blocks: Vec<Option<i64>> = self.about(include_str!("blocks.sql"), table)?;
        Ok(blocks.first().copied().flatten().map_or_else(|| vec![Part::Whole], ranges))
    }
}

/// Ranges of blocks that hold every row of a table; one part when it is small.
fn ranges(blocks: i64) -> Vec<Part> {
    if blocks < WORTH_PARTS {
        return vec![Part::Whole];
    }
    let step = blocks / PARTS + 1;
    (0..PARTS)
        .map(|part| part * step)
        .take_while(|from| *from < blocks)
        .map(|from| {
            let end = from + step;
            Part::Places { from, to: if end < blocks { end - 1 } else { LAST_BLOCK } }
        })
        .collect()
}
