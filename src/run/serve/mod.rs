//! `fenji serve`: plans what is due, makes attempts, puts right what other runners left, until it is told to stop.
//!
//! Invariants: what is due and who does it is decided in the store; several of these on one store are one program. No fault of a job, of a file or of the
//! store ends it.

mod alarm;
mod figures;
mod signals;
mod told;

pub use figures::Figures;

use std::{path::PathBuf, sync::Arc, time::Duration};

use thiserror::Error;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use tracing::{error, info, warn};

use crate::{
    run::{
        attempt::{Context, Performed, Stop, host, owner, perform},
        error::RunError,
        gate,
        home::Home,
        planner::{Jobs, instant},
        retention::{Pruned, prune},
        serve::{
            alarm::Alarm,
            signals::{Signals, Told},
        },
        settings::Serving,
        store::{Store, StoreError, runs::Claimed},
    },
    schedule::TZDB,
};

/// The longest wait for a store that does not answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often old files are looked for, and how long after the beginning first.
const TIDYING: Duration = Duration::from_hours(6);
const FIRST_TIDYING: Duration = Duration::from_mins(5);
/// How often a runner says that it is at work.
const SEEN: Duration = Duration::from_secs(15);

/// Why it cannot be served.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The home, or its store at the beginning.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The system gives no signals, or no name.
    #[error("the system does not let fenji serve: {0}")]
    System(#[from] std::io::Error),
    /// The alarm clock.
    #[error("the alarm clock cannot be wound up: {0}")]
    Alarm(#[from] tokio_cron_scheduler::JobSchedulerError),
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> Self {
        Self::Run(error.into())
    }
}

/// When an attempt began, by the store's clock, and how long it took.
struct Span {
    began: i64,
    took: Duration,
}

/// An attempt that ended, with the run it was of.
type Ended = (Claimed, Result<Performed, RunError>, Span);

/// A runner at work.
struct Runner {
    root: PathBuf,
    home: Arc<Home>,
    jobs: Jobs,
    serving: Serving,
    context: Context,
    store: Option<Store>,
    /// When the store is tried again, and how long the wait after that is.
    again: Option<(Instant, Duration)>,
    attempts: JoinSet<Ended>,
    /// Somebody who looks at runs that wait for something; at most one.
    gates: JoinSet<Result<usize, RunError>>,
    stop: watch::Sender<Stop>,
    figures: Arc<Figures>,
    /// When old files are looked for next.
    tidy: Instant,
}

/// Serves a home until it is told to stop; `once` does everything that is due and stops then. How it is stands in the figures.
///
/// # Errors
/// [`ServeError`] when it cannot begin.
pub async fn serve(root: PathBuf, once: bool, figures: Arc<Figures>) -> Result<(), ServeError> {
    // Heard from the first moment on: what the system tells while the store is being opened is not lost.
    let mut signals = Signals::new()?;
    let mut runner = Runner::start(root, figures).await?;
    info!(owner = runner.context.owner, host = runner.context.host, tzdb = TZDB, store = %runner.context.store, "serving");
    let done = if once { runner.all_that_is_due(&mut signals).await } else { runner.until_stopped(&mut signals).await };
    if let Some(store) = &mut runner.store {
        let _unsaid = store.runner_stopped(&runner.context.owner).await;
    }
    info!("stopped");
    done
}

impl Runner {
    async fn start(root: PathBuf, figures: Arc<Figures>) -> Result<Self, ServeError> {
        let home = Home::open(&root)?;
        let jobs = Jobs::read(&home);
        let store = Store::open(&home.settings.store).await?;
        let context = Context {
            home: root.clone(),
            store: home.settings.store.clone(),
            owner: owner()?,
            host: host(),
            lease: i64::try_from(home.settings.serving.lease.as_millis()).unwrap_or(i64::MAX),
            out: None,
        };
        let mut runner = Self {
            serving: home.settings.serving,
            root,
            home: Arc::new(home),
            jobs,
            context,
            store: Some(store),
            again: None,
            attempts: JoinSet::new(),
            gates: JoinSet::new(),
            stop: watch::channel(Stop::Work).0,
            figures,
            tidy: Instant::now() + FIRST_TIDYING,
        };
        runner.tell_faults();
        runner.seen().await;
        Ok(runner)
    }

    fn tell_faults(&self) {
        self.figures.refused(self.jobs.faults.len());
        for (job, fault) in &self.jobs.faults {
            error!(job, fault = %fault, "the file of a job is wrong: it is not planned");
        }
    }

    /// Reads everything anew; what is wrong stays as it was.
    fn reload(&mut self) {
        match Home::open(&self.root) {
            Ok(home) => {
                self.serving = home.settings.serving;
                self.jobs = Jobs::read(&home);
                self.home = Arc::new(home);
                info!("declarations were read anew");
                self.tell_faults();
            }
            Err(fault) => error!(fault = %fault, "the declarations are wrong: they stay as they were"),
        }
    }

    async fn until_stopped(&mut self, signals: &mut Signals) -> Result<(), ServeError> {
        let (wake, mut woken) = mpsc::channel(4);
        let mut alarm = Alarm::start(wake).await?;
        let mut watchdog = interval(SEEN);
        watchdog.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next = self.tick().await;
        loop {
            tokio::select! {
                Some(()) = woken.recv() => alarm.heard(),
                () = sleep(next) => {}
                Some(ended) = self.attempts.join_next() => self.told(ended),
                Some(looked) = self.gates.join_next() => told::gates(looked),
                _ = watchdog.tick() => {
                    self.seen().await;
                    self.tidy();
                    if alarm.watch().await? {
                        error!("the alarm clock had stopped: a new one was wound up");
                    }
                    continue;
                }
                told = signals.next() => match told {
                    Told::Reload => self.reload(),
                    Told::Stop => break,
                },
            }
            next = self.tick().await;
        }
        alarm.stop().await;
        self.drain(signals).await;
        Ok(())
    }

    /// Lets attempts come to their end, and ends them when that takes too long or the signal comes again.
    async fn drain(&mut self, signals: &mut Signals) {
        self.figures.stopping();
        info!(attempts = self.attempts.len(), seconds = self.serving.drain.as_secs(), "stopping: nothing new begins");
        let _ended = self.stop.send(Stop::Drain);
        let limit = sleep(self.serving.drain);
        tokio::pin!(limit);
        while !self.attempts.is_empty() {
            tokio::select! {
                Some(ended) = self.attempts.join_next() => self.told(ended),
                () = &mut limit => break,
                () = signals.stop() => break,
            }
        }
        if !self.attempts.is_empty() {
            warn!(
                attempts = self.attempts.len(),
                "attempts are ended: their runs go on elsewhere, or when fenji serves again"
            );
            let _ended = self.stop.send(Stop::Kill);
            while let Some(ended) = self.attempts.join_next().await {
                self.told(ended);
            }
        }
    }

    async fn all_that_is_due(&mut self, signals: &mut Signals) -> Result<(), ServeError> {
        loop {
            self.tick().await;
            if self.attempts.is_empty() && self.gates.is_empty() {
                return Ok(());
            }
            tokio::select! {
                Some(ended) = self.attempts.join_next() => self.told(ended),
                Some(looked) = self.gates.join_next() => told::gates(looked),
                () = signals.stop() => {
                    self.drain(signals).await;
                    return Ok(());
                }
            }
        }
    }

    /// Puts right, plans, and begins what may begin. Gives how long nothing is to be done.
    async fn tick(&mut self) -> Duration {
        let longest = SEEN;
        if !self.reached().await {
            self.figures.looked(false);
            return self.again.map_or(longest, |(at, _)| at.saturating_duration_since(Instant::now()));
        }
        match self.work().await {
            Ok(wait) => {
                self.figures.looked(true);
                wait.min(longest)
            }
            Err(fault) => {
                self.figures.looked(false);
                warn!(fault = %fault, "the store cannot be used: it is tried again");
                self.store = None;
                self.again = Some((Instant::now(), Duration::from_secs(1)));
                Duration::from_secs(1)
            }
        }
    }

    /// Whether the store is there.
    async fn reached(&mut self) -> bool {
        if self.store.is_some() {
            return true;
        }
        let (at, wait) = self.again.unwrap_or((Instant::now(), Duration::from_secs(1)));
        if at > Instant::now() {
            return false;
        }
        if let Ok(store) = Store::open(&self.context.store).await {
            info!("the store answers again");
            (self.store, self.again) = (Some(store), None);
            return true;
        }
        self.again = Some((Instant::now() + wait, (wait * 2).min(PATIENCE)));
        false
    }

    async fn work(&mut self) -> Result<Duration, RunError> {
        let Some(store) = &mut self.store else { return Ok(SEEN) };
        let swept = store.sweep().await?;
        told::swept(&swept);
        self.figures.lost(swept.lost.len() + swept.ended.len());
        let planned = self.jobs.plan(store).await?;
        told::planned(&planned);
        let next = planned.next.map(|next| next.timestamp());
        self.figures.planned((planned.added.len(), planned.skipped.len()), planned.undecided.len(), next);
        if self.gates.is_empty() && !store.gated_runs().await?.is_empty() {
            let (home, address) = (Arc::clone(&self.home), self.context.store.clone());
            self.gates.spawn(async move { gate::look(&home, &mut Store::open(&address).await?).await });
        }
        let runner = (self.context.owner.as_str(), self.context.host.as_str(), std::process::id());
        let began = store.clock().await?;
        while self.attempts.len() < self.serving.workers {
            let Some(claimed) = store.claim(runner, self.context.lease, None).await? else { break };
            info!(run = claimed.id, job = claimed.job, period = claimed.period, attempt = claimed.attempt, "begins");
            let (context, stop) = (self.context.clone(), self.stop.subscribe());
            self.attempts.spawn(async move {
                let beginning = Instant::now();
                let performed = perform(&context, &claimed, stop).await;
                (claimed, performed, Span { began, took: beginning.elapsed() })
            });
        }
        self.figures.working(self.attempts.len());
        let now = instant(store.clock().await?);
        let available = store.next_available().await?.map(instant).filter(|at| *at > now);
        let next = [planned.next, available].into_iter().flatten().min();
        let wait = next.and_then(|next| (next - now).to_std().ok()).unwrap_or(SEEN);
        // A little behind the slot, so that it is due when it is looked for.
        Ok(wait + Duration::from_millis(5))
    }

    async fn seen(&mut self) {
        let runner = (self.context.owner.as_str(), self.context.host.as_str(), std::process::id());
        if let Some(store) = &mut self.store {
            // Whether the store answers is told by the next look at what is due.
            let _unsaid = store.runner_seen(runner, env!("CARGO_PKG_VERSION"), TZDB).await;
            if let Ok(counts) = store.run_counts().await {
                self.figures.runs(&counts);
            }
        }
    }

    /// Removes what need not be kept, now and then.
    fn tidy(&mut self) {
        if self.tidy > Instant::now() {
            return;
        }
        self.tidy = Instant::now() + TIDYING;
        let (home, owner) = (Arc::clone(&self.home), self.context.owner.clone());
        tokio::spawn(async move {
            match prune(&home, &owner, false).await {
                Ok(pruned) if pruned == Pruned::default() => {}
                Ok(pruned) => info!(
                    artifacts = pruned.artifacts,
                    files = pruned.files,
                    logs = pruned.logs,
                    leavings = pruned.leavings,
                    "what need not be kept was removed"
                ),
                Err(fault) => warn!(fault = %fault, "old files could not be removed: it is tried again"),
            }
        });
    }

    /// Tells what became of an attempt.
    fn told(&self, ended: Result<Ended, tokio::task::JoinError>) {
        let (claimed, performed, span) = match ended {
            Ok(ended) => ended,
            Err(fault) => return error!(fault = %fault, "an attempt was lost: its lease runs out"),
        };
        let outcome = match &performed {
            Ok(Performed::Succeeded { .. }) => "succeeded",
            Ok(Performed::Failed { outcome, .. }) => outcome.name(),
            Ok(Performed::Fenced) => "fenced",
            Err(_) => "lost",
        };
        let seconds = span.began / 1000 + i64::try_from(span.took.as_secs()).unwrap_or(0);
        self.figures.ended(&claimed.job, outcome, span.took, seconds);
        told::attempt(&claimed, performed);
    }
}
