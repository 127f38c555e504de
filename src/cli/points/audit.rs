//! `fenji points audit`.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        job::block_on,
        output::{self, Item, say},
        points::{OfProgramme, day},
    },
    ledger::snapshot::Snapshot,
    money::decimal,
    period::Period,
    points::accrual::{
        compare::{Difference, What},
        entries::Count,
    },
    run::{
        error::RunError,
        home::Home,
        job::today,
        points::audit::{Line, Told, work_out},
        store::Store,
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    of: OfProgramme,
    /// A month 2026-10, a quarter 2026-Q3 or a year 2026
    #[arg(long, value_name = "PERIOD")]
    period: String,
    /// Only this rule of the programme
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Write the postings that would mend the differences to this CSV file; nothing is posted
    #[arg(long, value_name = "FILE")]
    propose: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
}

pub(super) fn run(home: &Home, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let programme = args.of.read(home)?;
    let period = Period::parse(&args.period).map_err(RunError::from)?;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now)).map_err(RunError::from)?;
    let told = block_on(async {
        let mut store = Store::open(&home.settings.store).await?;
        work_out(home, &mut snapshot, &mut store, (&programme, period), args.rule.as_deref()).await
    })??;
    tell(&programme.id, period, &told);
    say(&format!("snapshot {}", snapshot.fingerprint()));
    if let Some(path) = &args.propose {
        propose(&told.lines, path)?;
    }
    output::rows(HEADS, &told.lines.iter().map(row).collect::<Vec<_>>(), args.format)
}

const HEADS: &[&str] = &["member_id", "order_id", "rule", "day", "expected", "in_ledger", "difference", "what"];

fn row(line: &Line) -> Vec<Item> {
    let difference = &line.difference;
    vec![
        Item::text(&line.member),
        line.order.as_ref().map_or(Item::Empty, Item::text),
        Item::text(&line.rule),
        day(difference.day),
        Item::count(difference.expected),
        Item::count(difference.found),
        Item::count(difference.points()),
        Item::text(difference.what.name()),
    ]
}

const POSTINGS: &[&str] = &["member_id", "kind", "points", "order_id", "rule", "posting_key"];

/// Writes the postings that would mend the differences: for the company's own system.
fn propose(lines: &[Line], path: &Path) -> Result<(), Failure> {
    let posting = |line: &Line| {
        let points = -line.difference.points();
        vec![
            Item::text(&line.member),
            Item::text(if points > 0 { "earn" } else { "reverse" }),
            Item::count(points),
            line.order.as_ref().map_or(Item::Empty, Item::text),
            Item::text(&line.rule),
            Item::text(&line.key),
        ]
    };
    let bytes = output::rendered(POSTINGS, &lines.iter().map(posting).collect::<Vec<_>>(), DataFormat::Csv)?;
    crate::deliver::file::write_together(&[(path, bytes.as_slice())]).map_err(RunError::from)?;
    say(&format!("wrote {}: {} postings; nothing was posted", path.display(), decimal(whole(lines.len()), 0)));
    Ok(())
}

fn whole(count: usize) -> i128 {
    i128::try_from(count).unwrap_or(i128::MAX)
}

fn tell(programme: &str, period: Period, told: &Told) {
    let audit = &told.audit;
    let sum = audit.found - audit.expected;
    say(&format!(
        "{programme} in {period}: expected {} + differences {} = in the ledger {}; {} as expected, {} differ",
        decimal(audit.expected, 0),
        decimal(sum, 0),
        decimal(audit.found, 0),
        decimal(audit.equal.into(), 0),
        decimal(whole(audit.differences.len()), 0),
    ));
    for what in What::ALL {
        line(what.name(), audit.count(|one| one.what == what));
    }
    line("of them, less taken back than expected", audit.count(Difference::kept));
    for (rule, count) in &told.unknown {
        let rule = rule.escape_debug();
        line(&format!("warning: not compared, of rule `{rule}` that the programme does not have"), *count);
    }
    line("not compared, adjusted by hand", told.adjusted);
    if told.lost > 0 {
        say(&format!(
            "warning: {} lines name an order that the ledger does not have: they take back what they are worth themselves",
            decimal(told.lost.into(), 0)
        ));
    }
}

fn line(what: &str, count: Count) {
    if count.entries > 0 {
        say(&format!("{what}: {}, points {}", decimal(count.entries.into(), 0), decimal(count.points.into(), 0)));
    }
}
