//! One connection to PostgreSQL that holds a read-only transaction on a snapshot.
//!
//! Invariants: every statement runs inside a savepoint, so that an error ends that statement and not the transaction. A connection of which it is
//! not known where it stands is closed and never used again.
//!
//! Not here: how rows are streamed (`copy`).

use sqlx::{
    AssertSqlSafe, Column, Connection, Either, Error, Executor, SqlSafeStr, Statement,
    postgres::{PgConnection, PgStatement},
};

use crate::ledger::{
    error::LedgerError,
    source::postgres::{access::Access, line::Line},
};

/// A connection with its transaction.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) line: Line,
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
        let mut line = Line::new(access)?;
        line.connect(async |access| access.begun(snapshot).await)?;
        let mut reader = Self { line, process: 0 };
        let process = async |connection: &mut PgConnection| {
            sqlx::query_scalar(include_str!("process.sql")).fetch_one(connection).await
        };
        reader.process = reader.line.work(doing, process)?;
        Ok(reader)
    }

    /// Whether the connection can still be used.
    pub(super) fn is_open(&self) -> bool {
        self.line.is_open()
    }

    /// Runs a statement that gives no rows; an error takes back what it did, and nothing else.
    pub(super) fn run(&mut self, sql: &str, doing: &str) -> Result<(), LedgerError> {
        self.guarded(doing, |reader, doing| {
            reader.line.work(doing, async |connection| connection.execute(AssertSqlSafe(sql)).await.map(drop))
        })
    }

    /// Lets other connections begin on this one's snapshot; `None` where the server cannot do that.
    pub(super) fn export(&mut self) -> Option<String> {
        let exported = self.line.work("when its snapshot was shared", async |connection| {
            sqlx::query_scalar::<_, String>(include_str!("export.sql")).fetch_one(connection).await
        });
        if exported.is_err() {
            // The error ended the transaction, in which nothing was read yet.
            let access = self.line.access.clone();
            let again = self.line.work("when a snapshot was begun", async |connection| {
                connection.execute("ROLLBACK").await?;
                access.begin(connection, None).await
            });
            if again.is_err() {
                self.line.close();
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
            reader.line.work(doing, async |connection| {
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
            let prepared = reader.line.work(doing, async |connection| Ok(prepared(connection, sql).await))?;
            prepared.map_err(|error| {
                let told = reader.line.access.teller.told(&error, doing);
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
        self.line.work(doing, async |connection| connection.execute("SAVEPOINT fenji").await)?;
        let done = work(self, doing);
        let ended = if done.is_ok() {
            self.line.work(doing, async |connection| connection.execute("RELEASE SAVEPOINT fenji").await.map(drop))
        } else {
            self.line.work(doing, async |connection| {
                // A cancellation that came too late hits the first statement behind it.
                if connection.execute("ROLLBACK TO SAVEPOINT fenji").await.is_err() {
                    connection.execute("ROLLBACK TO SAVEPOINT fenji").await?;
                }
                // Their tables are no longer held, and may change.
                connection.clear_cached_statements().await
            })
        };
        if ended.is_err() {
            self.line.close();
        }
        done.and_then(|value| ended.map(|()| value))
    }
}

/// Prepares a statement, for its columns.
pub(super) async fn prepared(connection: &mut PgConnection, sql: &str) -> Result<PgStatement, Error> {
    connection.prepare(AssertSqlSafe(sql).into_sql_str()).await
}
