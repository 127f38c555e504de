//! `fenji run prune`.

use super::By;
use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item, say},
        run::SheetFormat,
    },
    run::{error::RunError, home::Home, operate::person, retention::prune},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    by: By,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: SheetFormat,
}

pub(super) fn run(home: &Home, args: &Args) -> Result<(), Failure> {
    let by = person(args.by.by.as_deref()).map_err(RunError::from)?;
    let pruned = block_on(prune(home, by, args.dry_run))??;
    let count = |count: usize| Item::decimal(i128::try_from(count).unwrap_or(i128::MAX), 0);
    let rows = [
        ("files of runs", count(pruned.artifacts)),
        ("their bytes", Item::decimal(i128::from(pruned.bytes), 0)),
        ("files of the archive", count(pruned.files)),
        ("logs", count(pruned.logs)),
        ("directories of killed attempts", count(pruned.leavings)),
    ];
    let rows: Vec<Vec<Item>> = rows.into_iter().map(|(what, count)| vec![Item::text(what), count]).collect();
    let format = match args.format {
        SheetFormat::Table => DataFormat::Table,
        SheetFormat::Json => DataFormat::Json,
    };
    output::rows(&["what", if args.dry_run { "would be removed" } else { "removed" }], &rows, format)?;
    if args.dry_run {
        say("nothing was removed; files of the archive and logs are counted as things stand now");
    }
    Ok(())
}
