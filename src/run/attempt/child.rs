//! The child's side: reads what is asked from its standard input, works it out, writes it into its directory. It ends when its parent does.

use std::{
    io::{BufRead, Read},
    path::PathBuf,
    process::exit,
    thread,
};

use chrono::DateTime;
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::{
    declaration::Declaration,
    period::Period,
    run::{
        attempt::{error::AttemptError, manifest, process::spent},
        error::RunError,
        home::Home,
        job::{Order, work as work_out},
        store::Store,
    },
};

/// The exit code of a child whose parent is gone.
const ORPHAN: i32 = 113;

/// What a child is asked to do: one line of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The home.
    pub home: PathBuf,
    /// The job.
    pub job: String,
    /// Its file, as it stood when the run was planned.
    pub source: String,
    /// The period.
    pub period: String,
    /// The time: milliseconds since 1970.
    pub now: i64,
    /// The directory that it writes into.
    pub directory: PathBuf,
    /// The most memory that it may take: bytes.
    pub memory: Option<u64>,
}

impl Request {
    /// Reads what is asked, and sees to it that this process ends with its parent: the input stays open as long as that lives.
    ///
    /// # Errors
    /// That there is no request.
    pub fn read() -> std::io::Result<Self> {
        let mut line = String::new();
        let mut input = std::io::stdin().lock();
        input.read_line(&mut line)?;
        drop(input);
        thread::Builder::new().name("lifeline".to_owned()).spawn(wait_for_the_end)?;
        Ok(serde_json::from_str(&line)?)
    }
}

#[expect(clippy::exit, reason = "nobody is left who could use what this process makes")]
fn wait_for_the_end() {
    let mut byte = [0];
    // Nothing more is ever sent: the end of the input is the end of the parent.
    while matches!(std::io::stdin().lock().read(&mut byte), Ok(1..)) {}
    exit(ORPHAN);
}

/// Works a request out and writes everything into its directory.
///
/// # Errors
/// [`RunError`]; the directory says why, too.
pub async fn work(request: &Request) -> Result<(), RunError> {
    let done = done(request).await;
    if let Err(error) = &done {
        manifest::write_failure(&request.directory, error);
    }
    done
}

async fn done(request: &Request) -> Result<(), RunError> {
    if let Some(bytes) = request.memory {
        let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
        setrlimit(Resource::Data, limit)
            .map_err(|cause| RunError::from(AttemptError::Child { cause: cause.to_string() }))?;
    }
    let home = Home::open(&request.home)?;
    let file = Declaration::new(&format!("jobs/{}.toml", request.job), &request.source);
    let job = home.job_of(&file, &request.job)?;
    let period = Period::parse(&request.period)?;
    let now = DateTime::from_timestamp_millis(request.now).unwrap_or_default();
    let mut store = Store::open_to_read(&home.settings.store).await?;
    let work = work_out(&home, &job, &mut store, &Order { period, now }).await?;
    manifest::write(&request.directory, &work, spent("self"))
        .map_err(|cause| RunError::from(AttemptError::Child { cause: cause.to_string() }))
}
