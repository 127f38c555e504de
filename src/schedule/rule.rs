//! Rules in wall-clock time: cron expressions, and times in terms of business.

use std::{str::FromStr, sync::Arc};

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime};
use croner::{Cron, Direction, errors::CronError, parser::CronParser};

use crate::{
    period::{Period, Unit, days_after, month_end},
    schedule::{
        NotCovered,
        calendar::Calendar,
        wall::{Fold, Gap},
    },
};

/// The calendar unit whose working days are counted.
pub type Span = Unit;

/// When something is due by the clock on the wall.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// A cron expression of five fields, or of six with seconds first.
    Cron(Box<Cron>),
    /// The last day of each month.
    LastDayOfMonth(NaiveTime),
    /// A working day of each span: 1 is the first, -1 the last.
    WorkingDay {
        /// Which.
        n: i64,
        /// Of what.
        of: Span,
        /// When.
        at: NaiveTime,
        /// What a working day is.
        calendar: Arc<Calendar>,
    },
    /// Every working day.
    EachWorkingDay {
        /// When.
        at: NaiveTime,
        /// What a working day is.
        calendar: Arc<Calendar>,
    },
}

impl Rule {
    /// Reads a cron expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn cron(text: &str, both_days: bool) -> Result<Self, CronError> {
        let cron = if both_days {
            CronParser::builder().dom_and_dow(true).build().parse(text)?
        } else {
            Cron::from_str(text)?
        };
        Ok(Self::Cron(Box::new(cron)))
    }

    /// What becomes of times that the clock leaves out or shows twice, unless somebody says otherwise: what is due every hour goes by elapsed time,
    /// what is due at an hour by the clock.
    pub fn usual(&self) -> (Gap, Fold) {
        match self {
            Self::Cron(cron) if hour_is_open(cron.as_str()) => (Gap::Skip, Fold::Both),
            Self::Cron(_) | Self::LastDayOfMonth(_) | Self::WorkingDay { .. } | Self::EachWorkingDay { .. } => {
                (Gap::Shift, Fold::First)
            }
        }
    }

    /// The calendar of working days that it goes by.
    pub fn calendar(&self) -> Option<&Calendar> {
        match self {
            Self::WorkingDay { calendar, .. } | Self::EachWorkingDay { calendar, .. } => Some(calendar),
            Self::Cron(_) | Self::LastDayOfMonth(_) => None,
        }
    }

    /// Every wall-clock time of it from one to another, both included.
    pub(super) fn walls(
        &self,
        first: NaiveDateTime,
        last: NaiveDateTime,
        each: &mut dyn FnMut(NaiveDateTime),
    ) -> Result<(), NotCovered> {
        match self {
            Self::Cron(cron) => {
                // The expression knows nothing of zones: times are given to it as if they were UTC.
                let from = first - Duration::seconds(1);
                let times = cron.iter_from(from.and_utc(), Direction::Forward).map(|time| time.naive_utc());
                times.take_while(|wall| *wall <= last).filter(|wall| *wall >= first).for_each(each);
                Ok(())
            }
            Self::LastDayOfMonth(at) => days(first, last, *at, &|day| Ok(day == month_end(day)), each),
            Self::WorkingDay { n, of, at, calendar } => {
                days(first, last, *at, &|day| Ok(nth(*n, *of, day, calendar)? == Some(day)), each)
            }
            Self::EachWorkingDay { at, calendar } => days(first, last, *at, &|day| calendar.works_on(day), each),
        }
    }
}

/// The days from one time to another on which something is due.
fn days(
    first: NaiveDateTime,
    last: NaiveDateTime,
    at: NaiveTime,
    due: &dyn Fn(NaiveDate) -> Result<bool, NotCovered>,
    each: &mut dyn FnMut(NaiveDateTime),
) -> Result<(), NotCovered> {
    let mut day = first.date();
    while day <= last.date() {
        let wall = day.and_time(at);
        if wall >= first && wall <= last && due(day)? {
            each(wall);
        }
        day = days_after(day, 1);
    }
    Ok(())
}

/// The nth working day of the span that holds a day; nothing when it has fewer.
fn nth(n: i64, of: Span, day: NaiveDate, calendar: &Calendar) -> Result<Option<NaiveDate>, NotCovered> {
    let span = Period::holding(of, day);
    let (mut at, step) = if n > 0 { (span.first_day(), 1) } else { (span.last_day(), -1) };
    let mut left = n.abs();
    while at >= span.first_day() && at < span.end() {
        if calendar.works_on(at)? {
            left -= 1;
            if left == 0 {
                return Ok(Some(at));
            }
        }
        at = days_after(at, step);
    }
    Ok(None)
}

/// Whether the hour of a cron expression is `*` or `*/n`.
fn hour_is_open(text: &str) -> bool {
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let hour = if fields.len() > 5 { fields.get(2) } else { fields.get(1) };
    hour.is_some_and(|hour| *hour == "*" || hour.starts_with("*/")) || text.trim().eq_ignore_ascii_case("@hourly")
}

/// The weekday of a day: 1 is Monday, 7 Sunday.
pub(super) fn weekday(day: NaiveDate) -> u32 {
    day.weekday().number_from_monday()
}
