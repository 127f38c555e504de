//! Of which kind the columns of a grouping are in the database, and whether it can fold them exactly.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::ledger::{
    aggregate::Aggregate,
    entity::ColumnType,
    error::LedgerError,
    mapping::{ColumnMapping, Origin},
    pushdown::Grouping,
    raw::Raw,
    snapshot::Snapshot,
    source::Dialect,
};

/// Why the database cannot be asked for a figure.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Obstacle {
    /// A column is of a kind that it cannot fold exactly.
    #[error("`{column}` is {found} there, which SQL cannot fold exactly")]
    Kind {
        /// The column of the contract.
        column: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A column has values of several kinds.
    #[error("`{column}` has values of several kinds there")]
    Mixed {
        /// The column of the contract.
        column: &'static str,
    },
    /// A latest value is wanted.
    #[error("the latest `{column}` is taken from the rows")]
    Latest {
        /// The column of the contract.
        column: &'static str,
    },
    /// Rows that reading refuses.
    #[error("{rows} rows are not as the contract wants them")]
    Rows {
        /// How many.
        rows: i64,
    },
    /// A subject that reading refuses.
    #[error("a subject is not as the contract wants it")]
    Subject,
    /// A subject came twice.
    #[error("one subject is written in two ways")]
    SubjectTwice,
    /// A figure does not fit.
    #[error("a sum does not fit in 64 bits")]
    TooLarge,
}

/// What a column is in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A constant of the mapping.
    Constant,
    /// There is no value at all.
    Nothing,
    Integer,
    Decimal,
    Text,
    Flag,
    Day,
    Local,
    Utc,
    Uuid,
}

/// The columns of a grouping, by contract name.
pub(super) type Kinds = BTreeMap<&'static str, Kind>;

/// Columns that a grouping touches, and those by which reading refuses rows.
pub(super) fn columns(snapshot: &Snapshot, grouping: &Grouping) -> Vec<&'static str> {
    let cells = grouping.cells.iter();
    let used = cells.flat_map(|cell| {
        cell.aggregate.column().into_iter().chain(cell.conditions.iter().map(|condition| condition.column))
    });
    let checked = if grouping.entity.name == "transaction" { ["kind", "amount"].as_slice() } else { &[] };
    let checked = checked.iter().copied().filter(|name| snapshot.has(grouping.entity, name));
    let mut all: Vec<&'static str> =
        grouping.entity.time.into_iter().chain(grouping.subject).chain(used).chain(checked).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The kinds of the columns that a grouping touches.
pub(super) fn of(snapshot: &Snapshot, grouping: &Grouping) -> Result<Result<Kinds, Obstacle>, LedgerError> {
    let mut kinds = Kinds::new();
    for name in columns(snapshot, grouping) {
        let column = snapshot.wanted_column(grouping.entity, name, "a figure that the database folds")?;
        let kind = match kind(snapshot, grouping, column)? {
            Ok(kind) => kind,
            Err(obstacle) => return Ok(Err(obstacle)),
        };
        // What a constant means is worked out when rows are read; words are simple enough to be compared.
        let is_word = matches!(column.spec.kind, ColumnType::Text | ColumnType::Choice(_) | ColumnType::Flag);
        if kind == Kind::Constant && (!is_word || grouping.subject == Some(name)) {
            return Ok(Err(Obstacle::Kind { column: name, found: "a constant" }));
        }
        if let Some(found) = unfit(snapshot.source().dialect(), column, kind) {
            return Ok(Err(Obstacle::Kind { column: name, found }));
        }
        kinds.insert(name, kind);
    }
    let aggregates = grouping.cells.iter().map(|cell| cell.aggregate);
    for column in
        aggregates.filter_map(|one| if let Aggregate::CountDistinct(column) = one { Some(column) } else { None })
    {
        let words = snapshot.mapped_column(grouping.entity, column).is_some_and(|column| !column.words.is_empty());
        let constant = kinds.get(column) == Some(&Kind::Constant);
        if words || constant {
            return Ok(Err(Obstacle::Kind { column, found: "translated" }));
        }
    }
    Ok(Ok(kinds))
}

/// What a column is: told by its first value where a column has one type, by all of them in SQLite.
fn kind(
    snapshot: &Snapshot,
    grouping: &Grouping,
    column: &ColumnMapping,
) -> Result<Result<Kind, Obstacle>, LedgerError> {
    if matches!(column.from, Origin::Constant(_)) {
        return Ok(Ok(Kind::Constant));
    }
    let sql = snapshot.sample_sql(grouping.entity, column)?;
    let mut found = Vec::new();
    snapshot.source().query(&sql, "when its columns were looked at", &mut |row| {
        found.push(match row.raw(0) {
            Raw::Null => Ok(Kind::Nothing),
            Raw::Integer(_) => Ok(Kind::Integer),
            Raw::Decimal { .. } => Ok(Kind::Decimal),
            Raw::Text(_) => Ok(Kind::Text),
            Raw::Flag(_) => Ok(Kind::Flag),
            Raw::Day(_) => Ok(Kind::Day),
            Raw::Local(_) => Ok(Kind::Local),
            Raw::Utc(_) => Ok(Kind::Utc),
            Raw::Uuid(_) => Ok(Kind::Uuid),
            Raw::Real(_) => Err("a floating-point number"),
            Raw::Other(what) => Err(what),
        });
        Ok(())
    })?;
    Ok(match found.as_slice() {
        [] => Ok(Kind::Nothing),
        [Ok(kind)] => Ok(*kind),
        [Err(found)] => Err(Obstacle::Kind { column: column.spec.name, found }),
        _ => Err(Obstacle::Mixed { column: column.spec.name }),
    })
}

/// What is wrong with a kind for what the contract wants of a column; `None` when it can be folded.
fn unfit(dialect: Dialect, column: &ColumnMapping, kind: Kind) -> Option<&'static str> {
    let fits = |kinds: &[Kind], otherwise: &'static str| {
        let found = if kind == Kind::Text { "a text" } else { otherwise };
        if kinds.contains(&kind) { None } else { Some(found) }
    };
    if matches!(kind, Kind::Constant | Kind::Nothing) {
        return None;
    }
    match (column.spec.kind, dialect) {
        (ColumnType::Money | ColumnType::Quantity | ColumnType::Points | ColumnType::Count, _) => {
            fits(&[Kind::Integer, Kind::Decimal], "not a number")
        }
        (ColumnType::Day | ColumnType::Instant, Dialect::Postgres) => {
            fits(&[Kind::Day, Kind::Local, Kind::Utc], "not a date")
        }
        (ColumnType::Day | ColumnType::Instant, Dialect::MySql) => {
            fits(&[Kind::Day, Kind::Local], "not a date of the ledger's zone")
        }
        (ColumnType::Day | ColumnType::Instant, Dialect::Sqlite) => fits(&[Kind::Text], "not a date"),
        (ColumnType::Text, _) => fits(&[Kind::Text], "not a text"),
        (ColumnType::Key, _) => fits(&[Kind::Integer, Kind::Text, Kind::Decimal, Kind::Uuid], "not a key"),
        (ColumnType::Choice(_) | ColumnType::Flag, _) => fits(&[Kind::Integer, Kind::Text, Kind::Flag], "not a word"),
    }
}
