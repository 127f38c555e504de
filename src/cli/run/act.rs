//! `fenji run retry` and `fenji run cancel`.

use super::By;
use crate::{
    cli::{failure::Failure, job::block_on, output::say},
    run::{
        error::RunError,
        home::Home,
        operate::{self, Cancelled, person},
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RetryArgs {
    /// The number of the run
    run: i64,
    #[command(flatten)]
    by: By,
    /// Make another result beside the one of a run that succeeded
    #[arg(long)]
    restate: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CancelArgs {
    /// The number of the run
    run: i64,
    #[command(flatten)]
    by: By,
}

pub(super) fn retry(home: &Home, args: &RetryArgs) -> Result<(), Failure> {
    let by = person(args.by.by.as_deref()).map_err(RunError::from)?;
    let retried = block_on(operate::retry(home, args.run, by, args.restate))??;
    let (run, of) = (retried.run, &retried.of);
    say(&format!(
        "run {run} tries run {} again: `{}` of {}, revision {}; `fenji serve` makes it",
        of.id, of.job, of.period, retried.revision
    ));
    if retried.edited {
        say(&format!(
            "`jobs/{0}.toml` is another now: run {run} is made by the job as it stood; `fenji job run {0} --period {1}` makes it as it stands",
            of.job, of.period
        ));
    }
    Ok(())
}

pub(super) fn cancel(home: &Home, args: &CancelArgs) -> Result<(), Failure> {
    let by = person(args.by.by.as_deref()).map_err(RunError::from)?;
    let run = args.run;
    say(&match block_on(operate::cancel(home, run, by))?? {
        Cancelled::Over => format!("run {run} is cancelled"),
        Cancelled::Asked(false) => format!("the runner of run {run} is asked to stop it: `fenji run show {run}`"),
        Cancelled::Asked(true) => {
            format!("run {run} is to be cancelled; its runner was lost, so the next runner does it: `fenji serve`")
        }
        Cancelled::AskedBefore(other) => format!("{other} had asked before to cancel run {run}: it is being stopped"),
    });
    Ok(())
}
