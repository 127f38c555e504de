//! Windows of days that end on an as-of date.

use chrono::{Datelike, NaiveDate};

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
    /// The calendar year of the as-of date, up to it.
    Year,
    /// Everything up to the as-of date.
    All,
}

impl Window {
    /// Reads `12 months`, `90 days`, `month`, `year` or `all`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split(' ').collect::<Vec<_>>().as_slice() {
            ["all"] => Some(Self::All),
            ["year"] => Some(Self::Year),
            ["month"] => Some(Self::Month),
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

    /// The first day that counts; `None` when every earlier day does. The last is the as-of date itself.
    pub fn first_day(self, as_of: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Months(count) => Some(days_after(months_after(as_of, -i32::from(count)), 1)),
            Self::Days(count) => Some(days_after(as_of, 1 - i64::from(count))),
            Self::Month => Some(Period::holding(Unit::Month, as_of).first_day()),
            Self::Year => NaiveDate::from_ymd_opt(as_of.year(), 1, 1),
            Self::All => None,
        }
    }
}

/// For rising as-of dates: which of them see a row of a given day. Windows of rising dates rise, so these are neighbours.
#[derive(Debug)]
pub(super) struct Reach {
    starts: Vec<i32>,
    ends: Vec<i32>,
    base: i32,
    table: Vec<(u16, u16)>,
}

/// Days held in the look-up table: rows older than this take the slower way.
const TABLE_DAYS: i32 = 40 * 366;

impl Reach {
    /// The reach of a window over as-of dates that rise.
    pub(super) fn new(window: Window, as_of: &[NaiveDate]) -> Self {
        let starts: Vec<i32> = as_of.iter().map(|day| window.first_day(*day).map_or(i32::MIN, day_number)).collect();
        let ends: Vec<i32> = as_of.iter().map(|day| day_number(*day)).collect();
        let base = ends.last().map_or(0, |last| last.saturating_sub(TABLE_DAYS));
        let mut reach = Self { starts, ends, base, table: Vec::new() };
        let last = reach.ends.last().copied().unwrap_or(base);
        reach.table = (base..=last).map(|day| reach.search(day)).collect();
        reach
    }

    /// The range of as-of dates that see a row of a day.
    pub(super) fn of(&self, day: i32) -> (u16, u16) {
        // A row without a day is in no window, not even in that of all days.
        if day == NO_DAY {
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
            ("year", "2026-10-15", Some("2026-01-01")),
            ("all", "2026-10-15", None),
        ] {
            let window = Window::parse(text).unwrap();
            assert_eq!(window.first_day(parse_day(as_of).unwrap()), first.map(|day| parse_day(day).unwrap()), "{text}");
        }
        for text in ["", "0 days", "12", "months", "12 weeks", "-1 days", "12  months"] {
            assert_eq!(Window::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reach_is_what_each_window_says(
            mut ends in proptest::collection::vec(0_i32..30_000, 1..20),
            day in -20_000_i32..32_000,
            window in 0_usize..5,
        ) {
            let window = [Window::Months(12), Window::Days(30), Window::Month, Window::Year, Window::All][window];
            ends.sort_unstable();
            ends.dedup();
            let as_of: Vec<_> = ends.iter().map(|end| day_from_number(*end).unwrap()).collect();
            let (lo, hi) = Reach::new(window, &as_of).of(day);
            for (i, end) in as_of.iter().enumerate() {
                let sees = day <= day_number(*end) && window.first_day(*end).is_none_or(|first| day >= day_number(first));
                prop_assert_eq!(sees, (usize::from(lo)..usize::from(hi)).contains(&i));
            }
        }
    }
}
