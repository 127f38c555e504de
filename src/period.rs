//! Calendar periods and windows as half-open ranges of local days.
//!
//! Invariants: `start < end`; every period is whole calendar units; month arithmetic clamps to the last day (31 August
//! less six months is 28 or 29 February: reading C7). Days are days of the ledger's zone; a time of day never appears here.
//! Not here: due times of jobs (`schedule`).

use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate};
use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Seconds of a local day: instants are local wall-clock times, on which every day has as many.
pub const SECONDS_A_DAY: i64 = 86_400;

/// Why a text is not a period or a day.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum PeriodError {
    /// The text has none of the known forms.
    #[error("`{text}` is not a period")]
    #[diagnostic(
        code(period::not_a_period),
        help("write a year `2026`, a quarter `2026-Q3`, a month `2026-10` or a day `2026-10-31`")
    )]
    NotAPeriod {
        /// The text as given.
        text: String,
    },
    /// The text is not a calendar day.
    #[error("`{text}` is not a day")]
    #[diagnostic(code(period::not_a_day), help("write a day of the calendar as `2026-10-31`"))]
    NotADay {
        /// The text as given.
        text: String,
    },
}

/// The calendar unit of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// One day.
    Day,
    /// One calendar month.
    Month,
    /// Three calendar months from January, April, July or October.
    Quarter,
    /// One calendar year.
    Year,
}

impl Unit {
    /// The name in declaration files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// Whole calendar units `[start, end)` that a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    unit: Unit,
    start: NaiveDate,
}

impl Period {
    /// The period of a unit that holds a day.
    pub fn holding(unit: Unit, day: NaiveDate) -> Self {
        let month = match unit {
            Unit::Day => return Self { unit, start: day },
            Unit::Month => day.month(),
            Unit::Quarter => (day.month0() / 3) * 3 + 1,
            Unit::Year => 1,
        };
        Self { unit, start: NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day) }
    }

    /// Reads `2026`, `2026-Q3`, `2026-10` or `2026-10-31`.
    ///
    /// # Errors
    /// [`PeriodError::NotAPeriod`] for any other text.
    pub fn parse(text: &str) -> Result<Self, PeriodError> {
        let bad = || PeriodError::NotAPeriod { text: text.to_owned() };
        if !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'Q')) {
            return Err(bad());
        }
        let first_of = |year: &str, month: u32| {
            let year: i32 = if year.len() == 4 { year.parse().ok()? } else { return None };
            NaiveDate::from_ymd_opt(year, month, 1)
        };
        let parts: Vec<&str> = text.split('-').collect();
        let period = match parts.as_slice() {
            [year] => first_of(year, 1).map(|day| (Unit::Year, day)),
            [year, rest] => match rest.strip_prefix('Q').map(str::parse::<u32>) {
                Some(Ok(quarter)) if (1..=4).contains(&quarter) => {
                    first_of(year, quarter * 3 - 2).map(|day| (Unit::Quarter, day))
                }
                None if rest.len() == 2 && rest.bytes().all(|b| b.is_ascii_digit()) => {
                    rest.parse().ok().and_then(|month| first_of(year, month)).map(|day| (Unit::Month, day))
                }
                Some(_) | None => None,
            },
            [_, _, _] => parse_day(text).ok().map(|day| (Unit::Day, day)),
            _ => None,
        };
        period.map(|(unit, day)| Self::holding(unit, day)).ok_or_else(bad)
    }

    /// The calendar unit.
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// The first day.
    pub fn first_day(self) -> NaiveDate {
        self.start
    }

    /// The first day after the period.
    pub fn end(self) -> NaiveDate {
        match self.unit {
            Unit::Day => days_after(self.start, 1),
            Unit::Month => months_after(self.start, 1),
            Unit::Quarter => months_after(self.start, 3),
            Unit::Year => months_after(self.start, 12),
        }
    }

    /// The last day, which is the as-of date of a report on the period.
    pub fn last_day(self) -> NaiveDate {
        days_after(self.end(), -1)
    }

    /// The period of the same unit just before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self::holding(self.unit, days_after(self.start, -1))
    }

    /// The same period one year earlier (29 February becomes 28 February).
    #[must_use]
    pub fn year_before(self) -> Self {
        Self::holding(self.unit, months_after(self.start, -12))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.start;
        match self.unit {
            Unit::Day => write!(f, "{start}"),
            Unit::Month => write!(f, "{}", start.format("%Y-%m")),
            Unit::Quarter => write!(f, "{}-Q{}", start.year(), start.month0() / 3 + 1),
            Unit::Year => write!(f, "{}", start.year()),
        }
    }
}

/// Reads a day as `2026-10-31`.
///
/// # Errors
/// [`PeriodError::NotADay`] for any other text or a day that no calendar has.
pub fn parse_day(text: &str) -> Result<NaiveDate, PeriodError> {
    let bad = || PeriodError::NotADay { text: text.to_owned() };
    if text.len() != 10 {
        return Err(bad());
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| bad())
}

/// The day `count` days later; earlier when negative. Stays within the calendar's limits.
pub fn days_after(day: NaiveDate, count: i64) -> NaiveDate {
    let step = Days::new(count.unsigned_abs());
    let moved = if count < 0 { day.checked_sub_days(step) } else { day.checked_add_days(step) };
    moved.unwrap_or(if count < 0 { NaiveDate::MIN } else { NaiveDate::MAX })
}

/// The day `count` calendar months later, clamped to the last day of the month; earlier when negative.
pub fn months_after(day: NaiveDate, count: i32) -> NaiveDate {
    let step = Months::new(count.unsigned_abs());
    let moved = if count < 0 { day.checked_sub_months(step) } else { day.checked_add_months(step) };
    moved.unwrap_or(if count < 0 { NaiveDate::MIN } else { NaiveDate::MAX })
}

/// The last day of the month that holds a day.
pub fn month_end(day: NaiveDate) -> NaiveDate {
    Period::holding(Unit::Month, day).last_day()
}

/// Days since 1970-01-01, the form in which days stand in columns.
pub fn day_number(day: NaiveDate) -> i32 {
    day.to_epoch_days()
}

/// The day of a number of days since 1970-01-01; `None` outside the calendar.
pub fn day_from_number(number: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        parse_day(text).unwrap()
    }

    #[test]
    fn reads_and_writes_every_form() {
        for (text, first, last) in [
            ("2026", "2026-01-01", "2026-12-31"),
            ("2026-Q1", "2026-01-01", "2026-03-31"),
            ("2026-Q4", "2026-10-01", "2026-12-31"),
            ("2026-10", "2026-10-01", "2026-10-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2024-02-29", "2024-02-29", "2024-02-29"),
        ] {
            let period = Period::parse(text).unwrap();
            assert_eq!((period.first_day(), period.last_day()), (day(first), day(last)), "{text}");
            assert_eq!(period.to_string(), text);
        }
    }

    #[test]
    fn refuses_what_no_calendar_has() {
        for text in [
            "",
            "26-10",
            "2026-13",
            "2026-1",
            "2026-Q5",
            "2026-Q",
            "2026-02-30",
            "2026-10-1",
            "2026-10-31-1",
            "x",
            "2026-+9",
            "+026-10",
            "2026-Q+1",
        ] {
            assert!(Period::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn months_clamp_to_the_last_day() {
        for (from, months, to) in [
            ("2026-08-31", -6, "2026-02-28"),
            ("2024-08-31", -6, "2024-02-29"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2026-01-31", 1, "2026-02-28"),
        ] {
            assert_eq!(months_after(day(from), months), day(to));
        }
    }

    #[test]
    fn knows_its_neighbours() {
        let october = Period::parse("2026-10").unwrap();
        assert_eq!(october.previous().to_string(), "2026-09");
        assert_eq!(october.year_before().to_string(), "2025-10");
        assert_eq!(Period::parse("2026-Q1").unwrap().previous().to_string(), "2025-Q4");
        assert_eq!(month_end(day("2026-02-03")), day("2026-02-28"));
    }

    proptest! {
        #[test]
        fn periods_tile_the_calendar(number in -20_000_i32..40_000, unit in 0_usize..4) {
            let unit = [Unit::Day, Unit::Month, Unit::Quarter, Unit::Year][unit];
            let day = day_from_number(number).unwrap();
            let period = Period::holding(unit, day);
            prop_assert!(period.first_day() <= day && day < period.end());
            prop_assert_eq!(period.previous().end(), period.first_day());
            prop_assert_eq!(Period::parse(&period.to_string()), Ok(period));
            prop_assert_eq!(day_number(day), number);
        }
    }
}
