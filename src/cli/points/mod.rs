//! `fenji points`.

mod audit;
mod balance;
mod decide;
mod flow;
mod lots;
mod plan;

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    cli::{DataFormat, failure::Failure, output::Item},
    period::{day_from_number, parse_day},
    points::{programme::Programme, rulebook::FOREVER},
    run::{
        error::RunError,
        home::{Home, one_programme},
    },
};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// What members have at the end of a day, and what lapses next: one line a member
    Balance(balance::Args),
    /// The lots of one member with the entries that made them
    Lots(lots::Args),
    /// Work out what lapses with the end of a day, and keep it as a plan to be approved
    Plan(plan::Args),
    /// List the plans
    List {
        /// How to print
        #[arg(long, value_enum, default_value = "table")]
        format: DataFormat,
    },
    /// Show a plan: what was decided, its totals and the members who lose most
    Show(plan::ShowArgs),
    /// Approve a plan as it stands
    Approve(decide::Decision),
    /// Withdraw a plan that was not posted
    Withdraw(decide::Decision),
    /// Post an approved plan into the ledger; goes on where an earlier attempt stopped
    Post {
        /// The number of the plan
        plan: i64,
    },
    /// Reverse what a plan posted, by entries that give the points back
    Reverse(decide::Decision),
    /// Look whether somebody else posted an approved plan into the ledger
    Verify {
        /// The number of the plan
        plan: i64,
        /// How to print what differs
        #[arg(long, value_enum, default_value = "table")]
        format: DataFormat,
    },
    /// The roll-forward of points by month: opening, what moved, closing
    Flow(flow::Args),
    /// What will lapse, by month of the last usable day
    Ahead(flow::AheadArgs),
    /// Hold the points that the rules give in a period against the entries of the ledger: one line a difference
    Audit(audit::Args),
}

/// Which programme.
#[derive(Debug, clap::Args)]
struct OfProgramme {
    /// The programme: a file of config/programmes/; else the only one
    #[arg(long, value_name = "PROGRAMME")]
    programme: Option<String>,
}

impl OfProgramme {
    fn read(&self, home: &Home) -> Result<Programme, Failure> {
        Ok(one_programme(home, self.programme.as_deref())?)
    }
}

pub(super) fn run(home: &Path, command: Command, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    match command {
        Command::Balance(args) => balance::run(&home, &args, now),
        Command::Lots(args) => lots::run(&home, &args, now),
        Command::Plan(args) => plan::run(&home, &args, now),
        Command::List { format } => plan::list(&home, format),
        Command::Show(args) => plan::show(&home, &args),
        Command::Approve(decision) => decide::approve(&home, &decision, now),
        Command::Withdraw(decision) => decide::withdraw(&home, &decision, now),
        Command::Post { plan } => decide::post(&home, plan, now),
        Command::Reverse(decision) => decide::reverse(&home, &decision, now),
        Command::Verify { plan, format } => decide::verify(&home, plan, format, now),
        Command::Flow(args) => flow::run(&home, &args, now),
        Command::Ahead(args) => flow::ahead(&home, &args, now),
        Command::Audit(args) => audit::run(&home, &args, now),
    }
}

fn parsed(text: &str) -> Result<NaiveDate, Failure> {
    Ok(parse_day(text).map_err(RunError::from)?)
}

/// A day by its number; nothing for points that never lapse.
fn day(number: i32) -> Item {
    match day_from_number(number) {
        Some(day) if number != FOREVER => Item::text(day.to_string()),
        _ => Item::Empty,
    }
}
