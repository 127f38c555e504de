//! The store in a file of SQLite: the default, for runners on one machine.

use std::{path::Path, pin::Pin, time::Duration};

use sqlx::{
    ConnectOptions, Connection, Error, Executor, Row as _, SqlSafeStr, SqliteConnection, TypeInfo, ValueRef,
    migrate::MigrateError,
    query::Query,
    sqlite::{Sqlite, SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous},
};

use crate::run::store::database::{Answer, Control, Database, Row, Statement, Value, migrations};

/// How long another process may hold the file.
const BUSY: Duration = Duration::from_secs(30);

/// A connection to a file.
#[derive(Debug)]
pub(in crate::run::store) struct SqliteStore(SqliteConnection);

impl SqliteStore {
    /// Opens the file; makes it when it is not there.
    pub(in crate::run::store) async fn open(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .disable_statement_logging();
        SqliteConnection::connect_with(&options).await.map(Self)
    }
}

impl Database for SqliteStore {
    fn query<'d>(&'d mut self, statement: &'d Statement, values: Vec<Value>) -> Answer<'d, Vec<Row>> {
        Box::pin(async move {
            let rows = bound(statement, values).fetch_all(&mut self.0).await?;
            rows.iter().map(row).collect()
        })
    }

    fn execute<'d>(&'d mut self, statement: &'d Statement, values: Vec<Value>) -> Answer<'d, u64> {
        Box::pin(async move { Ok(bound(statement, values).execute(&mut self.0).await?.rows_affected()) })
    }

    fn control(&mut self, control: Control) -> Answer<'_, ()> {
        let sql = match control {
            // A transaction that reads first and writes later fails when somebody wrote meanwhile: it takes the lock at once.
            Control::Begin | Control::BeginRows => "BEGIN IMMEDIATE",
            Control::BeginRead => "BEGIN",
            Control::Commit => "COMMIT",
            Control::Rollback => "ROLLBACK",
        };
        Box::pin(async move { self.0.execute(sql).await.map(drop) })
    }

    fn now(&mut self) -> Answer<'_, i64> {
        const NOW: &str = "SELECT CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)";
        Box::pin(async move { sqlx::query_scalar(NOW).fetch_one(&mut self.0).await })
    }

    fn only_read(&mut self) -> Answer<'_, ()> {
        Box::pin(async move { self.0.execute("PRAGMA query_only = 1").await.map(drop) })
    }

    fn migrate(&mut self) -> Pin<Box<dyn Future<Output = Result<(), MigrateError>> + Send + '_>> {
        Box::pin(async move { migrations(|step| step.sqlite).run_direct(None, &mut self.0, false).await })
    }

    fn prepare<'d>(&'d mut self, statement: &'d Statement) -> Answer<'d, ()> {
        Box::pin(async move { self.0.prepare(statement.sqlite.into_sql_str()).await.map(drop) })
    }
}

fn bound(statement: &Statement, values: Vec<Value>) -> Query<'_, Sqlite, SqliteArguments> {
    let query = sqlx::query(statement.sqlite);
    values.into_iter().fold(query, |query, value| match value {
        Value::Integer(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

fn row(row: &SqliteRow) -> Result<Row, Error> {
    let value = |column: usize| {
        let raw = row.try_get_raw(column)?;
        if raw.is_null() {
            return Ok(Value::Integer(None));
        }
        match raw.type_info().name() {
            "INTEGER" | "BOOLEAN" => row.try_get(column).map(|number| Value::Integer(Some(number))),
            "TEXT" => row.try_get(column).map(|text| Value::Text(Some(text))),
            "BLOB" => row.try_get(column).map(|bytes| Value::Bytes(Some(bytes))),
            other => Err(Error::ColumnDecode {
                index: column.to_string(),
                source: format!("a store has no values of the type `{other}`").into(),
            }),
        }
    };
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row)
}
