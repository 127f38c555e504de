//! `fenji run show`.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{list::note, time, took, words};
use crate::{
    cli::{
        failure::Failure,
        job::block_on,
        output::{self, Item},
    },
    run::{
        error::RunError,
        home::Home,
        operate::find,
        store::{
            Store,
            runs::{ArtifactRow, AttemptRow, EventRow, RunRow},
        },
    },
};

/// So many events are shown.
const EVENTS: i64 = 200;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The number of the run
    run: i64,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: SheetFormat,
}

/// How several tables are printed as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SheetFormat {
    /// Aligned columns for people
    Table,
    /// JSON
    Json,
}

/// A table with its heads and rows.
type Table = (&'static [&'static str], Vec<Vec<Item>>);

pub(super) fn run(home: &Home, args: &Args) -> Result<(), Failure> {
    let (run, attempts, artifacts, events) = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        let run = find(&mut store, args.run).await?;
        let attempts = store.attempts(args.run).await?;
        let artifacts = store.artifacts(args.run).await?;
        Ok::<_, RunError>((run, attempts, artifacts, store.events(Some(args.run), None, EVENTS).await?))
    })??;
    let facts = facts(home, &run);
    let tables = [
        ("attempts", attempts_table(home, &attempts)),
        ("artifacts", artifacts_table(home, &artifacts)),
        ("events", events_table(home, &events)),
    ];
    match args.format {
        SheetFormat::Json => output::json(&sheet(&facts, &tables)),
        SheetFormat::Table => {
            let facts: Vec<Vec<Item>> =
                facts.into_iter().map(|(name, item)| vec![Item::text(name), Item::text(item.shown())]).collect();
            let mut text = output::aligned(&["run", &run.id.to_string()], &facts);
            for (name, (heads, rows)) in &tables {
                if !rows.is_empty() {
                    text.extend(["\n", name, "\n", &output::aligned(heads, rows)]);
                }
            }
            output::bytes(text.as_bytes())
        }
    }
}

/// What a run is, by name; what it does not have is left out.
fn facts(home: &Home, run: &RunRow) -> Vec<(&'static str, Item)> {
    let slot = run.schedule.as_ref().zip(run.slot_wall.as_ref());
    let slot = slot.map(|(schedule, wall)| format!("{schedule} {wall}"));
    let all = [
        ("job", Item::text(&run.job)),
        ("period", Item::text(&run.period)),
        ("revision", Item::count(run.revision)),
        ("state", Item::text(run.state.name())),
        ("reason", words(run.reason.as_deref())),
        ("note", words(Some(&note(run)))),
        ("trigger", Item::text(run.trigger.name())),
        ("slot", words(slot.as_deref())),
        ("asked_by", words(run.asked_by.as_deref())),
        ("created", time(home, Some(run.created_at))),
        ("available", time(home, Some(run.available_at))),
        ("start_deadline", time(home, run.start_deadline_at)),
        ("started", time(home, run.started_at)),
        ("finished", time(home, run.finished_at)),
        ("took_s", took(run.started_at, run.finished_at)),
        ("failures", Item::count(run.failures)),
        ("max_failures", Item::count(run.max_failures)),
        ("losses", Item::count(run.losses)),
        ("lease_until", time(home, run.lease_until)),
        ("runner", words(run.lease_owner.as_deref())),
        ("summary", words(run.summary.as_deref())),
        ("definition", Item::text(&run.definition)),
    ];
    all.into_iter().filter(|(_, item)| !matches!(item, Item::Empty)).collect()
}

fn attempts_table(home: &Home, attempts: &[AttemptRow]) -> Table {
    let row = |attempt: &AttemptRow| {
        vec![
            Item::count(attempt.number),
            Item::text(attempt.outcome.as_deref().unwrap_or("at work")),
            words(attempt.class.as_deref()),
            attempt.exit_code.map_or(Item::Empty, Item::count),
            attempt.exit_signal.map_or(Item::Empty, Item::count),
            time(home, Some(attempt.started_at)),
            took(Some(attempt.started_at), attempt.finished_at),
            attempt.cpu_ms.map_or(Item::Empty, |cpu| Item::decimal(cpu.into(), 3)),
            attempt.max_rss_kb.map_or(Item::Empty, Item::count),
            Item::text(&attempt.host),
            Item::count(attempt.pid),
            words(attempt.error.as_deref()),
        ]
    };
    let heads = &[
        "attempt",
        "outcome",
        "class",
        "exit_code",
        "signal",
        "started",
        "took_s",
        "cpu_s",
        "max_rss_kb",
        "host",
        "pid",
        "error",
    ];
    (heads, attempts.iter().map(row).collect())
}

fn artifacts_table(home: &Home, artifacts: &[ArtifactRow]) -> Table {
    let row = |artifact: &ArtifactRow| {
        vec![
            Item::text(&artifact.name),
            Item::text(&artifact.format),
            Item::count(artifact.bytes),
            Item::text(&artifact.sha256),
            time(home, artifact.removed_at),
        ]
    };
    (&["name", "format", "bytes", "sha256", "removed"], artifacts.iter().map(row).collect())
}

fn events_table(home: &Home, events: &[EventRow]) -> Table {
    // People read what happened from the beginning.
    let row = |event: &EventRow| {
        vec![time(home, Some(event.at)), Item::text(&event.kind), Item::text(&event.actor), Item::text(&event.detail)]
    };
    (&["at", "event", "by", "detail"], events.iter().rev().map(row).collect())
}

fn sheet(facts: &[(&'static str, Item)], tables: &[(&'static str, Table)]) -> Value {
    let pairs = facts.iter().map(|(name, item)| ((*name).to_owned(), item.json()));
    let mut sheet = json!({ "run": pairs.collect::<serde_json::Map<_, _>>() });
    for (name, (heads, rows)) in tables {
        if let Some(sheet) = sheet.as_object_mut() {
            sheet.insert((*name).to_owned(), output::objects(heads, rows));
        }
    }
    sheet
}
