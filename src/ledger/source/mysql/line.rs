//! The one connection to the server: opened, asked, stopped.
//!
//! Invariants: a query that is given up is killed on the server too. After an error that leaves the connection in doubt it is never used again.

use std::{
    pin::{Pin, pin},
    sync::mpsc::SyncSender,
    time::Duration,
};

use futures_util::{Stream, StreamExt, TryStreamExt, stream::TryReadyChunksError};
use sqlx::{
    AssertSqlSafe, Column, ColumnOrigin, ConnectOptions, Connection, Either, Executor, Row, SqlSafeStr, Statement,
    mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlSslMode, MySqlStatement},
};
use tokio::{runtime::Runtime, sync::oneshot, time::timeout};

use crate::ledger::{
    error::LedgerError,
    server::{PASSWORD, Server},
    source::{
        apart,
        mysql::told::{self, number, told, told_on_opening},
    },
};

/// Rows that are handed on together, when so many are there.
const BATCH_ROWS: usize = 1024;
/// Statements that stay prepared.
const STATEMENTS: usize = 200;
/// How long connecting may take, when the timeout of statements is longer.
const CONNECTING: Duration = Duration::from_secs(20);
/// How long stopping a query may take.
const STOPPING: Duration = Duration::from_secs(5);
/// How much longer than its limit a statement may be silent, so that the server's own word about the limit comes first.
const GRACE: Duration = Duration::from_secs(1);
/// How long closing may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long the server may wait for us to take rows, or to ask again: work of ours between two reads is no reason to be cut.
const PATIENCE_SECONDS: u32 = 28_800;

/// The connection, as long as there is one.
#[derive(Debug)]
pub(super) struct Line {
    server: Server,
    /// The account that the server takes the user for, as SQL writes it.
    account: String,
    open: Option<Open>,
}

/// A connection in a snapshot, with the runtime that moves it.
#[derive(Debug)]
struct Open {
    connection: MySqlConnection,
    runtime: Runtime,
    /// The connection's number on the server.
    id: u64,
}

/// What a query would give.
#[derive(Debug)]
pub(super) struct Described {
    /// Its columns.
    pub(super) columns: Vec<String>,
    /// Schemas and names of the tables whose columns it gives unchanged.
    pub(super) tables: Vec<(String, String)>,
}

/// Rows that came together.
type Batch = Result<Vec<MySqlRow>, TryReadyChunksError<MySqlRow, sqlx::Error>>;

/// Why reading ended before the end.
enum Cut {
    /// The server said so, or it is gone.
    Error(sqlx::Error),
    /// Nothing came for too long.
    Silence,
    /// Nobody wants the rest.
    Unwanted,
}

impl Line {
    /// Connects and begins the snapshot.
    pub(super) fn open(server: &Server) -> Result<Self, LedgerError> {
        let doing = "when a connection was opened";
        let starting = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime =
            starting.map_err(|cause| LedgerError::Database { doing: doing.to_owned(), cause: Box::new(cause) })?;
        let limit = server.timeout.min(CONNECTING);
        let opened = runtime.block_on(async { timeout(limit, begun(server)).await }).unwrap_or_else(|_| {
            Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "it does not answer")))
        });
        let (connection, id, account) = opened.map_err(|error| told_on_opening(server, &error))?;
        Ok(Self { server: server.clone(), account, open: Some(Open { connection, runtime, id }) })
    }

    /// Runs a statement about the session.
    pub(super) fn run(&mut self, sql: &str, doing: &str) -> Result<(), LedgerError> {
        self.ask(doing, async |connection| run(connection, sql).await)
    }

    /// The texts of a small query.
    pub(super) fn texts(
        &mut self,
        sql: &'static str,
        parameters: &[&str],
        doing: &str,
    ) -> Result<Vec<Vec<String>>, LedgerError> {
        let rows = self.ask(doing, async |connection| {
            let query = parameters.iter().fold(sqlx::query(sql), |query, text| query.bind(*text));
            query.fetch_all(connection).await
        })?;
        Ok(rows.iter().map(texts_of).collect())
    }

    /// What a query that a user wrote would give, or the server's words of why it cannot be run. Runs nothing.
    pub(super) fn describe(&mut self, sql: &str) -> Result<Result<Described, String>, LedgerError> {
        let doing = "when a query was prepared";
        // By itself it must be one statement; inside another, only a `SELECT` can stand.
        let inside = format!("SELECT * FROM (\n{sql}\n) AS mapped");
        let prepared = self.ask_plainly(doing, async |connection| {
            let alone = connection.prepare(AssertSqlSafe(sql).into_sql_str()).await?;
            connection.prepare(AssertSqlSafe(inside).into_sql_str()).await?;
            Ok(alone)
        })?;
        let alone = match prepared {
            Ok(alone) => alone,
            Err(error) => {
                // What is wrong with the words of a query is for who wrote it.
                let told = told(&self.server, &self.account, doing, error);
                if let LedgerError::Database { cause, .. } = told {
                    return Ok(Err(cause.to_string()));
                }
                return if let LedgerError::Changed { cause, .. } = told { Ok(Err(cause)) } else { Err(told) };
            }
        };
        if alone.parameters().is_some_and(|wanted| !matches!(wanted, Either::Right(0))) {
            return Ok(Err("it has a `?` for which there is no value".to_owned()));
        }
        Ok(Ok(described(&alone)))
    }
}

impl Line {
    /// Streams the rows of a query in batches, until nobody takes them.
    pub(super) fn stream(
        &mut self,
        sql: &str,
        doing: &str,
        rows: SyncSender<Vec<MySqlRow>>,
        stopped: oneshot::Receiver<()>,
    ) -> Result<(), LedgerError> {
        let server = &self.server;
        let Some(mut open) = self.open.take() else { return Err(gone(doing)) };
        let Open { connection, runtime, id } = &mut open;
        let (usable, cut) = runtime.block_on(async {
            let query = sqlx::query(AssertSqlSafe(sql));
            let mut batches = pin!(query.fetch(connection).try_ready_chunks(BATCH_ROWS));
            let cut = hand_on(batches.as_mut(), server.timeout, rows, stopped).await;
            let usable = match &cut {
                None => true,
                Some(Cut::Error(error)) => leaves_usable(error),
                Some(Cut::Silence | Cut::Unwanted) => stop(server, *id, batches).await,
            };
            (usable, cut)
        });
        self.open = usable.then_some(open);
        match cut {
            None | Some(Cut::Unwanted) => Ok(()),
            Some(Cut::Error(error)) => Err(told(&self.server, &self.account, doing, error)),
            Some(Cut::Silence) => Err(silent(&self.server, doing)),
        }
    }

    /// Runs something short on the connection; the inner error is the server's.
    fn ask_plainly<T>(
        &mut self,
        doing: &str,
        work: impl AsyncFnOnce(&mut MySqlConnection) -> Result<T, sqlx::Error>,
    ) -> Result<Result<T, sqlx::Error>, LedgerError> {
        let Some(mut open) = self.open.take() else { return Err(gone(doing)) };
        let Open { connection, runtime, .. } = &mut open;
        let limit = self.server.timeout;
        let Ok(answer) = runtime.block_on(async { timeout(limit, work(connection)).await }) else {
            return Err(silent(&self.server, doing));
        };
        self.open = answer.as_ref().err().is_none_or(leaves_usable).then_some(open);
        Ok(answer)
    }

    fn ask<T>(
        &mut self,
        doing: &str,
        work: impl AsyncFnOnce(&mut MySqlConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, LedgerError> {
        self.ask_plainly(doing, work)?.map_err(|error| told(&self.server, &self.account, doing, error))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let Some(Open { connection, runtime, .. }) = self.open.take() else { return };
        // A farewell, so that the server does not note a lost connection. On a thread of its own: who drops this may be in a runtime.
        apart(move || runtime.block_on(async { timeout(FAREWELL, connection.close()).await.is_ok() }));
    }
}

/// Ends a query on the server and takes what is left of it off the connection; whether the connection, and its snapshot, can be used again.
async fn stop<S>(server: &Server, id: u64, mut batches: Pin<&mut S>) -> bool
where
    S: Stream<Item = Batch>,
{
    let killed = timeout(STOPPING, kill(server, id)).await;
    if !matches!(killed, Ok(Ok(()))) {
        return false;
    }
    let rest = async {
        loop {
            match batches.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return leaves_usable(&error.1),
                None => return true,
            }
        }
    };
    timeout(STOPPING, rest).await.unwrap_or(false)
}

/// Hands batches on as they come; why it ended before the end.
async fn hand_on<S>(
    mut batches: Pin<&mut S>,
    limit: Duration,
    rows: SyncSender<Vec<MySqlRow>>,
    mut stopped: oneshot::Receiver<()>,
) -> Option<Cut>
where
    S: Stream<Item = Batch>,
{
    loop {
        let next = tokio::select! {
            biased;
            _ = &mut stopped => return Some(Cut::Unwanted),
            next = timeout(limit + GRACE, batches.next()) => next,
        };
        match next {
            Ok(Some(Ok(batch))) => {
                if rows.send(batch).is_err() {
                    return Some(Cut::Unwanted);
                }
            }
            Ok(Some(Err(error))) => return Some(Cut::Error(error.1)),
            Ok(None) => return None,
            Err(_) => return Some(Cut::Silence),
        }
    }
}

/// Opens a connection, sets its session up and begins the snapshot; with it, its number on the server and the account.
async fn begun(server: &Server) -> Result<(MySqlConnection, u64, String), sqlx::Error> {
    let mut connection = options(server).connect().await?;
    let facts = sqlx::query(include_str!("facts.sql")).fetch_one(&mut connection).await?;
    let [version, id, account] = <[String; 3]>::try_from(texts_of(&facts)).unwrap_or_default();
    let id = id.parse().map_err(|_| sqlx::Error::Protocol(format!("the connection has the number `{id}`")))?;
    let seconds = server.timeout.as_secs().max(1);
    // MariaDB counts the whole statement in seconds, MySQL the `SELECT` in milliseconds.
    let limit = if version.contains("MariaDB") {
        format!("max_statement_time = {seconds}")
    } else {
        format!("max_execution_time = {}", seconds.saturating_mul(1000))
    };
    let patience = format!(
        "SET SESSION {limit}, lock_wait_timeout = {seconds}, net_write_timeout = {PATIENCE_SECONDS}, wait_timeout = {PATIENCE_SECONDS}"
    );
    run(&mut connection, include_str!("session.sql").trim_end()).await?;
    run(&mut connection, &patience).await?;
    for sql in ["SET SESSION idle_transaction_timeout = 0", "SET SESSION idle_readonly_transaction_timeout = 0"] {
        // Only MariaDB ends transactions that rest.
        if let Err(error) = run(&mut connection, sql).await
            && number(&error) != Some(told::UNKNOWN_VARIABLE)
        {
            return Err(error);
        }
    }
    run(&mut connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
    run(&mut connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
    Ok((connection, id, account))
}

async fn run(connection: &mut MySqlConnection, sql: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

/// Ends what the connection of a number does, through another one.
async fn kill(server: &Server, id: u64) -> Result<(), sqlx::Error> {
    let mut connection = options(server).connect().await?;
    run(&mut connection, &format!("KILL QUERY {id}")).await?;
    connection.close().await
}

fn options(server: &Server) -> MySqlConnectOptions {
    let mut options = MySqlConnectOptions::new()
        .username(&server.user)
        .database(&server.database)
        .charset("utf8mb4")
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        // Statements stay prepared: closing one is not answered, and what is sent next would wait for that.
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    options = match &server.socket {
        Some(path) => options.host("localhost").socket(path),
        None => options.host(&server.host).port(server.port),
    };
    if let Some(path) = &server.certificate {
        options = options.ssl_ca(path);
    }
    options = options.ssl_mode(if server.must_prove() {
        MySqlSslMode::VerifyIdentity
    } else {
        // Some ways of proving a password need encryption even on one machine.
        MySqlSslMode::Preferred
    });
    match std::env::var(PASSWORD) {
        Ok(password) if !password.is_empty() => options.password(&password),
        _ => options,
    }
}

/// Whether an error ends one statement only. Some errors of the server mean that the connection, and its snapshot, are gone.
fn leaves_usable(error: &sqlx::Error) -> bool {
    let lost = [told::SHUTTING_DOWN, told::CONNECTION_KILLED, told::UNKNOWN_THREAD];
    error.as_database_error().is_some() && number(error).is_some_and(|number| !lost.contains(&number))
}

fn gone(doing: &str) -> LedgerError {
    LedgerError::Lost { doing: doing.to_owned(), cause: "the connection ended with an earlier error".to_owned() }
}

fn silent(server: &Server, doing: &str) -> LedgerError {
    LedgerError::TimedOut { doing: doing.to_owned(), limit: server.limit() }
}

/// The columns of a row as texts, whatever their types say: names in `information_schema` come as binary strings from some servers.
fn texts_of(row: &MySqlRow) -> Vec<String> {
    (0..row.len())
        .map(|at| {
            let bytes = row.try_get_unchecked::<Option<&[u8]>, _>(at).ok().flatten();
            bytes.map_or_else(String::new, |bytes| String::from_utf8_lossy(bytes).into_owned())
        })
        .collect()
}

fn described(statement: &MySqlStatement) -> Described {
    let columns = statement.columns();
    let tables = columns.iter().filter_map(|column| match column.origin() {
        ColumnOrigin::Table(table) => table.table.split_once('.').map(|(s, t)| (s.to_owned(), t.to_owned())),
        ColumnOrigin::Unknown | ColumnOrigin::Expression => None,
    });
    Described { columns: columns.iter().map(|column| column.name().to_owned()).collect(), tables: tables.collect() }
}
