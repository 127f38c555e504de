//! Decides which slots are due and puts their runs into the store. What is decided depends on the store's cursors and clock alone: a planner that is woken
//! late, twice or beside another decides nothing twice.

use chrono::{DateTime, Utc};

use crate::{
    job::{
        Job,
        schedule::{JobSchedule, Runs},
    },
    period::Period,
    run::{
        error::RunError,
        home::Home,
        store::{
            Store,
            runs::{Cursor, Decision, NewEvent, NewRun, SlotOf, Standing, Trigger},
            sha256,
        },
    },
    schedule::{
        Slot, TZDB,
        misfire::{Undecided, decide},
    },
};

/// What was planned.
#[derive(Debug, Default)]
pub struct Planned {
    /// Runs that were added.
    pub added: Vec<i64>,
    /// Runs that were added as skipped, with the reason.
    pub skipped: Vec<(i64, String)>,
    /// Jobs whose file is wrong: they are not planned, the others are.
    pub faults: Vec<(String, RunError)>,
    /// Schedules about which nothing could be decided: job, schedule, why.
    pub undecided: Vec<(String, String, String)>,
    /// The next slot of all.
    pub next: Option<DateTime<Utc>>,
}

/// Jobs as their files say, read once and planned many times.
#[derive(Debug)]
pub struct Jobs {
    jobs: Vec<(Job, String, String)>,
    /// Jobs whose file is wrong.
    pub faults: Vec<(String, RunError)>,
}

impl Jobs {
    /// Reads every job of a home.
    pub fn read(home: &Home) -> Self {
        let mut jobs = Vec::new();
        let mut faults = Vec::new();
        for id in home.jobs() {
            let read = home.job_file(&id).and_then(|file| Ok((home.job_of(&file, &id)?, file)));
            match read {
                Ok((job, file)) => jobs.push((job, sha256(file.text().as_bytes()), file.text().to_owned())),
                Err(error) => faults.push((id, error)),
            }
        }
        Self { jobs, faults }
    }

    /// The jobs that can be planned.
    pub fn list(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().map(|(job, _, _)| job)
    }

    /// Decides about every slot that is due.
    ///
    /// # Errors
    /// [`RunError`] when the store cannot be used; what was decided by then stands.
    pub async fn plan(&self, store: &mut Store) -> Result<Planned, RunError> {
        let mut planned = Planned::default();
        let now = instant(store.clock().await?);
        let cursors = store.cursors().await?;
        for (job, definition, source) in &self.jobs {
            if job.runs.schedules.is_empty() {
                continue;
            }
            let mut defined = false;
            for schedule in &job.runs.schedules {
                let next = schedule.schedule.next(now, 1).first().map(|slot| slot.at);
                planned.next = [planned.next, next].into_iter().flatten().min();
                if !needs(&cursors, job, schedule, now) {
                    continue;
                }
                // A run must find what it was planned by.
                if !defined {
                    store.define_job(&job.id, definition, source).await?;
                    defined = true;
                }
                plan_one(store, job, definition, schedule, &mut planned).await?;
            }
        }
        Ok(planned)
    }
}

/// Whether a schedule is new or another, or something of it is due.
fn needs(cursors: &[Cursor], job: &Job, schedule: &JobSchedule, now: DateTime<Utc>) -> bool {
    let known = cursors.iter().find(|cursor| cursor.job == job.id && cursor.schedule == schedule.schedule.id);
    known.is_none_or(|cursor| {
        let through = instant(cursor.planned_through);
        let due = || schedule.schedule.slots(through, now, 1).map_or(true, |slots| !slots.is_empty());
        cursor.paused.is_none() && (cursor.definition != schedule.hash || due())
    })
}

async fn plan_one(
    store: &mut Store,
    job: &Job,
    definition: &str,
    schedule: &JobSchedule,
    planned: &mut Planned,
) -> Result<(), RunError> {
    let mut undecided = None;
    let decide = |cursor: &Cursor, now: i64| {
        let (decision, why) = decision(job, definition, schedule, cursor, now);
        undecided = why;
        decision
    };
    let standings = store.plan(&job.id, &schedule.schedule.id, &schedule.hash, TZDB, decide).await?;
    for standing in standings {
        match standing {
            Standing::Added(id) => planned.added.push(id),
            Standing::Skipped(id, reason) => planned.skipped.push((id, reason)),
            Standing::Known(_) => {}
        }
    }
    planned.undecided.extend(undecided.map(|why| (job.id.clone(), schedule.schedule.id.clone(), why)));
    Ok(())
}

/// What is decided about a schedule, or why nothing is.
fn decision(
    job: &Job,
    definition: &str,
    schedule: &JobSchedule,
    cursor: &Cursor,
    now: i64,
) -> (Decision, Option<String>) {
    // While it rests the cursor stays: whoever resumes it says what becomes of the time between.
    if cursor.paused.is_some() {
        return (Decision::default(), None);
    }
    let decided = match decide(&schedule.schedule, &schedule.misfire, instant(cursor.planned_through), instant(now)) {
        Ok(decided) => decided,
        Err(Undecided::NotCovered(lacking)) => return (Decision::default(), Some(lacking.to_string())),
        Err(Undecided::Clock) => {
            let why = "the clock is more than 400 days ahead of what was planned last: if that is right, pause and resume the job";
            return (Decision::default(), Some(why.to_owned()));
        }
    };
    let planner = Planner { job, definition, schedule, now };
    let mut decision = Decision { through: Some(now), ..Decision::default() };
    for (slot, why) in &decided.skipped {
        decision.runs.push(NewRun { skipped: Some((*why).to_owned()), ..planner.run(slot, Trigger::CatchUp, 0) });
    }
    for (place, slot) in decided.late.iter().enumerate() {
        decision.runs.push(planner.run(slot, Trigger::CatchUp, i64::try_from(place).unwrap_or(0)));
    }
    decision.runs.extend(decided.due.iter().map(|slot| planner.run(slot, Trigger::Schedule, 0)));
    if let Some((from, to, why)) = decided.untold {
        decision.events.push(NewEvent {
            kind: "slots-skipped",
            actor: "planner".to_owned(),
            job: Some(job.id.clone()),
            schedule: Some(schedule.schedule.id.clone()),
            detail: format!("slots after {} up to {}: {why}", from.to_rfc3339(), to.to_rfc3339()),
            ..NewEvent::default()
        });
    }
    (decision, None)
}

/// What runs of one planning have in common.
struct Planner<'p> {
    job: &'p Job,
    definition: &'p str,
    schedule: &'p JobSchedule,
    now: i64,
}

impl Planner<'_> {
    fn run(&self, slot: &Slot, trigger: Trigger, place: i64) -> NewRun {
        let Runs { gates, overlap, priority, limits, .. } = &self.job.runs;
        let period: Period = self.schedule.period_of(self.job.period, slot);
        let milliseconds = |length: std::time::Duration| i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        let at = slot.at.timestamp_millis() + milliseconds(self.schedule.delay(slot));
        let late = trigger == Trigger::CatchUp;
        NewRun {
            job: self.job.id.clone(),
            definition: self.definition.to_owned(),
            trigger,
            key: format!("s:{}:{}", self.schedule.schedule.id, slot.key()),
            slot: Some(SlotOf {
                schedule: self.schedule.schedule.id.clone(),
                wall: slot.key(),
                at: slot.at.timestamp_millis(),
            }),
            period: period.to_string(),
            once: true,
            revision: 1,
            overlap: *overlap,
            concurrency: self.job.id.clone(),
            gated: !gates.is_empty(),
            // What was missed does not hold up what is due, and is done in its order.
            priority: if late { priority - 100 } else { *priority },
            max_failures: i64::from(limits.retry.max_failures),
            asked_by: None,
            available_at: if late { self.now + place } else { at },
            // What was missed is late anyway: its deadline counts from now.
            start_deadline_at: self
                .schedule
                .start_deadline
                .map(|length| if late { self.now } else { at }.saturating_add(milliseconds(length))),
            skipped: None,
        }
    }
}

/// An instant of the store.
pub fn instant(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default()
}
