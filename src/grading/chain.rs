//! A chain of reviews: each starts from the grades of the one before, so that a grade as of any day follows from the ledger and the
//! grades that were kept.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    grading::{
        bound::{Bound, BoundVersion},
        evaluate::NO_CLASS,
        ladder::{Finding, Held, Reason, assesses_on, given as given_held, not_graded, review},
        set::GradeSet,
        subjects::Subjects,
        worked::{Worked, work},
    },
    ledger::batch::Dictionaries,
    metrics::compute::{Computed, MetricError},
    period::{Period, Unit, day_from_number, days_after, months_after},
    scheme::{Movement, Provisional, Scheme, rule::Dimension},
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
pub struct Opening(pub Vec<Option<Held>>);

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
/// day since `begin` that ends a unit of the cadence of the version in force on it. Where each review gives the earned grade, nothing hangs on
/// earlier ones: only the last day before is taken.
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
    let free = scheme.versions.iter().all(|version| version.movement == Movement::Free);
    let mut days = vec![as_of];
    let mut month = Period::holding(Unit::Month, as_of).previous();
    while month.last_day() >= begin && !(free && days.len() > 1) {
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
    dictionaries: &Dictionaries,
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
        while let Some(gift) = given.next_if(|given| given.day <= *day) {
            gifts.insert(gift.subject, *gift);
        }
        let Some((place, _)) = bound.scheme.version_on(*day) else { continue };
        let Some(version) = bound.versions.get(place) else { continue };
        let on: Vec<u32> = subjects.on(*day).collect();
        let worked = work(bound, &on, computed, dictionaries, *day)?;
        let set = GradeSet::new(*day, place, assesses_on(&version.movement, *day));
        sets.push(Review { version, held: &mut held, gifts: &mut gifts }.of(set, &on, worked));
    }
    Ok(sets)
}

/// One review of all subjects.
struct Review<'c> {
    version: &'c BoundVersion,
    /// What is held, by subject code; the review leaves behind what is held from now on.
    held: &'c mut Vec<Option<Held>>,
    /// Grades given by others that no review has seen, by subject code.
    gifts: &'c mut BTreeMap<u32, Given>,
}

impl Review<'_> {
    fn of(mut self, mut set: GradeSet, subjects: &[u32], worked: Worked) -> GradeSet {
        let earned = worked.classes.get(self.version.result).cloned().unwrap_or_default();
        let retention = self.version.ladder().and_then(|ladder| worked.classes.get(ladder.retention?));
        let mut graded = Vec::with_capacity(subjects.len());
        for (at, (subject, earned)) in subjects.iter().zip(earned).enumerate() {
            graded.push(earned != NO_CLASS);
            let retention = retention.and_then(|column| column.get(at)).copied().filter(|class| *class != NO_CLASS);
            let finding = Finding { day: set.as_of, earned, retention };
            self.subject(&mut set, *subject, finding);
        }
        let Worked { mut classes, mut metrics } = worked;
        if !set.excluded.is_empty() {
            for column in &mut classes {
                keep(column, &graded);
            }
            for column in &mut metrics {
                keep(&mut column.part, &graded);
                keep(&mut column.whole, &graded);
            }
        }
        set.provisional = match &self.version.provisional {
            None => vec![false; set.subjects.len()],
            Some(Provisional { months, since }) => {
                let first_days = metrics.get(*since);
                (0..set.subjects.len())
                    .map(|at| {
                        let first = first_days.and_then(|days| days.get(at)).map(|(day, _)| day);
                        let first = first.and_then(|day| i32::try_from(day).ok()).and_then(day_from_number);
                        first.is_none_or(|first| set.as_of < months_after(first, i32::from(*months)))
                    })
                    .collect()
            }
        };
        set.classes = classes;
        set.basis = metrics;
        set
    }

    fn subject(&mut self, set: &mut GradeSet, subject: u32, finding: Finding) {
        let movement = &self.version.movement;
        let before = usize::try_from(subject).ok().and_then(|at| self.held.get(at).copied()).flatten();
        let gift = self.gifts.remove(&subject).map(|gift| given_held(movement, gift.rank, gift.day));
        if finding.earned == NO_CLASS {
            // What was held stays held until there is a figure again.
            let held_now = gift.or(before).map(|held| not_graded(movement, held));
            put(self.held, subject, held_now);
            set.excluded.push((subject, held_now));
            return;
        }
        let mut moved = review(movement, gift.or(before), finding);
        // Codes and labels have no order: nothing goes up or down.
        if matches!(moved.reason, Reason::Promoted | Reason::Demoted)
            && self.version.result().is_some_and(Dimension::makes_grades)
        {
            moved.reason = Reason::Changed;
        }
        let rank = moved.held.rank;
        let before = before.map(|held| held.rank);
        if gift.is_some_and(|gift| gift.rank == rank) && before != Some(rank) {
            moved.reason = Reason::Given;
        }
        put(self.held, subject, Some(moved.held));
        set.subjects.push(subject);
        set.ranks.push(rank);
        set.earned.push(finding.earned);
        set.before.push(before);
        set.reasons.push(moved.reason);
        set.since.push(moved.held.since);
        set.valid_to.push(moved.held.valid_to);
    }
}

/// Keeps the entries of graded subjects.
fn keep<T>(column: &mut Vec<T>, graded: &[bool]) {
    let mut graded = graded.iter();
    column.retain(|_| graded.next().copied().unwrap_or(false));
}

fn put(held: &mut Vec<Option<Held>>, subject: u32, now: Option<Held>) {
    let Ok(at) = usize::try_from(subject) else { return };
    if held.len() <= at {
        held.resize(at + 1, None);
    }
    if let Some(place) = held.get_mut(at) {
        *place = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{declaration::Declaration, period::parse_day};

    fn scheme(versions: &[(&str, &str)]) -> Scheme {
        let text = include_str!("../../config/schemes/two-class.toml");
        let ladder = "kind = \"ladder\", validity = \"12 months\", demotion = \"never\"";
        let text = &text.replace("kind = \"free\"", ladder);
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
    fn without_a_ladder_only_the_review_before_counts() {
        let mut free = scheme(&[("2010-01-01", "month")]);
        free.versions[0].movement = Movement::Free;
        assert_eq!(days(&free, None, "2010-01-01", "2026-10-31").unwrap(), ["2026-09-30", "2026-10-31"]);
        assert_eq!(days(&free, None, "2026-10-05", "2026-10-31").unwrap(), ["2026-10-31"]);
    }

    #[test]
    fn a_chain_too_long_is_refused_not_cut() {
        let monthly = scheme(&[("2000-01-01", "month")]);
        assert_eq!(days(&monthly, None, "2010-01-01", "2019-12-31").unwrap().len(), 120);
        assert_eq!(days(&monthly, None, "2009-12-01", "2019-12-31"), Err(TooMany { most: 120 }));
    }
}
