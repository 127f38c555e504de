//! When something is due: rules in wall-clock time of a zone become slots. Pure: the time is an argument.
//!
//! Invariants: a slot is named by its wall-clock time and, in the hour that comes twice, by which of the two it is, never by its instant: another edition
//! of the time zones moves the instant and not the name. `slots(a, b)` and `slots(b, c)` are together `slots(a, c)`.
//! Not here: what is done when a slot was missed (`misfire`), and who does it (`run`).

pub mod calendar;
pub mod duration;
pub mod misfire;
mod rule;
mod wall;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use chrono_tz::Tz;
use thiserror::Error;

pub use rule::{Rule, Span};
pub use wall::{Fold, Gap};

/// The edition of the time zones that is compiled in.
pub const TZDB: &str = chrono_tz::IANA_TZDB_VERSION;

/// A year is not in the calendar of working days.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the calendar `{calendar}` does not know the year {year}")]
pub struct NotCovered {
    /// The calendar.
    pub calendar: String,
    /// The year.
    pub year: i32,
}

/// A due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// Its instant.
    pub at: DateTime<Utc>,
    /// Its wall-clock time.
    pub wall: NaiveDateTime,
    /// 1 for the second time that the clock shows it, else 0.
    pub fold: u8,
}

impl Slot {
    /// What makes it this slot: `2026-03-08T02:30:00#0`.
    pub fn key(&self) -> String {
        format!("{}#{}", self.wall.format("%Y-%m-%dT%H:%M:%S"), self.fold)
    }
}

/// A rule in a zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Its name, unique in the job: another name is another schedule.
    pub id: String,
    /// When it is due by the clock on the wall.
    pub rule: Rule,
    /// Where that clock hangs.
    pub zone: Tz,
    /// What becomes of times that the clock leaves out.
    pub gap: Gap,
    /// What becomes of times that it shows twice.
    pub fold: Fold,
}

/// The farthest that a clock was set back, with room: walls so near to an end may belong to either side of it.
const MARGIN: Duration = Duration::hours(4);

/// How far the next slot is looked for: nine years hold every 29 February.
const HORIZON: Duration = Duration::days(9 * 366);

impl Schedule {
    /// The slots after one instant and up to another, by time; at most the last `max` of them.
    ///
    /// # Errors
    /// [`NotCovered`] when the calendar lacks a year.
    pub fn slots(&self, after: DateTime<Utc>, until: DateTime<Utc>, max: usize) -> Result<Vec<Slot>, NotCovered> {
        let local = |instant: DateTime<Utc>| instant.with_timezone(&self.zone).naive_local();
        let mut slots = Vec::new();
        let (first, last) = (local(after) - MARGIN, local(until) + MARGIN);
        self.rule.walls(first, last, &mut |wall| {
            slots.extend(
                wall::slots_of(wall, self.zone, self.gap, self.fold).filter(|slot| slot.at > after && slot.at <= until),
            );
            // What will be cut off anyway is not held.
            if slots.len() > max.saturating_mul(2).max(64) {
                slots.sort_unstable();
                slots.drain(..slots.len().saturating_sub(max));
            }
        })?;
        slots.sort_unstable();
        slots.drain(..slots.len().saturating_sub(max));
        Ok(slots)
    }

    /// The last slot up to an instant, not before another.
    ///
    /// # Errors
    /// [`NotCovered`] when the calendar lacks a year.
    pub fn latest(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<Slot>, NotCovered> {
        let mut span = Duration::hours(25);
        loop {
            let from = (until - span).max(after);
            if let Some(slot) = self.slots(from, until, 1)?.pop() {
                return Ok(Some(slot));
            }
            if from <= after {
                return Ok(None);
            }
            span = span * 4;
        }
    }

    /// The next slots after an instant; fewer where none come within nine years or the calendar ends.
    pub fn next(&self, after: DateTime<Utc>, count: usize) -> Vec<Slot> {
        let mut found: Vec<Slot> = Vec::new();
        let (mut from, mut span) = (after, Duration::hours(25));
        while found.len() < count && from - after < HORIZON {
            let until = from + span;
            // The calendar may end within the span: what comes before is still told.
            match self.first(from, until, count - found.len()) {
                Ok(slots) => found.extend(slots),
                Err(_) if span > Duration::hours(25) => {
                    span = Duration::hours(25);
                    continue;
                }
                Err(_) => break,
            }
            from = until;
            span = (span * 4).min(Duration::days(400));
        }
        found.truncate(count);
        found
    }

    /// The first slots of a span.
    fn first(&self, after: DateTime<Utc>, until: DateTime<Utc>, count: usize) -> Result<Vec<Slot>, NotCovered> {
        let mut slots = self.slots(after, until, usize::MAX)?;
        slots.truncate(count);
        Ok(slots)
    }

    /// Whether it is ever due, in the nine years after an instant.
    pub fn is_ever_due(&self, after: DateTime<Utc>) -> bool {
        !self.next(after, 1).is_empty()
    }
}
