//! Runs for many periods at once, asked for by a person: each period has its run, made by `fenji serve` behind everything that is due.
//!
//! Invariants: a period that another run is at, or has done, is left alone unless its result is to be made anew, and then the earlier one stays beside it.

use chrono::{DateTime, Utc};

use crate::{
    job::{Job, Overlap},
    period::Period,
    run::{
        error::RunError,
        home::Home,
        job::today,
        operate::OperateError,
        store::{
            Store,
            runs::{NewEvent, NewRun, Standing, State, Trigger},
            sha256,
        },
    },
};

/// Which periods are done again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reprocess {
    /// Those that were never tried.
    None,
    /// Those that failed too.
    Failed,
    /// All of them: a result that stands gets another beside it.
    Completed,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Backfill<'a> {
    /// The job.
    pub job: &'a str,
    /// The first period.
    pub from: Period,
    /// The last period.
    pub to: Period,
    /// Which of them are done again.
    pub reprocess: Reprocess,
    /// Whether the latest period is done first.
    pub newest_first: bool,
    /// Who asks.
    pub by: &'a str,
    /// Whether it is only said what would be added.
    pub dry_run: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

/// What becomes of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It would be added, giving a revision.
    Would(i64),
    /// A run was added, giving a revision.
    Added(i64, i64),
    /// It is left alone, for the reason.
    Left(String),
}

/// So many periods are filled at most.
const MOST: usize = 4000;
/// How far behind what is due its runs come.
const BEHIND: i64 = 200;

/// Adds a run for each period of a span that needs one. Gives what becomes of each, in the order in which they are done.
///
/// # Errors
/// [`RunError`] when the span makes no sense or reaches into the future; when the store fails: what was added by then stands.
pub async fn backfill(home: &Home, asked: &Backfill<'_>) -> Result<Vec<(Period, Fate)>, RunError> {
    let file = home.job_file(asked.job)?;
    let job = home.job_of(&file, asked.job)?;
    let periods = periods(home, &job, asked)?;
    let mut store = Store::open(&home.settings.store).await?;
    let now = store.clock().await?;
    let definition = sha256(file.text().as_bytes());
    if !asked.dry_run {
        store.define_job(&job.id, &definition, file.text()).await?;
    }
    let mut fates = Vec::with_capacity(periods.len());
    for (period, place) in periods.into_iter().zip(0_i64..) {
        let fate = match needed(&mut store, &job, period, asked.reprocess).await? {
            Err(why) => Fate::Left(why),
            Ok(revision) if asked.dry_run => Fate::Would(revision),
            Ok(revision) => {
                let run = NewRun {
                    key: format!("b:{now}:{period}"),
                    available_at: now + place,
                    revision,
                    ..run(&job, &definition, period, asked.by)
                };
                match store.add_run(&run).await? {
                    Standing::Added(id) | Standing::Known(id) => Fate::Added(id, revision),
                    Standing::Skipped(_, reason) => Fate::Left(reason),
                }
            }
        };
        fates.push((period, fate));
    }
    let added = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Added(..))).count();
    if added > 0 {
        let event = NewEvent {
            kind: "backfill",
            actor: asked.by.to_owned(),
            job: Some(job.id.clone()),
            detail: format!("{added} runs were added for {} to {}", asked.from, asked.to),
            ..NewEvent::default()
        };
        store.add_event(&event).await?;
    }
    Ok(fates)
}

/// The periods of the span, in the order in which they are done.
fn periods(home: &Home, job: &Job, asked: &Backfill<'_>) -> Result<Vec<Period>, RunError> {
    for period in [asked.from, asked.to] {
        if period.unit() != job.period {
            let (found, expected) = (period.to_string(), job.period.name());
            return Err(OperateError::OtherUnit { job: job.id.clone(), found, expected }.into());
        }
    }
    let today = today(home, asked.now);
    if asked.to.last_day() >= today {
        let (period, end) = (asked.to.to_string(), asked.to.last_day());
        return Err(RunError::PeriodNotOver { period, end, today });
    }
    if asked.from > asked.to {
        return Err(OperateError::Backwards { from: asked.from.to_string(), to: asked.to.to_string() }.into());
    }
    let mut periods = Vec::new();
    let mut period = asked.to;
    while period >= asked.from {
        if periods.len() == MOST {
            return Err(OperateError::TooManyPeriods { most: MOST }.into());
        }
        periods.push(period);
        period = period.previous();
    }
    if !asked.newest_first {
        periods.reverse();
    }
    Ok(periods)
}

/// Which revision of a period is to be made, or why none is.
async fn needed(
    store: &mut Store,
    job: &Job,
    period: Period,
    reprocess: Reprocess,
) -> Result<Result<i64, String>, RunError> {
    let runs = store.runs_of_period(&job.id, &period.to_string()).await?;
    if let Some((run, _, state)) = runs.iter().find(|(_, _, state)| !state.is_over()) {
        return Ok(Err(format!("run {run} of it is {}", state.name())));
    }
    // The latest revision comes first.
    if let Some((run, revision, _)) = runs.iter().find(|(_, _, state)| *state == State::Succeeded) {
        return Ok(match reprocess {
            Reprocess::Completed => Ok(revision + 1),
            Reprocess::None | Reprocess::Failed => Err(format!("run {run} did it")),
        });
    }
    Ok(match (runs.first(), reprocess) {
        (Some((run, _, _)), Reprocess::None) => Err(format!("run {run} of it failed")),
        _ => Ok(1),
    })
}

fn run(job: &Job, definition: &str, period: Period, by: &str) -> NewRun {
    let runs = &job.runs;
    NewRun {
        job: job.id.clone(),
        definition: definition.to_owned(),
        trigger: Trigger::Backfill,
        key: String::new(),
        slot: None,
        period: period.to_string(),
        once: true,
        revision: 1,
        // Whoever asks for it wants it done: it waits for others, and is not dropped because of them.
        overlap: if runs.overlap == Overlap::Allow { Overlap::Allow } else { Overlap::QueueAll },
        concurrency: job.id.clone(),
        gated: !runs.gates.is_empty(),
        priority: runs.priority - BEHIND,
        max_failures: i64::from(runs.limits.retry.max_failures),
        asked_by: Some(by.to_owned()),
        available_at: 0,
        start_deadline_at: None,
        skipped: None,
    }
}
