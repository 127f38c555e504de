//! What an operator does with runs and jobs: another try, cancelling, resting; and reading what a run left.
//!
//! Invariants: history stays as it is, and another try is another run; who did something is a name that is not empty; bytes are verified before they are given.
//! Not here: making attempts (`run::attempt`), why nothing ran (`run::why_not`).

mod error;

use std::fs;

use chrono::DateTime;
use chrono_tz::Tz;

pub use error::OperateError;

use crate::{
    declaration::{Declaration, did_you_mean},
    job::Overlap,
    run::attempt::AttemptError,
    run::{
        archive::Archive,
        error::RunError,
        home::Home,
        logs::log_path,
        planner::instant,
        store::{
            Store,
            runs::{AttemptRow, Decision, NewEvent, NewRun, RunRow, Standing, State, Trigger},
            sha256,
        },
    },
    schedule::TZDB,
};

/// Who does something.
///
/// # Errors
/// [`OperateError::Nobody`] or [`OperateError::NotAName`].
pub fn person(by: Option<&str>) -> Result<&str, OperateError> {
    let by = by.map(str::trim).filter(|by| !by.is_empty()).ok_or(OperateError::Nobody)?;
    if by.chars().any(char::is_control) {
        return Err(OperateError::NotAName { name: by.escape_debug().to_string() });
    }
    Ok(by)
}

/// An instant of the store in the ledger's zone.
pub fn local(home: &Home, milliseconds: i64) -> DateTime<Tz> {
    instant(milliseconds).with_timezone(&home.mapping.zone)
}

/// A run.
///
/// # Errors
/// [`OperateError::NoSuchRun`], or that the store cannot be read.
pub async fn find(store: &mut Store, run: i64) -> Result<RunRow, RunError> {
    Ok(store.run(run).await?.ok_or(OperateError::NoSuchRun { run })?)
}

/// A run that was tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retried {
    /// The earlier run.
    pub of: RunRow,
    /// The new one.
    pub run: i64,
    /// Which result of the period it is to give.
    pub revision: i64,
    /// Whether the job's file is another now: the new run is made by the earlier one.
    pub edited: bool,
}

/// Has a run that is over tried again, as it was planned: the same period, and the job as it stood then.
///
/// # Errors
/// [`RunError`] when it is not over, when its period is done and no other result is wanted, or when another run does it.
pub async fn retry(home: &Home, id: i64, by: &str, restate: bool) -> Result<Retried, RunError> {
    let mut store = Store::open(&home.settings.store).await?;
    let old = find(&mut store, id).await?;
    if !old.state.is_over() {
        return Err(OperateError::NotOver { run: id, state: old.state.name() }.into());
    }
    let revision = revision(&mut store, &old, restate).await?;
    let mut run = another(home, &mut store, &old, by).await?;
    run.revision = revision;
    let new = add(&mut store, &mut run, id).await?;
    let detail = format!("tried again as run {new}");
    let event = NewEvent {
        kind: "retried",
        actor: by.to_owned(),
        run: Some(id),
        job: Some(old.job.clone()),
        detail,
        ..NewEvent::default()
    };
    store.add_event(&event).await?;
    let edited = home.job_file(&old.job).map_or(true, |file| sha256(file.text().as_bytes()) != old.definition);
    Ok(Retried { of: old, run: new, revision, edited })
}

/// Which result of its period another try of a run gives.
async fn revision(store: &mut Store, old: &RunRow, restate: bool) -> Result<i64, RunError> {
    let mut revision = old.revision;
    for (run, earlier, state) in store.runs_of_period(&old.job, &old.period).await? {
        match state {
            State::Pending | State::Running => {
                let reason = format!("run {run} of the period is {}", state.name());
                return Err(RunError::from(AttemptError::Busy { job: old.job.clone(), reason }));
            }
            State::Succeeded if restate => revision = revision.max(earlier + 1),
            State::Succeeded if run == old.id => return Err(OperateError::Succeeded { run }.into()),
            State::Succeeded if earlier >= old.revision => {
                return Err(RunError::from(AttemptError::DoneBefore {
                    job: old.job.clone(),
                    period: old.period.clone(),
                    run,
                }));
            }
            State::Succeeded | State::Failed | State::Cancelled | State::Skipped => {}
        }
    }
    Ok(revision)
}

/// A run like another, for a person: it has no slot, so that no deadline has passed for it.
async fn another(home: &Home, store: &mut Store, old: &RunRow, by: &str) -> Result<NewRun, RunError> {
    let Some(source) = store.job_definition(&old.job, &old.definition).await? else {
        let (job, period) = (old.job.clone(), old.period.clone());
        return Err(OperateError::NoDefinition { run: old.id, job, period }.into());
    };
    let file = Declaration::new(&format!("jobs/{}.toml", old.job), &source);
    let runs = home.job_of(&file, &old.job)?.runs;
    Ok(NewRun {
        job: old.job.clone(),
        definition: old.definition.clone(),
        trigger: Trigger::Retry,
        key: String::new(),
        slot: None,
        period: old.period.clone(),
        once: true,
        revision: old.revision,
        // Who asks for it wants it done: it waits for others, and is not dropped because of them.
        overlap: if runs.overlap == Overlap::Allow { Overlap::Allow } else { Overlap::QueueAll },
        concurrency: old.job.clone(),
        gated: !runs.gates.is_empty(),
        priority: runs.priority,
        max_failures: i64::from(runs.limits.retry.max_failures),
        asked_by: Some(by.to_owned()),
        available_at: store.clock().await?,
        start_deadline_at: None,
        skipped: None,
    })
}

/// Adds another try of a run under the first key that is free; two who ask at once get one.
async fn add(store: &mut Store, run: &mut NewRun, of: i64) -> Result<i64, RunError> {
    let mut number = 1_u32;
    loop {
        run.key = format!("r:{of}:{number}");
        let busy = |reason| RunError::from(AttemptError::Busy { job: run.job.clone(), reason });
        match store.add_run(run).await? {
            Standing::Added(id) => return Ok(id),
            Standing::Skipped(_, reason) => return Err(busy(reason)),
            Standing::Known(id) => {
                let state = find(store, id).await?.state;
                if !state.is_over() {
                    return Err(busy(format!("run {id}, another try of run {of}, is {}", state.name())));
                }
            }
        }
        number += 1;
    }
}

/// What cancelling a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// It waited, and is over now.
    Over,
    /// Its runner was asked to stop it; whether the runner was lost.
    Asked(bool),
    /// Somebody had asked before.
    AskedBefore(String),
}

/// Cancels a run.
///
/// # Errors
/// [`OperateError::NoSuchRun`] or [`OperateError::Over`]; that the store cannot be used.
pub async fn cancel(home: &Home, run: i64, by: &str) -> Result<Cancelled, RunError> {
    let mut store = Store::open(&home.settings.store).await?;
    find(&mut store, run).await?;
    let changed = store.cancel_run(run, by).await?;
    let now = store.clock().await?;
    let after = find(&mut store, run).await?;
    match (after.state, changed) {
        (State::Cancelled, true) => Ok(Cancelled::Over),
        (State::Running, false) => Ok(Cancelled::AskedBefore(after.cancel_requested_by.unwrap_or_default())),
        // It may have ended since: whoever asked was heard all the same.
        (_, true) => Ok(Cancelled::Asked(after.lease_until.is_some_and(|until| until < now))),
        (state, false) => Err(OperateError::Over { run, state: state.name() }.into()),
    }
}

/// Lets the schedules of a job rest, also those that no runner has seen yet. Gives how many did not rest before.
///
/// # Errors
/// [`OperateError::NoSchedule`]; that the job's file is wrong, or the store cannot be used.
pub async fn pause(home: &Home, id: &str, by: &str) -> Result<u64, RunError> {
    let mut store = Store::open(&home.settings.store).await?;
    let known = store.cursors().await?;
    let is_known = |schedule: &str| known.iter().any(|cursor| cursor.job == id && cursor.schedule == schedule);
    match home.job(id) {
        Ok(job) => {
            for schedule in job.runs.schedules.iter().filter(|schedule| !is_known(&schedule.schedule.id)) {
                // A schedule starts when it is first seen: then it has a cursor that can rest.
                store.plan(id, &schedule.schedule.id, &schedule.hash, TZDB, |_, _| Decision::default()).await?;
            }
            if job.runs.schedules.is_empty() && !known.iter().any(|cursor| cursor.job == id) {
                return Err(OperateError::NoSchedule { job: id.to_owned() }.into());
            }
        }
        // A job whose file is wrong or gone can rest as far as it is known.
        Err(error) if !known.iter().any(|cursor| cursor.job == id) => return Err(error),
        Err(_) => {}
    }
    Ok(store.pause_job(id, by).await?)
}

/// Lets the schedules of a job go on. Gives how many rested.
///
/// # Errors
/// That nobody knows the job, or the store cannot be used.
pub async fn resume(home: &Home, id: &str, by: &str, catch_up: bool) -> Result<u64, RunError> {
    let mut store = Store::open(&home.settings.store).await?;
    let known = store.cursors().await?;
    let mut ours = known.iter().filter(|cursor| cursor.job == id).peekable();
    if ours.peek().is_none() {
        home.job_file(id)?;
    }
    if ours.all(|cursor| cursor.paused.is_none()) {
        return Ok(0);
    }
    Ok(store.resume_job(id, by, catch_up).await?)
}

/// The log of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// What stands in it.
    pub bytes: Vec<u8>,
    /// The attempt.
    pub attempt: AttemptRow,
    /// What its sha256 is; it may be another than was kept.
    pub found: String,
}

impl Log {
    /// Whether the log is what was kept, or nothing was kept of it.
    ///
    /// # Errors
    /// [`OperateError::LogChanged`].
    pub fn verify(&self, run: i64) -> Result<(), OperateError> {
        match &self.attempt.log {
            Some(kept) if *kept != self.found => {
                let (kept, found) = (kept.clone(), self.found.clone());
                Err(OperateError::LogChanged { run, attempt: self.attempt.number, kept, found })
            }
            _ => Ok(()),
        }
    }
}

/// The log of an attempt, the last one unless it is named.
///
/// # Errors
/// [`OperateError`] when there is no such run, attempt or file; that the store cannot be read.
pub async fn log(home: &Home, id: i64, attempt: Option<i64>) -> Result<Log, RunError> {
    let mut store = Store::open(&home.settings.store).await?;
    let run = find(&mut store, id).await?;
    let number = attempt.unwrap_or(run.attempt.max(1));
    let attempts = store.attempts(id).await?;
    let made = attempts.last().map_or(0, |attempt| attempt.number);
    let attempt = attempts.into_iter().find(|attempt| attempt.number == number);
    let attempt = attempt.ok_or(OperateError::NoSuchAttempt { run: id, attempt: number, made })?;
    let path = log_path(&home.root, id, number);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(cause) => {
            let host = attempt.host.clone();
            return Err(OperateError::NoLog { run: id, attempt: number, path, cause, host }.into());
        }
    };
    let found = sha256(&bytes);
    Ok(Log { bytes, attempt, found })
}

/// The bytes of something that a run made, verified.
///
/// # Errors
/// [`OperateError`] when there is no such run or thing; [`crate::run::archive::ArchiveError`] when it is lost or damaged.
pub async fn artifact(home: &Home, id: i64, name: &str) -> Result<Vec<u8>, RunError> {
    let mut store = Store::open(&home.settings.store).await?;
    find(&mut store, id).await?;
    let made = store.artifacts(id).await?;
    let Some(artifact) = made.iter().find(|artifact| artifact.name == name) else {
        let help = did_you_mean(name, made.iter().map(|artifact| artifact.name.as_str()));
        return Err(OperateError::NoSuchArtifact { run: id, name: name.to_owned(), help }.into());
    };
    if let Some(at) = artifact.removed_at {
        let at = local(home, at).format("%Y-%m-%d").to_string();
        return Err(OperateError::Removed { run: id, name: name.to_owned(), at }.into());
    }
    Ok(Archive::new(&home.root).get(&artifact.sha256)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_does_something_has_a_name_of_one_line() {
        assert_eq!(person(Some(" 李雷 ")).unwrap(), "李雷");
        for nobody in [None, Some(""), Some(" \t ")] {
            assert!(matches!(person(nobody), Err(OperateError::Nobody)), "{nobody:?}");
        }
        let error = person(Some("Eve\r\nBcc: x")).unwrap_err();
        assert_eq!(error.to_string(), "`Eve\\r\\nBcc: x` is not a name: it has control characters");
    }
}
