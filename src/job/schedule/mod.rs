//! The schedules of a job, and what it says about its runs.

mod check;

use std::{fmt, sync::Arc, time::Duration};

use chrono_tz::Tz;
use serde::Deserialize;

pub(in crate::job) use crate::job::schedule::check::{RawGate, RawRetry, RawRuns, RawSchedule};
use crate::{
    job::Limits,
    ledger::question::Question,
    period::{Period, Unit, days_after},
    schedule::{Schedule, Slot, calendar::Calendar, misfire::Misfire},
};

/// What happens to a slot that comes while an earlier run of the same job is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overlap {
    /// Both are done at once.
    Allow,
    /// The new one is skipped.
    Skip,
    /// The new one waits, unless another waits already: then it is skipped.
    QueueOne,
    /// The new one waits.
    QueueAll,
    /// The new one waits, and the others are cancelled.
    Replace,
}

/// A schedule of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobSchedule {
    /// When it is due.
    pub schedule: Schedule,
    /// The fingerprint of what it means: another one starts anew.
    pub hash: String,
    /// The period that a slot is about: so many units before the one that holds its day.
    pub back: u32,
    /// What is done about missed slots.
    pub misfire: Misfire,
    /// A run that did not begin so long after its slot is skipped.
    pub start_deadline: Option<Duration>,
    /// Runs begin up to so much later, each slot always the same.
    pub jitter: Duration,
}

/// What must be so before a run begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// What it is.
    pub condition: Condition,
    /// How often it is looked at.
    pub every: Duration,
    /// How long it is waited for, from the slot.
    pub deadline: Duration,
    /// Whether the run fails when that is over, or is skipped.
    pub fails: bool,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A job must have done its period.
    Job {
        /// The job.
        id: String,
        /// The period of that job: so many of its units before the one that holds the last day of ours.
        back: u32,
    },
    /// The ledger must say yes.
    Ledger(Question),
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job { id, .. } => write!(f, "`{id}`"),
            Self::Ledger(_) => f.write_str("the ledger to say yes"),
        }
    }
}

/// Everything that a job file says about its runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Runs {
    /// When it is due.
    pub schedules: Vec<JobSchedule>,
    /// What must be so before.
    pub gates: Vec<Gate>,
    /// What happens when runs meet.
    pub overlap: Overlap,
    /// Higher is sooner.
    pub priority: i64,
    /// What an attempt may take.
    pub limits: Limits,
}

/// What schedules are checked against.
#[derive(Debug, Clone, Copy)]
pub struct Clocks<'c> {
    /// The ledger's zone.
    pub zone: Tz,
    /// The calendars of the home.
    pub calendars: &'c [Arc<Calendar>],
    /// The jobs of the home.
    pub jobs: &'c [String],
}

impl JobSchedule {
    /// The period that a slot is about.
    pub fn period_of(&self, unit: Unit, slot: &Slot) -> Period {
        back(Period::holding(unit, slot.wall.date()), self.back)
    }

    /// How much later than its slot a run begins: always the same for a slot.
    pub fn delay(&self, slot: &Slot) -> Duration {
        let most = u64::try_from(self.jitter.as_millis()).unwrap_or(u64::MAX);
        let seed = xxhash_rust::xxh3::xxh3_64(format!("{} {}", self.schedule.id, slot.key()).as_bytes());
        Duration::from_millis(seed.checked_rem(most).unwrap_or(0))
    }
}

/// The period that another job must have done, so many of its units before, for a run about a period.
pub fn upstream(unit: Unit, count: u32, ours: Period) -> Period {
    back(Period::holding(unit, days_after(ours.end(), -1)), count)
}

fn back(period: Period, count: u32) -> Period {
    (0..count).fold(period, |period, _| period.previous())
}
