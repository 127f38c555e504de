//! From wall-clock times to instants: what becomes of times that a clock leaves out or shows twice.

use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::schedule::Slot;

/// What becomes of a time that the clock leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gap {
    /// It is due when the clock goes on.
    Shift,
    /// It is not due on that day.
    Skip,
}

/// What becomes of a time that the clock shows twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fold {
    /// It is due the first time.
    First,
    /// It is due the second time.
    Second,
    /// It is due both times.
    Both,
}

/// The slots of a wall-clock time: none, one or two.
pub(super) fn slots_of(wall: NaiveDateTime, zone: Tz, gap: Gap, fold: Fold) -> impl Iterator<Item = Slot> {
    let slot = |at: DateTime<Utc>, fold| Some(Slot { at, wall, fold });
    let utc = |at: DateTime<Tz>| at.with_timezone(&Utc);
    let slots = match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) => [slot(utc(at), 0), None],
        LocalResult::None if gap == Gap::Shift => [end_of_gap(wall, zone).and_then(|at| slot(at, 0)), None],
        LocalResult::None => [None, None],
        LocalResult::Ambiguous(first, second) => [
            (fold != Fold::Second).then(|| slot(utc(first), 0)).flatten(),
            (fold != Fold::First).then(|| slot(utc(second), 1)).flatten(),
        ],
    };
    slots.into_iter().flatten()
}

/// The instant at which the clock went on, for a time that it left out.
fn end_of_gap(wall: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    // Whole days were left out, when a zone changed sides of the date line.
    let before = (1..=104).find_map(|quarters| {
        zone.from_local_datetime(&(wall - Duration::minutes(quarters * 15))).latest().map(|at| at.with_timezone(&Utc))
    })?;
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let (mut low, mut high) = (before.timestamp(), before.timestamp() + 27 * 3600);
    let earlier = offset(before);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if offset(DateTime::from_timestamp(middle, 0)?) == earlier { low = middle } else { high = middle }
    }
    DateTime::from_timestamp(high, 0)
}
