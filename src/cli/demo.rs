//! `fenji demo`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::{
    cli::{failure::Failure, job, output::say, progress::bar},
    money::decimal,
    run::{
        demo::{last_period, make},
        job::today,
        manual::Asked,
    },
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A directory that is new or empty
    #[arg(default_value = "fenji-demo")]
    directory: PathBuf,
}

pub(super) fn run(args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let bar = bar("making a ledger");
    // The demo's company is in China: its last full month is over there, wherever this machine stands.
    let day = now.with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    let (home, counts) = make(&args.directory, day, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let number = |count: u64| decimal(i128::from(count), 0);
    say(&format!(
        "made {} with {} members, {} transaction lines and {} points entries",
        home.root.display(),
        number(counts.members),
        number(counts.transactions),
        number(counts.points_entries),
    ));
    let out = home.root.join("out");
    for id in home.jobs() {
        let period = last_period(&home, &home.job(&id)?, today(&home, now))?;
        let asked = Asked { job: &id, period, restate: false, by: "demo", out: out.clone(), smtp: None, now };
        job::run_one(&home, &asked)?;
    }
    Ok(())
}
