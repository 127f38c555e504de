//! A ledger in MariaDB or MySQL, read as prepared statements over one connection.
//!
//! Invariants: everything is read in one read-only transaction with a consistent snapshot; nothing is read from a table whose engine has none.
//! Statements are only ever prepared, so that a query can never become two. Not here: what its values are (`value`), how the connection is
//! kept and how a read is stopped (`line`), what its errors mean (`told`).

mod line;
mod told;
mod value;

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicI64, Ordering},
    mpsc,
};

use chrono_tz::Tz;
use sqlx::mysql::MySqlRow;
use tokio::sync::oneshot;

use crate::ledger::{
    clock::fixed_offset,
    error::LedgerError,
    server::Server,
    source::{Dialect, Part, Source, Visit, apart},
};
use line::Line;
use value::{Kind, MySqlRead, kinds};

/// Batches of rows that wait to be visited.
const WAITING_BATCHES: usize = 4;

/// An open read-only transaction on MariaDB or MySQL.
#[derive(Debug)]
pub(in crate::ledger) struct MySql {
    server: Server,
    line: Mutex<Line>,
    /// Seconds by which the session's zone is ahead of UTC.
    offset: AtomicI64,
}

impl MySql {
    /// Connects and begins the snapshot.
    pub(in crate::ledger) fn open(server: &Server) -> Result<Self, LedgerError> {
        let line = apart(|| Line::open(server))?;
        Ok(Self { server: server.clone(), line: Mutex::new(line), offset: AtomicI64::new(0) })
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The texts of a small query about the schema.
    fn texts(&self, sql: &'static str, parameters: &[&str]) -> Result<Vec<Vec<String>>, LedgerError> {
        let mut line = self.line();
        let line = &mut *line;
        apart(|| line.texts(sql, parameters, "when its tables were listed"))
    }

    /// The schema and the name of a table as a mapping writes it.
    fn place<'t>(&'t self, table: &'t str) -> (&'t str, &'t str) {
        table.split_once('.').unwrap_or((&self.server.database, table))
    }

    /// Refuses a table whose engine has no snapshots.
    fn check_engine(&self, schema: &str, table: &str) -> Result<(), LedgerError> {
        match self.texts(include_str!("engine.sql"), &[schema, table])?.into_iter().flatten().next() {
            Some(engine) => Err(LedgerError::NoSnapshot { table: format!("{schema}.{table}"), engine }),
            None => Ok(()),
        }
    }
}

impl Source for MySql {
    fn dialect(&self) -> Dialect {
        Dialect::MySql
    }

    fn settle(&self, zone: Tz, _tables: &[&str]) -> Result<(), LedgerError> {
        // Names of zones need tables that many servers have not; a zone that changes its offset cannot be written without.
        let Some(offset) = fixed_offset(zone) else { return Ok(()) };
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.abs() / 60;
        let sql = format!("SET SESSION time_zone = '{sign}{:02}:{:02}'", minutes / 60, minutes % 60);
        let mut line = self.line();
        let line = &mut *line;
        apart(|| line.run(&sql, "when the zone was set"))?;
        self.offset.store(offset, Ordering::Relaxed);
        Ok(())
    }

    fn readers(&self) -> usize {
        1
    }

    fn query(&self, sql: &str, doing: &str, visit: Visit<'_>) -> Result<(), LedgerError> {
        let mut line = self.line();
        let line = &mut *line;
        let (sender, receiver) = mpsc::sync_channel(WAITING_BATCHES);
        let (go_on, stopped) = oneshot::channel::<()>();
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| line.stream(sql, doing, sender, stopped));
            let visited = visit_all(receiver, self.offset.load(Ordering::Relaxed), visit);
            // The reader stops when this is gone, if it has not reached the end.
            drop(go_on);
            let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            visited.and(read)
        })
    }

    fn table_columns(&self, table: &str) -> Result<Vec<String>, LedgerError> {
        let (schema, name) = self.place(table);
        let columns: Vec<String> =
            self.texts(include_str!("columns.sql"), &[schema, name])?.into_iter().flatten().collect();
        self.check_engine(schema, name)?;
        Ok(columns)
    }

    fn query_columns(&self, sql: &str) -> Result<Result<Vec<String>, String>, LedgerError> {
        let described = {
            let mut line = self.line();
            let line = &mut *line;
            apart(|| line.describe(sql))?
        };
        let described = match described {
            Ok(described) => described,
            Err(cause) => return Ok(Err(cause)),
        };
        for (schema, table) in &described.tables {
            self.check_engine(schema, table)?;
        }
        Ok(Ok(described.columns))
    }

    fn tables(&self) -> Result<Vec<String>, LedgerError> {
        let own = &self.server.database;
        let named = |row: Vec<String>| match row.as_slice() {
            [schema, table] if schema == own && !table.contains('.') => Some(table.clone()),
            [schema, table] => Some(format!("{schema}.{table}")),
            _ => None,
        };
        Ok(self.texts(include_str!("tables.sql"), &[])?.into_iter().filter_map(named).collect())
    }

    fn unique_keys(&self, table: &str) -> Result<Vec<Vec<String>>, LedgerError> {
        let (schema, name) = self.place(table);
        let mut keys: Vec<(String, Vec<String>)> = Vec::new();
        for row in self.texts(include_str!("unique_keys.sql"), &[schema, name])? {
            let [index, column] = <[String; 2]>::try_from(row).unwrap_or_default();
            match keys.last_mut() {
                Some((same, columns)) if *same == index => columns.push(column),
                _ => keys.push((index, vec![column])),
            }
        }
        Ok(keys.into_iter().map(|(_, columns)| columns).collect())
    }

    fn parts(&self, _table: &str) -> Result<Vec<Part>, LedgerError> {
        Ok(vec![Part::Whole])
    }
}

/// Visits rows as they arrive. Going away early makes the sender stop.
fn visit_all(batches: mpsc::Receiver<Vec<MySqlRow>>, offset: i64, visit: Visit<'_>) -> Result<(), LedgerError> {
    let mut known: Option<Vec<Kind>> = None;
    for batch in batches {
        for row in &batch {
            let kinds = known.get_or_insert_with(|| kinds(row));
            visit(&MySqlRead { row, kinds, offset })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
