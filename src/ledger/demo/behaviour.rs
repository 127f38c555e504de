//! How members differ and behave: how often they come, what they can spend, where they go, when they stay away.
//!
//! Invariants: figures come from tables of whole numbers; few members come often and most seldom, so that a fifth of them make
//! about two thirds of the sales. Not here: what they buy (`goods`), and the running of the days (`trade`).

use super::{
    calendar::YEAR,
    dice::{Dice, MILLION, quantile},
    goods::{Level, Profile},
    shops::{Store, Stores},
};

/// Visits in a hundred years by rank among private members.
const VISITS: &[(u32, u32)] = &[
    (0, 170),
    (150_000, 260),
    (350_000, 350),
    (550_000, 450),
    (700_000, 580),
    (820_000, 760),
    (900_000, 1_000),
    (950_000, 1_320),
    (980_000, 1_850),
    (995_000, 2_900),
    (1_000_000, 5_000),
];

/// Time between two visits in thousandths of a member's own average: quantiles of a gamma distribution of shape 3, since shoppers
/// are steadier than pure chance.
const GAPS: &[(u32, u32)] = &[
    (0, 5),
    (10_000, 145),
    (50_000, 272),
    (100_000, 367),
    (200_000, 511),
    (300_000, 637),
    (400_000, 761),
    (500_000, 890),
    (600_000, 1_034),
    (700_000, 1_205),
    (800_000, 1_425),
    (900_000, 1_773),
    (950_000, 2_097),
    (980_000, 2_508),
    (990_000, 2_801),
    (998_000, 3_461),
    (1_000_000, 6_459),
];

/// Odds in a million that a member leaves within a year.
const LOSS: u64 = 75_000;

/// Odds in a million that a new member leaves after the first visit.
const ONE_AND_DONE: u32 = 110_000;

/// Odds in a million that a member who left is won back.
const WON_BACK: u32 = 300_000;

/// What makes a member.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habit {
    /// What they take.
    pub(super) profile: Profile,
    /// What they can spend.
    pub(super) level: Level,
    /// Visits in a hundred years before the plan's number of lines is met.
    pub(super) visits: u32,
}

impl Habit {
    /// A private member's habit, by year of birth.
    pub(super) fn private(dice: &mut Dice, born: i32) -> Self {
        let rank = dice.below(MILLION);
        // Who comes often tends to spend more: some take their spending rank from their visiting rank.
        let purse = if dice.happens(400_000) { rank } else { dice.below(MILLION) };
        let level = match purse {
            0..=169_999 => Level::Thrifty,
            170_000..=744_999 => Level::Middle,
            745_000..=944_999 => Level::Comfortable,
            _ => Level::Affluent,
        };
        let odds = match born {
            ..=1964 => [(Profile::Senior, 75), (Profile::Household, 25), (Profile::Young, 0), (Profile::Parent, 0)],
            1965..=1984 => [(Profile::Household, 75), (Profile::Parent, 12), (Profile::Senior, 8), (Profile::Young, 5)],
            1985..=1996 => {
                [(Profile::Household, 30), (Profile::Parent, 40), (Profile::Young, 30), (Profile::Senior, 0)]
            }
            _ => [(Profile::Young, 80), (Profile::Household, 14), (Profile::Parent, 6), (Profile::Senior, 0)],
        };
        let visits = quantile(VISITS, rank) * if level == Level::Affluent { 5 } else { 4 } / 4;
        Self { profile: dice.weighted(&odds, Profile::Household), level, visits }
    }

    /// A business member's habit.
    pub(super) fn business(dice: &mut Dice) -> Self {
        let level =
            dice.weighted(&[(Level::Thrifty, 50), (Level::Middle, 35), (Level::Comfortable, 15)], Level::Middle);
        let visits = dice.along(&[(0, 150), (600_000, 500), (900_000, 1_300), (1_000_000, 2_800)]);
        Self { profile: Profile::Business, level, visits }
    }

    /// How many lines an order has.
    pub(super) fn lines(self, dice: &mut Dice, promotion: bool) -> u32 {
        let odds: &[(u32, u32)] = match (self.profile, promotion) {
            (Profile::Business, _) => &[(1, 40), (2, 35), (3, 18), (4, 7)],
            (Profile::WalkIn, _) => &[(1, 45), (2, 30), (3, 15), (4, 6), (5, 3), (6, 1)],
            (_, true) => &[(1, 24), (2, 29), (3, 21), (4, 14), (5, 7), (6, 5)],
            (_, false) => &[(1, 29), (2, 31), (3, 20), (4, 11), (5, 5), (6, 4)],
        };
        dice.weighted(odds, 1)
    }

    /// A shopper without a card.
    pub(super) fn walk_in(dice: &mut Dice) -> Self {
        let odds = [(Level::Thrifty, 45), (Level::Middle, 40), (Level::Comfortable, 13), (Level::Affluent, 2)];
        Self { profile: Profile::WalkIn, level: dice.weighted(&odds, Level::Middle), visits: 0 }
    }
}

/// The time on the calendar's clock to the next visit of a member whose average is `pace`.
pub(super) fn gap(dice: &mut Dice, pace: u64) -> u64 {
    (pace * u64::from(dice.along(GAPS)) / 1_000).max(1)
}

/// What a member does after a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Comes back after this time on the calendar's clock.
    After(u64),
    /// Never comes back.
    Never,
}

/// Decides what a member does after a visit; `new` for the first one ever.
pub(super) fn next(dice: &mut Dice, pace: u64, new: bool) -> Next {
    let wait = gap(dice, pace);
    let odds = u32::try_from((wait * LOSS / YEAR).min(400_000)).unwrap_or(0) + if new { ONE_AND_DONE } else { 0 };
    if !dice.happens(odds) {
        Next::After(wait)
    } else if dice.happens(WON_BACK) {
        Next::After(wait + u64::from(150_000 + dice.below(300_000)))
    } else {
        Next::Never
    }
}

/// The store of a visit; `None` when the member's store has gone stale and they stay at home instead.
pub(super) fn visited(dice: &mut Dice, stores: Stores, home: &'static Store, day: i32) -> Option<&'static Store> {
    if let Some(fresh) = stores.newly_opened(day, home.region)
        && dice.happens(280_000)
    {
        return Some(fresh);
    }
    let wanted = match dice.below(100) {
        0..=79 => home,
        80..=94 => stores.in_region(dice, day, home.region),
        _ => stores.anywhere(dice, day),
    };
    if dice.below(100) < stores.left(wanted, day) {
        Some(wanted)
    } else if dice.happens(650_000) {
        Some(stores.in_region(dice, day, home.region))
    } else {
        None
    }
}

/// A second of the day within opening hours, 9:00 to 22:00, busier at noon and in the evening.
pub(super) fn second(dice: &mut Dice) -> u32 {
    let hour = dice.weighted(
        &[
            (9, 40),
            (10, 75),
            (11, 95),
            (12, 85),
            (13, 65),
            (14, 70),
            (15, 80),
            (16, 90),
            (17, 110),
            (18, 120),
            (19, 115),
            (20, 90),
            (21, 45),
        ],
        12,
    );
    hour * 3_600 + dice.below(3_600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_average_to_the_pace() {
        let mut dice = Dice::new(1);
        let total: u64 = (0..40_000).map(|_| gap(&mut dice, 90_000)).sum();
        let mean = total / 40_000;
        assert!(mean.abs_diff(90_000) < 3_000, "{mean}");
    }

    #[test]
    fn some_leave_and_new_members_leave_more_often() {
        let mut dice = Dice::new(2);
        let mut left = |new| (0..20_000).filter(|_| next(&mut dice, 60_000, new) == Next::Never).count();
        let (old, new) = (left(false), left(true));
        assert!((100..500).contains(&old), "{old}");
        assert!(new > 1_500, "{new}");
    }

    #[test]
    fn nobody_shops_at_night() {
        let mut dice = Dice::new(3);
        for _ in 0..5_000 {
            assert!((9 * 3_600..22 * 3_600).contains(&second(&mut dice)));
        }
    }
}
