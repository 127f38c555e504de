//! What `fenji serve` tells of itself: figures for Prometheus, and whether it is alive and ready. Nothing of customers is in it.
//!
//! Not here: HTTP (`web`).

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64},
    },
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Registry, Unit},
};
use tokio::time::Instant;

use crate::{run::store::runs::State, schedule::TZDB};

/// So long without a look at what is due, and it is not alive.
const SILENCE: Duration = Duration::from_mins(2);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfJob {
    job: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOutcome {
    job: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    state: &'static str,
}

type Gauges<L> = Family<L, Gauge<i64, AtomicI64>>;

/// The figures of a runner, and how it is.
#[derive(Debug)]
pub struct Figures {
    registry: Registry,
    runs: Gauges<OfState>,
    attempts: Family<OfOutcome, Counter<u64, AtomicU64>>,
    seconds: Family<OfJob, Histogram>,
    succeeded: Gauges<OfJob>,
    planned: Counter,
    skipped: Counter,
    lost: Counter,
    working: Gauge,
    refused: Gauge,
    undecided: Gauge,
    store: Gauge,
    next: Gauge,
    health: Mutex<Health>,
}

/// What the two questions about health are answered by.
#[derive(Debug, Clone, Copy)]
struct Health {
    looked: Instant,
    store: bool,
    stopping: bool,
}

impl Default for Figures {
    fn default() -> Self {
        let mut figures = Self {
            registry: Registry::with_prefix("fenji"),
            runs: Family::default(),
            attempts: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.5, 2.0, 14))),
            succeeded: Family::default(),
            planned: Counter::default(),
            skipped: Counter::default(),
            lost: Counter::default(),
            working: Gauge::default(),
            refused: Gauge::default(),
            undecided: Gauge::default(),
            store: Gauge::default(),
            next: Gauge::default(),
            health: Mutex::new(Health { looked: Instant::now(), store: true, stopping: false }),
        };
        figures.register();
        figures
    }
}

impl Figures {
    /// The figures in the text form of `OpenMetrics`.
    ///
    /// # Errors
    /// That a figure cannot be written.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    /// Whether what is due was looked at a short while ago, whatever came of it.
    pub fn is_alive(&self) -> bool {
        self.health().looked.elapsed() < SILENCE
    }

    /// Whether new work is begun.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn is_ready(&self) -> Result<(), &'static str> {
        match *self.health() {
            Health { stopping: true, .. } => Err("stopping"),
            Health { store: false, .. } => Err("the store does not answer"),
            Health { .. } => Ok(()),
        }
    }

    fn register(&mut self) {
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION")), ("tzdb", TZDB)]);
        let registry = &mut self.registry;
        registry.register("build", "The program and its edition of the time zones", build);
        registry.register("runs", "Runs in the store, of all runners, by state", self.runs.clone());
        registry.register("attempts", "Attempts of this runner that ended", self.attempts.clone());
        let help = "How long attempts of this runner took";
        registry.register_with_unit("attempt_duration", help, Unit::Seconds, self.seconds.clone());
        let help = "When a run of a job last succeeded at this runner, since 1970";
        registry.register_with_unit("last_success_timestamp", help, Unit::Seconds, self.succeeded.clone());
        registry.register("planned_runs", "Runs that this runner planned", self.planned.clone());
        registry.register("skipped_runs", "Runs that this runner planned as skipped", self.skipped.clone());
        registry.register("lost_attempts", "Attempts of lost runners that this runner put right", self.lost.clone());
        registry.register("working_attempts", "Attempts that this runner is at", self.working.clone());
        registry.register("refused_jobs", "Job files that are wrong and not planned", self.refused.clone());
        let help = "Schedules about which nothing can be decided";
        registry.register("undecided_schedules", help, self.undecided.clone());
        registry.register("store_up", "Whether the store answers: 1 or 0", self.store.clone());
        let help = "When the next slot of all comes, since 1970; 0 when none is known";
        registry.register_with_unit("next_slot_timestamp", help, Unit::Seconds, self.next.clone());
    }

    fn health(&self) -> std::sync::MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is due was looked at, and the store answered or not.
    pub(super) fn looked(&self, store: bool) {
        let mut health = self.health();
        (health.looked, health.store) = (Instant::now(), store);
        self.store.set(i64::from(store));
    }

    /// It was told to stop.
    pub(super) fn stopping(&self) {
        self.health().stopping = true;
    }

    /// Runs were planned, some of them as skipped; schedules could not be decided; the next slot comes then.
    pub(super) fn planned(&self, (added, skipped): (usize, usize), undecided: usize, next: Option<i64>) {
        self.planned.inc_by(u64::try_from(added + skipped).unwrap_or(0));
        self.skipped.inc_by(u64::try_from(skipped).unwrap_or(0));
        self.undecided.set(i64::try_from(undecided).unwrap_or(i64::MAX));
        self.next.set(next.unwrap_or(0));
    }

    /// So many runs are in each state.
    pub(super) fn runs(&self, counts: &[(State, i64)]) {
        for state in State::ALL {
            let count = counts.iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| *count);
            self.runs.get_or_create(&OfState { state: state.name() }).set(count);
        }
    }

    /// So many job files are wrong.
    pub(super) fn refused(&self, count: usize) {
        self.refused.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// So many attempts of lost runners were put right.
    pub(super) fn lost(&self, count: usize) {
        self.lost.inc_by(u64::try_from(count).unwrap_or(0));
    }

    /// So many attempts are being made.
    pub(super) fn working(&self, count: usize) {
        self.working.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// An attempt ended.
    pub(super) fn ended(&self, job: &str, outcome: &'static str, took: Duration, now: i64) {
        self.attempts.get_or_create(&OfOutcome { job: job.to_owned(), outcome }).inc();
        let job = OfJob { job: job.to_owned() };
        self.seconds.get_or_create(&job).observe(took.as_secs_f64());
        if outcome == "succeeded" {
            self.succeeded.get_or_create(&job).set(now);
        }
    }
}
