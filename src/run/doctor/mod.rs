//! What keeps a home from working, or soon will: looked at as a whole, whatever is found on the way.
//!
//! Invariants: nothing is written but a file that is removed at once; a check that cannot be made says so; each says what to do.
//! Not here: every fault of a declaration (`run::check`).

mod places;
mod sources;
mod work;

use std::path::Path;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use crate::run::{error::RunError, home::Home, job::today, store::Store};

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// Nothing is to be done.
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// Something does not work.
    Failed,
}

impl Health {
    /// The word on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it is.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// What was found.
    pub found: String,
    /// What to do; empty where there is nothing.
    pub remedy: String,
}

impl Check {
    fn ok(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self { name: name.into(), health: Health::Ok, found: found.into(), remedy: String::new() }
    }

    fn warning(name: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name: name.into(), health: Health::Warning, found: found.into(), remedy: remedy.into() }
    }

    fn failed(name: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name: name.into(), health: Health::Failed, found: found.into(), remedy: remedy.into() }
    }

    /// A failure in the words of the error.
    fn error(name: impl Into<String>, error: &(impl miette::Diagnostic + ?Sized)) -> Self {
        let remedy = error.help().map_or_else(String::new, |help| help.to_string());
        Self::failed(name, error.to_string(), remedy)
    }
}

/// Looks at everything that a home needs to work. `relay` is the URL of the mail relay, `clock` this machine's time.
pub async fn examine(root: &Path, relay: Option<&str>, clock: DateTime<Utc>) -> Vec<Check> {
    let begun = Instant::now();
    let mut checks = Vec::new();
    match Home::open(root) {
        Err(error) => checks.extend(closed(&error)),
        Ok(home) => {
            let today = today(&home, clock);
            let (declarations, ledger) = sources::declared(&home, today);
            checks.push(declarations);
            let store = sources::store(&home, clock + begun.elapsed(), &mut checks).await;
            checks.push(ledger);
            checks.push(sources::fonts(&home, today));
            checks.extend(scheduled(&home, store, clock).await);
        }
    }
    checks.extend(places::directories(root));
    checks.push(places::room(root));
    checks.push(places::mail(relay).await);
    checks.push(work::zones());
    checks
}

/// What is said when the home cannot even be opened.
fn closed(error: &RunError) -> Vec<Check> {
    let unseen = |name| Check::warning(name, "not looked at: the home cannot be opened", "mend the declarations first");
    let mut checks = vec![Check::error("declarations", error)];
    checks.extend(["store", "ledger", "fonts", "runners", "schedules"].map(unseen));
    checks
}

async fn scheduled(home: &Home, store: Option<Store>, clock: DateTime<Utc>) -> Vec<Check> {
    let mut checks = match store {
        Some(mut store) => work::runners(home, &mut store).await,
        None => vec![Check::ok("runners", "the store has none yet")],
    };
    checks.extend(work::calendars(home, today(home, clock)));
    checks.extend(work::schedules(home, clock));
    checks
}
