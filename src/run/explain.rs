//! How one subject came to its grade: the rows counted, every figure, every limit, what was held before and why it moved.

use std::{cmp::Ordering, collections::BTreeMap};

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    grading::{
        bound::{BoundMetric, BoundVersion, Figure},
        evaluate::{FigureColumn, NO_CLASS, Population, holds, order},
        ladder::{Held, Reason},
        outlook::{Enough, Ways, missing, ways},
        worked::{Worked, work},
    },
    ledger::{batch::Dictionaries, snapshot::Snapshot},
    metrics::{
        compute::Request,
        definition::{Aggregate, Measure, Metric, RowMeasure},
    },
    run::{
        error::RunError,
        grades::{Grades, work_out},
        home::Home,
        job::today,
        schemes::bind,
        store::Store,
    },
    scheme::rule::{Dimension, Rule, When},
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
    /// What is held now; also by a subject that was not graded.
    pub held: Option<Held>,
    /// Rank that the figures give by themselves; `None` when the subject was not graded for want of a figure.
    pub earned: Option<u8>,
    /// Rank before.
    pub before: Option<u8>,
    /// Why the rank is what it is.
    pub reason: Option<Reason>,
    /// Whether the grade is provisional (S58).
    pub provisional: bool,
    /// The metrics with their figures, in the order of the version.
    pub metrics: Vec<MetricFacts>,
    /// The dimensions with their classes, in the order of the version.
    pub dimensions: Vec<DimensionFacts>,
    /// On a ladder whose grades can be read off figures: what is needed for the next grade and to remain.
    pub outlook: Option<OutlookFacts>,
    /// Fingerprint of the snapshot.
    pub snapshot: String,
}

/// One metric of an explanation.
#[derive(Debug)]
pub struct MetricFacts {
    /// The metric.
    pub metric: BoundMetric,
    /// The figure as part and whole.
    pub figure: Option<(i64, i64)>,
    /// The word that the figure stands for.
    pub word: Option<String>,
    /// Ledger rows that were counted; for a ratio those of the divided metric.
    pub rows: i64,
    /// The first day that counts; `None` for all days before.
    pub first_day: Option<NaiveDate>,
    /// The last day that counts; `None` for all days after.
    pub last_day: Option<NaiveDate>,
}

/// One dimension of an explanation.
#[derive(Debug)]
pub struct DimensionFacts {
    /// The dimension with its rule.
    pub dimension: Dimension<usize, Figure>,
    /// The class.
    pub class: Option<u8>,
    /// By case or step of the rule: whether its tests hold.
    pub holds: Vec<bool>,
    /// Where the class is a place among all subjects: the class and figure of the subject nearest above.
    pub nearest: Option<(u8, (i64, i64))>,
}

/// What a subject on a ladder needs (S02, S04).
#[derive(Debug)]
pub struct OutlookFacts {
    /// The next grade; `None` at the top.
    pub next: Option<u8>,
    /// Whether one of the needs is enough, or all must be met.
    pub enough: Enough,
    /// By dimension.
    pub needs: Vec<Need>,
}

/// What is missing in one dimension, in minor units of its metric.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// The place of the dimension.
    pub dimension: usize,
    /// To the next grade.
    pub for_next: Option<i64>,
    /// To remain.
    pub to_remain: Option<i64>,
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
    let counting = counting(home, scheme, as_of)?;
    let grades = work_out(home, &mut snapshot, &mut store, scheme, as_of, counting).await?;
    let (what, key) = grades.bound.scheme.subject.entity_and_key();
    let code = snapshot.dictionaries().of(key).and_then(|dictionary| dictionary.code(subject));
    let subjects: Vec<u32> = grades.subjects.on(as_of).collect();
    let found = code.and_then(|code| Some((code, subjects.iter().position(|other| *other == code)?)));
    let (Some((code, at)), Some(version)) = (found, grades.bound.versions.get(grades.now.version)) else {
        return Err(RunError::UnknownSubject { what, subject: subject.to_owned(), as_of });
    };
    let worked = work(&grades.bound, &subjects, &grades.computed, snapshot.dictionaries(), as_of)?;
    let one = One { version, worked: &worked, at, as_of, dictionaries: snapshot.dictionaries() };
    let mut metrics = Vec::new();
    for (metric, column) in version.metrics.iter().zip(&worked.metrics) {
        let (counting, day) = grades.computed.at(&rows_id(&divided(metric).id), as_of)?;
        let figure = column.get(at);
        let word = metric.metric.words().zip(figure);
        metrics.push(MetricFacts {
            figure,
            word: word.and_then(|(words, (code, _))| words.word(snapshot.dictionaries(), code)).map(str::to_owned),
            rows: counting.get(code, day).unwrap_or(0),
            first_day: window(metric).and_then(|rows| rows.first_day(as_of)),
            last_day: window(metric).and_then(|rows| rows.last_day(as_of)),
            metric: metric.clone(),
        });
    }
    let dimensions = version.dimensions.iter().enumerate().map(|(place, dimension)| one.dimension(place, dimension));
    let dimensions = dimensions.collect();
    let set = &grades.now;
    let place = set.subjects.iter().position(|other| *other == code);
    let graded = place.and_then(|at| {
        let (rank, since) = (*set.ranks.get(at)?, *set.since.get(at)?);
        Some(Held { rank, since, valid_to: *set.valid_to.get(at)? })
    });
    let outside = set.excluded.iter().find(|(other, _)| *other == code).and_then(|(_, held)| *held);
    Ok(Explanation {
        subject: subject.to_owned(),
        as_of,
        held: graded.or(outside),
        earned: place.and_then(|at| set.earned.get(at).copied()),
        before: place.map_or(outside.map(|held| held.rank), |at| set.before.get(at).copied().flatten()),
        reason: place.and_then(|at| set.reasons.get(at).copied()),
        provisional: place.and_then(|at| set.provisional.get(at).copied()).unwrap_or(false),
        outlook: graded.and_then(|held| one.outlook(held.rank, grades.bound.scheme.grades.len())),
        metrics,
        dimensions,
        snapshot: snapshot.fingerprint(),
        grades,
    })
}

/// One subject among all.
struct One<'o> {
    version: &'o BoundVersion,
    worked: &'o Worked,
    at: usize,
    as_of: NaiveDate,
    dictionaries: &'o Dictionaries,
}

impl One<'_> {
    fn outlook(&self, rank: u8, grades: usize) -> Option<OutlookFacts> {
        self.version.ladder()?;
        let Ways { dimensions, enough } = ways(self.version)?;
        let next = rank.checked_add(1).filter(|next| usize::from(*next) < grades);
        let need = |place: usize, class: u8| {
            let metric = self.version.dimensions.get(place)?.rule.metric()?;
            missing(self.version, place, class, self.worked.metrics.get(*metric)?.get(self.at), self.as_of)
        };
        let needs = dimensions.into_iter().map(|place| Need {
            dimension: place,
            for_next: next.and_then(|next| need(place, next)),
            to_remain: need(place, rank),
        });
        Some(OutlookFacts { next, enough, needs: needs.collect() })
    }

    fn dimension(&self, place: usize, dimension: &Dimension<usize, Figure>) -> DimensionFacts {
        let class = self.worked.classes.get(place).and_then(|column| column.get(self.at)).copied();
        let mut cases: Vec<&When<usize, Figure>> = Vec::new();
        if let Rule::Conditions { cases: own, .. } | Rule::Labels { cases: own } = &dimension.rule {
            cases.extend(own.iter().map(|case| &case.when));
        }
        if let Rule::Adjust { steps, .. } = &dimension.rule {
            cases.extend(steps.iter().map(|step| &step.when));
        }
        DimensionFacts {
            class: class.filter(|class| *class != NO_CLASS),
            holds: cases.into_iter().map(|when| self.holds(when)).collect(),
            nearest: self.nearest(place, dimension),
            dimension: dimension.clone(),
        }
    }

    fn holds(&self, when: &When<usize, Figure>) -> bool {
        let metrics = self.worked.metrics.iter().map(|column| {
            let mut own = FigureColumn::default();
            own.push(column.get(self.at));
            own
        });
        let metrics: Vec<FigureColumn> = metrics.collect();
        let own = |column: &Vec<u8>| vec![column.get(self.at).copied().unwrap_or(NO_CLASS)];
        let classes: Vec<Vec<u8>> = self.worked.classes.iter().map(own).collect();
        let words = |metric: usize, word: &str| {
            self.version.metrics.get(metric)?.metric.words()?.figure(self.dictionaries, word)
        };
        let others = BTreeMap::new();
        let population =
            Population { subjects: 1, as_of: self.as_of, metrics: &metrics, others: &others, words: &words };
        holds(self.version, &population, &classes, when).first().copied().unwrap_or(false)
    }

    /// The subject of a better class whose figure is nearest.
    fn nearest(&self, place: usize, dimension: &Dimension<usize, Figure>) -> Option<(u8, (i64, i64))> {
        let (Rule::Shares { metric, .. } | Rule::Quantiles { metric, .. }) = &dimension.rule else { return None };
        let (bound, figures) = (self.version.metrics.get(*metric)?, self.worked.metrics.get(*metric)?);
        let classes = self.worked.classes.get(place)?;
        let (own, figure) = (*classes.get(self.at)?, figures.get(self.at)?);
        let own_share = bound.share(figure);
        let above = classes.iter().enumerate().filter(|(_, class)| **class > own && **class != NO_CLASS);
        let figures = above.filter_map(|(at, class)| Some((*class, figures.get(at)?)));
        figures.min_by(|(class, a), (other, b)| {
            let (a, b) = (bound.share(*a), bound.share(*b));
            // Better figures are all on one side of one's own: the nearest is the lowest above it, or the highest below.
            let side = if order(a, own_share) == Ordering::Less { order(b, a) } else { order(a, b) };
            side.then(class.cmp(other))
        })
    }
}

/// The metrics that count the rows behind every figure of the version in force.
fn counting(home: &Home, scheme: &str, as_of: NaiveDate) -> Result<Vec<Request>, RunError> {
    let bound = bind(home, scheme)?;
    let version = bound.scheme.version_on(as_of).and_then(|(place, _)| bound.versions.get(place));
    let metrics = version.iter().flat_map(|version| &version.metrics).filter_map(|metric| counted(divided(metric)));
    let by_name: BTreeMap<String, Metric> = metrics.map(|metric| (metric.id.clone(), metric)).collect();
    Ok(by_name.into_values().map(|metric| Request::new(metric, [as_of])).collect())
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

/// The metric itself, or of a ratio the one that is divided.
fn divided(metric: &BoundMetric) -> &Metric {
    metric.parts.as_ref().map_or(&metric.metric, |(of, _)| of)
}

/// The rows of the metric itself, or of a ratio those of the one that is divided.
fn window(metric: &BoundMetric) -> Option<&RowMeasure> {
    match &divided(metric).measure {
        Measure::Rows(rows) => Some(rows),
        Measure::Ratio { .. } => None,
    }
}
