//! `fenji run`: what was done, what is being done, and what to do about it.

mod act;
mod explain;
mod left;
mod list;
mod prune;
mod show;

use std::path::Path;

pub(super) use show::SheetFormat;

use chrono::{DateTime, Utc};

use crate::{
    cli::{failure::Failure, output::Item},
    run::{home::Home, operate::local},
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List runs, the latest first
    List(list::Args),
    /// Show a run: its attempts, what it made, what happened
    Show(show::Args),
    /// Print what an attempt of a run logged
    Log(left::LogArgs),
    /// Print or write a file that a run made, verified
    Artifact(left::ArtifactArgs),
    /// Try a run again that is over, as another run
    Retry(act::RetryArgs),
    /// Cancel a run that waits, or stop one that is at work
    Cancel(act::CancelArgs),
    /// Remove files of old runs, their logs and what killed processes left, as `[retention]` says
    Prune(prune::Args),
    /// Say why a job did not run on a day
    Explain(explain::Args),
}

/// Who does something, for the history.
#[derive(Debug, clap::Args)]
pub(super) struct By {
    /// Who does it, for the history
    #[arg(long, env = "USER", value_name = "NAME")]
    pub(super) by: Option<String>,
}

pub(super) fn run(home: &Path, command: &Command, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    match command {
        Command::List(args) => list::run(&home, args),
        Command::Show(args) => show::run(&home, args),
        Command::Log(args) => left::log(&home, args),
        Command::Artifact(args) => left::artifact(&home, args),
        Command::Retry(args) => act::retry(&home, args),
        Command::Cancel(args) => act::cancel(&home, args),
        Command::Prune(args) => prune::run(&home, args),
        Command::Explain(args) => explain::run(&home, args, now),
    }
}

/// An instant in the ledger's zone; for machines with its offset.
fn time(home: &Home, milliseconds: Option<i64>) -> Item {
    milliseconds.map_or(Item::Empty, |milliseconds| {
        let at = local(home, milliseconds);
        Item::Figure(at.format("%Y-%m-%d %H:%M:%S").to_string(), at.to_rfc3339())
    })
}

/// Seconds between two instants.
fn took(from: Option<i64>, to: Option<i64>) -> Item {
    from.zip(to).map_or(Item::Empty, |(from, to)| Item::decimal(i128::from(to) - i128::from(from), 3))
}

/// Words where there are any.
fn words(text: Option<&str>) -> Item {
    text.filter(|text| !text.is_empty()).map_or(Item::Empty, Item::text)
}
