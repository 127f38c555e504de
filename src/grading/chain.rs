//! A chain of reviews: each starts from the grades of the one before, so that a grade as of any day follows from the ledger and the
//! grades that were kept.

use chrono::NaiveDate;

use crate::{
    grading::{
        bind::{Bound, BoundDimension, Earned},
        ladder::step,
        set::GradeSet,
        subjects::Subjects,
    },
    metrics::compute::{Computed, Figures, MetricError},
    money::Share,
    period::{Period, days_after},
    scheme::Scheme,
};

/// A chain is replayed over at most this many reviews when no grades were kept.
const MOST_REVIEWS: usize = 120;

/// Grades held before the first review of a chain, by subject code.
#[derive(Debug, Clone, Default)]
pub struct Opening(pub Vec<Option<u8>>);

/// A grade that somebody outside the chain gave a subject on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Given {
    /// The first day of the grade.
    pub day: NaiveDate,
    /// The subject's code.
    pub subject: u32,
    /// The rank.
    pub rank: u8,
}

/// The days of the reviews after `kept` (the day of the last kept grades) up to and with `as_of`: the ends of the scheme's cadence since it came into force, or
/// since `first_data`, and `as_of` itself.
pub fn review_days(
    scheme: &Scheme,
    kept: Option<NaiveDate>,
    first_data: NaiveDate,
    as_of: NaiveDate,
) -> Vec<NaiveDate> {
    let mut days = vec![as_of];
    let begin = scheme.versions.first().map_or(as_of, |version| version.in_force.max(first_data));
    while days.len() < MOST_REVIEWS {
        let Some(earliest) = days.last().copied() else { break };
        let Some((_, version)) = scheme.version_on(days_after(earliest, -1)) else { break };
        let before = Period::holding(version.cadence, earliest).previous().last_day();
        if before < begin || kept.is_some_and(|kept| before <= kept) {
            break;
        }
        days.push(before);
    }
    days.reverse();
    days
}

/// Grades on each of some rising days.
///
/// # Errors
/// [`MetricError::NotComputed`] when a figure was not asked for ([`Bound::requests`]).
pub fn grade(
    bound: &Bound,
    subjects: &Subjects,
    computed: &Computed,
    days: &[NaiveDate],
    opening: Opening,
    given: &[Given],
) -> Result<Vec<GradeSet>, MetricError> {
    let Opening(mut held) = opening;
    let mut sets = Vec::with_capacity(days.len());
    let mut given = given.iter().peekable();
    for day in days {
        while let Some(Given { subject, rank, .. }) = given.next_if(|given| given.day <= *day) {
            put(&mut held, *subject, Some(*rank));
        }
        let Some((place, version)) = bound.scheme.version_on(*day) else { continue };
        let Some(rules) = bound.versions.get(place) else { continue };
        let columns = rules.dimensions.iter().map(|d| Column::of(d, computed, *day)).collect::<Result<Vec<_>, _>>()?;
        let assessment = version.assesses_on(*day);
        let mut set = GradeSet::new(*day, place, assessment, columns.len());
        let mut figures = Vec::with_capacity(columns.len());
        for subject in subjects.on(*day) {
            figures.clear();
            figures.extend(columns.iter().map(|column| column.figure(subject)));
            let shares: Vec<Option<Share>> =
                figures.iter().map(|f| f.map(|(part, whole)| Share::new(part, whole))).collect();
            let Earned::Rank(earned) = rules.earned(&shares) else {
                set.excluded.push(subject);
                continue;
            };
            let before = usize::try_from(subject).ok().and_then(|at| held.get(at).copied()).flatten();
            let moved = step(&version.movement, before, earned, assessment);
            put(&mut held, subject, Some(moved.rank));
            set.subjects.push(subject);
            set.ranks.push(moved.rank);
            set.earned.push(earned);
            set.before.push(before);
            set.reasons.push(moved.reason);
            set.basis.iter_mut().zip(&figures).for_each(|(column, figure)| column.push(*figure));
        }
        sets.push(set);
    }
    Ok(sets)
}

fn put(held: &mut Vec<Option<u8>>, subject: u32, rank: Option<u8>) {
    let Ok(at) = usize::try_from(subject) else { return };
    if held.len() <= at {
        held.resize(at + 1, None);
    }
    if let Some(place) = held.get_mut(at) {
        *place = rank;
    }
}

/// The figures of one dimension on one day.
struct Column<'c> {
    part: (&'c Figures, usize),
    whole: Option<(&'c Figures, usize)>,
}

impl<'c> Column<'c> {
    fn of(dimension: &BoundDimension, computed: &'c Computed, day: NaiveDate) -> Result<Self, MetricError> {
        Ok(match &dimension.parts {
            Some((of, per)) => Self { part: computed.at(&of.id, day)?, whole: Some(computed.at(&per.id, day)?) },
            None => Self { part: computed.at(&dimension.metric.id, day)?, whole: None },
        })
    }

    /// The figure as part and whole; a ratio over nothing is no figure.
    fn figure(&self, subject: u32) -> Option<(i64, i64)> {
        let part = self.part.0.get(subject, self.part.1)?;
        match self.whole {
            None => Some((part, 1)),
            Some((figures, place)) => {
                figures.get(subject, place).filter(|whole| *whole != 0).map(|whole| (part, whole))
            }
        }
    }
}
