//! How a grade moves from one review to the next (S02, S05): up at once, down only at an assessment and as far as the scheme says.

use crate::scheme::{Demotion, Movement};

/// A grade after a review, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The rank that holds from now on.
    pub rank: u8,
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
    /// Less was earned than held, and an assessment took it away.
    Demoted,
    /// Less was earned than held, and no assessment is due.
    Held,
    /// Somebody gave this grade outside the scheme's reviews (`tier_history`).
    Given,
    /// People confirmed what the figures propose, in a review.
    Confirmed,
    /// People gave another grade than the figures, in a review.
    Overridden,
    /// People held the grade before, in a review.
    HeldBack,
}

impl Reason {
    /// Every reason, in the order of their codes.
    pub const ALL: [Self; 9] = [
        Self::First,
        Self::Kept,
        Self::Promoted,
        Self::Demoted,
        Self::Held,
        Self::Given,
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
            Self::Confirmed => "confirmed",
            Self::Overridden => "overridden",
            Self::HeldBack => "held-back",
        }
    }
}

/// One review of one subject.
pub fn step(movement: &Movement, before: Option<u8>, earned: u8, assessment: bool) -> Move {
    let Some(before) = before else { return Move { rank: earned, reason: Reason::First } };
    let given = |rank: u8| Move {
        rank,
        reason: match rank.cmp(&before) {
            std::cmp::Ordering::Less => Reason::Demoted,
            std::cmp::Ordering::Equal if earned < before => Reason::Held,
            std::cmp::Ordering::Equal => Reason::Kept,
            std::cmp::Ordering::Greater => Reason::Promoted,
        },
    };
    match movement {
        Movement::Free => given(earned),
        Movement::Ladder { .. } if earned >= before => given(earned),
        Movement::Ladder { demotion, .. } => given(match demotion {
            Demotion::OneStep if assessment => before.saturating_sub(1),
            Demotion::ToEarned if assessment => earned,
            Demotion::OneStep | Demotion::ToEarned | Demotion::Never => before,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ladder(demotion: Demotion) -> Movement {
        Movement::Ladder { assessment_months: vec![12], demotion }
    }

    #[test]
    fn moves_as_the_rule_says() {
        let one = ladder(Demotion::OneStep);
        for (movement, before, earned, assessment, rank, reason) in [
            (&one, None, 2, false, 2, Reason::First),
            (&one, Some(2), 2, true, 2, Reason::Kept),
            (&one, Some(1), 4, false, 4, Reason::Promoted),
            (&one, Some(3), 0, false, 3, Reason::Held),
            (&one, Some(3), 0, true, 2, Reason::Demoted),
            (&one, Some(0), 0, true, 0, Reason::Kept),
            (&ladder(Demotion::ToEarned), Some(3), 0, true, 0, Reason::Demoted),
            (&ladder(Demotion::Never), Some(3), 0, true, 3, Reason::Held),
            (&Movement::Free, Some(3), 0, false, 0, Reason::Demoted),
        ] {
            assert_eq!(step(movement, before, earned, assessment), Move { rank, reason }, "{before:?} {earned}");
        }
    }

    proptest! {
        #[test]
        fn no_sequence_breaks_the_rules(earned in proptest::collection::vec((0_u8..5, any::<bool>()), 1..40), which in 0_usize..3) {
            let demotion = [Demotion::OneStep, Demotion::ToEarned, Demotion::Never][which];
            let movement = ladder(demotion);
            let mut held = None;
            for (earned, assessment) in earned {
                let after = step(&movement, held, earned, assessment).rank;
                if let Some(before) = held {
                    prop_assert!(after >= earned, "nobody has less than was earned");
                    prop_assert!(after >= before || assessment, "down only at an assessment");
                    prop_assert!(demotion != Demotion::OneStep || after + 1 >= before, "one step at most");
                    prop_assert!(after <= before.max(earned), "up only as far as earned");
                }
                held = Some(after);
            }
        }
    }
}
