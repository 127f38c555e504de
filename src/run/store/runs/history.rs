//! What was and is: runs, attempts, artifacts, events, runners.

use crate::run::store::{
    Store, StoreError,
    database::{Row, values},
    runs::{State, Trigger},
    statements,
};

/// Which runs are listed.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Of one job.
    pub job: Option<String>,
    /// In one state.
    pub state: Option<State>,
    /// Added since: milliseconds.
    pub since: Option<i64>,
    /// At most so many, the latest.
    pub limit: i64,
}

/// A run as it stands. Instants are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the table `run`, described there")]
pub struct RunRow {
    pub id: i64,
    pub job: String,
    pub definition: String,
    pub trigger: Trigger,
    pub key: String,
    pub schedule: Option<String>,
    pub slot_wall: Option<String>,
    pub slot_at: Option<i64>,
    pub period: String,
    pub revision: i64,
    pub gated: bool,
    pub priority: i64,
    pub asked_by: Option<String>,
    pub state: State,
    pub reason: Option<String>,
    pub available_at: i64,
    pub start_deadline_at: Option<i64>,
    pub attempt: i64,
    pub failures: i64,
    pub losses: i64,
    pub max_failures: i64,
    pub lease_owner: Option<String>,
    pub lease_until: Option<i64>,
    pub cancel_requested_by: Option<String>,
    pub created_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
    pub summary: Option<String>,
}

impl RunRow {
    /// Whether it succeeded only after it had failed.
    pub fn is_flaky(&self) -> bool {
        self.state == State::Succeeded && self.failures > 0
    }
}

/// One try of a run. Instants are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the table `attempt`, described there")]
pub struct AttemptRow {
    pub number: i64,
    pub owner: String,
    pub host: String,
    pub pid: i64,
    pub started_at: i64,
    pub finished_at: Option<i64>,
    pub outcome: Option<String>,
    pub class: Option<String>,
    pub error: Option<String>,
    pub exit_code: Option<i64>,
    pub exit_signal: Option<i64>,
    pub max_rss_kb: Option<i64>,
    pub cpu_ms: Option<i64>,
    pub log: Option<String>,
}

/// A file that a run made. Instants are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the table `artifact`, described there")]
pub struct ArtifactRow {
    pub name: String,
    pub format: String,
    pub sha256: String,
    pub bytes: i64,
    pub created_at: i64,
    pub removed_at: Option<i64>,
}

/// Something that happened. Instants are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the table `run_event`, described there")]
pub struct EventRow {
    pub at: i64,
    pub kind: String,
    pub actor: String,
    pub run: Option<i64>,
    pub job: Option<String>,
    pub schedule: Option<String>,
    pub detail: String,
}

/// A runner that was seen. Instants are milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the table `runner`, described there")]
pub struct RunnerRow {
    pub owner: String,
    pub host: String,
    pub pid: i64,
    pub version: String,
    pub tzdb: String,
    pub started_at: i64,
    pub seen_at: i64,
    pub stopped_at: Option<i64>,
}

impl Store {
    /// Runs, the latest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn runs(&mut self, filter: &RunFilter) -> Result<Vec<RunRow>, StoreError> {
        const DOING: &str = "when runs were listed";
        let state = filter.state.map(State::name);
        let values = values![filter.job.as_deref(), state, filter.since, filter.limit];
        let rows = self.query(DOING, &statements::RUN_LIST, values).await?;
        rows.iter().map(run).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// A run.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn run(&mut self, id: i64) -> Result<Option<RunRow>, StoreError> {
        const DOING: &str = "when a run was read";
        let rows = self.query(DOING, &statements::RUN_ONE, values![id]).await?;
        rows.first().map(run).transpose().map_err(self.failed(DOING))
    }

    /// The runs of a job whose slot is in a span, or that were added in it without one; the latest first, at most 200.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn runs_between(&mut self, job: &str, from: i64, to: i64) -> Result<Vec<RunRow>, StoreError> {
        const DOING: &str = "when the runs of a day were read";
        let rows = self.query(DOING, &statements::RUN_OF_DAY, values![job, from, to]).await?;
        rows.iter().map(run).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// The attempts of a run, in order.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn attempts(&mut self, id: i64) -> Result<Vec<AttemptRow>, StoreError> {
        const DOING: &str = "when attempts were read";
        let rows = self.query(DOING, &statements::RUN_ATTEMPTS, values![id]).await?;
        rows.iter().map(attempt).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// What a run made.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn artifacts(&mut self, id: i64) -> Result<Vec<ArtifactRow>, StoreError> {
        const DOING: &str = "when artifacts were read";
        let rows = self.query(DOING, &statements::RUN_ARTIFACTS, values![id]).await?;
        rows.iter().map(artifact).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// What happened to a run or a job, the latest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn events(
        &mut self,
        run: Option<i64>,
        job: Option<&str>,
        limit: i64,
    ) -> Result<Vec<EventRow>, StoreError> {
        const DOING: &str = "when events were read";
        let rows = self.query(DOING, &statements::RUN_EVENTS, values![run, job, limit]).await?;
        rows.iter().map(event).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// The runners that were seen since an instant.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn runners(&mut self, since: i64) -> Result<Vec<RunnerRow>, StoreError> {
        const DOING: &str = "when runners were listed";
        let rows = self.query(DOING, &statements::RUN_RUNNERS, values![since]).await?;
        rows.iter().map(runner).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// How many runs are in each state.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn run_counts(&mut self) -> Result<Vec<(State, i64)>, StoreError> {
        const DOING: &str = "when runs were counted";
        let rows = self.query(DOING, &statements::RUN_COUNTS, values![]).await?;
        let count = |row: &Row| Ok((state(row, 0)?, row.get(1)?));
        rows.iter().map(count).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// When the next waiting run may begin: milliseconds.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn next_available(&mut self) -> Result<Option<i64>, StoreError> {
        const DOING: &str = "when the next run was looked up";
        let rows = self.query(DOING, &statements::RUN_NEXT_WAKE, values![]).await?;
        rows.first().map_or(Ok(None), |row| row.get(0)).map_err(self.failed(DOING))
    }
}

fn state(row: &Row, column: usize) -> Result<State, sqlx::Error> {
    State::named(&row.get::<String>(column)?).ok_or(sqlx::Error::RowNotFound)
}

fn run(row: &Row) -> Result<RunRow, sqlx::Error> {
    Ok(RunRow {
        id: row.get(0)?,
        job: row.get(1)?,
        definition: row.get(2)?,
        trigger: Trigger::named(&row.get::<String>(3)?).ok_or(sqlx::Error::RowNotFound)?,
        key: row.get(4)?,
        schedule: row.get(5)?,
        slot_wall: row.get(6)?,
        slot_at: row.get(7)?,
        period: row.get(8)?,
        revision: row.get(9)?,
        gated: row.get(10)?,
        priority: row.get(11)?,
        asked_by: row.get(12)?,
        state: state(row, 13)?,
        reason: row.get(14)?,
        available_at: row.get(15)?,
        start_deadline_at: row.get(16)?,
        attempt: row.get(17)?,
        failures: row.get(18)?,
        losses: row.get(19)?,
        max_failures: row.get(20)?,
        lease_owner: row.get(21)?,
        lease_until: row.get(22)?,
        cancel_requested_by: row.get(23)?,
        created_at: row.get(24)?,
        started_at: row.get(25)?,
        finished_at: row.get(26)?,
        summary: row.get(27)?,
    })
}

fn attempt(row: &Row) -> Result<AttemptRow, sqlx::Error> {
    Ok(AttemptRow {
        number: row.get(0)?,
        owner: row.get(1)?,
        host: row.get(2)?,
        pid: row.get(3)?,
        started_at: row.get(4)?,
        finished_at: row.get(5)?,
        outcome: row.get(6)?,
        class: row.get(7)?,
        error: row.get(8)?,
        exit_code: row.get(9)?,
        exit_signal: row.get(10)?,
        max_rss_kb: row.get(11)?,
        cpu_ms: row.get(12)?,
        log: row.get(13)?,
    })
}

fn artifact(row: &Row) -> Result<ArtifactRow, sqlx::Error> {
    Ok(ArtifactRow {
        name: row.get(0)?,
        format: row.get(1)?,
        sha256: row.get(2)?,
        bytes: row.get(3)?,
        created_at: row.get(4)?,
        removed_at: row.get(5)?,
    })
}

fn event(row: &Row) -> Result<EventRow, sqlx::Error> {
    Ok(EventRow {
        at: row.get(0)?,
        kind: row.get(1)?,
        actor: row.get(2)?,
        run: row.get(3)?,
        job: row.get(4)?,
        schedule: row.get(5)?,
        detail: row.get(6)?,
    })
}

fn runner(row: &Row) -> Result<RunnerRow, sqlx::Error> {
    Ok(RunnerRow {
        owner: row.get(0)?,
        host: row.get(1)?,
        pid: row.get(2)?,
        version: row.get(3)?,
        tzdb: row.get(4)?,
        started_at: row.get(5)?,
        seen_at: row.get(6)?,
        stopped_at: row.get(7)?,
    })
}
