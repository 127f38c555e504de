//! The store on a PostgreSQL server: for runners on several machines. Its tables stand in a schema of their own, `fenji`.

use std::{pin::Pin, time::Duration};

use sqlx::{
    ConnectOptions, Error, Executor, PgConnection, Row as _, SqlSafeStr, TypeInfo, ValueRef,
    migrate::MigrateError,
    postgres::{PgArguments, PgConnectOptions, PgRow, Postgres},
    query::Query,
};

use crate::run::store::database::{Answer, Control, Database, Row, Statement, Value, migrations};

/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(20);

/// What holds for a connection: a frozen process must not hold locks that nobody can break, and nothing waits for ever. Each statement that runs often has an index that gives its
/// order; without statistics the server would rather read and sort all that waits, for each run that is claimed (10,000 waiting: 13 ms instead of 0.2 ms).
const SETTINGS: &[(&str, &str)] = &[
    ("search_path", "fenji"),
    ("timezone", "UTC"),
    ("idle_in_transaction_session_timeout", "30s"),
    ("lock_timeout", "10s"),
    ("statement_timeout", "120s"),
    ("tcp_keepalives_idle", "30"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
    ("enable_sort", "off"),
    ("enable_bitmapscan", "off"),
];

/// A connection to a server.
#[derive(Debug)]
pub(in crate::run::store) struct PostgresStore(PgConnection);

impl PostgresStore {
    /// Connects.
    pub(in crate::run::store) async fn open(options: PgConnectOptions) -> Result<Self, Error> {
        let options = options.options(SETTINGS.iter().copied()).statement_cache_capacity(128);
        let timed = tokio::time::timeout(CONNECTING, options.connect()).await;
        timed.map_err(|_| Error::Io(std::io::Error::from(std::io::ErrorKind::TimedOut)))?.map(Self)
    }
}

impl Database for PostgresStore {
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
            // The number means nothing to anybody else; the lock ends with the transaction.
            Control::Begin => "BEGIN; SELECT pg_advisory_xact_lock(4600318)",
            Control::BeginRows => "BEGIN",
            Control::BeginRead => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            Control::Commit => "COMMIT",
            Control::Rollback => "ROLLBACK",
        };
        Box::pin(async move { self.0.execute(sql).await.map(drop) })
    }

    fn now(&mut self) -> Answer<'_, i64> {
        const NOW: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint";
        Box::pin(async move { sqlx::query_scalar(NOW).fetch_one(&mut self.0).await })
    }

    fn only_read(&mut self) -> Answer<'_, ()> {
        Box::pin(async move { self.0.execute("SET default_transaction_read_only = on").await.map(drop) })
    }

    fn migrate(&mut self) -> Pin<Box<dyn Future<Output = Result<(), MigrateError>> + Send + '_>> {
        Box::pin(async move {
            // Only who has no schema yet needs the right to make one. Two that start together may both try.
            let there: bool = sqlx::query_scalar("SELECT to_regnamespace('fenji') IS NOT NULL")
                .fetch_one(&mut self.0)
                .await
                .map_err(MigrateError::Execute)?;
            if !there {
                let made = self.0.execute("CREATE SCHEMA IF NOT EXISTS fenji").await;
                made.map(drop).or_else(already).map_err(MigrateError::Execute)?;
            }
            migrations(|step| step.postgres).run_direct(None, &mut self.0, false).await
        })
    }

    fn prepare<'d>(&'d mut self, statement: &'d Statement) -> Answer<'d, ()> {
        Box::pin(async move { self.0.prepare(statement.postgres.into_sql_str()).await.map(drop) })
    }
}

/// `IF NOT EXISTS` does not hold for two at the same moment.
fn already(error: Error) -> Result<(), Error> {
    let duplicate =
        error.as_database_error().and_then(|error| error.code().map(|code| code == "23505" || code == "42P06"));
    if duplicate == Some(true) { Ok(()) } else { Err(error) }
}

fn bound(statement: &Statement, values: Vec<Value>) -> Query<'_, Postgres, PgArguments> {
    let query = sqlx::query(statement.postgres);
    values.into_iter().fold(query, |query, value| match value {
        Value::Integer(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
        Value::Bytes(bytes) => query.bind(bytes),
    })
}

fn row(row: &PgRow) -> Result<Row, Error> {
    let value = |column: usize| {
        let raw = row.try_get_raw(column)?;
        match raw.type_info().name() {
            "INT8" => row.try_get(column).map(Value::Integer),
            "TEXT" | "VARCHAR" => row.try_get(column).map(Value::Text),
            "BYTEA" => row.try_get(column).map(Value::Bytes),
            other => Err(Error::ColumnDecode {
                index: column.to_string(),
                source: format!("a store has no values of the type `{other}`").into(),
            }),
        }
    };
    (0..row.len()).map(value).collect::<Result<_, _>>().map(Row)
}
