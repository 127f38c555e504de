//! Windows of days, seen from an as-of date.

use chrono::NaiveDate;

use crate::{
    ledger::batch::NO_DAY,
    period::{Period, Unit, day_number, days_after, months_after},
};

/// The rows of which days a metric takes in, seen from its as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// So many calendar months ending on the as-of date, month ends clamped (reading C7).
    Months(u16),
    /// So many days ending on the as-of date.
    Days(u16),
    /// The calendar month of the as-of date, up to it.
    Month,
    /// The calendar quarter of the as-of date, up to it.
    Quarter,
    /// The calendar year of the as-of date, up to it.
    Year,
    /// The whole calendar month, quarter or year before that of the as-of date.
    Previous(Unit),
    /// Everything up to the as-of date.
    All,
    /// Every row, whatever its day: for rows that tell how things are.
    Always,
}

impl Window {
    /// Reads `12 months`, `90 days`, `month`, `quarter`, `year`, `previous month`, `previous quarter`, `previous year` or `all`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split(' ').collect::<Vec<_>>().as_slice() {
            ["all"] => Some(Self::All),
            ["year"] => Some(Self::Year),
            ["quarter"] => Some(Self::Quarter),
            ["month"] => Some(Self::Month),
            ["previous", "year"] => Some(Self::Previous(Unit::Year)),
            ["previous", "quarter"] => Some(Self::Previous(Unit::Quarter)),
            ["previous", "month"] => Some(Self::Previous(Unit::Month)),
            [count, unit] => {
                let count = count.parse::<u16>().ok().filter(|count| (1..=12_000).contains(count))?;
                match *unit {
                    "month" | "months" => Some(Self::Months(count)),
                    "day" | "days" => Some(Self::Days(count)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The first day that counts; `None` when every earlier day does.
    pub fn first_day(self, as_of: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Months(count) => Some(days_after(months_after(as_of, -i32::from(count)), 1)),
            Self::Days(count) => Some(days_after(as_of, 1 - i64::from(count))),
            Self::Month => Some(Period::holding(Unit::Month, as_of).first_day()),
            Self::Quarter => Some(Period::holding(Unit::Quarter, as_of).first_day()),
            Self::Year => Some(Period::holding(Unit::Year, as_of).first_day()),
            Self::Previous(unit) => Some(Period::holding(unit, as_of).previous().first_day()),
            Self::All | Self::Always => None,
        }
    }

    /// The last day that counts; `None` when every later day does.
    pub fn last_day(self, as_of: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Months(_) | Self::Days(_) | Self::Month | Self::Quarter | Self::Year | Self::All => Some(as_of),
            Self::Previous(unit) => Some(Period::holding(unit, as_of).previous().last_day()),
            Self::Always => None,
        }
    }
}

/// How far the as-of date is moved back before a metric looks at anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// Calendar months, month ends clamped.
    Months(u16),
    /// Days.
    Days(u16),
}

impl Lag {
    /// Reads `12 months` or `90 days`.
    pub fn parse(text: &str) -> Option<Self> {
        match Window::parse(text)? {
            Window::Months(count) => Some(Self::Months(count)),
            Window::Days(count) => Some(Self::Days(count)),
            Window::Month | Window::Quarter | Window::Year | Window::Previous(_) | Window::All | Window::Always => None,
        }
    }

    /// The day so far before another.
    pub fn before(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Months(count) => months_after(day, -i32::from(count)),
            Self::Days(count) => days_after(day, -i64::from(count)),
        }
    }
}

/// For as-of dates that never fall: which of them see a row of a given day. Their windows never fall either, so these are neighbours.
#[derive(Debug)]
pub(super) struct Reach {
    starts: Vec<i32>,
    ends: Vec<i32>,
    base: i32,
    table: Vec<(u16, u16)>,
    /// Whether rows are seen whatever their day.
    always: bool,
}

/// Days held in the look-up table: rows older than this take the slower way.
const TABLE_DAYS: i32 = 40 * 366;

impl Reach {
    /// The reach of a window over as-of dates that never fall.
    pub(super) fn new(window: Window, as_of: &[NaiveDate]) -> Self {
        let starts: Vec<i32> = as_of.iter().map(|day| window.first_day(*day).map_or(i32::MIN, day_number)).collect();
        let ends: Vec<i32> = as_of.iter().map(|day| window.last_day(*day).map_or(i32::MAX, day_number)).collect();
        let last = as_of.last().map_or(0, |last| day_number(*last));
        let base = last.saturating_sub(TABLE_DAYS);
        let mut reach = Self { starts, ends, base, table: Vec::new(), always: window == Window::Always };
        reach.table = (base..=last).map(|day| reach.search(day)).collect();
        reach
    }

    /// The range of as-of dates that see a row of a day.
    pub(super) fn of(&self, day: i32) -> (u16, u16) {
        // A row without a day is in no window, not even in that of all days.
        if day == NO_DAY && !self.always {
            return (0, 0);
        }
        let at = usize::try_from(day.wrapping_sub(self.base)).ok().filter(|_| day >= self.base);
        at.and_then(|at| self.table.get(at)).copied().unwrap_or_else(|| self.search(day))
    }

    fn search(&self, day: i32) -> (u16, u16) {
        let first = self.ends.partition_point(|end| *end < day);
        let after = self.starts.partition_point(|start| *start <= day);
        let small = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        (small(first), small(after.max(first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::{day_from_number, parse_day};
    use proptest::prelude::*;

    #[test]
    fn windows_begin_where_the_calendar_says() {
        for (text, as_of, first) in [
            ("12 months", "2026-10-31", Some("2025-11-01")),
            ("6 months", "2026-08-31", Some("2026-03-01")),
            ("1 month", "2026-02-28", Some("2026-01-29")),
            ("90 days", "2026-10-31", Some("2026-08-03")),
            ("1 day", "2026-10-31", Some("2026-10-31")),
            ("month", "2026-10-15", Some("2026-10-01")),
            ("quarter", "2026-10-01", Some("2026-10-01")),
            ("quarter", "2026-09-30", Some("2026-07-01")),
            ("year", "2026-10-15", Some("2026-01-01")),
            ("all", "2026-10-15", None),
        ] {
            let (window, as_of) = (Window::parse(text).unwrap(), parse_day(as_of).unwrap());
            assert_eq!(window.first_day(as_of), first.map(|day| parse_day(day).unwrap()), "{text}");
            assert_eq!(window.last_day(as_of), Some(as_of), "{text}");
        }
        for (text, as_of, first, last) in [
            ("previous month", "2026-03-31", "2026-02-01", "2026-02-28"),
            ("previous month", "2026-01-01", "2025-12-01", "2025-12-31"),
            ("previous quarter", "2026-03-31", "2025-10-01", "2025-12-31"),
            ("previous quarter", "2026-04-01", "2026-01-01", "2026-03-31"),
            ("previous year", "2026-12-31", "2025-01-01", "2025-12-31"),
        ] {
            let (window, as_of) = (Window::parse(text).unwrap(), parse_day(as_of).unwrap());
            let days = [window.first_day(as_of), window.last_day(as_of)];
            assert_eq!(days, [Some(parse_day(first).unwrap()), Some(parse_day(last).unwrap())], "{text}");
        }
        for (text, day, before) in [
            ("12 months", "2024-02-29", "2023-02-28"),
            ("1 month", "2026-03-31", "2026-02-28"),
            ("1 day", "2026-01-01", "2025-12-31"),
        ] {
            assert_eq!(Lag::parse(text).unwrap().before(parse_day(day).unwrap()), parse_day(before).unwrap(), "{text}");
        }
        for text in ["year", "previous month", "all", "0 months", ""] {
            assert_eq!(Lag::parse(text), None, "{text}");
        }
        for text in [
            "",
            "0 days",
            "12",
            "months",
            "12 weeks",
            "-1 days",
            "12  months",
            "previous",
            "previous week",
            "previous 12 months",
        ] {
            assert_eq!(Window::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reach_is_what_each_window_says(
            mut ends in proptest::collection::vec(0_i32..30_000, 1..20),
            day in -20_000_i32..32_000,
            window in 0_usize..10,
        ) {
            let window = [
                Window::Months(12), Window::Days(30), Window::Month, Window::Quarter, Window::Year, Window::All,
                Window::Previous(Unit::Month), Window::Previous(Unit::Quarter), Window::Previous(Unit::Year), Window::Always,
            ][window];
            // A lag may make two as-of dates one.
            ends.sort_unstable();
            let as_of: Vec<_> = ends.iter().map(|end| day_from_number(*end).unwrap()).collect();
            let (lo, hi) = Reach::new(window, &as_of).of(day);
            for (i, end) in as_of.iter().enumerate() {
                let sees = window.last_day(*end).is_none_or(|last| day <= day_number(last))
                    && window.first_day(*end).is_none_or(|first| day >= day_number(first));
                prop_assert_eq!(sees, (usize::from(lo)..usize::from(hi)).contains(&i));
            }
        }
    }
}
