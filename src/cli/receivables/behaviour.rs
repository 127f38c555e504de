//! `fenji receivables behaviour`.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        failure::Failure,
        output::{self, Item},
        receivables::{Asked, Found, Wanted, find, share},
    },
    money::Share,
    receivables::behaviour::{Behaviour, Trend},
};

/// Decimal places of rates and average days.
const PLACES: u8 = 6;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    asked: Asked,
}

const HEADS: &[&str] = &[
    "customer_id",
    "currency",
    "settled",
    "settled_amount",
    "late",
    "late_amount",
    "sum_days_late",
    "longest_days_late",
    "sum_days_to_settle",
    "disputed",
    "on_time_rate",
    "on_time_amount_rate",
    "late_rate",
    "mean_days_late",
    "weighted_days_late",
    "mean_days_to_settle",
    "disputed_rate",
    "due_in_window",
    "long_overdue_in_window",
    "long_overdue_rate",
    "longest_overdue_in_window",
    "trend",
    "promises",
    "broken_promises",
];

pub(super) fn run(home: &Path, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let found = find(home, &args.asked, Wanted { with_behaviour: true, ..Wanted::default() }, now)?;
    let rows: Vec<Vec<Item>> = found.receivables.behaviour.iter().map(|own| row(&found, own)).collect();
    output::rows(HEADS, &rows, args.asked.format)
}

fn row(found: &Found, own: &Behaviour) -> Vec<Item> {
    let mean = |sum: i64| share(Share::new(sum, own.settled), PLACES);
    vec![
        found.text("customer_id", own.customer),
        Item::text(found.currency(own.currency)),
        Item::count(own.settled),
        found.money(own.settled_amount),
        Item::count(own.late),
        found.money(own.late_amount),
        Item::count(own.days_late),
        Item::count(own.longest_late),
        Item::count(own.days_to_settle),
        Item::count(own.disputed),
        share(own.on_time_rate(), PLACES),
        share(own.on_time_amount_rate(), PLACES),
        share(Share::new(own.late, own.settled), PLACES),
        mean(own.days_late),
        share(own.weighted_days_late(), PLACES),
        mean(own.days_to_settle),
        share(own.disputed_rate(), PLACES),
        Item::count(own.due_in_window),
        Item::count(own.long_overdue_in_window),
        share(own.long_overdue_rate(), PLACES),
        Item::count(own.longest_overdue_in_window),
        own.trend().map_or(Item::Empty, |trend: Trend| Item::text(trend.name())),
        Item::count(own.promises),
        Item::count(own.broken_promises),
    ]
}
