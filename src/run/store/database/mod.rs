//! The databases that a store can live in: one trait, SQLite and PostgreSQL. Statements stand in SQL files, values have three types.
//!
//! Invariants: one connection, never shared; a transaction that is dropped is rolled back before anything else is done on the connection.

pub(super) mod postgres;
pub(super) mod sqlite;
mod value;

use std::{fmt, pin::Pin};

use sqlx::{
    AssertSqlSafe, SqlSafeStr,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

pub(in crate::run) use value::{Row, Taken, Value, values};

/// What a database answers, in time.
pub(super) type Answer<'d, T> = Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 'd>>;

/// A statement as each database has it, from the files in `sql/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) struct Statement {
    /// Its file, without the ending.
    pub(in crate::run) name: &'static str,
    /// For SQLite.
    pub(in crate::run) sqlite: &'static str,
    /// For PostgreSQL.
    pub(in crate::run) postgres: &'static str,
}

/// The ends of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// A transaction begins that looks first and writes then, and nobody else does so meanwhile.
    Begin,
    /// A transaction begins whose statements themselves lock the rows that they change.
    BeginRows,
    /// A transaction begins that only reads, from one state of the database.
    BeginRead,
    /// What was written stands.
    Commit,
    /// What was written is gone.
    Rollback,
}

/// A connection to a store's database.
pub(super) trait Database: fmt::Debug + Send {
    /// The rows that a statement gives.
    fn query<'d>(&'d mut self, statement: &'d Statement, values: Vec<Value>) -> Answer<'d, Vec<Row>>;

    /// How many rows a statement wrote.
    fn execute<'d>(&'d mut self, statement: &'d Statement, values: Vec<Value>) -> Answer<'d, u64>;

    /// Begins or ends a transaction.
    fn control(&mut self, control: Control) -> Answer<'_, ()>;

    /// Milliseconds since 1970 by the database's clock: the one clock that decides about leases.
    fn now(&mut self) -> Answer<'_, i64>;

    /// Refuses to write from now on.
    fn only_read(&mut self) -> Answer<'_, ()>;

    /// Brings the tables to this version's form.
    fn migrate(&mut self) -> Pin<Box<dyn Future<Output = Result<(), MigrateError>> + Send + '_>>;

    /// Lets a statement be prepared, and not run.
    fn prepare<'d>(&'d mut self, statement: &'d Statement) -> Answer<'d, ()>;
}

/// A migration in both dialects: they have the same numbers.
struct Step {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Every migration, in order. One that was released is never changed.
const STEPS: &[Step] = &[
    Step {
        version: 1,
        name: "grade set",
        sqlite: include_str!("../migrations/sqlite/0001_grade_set.sql"),
        postgres: include_str!("../migrations/postgres/0001_grade_set.sql"),
    },
    Step {
        version: 2,
        name: "review",
        sqlite: include_str!("../migrations/sqlite/0002_review.sql"),
        postgres: include_str!("../migrations/postgres/0002_review.sql"),
    },
    Step {
        version: 3,
        name: "risk list",
        sqlite: include_str!("../migrations/sqlite/0003_risk_list.sql"),
        postgres: include_str!("../migrations/postgres/0003_risk_list.sql"),
    },
    Step {
        version: 4,
        name: "points",
        sqlite: include_str!("../migrations/sqlite/0004_points.sql"),
        postgres: include_str!("../migrations/postgres/0004_points.sql"),
    },
    Step {
        version: 5,
        name: "runs",
        sqlite: include_str!("../migrations/sqlite/0005_runs.sql"),
        postgres: include_str!("../migrations/postgres/0005_runs.sql"),
    },
];

/// The migrations of a dialect.
fn migrations(dialect: impl Fn(&Step) -> &'static str) -> Migrator {
    let migration = |step: &Step| {
        let sql = AssertSqlSafe(dialect(step)).into_sql_str();
        Migration::new(step.version, step.name.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(STEPS.iter().map(migration).collect())
}
