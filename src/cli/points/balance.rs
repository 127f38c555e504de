//! `fenji points balance`.

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
    points::{
        entry::Kind,
        standing::{Standing, standings},
    },
    run::{error::RunError, home::Home, job::today, points::classes, store::Store},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    of: OfProgramme,
    /// The day at whose end members have it, such as 2026-10-31
    #[arg(long, value_name = "DAY")]
    as_of: String,
    /// Count what lapses within so many days, the first of them the day itself
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(i32).range(1..=3660))]
    within: i32,
    /// Only this member
    #[arg(long, value_name = "MEMBER")]
    member: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let programme = args.of.read(home)?;
    let as_of = parsed(&args.as_of)?;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now)).map_err(RunError::from)?;
    let classes = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        classes(home, &mut snapshot, &mut store, &programme, as_of).await
    })??;
    let mut found = standings(&mut snapshot, &programme, &classes, (as_of, args.within)).map_err(RunError::from)?;
    if let Some(member) = &args.member {
        found.retain(|standing| standing.member == *member);
        if found.is_empty() {
            let (programme, name) = (programme.id, member.clone());
            return Err(RunError::NoPoints { programme, member: name }.into());
        }
    }
    tell(&found, &args.as_of, args.within);
    say(&format!("snapshot {}", snapshot.fingerprint()));
    let heads: Vec<&str> = HEADS.iter().copied().chain(Kind::ALL.map(Kind::name)).chain(["unmet"]).collect();
    output::rows(&heads, &found.iter().map(row).collect::<Vec<_>>(), args.format)
}

const HEADS: &[&str] = &[
    "member_id",
    "balance",
    "next_expiry",
    "next_expiry_points",
    "expiring_within",
    "pending",
    "lapsed_unposted",
    "owed",
];

fn row(standing: &Standing) -> Vec<Item> {
    let mut row = vec![
        Item::text(&standing.member),
        Item::count(standing.balance),
        standing.next.map_or(Item::Empty, |(last, _)| day(last)),
        standing.next.map_or(Item::Empty, |(_, points)| Item::count(points)),
        Item::count(standing.within),
        Item::count(standing.pending),
        Item::count(standing.lapsed),
        Item::count(standing.owed),
    ];
    row.extend(standing.sums.map(Item::count));
    row.push(Item::count(standing.unmet));
    row
}

fn tell(found: &[Standing], as_of: &str, within: i32) {
    let sum = |of: fn(&Standing) -> i64| found.iter().map(|standing| i128::from(of(standing))).sum::<i128>();
    let shown = |value| crate::money::decimal(value, 0);
    say(&format!(
        "as of {as_of}: {} members, balance {}, of it {} lapse within {within} days and {} are pending",
        shown(i128::try_from(found.len()).unwrap_or(i128::MAX)),
        shown(sum(|standing| standing.balance)),
        shown(sum(|standing| standing.within)),
        shown(sum(|standing| standing.pending)),
    ));
    for (what, points) in [
        ("lapsed before and no entry says so: `fenji points plan`", sum(|standing| standing.lapsed)),
        ("were spent without being there and are owed", sum(|standing| standing.owed)),
        ("were spent without being there and are not counted", sum(|standing| standing.unmet)),
    ] {
        if points != 0 {
            say(&format!("warning: {} points {what}", shown(points)));
        }
    }
}
