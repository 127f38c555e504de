//! A member's points while the demo trade goes on: what can be spent, by the year in which it was earned.
//!
//! Invariants: no purse ever goes below zero; points that have lapsed are never spent. Lapsed points are not posted as expired:
//! that is the work which the demo leaves to fenji. Not here: the entries themselves (`trade`).

use chrono::{Datelike, NaiveDate};

/// Points for a referral.
pub(super) const REFERRAL: i64 = 100;

/// Round numbers that members redeem, the smallest first.
const ROUND: [i64; 7] = [500, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000];

/// The last day of points earned on a day: the end of the second year after it.
pub(super) fn expires_on(earned: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(earned.year() + 2, 12, 31).unwrap_or(NaiveDate::MAX)
}

/// Points for an amount in fen: one for each whole yuan.
pub(super) fn points_for(amount: i64) -> i64 {
    amount / 100
}

/// Usable points by year of earning: two years ago, last year, this year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Purse([i64; 3]);

impl Purse {
    /// Everything usable.
    pub(super) fn balance(self) -> i64 {
        self.0.iter().sum()
    }

    /// Adds points earned this year.
    pub(super) fn earn(&mut self, points: i64) {
        let [_, _, this_year] = &mut self.0;
        *this_year += points;
    }

    /// Takes points, the oldest first; returns how many there were.
    pub(super) fn redeem(&mut self, points: i64) -> i64 {
        take(self.0.iter_mut(), points)
    }

    /// Takes back points of a return, the newest first; returns how many there were.
    pub(super) fn reverse(&mut self, points: i64) -> i64 {
        take(self.0.iter_mut().rev(), points)
    }

    /// Moves into the next year; the oldest points lapse.
    pub(super) fn turn_year(&mut self) {
        let [_, last_year, this_year] = self.0;
        self.0 = [last_year, this_year, 0];
    }

    /// The round number a member with this purse redeems if `thrift` (any number) steps below the largest that fits; `None` when not
    /// even the smallest fits.
    pub(super) fn redeemable(self, thrift: usize) -> Option<i64> {
        let fitting = ROUND.partition_point(|points| *points <= self.balance());
        let largest = fitting.checked_sub(1)?;
        ROUND.get(largest.saturating_sub(thrift)).copied()
    }
}

fn take<'a>(lots: impl Iterator<Item = &'a mut i64>, wanted: i64) -> i64 {
    let mut missing = wanted;
    for lot in lots {
        let taken = missing.min(*lot);
        *lot -= taken;
        missing -= taken;
    }
    wanted - missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_oldest_first_to_redeem_and_newest_first_to_reverse() {
        let mut purse = Purse([100, 200, 300]);
        assert_eq!(purse.redeem(150), 150);
        assert_eq!(purse, Purse([0, 150, 300]));
        assert_eq!(purse.reverse(350), 350);
        assert_eq!(purse, Purse([0, 100, 0]));
        assert_eq!(purse.reverse(101), 100, "never below zero");
        assert_eq!(purse.balance(), 0);
    }

    #[test]
    fn points_lapse_at_the_end_of_the_second_year_after() {
        let mut purse = Purse::default();
        purse.earn(70);
        for (turns, left) in [(1, 70), (2, 70), (3, 0)] {
            purse.turn_year();
            assert_eq!(purse.balance(), left, "after {turns}");
        }
        let earned = NaiveDate::from_ymd_opt(2024, 5, 1).unwrap();
        assert_eq!(expires_on(earned).to_string(), "2026-12-31");
    }

    #[test]
    fn redeems_round_numbers_within_the_balance() {
        for (balance, thrift, expected) in [
            (499, 0, None),
            (500, 0, Some(500)),
            (500, 3, Some(500)),
            (2_999, 0, Some(2_000)),
            (2_999, 1, Some(1_000)),
            (90_000, 0, Some(20_000)),
        ] {
            assert_eq!(Purse([0, 0, balance]).redeemable(thrift), expected, "{balance} {thrift}");
        }
    }

    #[test]
    fn a_point_is_a_whole_yuan() {
        assert_eq!([99, 100, 199, 12_345].map(points_for), [0, 1, 1, 123]);
    }
}
