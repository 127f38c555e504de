//! A run that somebody asks for, made at once: it stands in the history like any other.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::{
    deliver::smtp::{check_url, send_smtp},
    job::Overlap,
    period::Period,
    run::{
        attempt::{AttemptError, Context, Performed, Stop, host, owner, perform},
        error::RunError,
        home::Home,
        job::today,
        store::{
            Store,
            runs::{Claimed, NewRun, Standing, State, Trigger},
            sha256,
        },
    },
};

/// How long the lease of a run lasts that somebody waits for: milliseconds.
const LEASE: i64 = 60_000;

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The job.
    pub job: &'a str,
    /// The period.
    pub period: Period,
    /// Whether another result of a period is wanted that was done before.
    pub restate: bool,
    /// Who asks.
    pub by: &'a str,
    /// Where files go.
    pub out: PathBuf,
    /// The relay that sends the e-mail; without it the e-mail is a file only.
    pub smtp: Option<&'a str>,
    /// The time.
    pub now: DateTime<Utc>,
}

/// A run and what became of it.
#[derive(Debug)]
pub struct Done {
    /// Its number.
    pub run: i64,
    /// What became of its attempt.
    pub performed: Performed,
    /// How many recipients the e-mail was handed to the relay for.
    pub sent: usize,
}

/// Makes a run at once.
///
/// # Errors
/// [`RunError`] when it cannot begin, or the e-mail cannot be handed over; what went wrong in the attempt is told by [`Performed`].
pub async fn run_now(home: &Home, asked: &Asked<'_>, stop: watch::Receiver<Stop>) -> Result<Done, RunError> {
    let file = home.job_file(asked.job)?;
    home.job_of(&file, asked.job)?;
    let today = today(home, asked.now);
    if asked.period.last_day() >= today {
        let (period, end) = (asked.period.to_string(), asked.period.last_day());
        return Err(RunError::PeriodNotOver { period, end, today });
    }
    if let Some(url) = asked.smtp {
        check_url(url)?;
    }
    let context = Context {
        home: home.root.clone(),
        store: home.settings.store.clone(),
        owner: owner().map_err(|cause| RunError::from(AttemptError::Child { cause: cause.to_string() }))?,
        host: host(),
        lease: LEASE,
        out: Some(asked.out.clone()),
    };
    let mut store = Store::open(&context.store).await?;
    let definition = sha256(file.text().as_bytes());
    store.define_job(asked.job, &definition, file.text()).await?;
    let claimed = begin(&mut store, &context, asked, definition).await?;
    drop(store);
    let performed = perform(&context, &claimed, stop).await?;
    let mut sent = 0;
    if let (Some(url), Performed::Succeeded { mails, .. }) = (asked.smtp, &performed) {
        for (recipients, mail) in mails {
            send_smtp(url, &home.settings.mail_from.address, recipients, mail).await?;
            sent += recipients.len();
        }
    }
    Ok(Done { run: claimed.id, performed, sent })
}

/// Adds the run and claims it, before anybody else does.
async fn begin(
    store: &mut Store,
    context: &Context,
    asked: &Asked<'_>,
    definition: String,
) -> Result<Claimed, RunError> {
    let period = asked.period.to_string();
    let busy = |reason: String| RunError::from(AttemptError::Busy { job: asked.job.to_owned(), reason });
    let mut revision = 1;
    for (run, earlier, state) in store.runs_of_period(asked.job, &period).await? {
        match state {
            State::Succeeded if asked.restate => revision = revision.max(earlier + 1),
            State::Succeeded => {
                return Err(RunError::from(AttemptError::DoneBefore { job: asked.job.to_owned(), period, run }));
            }
            State::Pending | State::Running => {
                return Err(busy(format!("run {run} of the period is {}", state.name())));
            }
            State::Failed | State::Cancelled | State::Skipped => {}
        }
    }
    let now = store.clock().await?;
    let run = NewRun {
        job: asked.job.to_owned(),
        definition,
        trigger: Trigger::Manual,
        key: format!("m:{}", context.owner),
        slot: None,
        period,
        once: true,
        revision,
        overlap: Overlap::QueueAll,
        concurrency: asked.job.to_owned(),
        gated: false,
        priority: 0,
        // Whoever waits for it sees why it failed, and tries again.
        max_failures: 1,
        asked_by: Some(asked.by.to_owned()),
        available_at: now,
        start_deadline_at: None,
        skipped: None,
    };
    let id = match store.add_run(&run).await? {
        Standing::Added(id) | Standing::Known(id) => id,
        Standing::Skipped(_, reason) => return Err(busy(reason)),
    };
    let runner = (context.owner.as_str(), context.host.as_str(), std::process::id());
    if let Some(claimed) = store.claim(runner, context.lease, Some(id)).await? {
        return Ok(claimed);
    }
    store.cancel_run(id, asked.by).await?;
    Err(busy("another run of it is at work".to_owned()))
}
