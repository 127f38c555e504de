//! `fenji points plan`, `list` and `show`.

use std::path::PathBuf;

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
    money::decimal,
    points::{decision::Plan, plan::PlanRow},
    run::{
        error::RunError,
        home::Home,
        job::today,
        points::plan::{Made, find, keep, lapsed_in_ledger, make, rows},
        store::Store,
    },
};

/// Members who lose most, as `show` lists them.
const TOP: usize = 50;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    of: OfProgramme,
    /// The day with whose end points lapse
    #[arg(long, value_name = "DAY")]
    on: String,
    /// Only look: keep no plan
    #[arg(long)]
    dry_run: bool,
    /// How to print the members of the plan
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ShowArgs {
    /// The number of the plan
    plan: i64,
    /// Every member, not only those who lose most
    #[arg(long, group = "what")]
    all: bool,
    /// The lots that lapse
    #[arg(long, group = "what")]
    lots: bool,
    /// What was posted, as it stands in the ledger
    #[arg(long, group = "what")]
    postings: bool,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
    /// Write to this file instead of printing
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let programme = args.of.read(home)?;
    let on = parsed(&args.on)?;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now)).map_err(RunError::from)?;
    let local = now.with_timezone(&home.mapping.zone).naive_local();
    let (made, id) = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        let made = make(home, &mut snapshot, &mut store, (&programme, on), local).await?;
        let id = if args.dry_run || made.is_empty() { None } else { Some(keep(&mut store, &made).await?) };
        Ok::<_, RunError>((made, id))
    })??;
    tell(&made);
    if let Some(last) = &made.last {
        let (points, members) = (decimal(last.points.into(), 0), decimal(last.members.into(), 0));
        say(&format!("last time, on {}: {points} points of {members} members", last.day));
    } else {
        let before = decimal(lapsed_in_ledger(&mut snapshot, &programme, on)?.into(), 0);
        say(&format!("no plan was posted before; in the year before, the ledger let {before} points lapse"));
    }
    if made.plan.tripped {
        say("warning: more lapses than `most-above-last` allows: an approval must say why it is right (`--reason`)");
    }
    match id {
        Some(id) => {
            say(&format!("kept as plan {id}: `fenji points show {id}`, then `fenji points approve {id} --by NAME`"));
        }
        None if made.is_empty() => say("nothing lapses that is still there: no plan is kept"),
        None => say("only looked: no plan is kept"),
    }
    let members: Vec<&PlanRow> = made.rows.iter().collect();
    output::rows(MEMBERS, &table(&members, &made.plan), args.format)
}

fn tell(made: &Made) {
    let plan = &made.plan;
    let points = |value: i64| decimal(value.into(), 0);
    let balance: i64 = made.rows.iter().map(|row| row.balance).sum();
    let earned: i64 = made.rows.iter().map(|row| row.earned_since).sum();
    let left: i64 = made.rows.iter().map(|row| row.left).sum();
    say(&format!(
        "{} of {} with the end of {}: {} points of {} members lapse; of their balance of {} they keep {}, and {} earned since",
        plan.kind.name(),
        plan.programme,
        plan.day,
        points(plan.points),
        points(plan.members),
        points(balance),
        points(balance - plan.points),
        points(earned),
    ));
    if left != plan.points {
        say(&format!("of what lapses, members spent {} since: they will not be posted", points(plan.points - left)));
    }
    say(&format!("hash {}, snapshot {}", plan.hash, plan.snapshot));
}

const MEMBERS: &[&str] = &[
    "member_id",
    "class",
    "balance",
    "lapses",
    "kept",
    "left_now",
    "earned_since",
    "lots",
    "first_earned_on",
    "last_earned_on",
];

fn table(rows: &[&PlanRow], plan: &Plan) -> Vec<Vec<Item>> {
    let class =
        |row: &PlanRow| row.class.checked_sub(1).and_then(|at| plan.classes.get(at)).map_or(Item::Empty, Item::text);
    let row = |row: &&PlanRow| {
        let earned = row.lots.iter().map(|lot| lot.earned);
        vec![
            Item::text(&row.member),
            class(row),
            Item::count(row.balance),
            Item::count(row.lapses),
            Item::count(row.kept()),
            Item::count(row.left),
            Item::count(row.earned_since),
            Item::count(i64::try_from(row.lots.len()).unwrap_or(i64::MAX)),
            earned.clone().min().map_or(Item::Empty, day),
            earned.max().map_or(Item::Empty, day),
        ]
    };
    rows.iter().map(row).collect()
}

pub(super) fn list(home: &Home, format: DataFormat) -> Result<(), Failure> {
    let plans = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        store.points_plans().await
    })?
    .map_err(RunError::from)?;
    let row = |plan: &Plan| {
        let last = plan.events.last();
        vec![
            Item::text(plan.id.to_string()),
            Item::text(&plan.programme),
            Item::text(plan.kind.name()),
            Item::text(plan.day.to_string()),
            Item::count(plan.members),
            Item::count(plan.points),
            Item::text(plan.state_name()),
            last.and_then(|event| event.person.clone()).map_or(Item::Empty, Item::text),
            Item::text(last.map_or(plan.made_at, |event| event.at).to_string()),
        ]
    };
    let heads = ["plan", "programme", "kind", "day", "members", "points", "state", "by", "since"];
    output::rows(&heads, &plans.iter().map(row).collect::<Vec<_>>(), format)
}

pub(super) fn show(home: &Home, args: &ShowArgs) -> Result<(), Failure> {
    let (plan, mut members, noted) = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        let plan = find(&mut store, args.plan).await?.0;
        let members = rows(&mut store, args.plan).await?;
        let noted = store.noted_postings(args.plan).await?;
        Ok::<_, RunError>((plan, members, noted))
    })??;
    events(&plan);
    let (heads, table): (&[&str], Vec<Vec<Item>>) = if args.postings {
        let row = |noted: &crate::run::store::points::Noted| {
            let reverses = noted.reverses.as_ref().map_or(Item::Empty, Item::text);
            vec![
                Item::text(&noted.member),
                Item::count(noted.points),
                Item::text(&noted.entry_id),
                Item::text(&noted.key),
                reverses,
                Item::text(&noted.at),
            ]
        };
        (&["member_id", "points", "entry_id", "posting_key", "reverses", "noted_at"], noted.iter().map(row).collect())
    } else if args.lots {
        let lots = members.iter().flat_map(|row| row.lots.iter().map(move |lot| (row, lot)));
        let row = |(row, lot): (&PlanRow, &crate::points::plan::LapsingLot)| {
            vec![Item::text(&row.member), day(lot.earned), day(lot.last), Item::count(lot.points)]
        };
        (&["member_id", "earned_on", "last_usable_day", "points"], lots.map(row).collect())
    } else {
        if !args.all {
            members.sort_by(|one, other| other.lapses.cmp(&one.lapses).then_with(|| one.member.cmp(&other.member)));
            members.truncate(TOP);
        }
        (MEMBERS, table(&members.iter().collect::<Vec<_>>(), &plan))
    };
    let Some(path) = &args.out else { return output::rows(heads, &table, args.format) };
    let bytes = output::rendered(heads, &table, args.format)?;
    crate::deliver::file::write_together(&[(path.as_path(), bytes.as_slice())]).map_err(RunError::from)?;
    say(&format!("wrote {}", path.display()));
    Ok(())
}

/// What was decided about a plan, on standard error.
fn events(plan: &Plan) {
    let points = |value: i64| decimal(value.into(), 0);
    say(&format!(
        "plan {}: {} of {} with the end of {}, {} points of {} members, {}",
        plan.id,
        plan.kind.name(),
        plan.programme,
        plan.day,
        points(plan.points),
        points(plan.members),
        plan.state_name()
    ));
    say(&format!("hash {}, rules {}, snapshot {}, made {}", plan.hash, plan.rules, plan.snapshot, plan.made_at));
    if plan.tripped {
        say("more lapses than `most-above-last` allows");
    }
    for event in &plan.events {
        let by = event.person.as_ref().map_or_else(String::new, |person| format!(" by {person}"));
        let why = event.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        say(&format!(
            "{} {}{by}, {} points of {}{why}",
            event.at,
            event.what.name(),
            points(event.points),
            points(event.members)
        ));
    }
}
