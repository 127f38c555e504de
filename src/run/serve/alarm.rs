//! The alarm clock: tokio-cron-scheduler wakes the planner, and does nothing else. A wake that is late, lost or one too many is harmless, and when no wake
//! comes any more a new clock is wound up.

use std::time::Duration;

use tokio::{sync::mpsc::Sender, time::Instant};
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// The pulse: every quarter of a minute.
const PULSE: &str = "*/15 * * * * *";
/// So long without a pulse, and the clock has stopped.
const SILENCE: Duration = Duration::from_mins(1);

/// An alarm clock.
pub(super) struct Alarm {
    scheduler: JobScheduler,
    wake: Sender<()>,
    heard: Instant,
}

impl Alarm {
    /// Winds a clock up.
    pub(super) async fn start(wake: Sender<()>) -> Result<Self, JobSchedulerError> {
        let scheduler = wound(wake.clone()).await?;
        Ok(Self { scheduler, wake, heard: Instant::now() })
    }

    /// A pulse was heard.
    pub(super) fn heard(&mut self) {
        self.heard = Instant::now();
    }

    /// How long no pulse was heard.
    pub(super) fn silence(&self) -> Duration {
        self.heard.elapsed()
    }

    /// Winds up a new clock when the old one has stopped; gives whether it had.
    pub(super) async fn watch(&mut self) -> Result<bool, JobSchedulerError> {
        if self.silence() < SILENCE {
            return Ok(false);
        }
        let _stopped = self.scheduler.shutdown().await;
        self.scheduler = wound(self.wake.clone()).await?;
        self.heard = Instant::now();
        Ok(true)
    }

    /// Stops the clock.
    pub(super) async fn stop(mut self) {
        let _stopped = self.scheduler.shutdown().await;
    }
}

async fn wound(wake: Sender<()>) -> Result<JobScheduler, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let pulse = Job::new_async(PULSE, move |_, _| {
        let wake = wake.clone();
        // Who has not come to the last wake yet needs no other.
        Box::pin(async move {
            let _full = wake.try_send(());
        })
    })?;
    scheduler.add(pulse).await?;
    scheduler.start().await?;
    Ok(scheduler)
}
