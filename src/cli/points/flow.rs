//! `fenji points flow` and `ahead`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item, say},
        points::OfProgramme,
    },
    ledger::snapshot::Snapshot,
    period::{Period, Unit, day_from_number},
    points::{
        entry::Kind,
        flow::{Flow, total},
        rulebook::FOREVER,
    },
    run::{
        error::RunError,
        home::Home,
        job::today,
        points::flow::{Told, work_out},
        store::Store,
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    of: OfProgramme,
    /// The last period: a month 2026-10, a quarter 2026-Q3 or a year 2026
    #[arg(long, value_name = "PERIOD")]
    period: String,
    /// How many periods before it are shown too
    #[arg(long, value_name = "COUNT", default_value_t = 11, value_parser = clap::value_parser!(u16).range(0..=120))]
    before: u16,
    /// One line a tier
    #[arg(long)]
    tiers: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AheadArgs {
    #[command(flatten)]
    of: OfProgramme,
    /// The month at whose end is looked ahead
    #[arg(long, value_name = "PERIOD")]
    period: String,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

fn worked_out(home: &Home, of: &OfProgramme, period: &str, before: u16, now: DateTime<Utc>) -> Result<Told, Failure> {
    let programme = of.read(home)?;
    let last = Period::parse(period).map_err(RunError::from)?;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now)).map_err(RunError::from)?;
    let told = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        work_out(home, &mut snapshot, &mut store, &programme, (last, before)).await
    })??;
    say(&format!("snapshot {}", snapshot.fingerprint()));
    Ok(told)
}

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let told = worked_out(home, &args.of, &args.period, args.before, now)?;
    let mut heads = vec!["period", "tier", "members", "opening"];
    heads.extend(Kind::ALL.map(Kind::name));
    heads.extend(["unmet", "closing", "lapsed_unposted", "owed"]);
    let mut rows = Vec::new();
    for (period, flows) in told.periods.iter().zip(&told.found.flows) {
        if args.tiers {
            for (tier, flow) in flows {
                let name = tier.checked_sub(1).and_then(|at| told.tiers.get(at)).map_or("", String::as_str);
                rows.push(line(*period, name, flow));
            }
        }
        rows.push(line(*period, "", &total(flows)));
    }
    output::rows(&heads, &rows, args.format)
}

fn line(period: Period, tier: &str, flow: &Flow) -> Vec<Item> {
    let tier = if tier.is_empty() { Item::Empty } else { Item::text(tier) };
    let mut row = vec![Item::text(period.to_string()), tier, Item::count(flow.members), Item::count(flow.opening)];
    row.extend(flow.sums.map(Item::count));
    row.extend([flow.unmet, flow.closing, flow.lapsed, flow.owed].map(Item::count));
    row
}

pub(super) fn ahead(home: &Home, args: &AheadArgs, now: DateTime<Utc>) -> Result<(), Failure> {
    let told = worked_out(home, &args.of, &args.period, 0, now)?;
    let mut months: BTreeMap<Option<Period>, i64> = BTreeMap::new();
    for (day, points) in &told.found.ahead {
        let month = day_from_number(*day).filter(|_| *day != FOREVER).map(|day| Period::holding(Unit::Month, day));
        *months.entry(month).or_default() += points;
    }
    let never = months.remove(&None);
    let mut rows: Vec<Vec<Item>> = Vec::new();
    for (month, points) in months {
        rows.push(vec![month.map_or(Item::Empty, |month| Item::text(month.to_string())), Item::count(points)]);
    }
    rows.extend(never.map(|points| vec![Item::text("never"), Item::count(points)]));
    output::rows(&["month", "points"], &rows, args.format)
}
