//! `fenji job backfill`.

use chrono::{DateTime, Utc};
use clap::ValueEnum;

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item, say},
        run::By,
    },
    period::Period,
    run::{
        backfill::{Backfill, Fate, Reprocess, backfill},
        error::RunError,
        home::Home,
        operate::person,
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The job
    id: String,
    /// The first period, such as 2025-01
    #[arg(long, value_name = "PERIOD")]
    from: String,
    /// The last period
    #[arg(long, value_name = "PERIOD")]
    to: String,
    /// Which periods are done again
    #[arg(long, value_enum, default_value = "none")]
    reprocess: Again,
    /// Which period is done first
    #[arg(long, value_enum, default_value = "oldest-first")]
    order: Order,
    /// Only say what would be added
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    by: By,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Again {
    /// Those that were never tried
    None,
    /// Those that failed too
    Failed,
    /// All of them: a result that stands gets another beside it
    Completed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Order {
    /// The oldest
    OldestFirst,
    /// The newest
    NewestFirst,
}

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let by = person(args.by.by.as_deref()).map_err(RunError::from)?;
    let period = |text: &str| Period::parse(text).map_err(RunError::from);
    let asked = Backfill {
        job: &args.id,
        from: period(&args.from)?,
        to: period(&args.to)?,
        reprocess: match args.reprocess {
            Again::None => Reprocess::None,
            Again::Failed => Reprocess::Failed,
            Again::Completed => Reprocess::Completed,
        },
        newest_first: args.order == Order::NewestFirst,
        by,
        dry_run: args.dry_run,
        now,
    };
    let fates = block_on(backfill(home, &asked))??;
    let row = |(period, fate): &(Period, Fate)| {
        let number = |number: i64| Item::text(number.to_string());
        let cells = match fate {
            Fate::Would(revision) => [Item::text("would be added"), Item::Empty, number(*revision), Item::Empty],
            Fate::Added(run, revision) => [Item::text("added"), number(*run), number(*revision), Item::Empty],
            Fate::Left(why) => [Item::text("left"), Item::Empty, Item::Empty, Item::text(why)],
        };
        [Item::text(period.to_string())].into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<Item>> = fates.iter().map(row).collect();
    output::rows(&["period", "what", "run", "revision", "why"], &rows, args.format)?;
    let left = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Left(_))).count();
    let (count, added) = (fates.len(), fates.len() - left);
    say(&if args.dry_run {
        format!("{added} of {count} periods would get a run: nothing was added")
    } else {
        format!("{added} of {count} periods got a run: `fenji serve` makes them behind everything that is due")
    });
    Ok(())
}
