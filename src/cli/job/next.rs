//! `fenji job next`.

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::{DECLARATION, Failure},
        job::block_on,
        output::{self, Item, say},
    },
    job::{Job, schedule::JobSchedule},
    run::{
        error::RunError,
        home::Home,
        operate::local,
        planner::Jobs,
        store::{Store, runs::Cursor},
    },
    schedule::Slot,
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The job; all of them unless given
    id: Option<String>,
    /// So many times
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    count: u16,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

/// A time at which a job is due.
struct Due<'j> {
    job: &'j Job,
    schedule: &'j JobSchedule,
    slot: Slot,
}

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let (one, all);
    let jobs: Vec<&Job> = if let Some(id) = &args.id {
        one = home.job(id)?;
        vec![&one]
    } else {
        all = Jobs::read(home);
        for (id, _) in &all.faults {
            say(&format!("warning: `jobs/{id}.toml` is refused and not planned: `fenji job check {id}`"));
        }
        all.list().collect()
    };
    let cursors = block_on(async { Store::open_to_read(&home.settings.store).await?.cursors().await })?;
    let cursors = cursors.map_err(RunError::from)?;
    let mut due: Vec<Due<'_>> = Vec::new();
    for job in jobs {
        for schedule in &job.runs.schedules {
            let slots = schedule.schedule.next(now, usize::from(args.count));
            due.extend(slots.into_iter().map(|slot| Due { job, schedule, slot }));
        }
    }
    due.sort_by(|one, other| (one.slot.at, &one.job.id).cmp(&(other.slot.at, &other.job.id)));
    due.truncate(usize::from(args.count));
    if due.is_empty() && args.id.is_some() {
        let message = "no time is known at which the job is due".to_owned();
        return Err(Failure::told(DECLARATION, message, "look at its schedules and at their calendar".to_owned()));
    }
    let rows: Vec<Vec<Item>> = due.iter().map(|due| row(home, due, &cursors)).collect();
    output::rows(&["due", "job", "schedule", "period", "zone", "wall clock", "rests"], &rows, args.format)
}

fn row(home: &Home, due: &Due<'_>, cursors: &[Cursor]) -> Vec<Item> {
    let (job, schedule) = (&due.job.id, &due.schedule.schedule);
    let at = local(home, due.slot.at.timestamp_millis());
    let cursor = cursors.iter().find(|cursor| cursor.job == *job && cursor.schedule == schedule.id);
    let paused = cursor.and_then(|cursor| cursor.paused.as_ref());
    vec![
        Item::Figure(at.format("%Y-%m-%d %H:%M:%S").to_string(), at.to_rfc3339()),
        Item::text(job.as_str()),
        Item::text(schedule.id.as_str()),
        Item::text(due.schedule.period_of(due.job.period, &due.slot).to_string()),
        Item::text(schedule.zone.name()),
        Item::text(due.slot.key()),
        paused.map_or(Item::Empty, |(_, by)| Item::text(format!("paused by {by}"))),
    ]
}
