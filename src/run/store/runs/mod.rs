//! Runs in the store: planned once, claimed once, finished by whoever holds the lease. Every write is one transaction.
//!
//! Invariants: a slot has one row; a run is at one runner; a lease that ran out is fenced by its token, so that whoever held it writes nothing more.
//! Not here: which slots are due (`schedule`), what a run does (`run::attempt`).

mod history;
mod plan;
mod retention;
mod sweep;
mod work;

pub use history::{ArtifactRow, AttemptRow, EventRow, RunFilter, RunRow, RunnerRow};
pub use plan::{Cursor, Decision, NewRun, SlotOf, Standing};
pub use retention::Removable;
pub use sweep::Swept;
pub use work::{Beat, Claimed, Effects, Ending, Next, Outcome, Waiting};

/// Why a run is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Its slot came.
    Schedule,
    /// Its slot had passed when nobody was at work.
    CatchUp,
    /// Somebody asked for many periods.
    Backfill,
    /// Somebody asked for it.
    Manual,
    /// Somebody asked for another try of a run that had ended.
    Retry,
}

impl Trigger {
    const ALL: [Self; 5] = [Self::Schedule, Self::CatchUp, Self::Backfill, Self::Manual, Self::Retry];

    /// The word in the store and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::CatchUp => "catch-up",
            Self::Backfill => "backfill",
            Self::Manual => "manual",
            Self::Retry => "retry",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.name() == name)
    }
}

/// Where a run is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits.
    Pending,
    /// A runner is at it.
    Running,
    /// It is done.
    Succeeded,
    /// It was tried often enough, or trying again is no use.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// It was decided not to do it; the reason stands beside.
    Skipped,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled, Self::Skipped];

    /// The word in the store and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
        }
    }

    /// The state of a word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing more will happen to the run.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// Something that happened beside the states of runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewEvent {
    /// What kind of thing, such as `paused`.
    pub kind: &'static str,
    /// Who did it: a person, or a runner.
    pub actor: String,
    /// The run it is about.
    pub run: Option<i64>,
    /// The job it is about.
    pub job: Option<String>,
    /// The schedule it is about.
    pub schedule: Option<String>,
    /// What happened, in words.
    pub detail: String,
}
