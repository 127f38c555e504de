//! A believable ledger of a fictional Chinese department store chain, made from a seed: for `fenji demo` and for measurements.
//!
//! Invariants: the same plan gives the same rows, byte for byte, on every machine (whole numbers only, one seeded stream of draws);
//! the rows keep the ledger contract; nothing is dated outside the plan's window, save registrations and cards of earlier days. No
//! person, company or telephone number in it is real. Not here: making the empty database (`ledger::create`).

mod behaviour;
mod business;
mod calendar;
mod dice;
mod entitlements;
mod goods;
mod members;
mod names;
mod orders;
mod papers;
mod points;
mod shops;
#[cfg(test)]
mod tests;
mod trade;
mod write;

use chrono::NaiveDate;
use miette::Diagnostic;
use rusqlite::Connection;
use thiserror::Error;

pub use shops::COMPANY;

use crate::period::{Period, Unit, months_after};
use calendar::Calendar;
use dice::Dice;
use shops::Stores;
use trade::Trade;

/// Why no demo ledger was made.
#[derive(Debug, Error, Diagnostic)]
pub enum DemoError {
    /// A figure of the plan is outside its limits.
    #[error("{what} of {value} is not between {low} and {high}")]
    #[diagnostic(code(demo::out_of_range), help("choose a figure within the limits"))]
    OutOfRange {
        /// Which figure.
        what: &'static str,
        /// The figure as given.
        value: u32,
        /// The smallest allowed.
        low: u32,
        /// The largest allowed.
        high: u32,
    },
    /// The ledger already has rows.
    #[error("the ledger already holds members or transactions")]
    #[diagnostic(code(demo::ledger_not_empty), help("write the demo into a new database file"))]
    NotEmpty,
    /// The database refused.
    #[error("the demo ledger could not be written: {0}")]
    #[diagnostic(
        code(demo::database),
        help("check that the file is a new ledger, that it can be written and that the disk has room")
    )]
    Database(#[from] rusqlite::Error),
}

/// What to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPlan {
    /// Seed of every draw.
    pub seed: u64,
    /// Members at the end, 1 to 9,999,999.
    pub members: u32,
    /// Calendar months of trade, 1 to 240, the month of the last day included.
    pub months: u32,
    /// The last day of trade; the last month may be an unfinished one.
    pub last_day: NaiveDate,
    /// Transaction lines for each member over the whole window on average, 1 to 10,000, those sold without a card included; the
    /// ledger comes within a few percent of it. About 12 a year give the shares of tiers of a usual programme.
    pub lines_per_member: u32,
    /// Business customers who buy in their own name, 0 to 9,999, with payments, visits, assessments and all that is told of them; without them
    /// there are no leases, physicians and reservations either.
    pub businesses: u32,
}

impl DemoPlan {
    /// The plan of `fenji demo`: 20,000 members, 240 business customers and 30 months up to a day.
    pub fn demo(last_day: NaiveDate) -> Self {
        Self { seed: 20_000, members: 20_000, months: 30, last_day, lines_per_member: 30, businesses: 240 }
    }

    fn check(&self) -> Result<(), DemoError> {
        for (what, value, low, high) in [
            ("a number of members", self.members, 1, 9_999_999),
            ("a number of months", self.months, 1, 240),
            ("a number of lines per member", self.lines_per_member, 1, 10_000),
            ("a number of business customers", self.businesses, 0, 9_999),
        ] {
            if !(low..=high).contains(&value) {
                return Err(DemoError::OutOfRange { what, value, low, high });
            }
        }
        Ok(())
    }

    /// The first day of trade.
    pub fn first_day(&self) -> NaiveDate {
        let months = i32::try_from(self.months).unwrap_or(i32::MAX);
        months_after(Period::holding(Unit::Month, self.last_day).first_day(), 1 - months)
    }
}

/// How many rows were made of each entity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DemoCounts {
    /// Regions.
    pub regions: u64,
    /// Departments.
    pub departments: u64,
    /// Business customers.
    pub customers: u64,
    /// Members.
    pub members: u64,
    /// Cards.
    pub cards: u64,
    /// Tiers at the start.
    pub tier_history: u64,
    /// Services of a membership that members made use of.
    pub entitlement_uses: u64,
    /// Transaction lines.
    pub transactions: u64,
    /// Points entries.
    pub points_entries: u64,
    /// Rows of business customers in every table, and of leases, physicians and reservations.
    pub business_rows: u64,
}

/// Fills an empty ledger according to a plan, in one transaction. `progress` hears of days done and days in all, after each day.
///
/// # Errors
/// [`DemoError::OutOfRange`] for a plan outside its limits, [`DemoError::NotEmpty`] for a ledger with rows, and
/// [`DemoError::Database`] when the database refuses; the ledger is then as it was.
pub fn generate(
    connection: &mut Connection,
    plan: &DemoPlan,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<DemoCounts, DemoError> {
    plan.check()?;
    let occupied = "SELECT EXISTS(SELECT 1 FROM members) OR EXISTS(SELECT 1 FROM transactions)";
    if connection.query_row(occupied, [], |row| row.get(0))? {
        return Err(DemoError::NotEmpty);
    }
    let transaction = connection.transaction()?;
    let calendar = Calendar::new(plan.first_day(), plan.last_day);
    let stores = Stores::new(&calendar);
    let mut dice = Dice::new(plan.seed);
    let (regions, departments) = shops::open(&transaction)?;
    let mut members = members::settle(&transaction, &mut dice, plan, &calendar, stores)?;
    let customers = members.iter().filter(|member| member.customer.is_some()).count();
    let mut counts = DemoCounts { regions, departments, ..DemoCounts::default() };
    counts.customers = u64::try_from(customers).unwrap_or(u64::MAX);
    counts.members = u64::from(plan.members);
    counts.tier_history = papers::grant_tiers(&transaction, &mut dice, &mut members, &calendar)?;
    let mut trade = Trade::new(&transaction, &mut dice, &calendar, stores, &mut members)?;
    let total = u64::try_from(calendar.days().len()).unwrap_or(u64::MAX);
    for (index, day) in calendar.days().iter().enumerate() {
        trade.run_day(index, *day)?;
        progress(u64::try_from(index + 1).unwrap_or(total), total);
    }
    (counts.transactions, counts.points_entries) = trade.close()?;
    counts.cards = papers::issue_cards(&transaction, &mut dice, &members, &calendar)?;
    counts.entitlement_uses = entitlements::use_services(&transaction, plan.seed, &members, &calendar)?;
    let (business_rows, business_lines) = business::settle(&transaction, plan)?;
    counts.customers += u64::from(plan.businesses);
    counts.transactions += business_lines;
    counts.business_rows = business_rows;
    transaction.commit()?;
    Ok(counts)
}
