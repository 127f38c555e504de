//! What is to be done: definitions, cursors, new runs.

use crate::{
    job::Overlap,
    run::store::{
        Store, StoreError, Transaction,
        database::{Control, Row, values},
        one,
        runs::{NewEvent, State, Trigger},
        statements,
    },
};

/// How far a schedule is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The job.
    pub job: String,
    /// Its schedule.
    pub schedule: String,
    /// The schedule as it was when it was last decided.
    pub definition: String,
    /// Every slot up to here is decided: milliseconds.
    pub planned_through: i64,
    /// Since when it rests, and who said so.
    pub paused: Option<(i64, String)>,
    /// The edition of the time zones by which it was decided.
    pub tzdb: String,
}

/// The slot that a run is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotOf {
    /// The schedule.
    pub schedule: String,
    /// Its nominal time: the identity of the slot.
    pub wall: String,
    /// Its instant: milliseconds.
    pub at: i64,
}

/// A run to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// The job.
    pub job: String,
    /// Its definition, kept by [`Store::define_job`].
    pub definition: String,
    /// Why it is there.
    pub trigger: Trigger,
    /// What makes it the same as another: that is added once.
    pub key: String,
    /// The slot that it is for.
    pub slot: Option<SlotOf>,
    /// The period that it is about.
    pub period: String,
    /// Whether a period is done once in each revision.
    pub once: bool,
    /// Which result of the period it is to give, from 1.
    pub revision: i64,
    /// What happens when it meets another.
    pub overlap: Overlap,
    /// Those it must not meet; the job's own unless it says otherwise.
    pub concurrency: String,
    /// Whether something must be so before it begins.
    pub gated: bool,
    /// Higher is sooner.
    pub priority: i64,
    /// So many failures are the end.
    pub max_failures: i64,
    /// Who asked for it.
    pub asked_by: Option<String>,
    /// Not before: milliseconds.
    pub available_at: i64,
    /// Not after: milliseconds.
    pub start_deadline_at: Option<i64>,
    /// Why it is not to be done at all.
    pub skipped: Option<String>,
}

/// What became of a run that was to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It was added.
    Added(i64),
    /// It was added as skipped, for the reason.
    Skipped(i64, String),
    /// It stood there already.
    Known(i64),
}

/// What is decided about the slots of a schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// The runs.
    pub runs: Vec<NewRun>,
    /// What else is to be known.
    pub events: Vec<NewEvent>,
    /// Every slot up to here is decided now; nothing when the cursor stays.
    pub through: Option<i64>,
}

impl Store {
    /// Milliseconds since 1970 by the store's clock.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn clock(&mut self) -> Result<i64, StoreError> {
        let failed = self.failed("when it was asked for the time");
        self.settle("when it was asked for the time").await?;
        self.database.now().await.map_err(failed)
    }

    /// Keeps a job as it stands in its file.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn define_job(&mut self, job: &str, hash: &str, source: &str) -> Result<(), StoreError> {
        let now = self.clock().await?;
        let values = values![job, hash, source, now];
        self.execute("when a job was kept", &statements::RUN_DEFINE, values).await.map(drop)
    }

    /// A job as it stood in its file.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn job_definition(&mut self, job: &str, hash: &str) -> Result<Option<String>, StoreError> {
        const DOING: &str = "when a job was read";
        let rows = self.query(DOING, &statements::RUN_DEFINITION, values![job, hash]).await?;
        rows.first().map(|row| row.get(0)).transpose().map_err(self.failed(DOING))
    }

    /// How far every schedule is decided.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn cursors(&mut self) -> Result<Vec<Cursor>, StoreError> {
        const DOING: &str = "when schedules were read";
        let rows = self.query(DOING, &statements::RUN_CURSORS, values![]).await?;
        rows.iter().map(cursor).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// Decides about the slots of a schedule, alone: what `decide` says of the cursor and the time stands in the store as a whole or not at all.
    /// A schedule that was not known, or was another, starts now.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is decided.
    pub async fn plan(
        &mut self,
        job: &str,
        schedule: &str,
        definition: &str,
        tzdb: &str,
        decide: impl FnOnce(&Cursor, i64) -> Decision + Send,
    ) -> Result<Vec<Standing>, StoreError> {
        let now = self.clock().await?;
        let mut transaction = self.begin("when slots were planned", Control::BeginRows).await?;
        let add = values![job, schedule, definition, now, tzdb];
        if transaction.execute(&statements::RUN_ADD_CURSOR, add).await? == 1 {
            transaction.commit().await?;
            return Ok(Vec::new());
        }
        let rows = transaction.query(&statements::RUN_CURSOR, values![job, schedule]).await?;
        let at = one(&rows).and_then(cursor).map_err(transaction.failed())?;
        let decision = if at.definition == definition { decide(&at, now) } else { edited(&at, now) };
        let mut standings = Vec::with_capacity(decision.runs.len());
        for run in &decision.runs {
            standings.push(transaction.add_run(run, now).await?);
        }
        for event in &decision.events {
            transaction.add_event(event, now).await?;
        }
        if let Some(through) = decision.through {
            let values = values![job, schedule, through, definition, tzdb];
            transaction.execute(&statements::RUN_MOVE_CURSOR, values).await?;
        }
        transaction.commit().await?;
        Ok(standings)
    }

    /// Adds a run.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is added.
    pub async fn add_run(&mut self, run: &NewRun) -> Result<Standing, StoreError> {
        let now = self.clock().await?;
        let mut transaction = self.begin("when a run was added", Control::Begin).await?;
        let standing = transaction.add_run(run, now).await?;
        transaction.commit().await?;
        Ok(standing)
    }

    /// Lets the schedules of a job rest. Gives how many did not rest yet.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn pause_job(&mut self, job: &str, by: &str) -> Result<u64, StoreError> {
        let now = self.clock().await?;
        let mut transaction = self.begin("when a job was paused", Control::Begin).await?;
        let paused = transaction.execute(&statements::RUN_PAUSE, values![job, now, by]).await?;
        let detail = format!("{paused} schedules rest from now on");
        let event =
            NewEvent { kind: "paused", actor: by.to_owned(), job: Some(job.to_owned()), detail, ..NewEvent::default() };
        transaction.add_event(&event, now).await?;
        transaction.commit().await?;
        Ok(paused)
    }

    /// Lets the schedules of a job go on: from now, or from where they stopped. Gives how many rested.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn resume_job(&mut self, job: &str, by: &str, catch_up: bool) -> Result<u64, StoreError> {
        let now = self.clock().await?;
        let mut transaction = self.begin("when a job was resumed", Control::Begin).await?;
        let from = if catch_up { 0 } else { now };
        let resumed = transaction.execute(&statements::RUN_RESUME, values![job, from]).await?;
        let detail = if catch_up {
            format!("{resumed} schedules go on from where they stopped")
        } else {
            format!("{resumed} schedules go on from now; slots of the time between are not done")
        };
        let event = NewEvent {
            kind: "resumed",
            actor: by.to_owned(),
            job: Some(job.to_owned()),
            detail,
            ..NewEvent::default()
        };
        transaction.add_event(&event, now).await?;
        transaction.commit().await?;
        Ok(resumed)
    }

    /// Writes down what happened.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn add_event(&mut self, event: &NewEvent) -> Result<(), StoreError> {
        let now = self.clock().await?;
        let mut transaction = self.begin("when an event was written down", Control::BeginRows).await?;
        transaction.add_event(event, now).await?;
        transaction.commit().await
    }

    /// The results of a period that stand or are being made: run, revision and state, the latest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn runs_of_period(&mut self, job: &str, period: &str) -> Result<Vec<(i64, i64, State)>, StoreError> {
        const DOING: &str = "when the runs of a period were looked up";
        let rows = self.query(DOING, &statements::RUN_OF_PERIOD, values![job, period]).await?;
        let run = |row: &Row| {
            let state: String = row.get(2)?;
            Ok((row.get(0)?, row.get(1)?, State::named(&state).ok_or(sqlx::Error::RowNotFound)?))
        };
        rows.iter().map(run).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }
}

impl Transaction<'_> {
    /// Adds a run as its overlap allows. What stands there already stays.
    pub(super) async fn add_run(&mut self, run: &NewRun, now: i64) -> Result<Standing, StoreError> {
        let mut skipped = run.skipped.clone();
        if skipped.is_none() {
            skipped = self.met(run, now).await?;
        }
        if let Some(id) = self.insert(run, skipped.as_deref(), now).await? {
            return Ok(skipped.map_or(Standing::Added(id), |reason| Standing::Skipped(id, reason)));
        }
        let known = self.query(&statements::RUN_BY_KEY, values![&run.job, &run.key]).await?;
        if let Some(row) = known.first() {
            return Ok(Standing::Known(row.get(0).map_err(self.failed())?));
        }
        // Another run has the period: the slot still gets a row that says so.
        let reason = format!("another run does revision {} of period `{}`", run.revision, run.period);
        match self.insert(run, Some(&reason), now).await? {
            Some(id) => Ok(Standing::Skipped(id, reason)),
            None => Err((self.failed())(sqlx::Error::RowNotFound)),
        }
    }

    /// Why a run is skipped because of those that are not over, after what its overlap does to them.
    async fn met(&mut self, run: &NewRun, now: i64) -> Result<Option<String>, StoreError> {
        if matches!(run.overlap, Overlap::Allow | Overlap::QueueAll) {
            return Ok(None);
        }
        let active = self.query(&statements::RUN_ACTIVE, values![&run.concurrency]).await?;
        let active = active.iter().map(|row| Ok((row.get::<i64>(0)?, row.get::<String>(1)? == "pending")));
        let active: Vec<(i64, bool)> = active.collect::<Result<_, _>>().map_err(self.failed())?;
        match run.overlap {
            Overlap::Skip => Ok(active.first().map(|(id, _)| format!("run {id} was not over"))),
            Overlap::QueueOne => {
                let waits = active.iter().find(|(_, pending)| *pending);
                Ok(waits.map(|(id, _)| format!("run {id} waits already")))
            }
            Overlap::Replace | Overlap::Allow | Overlap::QueueAll => {
                for (id, pending) in active {
                    let by = format!("the slot {}", run.key);
                    if pending {
                        let values = values![id, "replaced by a later slot", now, by];
                        self.execute(&statements::RUN_CANCEL_PENDING, values).await?;
                    } else {
                        self.execute(&statements::RUN_ASK_CANCEL, values![id, now, by]).await?;
                    }
                }
                Ok(None)
            }
        }
    }

    async fn insert(&mut self, run: &NewRun, skipped: Option<&str>, now: i64) -> Result<Option<i64>, StoreError> {
        let slot = run.slot.as_ref();
        let state = if skipped.is_some() { State::Skipped } else { State::Pending };
        let values = values![
            &run.job,
            &run.definition,
            run.trigger.name(),
            &run.key,
            slot.map(|slot| &slot.schedule),
            slot.map(|slot| &slot.wall),
            slot.map(|slot| slot.at),
            &run.period,
            run.once.then_some(&run.period),
            run.revision,
            (run.overlap != Overlap::Allow).then_some(&run.concurrency),
            run.gated,
            run.priority,
            run.max_failures,
            run.asked_by.as_deref(),
            state.name(),
            skipped,
            run.available_at,
            run.start_deadline_at,
            now,
            skipped.map(|_| now),
        ];
        let rows = self.query(&statements::RUN_ADD, values).await?;
        rows.first().map(|row| row.get(0)).transpose().map_err(self.failed())
    }

    /// Writes down what happened.
    pub(super) async fn add_event(&mut self, event: &NewEvent, now: i64) -> Result<(), StoreError> {
        let values = values![
            now,
            event.kind,
            &event.actor,
            event.run,
            event.job.as_deref(),
            event.schedule.as_deref(),
            &event.detail
        ];
        self.execute(&statements::RUN_ADD_EVENT, values).await.map(drop)
    }
}

/// A schedule that is another than it was starts now.
fn edited(at: &Cursor, now: i64) -> Decision {
    let event = NewEvent {
        kind: "schedule-edited",
        actor: "planner".to_owned(),
        job: Some(at.job.clone()),
        schedule: Some(at.schedule.clone()),
        detail: "the schedule was edited: it starts now, and slots of the earlier one that had not been planned are not done".to_owned(),
        ..NewEvent::default()
    };
    Decision { runs: Vec::new(), events: vec![event], through: Some(now.max(at.planned_through)) }
}

fn cursor(row: &Row) -> Result<Cursor, sqlx::Error> {
    let (at, by): (Option<i64>, Option<String>) = (row.get(4)?, row.get(5)?);
    Ok(Cursor {
        job: row.get(0)?,
        schedule: row.get(1)?,
        definition: row.get(2)?,
        planned_through: row.get(3)?,
        paused: at.zip(by),
        tzdb: row.get(6)?,
    })
}
