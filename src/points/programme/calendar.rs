//! Days of the calendar on which points are zeroed (S17, S18).

use chrono::{Datelike, NaiveDate};

use crate::{
    period::{Period, Unit},
    points::programme::{Lapse, Programme},
};

/// A day of every year. 29 February is the last day of February.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    /// Reads `12-31`; `None` for any other text, or a day that no year has.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.split_once('-').filter(|_| text.len() == 5)?;
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let (month, day) = (number(month)?, number(day)?);
        NaiveDate::from_ymd_opt(2024, month, day).map(|_| Self { month, day })
    }

    /// The day in a year.
    pub fn in_year(self, year: i32) -> NaiveDate {
        let day = NaiveDate::from_ymd_opt(year, self.month, self.day);
        let february = || Period::holding(Unit::Month, NaiveDate::from_ymd_opt(year, self.month, 1)?).last_day().into();
        day.or_else(february).unwrap_or(NaiveDate::MAX)
    }
}

/// The first zeroing day of a class on or after a day; `None` when the programme zeroes no more.
pub fn next_zeroing(programme: &Programme, class: Option<&str>, from: NaiveDate) -> Option<NaiveDate> {
    for (at, version) in programme.versions.iter().enumerate() {
        let until = programme.versions.get(at + 1).map(|next| next.in_force);
        let begin = from.max(version.in_force);
        if until.is_some_and(|until| begin >= until) {
            continue;
        }
        let Lapse::Calendar { on, by_class } = &version.lapse else { continue };
        let days = class.and_then(|class| by_class.get(class)).unwrap_or(on);
        let years = [begin.year(), begin.year() + 1];
        let found =
            years.iter().flat_map(|year| days.iter().map(|day| day.in_year(*year))).filter(|day| *day >= begin).min();
        if let Some(found) = found.filter(|day| until.is_none_or(|until| *day < until)) {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_year_are_read() {
        for (text, year, expected) in [
            ("12-31", 2026, "2026-12-31"),
            ("02-29", 2026, "2026-02-28"),
            ("02-29", 2028, "2028-02-29"),
            ("01-01", 2026, "2026-01-01"),
        ] {
            assert_eq!(MonthDay::parse(text).unwrap().in_year(year).to_string(), expected, "{text}");
        }
        for text in ["", "12-32", "13-01", "02-30", "1-1", "12/31", "+1-01", "12-31-", "2026-12-31"] {
            assert_eq!(MonthDay::parse(text), None, "{text}");
        }
    }
}
