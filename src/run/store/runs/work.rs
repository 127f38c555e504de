//! Claiming runs, keeping their leases, and ending them: always under the token of the lease.

use crate::{
    grading::review::Opening,
    run::store::{
        Store, StoreError, ToKeep, Transaction,
        database::{Control, Row, values},
        points::NewPlan,
        runs::{NewEvent, State, Trigger},
        statements,
    },
};

/// A run that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its number.
    pub id: i64,
    /// The job.
    pub job: String,
    /// Its definition.
    pub definition: String,
    /// Why it is there.
    pub trigger: Trigger,
    /// The period that it is about.
    pub period: String,
    /// Which result of the period it gives.
    pub revision: i64,
    /// The token of the lease.
    pub token: i64,
    /// Which attempt this is, from 1.
    pub attempt: i64,
    /// How many failed before.
    pub failures: i64,
    /// So many failures are the end.
    pub max_failures: i64,
    /// The instant of its slot.
    pub slot_at: Option<i64>,
}

/// What a heartbeat found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beat {
    /// The lease holds.
    Kept,
    /// Somebody asked to cancel the run.
    Cancel(String),
    /// The lease is somebody else's now: whoever held it writes nothing more.
    Fenced,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it should.
    Succeeded,
    /// It said why not.
    Failed,
    /// It took too long.
    Timeout,
    /// The runner was stopped.
    Interrupted,
    /// Somebody cancelled the run.
    Cancelled,
}

impl Outcome {
    /// The word in the store and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What is known of an attempt that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// How it ended.
    pub outcome: Outcome,
    /// The kind of error: `permanent`, `transient` or `unknown`.
    pub class: Option<&'static str>,
    /// The error in words.
    pub error: Option<String>,
    /// The code that the process gave.
    pub exit_code: Option<i64>,
    /// The signal that ended it.
    pub exit_signal: Option<i64>,
    /// The most memory that it held: KiB.
    pub max_rss_kb: Option<i64>,
    /// The processor time that it took: milliseconds.
    pub cpu_ms: Option<i64>,
    /// The sha256 of what it logged.
    pub log: Option<String>,
}

/// What follows for the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is over.
    Over(State, Option<String>),
    /// It is tried again, not before so many milliseconds from now; whether the attempt counts as a failure.
    Again {
        /// From now: milliseconds.
        after: i64,
        /// Why.
        reason: String,
        /// Whether it counts.
        counts: bool,
    },
}

/// What an attempt that succeeded leaves in the store: all of it, or nothing.
#[derive(Debug, Default)]
pub struct Effects<'e> {
    /// What was made: name, format, sha256, bytes.
    pub artifacts: Vec<(String, String, String, i64)>,
    /// Grades to be kept.
    pub grades: Vec<ToKeep>,
    /// The receivable risk list, with the fingerprint of the snapshot.
    pub risk_list: Option<(&'e crate::receivables::risk::change::List, &'e str)>,
    /// A points plan.
    pub plan: Option<NewPlan<'e>>,
    /// A review that is opened, unless somebody opened it meanwhile.
    pub opening: Option<&'e Opening>,
    /// The time of the run in the ledger's zone.
    pub local: chrono::NaiveDateTime,
    /// What is to be known of the run.
    pub summary: String,
}

/// A run that waits for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub id: i64,
    /// The job.
    pub job: String,
    /// Its definition.
    pub definition: String,
    /// The period that it is about.
    pub period: String,
    /// Since when it waits: the instant of its slot, or when it was added.
    pub since: i64,
}

impl Store {
    /// Claims the run that is next, or a certain one, for so many milliseconds; nothing when there is none that may begin.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is claimed.
    pub async fn claim(
        &mut self,
        runner: (&str, &str, u32),
        lease: i64,
        certain: Option<i64>,
    ) -> Result<Option<Claimed>, StoreError> {
        let (owner, host, pid) = runner;
        let now = self.clock().await?;
        let mut transaction = self.begin("when a run was claimed", Control::BeginRows).await?;
        let rows = transaction.query(&statements::RUN_CLAIM, values![owner, now, now + lease, certain]).await;
        let rows = match rows {
            // Two began to claim runs that must not meet: the other one was quicker.
            Err(StoreError::Database { cause, .. }) if is_duplicate(&cause) => {
                return transaction.abandon().await.map(|()| None);
            }
            rows => rows?,
        };
        let Some(row) = rows.first() else { return transaction.commit().await.map(|()| None) };
        let claimed = claimed(row).map_err(transaction.failed())?;
        let values = values![claimed.id, claimed.attempt, claimed.token, owner, host, pid, now];
        transaction.execute(&statements::RUN_ADD_ATTEMPT, values).await?;
        transaction.commit().await?;
        Ok(Some(claimed))
    }

    /// Keeps a lease for so many milliseconds more.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written: the lease runs on as it was.
    pub async fn beat(&mut self, claimed: &Claimed, lease: i64) -> Result<Beat, StoreError> {
        const DOING: &str = "when a lease was kept";
        let now = self.clock().await?;
        let values = values![claimed.id, claimed.token, now + lease];
        let rows = self.query(DOING, &statements::RUN_BEAT, values).await?;
        let Some(row) = rows.first() else { return Ok(Beat::Fenced) };
        let by: Option<String> = row.get(0).map_err(self.failed(DOING))?;
        Ok(by.map_or(Beat::Kept, Beat::Cancel))
    }

    /// Ends an attempt that succeeded, with everything it leaves; `false` when the lease was lost, and then nothing is written.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn succeed(
        &mut self,
        claimed: &Claimed,
        ending: &Ending,
        effects: &Effects<'_>,
    ) -> Result<bool, StoreError> {
        let now = self.clock().await?;
        let mut transaction = self.begin("when a run was finished", Control::Begin).await?;
        // First of all the row is locked under the token: who lost the lease stops here.
        let values =
            values![claimed.id, claimed.token, State::Succeeded.name(), None::<&str>, now, 0_i64, &effects.summary];
        if transaction.execute(&statements::RUN_END, values).await? != 1 {
            return transaction.abandon().await.map(|()| false);
        }
        for (name, format, sha256, bytes) in &effects.artifacts {
            let values = values![claimed.id, name, format, sha256, *bytes, now];
            transaction.execute(&statements::RUN_ADD_ARTIFACT, values).await?;
        }
        transaction.keep_sets(&effects.grades, effects.local).await?;
        if let Some((list, snapshot)) = effects.risk_list {
            transaction.keep_risk_list(list, snapshot, effects.local).await?;
        }
        if let Some(plan) = &effects.plan {
            let id = transaction.add_points_plan(plan).await?;
            let event = NewEvent {
                kind: "points-plan",
                actor: "run".to_owned(),
                run: Some(claimed.id),
                job: Some(claimed.job.clone()),
                detail: format!("points plan {id} waits for approval: `fenji points show {id}`"),
                ..NewEvent::default()
            };
            transaction.add_event(&event, now).await?;
        }
        if let Some(opening) = effects.opening {
            let (id, rows) = (&opening.head.id, opening.rows.len());
            let detail = if transaction.open_review(opening, effects.local).await? {
                format!("review {id} of {rows} subjects is open: `fenji review show {id}`")
            } else {
                format!("review {id} had been opened meanwhile: it stays as it is")
            };
            let event = NewEvent {
                kind: "review-opened",
                actor: "run".to_owned(),
                run: Some(claimed.id),
                job: Some(claimed.job.clone()),
                detail,
                ..NewEvent::default()
            };
            transaction.add_event(&event, now).await?;
        }
        transaction.end_attempt(claimed.id, claimed.attempt, ending, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Ends an attempt that did not succeed; `false` when the lease was lost, and then nothing is written.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn fail(&mut self, claimed: &Claimed, ending: &Ending, next: &Next) -> Result<bool, StoreError> {
        let now = self.clock().await?;
        let mut transaction = self.begin("when an attempt was ended", Control::BeginRows).await?;
        let written = match next {
            Next::Over(state, reason) => {
                let failed = i64::from(*state == State::Failed);
                let values =
                    values![claimed.id, claimed.token, state.name(), reason.as_deref(), now, failed, None::<&str>];
                transaction.execute(&statements::RUN_END, values).await?
            }
            Next::Again { after, reason, counts } => {
                let values = values![claimed.id, claimed.token, reason, now + after, *counts, 0_i64];
                transaction.execute(&statements::RUN_AGAIN, values).await?
            }
        };
        if written != 1 {
            return transaction.abandon().await.map(|()| false);
        }
        transaction.end_attempt(claimed.id, claimed.attempt, ending, now).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Cancels a run that waits, or asks whoever is at it to stop. Gives whether it was not over.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn cancel_run(&mut self, id: i64, by: &str) -> Result<bool, StoreError> {
        let now = self.clock().await?;
        let mut transaction = self.begin("when a run was cancelled", Control::BeginRows).await?;
        let values = values![id, format!("cancelled by {by}"), now, by];
        let mut written = transaction.execute(&statements::RUN_CANCEL_PENDING, values).await?;
        if written == 0 {
            written = transaction.execute(&statements::RUN_ASK_CANCEL, values![id, now, by]).await?;
        }
        transaction.commit().await?;
        Ok(written == 1)
    }

    /// The runs that wait for something and are due to be looked at.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn gated_runs(&mut self) -> Result<Vec<Waiting>, StoreError> {
        const DOING: &str = "when waiting runs were read";
        let now = self.clock().await?;
        let rows = self.query(DOING, &statements::RUN_GATED, values![now]).await?;
        let waiting = |row: &Row| {
            let slot: Option<i64> = row.get(5)?;
            let since = slot.map_or_else(|| row.get(4), Ok)?;
            Ok(Waiting { id: row.get(0)?, job: row.get(1)?, definition: row.get(2)?, period: row.get(3)?, since })
        };
        rows.iter().map(waiting).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// Lets a waiting run begin.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn open_gate(&mut self, id: i64) -> Result<bool, StoreError> {
        let opened = self.execute("when a run could begin", &statements::RUN_OPEN_GATE, values![id]).await?;
        Ok(opened == 1)
    }

    /// Lets a waiting run wait so many milliseconds more.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn keep_waiting(&mut self, id: i64, reason: &str, more: i64) -> Result<bool, StoreError> {
        let now = self.clock().await?;
        let values = values![id, reason, now + more];
        Ok(self.execute("when a run had to wait", &statements::RUN_WAIT, values).await? == 1)
    }

    /// Ends a run that waited in vain.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn give_up(&mut self, id: i64, state: State, reason: &str) -> Result<bool, StoreError> {
        let now = self.clock().await?;
        let values = values![id, state.name(), reason, now];
        Ok(self.execute("when a run had waited in vain", &statements::RUN_GIVE_UP, values).await? == 1)
    }
}

impl Transaction<'_> {
    pub(super) async fn end_attempt(
        &mut self,
        run: i64,
        attempt: i64,
        ending: &Ending,
        now: i64,
    ) -> Result<(), StoreError> {
        let values = values![
            run,
            attempt,
            now,
            ending.outcome.name(),
            ending.class,
            ending.error.as_deref(),
            ending.exit_code,
            ending.exit_signal,
            ending.max_rss_kb,
            ending.cpu_ms,
            ending.log.as_deref(),
        ];
        self.execute(&statements::RUN_END_ATTEMPT, values).await.map(drop)
    }
}

fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

fn claimed(row: &Row) -> Result<Claimed, sqlx::Error> {
    let trigger: String = row.get(3)?;
    Ok(Claimed {
        id: row.get(0)?,
        job: row.get(1)?,
        definition: row.get(2)?,
        trigger: Trigger::named(&trigger).ok_or(sqlx::Error::RowNotFound)?,
        period: row.get(4)?,
        revision: row.get(5)?,
        token: row.get(6)?,
        attempt: row.get(7)?,
        failures: row.get(8)?,
        max_failures: row.get(9)?,
        slot_at: row.get(10)?,
    })
}
