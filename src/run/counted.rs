//! The ledger rows that a figure of one subject was taken from.

use chrono::{DateTime, NaiveDate};

use crate::{
    grading::bound::BoundMetric,
    ledger::{
        batch::{Batch, MISSING, NO_DAY, Values},
        entity::{ColumnType, Entity},
        snapshot::Snapshot,
    },
    metrics::{
        definition::{Measure, Metric, MetricUnit, RowMeasure, Subject},
        filter::mask,
    },
    period::{SECONDS_A_DAY, day_number},
    run::error::RunError,
};

/// The column that tells when a row was written, where the ledger has it.
pub(super) const RECORDED: &str = "recorded_at";

/// The rows that a metric counts for one subject on a day.
#[derive(Debug)]
pub struct Counted {
    /// The metric: the one asked for, or one of the two that a ratio is made of.
    pub metric: String,
    /// The entity of the rows.
    pub entity: &'static Entity,
    /// How many there are.
    pub rows: i64,
    /// The first day that counts; `None` for all days before.
    pub first_day: Option<NaiveDate>,
    /// The last day that counts; `None` for all days after.
    pub last_day: Option<NaiveDate>,
    /// The rows themselves, where they were asked for.
    pub listed: Option<Listing>,
}

/// Rows of an entity with the columns that a metric looks at.
#[derive(Debug)]
pub struct Listing {
    /// Names of the columns: the key first.
    pub columns: Vec<&'static str>,
    /// The rows in the order of the database.
    pub rows: Vec<Vec<RowValue>>,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowValue {
    /// Words, or an instant in the ledger's zone.
    Text(String),
    /// A figure with its unit.
    Figure(MetricUnit, i64),
    /// None.
    Nothing,
}

/// The metric itself, or the two that a ratio is made of.
pub(super) fn parts(metric: &BoundMetric) -> Vec<&Metric> {
    metric.parts.as_ref().map_or_else(|| vec![&metric.metric], |(of, per)| vec![of, per])
}

/// What a metric takes from rows; `None` for a ratio.
pub(super) fn measure(metric: &Metric) -> Option<&RowMeasure> {
    match &metric.measure {
        Measure::Rows(rows) => Some(rows),
        Measure::Ratio { .. } => None,
    }
}

/// Lists the rows that a metric counts for some subjects on a day; `None` for a metric that has no subjects.
///
/// # Errors
/// [`RunError::Ledger`] when the ledger cannot be read.
pub(super) fn list(
    snapshot: &mut Snapshot,
    rows: &RowMeasure,
    subjects: &[&str],
    as_of: NaiveDate,
) -> Result<Option<Listing>, RunError> {
    let Subject::Column(of) = rows.subject else { return Ok(None) };
    let entity = rows.entity;
    let looked_at = rows.columns();
    let recorded = Some(RECORDED).filter(|column| snapshot.has(entity, column));
    let wanted = |name: &'static str| {
        let key = entity.key.contains(&name) && snapshot.has(entity, name);
        key || looked_at.contains(&name) || entity.time == Some(name) || recorded == Some(name)
    };
    let columns: Vec<&'static str> =
        entity.columns.iter().map(|column| column.name).filter(|name| wanted(name)).collect();
    let batch = snapshot.read_of(entity, &columns, (of, subjects), "the rows behind a figure")?;
    let dictionaries = snapshot.dictionaries();
    let meets = mask(&rows.conditions, &batch, |column, text| dictionaries.of(column)?.code(text));
    let (first, last) = (rows.first_day(as_of).map(day_number), rows.last_day(as_of).map(day_number));
    let within = |at: usize| {
        let day = entity.time.and_then(|time| day(&batch, time, at));
        let ends = first.is_none() && last.is_none();
        ends || day.is_some_and(|day| first.is_none_or(|first| day >= first) && last.is_none_or(|last| day <= last))
    };
    let counted = meets.iter().enumerate().filter(|(at, meets)| **meets && within(*at)).map(|(at, _)| at);
    let row = |at: usize| columns.iter().map(|column| value(snapshot, entity, &batch, column, at)).collect();
    let rows = counted.map(row).collect();
    Ok(Some(Listing { columns, rows }))
}

/// The day of a row in a column of days or instants.
fn day(batch: &Batch, column: &str, at: usize) -> Option<i32> {
    match batch.column(column)? {
        Values::Days(days) => days.get(at).copied().filter(|day| *day != NO_DAY),
        Values::Numbers(at_second) => {
            let second = at_second.get(at).copied().filter(|second| *second != MISSING)?;
            i32::try_from(second.div_euclid(SECONDS_A_DAY)).ok()
        }
        Values::Codes(_) | Values::Identities(_) => None,
    }
}

fn value(snapshot: &Snapshot, entity: &Entity, batch: &Batch, column: &'static str, at: usize) -> RowValue {
    let kind = entity.columns.iter().find(|spec| spec.name == column).map(|spec| spec.kind);
    let found = match batch.column(column) {
        Some(Values::Codes(codes)) => {
            let text = codes.get(at).and_then(|code| snapshot.dictionaries().text(column, *code));
            text.map(|text| RowValue::Text(text.to_owned()))
        }
        Some(Values::Days(_)) => day(batch, column, at).map(|day| RowValue::Figure(MetricUnit::Day, day.into())),
        Some(Values::Numbers(numbers)) => {
            let number = numbers.get(at).copied().filter(|number| *number != MISSING);
            number.map(|number| match kind {
                Some(ColumnType::Instant) => RowValue::Text(instant(number)),
                Some(ColumnType::Money) => RowValue::Figure(MetricUnit::Money, number),
                Some(ColumnType::Quantity) => RowValue::Figure(MetricUnit::Quantity, number),
                Some(ColumnType::Points) => RowValue::Figure(MetricUnit::Points, number),
                Some(_) | None => RowValue::Figure(MetricUnit::Count, number),
            })
        }
        Some(Values::Identities(_)) | None => None,
    };
    found.unwrap_or(RowValue::Nothing)
}

/// An instant of the ledger's zone.
fn instant(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .map_or_else(String::new, |at| at.naive_utc().format("%Y-%m-%d %H:%M:%S").to_string())
}
