//! `fenji job pause` and `fenji job resume`.

use crate::{
    cli::{failure::Failure, job::block_on, output::say, run::By},
    run::{
        error::RunError,
        home::Home,
        operate::{self, person},
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PauseArgs {
    /// The job
    id: String,
    #[command(flatten)]
    by: By,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ResumeArgs {
    /// The job
    id: String,
    #[command(flatten)]
    by: By,
    /// Do what was missed meanwhile too, as the schedule says of missed slots; else it goes on from now
    #[arg(long)]
    catch_up: bool,
}

pub(super) fn pause(home: &Home, args: &PauseArgs) -> Result<(), Failure> {
    let by = person(args.by.by.as_deref()).map_err(RunError::from)?;
    let id = &args.id;
    say(&match block_on(operate::pause(home, id, by))?? {
        0 => format!("`{id}` rested already: `fenji run explain {id}` says since when"),
        _ => {
            format!("`{id}` rests: no slot of it is planned until `fenji job resume {id}`; runs that are planned go on")
        }
    });
    Ok(())
}

pub(super) fn resume(home: &Home, args: &ResumeArgs) -> Result<(), Failure> {
    let by = person(args.by.by.as_deref()).map_err(RunError::from)?;
    let id = &args.id;
    say(&match (block_on(operate::resume(home, id, by, args.catch_up))??, args.catch_up) {
        (0, _) => format!("`{id}` did not rest"),
        (_, true) => format!("`{id}` goes on from where it stopped: what was missed is done as its schedules say"),
        (_, false) => {
            format!("`{id}` goes on from now: what was missed is not done (`--catch-up` would have had it done)")
        }
    });
    Ok(())
}
