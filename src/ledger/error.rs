//! What can be wrong with a ledger when it is read.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::declaration::Faults;

/// Why a ledger cannot be read, or must not be believed.
#[derive(Debug, Error, Diagnostic)]
pub enum LedgerError {
    /// `config/ledger.toml` is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Declaration(#[from] Faults),
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
    #[error("`{entity}.{column}` is stored as REAL in the row {row}: {found}")]
    #[diagnostic(
        code(ledger::money_is_real),
        help(
            "floating-point money is not exact and is refused: store whole fen as INTEGER or a decimal as TEXT, or map the entity by a query with `printf('%.2f', …)` and `unit = \"major\"` if you accept that rounding"
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
    /// More than four billion distinct texts.
    #[error("`{entity}.{column}` has more than 4,294,967,294 different values")]
    #[diagnostic(code(ledger::too_many_values), help("split the ledger, or leave the column out of the mapping"))]
    TooManyValues {
        /// The entity.
        entity: &'static str,
        /// The column.
        column: &'static str,
    },
}
