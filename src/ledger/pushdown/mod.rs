//! Figures that the database folds itself, for ledgers that are better asked than read: one `GROUP BY` by subject.
//!
//! Invariants: a figure is what reading the rows would give, or the database is not asked: column kinds are found out first (`kinds`), and rows
//! that reading would refuse are counted before anything is folded (`audit`). Then the entity is read, which names the row.
//! Not here: which figures a metric needs (`metrics::pushed`).

mod audit;
mod kinds;
mod sql;

use std::collections::BTreeMap;

use chrono::NaiveDate;

pub use kinds::Obstacle;

use crate::ledger::{
    aggregate::{Aggregate, Condition},
    batch::MISSING,
    decode::{Decoder, Texts},
    entity::Entity,
    error::LedgerError,
    raw::Raw,
    snapshot::Snapshot,
};

/// Figures in one statement: below the number of columns that every database takes.
const CELLS_A_STATEMENT: usize = 400;

/// One figure of every subject.
#[derive(Debug, Clone)]
pub struct Cell {
    /// What is done with the rows.
    pub aggregate: Aggregate,
    /// Which rows count: all conditions must hold.
    pub conditions: Vec<Condition>,
    /// The as-of date.
    pub seen_from: NaiveDate,
    /// The first day that counts; `None` for all earlier ones.
    pub from: Option<NaiveDate>,
    /// The last day that counts; `None` for all later ones.
    pub to: Option<NaiveDate>,
}

/// Figures of the subjects of an entity.
#[derive(Debug, Clone)]
pub struct Grouping {
    /// The entity.
    pub entity: &'static Entity,
    /// The column whose values are the subjects; `None` for one figure over all rows.
    pub subject: Option<&'static str>,
    /// The figures.
    pub cells: Vec<Cell>,
}

/// What the database folded.
#[derive(Debug, Default)]
pub struct Grouped {
    /// Rows of the entity.
    pub rows: u64,
    /// By code of the subject ([`NOTHING`](crate::ledger::dictionary::NOTHING) for everyone), the figures in the order of the cells; [`MISSING`] where there is none.
    pub figures: BTreeMap<u32, Vec<i64>>,
}

/// The statements of a grouping, as the database would be asked.
///
/// # Errors
/// [`LedgerError`] when the entity or its columns are not mapped, or cannot be looked at; the obstacle when its columns cannot be folded exactly.
pub fn statements(snapshot: &Snapshot, grouping: &Grouping) -> Result<Result<Vec<String>, Obstacle>, LedgerError> {
    Ok(prepared(snapshot, grouping)?.map(|(_, statements)| statements))
}

/// The number of rows, with the statements: what a grouping is known to need before anything is folded.
type Prepared = (u64, Vec<String>);

fn prepared(snapshot: &Snapshot, grouping: &Grouping) -> Result<Result<Prepared, Obstacle>, LedgerError> {
    // Which row is the latest is told by the rows themselves, and words get their codes as they are read.
    if let Some(Aggregate::Latest(column)) =
        grouping.cells.iter().map(|cell| cell.aggregate).find(|aggregate| matches!(aggregate, Aggregate::Latest(_)))
    {
        return Ok(Err(Obstacle::Latest { column }));
    }
    let kinds = match kinds::of(snapshot, grouping)? {
        Ok(kinds) => kinds,
        Err(obstacle) => return Ok(Err(obstacle)),
    };
    let rows = match audit::audit(snapshot, grouping, &kinds)? {
        Ok(rows) => rows,
        Err(obstacle) => return Ok(Err(obstacle)),
    };
    let writer = sql::Writer::new(snapshot, grouping, &kinds)?;
    Ok(Ok((rows, grouping.cells.chunks(CELLS_A_STATEMENT).map(|cells| writer.grouped(cells)).collect())))
}

/// Asks the database for figures; the obstacle when it cannot fold them exactly.
///
/// # Errors
/// As [`statements`]; [`LedgerError`] for whatever the database answers, and for rows that reading refuses.
pub fn grouped(snapshot: &mut Snapshot, grouping: &Grouping) -> Result<Result<Grouped, Obstacle>, LedgerError> {
    snapshot.check_rows(grouping.entity, "figures that the database folds")?;
    let (rows, statements) = match prepared(snapshot, grouping)? {
        Ok(prepared) => prepared,
        Err(obstacle) => return Ok(Err(obstacle)),
    };
    let mut grouped = Grouped { rows, figures: BTreeMap::new() };
    for (at, sql) in statements.iter().enumerate() {
        let first = at * CELLS_A_STATEMENT;
        let width = grouping.cells.len().min(first + CELLS_A_STATEMENT) - first;
        if let Err(obstacle) = ask(snapshot, grouping, sql, (first, width), &mut grouped)? {
            return Ok(Err(obstacle));
        }
    }
    Ok(Ok(grouped))
}

/// Runs one statement and takes in its figures.
fn ask(
    snapshot: &mut Snapshot,
    grouping: &Grouping,
    sql: &str,
    (first, width): (usize, usize),
    grouped: &mut Grouped,
) -> Result<Result<(), Obstacle>, LedgerError> {
    let mut obstacle = None;
    let mut seen = std::collections::BTreeSet::new();
    let doing = format!("when the figures of `{}` were folded", grouping.entity.name);
    // A subject that one statement does not give has no rows that its cells see.
    let nothing: Vec<i64> = grouping.cells.iter().map(|cell| cell.aggregate.without_rows()).collect();
    snapshot.with_dictionaries(grouping.subject, |snapshot, dictionaries| {
        let column = grouping.subject.and_then(|name| snapshot.mapped_column(grouping.entity, name));
        let mut decoder = column
            .map(|column| Decoder::new(column, Texts::Coded, &snapshot.mapping().currency, snapshot.mapping().zone));
        snapshot.source().query(sql, &doing, &mut |row| {
            let code = match &mut decoder {
                Some(decoder) => decoder.code(row.raw(0), dictionaries),
                None => Ok(Some(crate::ledger::dictionary::NOTHING)),
            };
            let Ok(code) = code else {
                obstacle = Some(Obstacle::Subject);
                return Ok(());
            };
            // Rows without a subject are nobody's.
            let Some(code) = code else { return Ok(()) };
            if !seen.insert(code) {
                obstacle = Some(Obstacle::SubjectTwice);
            }
            let figures = grouped.figures.entry(code).or_insert_with(|| nothing.clone());
            for (place, cell) in figures.iter_mut().skip(first).take(width).enumerate() {
                match figure(row.raw(place + 1)) {
                    Some(value) => *cell = value,
                    None => obstacle = Some(Obstacle::TooLarge),
                }
            }
            Ok(())
        })
    })?;
    Ok(obstacle.map_or(Ok(()), Err))
}

/// A figure as the database gives it; `None` when it is not a whole number of 64 bits.
fn figure(raw: Raw<'_>) -> Option<i64> {
    match raw {
        Raw::Null => Some(MISSING),
        Raw::Integer(value) => Some(value).filter(|value| *value != MISSING),
        Raw::Decimal { mantissa, places } => {
            let unit = 10_i64.checked_pow(u32::from(places))?;
            (mantissa % unit == 0).then(|| mantissa / unit)
        }
        Raw::Text(text) => text.parse().ok(),
        Raw::Real(_) | Raw::Flag(_) | Raw::Day(_) | Raw::Local(_) | Raw::Utc(_) | Raw::Uuid(_) | Raw::Other(_) => None,
    }
}
