//! `fenji run list`.

use clap::builder::PossibleValuesParser;

use super::{time, took, words};
use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item, say},
    },
    period::parse_day,
    run::{
        error::RunError,
        home::Home,
        store::{
            Store,
            runs::{RunFilter, RunRow, State},
        },
        why_not::beginning,
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Of one job
    #[arg(long)]
    job: Option<String>,
    /// In one state
    #[arg(long, value_parser = PossibleValuesParser::new(State::ALL.map(State::name)))]
    state: Option<String>,
    /// Added on this day of the ledger's zone or later
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// At most so many, the latest
    #[arg(long, default_value = "50", value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

const HEADS: [&str; 13] = [
    "run", "job", "period", "revision", "trigger", "state", "attempts", "created", "started", "finished", "took_s",
    "note", "reason",
];

pub(super) fn run(home: &Home, args: &Args) -> Result<(), Failure> {
    let since = args.since.as_deref().map(parse_day).transpose().map_err(RunError::from)?;
    let filter = RunFilter {
        job: args.job.clone(),
        state: args.state.as_deref().and_then(State::named),
        since: since.map(|day| beginning(home, day)),
        limit: args.limit,
    };
    let rows = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        let rows = store.runs(&filter).await?;
        if let (true, Some(job)) = (rows.is_empty(), &args.job) {
            // A job that is gone may have a history; one that nobody ever knew is a slip of the pen.
            let ever = RunFilter { job: Some(job.clone()), limit: 1, ..RunFilter::default() };
            if store.runs(&ever).await?.is_empty() {
                home.job_file(job)?;
            }
        }
        Ok::<_, RunError>(rows)
    })??;
    if i64::try_from(rows.len()).is_ok_and(|count| count == args.limit) {
        say(&format!("the latest {} runs are listed; `--limit` lists more", args.limit));
    }
    output::rows(&HEADS, &rows.iter().map(|run| row(home, run)).collect::<Vec<_>>(), args.format)
}

fn row(home: &Home, run: &RunRow) -> Vec<Item> {
    vec![
        Item::count(run.id),
        Item::text(&run.job),
        Item::text(&run.period),
        Item::count(run.revision),
        Item::text(run.trigger.name()),
        Item::text(run.state.name()),
        Item::count(run.attempt),
        time(home, Some(run.created_at)),
        time(home, run.started_at),
        time(home, run.finished_at),
        took(run.started_at, run.finished_at),
        words(Some(&note(run))),
        words(run.reason.as_deref()),
    ]
}

/// What somebody should know of a run beside its state, in words.
pub(super) fn note(run: &RunRow) -> String {
    let mut notes = Vec::new();
    if run.is_flaky() {
        let failures = if run.failures == 1 { "failure" } else { "failures" };
        notes.push(format!("flaky: succeeded after {} {failures}", run.failures));
    }
    if run.losses > 0 {
        notes.push(format!("its runner was lost {} times", run.losses));
    }
    if let (State::Running, Some(by)) = (run.state, &run.cancel_requested_by) {
        notes.push(format!("{by} asked to cancel it"));
    }
    if let (State::Pending, true) = (run.state, run.gated) {
        notes.push("waits for another job".to_owned());
    }
    notes.join("; ")
}
