//! `fenji receivables`.

mod age;
mod behaviour;
mod risk;

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::{
    cli::{
        DataFormat,
        failure::Failure,
        output::{Item, say},
    },
    ledger::snapshot::Snapshot,
    money::Share,
    period::{day_from_number, parse_day},
    receivables::{item::AsOf, policy::Basis},
    run::{
        error::RunError,
        home::Home,
        job::today,
        receivables::{Order, Receivables, work_out},
    },
    text::Lang,
};

/// Kinds of bad rows that are told in words before they are only listed.
const TOLD: usize = 5;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Age what is open: one line a customer and currency, or by bucket, item, or row that does not fit
    Age(age::Args),
    /// How customers pay: days late, on time or not, disputes, promises
    Behaviour(behaviour::Args),
    /// The five classes of risk: one line a customer and currency, or by class or item; nothing is kept
    Risk(risk::Args),
}

/// What every verb asks.
#[derive(Debug, clap::Args)]
struct Asked {
    /// The day at whose end things stand, such as 2026-10-31
    #[arg(long, value_name = "DAY")]
    as_of: String,
    /// Count only movements that were known by this day, while age runs to the as-of date
    #[arg(long, value_name = "DAY")]
    known_to: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: DataFormat,
    /// Do not hold the total against the balance of the general ledger
    #[arg(long)]
    without_control: bool,
}

/// What one verb wants besides.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    /// Another basis than that of the policy.
    basis: Option<Basis>,
    /// Whether it asks how customers pay.
    with_behaviour: bool,
}

/// What was worked out, with what printing needs.
struct Found {
    snapshot: Snapshot,
    places: u8,
    receivables: Receivables,
}

pub(super) fn run(home: &Path, command: &Command, now: DateTime<Utc>) -> Result<(), Failure> {
    match command {
        Command::Age(args) => age::run(home, args, now),
        Command::Behaviour(args) => behaviour::run(home, args, now),
        Command::Risk(args) => risk::run(home, args, now),
    }
}

fn find(home: &Path, asked: &Asked, wanted: Wanted, now: DateTime<Utc>) -> Result<Found, Failure> {
    let home = Home::open(home)?;
    let day = |text: &str| parse_day(text).map_err(RunError::from);
    let known_to = asked.known_to.as_deref().map(day).transpose()?;
    let at = AsOf { day: day(&asked.as_of)?, known_to };
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(&home, now)).map_err(RunError::from)?;
    let Wanted { basis, with_behaviour } = wanted;
    let order = Order { at, basis, with_control: !asked.without_control, with_behaviour };
    let receivables = work_out(&home, &mut snapshot, order)?;
    let found = Found { snapshot, places: home.mapping.currency.scale.places(), receivables };
    found.tell(asked);
    Ok(found)
}

impl Found {
    /// What the reader must know beside the figures, on standard error.
    fn tell(&self, asked: &Asked) {
        let Receivables { ageing, movements, .. } = &self.receivables;
        for name in &movements.absent {
            say(&format!("note: the ledger has no `{name}`"));
        }
        let problems = &ageing.problems;
        for problem in problems.iter().take(TOLD) {
            let (entity, row, kind) = (problem.entity, &problem.row, problem.kind);
            let (detail, done) = (problem.detail.in_lang(Lang::English), kind.done(Lang::English));
            say(&format!("warning: {} {entity} `{row}`: {detail}; {done}", kind.name()));
        }
        if problems.len() > TOLD {
            say(&format!("warning: and {} more: `fenji receivables age --problems` lists them", problems.len() - TOLD));
        }
        let undated = ageing.undated();
        if undated > 0 {
            say(&format!(
                "warning: {undated} open items have neither a due day nor known terms: the default terms are used; `--items` says which by `default`"
            ));
        }
        let known = asked.known_to.as_ref().map_or_else(String::new, |day| format!(", known to {day}"));
        for total in &ageing.totals {
            let control = match total.control {
                Some(_) if asked.without_control || asked.known_to.is_some() => "not held against the general ledger",
                Some(_) => "the general ledger agrees",
                None => "the general ledger has no balance for the day",
            };
            say(&format!(
                "{} as of {}{known}: open {}, unapplied {}, total {}; {control}",
                self.currency(total.currency),
                asked.as_of,
                crate::money::decimal(total.open.amount, self.places),
                crate::money::decimal(total.unapplied, self.places),
                crate::money::decimal(total.total(), self.places),
            ));
        }
        say(&format!("snapshot {}", self.snapshot.fingerprint()));
    }

    fn currency(&self, place: u16) -> &str {
        self.receivables.ageing.currencies.get(usize::from(place)).map_or("", String::as_str)
    }

    fn text(&self, column: &'static str, code: u32) -> Item {
        Item::text(self.snapshot.dictionaries().text(column, code).unwrap_or_default())
    }

    fn money(&self, amount: i128) -> Item {
        Item::decimal(amount, self.places)
    }
}

fn day(number: i32) -> Item {
    day_from_number(number).map_or(Item::Empty, |day| Item::text(day.to_string()))
}

/// A share with so many decimal places; nothing where there is no whole.
fn share(share: Share, places: u8) -> Item {
    share.scaled(u32::from(places)).map_or(Item::Empty, |value| Item::decimal(value, places))
}
