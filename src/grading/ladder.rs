//! How a grade moves from one review to the next (S02, S04, S05): up at once, down only when its validity has ended and as far as the scheme says.

use chrono::{Datelike, NaiveDate};

use crate::{
    period::{days_after, month_end, months_after},
    scheme::{Demotion, Ladder, Movement, Validity},
};

/// A grade that a subject holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The rank.
    pub rank: u8,
    /// The day from which it is held; `None` when nobody knows: long ago.
    pub since: Option<NaiveDate>,
    /// The last day on which it is valid; `None` where grades do not end, and when nobody knows: to the next assessment.
    pub valid_to: Option<NaiveDate>,
}

/// What a review finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The day of the review.
    pub day: NaiveDate,
    /// The rank that the figures give by themselves.
    pub earned: u8,
    /// The rank in the dimension of the retention test, where there is one and it gives one.
    pub retention: Option<u8>,
}

/// A grade after a review, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The grade that holds from now on.
    pub held: Held,
    /// Why.
    pub reason: Reason,
}

/// Why a grade is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Never graded before.
    First,
    /// The earned grade is the one held.
    Kept,
    /// More was earned than held.
    Promoted,
    /// Less was earned than held, and a review took it away.
    Demoted,
    /// Less was earned than held, but it is still valid, or held for less than the shortest time, or never taken away.
    Held,
    /// Somebody gave this grade outside the scheme's reviews (`tier_history`).
    Given,
    /// Less was earned than held, but the retention test was passed.
    Retained,
    /// Less was earned than held and it is not valid any more, but the days of grace are not over.
    Grace,
    /// The earned grade is another than the one held, in a scheme whose grades have no order (codes and labels).
    Changed,
    /// People confirmed what the figures propose, in a review.
    Confirmed,
    /// People gave another grade than the figures, in a review.
    Overridden,
    /// People held the grade before, in a review.
    HeldBack,
}

impl Reason {
    /// Every reason, in the order of their codes.
    pub const ALL: [Self; 12] = [
        Self::First,
        Self::Kept,
        Self::Promoted,
        Self::Demoted,
        Self::Held,
        Self::Given,
        Self::Retained,
        Self::Grace,
        Self::Changed,
        Self::Confirmed,
        Self::Overridden,
        Self::HeldBack,
    ];

    /// The stable name, also the key of its words in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Kept => "kept",
            Self::Promoted => "promoted",
            Self::Demoted => "demoted",
            Self::Held => "held",
            Self::Given => "given",
            Self::Retained => "retained",
            Self::Grace => "grace",
            Self::Changed => "changed",
            Self::Confirmed => "confirmed",
            Self::Overridden => "overridden",
            Self::HeldBack => "held-back",
        }
    }
}

/// One review of one subject.
pub fn review(movement: &Movement, held: Option<Held>, finding: Finding) -> Move {
    let Finding { day, earned, .. } = finding;
    let ladder = match movement {
        Movement::Free => None,
        Movement::Ladder(ladder) => Some(ladder),
    };
    let anew = |rank: u8, reason: Reason| {
        let valid_to = ladder.and_then(|ladder| valid_from(ladder, day));
        Move { held: Held { rank, since: Some(day), valid_to }, reason }
    };
    let Some(held) = held else { return anew(earned, Reason::First) };
    if earned > held.rank {
        return anew(earned, Reason::Promoted);
    }
    let Some(ladder) = ladder else {
        let unending = Held { valid_to: None, ..held };
        return if earned < held.rank {
            anew(earned, Reason::Demoted)
        } else {
            Move { held: unending, reason: Reason::Kept }
        };
    };
    let held = Held { valid_to: held.valid_to.or_else(|| unknown_end(ladder, held, day)), ..held };
    let stays = |reason: Reason| Move { held, reason };
    let renewed = |reason: Reason| Move { held: Held { valid_to: valid_from(ladder, day), ..held }, reason };
    let due = held.valid_to.is_some_and(|end| end <= day);
    if earned == held.rank {
        return if due { renewed(Reason::Kept) } else { stays(Reason::Kept) };
    }
    if !due {
        return stays(Reason::Held);
    }
    if finding.retention.is_some_and(|retention| retention >= held.rank) {
        return renewed(Reason::Retained);
    }
    if ladder.demotion == Demotion::Never {
        return renewed(Reason::Held);
    }
    if held.valid_to.is_some_and(|end| day < days_after(end, i64::from(ladder.grace_days))) {
        return stays(Reason::Grace);
    }
    if held.since.is_some_and(|since| day < months_after(since, i32::from(ladder.min_hold_months))) {
        return stays(Reason::Held);
    }
    anew(if ladder.demotion == Demotion::OneStep { held.rank.saturating_sub(1) } else { earned }, Reason::Demoted)
}

/// A grade that somebody gave on a day: the calendar's assessments are the same for everybody, so only validity in months counts from the day.
pub fn given(movement: &Movement, rank: u8, day: NaiveDate) -> Held {
    let valid_to = match movement {
        Movement::Ladder(Ladder { validity: Validity::Months(months), .. }) => {
            Some(months_after(day, i32::from(*months)))
        }
        Movement::Ladder(Ladder { validity: Validity::Calendar(_), .. }) | Movement::Free => None,
    };
    Held { rank, since: Some(day), valid_to }
}

/// What a subject holds that could not be graded at a review: the calendar's assessment passes it by, a validity in months waits for a figure.
pub fn not_graded(movement: &Movement, held: Held) -> Held {
    match movement {
        Movement::Ladder(Ladder { validity: Validity::Months(_), .. }) => held,
        Movement::Ladder(Ladder { validity: Validity::Calendar(_), .. }) | Movement::Free => {
            Held { valid_to: None, ..held }
        }
    }
}

/// Whether a review on a day may take grades away.
pub fn assesses_on(movement: &Movement, day: NaiveDate) -> bool {
    match movement {
        // Days of grace and shortest times end at other reviews than the assessment.
        Movement::Ladder(Ladder {
            validity: Validity::Calendar(months), grace_days: 0, min_hold_months: 0, ..
        }) => ends_month_of(months, day),
        Movement::Ladder(_) | Movement::Free => true,
    }
}

fn ends_month_of(months: &[u32], day: NaiveDate) -> bool {
    months.contains(&day.month()) && month_end(day) == day
}

/// The last day of a grade that is given or renewed on a day.
pub(super) fn valid_from(ladder: &Ladder, day: NaiveDate) -> Option<NaiveDate> {
    match &ladder.validity {
        Validity::Months(months) => Some(months_after(day, i32::from(*months))),
        Validity::Calendar(months) => next_assessment(months, days_after(day, 1)),
    }
}

/// The last day of a grade whose last day was not kept.
fn unknown_end(ladder: &Ladder, held: Held, day: NaiveDate) -> Option<NaiveDate> {
    match &ladder.validity {
        Validity::Months(months) => Some(held.since.map_or(day, |since| months_after(since, i32::from(*months)))),
        Validity::Calendar(months) => next_assessment(months, day),
    }
}

/// The first end of an assessment month on or after a day.
fn next_assessment(months: &[u32], day: NaiveDate) -> Option<NaiveDate> {
    let ends = (0..=12).map(|later| month_end(months_after(month_end(day), later)));
    ends.into_iter().find(|end| ends_month_of(months, *end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        parse_day(text).unwrap()
    }

    fn calendar(demotion: Demotion) -> Ladder {
        Ladder {
            validity: Validity::Calendar(vec![6, 12]),
            demotion,
            retention: None,
            grace_days: 0,
            min_hold_months: 0,
        }
    }

    fn year(grace_days: u16, min_hold_months: u16) -> Ladder {
        let ladder = calendar(Demotion::OneStep);
        Ladder { validity: Validity::Months(12), grace_days, min_hold_months, ..ladder }
    }

    fn found(on: &str, earned: u8) -> Finding {
        Finding { day: day(on), earned, retention: None }
    }

    /// Rank, since, valid to and reason after a review, days as texts.
    fn told(moved: Move) -> (u8, String, String, Reason) {
        let text = |day: Option<NaiveDate>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
        (moved.held.rank, text(moved.held.since), text(moved.held.valid_to), moved.reason)
    }

    fn held(rank: u8, since: &str, valid_to: &str) -> Held {
        let known = |text: &str| if text == "-" { None } else { Some(day(text)) };
        Held { rank, since: known(since), valid_to: known(valid_to) }
    }

    #[test]
    fn calendar_ladders_move_at_their_assessments() {
        let one = calendar(Demotion::OneStep);
        let to_earned = calendar(Demotion::ToEarned);
        let never = calendar(Demotion::Never);
        let before = held(3, "2025-03-31", "2026-06-30");
        for (ladder, before, finding, expected) in [
            (&one, None, found("2026-03-31", 2), (2, "2026-03-31", "2026-06-30", Reason::First)),
            (&one, None, found("2026-06-30", 2), (2, "2026-06-30", "2026-12-31", Reason::First)),
            (&one, Some(before), found("2026-05-31", 0), (3, "2025-03-31", "2026-06-30", Reason::Held)),
            (&one, Some(before), found("2026-05-31", 3), (3, "2025-03-31", "2026-06-30", Reason::Kept)),
            (&one, Some(before), found("2026-05-31", 4), (4, "2026-05-31", "2026-06-30", Reason::Promoted)),
            (&one, Some(before), found("2026-06-30", 3), (3, "2025-03-31", "2026-12-31", Reason::Kept)),
            (&one, Some(before), found("2026-06-30", 0), (2, "2026-06-30", "2026-12-31", Reason::Demoted)),
            (&one, Some(before), found("2026-07-31", 2), (2, "2026-07-31", "2026-12-31", Reason::Demoted)),
            (&to_earned, Some(before), found("2026-06-30", 0), (0, "2026-06-30", "2026-12-31", Reason::Demoted)),
            (&never, Some(before), found("2026-06-30", 0), (3, "2025-03-31", "2026-12-31", Reason::Held)),
            // Grades kept before validity was: to the next assessment, on the day itself at the earliest.
            (&one, Some(held(3, "-", "-")), found("2026-05-31", 0), (3, "-", "2026-06-30", Reason::Held)),
            (&one, Some(held(3, "-", "-")), found("2026-06-30", 0), (2, "2026-06-30", "2026-12-31", Reason::Demoted)),
            (&one, Some(held(0, "-", "-")), found("2026-06-30", 0), (0, "-", "2026-12-31", Reason::Kept)),
        ] {
            let moved = told(review(&Movement::Ladder(ladder.clone()), before, finding));
            let (rank, since, valid_to, reason) = expected;
            assert_eq!(moved, (rank, since.to_owned(), valid_to.to_owned(), reason), "{before:?} {finding:?}");
        }
    }

    #[test]
    fn validity_grace_shortest_time_and_retention_are_kept() {
        let retained = |on: &str, retention: u8| Finding { retention: Some(retention), ..found(on, 0) };
        let before = held(3, "2025-03-31", "2026-03-31");
        let long_ago = held(3, "2026-02-28", "2026-03-31");
        for (ladder, before, finding, expected) in [
            (year(0, 0), before, found("2026-02-28", 0), (3, "2025-03-31", "2026-03-31", Reason::Held)),
            (year(0, 0), before, found("2026-03-31", 0), (2, "2026-03-31", "2027-03-31", Reason::Demoted)),
            (year(0, 0), before, found("2026-03-31", 3), (3, "2025-03-31", "2027-03-31", Reason::Kept)),
            (year(0, 0), before, retained("2026-03-31", 3), (3, "2025-03-31", "2027-03-31", Reason::Retained)),
            (year(0, 0), before, retained("2026-03-31", 4), (3, "2025-03-31", "2027-03-31", Reason::Retained)),
            (year(0, 0), before, retained("2026-03-31", 2), (2, "2026-03-31", "2027-03-31", Reason::Demoted)),
            (year(30, 0), before, found("2026-03-31", 0), (3, "2025-03-31", "2026-03-31", Reason::Grace)),
            (year(30, 0), before, found("2026-04-29", 0), (3, "2025-03-31", "2026-03-31", Reason::Grace)),
            (year(30, 0), before, found("2026-04-30", 0), (2, "2026-04-30", "2027-04-30", Reason::Demoted)),
            (year(30, 0), before, found("2026-04-15", 3), (3, "2025-03-31", "2027-04-15", Reason::Kept)),
            (year(0, 3), long_ago, found("2026-04-30", 0), (3, "2026-02-28", "2026-03-31", Reason::Held)),
            (year(0, 3), long_ago, found("2026-05-28", 0), (2, "2026-05-28", "2027-05-28", Reason::Demoted)),
            (year(0, 3), held(3, "-", "-"), found("2026-05-28", 0), (2, "2026-05-28", "2027-05-28", Reason::Demoted)),
            (
                year(0, 0),
                held(3, "2026-01-31", "-"),
                found("2026-05-31", 0),
                (3, "2026-01-31", "2027-01-31", Reason::Held),
            ),
        ] {
            let moved = told(review(&Movement::Ladder(ladder.clone()), Some(before), finding));
            let (rank, since, valid_to, reason) = expected;
            assert_eq!(moved, (rank, since.to_owned(), valid_to.to_owned(), reason), "{ladder:?} {finding:?}");
        }
    }

    #[test]
    fn free_grades_follow_the_figures_and_never_end() {
        let before = held(3, "2025-03-31", "-");
        for (finding, expected) in [
            (found("2026-03-31", 3), (3, "2025-03-31", Reason::Kept)),
            (found("2026-03-31", 0), (0, "2026-03-31", Reason::Demoted)),
            (found("2026-03-31", 4), (4, "2026-03-31", Reason::Promoted)),
        ] {
            let (rank, since, valid_to, reason) = told(review(&Movement::Free, Some(before), finding));
            assert_eq!((rank, since.as_str(), valid_to.as_str(), reason), (expected.0, expected.1, "-", expected.2));
        }
    }

    #[test]
    fn an_assessment_passes_by_who_cannot_be_graded() {
        let before = held(3, "2025-03-31", "2026-06-30");
        let ladder = Movement::Ladder(calendar(Demotion::OneStep));
        let waited = not_graded(&ladder, before);
        assert_eq!(review(&ladder, Some(waited), found("2026-07-31", 0)).reason, Reason::Held);
        let ladder = Movement::Ladder(year(0, 0));
        assert_eq!(review(&ladder, Some(not_graded(&ladder, before)), found("2026-07-31", 0)).reason, Reason::Demoted);
    }

    /// The rule of today, before validity was kept: down only at an assessment.
    fn without_validity(demotion: Demotion, before: Option<u8>, earned: u8, assessment: bool) -> u8 {
        match (before, demotion) {
            (None, _) => earned,
            (Some(before), _) if earned >= before => earned,
            (Some(before), Demotion::OneStep) if assessment => before - 1,
            (Some(_), Demotion::ToEarned) if assessment => earned,
            (Some(before), _) => before,
        }
    }

    proptest! {
        #[test]
        fn no_sequence_breaks_the_rules(
            figures in proptest::collection::vec((0_u8..5, 0_u8..5), 1..60),
            which in 0_usize..3,
            kind in 0_usize..3,
            grace in 0_u16..70,
            hold in 0_u16..9,
        ) {
            let demotion = [Demotion::OneStep, Demotion::ToEarned, Demotion::Never][which];
            let validity = [Validity::Months(5), Validity::Calendar(vec![12]), Validity::Calendar(vec![3, 9])][kind].clone();
            let ladder = Ladder { validity, demotion, retention: Some(0), grace_days: grace, min_hold_months: hold };
            let movement = Movement::Ladder(ladder.clone());
            let mut before: Option<Held> = None;
            let mut on = day("2024-01-31");
            for (earned, retention) in figures {
                let moved = review(&movement, before, Finding { day: on, earned, retention: Some(retention) });
                let after = moved.held;
                prop_assert!(after.rank >= earned, "nobody has less than was earned");
                if let Some(before) = before {
                    prop_assert!(after.rank <= before.rank.max(earned), "up only as far as earned");
                    prop_assert!(earned <= before.rank || after.rank == earned, "up at once");
                    if after.rank < before.rank {
                        let end = before.valid_to.unwrap();
                        prop_assert!(on >= days_after(end, i64::from(grace)), "not before validity and grace are over");
                        prop_assert!(on >= months_after(before.since.unwrap(), i32::from(hold)), "held for the shortest time");
                        prop_assert!(retention < before.rank, "the retention test was failed");
                        prop_assert!(demotion != Demotion::Never);
                        prop_assert!(demotion != Demotion::OneStep || after.rank + 1 == before.rank, "one step");
                        prop_assert!(demotion != Demotion::ToEarned || after.rank == earned, "to the earned grade");
                        prop_assert!(assesses_on(&movement, on));
                    } else if earned < before.rank && on >= before.valid_to.unwrap() {
                        let excused = retention >= before.rank || demotion == Demotion::Never
                            || on < days_after(before.valid_to.unwrap(), i64::from(grace))
                            || on < months_after(before.since.unwrap(), i32::from(hold));
                        prop_assert!(excused, "a grade that nothing keeps is taken away");
                    }
                    prop_assert_eq!(after.since == before.since, after.rank == before.rank);
                }
                prop_assert!(matches!(moved.reason, Reason::Grace | Reason::Held) || after.valid_to.unwrap() > on);
                before = Some(after);
                on = month_end(days_after(on, 1));
            }
        }

        #[test]
        fn calendar_ladders_without_grace_move_as_they_always_did(
            figures in proptest::collection::vec(0_u8..5, 1..60), which in 0_usize..3, kept in 1_usize..20,
        ) {
            let demotion = [Demotion::OneStep, Demotion::ToEarned, Demotion::Never][which];
            let movement = Movement::Ladder(calendar(demotion));
            let (mut now, mut then) = (None, None);
            let mut on = day("2024-01-31");
            for (place, earned) in figures.into_iter().enumerate() {
                // Now and then only the rank was kept.
                let known = now.map(|held: Held| if place % kept == 0 { Held { since: None, valid_to: None, ..held } } else { held });
                let moved = review(&movement, known, Finding { day: on, earned, retention: None });
                then = Some(without_validity(demotion, then, earned, assesses_on(&movement, on)));
                prop_assert_eq!(Some(moved.held.rank), then, "{}", on);
                now = Some(moved.held);
                on = month_end(days_after(on, 1));
            }
        }
    }
}
