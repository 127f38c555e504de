//! A chain of reviews: each starts from the grades of the one before, so that a grade as of any day follows from the ledger and the
//! grades that were kept.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    grading::{
        bind::{Bound, BoundDimension, Earned},
        ladder::{Reason, step},
        set::GradeSet,
        subjects::Subjects,
    },
    metrics::compute::{Computed, Figures, MetricError},
    money::Share,
    period::{Period, Unit, days_after},
    scheme::Scheme,
};

/// A chain is replayed over at most this many reviews when no grades were kept.
const MOST_REVIEWS: usize = 120;

/// More reviews than a chain may have would have to be replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// How many it may have.
    pub most: usize,
}

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

/// The days of the reviews after `kept` (the day of the last kept grades) up to and with `as_of`: `as_of` itself, and before it every
/// day since `begin` that ends a unit of the cadence of the version in force on it.
///
/// # Errors
/// [`TooMany`] when more reviews than a chain may have would have to be replayed.
pub fn review_days(
    scheme: &Scheme,
    kept: Option<NaiveDate>,
    begin: NaiveDate,
    as_of: NaiveDate,
) -> Result<Vec<NaiveDate>, TooMany> {
    let begin = scheme.versions.first().map_or(as_of, |version| version.in_force.max(begin));
    let begin = kept.map_or(begin, |kept| begin.max(days_after(kept, 1)));
    let mut days = vec![as_of];
    let mut month = Period::holding(Unit::Month, as_of).previous();
    while month.last_day() >= begin {
        let day = month.last_day();
        let review = |cadence: Unit| Period::holding(cadence, day).last_day() == day;
        if scheme.version_on(day).is_some_and(|(_, version)| review(version.cadence)) {
            days.push(day);
        }
        if days.len() > MOST_REVIEWS {
            return Err(TooMany { most: MOST_REVIEWS });
        }
        month = month.previous();
    }
    days.reverse();
    Ok(days)
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
    // A grade given to somebody who has not begun waits for the first review that sees them.
    let mut gifts = BTreeMap::new();
    for day in days {
        while let Some(Given { subject, rank, .. }) = given.next_if(|given| given.day <= *day) {
            gifts.insert(*subject, *rank);
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
                figures.iter().zip(&rules.dimensions).map(|(f, d)| f.map(|figure| d.share(figure))).collect();
            let before = usize::try_from(subject).ok().and_then(|at| held.get(at).copied()).flatten();
            let gift = gifts.remove(&subject);
            let Earned::Rank(earned) = rules.earned(&shares) else {
                // What was held stays held until there is a figure again.
                let held_now = gift.or(before);
                put(&mut held, subject, held_now);
                set.excluded.push((subject, held_now));
                continue;
            };
            let mut moved = step(&version.movement, gift.or(before), earned, assessment);
            if gift == Some(moved.rank) && before != Some(moved.rank) {
                moved.reason = Reason::Given;
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{declaration::Declaration, period::parse_day};

    fn scheme(versions: &[(&str, &str)]) -> Scheme {
        let text = include_str!("../../config/schemes/two-class.toml");
        let (head, version) = text.split_once("[[version]]").unwrap();
        let mut all = head.to_owned();
        for (number, (in_force, cadence)) in versions.iter().enumerate() {
            let version = version.replace("\"source\"", &format!("\"v{number}\""));
            let version = version.replace("2010-01-01", in_force).replace("\"month\"", &format!("\"{cadence}\""));
            all.extend(["[[version]]", &version, "\n"]);
        }
        Scheme::read(&Declaration::new("s.toml", &all), "s").unwrap()
    }

    fn days(scheme: &Scheme, kept: Option<&str>, begin: &str, as_of: &str) -> Result<Vec<String>, TooMany> {
        let day = |text: &str| parse_day(text).unwrap();
        let found = review_days(scheme, kept.map(day), day(begin), day(as_of))?;
        Ok(found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn reviews_follow_the_cadence_in_force_on_their_own_day() {
        let monthly = scheme(&[("2025-01-01", "month")]);
        assert_eq!(
            days(&monthly, None, "2025-03-15", "2025-05-31").unwrap(),
            ["2025-03-31", "2025-04-30", "2025-05-31"]
        );
        assert_eq!(days(&monthly, Some("2025-04-30"), "2020-01-01", "2025-05-31").unwrap(), ["2025-05-31"]);
        assert_eq!(
            days(&monthly, Some("2025-03-31"), "2020-01-01", "2025-05-10").unwrap(),
            ["2025-04-30", "2025-05-10"]
        );
        assert_eq!(days(&monthly, None, "2020-01-01", "2025-02-10").unwrap(), ["2025-01-31", "2025-02-10"]);
        let yearly = scheme(&[("2020-01-01", "year")]);
        assert_eq!(
            days(&yearly, None, "2022-06-01", "2024-10-31").unwrap(),
            ["2022-12-31", "2023-12-31", "2024-10-31"]
        );
        let quarterly_then_monthly = scheme(&[("2025-01-01", "quarter"), ("2026-02-10", "month")]);
        assert_eq!(
            days(&quarterly_then_monthly, None, "2025-08-01", "2026-04-30").unwrap(),
            ["2025-09-30", "2025-12-31", "2026-02-28", "2026-03-31", "2026-04-30"]
        );
        let monthly_then_yearly = scheme(&[("2025-01-01", "month"), ("2025-12-01", "year")]);
        assert_eq!(
            days(&monthly_then_yearly, None, "2025-09-10", "2025-12-31").unwrap(),
            ["2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31"]
        );
    }

    #[test]
    fn a_chain_too_long_is_refused_not_cut() {
        let monthly = scheme(&[("2000-01-01", "month")]);
        assert_eq!(days(&monthly, None, "2010-01-01", "2019-12-31").unwrap().len(), 120);
        assert_eq!(days(&monthly, None, "2009-12-01", "2019-12-31"), Err(TooMany { most: 120 }));
    }
}
