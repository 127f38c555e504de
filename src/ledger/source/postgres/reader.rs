//! One connection to PostgreSQL that holds a read-only transaction on a snapshot.
//!
//! Invariants: every statement runs inside a savepoint, so that an error ends that statement and not the transaction. A connection of which it is
//! not known where it stands is closed and never used again. The runtime of a connection runs on threads of its own: callers may be inside another.
//!
//! Not here: how rows are streamed (`copy`).

use std::time::Duration;

use sqlx::{
    AssertSqlSafe, Column, Connection, Either, Error, Executor, SqlSafeStr, Statement,
    postgres::{PgConnection, PgStatement},
};
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

/// A connection with its transaction.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) access: Access,
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    connection: Option<PgConnection>,
    /// The server's process, by which it is cancelled.
    pub(super) process: i32,
}

/// What a statement would give.
#[derive(Debug)]
pub(super) struct Described {
    /// Its columns.
    pub(super) columns: Vec<String>,
    /// How many parameters it wants.
    pub(super) parameters: usize,
}

impl Reader {
    /// Connects and begins a transaction: on the snapshot of another, or on one of its own.
    pub(super) fn open(access: Access, snapshot: Option<&str>) -> Result<Self, LedgerError> {
        let doing = "when a snapshot was begun";
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|cause| access.teller.connecting(&Error::Io(cause)))?;
        let begun = apart(|| runtime.block_on(access.begun(snapshot)));
        // A runtime may be dropped only as `Drop` does it, whatever became of the connection.
        let mut reader = Self { access, runtime: Some(runtime), connection: None, process: 0 };
        reader.connection = Some(begun?);
        let process = async |connection: &mut PgConnection| {
            sqlx::query_scalar(include_str!("process.sql")).fetch_one(connection).await
        };
        reader.process = reader.work(doing, process)?;
        Ok(reader)
    }

    /// Whether the connection can still be used.
    pub(super) fn is_open(&self) -> bool {
        self.connection.is_some()
    }

    /// Runs a statement that gives no rows; an error takes back what it did, and nothing else.
    pub(super) fn run(&mut self, sql: &str, doing: &str) -> Result<(), LedgerError> {
        self.guarded(doing, |reader, doing| {
            reader.work(doing, async |connection| connection.execute(AssertSqlSafe(sql)).await.map(drop))
        })
    }

    /// Lets other connections begin on this one's snapshot; `None` where the server cannot do that.
    pub(super) fn export(&mut self) -> Option<String> {
        let exported = self.work("when its snapshot was shared", async |connection| {
            sqlx::query_scalar::<_, String>(include_str!("export.sql")).fetch_one(connection).await
        });
        if exported.is_err() {
            // The error ended the transaction, in which nothing was read yet.
            let access = self.access.clone();
            let again = self.work("when a snapshot was begun", async |connection| {
                connection.execute("ROLLBACK").await?;
                access.begin(connection, None).await
            });
            if again.is_err() {
                self.close();
            }
        }
        exported.ok()
    }

    /// Runs one of fenji's own statements about the catalog, whose rows are of one column; `table` is its parameter.
    pub(super) fn catalog<T>(&mut self, sql: &'static str, table: Option<&str>) -> Result<Vec<T>, LedgerError>
    where
        T: Send + Unpin + for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        self.guarded("when its tables were listed", |reader, doing| {
            reader.work(doing, async |connection| {
                let query = sqlx::query_scalar::<_, T>(sql);
                match table {
                    Some(table) => query.bind(table).fetch_all(connection).await,
                    None => query.fetch_all(connection).await,
                }
            })
        })
    }

    /// What a statement would give, or why the server refuses it. Runs nothing; the server takes nothing but one whole statement.
    pub(super) fn described(&mut self, sql: &str) -> Result<Result<Described, Error>, LedgerError> {
        let mut refused = None;
        let described = self.guarded("when a query was checked", |reader, doing| {
            let prepared = reader.work(doing, async |connection| Ok(prepared(connection, sql).await))?;
            prepared.map_err(|error| {
                let told = reader.access.teller.told(&error, doing);
                refused = Some(error);
                told
            })
        });
        match (described, refused) {
            (_, Some(error)) => Ok(Err(error)),
            (Err(error), None) => Err(error),
            (Ok(statement), None) => Ok(Ok(Described {
                columns: statement.columns().iter().map(|column| column.name().to_owned()).collect(),
                parameters: statement.parameters().map_or(0, |parameters| match parameters {
                    Either::Left(kinds) => kinds.len(),
                    Either::Right(count) => count,
                }),
            })),
        }
    }

    /// Does something inside a savepoint, which takes back what an error leaves behind.
    pub(super) fn guarded<T>(
        &mut self,
        doing: &str,
        work: impl FnOnce(&mut Self, &str) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.work(doing, async |connection| connection.execute("SAVEPOINT fenji").await)?;
        let done = work(self, doing);
        let ended = if done.is_ok() {
            self.work(doing, async |connection| connection.execute("RELEASE SAVEPOINT fenji").await.map(drop))
        } else {
            self.work(doing, async |connection| {
                // A cancellation that came too late hits the first statement behind it.
                if connection.execute("ROLLBACK TO SAVEPOINT fenji").await.is_err() {
                    connection.execute("ROLLBACK TO SAVEPOINT fenji").await?;
                }
                // Their tables are no longer held, and may change.
                connection.clear_cached_statements().await
            })
        };
        if ended.is_err() {
            self.close();
        }
        done.and_then(|value| ended.map(|()| value))
    }

    /// Does something with the connection, within the limit.
    pub(super) fn work<T: Send>(
        &mut self,
        doing: &str,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error> + Send,
    ) -> Result<T, LedgerError> {
        let patience = self.access.patience();
        let (runtime, connection) = self.parts(doing)?;
        let done = apart(|| runtime.block_on(async { timeout(patience, work(connection)).await }));
        if let Ok(done) = done {
            return done.map_err(|error| self.access.teller.told(&error, doing));
        }
        self.close();
        Err(self.access.teller.timed_out(doing))
    }

    /// The connection and what runs it.
    pub(super) fn parts(&mut self, doing: &str) -> Result<(&Runtime, &mut PgConnection), LedgerError> {
        self.runtime.as_ref().zip(self.connection.as_mut()).ok_or_else(|| Teller::gone(doing))
    }

    /// Ends the connection without a word.
    pub(super) fn close(&mut self) {
        if let (Some(runtime), Some(connection)) = (&self.runtime, self.connection.take()) {
            apart(|| {
                let _within = runtime.enter();
                drop(connection);
            });
        }
    }
}

impl Drop for Reader {
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

/// Prepares a statement, for its columns.
pub(super) async fn prepared(connection: &mut PgConnection, sql: &str) -> Result<PgStatement, Error> {
    connection.prepare(AssertSqlSafe(sql).into_sql_str()).await
}
