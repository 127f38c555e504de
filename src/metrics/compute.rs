//! All metrics of an entity in one pass over its rows.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;
use miette::Diagnostic;
use thiserror::Error;

use crate::{
    ledger::{
        batch::MISSING, dictionary::NOTHING, entity::Entity, error::LedgerError, mapping::Compute, snapshot::Snapshot,
    },
    metrics::{
        definition::{Measure, Metric, RowMeasure},
        group::place_of,
        pass::Pass,
        pushed,
    },
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
    /// The latest value of a subject is not one.
    #[error("metric `{metric}` wants the latest value, and `{subject}` has two different ones on {day}")]
    #[diagnostic(
        code(metrics::two_values),
        help("leave one row a day for a subject in the ledger: nothing says which of the two came later")
    )]
    TwoValues {
        /// The metric.
        metric: String,
        /// The subject.
        subject: String,
        /// The day.
        day: NaiveDate,
    },
    /// The temporary file of distinct values failed.
    #[error("the distinct values of metric `{metric}` could not be kept in a temporary file: {cause}")]
    #[diagnostic(
        code(metrics::no_room),
        help("make room where temporary files go (`TMPDIR`), or raise `memory` in `config/ledger.toml`")
    )]
    NoRoom {
        /// The metric.
        metric: String,
        /// Why.
        cause: std::io::Error,
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
    /// The cells of subjects by shard; those of one subject are neighbours. Several metrics share them.
    shards: Arc<Vec<Vec<i64>>>,
    /// How many cells a subject has, and which is the first of this metric.
    stride: usize,
    from: usize,
    /// The figure of a subject without any row.
    without_rows: i64,
}

impl Request {
    /// A metric for as-of dates in any order.
    pub fn new(metric: Metric, as_of: impl IntoIterator<Item = NaiveDate>) -> Self {
        let as_of: BTreeSet<NaiveDate> = as_of.into_iter().collect();
        Self { metric, as_of: as_of.into_iter().take(MOST_DATES).collect() }
    }

    /// The same wishes with each metric once, on all its days.
    pub fn merged(requests: Vec<Self>) -> Vec<Self> {
        let mut merged: BTreeMap<String, (Metric, BTreeSet<NaiveDate>)> = BTreeMap::new();
        for Self { metric, as_of } in requests {
            merged.entry(metric.id.clone()).or_insert_with(|| (metric, BTreeSet::new())).1.extend(as_of);
        }
        merged.into_values().map(|(metric, as_of)| Self::new(metric, as_of)).collect()
    }

    /// The name of the metric.
    pub fn id(&self) -> &str {
        &self.metric.id
    }

    /// The as-of dates, rising.
    pub fn as_of(&self) -> &[NaiveDate] {
        &self.as_of
    }

    /// The metric.
    pub fn metric(&self) -> &Metric {
        &self.metric
    }
}

impl Figures {
    pub(super) fn new(
        as_of: Vec<NaiveDate>,
        shards: Arc<Vec<Vec<i64>>>,
        (stride, from): (usize, usize),
        without_rows: i64,
    ) -> Self {
        Self { as_of, shards, stride, from, without_rows }
    }

    /// The figure of a subject; `None` where it has none.
    pub fn get(&self, subject: u32, as_of: usize) -> Option<i64> {
        let (shard, place) = place_of(subject);
        let at = usize::try_from(place).ok()?.checked_mul(self.stride)?.checked_add(self.from + as_of)?;
        let cell = self.shards.get(shard).and_then(|cells| cells.get(at));
        Some(cell.copied().unwrap_or(self.without_rows)).filter(|value| *value != MISSING)
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

    /// The figure of a metric over all rows ([`Subject::Everyone`](crate::metrics::definition::Subject::Everyone)).
    ///
    /// # Errors
    /// [`MetricError::NotComputed`] when it was not asked for.
    pub fn total(&self, metric: &str, as_of: NaiveDate) -> Result<i64, MetricError> {
        let (figures, place) = self.at(metric, as_of)?;
        Ok(figures.get(NOTHING, place).unwrap_or(0))
    }
}

/// Requests with what each takes from the rows.
pub(super) type Requests<'r> = Vec<(&'r Request, &'r RowMeasure)>;

/// Computes metrics: one pass over each entity they need, in the order of entity names.
///
/// # Errors
/// [`MetricError`] when the ledger cannot be read, or a sum could pass 64 bits.
pub fn compute(snapshot: &mut Snapshot, requests: &[Request]) -> Result<Computed, MetricError> {
    let mut passes: BTreeMap<&'static str, (&'static Entity, Requests<'_>)> = BTreeMap::new();
    for request in requests {
        if let Measure::Rows(rows) = &request.metric.measure {
            passes.entry(rows.entity.name).or_insert_with(|| (rows.entity, Vec::new())).1.push((request, rows));
        }
    }
    let mut computed = Computed::default();
    for (entity, requests) in passes.into_values() {
        let mut requests = requests;
        if snapshot.mapping().compute == Compute::Database {
            let (folded, unfolded) = pushed::figures(snapshot, entity, requests)?;
            computed.figures.extend(folded);
            requests = unfolded;
        }
        if requests.is_empty() {
            continue;
        }
        let pass = Pass::new(entity, &requests, snapshot.mapping().memory);
        snapshot.scan(pass.entity, &pass.columns(), &pass.needed_for(), &|batch, dictionaries| {
            pass.take(batch, dictionaries);
        })?;
        computed.figures.extend(pass.finish(snapshot.dictionaries())?);
    }
    Ok(computed)
}
