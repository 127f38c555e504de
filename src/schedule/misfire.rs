//! What is done about slots that passed when nobody was at work. Pure: cursor and time are arguments.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

use crate::schedule::{NotCovered, Schedule, Slot};

/// What is done about slots that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// They are skipped.
    Skip,
    /// The latest is done, the others are skipped.
    FireOnce,
    /// Each is done, up to a number.
    FireAll,
}

/// In which order missed slots are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The oldest first.
    OldestFirst,
    /// The newest first.
    NewestFirst,
}

/// The whole rule for missed slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfire {
    /// What is done.
    pub policy: Policy,
    /// A slot that is later than this was missed.
    pub grace: Duration,
    /// A missed slot that is older than this is not done.
    pub window: Duration,
    /// So many missed slots are done at most: the newest.
    pub max: usize,
    /// In which order.
    pub order: Order,
}

/// What is decided about due slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Slots that are done in time.
    pub due: Vec<Slot>,
    /// Slots that were missed and are done, in their order.
    pub late: Vec<Slot>,
    /// Slots that are not done, with the reason.
    pub skipped: Vec<(Slot, &'static str)>,
    /// What is not told slot by slot: from, to, and why.
    pub untold: Option<(DateTime<Utc>, DateTime<Utc>, String)>,
}

/// Why nothing is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided {
    /// The calendar lacks a year.
    NotCovered(NotCovered),
    /// The clock stands so far from where it was that somebody should look at it.
    Clock,
}

/// So many skipped slots are told one by one.
const TOLD: usize = 100;
/// So many slots are looked at: every minute of ten weeks.
const LOOKED_AT: usize = 100_000;
/// A clock that jumped by more is not believed.
const BELIEVED: TimeDelta = TimeDelta::days(400);

/// Decides about every slot after the cursor and up to now.
///
/// # Errors
/// [`Undecided`]: then the cursor stays where it is.
pub fn decide(
    schedule: &Schedule,
    misfire: &Misfire,
    cursor: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Decided, Undecided> {
    if now - cursor > BELIEVED {
        return Err(Undecided::Clock);
    }
    let back = |length: Duration| {
        TimeDelta::from_std(length)
            .ok()
            .and_then(|length| now.checked_sub_signed(length))
            .unwrap_or(DateTime::UNIX_EPOCH)
    };
    let (graced, window) = (back(misfire.grace), back(misfire.window).max(cursor));
    let slots = schedule.slots(window, now, LOOKED_AT).map_err(Undecided::NotCovered)?;
    let cut = slots.len() == LOOKED_AT;
    let (late, due): (Vec<Slot>, Vec<Slot>) = slots.into_iter().partition(|slot| slot.at <= graced);
    let keep = match misfire.policy {
        Policy::Skip => 0,
        // What is due in time stands for what was missed.
        Policy::FireOnce => usize::from(due.is_empty()),
        Policy::FireAll => misfire.max,
    };
    let why = match misfire.policy {
        Policy::Skip => "missed: nobody was at work",
        Policy::FireOnce => "missed: a later slot stands for it",
        Policy::FireAll => "missed: more slots than `max-catchup`",
    };
    let mut skipped: Vec<Slot> = late;
    let mut late = skipped.split_off(skipped.len().saturating_sub(keep));
    if misfire.order == Order::NewestFirst {
        late.reverse();
    }
    let told_from = skipped.len().saturating_sub(TOLD);
    let many = told_from.checked_sub(1).and_then(|last| skipped.get(last)).map(|last| last.at);
    let old = cut || (window > cursor && has_slot(schedule, cursor, window));
    let untold = match (many, old) {
        (Some(to), _) => Some((cursor, to, format!("too many to be told one by one: {why}"))),
        (None, true) => Some((cursor, window, "missed: older than `catchup-window`".to_owned())),
        (None, false) => None,
    };
    let skipped = skipped.into_iter().skip(told_from).map(|slot| (slot, why)).collect();
    Ok(Decided { due, late, skipped, untold })
}

/// Whether anything was due in a span that is too old to be done.
fn has_slot(schedule: &Schedule, after: DateTime<Utc>, until: DateTime<Utc>) -> bool {
    schedule.latest(after, until).is_ok_and(|slot| slot.is_some())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::schedule::{Fold, Gap, Rule};

    fn every(cron: &str) -> Schedule {
        Schedule {
            id: "s".to_owned(),
            rule: Rule::cron(cron, false).unwrap(),
            zone: chrono_tz::Asia::Shanghai,
            gap: Gap::Shift,
            fold: Fold::First,
        }
    }

    fn at(day: u32, hour: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 10, day, hour, 0, 0).unwrap()
    }

    fn misfire(policy: Policy) -> Misfire {
        let hours = |count: u64| Duration::from_secs(count * 3600);
        Misfire { policy, grace: hours(1), window: hours(240), max: 3, order: Order::OldestFirst }
    }

    #[test]
    fn a_slot_in_time_is_done_whatever_the_policy() {
        for policy in [Policy::Skip, Policy::FireOnce, Policy::FireAll] {
            let decided = decide(&every("0 8 * * *"), &misfire(policy), at(1, 23), at(2, 0)).unwrap();
            assert_eq!((decided.due.len(), decided.late.len(), decided.skipped.len()), (1, 0, 0), "{policy:?}");
            assert_eq!(decided.due[0].key(), "2026-10-02T08:00:00#0");
        }
    }

    #[test]
    fn missed_slots_follow_the_policy() {
        // Five slots were missed, at midnight UTC of the 2nd to the 6th.
        for (policy, late, skipped) in [(Policy::Skip, 0, 5), (Policy::FireOnce, 1, 4), (Policy::FireAll, 3, 2)] {
            let decided = decide(&every("0 8 * * *"), &misfire(policy), at(1, 12), at(6, 12)).unwrap();
            assert_eq!(
                (decided.due.len(), decided.late.len(), decided.skipped.len()),
                (0, late, skipped),
                "{policy:?}"
            );
            assert_eq!(decided.untold, None);
            assert!(decided.late.last().is_none_or(|slot| slot.at == at(6, 0)));
        }
        let newest = Misfire { order: Order::NewestFirst, ..misfire(Policy::FireAll) };
        let decided = decide(&every("0 8 * * *"), &newest, at(1, 12), at(6, 12)).unwrap();
        assert_eq!(decided.late[0].at, at(6, 0));
    }

    #[test]
    fn what_is_too_old_or_too_much_is_told_as_a_span() {
        let decided = decide(&every("0 8 * * *"), &misfire(Policy::FireAll), at(1, 12), at(25, 12)).unwrap();
        assert_eq!(decided.late.len(), 3);
        assert_eq!(decided.skipped.len(), 7);
        let (from, to, why) = decided.untold.unwrap();
        assert_eq!((from, to), (at(1, 12), at(15, 12)));
        assert!(why.contains("catchup-window"));
        let decided = decide(&every("* * * * *"), &misfire(Policy::FireOnce), at(1, 12), at(2, 12)).unwrap();
        assert_eq!((decided.late.len(), decided.skipped.len()), (0, TOLD));
        assert!(decided.untold.is_some());
        let jump = decide(&every("0 8 * * *"), &misfire(Policy::FireAll), at(1, 0), at(1, 0) + TimeDelta::days(401));
        assert_eq!(jump, Err(Undecided::Clock));
    }

    proptest! {
        /// Whenever somebody looks, each slot is decided once.
        #[test]
        fn every_slot_is_decided_once(mut looks in proptest::collection::vec(0_i64..14 * 1440, 1..12), all in any::<bool>()) {
            looks.sort_unstable();
            let schedule = every("*/45 * * * *");
            let policy = if all { Policy::FireAll } else { Policy::FireOnce };
            let mut seen = Vec::new();
            let mut cursor = at(1, 0);
            for minutes in looks {
                let now = at(1, 0) + TimeDelta::minutes(minutes);
                let decided = decide(&schedule, &misfire(policy), cursor, now).unwrap();
                seen.extend(decided.due.iter().chain(&decided.late).copied());
                seen.extend(decided.skipped.iter().map(|(slot, _)| *slot));
                if let Some((from, to, _)) = decided.untold {
                    seen.extend(schedule.slots(from, to, usize::MAX).unwrap());
                }
                cursor = now;
            }
            seen.sort_unstable();
            prop_assert_eq!(seen, schedule.slots(at(1, 0), cursor, usize::MAX).unwrap());
        }
    }
}
