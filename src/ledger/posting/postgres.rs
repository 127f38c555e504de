//! Posting into a PostgreSQL database.
//!
//! Invariants: a chunk is one transaction; a connection of which it is not known where it stands is closed, and the next chunk begins on a new one. Nothing of a
//! session outlives its transaction, no prepared statement either, so that a pooler may stand between. Values go as arrays of texts beside the statement.

use std::time::Duration;

use sqlx::{
    AssertSqlSafe, Column, Connection as _, Error, Executor, Row as _,
    postgres::{PgConnection, PgRow},
};

use crate::ledger::{
    error::LedgerError,
    posting::{
        error::PostingError,
        facts::{ColumnFacts, Storage, TableFacts},
        writer::{Cells, Take, Trouble, Writer},
    },
    raw::Raw,
    server::{PASSWORD, POSTING_PASSWORD, Server},
    source::{
        Dialect, Row,
        postgres::{access::Access, kind::Kind, line::Line, told},
    },
};

/// How long somebody else's lock is waited for.
const LOCK: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 10 });
/// How long the server waits for the next statement of a chunk.
const IDLE: Duration = Duration::from_secs(30);

/// A connection to a PostgreSQL database that may write.
#[derive(Debug)]
pub(super) struct Postgres {
    line: Line,
    zone: String,
}

impl Postgres {
    /// Makes the connection with the password of the role that posts, or the ledger's.
    pub(super) fn open(server: &Server, zone: chrono_tz::Tz) -> Result<Self, LedgerError> {
        let password = std::env::var(POSTING_PASSWORD).or_else(|_| std::env::var(PASSWORD)).ok();
        let mut line = Line::new(Access::with(server, password)?)?;
        line.connect(async |access| access.connected().await).map_err(|error| match error {
            LedgerError::Refused { place, user, cause } => PostingError::NotLetIn { place, user, cause }.into(),
            other => other,
        })?;
        Ok(Self { line, zone: Dialect::Postgres.literal(zone.name()) })
    }

    /// Does something with the connection; what is not known to have ended closes it.
    fn work<T: Send>(
        &mut self,
        doing: &str,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<T, Error> + Send,
    ) -> Result<T, Trouble> {
        let answered = self.line.answered(doing, work).map_err(|error| stopped(doing, error.to_string()))?;
        answered.map_err(|error| {
            let trouble = trouble(&error, doing);
            if !matches!(error, Error::Database(_)) {
                self.line.close();
            }
            trouble
        })
    }
}

impl Writer for Postgres {
    fn begin(&mut self) -> Result<(), Trouble> {
        if !self.line.is_open() {
            self.line.connect(async |access| access.connected().await)?;
        }
        // An end of nothing is a notice, and what was left open is taken back.
        let settings = [
            "ROLLBACK".to_owned(),
            "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE".to_owned(),
            format!("SET LOCAL statement_timeout = {}", self.line.access.limit().as_millis()),
            format!("SET LOCAL lock_timeout = {}", LOCK.as_millis()),
            format!("SET LOCAL idle_in_transaction_session_timeout = {}", IDLE.as_millis()),
            format!("SET LOCAL TimeZone = {}", self.zone),
            "SET LOCAL DateStyle = 'ISO, YMD'".to_owned(),
        ];
        self.work("when a chunk was begun", async |connection| {
            for setting in settings {
                connection.execute(AssertSqlSafe(setting)).await?;
            }
            Ok(())
        })
    }

    fn rows(&mut self, sql: &str, cells: &Cells, doing: &str, take: Take<'_>) -> Result<(), Trouble> {
        let rows = self.work(doing, async |connection| {
            let bound = cells.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, column| query.bind(column));
            bound.fetch_all(connection).await
        })?;
        let Some(first) = rows.first() else { return Ok(()) };
        let kinds: Vec<Kind> = first.columns().iter().map(|column| Kind::of(column.type_info())).collect();
        rows.iter().try_for_each(|row| take(&Fields { row, kinds: &kinds }))
    }

    fn commit(&mut self) -> Result<(), Trouble> {
        self.work("when a chunk was committed", async |connection| ended(connection, "COMMIT").await)
    }

    fn roll_back(&mut self) {
        if self.line.is_open() {
            let rolled =
                self.work("when a chunk was taken back", async |connection| ended(connection, "ROLLBACK").await);
            if rolled.is_err() {
                self.line.close();
            }
        }
    }

    fn facts(&mut self, table: &str) -> Result<Option<TableFacts>, Trouble> {
        let mut facts = TableFacts { plain: false, columns: Vec::new() };
        let cells = vec![vec![Dialect::Postgres.table(table)]];
        self.rows(include_str!("postgres.sql"), &cells, "when its tables were described", &mut |row| {
            facts.plain = flag(row, 0);
            facts.columns.push(ColumnFacts {
                name: row.raw(1).plain(),
                storage: storage(&row.raw(2).plain(), flag(row, 3)),
                cast: row.raw(4).plain(),
                required: flag(row, 5),
                made: flag(row, 6),
                computed: flag(row, 7),
                unique: flag(row, 8),
            });
            Ok(())
        })?;
        Ok((!facts.columns.is_empty()).then_some(facts))
    }

    fn try_out(&mut self, sql: &str, cells: &Cells) -> Result<(), Trouble> {
        // Whoever may not run a statement may not see its plan either, and seeing it runs nothing.
        self.rows(&format!("EXPLAIN (COSTS OFF)\n{sql}"), cells, "when posting was tried out", &mut |_| Ok(()))
    }
}

/// Ends a transaction; its prepared statements go with it.
async fn ended(connection: &mut PgConnection, end: &'static str) -> Result<(), Error> {
    connection.clear_cached_statements().await?;
    connection.execute(end).await.map(drop)
}

fn flag(row: &dyn Row, at: usize) -> bool {
    matches!(row.raw(at), Raw::Flag(true))
}

fn storage(name: &str, is_enum: bool) -> Storage {
    match name {
        _ if is_enum => Storage::Enum,
        "text" | "varchar" | "bpchar" | "citext" => Storage::Text,
        "int2" | "int4" | "int8" => Storage::Whole,
        "numeric" => Storage::Numeric,
        "timestamp" => Storage::Local,
        "timestamptz" => Storage::Instant,
        "date" => Storage::Day,
        "uuid" => Storage::Uuid,
        other => Storage::Other(other.to_owned()),
    }
}

/// The fields of a row as they came.
struct Fields<'r> {
    row: &'r PgRow,
    kinds: &'r [Kind],
}

impl Row for Fields<'_> {
    fn raw(&self, at: usize) -> Raw<'_> {
        let Ok(value) = self.row.try_get_raw(at) else { return Raw::Null };
        match (value.as_bytes(), self.kinds.get(at)) {
            (Ok(bytes), Some(kind)) => kind.raw(bytes),
            // An error is a value that is null.
            _ => Raw::Null,
        }
    }
}

fn stopped(doing: &str, cause: String) -> Trouble {
    PostingError::Stopped { doing: doing.to_owned(), cause }.into()
}

fn trouble(error: &Error, doing: &str) -> Trouble {
    let cause = told::words(error);
    let Error::Database(answer) = error else { return stopped(doing, cause) };
    match answer.code().unwrap_or_default().as_ref() {
        // Not in a row, a deadlock, a lock that did not come.
        "40001" | "40P01" | "55P03" => Trouble::Again(cause),
        "23505" => PostingError::OtherKey { cause }.into(),
        // Not allowed; a standby, or a server that only reads.
        "42501" | "25006" => PostingError::MayNotWrite { cause }.into(),
        // Wrong values, conditions that are not met, and what a trigger raises.
        code if ["22", "23", "44", "P0"].iter().any(|class| code.starts_with(class)) => {
            PostingError::Refused { cause }.into()
        }
        _ => stopped(doing, cause),
    }
}
