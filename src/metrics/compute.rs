//! All metrics of an entity in one pass over its rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use miette::Diagnostic;
use thiserror::Error;

use crate::{
    ledger::{
        batch::{Batch, Dictionaries, MISSING, NO_DAY, Values},
        dictionary::{Dictionary, NOTHING},
        entity::Entity,
        error::LedgerError,
        snapshot::Snapshot,
    },
    metrics::{
        accumulate::{Accumulator, TooLarge},
        definition::{Aggregate, Condition, Measure, Metric, RowMeasure, Subject, Test},
        window::Reach,
    },
    period::{SECONDS_A_DAY, day_number},
};

/// A metric is computed for at most this many as-of dates at once.
const MOST_DATES: usize = 1_000;

/// Why metrics cannot be computed.
#[derive(Debug, Error, Diagnostic)]
pub enum MetricError {
    /// The ledger cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Ledger(#[from] LedgerError),
    /// A sum could pass 64 bits.
    #[error("the sums of metric `{metric}` could pass 9,223,372,036,854,775,807")]
    #[diagnostic(
        code(metrics::sum_too_large),
        help("lower `scale` in `config/ledger.toml`, or look for amounts that cannot be true")
    )]
    SumTooLarge {
        /// The metric.
        metric: String,
    },
    /// A metric is asked for that nobody defined or computed.
    #[error("metric `{metric}` was not computed for {as_of}")]
    #[diagnostic(
        code(metrics::not_computed),
        help("this is a defect of fenji: please report it with the command that led here")
    )]
    NotComputed {
        /// The metric.
        metric: String,
        /// The as-of date.
        as_of: NaiveDate,
    },
}

/// A metric wanted for some as-of dates.
#[derive(Debug, Clone)]
pub struct Request {
    metric: Metric,
    as_of: Vec<NaiveDate>,
}

/// What was computed.
#[derive(Debug, Default)]
pub struct Computed {
    figures: BTreeMap<String, Figures>,
}

/// The figures of one metric: by subject code and as-of date.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    as_of: Vec<NaiveDate>,
    cells: Vec<i64>,
    /// The figure of a subject without any row.
    without_rows: i64,
}

impl Request {
    /// A metric for as-of dates in any order.
    pub fn new(metric: Metric, as_of: impl IntoIterator<Item = NaiveDate>) -> Self {
        let as_of: BTreeSet<NaiveDate> = as_of.into_iter().collect();
        Self { metric, as_of: as_of.into_iter().take(MOST_DATES).collect() }
    }

    /// The name of the metric.
    pub fn id(&self) -> &str {
        &self.metric.id
    }

    /// The metric.
    pub fn metric(&self) -> &Metric {
        &self.metric
    }
}

impl Figures {
    /// The figure of a subject; `None` where it has none.
    pub fn get(&self, subject: u32, as_of: usize) -> Option<i64> {
        let at = usize::try_from(subject).ok()?.checked_mul(self.as_of.len())?.checked_add(as_of)?;
        Some(self.cells.get(at).copied().unwrap_or(self.without_rows)).filter(|value| *value != MISSING)
    }

    /// The place of an as-of date.
    pub fn place(&self, as_of: NaiveDate) -> Option<usize> {
        self.as_of.binary_search(&as_of).ok()
    }
}

impl Computed {
    /// The figures of a metric with the place of an as-of date in them.
    ///
    /// # Errors
    /// [`MetricError::NotComputed`] when it was not asked for.
    pub fn at(&self, metric: &str, as_of: NaiveDate) -> Result<(&Figures, usize), MetricError> {
        let figures = self.figures.get(metric);
        figures
            .and_then(|figures| Some((figures, figures.place(as_of)?)))
            .ok_or_else(|| MetricError::NotComputed { metric: metric.to_owned(), as_of })
    }

    /// The figure of a metric over all rows ([`Subject::Everyone`]).
    ///
    /// # Errors
    /// [`MetricError::NotComputed`] when it was not asked for.
    pub fn total(&self, metric: &str, as_of: NaiveDate) -> Result<i64, MetricError> {
        let (figures, place) = self.at(metric, as_of)?;
        Ok(figures.get(NOTHING, place).unwrap_or(0))
    }
}

/// Computes metrics: one pass over each entity they need, in the order of entity names.
///
/// # Errors
/// [`MetricError`] when the ledger cannot be read, or a sum could pass 64 bits.
pub fn compute(snapshot: &mut Snapshot, requests: &[Request]) -> Result<Computed, MetricError> {
    let mut passes: BTreeMap<&'static str, Pass> = BTreeMap::new();
    for request in requests {
        if let Measure::Rows(rows) = &request.metric.measure {
            passes.entry(rows.entity.name).or_insert_with(|| Pass::new(rows.entity)).add(request, rows);
        }
    }
    let mut computed = Computed::default();
    for mut pass in passes.into_values() {
        let columns: Vec<&'static str> = pass.columns.iter().copied().collect();
        let needed_for = pass.needed_for.join(", ");
        snapshot.scan(pass.entity, &columns, &needed_for, &mut |batch, dictionaries| {
            pass.take(batch, dictionaries);
            Ok(())
        })?;
        pass.finish(snapshot.dictionaries(), &mut computed)?;
    }
    Ok(computed)
}

/// One pass over one entity.
struct Pass {
    entity: &'static Entity,
    columns: BTreeSet<&'static str>,
    needed_for: Vec<String>,
    filters: Vec<Vec<Condition>>,
    tallies: Vec<Tally>,
}

/// One metric on its way.
struct Tally {
    metric: String,
    as_of: Vec<NaiveDate>,
    subject: Subject,
    aggregate: Aggregate,
    filter: usize,
    reach: Reach,
    accumulator: Accumulator,
}

impl Pass {
    fn new(entity: &'static Entity) -> Self {
        let columns = entity.time.into_iter().collect();
        Self { entity, columns, needed_for: Vec::new(), filters: Vec::new(), tallies: Vec::new() }
    }

    fn add(&mut self, request: &Request, rows: &RowMeasure) {
        self.columns.extend(rows.columns());
        self.needed_for.push(format!("metric `{}`", request.metric.id));
        let filter = self.filters.iter().position(|known| *known == rows.conditions).unwrap_or_else(|| {
            self.filters.push(rows.conditions.clone());
            self.filters.len() - 1
        });
        let dates = request.as_of.len();
        let accumulator = match rows.aggregate {
            Aggregate::Sum(_) | Aggregate::Count => Accumulator::sum(dates),
            Aggregate::CountDistinct(column) => Accumulator::distinct(dates, column == "order_id"),
            Aggregate::Min(_) | Aggregate::FirstDay => Accumulator::min(dates),
            Aggregate::Max(_) | Aggregate::LastDay | Aggregate::DaysSince => Accumulator::max(dates),
        };
        self.tallies.push(Tally {
            metric: request.metric.id.clone(),
            as_of: request.as_of.clone(),
            subject: rows.subject,
            aggregate: rows.aggregate,
            filter,
            reach: Reach::new(rows.window, &request.as_of),
            accumulator,
        });
    }

    fn take(&mut self, batch: &Batch, dictionaries: &Dictionaries) {
        let days = row_days(self.entity, batch);
        let masks: Vec<Vec<bool>> = self.filters.iter().map(|filter| mask(filter, batch, dictionaries)).collect();
        for tally in &mut self.tallies {
            if let Some(mask) = masks.get(tally.filter) {
                tally.take(batch, dictionaries, &days, mask);
            }
        }
    }

    fn finish(self, dictionaries: &Dictionaries, computed: &mut Computed) -> Result<(), MetricError> {
        for tally in self.tallies {
            let subjects = subject_count(tally.subject, dictionaries);
            let mut cells = tally
                .accumulator
                .finish(subjects)
                .map_err(|TooLarge| MetricError::SumTooLarge { metric: tally.metric.clone() })?;
            if tally.aggregate == Aggregate::DaysSince {
                days_since(&mut cells, &tally.as_of);
            }
            let without_rows = match tally.aggregate {
                Aggregate::Sum(_) | Aggregate::Count | Aggregate::CountDistinct(_) => 0,
                Aggregate::Min(_)
                | Aggregate::Max(_)
                | Aggregate::FirstDay
                | Aggregate::LastDay
                | Aggregate::DaysSince => MISSING,
            };
            computed.figures.insert(tally.metric, Figures { as_of: tally.as_of, cells, without_rows });
        }
        Ok(())
    }
}

impl Tally {
    fn take(&mut self, batch: &Batch, dictionaries: &Dictionaries, days: &[i32], mask: &[bool]) {
        self.accumulator.grow(subject_count(self.subject, dictionaries));
        let subjects = match self.subject {
            Subject::Column(column) => Some(batch.codes(column)),
            Subject::Everyone => None,
        };
        let column = self.aggregate.column().and_then(|name| batch.column(name));
        for (row, (day, counts)) in days.iter().zip(mask).enumerate() {
            let subject =
                subjects.map_or(Some(NOTHING), |codes| codes.get(row).copied().filter(|code| *code != NOTHING));
            let Some(subject) = subject.filter(|_| *counts) else { continue };
            let reach = self.reach.of(*day);
            match (self.aggregate, column) {
                (Aggregate::CountDistinct(_), Some(Values::Codes(codes))) => {
                    self.accumulator.take_code(subject, codes.get(row).copied().unwrap_or(NOTHING), reach);
                }
                (Aggregate::Count, _) => self.accumulator.take(subject, 1, reach),
                (Aggregate::FirstDay | Aggregate::LastDay | Aggregate::DaysSince, _) => {
                    self.accumulator.take(subject, i64::from(*day), reach);
                }
                (_, Some(Values::Numbers(numbers))) => {
                    if let Some(value) = numbers.get(row).copied().filter(|value| *value != MISSING) {
                        self.accumulator.take(subject, value, reach);
                    }
                }
                _ => {}
            }
        }
    }
}

fn subject_count(subject: Subject, dictionaries: &Dictionaries) -> usize {
    match subject {
        Subject::Column(column) => dictionaries.of(column).map_or(1, Dictionary::len),
        Subject::Everyone => 1,
    }
}

fn row_days(entity: &Entity, batch: &Batch) -> Vec<i32> {
    match entity.time.and_then(|time| batch.column(time)) {
        Some(Values::Days(days)) => days.clone(),
        Some(Values::Numbers(at)) => {
            at.iter().map(|at| i32::try_from(at.div_euclid(SECONDS_A_DAY)).unwrap_or(NO_DAY)).collect()
        }
        _ => vec![NO_DAY; batch.len()],
    }
}

fn mask(filter: &[Condition], batch: &Batch, dictionaries: &Dictionaries) -> Vec<bool> {
    let mut mask = vec![true; batch.len()];
    for condition in filter {
        let words = |words: &[String]| -> Vec<u32> {
            let dictionary = dictionaries.of(condition.column);
            words.iter().filter_map(|word| dictionary.and_then(|known| known.code(word))).collect()
        };
        match (&condition.test, batch.column(condition.column)) {
            (Test::OneOf(list), Some(Values::Codes(codes))) => {
                let wanted = words(list);
                keep(&mut mask, codes, |code| wanted.contains(code));
            }
            (Test::NotOneOf(list), Some(Values::Codes(codes))) => {
                let unwanted = words(list);
                keep(&mut mask, codes, |code| !unwanted.contains(code));
            }
            (Test::Empty(empty), Some(Values::Codes(codes))) => {
                keep(&mut mask, codes, |code| (*code == NOTHING) == *empty);
            }
            (Test::Empty(empty), Some(Values::Numbers(numbers))) => {
                keep(&mut mask, numbers, |number| (*number == MISSING) == *empty);
            }
            (Test::Empty(empty), Some(Values::Days(days))) => keep(&mut mask, days, |day| (*day == NO_DAY) == *empty),
            (Test::Between(from, to), Some(Values::Numbers(numbers))) => {
                keep(&mut mask, numbers, |number| *number != MISSING && (*from..=*to).contains(number));
            }
            (Test::Between(from, to), Some(Values::Days(days))) => {
                keep(&mut mask, days, |day| *day != NO_DAY && (*from..=*to).contains(&i64::from(*day)));
            }
            // A test that does not fit its column is refused when the file is read.
            _ => mask.fill(false),
        }
    }
    mask
}

fn keep<T>(mask: &mut [bool], values: &[T], test: impl Fn(&T) -> bool) {
    for (kept, value) in mask.iter_mut().zip(values) {
        *kept = *kept && test(value);
    }
}

fn days_since(cells: &mut [i64], as_of: &[NaiveDate]) {
    for subject in cells.chunks_exact_mut(as_of.len().max(1)) {
        for (cell, as_of) in subject.iter_mut().zip(as_of) {
            if *cell != MISSING {
                *cell = i64::from(day_number(*as_of)) - *cell;
            }
        }
    }
}
