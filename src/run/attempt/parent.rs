//! The parent's side of an attempt: starts the child, keeps the lease, ends the child when it must, and brings what it made into the store.

use std::{
    fs::{self, File},
    io,
    path::PathBuf,
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use crate::{
    declaration::Declaration,
    job::{Format, Job, Limits},
    run::{
        attempt::{
            child::Request,
            class::Class,
            ending::{failed_with, finish, refused, stopped},
            error::AttemptError,
            manifest::{self, Failure, Spent},
            process::{Process, told},
        },
        error::RunError,
        home::Home,
        logs::log_path,
        store::{
            Store, StoreAddress, StoreError,
            runs::{Beat, Claimed, Ending, Outcome},
            sha256,
        },
    },
};

/// A lease is given up so long before it runs out: time for the child to end.
const MARGIN: i64 = 10_000;

/// Where and by whom attempts are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The home.
    pub home: PathBuf,
    /// Its store.
    pub store: StoreAddress,
    /// Who holds the leases: another for every process.
    pub owner: String,
    /// The machine's name, for people.
    pub host: String,
    /// How long a lease lasts: milliseconds.
    pub lease: i64,
    /// Where files are written beside the archive.
    pub out: Option<PathBuf>,
}

/// What the one who runs attempts wants of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Go on.
    Work,
    /// Go on, and begin nothing new.
    Drain,
    /// End now; the run goes on elsewhere.
    Kill,
    /// End now; the run is cancelled.
    Cancel,
}

/// What became of an attempt.
#[derive(Debug)]
pub enum Performed {
    /// The run succeeded.
    Succeeded {
        /// Its files and where they were written, with their formats.
        files: Vec<(Format, PathBuf)>,
        /// What the operator should know.
        warnings: Vec<String>,
        /// The e-mails that were made, with who gets each.
        mails: Vec<(Vec<String>, Vec<u8>)>,
    },
    /// The attempt did not succeed.
    Failed {
        /// How it ended.
        outcome: Outcome,
        /// What it said.
        error: String,
        /// The code of its exit.
        exit_code: Option<i64>,
        /// Whether the run is tried again.
        again: bool,
    },
    /// The lease was lost: nothing was written.
    Fenced,
}

/// How a child came to its end.
enum Ended {
    Exit(std::process::ExitStatus),
    Stopped(Outcome, String),
    Fenced,
}

/// Makes an attempt of a run that was claimed.
///
/// # Errors
/// [`RunError`] when the store or the directory of the attempt cannot be had; the lease then runs out.
pub async fn perform(
    context: &Context,
    claimed: &Claimed,
    mut stop: watch::Receiver<Stop>,
) -> Result<Performed, RunError> {
    let mut store = Store::open(&context.store).await?;
    let source = store.job_definition(&claimed.job, &claimed.definition).await?.unwrap_or_default();
    let prepared = prepare(context, claimed, &source);
    let (limits, log, directory) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => return refused(&mut store, claimed, &error).await,
    };
    let request = Request {
        home: context.home.clone(),
        job: claimed.job.clone(),
        source,
        period: claimed.period.clone(),
        now: store.clock().await?,
        directory: directory.path().to_owned(),
        memory: limits.memory,
    };
    let failed = |cause: io::Error| RunError::from(AttemptError::Child { cause: cause.to_string() });
    let mut process = Process::start(&request, log).await.map_err(failed)?;
    let ended = watch_over(&mut process, &mut store, context, claimed, &limits, &mut stop).await;
    process.end().await;
    let Spent { max_rss_kb, cpu_ms } = process.seen();
    let log = fs::read(log_path(&context.home, claimed.id, claimed.attempt)).unwrap_or_default();
    let ending = Ending {
        outcome: Outcome::Succeeded,
        class: None,
        error: None,
        exit_code: None,
        exit_signal: None,
        max_rss_kb,
        cpu_ms,
        log: Some(sha256(&log)),
    };
    match ended.map_err(failed)? {
        Ended::Fenced => Ok(Performed::Fenced),
        Ended::Stopped(outcome, error) => {
            let ending = Ending { outcome, error: Some(error), ..ending };
            stopped(&mut store, context, claimed, &limits, ending).await
        }
        Ended::Exit(status) => {
            let (exit_code, exit_signal) = told(status);
            let ending = Ending { exit_code, exit_signal, ..ending };
            if status.success() {
                match manifest::read(directory.path()) {
                    Ok((work, Spent { max_rss_kb, cpu_ms })) => {
                        let ending = Ending { max_rss_kb, cpu_ms, ..ending };
                        return finish(&mut store, context, claimed, ending, &work).await;
                    }
                    Err(cause) => {
                        let failure = Failure { class: Class::Transient, error: cause.to_string() };
                        return failed_with(&mut store, context, claimed, &limits, ending, failure).await;
                    }
                }
            }
            let failure = manifest::read_failure(directory.path()).unwrap_or_else(|| died(exit_code, exit_signal));
            failed_with(&mut store, context, claimed, &limits, ending, failure).await
        }
    }
}

/// What is said of a child that left no word.
fn died(code: Option<i64>, signal: Option<i64>) -> Failure {
    let error = match (code, signal) {
        (_, Some(signal)) => format!("the process was ended by signal {signal}; too little memory is a common cause"),
        (Some(code), None) => format!("the process ended with code {code} and left no word"),
        (None, None) => "the process ended and left no word".to_owned(),
    };
    Failure { class: Class::Unknown, error }
}

/// The limits of the job, the log, and the directory of the attempt.
fn prepare(context: &Context, claimed: &Claimed, source: &str) -> Result<(Limits, File, tempfile::TempDir), RunError> {
    let home = Home::open(&context.home)?;
    let file = Declaration::new(&format!("jobs/{}.toml", claimed.job), source);
    let job: Job = home.job_of(&file, &claimed.job)?;
    let failed = |cause: io::Error| RunError::from(AttemptError::Child { cause: cause.to_string() });
    let log = log_path(&context.home, claimed.id, claimed.attempt);
    if let Some(parent) = log.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let log = File::create(log).map_err(failed)?;
    let staging = context.home.join("data").join("staging");
    fs::create_dir_all(&staging).map_err(failed)?;
    let directory = tempfile::Builder::new().prefix(&format!("{}-", claimed.id)).tempdir_in(staging).map_err(failed)?;
    Ok((job.runs.limits, log, directory))
}

/// Keeps the lease until the child has ended, or has to.
async fn watch_over(
    process: &mut Process,
    store: &mut Store,
    context: &Context,
    claimed: &Claimed,
    limits: &Limits,
    stop: &mut watch::Receiver<Stop>,
) -> io::Result<Ended> {
    let lease = Duration::from_millis(u64::try_from(context.lease).unwrap_or(0));
    let trusted = Duration::from_millis(u64::try_from(context.lease - MARGIN.min(context.lease / 3)).unwrap_or(0));
    let mut beats = interval(lease / 4);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let limit = Instant::now() + limits.timeout;
    // What the lease is counted from is the time before a heartbeat was sent, not after it was answered.
    let mut kept = Instant::now();
    loop {
        tokio::select! {
            biased;
            status = process.ended() => return status.map(Ended::Exit),
            changed = stop.changed() => {
                let wanted = *stop.borrow_and_update();
                match wanted {
                    // Who asked is gone: so is whoever could take the answer.
                    _ if changed.is_err() => return Ok(interrupted()),
                    Stop::Kill => return Ok(interrupted()),
                    Stop::Cancel => return Ok(Ended::Stopped(Outcome::Cancelled, "cancelled".to_owned())),
                    Stop::Work | Stop::Drain => {}
                }
            }
            () = sleep_until(limit) => {
                let error = format!("it took longer than {} seconds", limits.timeout.as_secs());
                return Ok(Ended::Stopped(Outcome::Timeout, error));
            }
            _ = beats.tick() => {
                process.look();
                let sent = Instant::now();
                match beat(store, context, claimed).await {
                    Ok(Beat::Kept) => kept = sent,
                    Ok(Beat::Cancel(by)) => {
                        return Ok(Ended::Stopped(Outcome::Cancelled, format!("cancelled by {by}")));
                    }
                    Ok(Beat::Fenced) => return Ok(Ended::Fenced),
                    Err(_) if kept.elapsed() >= trusted => return Ok(Ended::Fenced),
                    // The store may be back at the next one.
                    Err(_) => {}
                }
            }
        }
    }
}

fn interrupted() -> Ended {
    Ended::Stopped(Outcome::Interrupted, "the runner was stopped".to_owned())
}

/// One heartbeat; a connection that failed is made anew.
async fn beat(store: &mut Store, context: &Context, claimed: &Claimed) -> Result<Beat, StoreError> {
    match store.beat(claimed, context.lease).await {
        Err(error) if error.is_passing() => {
            *store = Store::open(&context.store).await?;
            store.beat(claimed, context.lease).await
        }
        beat => beat,
    }
}
