//! What can be wrong with a ledger when it is read.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::{declaration::Faults, ledger::posting::error::PostingError};

/// Why a ledger cannot be read, or must not be believed.
#[derive(Debug, Error, Diagnostic)]
pub enum LedgerError {
    /// `config/ledger.toml` is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Declaration(#[from] Faults),
    /// Points postings cannot be written, or were not.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Posting(#[from] PostingError),
    /// The database file does not exist.
    #[error("there is no ledger at `{path}`")]
    #[diagnostic(
        code(ledger::no_ledger),
        help("make one with `fenji ledger init`, or set `database` in `config/ledger.toml` to where it is")
    )]
    NoLedger {
        /// The path.
        path: PathBuf,
    },
    /// The database answers with an error.
    #[error("the ledger answered with an error {doing}: {cause}")]
    #[diagnostic(
        code(ledger::database),
        help("check that the file is a SQLite database, that it can be read, and that nothing else holds it locked")
    )]
    Database {
        /// What was being done.
        doing: String,
        /// The database's own words.
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server cannot be reached.
    #[error("cannot reach the ledger at `{place}`: {cause}")]
    #[diagnostic(
        code(ledger::unreachable),
        help(
            "check host and port of `database` in `config/ledger.toml`, that the server runs, and that nothing on the way stops the connection"
        )
    )]
    Unreachable {
        /// Where it was looked for.
        place: String,
        /// The words of the system or the server.
        cause: String,
    },
    /// The server does not let the user in.
    #[error("the ledger at `{place}` does not let `{user}` in: {cause}")]
    #[diagnostic(
        code(ledger::refused),
        help(
            "check user and database in `config/ledger.toml`, and set the user's password in the environment as `FENJI_LEDGER_PASSWORD`"
        )
    )]
    Refused {
        /// Where it is.
        place: String,
        /// The user.
        user: String,
        /// The server's own words.
        cause: String,
    },
    /// The server did not prove who it is, or cannot encrypt.
    #[error("the connection to the ledger at `{place}` would not be safe: {cause}")]
    #[diagnostic(
        code(ledger::insecure),
        help(
            "a server on another machine must offer TLS and show a certificate for the host name in `database`; when an authority of your own signed it, name that authority's file as `certificate` in `config/ledger.toml`"
        )
    )]
    Insecure {
        /// Where it is.
        place: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The user may not read something.
    #[error("`{user}` may not read the ledger {doing}: {cause}")]
    #[diagnostic(code(ledger::denied), help("let an administrator of the database run: {grant}"))]
    Denied {
        /// The user.
        user: String,
        /// What was being done.
        doing: String,
        /// The server's own words.
        cause: String,
        /// The statement that would allow it.
        grant: String,
    },
    /// The connection was cut.
    #[error("the connection to the ledger was cut {doing}: {cause}")]
    #[diagnostic(
        code(ledger::lost),
        help("nothing was written; see that the server runs and is reached again, then run this again")
    )]
    Lost {
        /// What was being done.
        doing: String,
        /// The words of the system or the server.
        cause: String,
    },
    /// The server took too long, or fell silent.
    #[error("the ledger gave no answer within {limit} {doing}")]
    #[diagnostic(
        code(ledger::timed_out),
        help(
            "nothing was written; see what keeps the server busy, or allow more with `timeout` in `config/ledger.toml`"
        )
    )]
    TimedOut {
        /// What was being done.
        doing: String,
        /// The limit, as it is written in the settings.
        limit: String,
    },
    /// Somebody else holds a table.
    #[error("somebody else holds a table of the ledger locked {doing}: {cause}")]
    #[diagnostic(
        code(ledger::locked),
        help("nothing was written; a change of a table's form may be under way: run this again when it is done")
    )]
    Locked {
        /// What was being done.
        doing: String,
        /// The server's own words.
        cause: String,
    },
    /// A table or column vanished after it was checked.
    #[error("the tables of the ledger changed {doing}: {cause}")]
    #[diagnostic(
        code(ledger::changed),
        help(
            "nothing was written; run this again, and when it says the same, correct the names in `config/ledger.toml`"
        )
    )]
    Changed {
        /// What was being done.
        doing: String,
        /// The server's own words.
        cause: String,
    },
    /// A server answers with another error.
    #[error("the ledger's server answered with an error {doing}: {cause}")]
    #[diagnostic(
        code(ledger::server),
        help(
            "nothing was written; the words behind the colon are the server's own: mend what they name, then run this again"
        )
    )]
    Server {
        /// What was being done.
        doing: String,
        /// The server's own words.
        cause: String,
    },
    /// Rows should be written into a ledger on a server.
    #[error("the ledger is on a server, and fenji never writes there")]
    #[diagnostic(
        code(ledger::read_only),
        help(
            "load the rows with the server's own tools; `fenji ledger init` and `fenji ledger load` are for a ledger in a SQLite file"
        )
    )]
    ReadOnly,
    /// A table is kept by an engine without snapshots.
    #[error("the table `{table}` is kept by the engine `{engine}`, which has no snapshots")]
    #[diagnostic(
        code(ledger::no_snapshot),
        help(
            "rows that change while they are read would make figures that never were true: `ALTER TABLE … ENGINE=InnoDB`, or read a copy of the table that has that engine"
        )
    )]
    NoSnapshot {
        /// The table.
        table: String,
        /// The engine.
        engine: String,
    },
    /// A query of the mapping is refused.
    #[error("the query `{file}` is refused: {cause}")]
    #[diagnostic(code(ledger::query), help("it must be one `SELECT` that the database understands"))]
    Query {
        /// The file it stands in.
        file: PathBuf,
        /// Why.
        cause: String,
    },
    /// The mapping has no such entity.
    #[error("this ledger has no entity `{entity}`")]
    #[diagnostic(
        code(ledger::entity_not_mapped),
        help("map it under `[entity.{entity}]` in `config/ledger.toml`: it is needed for {needed_for}")
    )]
    EntityNotMapped {
        /// The entity.
        entity: &'static str,
        /// What asked for it.
        needed_for: String,
    },
    /// The mapping has no such column.
    #[error("entity `{entity}` has no column `{column}` in this ledger")]
    #[diagnostic(
        code(ledger::column_not_mapped),
        help("map it in `config/ledger.toml` under `[entity.{entity}.columns]`: it is needed for {needed_for}")
    )]
    ColumnNotMapped {
        /// The entity.
        entity: &'static str,
        /// The column.
        column: String,
        /// What asked for it.
        needed_for: String,
    },
    /// The table does not exist.
    #[error("the ledger has no table `{table}` for entity `{entity}`")]
    #[diagnostic(code(ledger::missing_table), help("{help}"))]
    MissingTable {
        /// The entity.
        entity: &'static str,
        /// The table that was looked for.
        table: String,
        /// The nearest tables.
        help: String,
    },
    /// The table lacks a column.
    #[error("`{rows}` has no column `{column}` for `{entity}.{name}`")]
    #[diagnostic(code(ledger::missing_column), help("{help}"))]
    MissingColumn {
        /// The entity.
        entity: &'static str,
        /// The column of the contract.
        name: &'static str,
        /// The column that was looked for.
        column: String,
        /// The table or query.
        rows: String,
        /// The nearest columns.
        help: String,
    },
    /// An amount stands in the database as a floating-point number.
    #[error("`{entity}.{column}` is a floating-point number in the row {row}: {found}")]
    #[diagnostic(
        code(ledger::money_is_real),
        help(
            "floating-point money is not exact and is refused: store whole fen or a decimal; or, if you accept that rounding, map the entity by a query with `round(x::numeric, 2)` (PostgreSQL), `CAST(x AS DECIMAL(18, 2))` (MariaDB) or `printf('%.2f', x)` (SQLite), and `unit = \"major\"`"
        )
    )]
    MoneyIsReal {
        /// The entity.
        entity: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        row: String,
        /// The value.
        found: String,
    },
    /// A value is not of the contract's type.
    #[error("`{entity}.{column}` is {found} in the row {row}, not {expected}")]
    #[diagnostic(code(ledger::wrong_type), help("{help}"))]
    WrongType {
        /// The entity.
        entity: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        row: String,
        /// The value as found.
        found: String,
        /// What it should be.
        expected: &'static str,
        /// What to do.
        help: String,
    },
    /// A required value is null.
    #[error("`{entity}.{column}` is empty in the row {row}")]
    #[diagnostic(
        code(ledger::empty_value),
        help("every `{entity}` needs it ({meaning}); mend the row or map another column")
    )]
    EmptyValue {
        /// The entity.
        entity: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        row: String,
        /// What the column means.
        meaning: &'static str,
    },
    /// An amount has the wrong sign for its kind.
    #[error("the {kind} in the row {row} has the amount {amount} (in minor units)")]
    #[diagnostic(
        code(ledger::wrong_sign),
        help(
            "a sale is never negative and a return never positive; map returns with a query that negates them, or check the row"
        )
    )]
    WrongSign {
        /// `sale` or `return`.
        kind: &'static str,
        /// Which row.
        row: String,
        /// The amount in minor units.
        amount: i64,
    },
    /// A row is dated after today.
    #[error("`{entity}.{column}` is {found} in the row {row}, which is after today, {today}")]
    #[diagnostic(
        code(ledger::in_the_future),
        help("correct the row's date; or check the clock of this machine and the ledger's `zone`")
    )]
    InTheFuture {
        /// The entity.
        entity: &'static str,
        /// The column.
        column: &'static str,
        /// Which row.
        row: String,
        /// The date as found.
        found: String,
        /// The day of the run.
        today: chrono::NaiveDate,
    },
    /// Two rows have the same key.
    #[error("`{entity}` has {count} rows with the key {key}")]
    #[diagnostic(
        code(ledger::duplicate_key),
        help(
            "each {entity} must stand once, or its figures count twice: mend the rows or map a query that removes them"
        )
    )]
    DuplicateKey {
        /// The entity.
        entity: &'static str,
        /// The key.
        key: String,
        /// How often it stands.
        count: i64,
    },
    /// The settings of the ledger and of the home differ.
    #[error("the ledger was made with {name} `{ledger}`, but `config/ledger.toml` says `{config}`")]
    #[diagnostic(
        code(ledger::settings_differ),
        help("write `{ledger}` there: amounts and days in the ledger are stored that way")
    )]
    SettingsDiffer {
        /// Which setting.
        name: &'static str,
        /// The ledger's value.
        ledger: String,
        /// The home's value.
        config: String,
    },
    /// Temporary files cannot be written.
    #[error("the rows of `{entity}` could not be kept in temporary files: {cause}")]
    #[diagnostic(
        code(ledger::no_room),
        help("make room where temporary files go (`TMPDIR`), or raise `memory` in `config/ledger.toml`")
    )]
    NoRoom {
        /// The entity.
        entity: &'static str,
        /// Why.
        cause: std::io::Error,
    },
    /// More than four billion distinct texts.
    #[error("`{entity}.{column}` has more than 4,294,967,294 different values")]
    #[diagnostic(code(ledger::too_many_values), help("split the ledger, or leave the column out of the mapping"))]
    TooManyValues {
        /// The entity.
        entity: &'static str,
        /// The column.
        column: &'static str,
    },
    /// Numbers whose sum could pass 64 bits.
    #[error("the sums of `{0}` could pass 9,223,372,036,854,775,807")]
    #[diagnostic(code(ledger::sum_too_large), help("look for values that cannot be true: `fenji ledger show`"))]
    SumTooLarge(&'static str),
}

impl LedgerError {
    /// Whether it is about a value of one row, so that other columns may have faults of their own.
    pub fn is_about_a_value(&self) -> bool {
        matches!(
            self,
            Self::MoneyIsReal { .. } | Self::WrongType { .. } | Self::EmptyValue { .. } | Self::InTheFuture { .. }
        )
    }
}
