//! How one subject came to its grade: the rows counted, every figure, every limit, what was held before and why it moved.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    grading::{bind::BoundDimension, ladder::Reason},
    ledger::snapshot::Snapshot,
    metrics::{
        compute::Request,
        definition::{Aggregate, Measure, Metric},
    },
    money::Share,
    run::{
        error::RunError,
        grades::{Grades, work_out},
        home::Home,
        job::today,
        store::Store,
    },
};

/// How one subject came to its grade.
#[derive(Debug)]
pub struct Explanation {
    /// The subject's id.
    pub subject: String,
    /// The day.
    pub as_of: NaiveDate,
    /// The scheme with its version's place, and every other fact of the day.
    pub grades: Grades,
    /// Rank now, or `None` when the subject was not graded for want of a figure.
    pub rank: Option<u8>,
    /// Rank that the figures give by themselves.
    pub earned: Option<u8>,
    /// Rank before.
    pub before: Option<u8>,
    /// Why the rank is what it is.
    pub reason: Option<Reason>,
    /// The dimensions with their figures.
    pub dimensions: Vec<DimensionFacts>,
    /// Fingerprint of the snapshot.
    pub snapshot: String,
}

/// One dimension of an explanation.
#[derive(Debug)]
pub struct DimensionFacts {
    /// The dimension with its limits.
    pub dimension: BoundDimension,
    /// The figure as part and whole.
    pub figure: Option<(i64, i64)>,
    /// Ledger rows that were counted; for a ratio those of the divided metric.
    pub rows: i64,
    /// The first day that counts; `None` for all days.
    pub first_day: Option<NaiveDate>,
    /// The rank the figure reaches.
    pub rank: u8,
    /// The limit of the next grade, where there is one.
    pub next: Option<(u8, Share)>,
}

/// Explains the grade of a subject on a day.
///
/// # Errors
/// [`RunError::UnknownSubject`] when the ledger does not have it on that day, else as for grading.
pub async fn explain(
    home: &Home,
    scheme: &str,
    subject: &str,
    as_of: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Explanation, RunError> {
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now))?;
    let mut store = Store::open(&home.settings.store).await?;
    let counting: Vec<Request> =
        home.metrics.values().filter_map(counted).map(|metric| Request::new(metric, [as_of])).collect();
    let used = metrics_of(home, scheme, as_of)?;
    let counting = counting.into_iter().filter(|request| used.iter().any(|id| request.id() == rows_id(id))).collect();
    let grades = work_out(home, &mut snapshot, &mut store, scheme, as_of, counting).await?;
    let (what, key) = grades.bound.scheme.subject.entity_and_key();
    let code = snapshot.dictionaries().of(key).and_then(|dictionary| dictionary.code(subject));
    let known = code.filter(|code| grades.subjects.on(as_of).any(|other| other == *code));
    let Some(code) = known else {
        return Err(RunError::UnknownSubject { what, subject: subject.to_owned(), as_of });
    };
    let place = grades.now.subjects.iter().position(|other| *other == code);
    let version = grades.bound.versions.get(grades.now.version);
    let boundary = grades.bound.scheme.versions.get(grades.now.version).map(|version| version.boundary);
    let mut dimensions = Vec::new();
    for (dimension, column) in version.iter().flat_map(|version| &version.dimensions).zip(&grades.now.basis) {
        let figure = place.and_then(|place| column.get(place));
        let rank = match (figure, boundary) {
            (Some(figure), Some(boundary)) => dimension.rank(dimension.share(figure), boundary),
            _ => 0,
        };
        let (counting, day) = grades.computed.at(&rows_id(divided(dimension)), as_of)?;
        dimensions.push(DimensionFacts {
            figure,
            rows: counting.get(code, day).unwrap_or(0),
            first_day: window_start(dimension, as_of),
            rank,
            next: dimension.limits.iter().find(|(limit, _)| *limit > rank).copied(),
            dimension: dimension.clone(),
        });
    }
    let of = |ranks: &[u8]| place.and_then(|place| ranks.get(place).copied());
    Ok(Explanation {
        subject: subject.to_owned(),
        as_of,
        rank: of(&grades.now.ranks),
        earned: of(&grades.now.earned),
        before: place.and_then(|place| grades.now.before.get(place).copied()).flatten(),
        reason: place.and_then(|place| grades.now.reasons.get(place).copied()),
        dimensions,
        snapshot: snapshot.fingerprint(),
        grades,
    })
}

/// The metric that counts the rows which another takes its figure from.
fn counted(metric: &Metric) -> Option<Metric> {
    let Measure::Rows(rows) = &metric.measure else { return None };
    let mut rows = rows.clone();
    rows.aggregate = Aggregate::Count;
    Some(Metric { id: rows_id(&metric.id), title: metric.title.clone(), measure: Measure::Rows(rows) })
}

fn rows_id(metric: &str) -> String {
    format!("rows of {metric}")
}

fn divided(dimension: &BoundDimension) -> &str {
    dimension.parts.as_ref().map_or(&dimension.metric.id, |(of, _)| &of.id)
}

fn metrics_of(home: &Home, scheme: &str, as_of: NaiveDate) -> Result<Vec<String>, RunError> {
    let scheme = home.scheme(scheme)?;
    let version = scheme.version_on(as_of);
    let ids = version.iter().flat_map(|(_, version)| &version.dimensions).map(|dimension| {
        match home.metrics.get(&dimension.metric).map(|metric| &metric.measure) {
            Some(Measure::Ratio { of, .. }) => of.clone(),
            _ => dimension.metric.clone(),
        }
    });
    Ok(ids.collect())
}

fn window_start(dimension: &BoundDimension, as_of: NaiveDate) -> Option<NaiveDate> {
    let metric = dimension.parts.as_ref().map_or(&dimension.metric, |(of, _)| of);
    match &metric.measure {
        Measure::Rows(rows) => rows.first_day(as_of),
        Measure::Ratio { .. } => None,
    }
}
