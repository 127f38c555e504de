//! How long points can be used: from the day on which they were earned to their last usable day.
//!
//! Invariants: only whole days count, so that no change of the clocks moves a last day; what no calendar has (29 February, 31 April) is the day after it.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::period::{Period, Unit, days_after, months_after};

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// For ever.
    Unlimited,
    /// Calendar months: `12M`.
    Months(i32),
    /// Days: `365D`.
    Days(i64),
    /// Until the day that the entry itself says: `as-entered`; for ever where it says none.
    AsEntered,
}

/// The most months that points can be usable for: a hundred years.
const MOST_MONTHS: i32 = 1_200;
/// The most days that points can be usable for: a hundred years.
const MOST_DAYS: i64 = 36_525;

impl Length {
    /// Reads `unlimited`, `as-entered`, `12M` or `365D`; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = match text {
            "unlimited" => return Some(Self::Unlimited),
            "as-entered" => return Some(Self::AsEntered),
            _ => text.split_at_checked(text.len().checked_sub(1)?)?,
        };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        match unit {
            "M" => number.parse().ok().filter(|months| (1..=MOST_MONTHS).contains(months)).map(Self::Months),
            "D" => number.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days)).map(Self::Days),
            _ => None,
        }
    }
}

/// Whether points can still be used on the same day of a later month or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LastDay {
    /// No: the day before is the last (S16).
    DayBefore,
    /// Yes: it is the last.
    SameDay,
}

/// How long points can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// How long.
    pub length: Length,
    /// Whether the day on which the length is over still counts.
    pub last_day: LastDay,
    /// The calendar unit to whose end the last day moves; `Day` for none.
    pub round_to: Unit,
}

impl Validity {
    /// The last day on which points earned on a day can be used (S16); `None` for ever. Of `as-entered` the entry knows, not this.
    pub fn last_usable(self, earned: NaiveDate) -> Option<NaiveDate> {
        let last = match (self.length, self.last_day) {
            (Length::Unlimited | Length::AsEntered, _) => return None,
            (Length::Days(days), LastDay::DayBefore) => days_after(earned, days - 1),
            (Length::Days(days), LastDay::SameDay) => days_after(earned, days),
            (Length::Months(months), LastDay::SameDay) => months_after(earned, months),
            (Length::Months(months), LastDay::DayBefore) => {
                let clamped = months_after(earned, months);
                // Where the month is too short, the same day is the first of the next month, and the day before it the end of this one.
                if chrono::Datelike::day(&clamped) < chrono::Datelike::day(&earned) {
                    clamped
                } else {
                    days_after(clamped, -1)
                }
            }
        };
        Some(Period::holding(self.round_to, last).last_day())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;
    use proptest::prelude::*;

    fn last(earned: &str, length: &str, last_day: LastDay, round_to: Unit) -> String {
        let validity = Validity { length: Length::parse(length).unwrap(), last_day, round_to };
        validity.last_usable(parse_day(earned).unwrap()).map_or("never".to_owned(), |day| day.to_string())
    }

    #[test]
    fn the_last_day_is_the_one_of_the_rule_book() {
        use LastDay::{DayBefore, SameDay};
        for (earned, length, last_day, round_to, expected) in [
            // S16: usable to the day before the same date next year; 29 February lapses on 1 March.
            ("2025-05-10", "12M", DayBefore, Unit::Day, "2026-05-09"),
            ("2024-02-29", "12M", DayBefore, Unit::Day, "2025-02-28"),
            ("2024-02-29", "48M", DayBefore, Unit::Day, "2028-02-28"),
            ("2025-03-01", "12M", DayBefore, Unit::Day, "2026-02-28"),
            ("2023-03-01", "12M", DayBefore, Unit::Day, "2024-02-29"),
            ("2026-01-31", "1M", DayBefore, Unit::Day, "2026-02-28"),
            ("2026-01-01", "1M", DayBefore, Unit::Day, "2026-01-31"),
            // The other convention: the same day is the last, clamped to the end of a shorter month.
            ("2026-01-25", "1M", SameDay, Unit::Day, "2026-02-25"),
            ("2026-01-31", "1M", SameDay, Unit::Day, "2026-02-28"),
            ("2024-01-31", "1M", SameDay, Unit::Day, "2024-02-29"),
            ("2020-07-06", "12M", SameDay, Unit::Month, "2021-07-31"),
            ("2020-07-06", "12M", SameDay, Unit::Quarter, "2021-09-30"),
            ("2020-07-06", "12M", SameDay, Unit::Year, "2021-12-31"),
            ("2026-01-01", "1D", DayBefore, Unit::Day, "2026-01-01"),
            ("2026-01-01", "365D", DayBefore, Unit::Day, "2026-12-31"),
            ("2024-01-01", "365D", SameDay, Unit::Day, "2024-12-31"),
            ("2026-01-01", "unlimited", SameDay, Unit::Year, "never"),
        ] {
            assert_eq!(
                last(earned, length, last_day, round_to),
                expected,
                "{earned} {length} {last_day:?} {round_to:?}"
            );
        }
    }

    #[test]
    fn only_the_grammar_is_read() {
        for text in ["", "M", "12", "0M", "-1M", "+1M", "12m", "1Y", "1201M", "36526D", "１2M", "12 M", "年"] {
            assert_eq!(Length::parse(text), None, "{text}");
        }
        assert_eq!(Length::parse("1200M"), Some(Length::Months(1200)));
    }

    proptest! {
        #[test]
        fn a_later_day_never_lapses_earlier(day in 0_i32..40_000, months in 1_i32..60, days in 1_i64..900, round in 0_usize..4, same in any::<bool>()) {
            let round_to = [Unit::Day, Unit::Month, Unit::Quarter, Unit::Year][round];
            let last_day = if same { LastDay::SameDay } else { LastDay::DayBefore };
            for length in [Length::Months(months), Length::Days(days)] {
                let validity = Validity { length, last_day, round_to };
                let earned = crate::period::day_from_number(day).unwrap();
                let (one, next) = (validity.last_usable(earned).unwrap(), validity.last_usable(earned.succ_opt().unwrap()).unwrap());
                prop_assert!(one >= earned && next >= one);
            }
        }
    }
}
