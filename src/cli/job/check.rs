//! `fenji job check`.

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::{DECLARATION, Failure},
        output::{self, Item},
    },
    job::Job,
    run::{home::Home, operate::local},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The job; all of them unless given
    id: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let ids = args.id.as_ref().map_or_else(|| home.jobs(), |id| vec![id.clone()]);
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for id in ids {
        match home.job(&id) {
            Ok(job) => rows.push(sound(home, &job, now)),
            // A name that is no job is a slip of whoever asked, not a fault of a file.
            Err(error) if args.id.is_some() => return Err(error.into()),
            Err(error) => {
                rows.push(vec![Item::text(id.as_str()), Item::text("refused"), Item::Empty, Item::Empty, Item::Empty]);
                refused.push(id);
                // Each is told whole, with its lines; the exit code comes at the end.
                let _code = Failure::from(error).tell();
            }
        }
    }
    output::rows(&["job", "state", "schedules", "next due", "to be known"], &rows, args.format)?;
    if refused.is_empty() {
        return Ok(());
    }
    let message = format!("{} of {} jobs are refused: {}", refused.len(), rows.len(), refused.join(", "));
    Err(Failure::told(DECLARATION, message, "mend what is told above; the other jobs are planned meanwhile".to_owned()))
}

/// A job that is sound, and what its owner should know all the same.
fn sound(home: &Home, job: &Job, now: DateTime<Utc>) -> Vec<Item> {
    let schedules = &job.runs.schedules;
    let next = schedules.iter().filter_map(|schedule| schedule.schedule.next(now, 1).first().map(|slot| slot.at)).min();
    let mut known: Vec<String> = Vec::new();
    match (schedules.is_empty(), next) {
        (true, _) => known.push("it runs only when somebody asks".to_owned()),
        (false, None) => known.push("no time is known at which it is due: its calendar ends".to_owned()),
        (false, Some(_)) => {}
    }
    for gate in &job.runs.gates {
        known.push(format!("it waits for {}", gate.condition));
    }
    let names: Vec<&str> = schedules.iter().map(|schedule| schedule.schedule.id.as_str()).collect();
    let next = next.map_or(Item::Empty, |next| {
        let at = local(home, next.timestamp_millis());
        Item::Figure(at.format("%Y-%m-%d %H:%M:%S").to_string(), at.to_rfc3339())
    });
    let known = if known.is_empty() { Item::Empty } else { Item::text(known.join("; ")) };
    vec![Item::text(job.id.as_str()), Item::text("sound"), Item::text(names.join(" ")), next, known]
}
