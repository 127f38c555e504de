//! What is logged of what came of something.

use tokio::task::JoinError;
use tracing::{error, info, warn};

use crate::run::{
    attempt::Performed,
    error::RunError,
    planner::Planned,
    store::runs::{Claimed, Swept},
};

/// What came of an attempt.
pub(super) fn attempt(claimed: &Claimed, performed: Result<Performed, RunError>) {
    let (run, job, period, attempt) = (claimed.id, &claimed.job, &claimed.period, claimed.attempt);
    match performed {
        Ok(Performed::Succeeded { files, warnings, .. }) => {
            for warning in &warnings {
                warn!(run, job, period, attempt, warning, "to be known");
            }
            info!(run, job, period, attempt, files = files.len(), "succeeded");
        }
        Ok(Performed::Failed { outcome, error, again, .. }) => {
            error!(run, job, period, attempt, outcome = outcome.name(), again, error, "did not succeed");
        }
        Ok(Performed::Fenced) => {
            warn!(run, job, period, attempt, "taken over by another runner: nothing was written");
        }
        Err(fault) => error!(run, job, period, attempt, fault = %fault, "could not be tried: its lease runs out"),
    }
}

/// What came of a look at runs that wait.
pub(super) fn gates(looked: Result<Result<usize, RunError>, JoinError>) {
    match looked {
        Ok(Ok(0)) => {}
        Ok(Ok(opened)) => info!(opened, "what runs waited for is there"),
        Ok(Err(fault)) => warn!(fault = %fault, "runs that wait could not be looked at: they are looked at again"),
        Err(fault) => error!(fault = %fault, "runs that wait could not be looked at"),
    }
}

/// What other runners left.
pub(super) fn swept(swept: &Swept) {
    for run in &swept.lost {
        warn!(run, "its runner was lost: it is tried again");
    }
    for run in &swept.ended {
        error!(run, "its runner was lost too often, or it was cancelled: it is over");
    }
    for run in &swept.overdue {
        warn!(run, "it did not begin by its deadline: it is skipped");
    }
}

/// What was planned.
pub(super) fn planned(planned: &Planned) {
    for run in &planned.added {
        info!(run, "planned");
    }
    for (run, reason) in &planned.skipped {
        warn!(run, reason, "skipped");
    }
    for (job, schedule, why) in &planned.undecided {
        error!(job, schedule, why, "its slots cannot be decided");
    }
}
