//! How one subject came to its grade: the rows counted, every figure, every limit, what was held before and why it moved.

use std::{cmp::Ordering, collections::BTreeMap};

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    grading::{
        bound::{BoundMetric, BoundVersion, Figure},
        evaluate::{FigureColumn, NO_CLASS, Population, Standing, holds, order, standing},
        ladder::{Held, Reason},
        outlook::{Enough, Ways, missing, ways, ways_to_remain},
        review::Decision,
        worked::{Worked, work},
    },
    ledger::{batch::Dictionaries, snapshot::Snapshot},
    metrics::{
        compute::Request,
        definition::{Aggregate, Measure, Metric},
    },
    period::days_after,
    run::{
        counted::{Counted, list, measure, parts},
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
    /// What people published last, where they decide about the scheme.
    pub published: Option<Published>,
    /// Fingerprint of the snapshot.
    pub snapshot: String,
}

/// What a published review says of one subject.
#[derive(Debug)]
pub struct Published {
    /// The review.
    pub review: String,
    /// The day at whose end its figures were taken.
    pub as_of: NaiveDate,
    /// Who published it, and on which day.
    pub by: String,
    /// On which day.
    pub on: NaiveDate,
    /// The grade that was published; `None` for a subject that got none.
    pub grade: Option<String>,
    /// What somebody decided about the subject.
    pub decision: Option<Decision>,
}

/// What is asked to be explained.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The scheme.
    pub scheme: &'q str,
    /// The subject.
    pub subject: &'q str,
    /// The day.
    pub as_of: NaiveDate,
    /// Whether the ledger's rows are listed.
    pub with_rows: bool,
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
    /// The ledger rows that were counted; for a ratio those of both metrics it is made of.
    pub counted: Vec<Counted>,
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
    /// Where the class is a place among all subjects: the place.
    pub standing: Option<Standing>,
}

/// What a subject on a ladder needs (S02, S04).
#[derive(Debug)]
pub struct OutlookFacts {
    /// The next grade; `None` at the top.
    pub next: Option<u8>,
    /// Whether one of the needs is enough, or all must be met.
    pub enough: Enough,
    /// By dimension: what is missing to the next grade.
    pub for_next: Vec<Need>,
    /// By dimension, that of the retention test where there is one: what is missing to remain.
    pub to_remain: Vec<Need>,
}

/// What is missing in one dimension, in minor units of its metric.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// The place of the dimension.
    pub dimension: usize,
    /// How much; `None` where no figure would do, or there is none.
    pub missing: Option<i64>,
}

/// Explains the grade of a subject on a day.
///
/// # Errors
/// [`RunError::UnknownSubject`] when the ledger does not have it on that day, else as for grading.
pub async fn explain(home: &Home, asked: &Question<'_>, now: DateTime<Utc>) -> Result<Explanation, RunError> {
    let Question { scheme, subject, as_of, with_rows } = *asked;
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
    let mut metrics = one.metrics(&grades, code)?;
    let dimensions = version.dimensions.iter().enumerate().map(|(place, dimension)| one.dimension(place, dimension));
    let dimensions = dimensions.collect();
    let set = &grades.now;
    let place = set.subjects.iter().position(|other| *other == code);
    let graded = place.and_then(|at| {
        let (rank, since) = (*set.ranks.get(at)?, *set.since.get(at)?);
        Some(Held { rank, since, valid_to: *set.valid_to.get(at)? })
    });
    let earned = place.and_then(|at| set.earned.get(at).copied());
    let outlook =
        graded.zip(earned).and_then(|(held, earned)| one.outlook(held.rank, earned, grades.bound.scheme.grades.len()));
    // The fingerprint is that of what the grade was made of.
    let fingerprint = snapshot.fingerprint();
    if with_rows {
        for facts in &mut metrics {
            for (of, counted) in parts(&facts.metric).into_iter().filter_map(measure).zip(&mut facts.counted) {
                counted.listed = list(&mut snapshot, of, &[subject], as_of)?;
            }
        }
    }
    let published = published(&mut store, &grades.bound.scheme.id, subject, as_of).await?;
    let outside = set.excluded.iter().find(|(other, _)| *other == code).and_then(|(_, held)| *held);
    Ok(Explanation {
        subject: subject.to_owned(),
        as_of,
        held: graded.or(outside),
        earned,
        before: place.map_or(outside.map(|held| held.rank), |at| set.before.get(at).copied().flatten()),
        reason: place.and_then(|at| set.reasons.get(at).copied()),
        provisional: place.and_then(|at| set.provisional.get(at).copied()).unwrap_or(false),
        outlook,
        metrics,
        dimensions,
        published,
        snapshot: fingerprint,
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
    /// Every figure with what it was taken from.
    fn metrics(&self, grades: &Grades, code: u32) -> Result<Vec<MetricFacts>, RunError> {
        let mut metrics = Vec::new();
        for (metric, column) in self.version.metrics.iter().zip(&self.worked.metrics) {
            let figure = column.get(self.at);
            let word = metric.metric.words().zip(figure);
            let mut counted = Vec::new();
            for of in parts(metric) {
                let Some(rows) = measure(of) else { continue };
                let (counting, day) = grades.computed.at(&rows_id(&of.id), self.as_of)?;
                counted.push(Counted {
                    metric: of.id.clone(),
                    entity: rows.entity,
                    rows: counting.get(code, day).unwrap_or(0),
                    first_day: rows.first_day(self.as_of),
                    last_day: rows.last_day(self.as_of),
                    listed: None,
                });
            }
            metrics.push(MetricFacts {
                figure,
                word: word.and_then(|(words, (code, _))| words.word(self.dictionaries, code)).map(str::to_owned),
                counted,
                metric: metric.clone(),
            });
        }
        Ok(metrics)
    }

    fn outlook(&self, rank: u8, earned: u8, grades: usize) -> Option<OutlookFacts> {
        self.version.ladder()?;
        let (rise, remain) = (ways(self.version)?, ways_to_remain(self.version));
        let next = rank.checked_add(1).filter(|next| usize::from(*next) < grades);
        let need = |place: usize, class: u8| {
            let metric = self.version.dimensions.get(place)?.rule.metric()?;
            missing(self.version, place, class, self.worked.metrics.get(*metric)?.get(self.at), self.as_of)
        };
        // Whoever earns the held grade by the figures keeps it whatever a retention test says.
        let keeps = if earned >= rank { 0 } else { rank };
        let needs = |ways: &Ways, class: Option<u8>| -> Vec<Need> {
            let needs = ways
                .dimensions
                .iter()
                .map(|place| Need { dimension: *place, missing: class.and_then(|class| need(*place, class)) });
            needs.collect()
        };
        Some(OutlookFacts {
            next,
            enough: rise.enough,
            for_next: needs(&rise, next),
            to_remain: remain.map_or_else(Vec::new, |ways| needs(&ways, Some(keeps))),
        })
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
            standing: standing(self.version, &self.worked.metrics, dimension, self.at),
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
    let version = bound.version_on(as_of);
    let metrics = version.iter().flat_map(|version| &version.metrics).flat_map(parts).filter_map(counted);
    let by_name: BTreeMap<String, Metric> = metrics.map(|metric| (metric.id.clone(), metric)).collect();
    Ok(by_name.into_values().map(|metric| Request::new(metric, [as_of])).collect())
}

/// The metric that counts the rows which another takes its figure from.
fn counted(metric: &Metric) -> Option<Metric> {
    let mut rows = measure(metric)?.clone();
    rows.aggregate = Aggregate::Count;
    Some(Metric { id: rows_id(&metric.id), title: metric.title.clone(), measure: Measure::Rows(rows) })
}

fn rows_id(metric: &str) -> String {
    format!("rows of {metric}")
}

/// What the last review published up to a day says of a subject.
async fn published(
    store: &mut Store,
    scheme: &str,
    subject: &str,
    as_of: NaiveDate,
) -> Result<Option<Published>, RunError> {
    let Some(review) = store.last_published(scheme, days_after(as_of, 1)).await? else { return Ok(None) };
    let (Some(publication), Ok(row)) = (&review.publication, review.row(subject)) else { return Ok(None) };
    Ok(Some(Published {
        review: review.head.id.clone(),
        as_of: review.head.as_of,
        by: publication.by.clone(),
        on: publication.at.date(),
        grade: row.outcome().map(str::to_owned),
        decision: row.standing().cloned(),
    }))
}
