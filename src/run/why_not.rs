//! Why a job did not run on a day: a plain answer, and the facts that it stands on.
//!
//! Invariants: nothing is written; what is told is what the files and the store say, in the order in which a run comes about: file, schedule, slot, plan, run.

use chrono::{Days, NaiveDate, NaiveTime, TimeZone};

use crate::{
    job::{Job, schedule::JobSchedule},
    run::{
        error::RunError,
        home::Home,
        operate::local,
        planner::instant,
        store::{
            Store,
            runs::{Cursor, EventRow, RunRow, RunnerRow, State},
        },
    },
    schedule::{NotCovered, Slot},
};

/// A runner that was not seen for so long is not at work: milliseconds.
pub const ALIVE: i64 = 60_000;
/// So many slots of a day are told.
const SLOTS: usize = 5;
/// So many events are looked through.
const EVENTS: i64 = 500;

/// Why a job did not run, or that it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhyNot {
    /// The answer.
    pub answer: String,
    /// What it stands on: about what, and what is so.
    pub facts: Vec<(&'static str, String)>,
}

/// What is known of a job and a day.
struct Known<'h> {
    home: &'h Home,
    id: &'h str,
    day: NaiveDate,
    /// The first instant of the day, and that of the next.
    span: (i64, i64),
    now: i64,
    job: Result<Job, RunError>,
    cursors: Vec<Cursor>,
    runs: Vec<RunRow>,
    events: Vec<EventRow>,
    runners: Vec<RunnerRow>,
}

/// Says why a job did not run on a day of the ledger's zone.
///
/// # Errors
/// [`RunError::UnknownName`] for a job that neither the home nor the store knows; that the store cannot be read.
pub async fn why_not(home: &Home, id: &str, day: NaiveDate) -> Result<WhyNot, RunError> {
    let mut store = Store::open(&home.settings.store).await?;
    let span = (beginning(home, day), beginning(home, day.checked_add_days(Days::new(1)).unwrap_or(day)));
    let now = store.clock().await?;
    let cursors: Vec<Cursor> = store.cursors().await?.into_iter().filter(|cursor| cursor.job == id).collect();
    let runs = store.runs_between(id, span.0, span.1).await?;
    let events = store.events(None, Some(id), EVENTS).await?;
    let runners = store.runners(0).await?;
    let strange = cursors.is_empty() && runs.is_empty() && events.is_empty();
    let job = match home.job(id) {
        Err(error @ RunError::UnknownName { .. }) if strange => return Err(error),
        job => job,
    };
    let known = Known { home, id, day, span, now, job, cursors, runs, events, runners };
    Ok(WhyNot { answer: known.answer(), facts: known.facts() })
}

/// The first instant of a day in the ledger's zone; clocks that are set forward at midnight begin it later.
pub fn beginning(home: &Home, day: NaiveDate) -> i64 {
    let midnight = day.and_time(NaiveTime::MIN);
    let zone = home.mapping.zone;
    let first = (0..=24).find_map(|quarters| {
        zone.from_local_datetime(&(midnight + chrono::Duration::minutes(quarters * 15))).earliest()
    });
    first.map_or_else(|| midnight.and_utc().timestamp_millis(), |first| first.timestamp_millis())
}

/// Whether a runner was seen a short while ago and did not say that it ended.
pub fn is_alive(runner: &RunnerRow, now: i64) -> bool {
    runner.stopped_at.is_none() && runner.seen_at >= now - ALIVE
}

impl Known<'_> {
    fn at(&self, milliseconds: i64) -> String {
        local(self.home, milliseconds).format("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn has_runner(&self) -> bool {
        self.runners.iter().any(|runner| is_alive(runner, self.now))
    }

    fn cursor(&self, schedule: &JobSchedule) -> Option<&Cursor> {
        self.cursors.iter().find(|cursor| cursor.schedule == schedule.schedule.id)
    }

    /// The slots of a schedule on the day.
    fn slots(&self, schedule: &JobSchedule) -> Result<Vec<Slot>, NotCovered> {
        // A slot at the very beginning of the day is one of the day.
        schedule.schedule.slots(instant(self.span.0 - 1), instant(self.span.1 - 1), usize::MAX)
    }

    fn answer(&self) -> String {
        if let Some(run) = self.runs.iter().find(|run| run.state == State::Succeeded).or(self.runs.first()) {
            return self.told(run);
        }
        let because = match &self.job {
            Err(RunError::UnknownName { .. }) => format!("there is no file `jobs/{}.toml` any more", self.id),
            Err(error) => format!("`jobs/{}.toml` is refused: {error}; `fenji check` shows every fault", self.id),
            Ok(job) if job.runs.schedules.is_empty() => {
                format!("`jobs/{0}.toml` has no schedule: it runs only by `fenji job run {0}`", self.id)
            }
            Ok(job) => match self.unplanned(job) {
                Ok(because) => because,
                Err(yet) => return yet,
            },
        };
        format!("nothing ran because {because}")
    }

    /// What became of a run.
    fn told(&self, run: &RunRow) -> String {
        let id = run.id;
        let reason = run.reason.as_deref().unwrap_or("no reason was kept");
        match run.state {
            State::Succeeded => {
                let at = run.finished_at.map_or_else(String::new, |at| format!(" at {}", self.at(at)));
                let flaky = if run.is_flaky() { format!(", after {} failures", run.failures) } else { String::new() };
                format!("it ran: run {id} of {} succeeded{at}{flaky}", run.period)
            }
            State::Running if run.lease_until.is_some_and(|until| until < self.now) => {
                format!("run {id} began, and its runner was lost: the next runner takes it up{}", self.without_runner())
            }
            State::Running => format!("run {id} of {} is at work", run.period),
            State::Failed => format!("run {id} failed: {reason}"),
            State::Cancelled => format!("run {id} was cancelled: {reason}"),
            State::Skipped => format!("nothing ran because run {id} was skipped: {reason}"),
            State::Pending => format!("nothing ran yet because {}", self.waits(run)),
        }
    }

    /// What a run waits for.
    fn waits(&self, run: &RunRow) -> String {
        let id = run.id;
        let reason = run.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
        if !self.has_runner() {
            return format!("run {id} waits and no runner is at work: start `fenji serve`{reason}");
        }
        if run.gated {
            let what = run.reason.as_deref().unwrap_or("its conditions were not looked at yet");
            return format!("run {id} {what}");
        }
        if run.available_at > self.now {
            return format!("run {id} begins at {}{reason}", self.at(run.available_at));
        }
        match self.runs.iter().find(|other| other.state == State::Running) {
            Some(other) => format!("run {id} waits until run {} is over", other.id),
            None => format!("run {id} waits for a runner that has room; other runs are at work{reason}"),
        }
    }

    fn without_runner(&self) -> &'static str {
        if self.has_runner() { "" } else { ", and no runner is at work: start `fenji serve`" }
    }

    /// Why there is no run at all; or that it is too early to ask.
    fn unplanned(&self, job: &Job) -> Result<String, String> {
        let mut due: Option<(&JobSchedule, Slot)> = None;
        for schedule in &job.runs.schedules {
            match self.slots(schedule) {
                Err(lacking) => return Ok(lacking.to_string()),
                Ok(slots) => due = due.or(slots.first().map(|slot| (schedule, *slot))),
            }
        }
        let Some((schedule, slot)) = due else {
            let next = job.runs.schedules.iter().filter_map(|schedule| self.next(schedule)).min();
            let next = next
                .map_or_else(|| "no later time is known".to_owned(), |at| format!("the next time is {}", self.at(at)));
            return Ok(format!("no schedule was due on {}; {next}", self.day));
        };
        let (at, name) = (slot.at.timestamp_millis(), &schedule.schedule.id);
        let Some(cursor) = self.cursor(schedule) else {
            return Ok(format!("no runner has seen schedule `{name}` yet{}", self.rereads()));
        };
        if let Some((since, by)) = cursor.paused.as_ref().filter(|_| cursor.planned_through < at) {
            return Ok(format!("{by} paused it on {}: `fenji job resume {}`", self.at(*since), self.id));
        }
        if at > self.now {
            return Err(format!("it is not time yet: its slot comes at {}{}", self.at(at), self.without_runner()));
        }
        if cursor.definition != schedule.hash {
            return Ok(format!("schedule `{name}` was edited and no runner has seen that yet{}", self.rereads()));
        }
        if cursor.planned_through < at {
            return Ok(match self.runners.iter().map(|runner| runner.seen_at).max() {
                _ if self.has_runner() => {
                    format!("the slot at {} is not decided: the log of `fenji serve` says why", self.at(at))
                }
                Some(seen) => format!("no runner is at work since {}: start `fenji serve`", self.at(seen)),
                None => "no runner was ever at work: start `fenji serve`".to_owned(),
            });
        }
        Ok(self.decided(name, at))
    }

    /// Why a slot that was decided has no run.
    fn decided(&self, schedule: &str, slot: i64) -> String {
        let about = |event: &&EventRow| {
            event.at >= slot
                && event.schedule.as_deref().is_none_or(|about| about == schedule)
                && matches!(event.kind.as_str(), "slots-skipped" | "schedule-edited" | "resumed")
        };
        // Events come latest first: what decided about the slot is the first one behind it.
        match self.events.iter().rev().find(about) {
            Some(event) => format!("of this, on {}: {}", self.at(event.at), event.detail),
            None => format!(
                "schedule `{schedule}` was first seen by a runner after its slot at {}: earlier slots are not done",
                self.at(slot)
            ),
        }
    }

    /// What to do so that a runner sees a file as it is now.
    fn rereads(&self) -> &'static str {
        if self.has_runner() {
            ": `fenji serve` reads the files anew when it gets the signal HUP"
        } else {
            ", and none is at work: start `fenji serve`"
        }
    }

    fn next(&self, schedule: &JobSchedule) -> Option<i64> {
        schedule.schedule.next(instant(self.now), 1).first().map(|slot| slot.at.timestamp_millis())
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        match &self.job {
            Err(RunError::Declaration(faults)) => {
                for fault in faults.list() {
                    let line = fault.line().map_or_else(String::new, |line| format!("line {line}: "));
                    facts.push(("file", format!("{line}{fault}")));
                }
            }
            Err(error) => facts.push(("file", error.to_string())),
            Ok(job) => {
                facts.push(("file", format!("jobs/{}.toml is sound", self.id)));
                facts.extend(job.runs.schedules.iter().map(|schedule| ("schedule", self.schedule(schedule))));
                facts.extend(job.runs.gates.iter().map(|gate| ("waits for", gate.condition.to_string())));
            }
        }
        facts.extend(self.runs.iter().map(|run| ("run", told(run))));
        let of_day = |event: &&EventRow| event.at >= self.span.0 && event.at < self.span.1;
        let events = self.events.iter().filter(of_day);
        facts.extend(events.map(|event| {
            ("event", format!("{} {} by {}: {}", self.at(event.at), event.kind, event.actor, event.detail))
        }));
        facts.push(("runner", self.runner()));
        facts
    }

    fn schedule(&self, schedule: &JobSchedule) -> String {
        let slots = match self.slots(schedule) {
            Err(lacking) => lacking.to_string(),
            Ok(slots) if slots.is_empty() => format!("not due on {}", self.day),
            Ok(slots) => {
                let mut times: Vec<String> =
                    slots.iter().take(SLOTS).map(|slot| self.at(slot.at.timestamp_millis())).collect();
                if slots.len() > SLOTS {
                    times.push(format!("{} more", slots.len() - SLOTS));
                }
                format!("due at {}", times.join(", "))
            }
        };
        let decided = self.cursor(schedule).map_or_else(
            || "never planned".to_owned(),
            |cursor| {
                let paused = cursor
                    .paused
                    .as_ref()
                    .map_or_else(String::new, |(since, by)| format!("; paused by {by} since {}", self.at(*since)));
                let edited = if cursor.definition == schedule.hash { "" } else { "; edited since" };
                format!("decided up to {}{paused}{edited}", self.at(cursor.planned_through))
            },
        );
        let next = self.next(schedule).map_or_else(String::new, |at| format!("; next at {}", self.at(at)));
        format!("`{}`: {slots}; {decided}{next}", schedule.schedule.id)
    }

    fn runner(&self) -> String {
        let alive: Vec<String> = self
            .runners
            .iter()
            .filter(|runner| is_alive(runner, self.now))
            .map(|runner| format!("{} (process {})", runner.host, runner.pid))
            .collect();
        match self.runners.iter().max_by_key(|runner| runner.seen_at) {
            _ if !alive.is_empty() => format!("at work: {}", alive.join(", ")),
            Some(last) => format!("none at work; the last was {} at {}", last.host, self.at(last.seen_at)),
            None => "none was ever at work".to_owned(),
        }
    }
}

/// A run in a line.
fn told(run: &RunRow) -> String {
    let reason = run.reason.as_deref().map_or_else(String::new, |reason| format!(": {reason}"));
    format!(
        "{} of {} ({}), {} after {} attempts{reason}",
        run.id,
        run.period,
        run.trigger.name(),
        run.state.name(),
        run.attempt
    )
}
