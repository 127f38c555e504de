//! Comparing fractions exactly, whatever their size.

use std::cmp::Ordering;

use chrono::NaiveDate;

use crate::{
    grading::bound::{Figure, Side},
    money::Share,
    period::{day_number, months_after},
};

/// The order of two fractions. A fraction of nothing (whole 0) is below all others.
pub fn order(a: Share, b: Share) -> Ordering {
    if a.whole == 0 || b.whole == 0 {
        return (a.whole != 0).cmp(&(b.whole != 0));
    }
    a.compare(b).unwrap_or_else(|| by_quotients(a, b))
}

/// Compares by whole quotients and then by what remains, as Euclid does: slower than cross-multiplication, and nothing is too large for it.
fn by_quotients(a: Share, b: Share) -> Ordering {
    let (mut a, mut b) = (upright(a), upright(b));
    loop {
        let (quotient_a, quotient_b) = (a.0.div_euclid(a.1), b.0.div_euclid(b.1));
        let (rest_a, rest_b) = (a.0.rem_euclid(a.1), b.0.rem_euclid(b.1));
        match (quotient_a.cmp(&quotient_b), rest_a, rest_b) {
            (Ordering::Equal, 0, 0) => return Ordering::Equal,
            (Ordering::Equal, 0, _) => return Ordering::Less,
            (Ordering::Equal, _, 0) => return Ordering::Greater,
            // The rests are fractions below 1: the one whose inverse is larger is smaller.
            (Ordering::Equal, _, _) => (a, b) = ((b.1, rest_b), (a.1, rest_a)),
            (unequal, _, _) => return unequal,
        }
    }
}

/// Part and whole with a whole above zero.
pub(super) fn upright(share: Share) -> (i128, i128) {
    if share.whole < 0 {
        (share.part.saturating_neg(), share.whole.saturating_neg())
    } else {
        (share.part, share.whole)
    }
}

/// A figure of a rule as a number: calendar months become the days that they have as seen from the as-of date.
pub fn resolve(figure: Figure, as_of: NaiveDate) -> Share {
    match figure {
        Figure::Number(share) => share,
        Figure::Months { count, side } => {
            let count = i32::from(count);
            let days = match side {
                Side::Before => day_number(as_of).saturating_sub(day_number(months_after(as_of, -count))),
                Side::After => day_number(months_after(as_of, count)).saturating_sub(day_number(as_of)),
            };
            Share::new(days, 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;
    use proptest::prelude::*;

    #[test]
    fn fractions_too_large_to_multiply_are_still_compared() {
        let huge = i128::MAX - 1;
        for (a, b, expected) in [
            ((huge, huge - 1), (huge - 1, huge - 2), Ordering::Less),
            ((huge, 3), (huge, 2), Ordering::Less),
            ((-huge, 3), (-huge, 2), Ordering::Greater),
            ((huge, -3), (-huge, 3), Ordering::Equal),
            ((1, huge), (1, huge - 1), Ordering::Less),
            ((0, huge), (0, 7), Ordering::Equal),
            ((huge, 0), (-huge, 1), Ordering::Less),
        ] {
            assert_eq!(order(Share::new(a.0, a.1), Share::new(b.0, b.1)), expected, "{a:?} {b:?}");
        }
    }

    #[test]
    fn calendar_months_are_days_seen_from_the_day() {
        for (as_of, count, side, days) in [
            ("2026-03-31", 1, Side::Before, 31),
            ("2026-03-31", 1, Side::After, 30),
            ("2024-03-31", 1, Side::Before, 31),
            ("2026-01-31", 1, Side::After, 28),
            ("2026-03-01", 12, Side::Before, 365),
            ("2024-03-01", 12, Side::Before, 366),
            ("2024-02-29", 0, Side::Before, 0),
        ] {
            let found = resolve(Figure::Months { count, side }, parse_day(as_of).unwrap());
            assert_eq!((found.part, found.whole), (days, 1), "{as_of} {count} {side:?}");
        }
    }

    proptest! {
        #[test]
        fn quotients_agree_with_products(a: i64, b in 1_i64.., c: i64, d in 1_i64.., sign: bool) {
            let flip = |part: i64, whole: i64| if sign { Share::new(-i128::from(part), -i128::from(whole)) } else { Share::new(part, whole) };
            prop_assert_eq!(by_quotients(flip(a, b), Share::new(c, d)), Share::new(a, b).compare(Share::new(c, d)).unwrap());
        }
    }
}
