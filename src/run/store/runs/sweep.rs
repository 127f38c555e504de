//! What a runner finds to be put right: leases that ran out, runs whose time to begin is over, and who is at work.

use crate::run::store::{
    Store, StoreError,
    database::{Control, Row, values},
    runs::State,
    statements,
};

/// So many lost attempts are the end: a run that kills its runners is not tried for ever.
const MAX_LOSSES: i64 = 3;

/// What was put right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// Runs whose runner was lost; they are tried again.
    pub lost: Vec<i64>,
    /// Runs that were lost too often, or were to be cancelled.
    pub ended: Vec<i64>,
    /// Runs that did not begin in time.
    pub overdue: Vec<i64>,
}

impl Store {
    /// Takes runs back whose lease ran out, and skips those that did not begin in time.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing is written.
    pub async fn sweep(&mut self) -> Result<Swept, StoreError> {
        let now = self.clock().await?;
        let mut swept = Swept::default();
        let mut transaction = self.begin("when lost runs were looked for", Control::BeginRows).await?;
        // A lease that ends later than it could was given before the clock was set back: whoever holds it says so again, or is lost.
        transaction.execute(&statements::RUN_SHORTEN, values![now]).await?;
        for row in &transaction.query(&statements::RUN_EXPIRED, values![now]).await? {
            let (id, token, attempt, losses, cancelled) = expired(row).map_err(transaction.failed())?;
            let over = match cancelled {
                Some(by) => Some((State::Cancelled, format!("cancelled by {by}; its runner was lost"))),
                None if losses + 1 >= MAX_LOSSES => {
                    Some((State::Failed, format!("its runner was lost {MAX_LOSSES} times")))
                }
                None => None,
            };
            if let Some((state, reason)) = over {
                let values = values![id, token, state.name(), reason, now, 0_i64, None::<&str>];
                transaction.execute(&statements::RUN_END, values).await?;
                swept.ended.push(id);
            } else {
                let values = values![id, token, "its runner was lost", now, 0_i64, 1_i64];
                transaction.execute(&statements::RUN_AGAIN, values).await?;
                swept.lost.push(id);
            }
            let none = None::<&str>;
            let values =
                values![id, attempt, now, "lost", none, none, None::<i64>, None::<i64>, None::<i64>, None::<i64>, none];
            transaction.execute(&statements::RUN_END_ATTEMPT, values).await?;
        }
        let overdue = transaction.query(&statements::RUN_OVERDUE, values![now]).await?;
        swept.overdue = overdue.iter().map(|row| row.get(0)).collect::<Result<_, _>>().map_err(transaction.failed())?;
        transaction.commit().await?;
        Ok(swept)
    }

    /// Says that a runner is at work.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn runner_seen(
        &mut self,
        runner: (&str, &str, u32),
        version: &str,
        tzdb: &str,
    ) -> Result<(), StoreError> {
        let now = self.clock().await?;
        let (owner, host, pid) = runner;
        let values = values![owner, host, pid, version, tzdb, now];
        self.execute("when a runner reported", &statements::RUN_RUNNER, values).await.map(drop)
    }

    /// Says that a runner ended.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written.
    pub async fn runner_stopped(&mut self, owner: &str) -> Result<(), StoreError> {
        let now = self.clock().await?;
        self.execute("when a runner ended", &statements::RUN_RUNNER_STOPPED, values![owner, now]).await.map(drop)
    }
}

fn expired(row: &Row) -> Result<(i64, i64, i64, i64, Option<String>), sqlx::Error> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}
