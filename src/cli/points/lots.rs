//! `fenji points lots`.

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item, say},
        points::{OfProgramme, day, parsed},
    },
    ledger::snapshot::Snapshot,
    period::day_number,
    points::{
        entry::{columns, points_entry},
        members::each,
    },
    run::{error::RunError, home::Home, job::today, points::classes, store::Store},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    of: OfProgramme,
    /// The member
    #[arg(long, value_name = "MEMBER")]
    member: String,
    /// The day at whose end the lots are looked at
    #[arg(long, value_name = "DAY")]
    as_of: String,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

const HEADS: &[&str] = &["entry_id", "earned_on", "usable_from", "last_usable_day", "points", "left", "state"];

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let programme = args.of.read(home)?;
    let as_of = parsed(&args.as_of)?;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now)).map_err(RunError::from)?;
    let classes = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        classes(home, &mut snapshot, &mut store, &programme, as_of).await
    })??;
    let Some(entity) = points_entry() else { return Ok(()) };
    let names: Vec<&'static str> =
        std::iter::once("member_id").chain(columns(&snapshot, &programme).into_iter().map(|(name, _)| name)).collect();
    let only = ("member_id", [args.member.as_str()]);
    let batch = snapshot.read_of(entity, &names, (only.0, &only.1), "points").map_err(RunError::from)?;
    let mut rows = Vec::new();
    let today = day_number(as_of);
    let dictionaries = snapshot.dictionaries();
    each(&batch, dictionaries, &programme, &classes, &mut |walker, member| {
        walker.advance(member.entries, today);
        for (lot, last) in walker.lots() {
            let id = u32::try_from(lot.id).ok().and_then(|code| dictionaries.text("entry_id", code));
            let state = match () {
                () if last < today => "lapsed",
                () if lot.from > today => "pending",
                () => "usable",
            };
            rows.push(vec![
                Item::text(id.unwrap_or_default()),
                day(lot.earned),
                day(lot.from),
                day(last),
                Item::count(lot.points),
                Item::count(lot.left),
                Item::text(state),
            ]);
        }
        if walker.owed() > 0 {
            say(&format!("warning: {} points were spent without being there and are owed", walker.owed()));
        }
    });
    if batch.is_empty() {
        let (programme, member) = (programme.id, args.member.clone());
        return Err(RunError::NoPoints { programme, member }.into());
    }
    output::rows(HEADS, &rows, args.format)
}
