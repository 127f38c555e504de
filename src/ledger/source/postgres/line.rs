//! One connection to PostgreSQL, and the runtime that drives it.
//!
//! Invariants: a connection of which it is not known where it stands is closed and never used again. The runtime runs on threads of its own: callers may be inside
//! another.

use std::time::Duration;

use sqlx::{Connection, Error, postgres::PgConnection};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};

use crate::ledger::{
    error::LedgerError,
    source::{
        apart,
        postgres::{access::Access, told::Teller},
    },
};

/// The longest wait for a polite end.
const CLOSING: Duration = Duration::from_secs(1);

/// A connection, or the room for one.
#[derive(Debug)]
pub(in crate::ledger) struct Line {
    pub(in crate::ledger) access: Access,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    connection: Option<PgConnection>,
}

impl Line {
    /// A line that is not connected yet.
    pub(in crate::ledger) fn new(access: Access) -> Result<Self, LedgerError> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|cause| access.teller.connecting(&Error::Io(cause)))?;
        Ok(Self { access, runtime: Some(runtime), connection: None })
    }

    /// Connects.
    pub(in crate::ledger) fn connect(
        &mut self,
        connected: impl AsyncFnOnce(&Access) -> Result<PgConnection, LedgerError> + Send,
    ) -> Result<(), LedgerError> {
        let Some(runtime) = &self.runtime else { return Err(Teller::gone("when a connection was made")) };
        let access = &self.access;
        self.connection = Some(apart(|| runtime.block_on(connected(access)))?);
        Ok(())
    }

    /// Whether the connection can still be used.
    pub(in crate::ledger) fn is_open(&self) -> bool {
        self.connection.is_some()
    }

    /// Does something with the connection, within the limit.
    pub(super) fn work<T: Send>(
        &mut self,
        doing: &str,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error> + Send,
    ) -> Result<T, LedgerError> {
        let done = self.answered(doing, work)?;
        done.map_err(|error| self.access.teller.told(&error, doing))
    }

    /// Does something with the connection, within the limit, and hands on what the server answered.
    pub(in crate::ledger) fn answered<T: Send>(
        &mut self,
        doing: &str,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error> + Send,
    ) -> Result<Result<T, Error>, LedgerError> {
        let patience = self.access.patience();
        let (runtime, connection) = self.parts(doing)?;
        let done = apart(|| runtime.block_on(async { timeout(patience, work(connection)).await }));
        done.map_err(|_| {
            self.close();
            self.access.teller.timed_out(doing)
        })
    }

    /// The connection and what runs it.
    pub(super) fn parts(&mut self, doing: &str) -> Result<(&Runtime, &mut PgConnection), LedgerError> {
        self.runtime.as_ref().zip(self.connection.as_mut()).ok_or_else(|| Teller::gone(doing))
    }

    /// Ends the connection without a word.
    pub(in crate::ledger) fn close(&mut self) {
        if let (Some(runtime), Some(connection)) = (&self.runtime, self.connection.take()) {
            apart(|| {
                let _within = runtime.enter();
                drop(connection);
            });
        }
    }
}

/// A runtime may be dropped only on a thread of its own, whatever became of the connection.
impl Drop for Line {
    fn drop(&mut self) {
        let (Some(runtime), connection) = (self.runtime.take(), self.connection.take()) else { return };
        apart(move || {
            if let Some(connection) = connection {
                let _closed = runtime.block_on(async { timeout(CLOSING, connection.close()).await });
            }
            runtime.shutdown_background();
        });
    }
}
