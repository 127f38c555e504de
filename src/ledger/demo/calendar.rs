//! The trading days of the demo ledger and how busy each is: seasons, festivals, promotions and weekdays of a Chinese retailer.
//!
//! Invariants: every day from the first to the last is there once, in order, and has some trade. Busyness is a weight of about
//! 1,000 on an average day; sums of weights serve as a clock that runs fast on busy days, so that evenly spaced visits on that
//! clock become seasonal on the calendar. Not here: what is bought on which occasion (`goods`).

use chrono::{Datelike, NaiveDate, Weekday};

use crate::period::{day_number, days_after};

/// Weight units in an average year.
pub(super) const YEAR: u64 = 365_000;

/// What drives trade on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Nothing in particular.
    Plain,
    /// The weeks before and the days of the Spring Festival.
    SpringFestival,
    /// The days before the Mid-Autumn Festival.
    MidAutumn,
    /// The mid-year promotion around 18 June.
    MidYear,
    /// July and early August.
    Summer,
    /// Late August and the first days of September.
    SchoolStart,
    /// The National Day week.
    NationalDay,
    /// Late autumn.
    Autumn,
    /// The promotion up to 11 November.
    DoubleEleven,
    /// The promotion up to 12 December.
    DoubleTwelve,
}

impl Occasion {
    /// Whether prices are widely reduced.
    pub(super) fn is_promotion(self) -> bool {
        matches!(self, Self::MidYear | Self::NationalDay | Self::DoubleEleven | Self::DoubleTwelve)
    }
}

/// A year, its first day of the Spring Festival and its day of the Mid-Autumn Festival, as month and day.
type Festivals = (i32, (u32, u32), (u32, u32));

const FESTIVALS: &[Festivals] = &[
    (2015, (2, 19), (9, 27)),
    (2016, (2, 8), (9, 15)),
    (2017, (1, 28), (10, 4)),
    (2018, (2, 16), (9, 24)),
    (2019, (2, 5), (9, 13)),
    (2020, (1, 25), (10, 1)),
    (2021, (2, 12), (9, 21)),
    (2022, (2, 1), (9, 10)),
    (2023, (1, 22), (9, 29)),
    (2024, (2, 10), (9, 17)),
    (2025, (1, 29), (10, 6)),
    (2026, (2, 17), (9, 25)),
    (2027, (2, 6), (9, 15)),
    (2028, (1, 26), (10, 3)),
    (2029, (2, 13), (9, 22)),
    (2030, (2, 3), (9, 12)),
    (2031, (1, 23), (10, 1)),
    (2032, (2, 11), (9, 19)),
    (2033, (1, 31), (9, 8)),
    (2034, (2, 19), (9, 27)),
    (2035, (2, 8), (9, 16)),
    (2036, (1, 28), (10, 4)),
    (2037, (2, 15), (9, 24)),
    (2038, (2, 4), (9, 13)),
    (2039, (1, 24), (10, 2)),
    (2040, (2, 12), (9, 20)),
];

/// The festivals of a year outside the table: their average days.
const USUAL_FESTIVALS: Festivals = (0, (2, 5), (9, 22));

/// One trading day.
#[derive(Debug, Clone, Copy)]
pub(super) struct TradingDay {
    /// The date.
    pub(super) date: NaiveDate,
    /// The date as days since 1970.
    pub(super) number: i32,
    /// What drives trade.
    pub(super) occasion: Occasion,
    /// The clock at the end of the day.
    pub(super) ends_at: u64,
}

/// The trading days in order.
#[derive(Debug)]
pub(super) struct Calendar {
    days: Vec<TradingDay>,
    first: NaiveDate,
    last: NaiveDate,
}

impl Calendar {
    /// The days from `first` to `last`, both included.
    pub(super) fn new(first: NaiveDate, last: NaiveDate) -> Self {
        let mut days = Vec::new();
        let mut clock = 0;
        let mut date = first;
        while date <= last {
            let elapsed = day_number(date).abs_diff(day_number(first));
            clock += u64::from(busyness(date)) * u64::from(20_000 + elapsed) / 20_000;
            let occasion = occasion(date);
            days.push(TradingDay { date, number: day_number(date), occasion, ends_at: clock });
            date = days_after(date, 1);
        }
        Self { days, first, last }
    }

    /// The days.
    pub(super) fn days(&self) -> &[TradingDay] {
        &self.days
    }

    /// The first day.
    pub(super) fn first(&self) -> NaiveDate {
        self.first
    }

    /// The last day.
    pub(super) fn last(&self) -> NaiveDate {
        self.last
    }

    /// The clock at the start of a day; 0 before the first day.
    pub(super) fn clock_before(&self, number: i32) -> u64 {
        let after = self.days.partition_point(|day| day.number < number);
        after.checked_sub(1).and_then(|index| self.days.get(index)).map_or(0, |day| day.ends_at)
    }

    /// The clock at the end of the last day.
    pub(super) fn end(&self) -> u64 {
        self.days.last().map_or(0, |day| day.ends_at)
    }

    /// The place among the days of the day on which the clock shows `clock`; `None` after the last day.
    pub(super) fn index_at(&self, clock: u64) -> Option<usize> {
        let index = self.days.partition_point(|day| day.ends_at < clock);
        (index < self.days.len()).then_some(index)
    }
}

/// Days from a festival of the date's own year: negative before it.
fn distance(date: NaiveDate, festival: impl Fn(Festivals) -> (u32, u32)) -> i32 {
    let known = FESTIVALS.iter().find(|(year, _, _)| *year == date.year()).unwrap_or(&USUAL_FESTIVALS);
    let (month, day) = festival(*known);
    NaiveDate::from_ymd_opt(date.year(), month, day).map_or(i32::MAX, |on| day_number(date) - day_number(on))
}

fn from_spring(date: NaiveDate) -> i32 {
    distance(date, |(_, spring, _)| spring)
}

fn from_autumn(date: NaiveDate) -> i32 {
    distance(date, |(_, _, autumn)| autumn)
}

fn occasion(date: NaiveDate) -> Occasion {
    if (-24..=12).contains(&from_spring(date)) {
        return Occasion::SpringFestival;
    }
    match (date.month(), date.day()) {
        (10, 1..=7) => Occasion::NationalDay,
        _ if (-14..=0).contains(&from_autumn(date)) => Occasion::MidAutumn,
        (6, 1..=20) => Occasion::MidYear,
        (7, _) | (8, 1..=14) => Occasion::Summer,
        (8, _) | (9, 1..=6) => Occasion::SchoolStart,
        (11, 1..=12) => Occasion::DoubleEleven,
        (12, 8..=13) => Occasion::DoubleTwelve,
        (10, _) | (11, 13..=30) => Occasion::Autumn,
        _ => Occasion::Plain,
    }
}

/// How busy a day is in per mille of an average day.
fn busyness(date: NaiveDate) -> u32 {
    let month = match date.month() {
        1 => 106,
        2 => 98,
        3 => 92,
        5 => 97,
        6 | 9 => 96,
        7 => 87,
        8 => 88,
        11 => 103,
        12 => 105,
        _ => 94,
    };
    let weekday = match date.weekday() {
        Weekday::Mon => 85,
        Weekday::Tue => 82,
        Weekday::Wed => 84,
        Weekday::Thu => 88,
        Weekday::Fri => 105,
        Weekday::Sat => 132,
        Weekday::Sun => 124,
    };
    // The divisor brings the factors back to an average of 1,000 over a year.
    month * weekday * event(date) / 1_065
}

/// The lift of a day by a festival or a promotion, in percent.
fn event(date: NaiveDate) -> u32 {
    match from_spring(date) {
        -24..=-15 => return 125,
        -14..=-8 => return 160,
        -7..=-2 => return 195,
        -1 => return 120,
        0..=2 => return 45,
        3..=7 => return 110,
        _ => {}
    }
    match (date.month(), date.day()) {
        (10, 1..=7) => 150,
        (6, 16..=18) => 200,
        (11, 9..=11) => 245,
        (12, 12) => 215,
        (6, 1..=15) => 112,
        (11, 1..=8) => 128,
        (12, 8..=11) => 138,
        (12, 30..=31) | (1, 1..=3) | (5, 1..=5) | (3, 6..=8) => 140,
        _ if (-10..=-1).contains(&from_autumn(date)) => 130,
        // The members' day of the chain.
        (_, 8) => 118,
        _ => 100,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;

    fn day(text: &str) -> NaiveDate {
        parse_day(text).unwrap()
    }

    #[test]
    fn knows_the_occasions_at_their_edges() {
        for (date, expected) in [
            ("2026-01-23", Occasion::Plain),
            ("2026-01-24", Occasion::SpringFestival),
            ("2026-03-01", Occasion::SpringFestival),
            ("2026-03-02", Occasion::Plain),
            ("2026-05-31", Occasion::Plain),
            ("2026-06-01", Occasion::MidYear),
            ("2026-06-21", Occasion::Plain),
            ("2026-08-15", Occasion::SchoolStart),
            ("2026-09-11", Occasion::MidAutumn),
            ("2026-09-26", Occasion::Plain),
            ("2025-10-01", Occasion::NationalDay),
            ("2026-11-11", Occasion::DoubleEleven),
            ("2026-11-13", Occasion::Autumn),
            ("2026-12-12", Occasion::DoubleTwelve),
            ("2099-02-05", Occasion::SpringFestival),
        ] {
            assert_eq!(occasion(day(date)), expected, "{date}");
        }
    }

    #[test]
    fn a_year_weighs_what_a_year_should() {
        for year in 2024..=2028 {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            let total: u64 = first.iter_days().take(365).map(|date| u64::from(busyness(date))).sum();
            assert!(total.abs_diff(YEAR) < YEAR / 20, "{year}: {total}");
        }
    }

    #[test]
    fn festivals_are_busy_and_the_new_year_days_are_quiet() {
        assert!(busyness(day("2026-02-12")) > 2 * busyness(day("2026-03-12")));
        assert!(busyness(day("2026-02-17")) < busyness(day("2026-03-17")));
        assert!(busyness(day("2026-11-11")) > 2 * busyness(day("2026-11-18")));
        assert!(busyness(day("2026-07-18")) > busyness(day("2026-07-20")), "Saturday against Monday");
    }

    #[test]
    fn the_clock_finds_its_days_again() {
        let calendar = Calendar::new(day("2025-12-30"), day("2026-01-02"));
        assert_eq!(calendar.days().len(), 4);
        for (index, today) in calendar.days().iter().enumerate() {
            let start = calendar.clock_before(today.number);
            assert_eq!(calendar.index_at(start + 1), Some(index));
            assert_eq!(calendar.index_at(today.ends_at), Some(index));
        }
        assert_eq!(calendar.index_at(calendar.end() + 1), None);
        assert_eq!(calendar.clock_before(0), 0);
    }
}
