//! What the ledger has on paper: goods delivered and not invoiced (S64), price contracts that are not signed (S66), what is unpaid of leases (S72).
//!
//! Invariants: nothing after the day is looked at; what nobody marked as not invoiced is not listed. `None` where the ledger does not have the entity.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use crate::{
    ledger::{
        batch::{Batch, MISSING, NO_DAY},
        entity::entity,
        error::LedgerError,
        snapshot::Snapshot,
    },
    period::{day_from_number, day_number},
};

/// Goods delivered and not invoiced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Code of the customer.
    pub customer: u32,
    /// Id of the delivery.
    pub id: String,
    /// When it was made.
    pub done_on: NaiveDate,
    /// Whether the goods are on consignment; `None` where nobody said.
    pub consignment: Option<bool>,
    /// Their amount in minor units, where it is known.
    pub amount: Option<i64>,
}

/// A price contract of the year that is not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Code of the customer.
    pub customer: u32,
    /// Its first day.
    pub effective_on: NaiveDate,
    /// How far it is, as the ledger says.
    pub status: String,
    /// Whether the customer is invoiced at the old prices; `None` where nobody said.
    pub old_prices: Option<bool>,
}

/// What is on paper as of a day.
#[derive(Debug, Default)]
pub struct Papers {
    /// Goods delivered and not invoiced, the oldest first.
    pub deliveries: Option<Vec<Delivery>>,
    /// Contracts of the year that are not signed, by id of the customer.
    pub contracts: Option<Vec<Contract>>,
    /// What is still to be paid of each lease in minor units, by its code.
    pub leases: BTreeMap<u32, i64>,
}

impl Papers {
    /// Reads what there is up to a day.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be read.
    pub fn read(snapshot: &mut Snapshot, as_of: NaiveDate) -> Result<Self, LedgerError> {
        let (deliveries, contracts) = (deliveries(snapshot, as_of)?, contracts(snapshot, as_of)?);
        Ok(Self { deliveries, contracts, leases: unpaid_rent(snapshot)? })
    }

    /// The customers with goods on consignment that are not invoiced.
    pub fn consigned(&self) -> BTreeSet<u32> {
        let consigned = self.deliveries.iter().flatten().filter(|delivery| delivery.consignment == Some(true));
        consigned.map(|delivery| delivery.customer).collect()
    }
}

/// Reads an entity of customers, as far as the ledger has it; `must` are the columns without which it says nothing.
fn read(
    snapshot: &mut Snapshot,
    name: &str,
    must: &[&'static str],
    may: &[&'static str],
) -> Result<Option<Batch>, LedgerError> {
    let Some(found) = entity(name).filter(|found| must.iter().all(|column| snapshot.has(found, column))) else {
        return Ok(None);
    };
    let may = may.iter().copied().filter(|column| snapshot.has(found, column));
    let columns: Vec<&'static str> = must.iter().copied().chain(may).collect();
    snapshot.read(found, &columns, "the receivable risk list").map(Some)
}

fn deliveries(snapshot: &mut Snapshot, as_of: NaiveDate) -> Result<Option<Vec<Delivery>>, LedgerError> {
    let must = ["delivery_id", "customer_id", "done_on", "invoiced"];
    let Some(rows) = read(snapshot, "delivery", &must, &["consignment", "amount"])? else { return Ok(None) };
    let mut found = Vec::new();
    for row in 0..rows.len() {
        let line = Line { snapshot, rows: &rows, row };
        let done_on = line.day("done_on").filter(|done| *done <= as_of);
        let (Some(done_on), Some(false)) = (done_on, line.flag("invoiced")) else { continue };
        let Some(customer) = line.code("customer_id") else { continue };
        let id = line.text("delivery_id").unwrap_or_default();
        let consignment = line.flag("consignment");
        found.push(Delivery { customer, id, done_on, consignment, amount: line.number("amount") });
    }
    found.sort_by(|one, other| (one.done_on, &one.id).cmp(&(other.done_on, &other.id)));
    Ok(Some(found))
}

fn contracts(snapshot: &mut Snapshot, as_of: NaiveDate) -> Result<Option<Vec<Contract>>, LedgerError> {
    let must = ["customer_id", "effective_on", "status", "signed_on"];
    let Some(rows) = read(snapshot, "price_contract", &must, &["old_price_invoicing"])? else { return Ok(None) };
    let mut found = Vec::new();
    for row in 0..rows.len() {
        let line = Line { snapshot, rows: &rows, row };
        let effective_on = line.day("effective_on").filter(|day| day.year() == as_of.year() && *day <= as_of);
        let signed = line.day("signed_on").is_some_and(|day| day <= as_of);
        let (Some(effective_on), Some(customer), false) = (effective_on, line.code("customer_id"), signed) else {
            continue;
        };
        let status = line.text("status").unwrap_or_default();
        let contract = Contract { customer, effective_on, status, old_prices: line.flag("old_price_invoicing") };
        found.push((line.text("customer_id"), contract));
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(Some(found.into_iter().map(|(_, contract)| contract).collect()))
}

fn unpaid_rent(snapshot: &mut Snapshot) -> Result<BTreeMap<u32, i64>, LedgerError> {
    let Some(rows) = read(snapshot, "lease", &["lease_id", "outstanding"], &[])? else { return Ok(BTreeMap::new()) };
    let line = |row| Line { snapshot, rows: &rows, row };
    Ok((0..rows.len())
        .filter_map(|row| Some((line(row).code("lease_id")?, line(row).number("outstanding")?)))
        .collect())
}

/// One row that was read.
struct Line<'l> {
    snapshot: &'l Snapshot,
    rows: &'l Batch,
    row: usize,
}

impl Line<'_> {
    fn code(&self, column: &'static str) -> Option<u32> {
        let code = self.rows.codes(column).get(self.row).copied()?;
        self.snapshot.dictionaries().text(column, code).map(|_| code)
    }

    fn text(&self, column: &'static str) -> Option<String> {
        let code = self.code(column)?;
        self.snapshot.dictionaries().text(column, code).map(str::to_owned)
    }

    fn flag(&self, column: &'static str) -> Option<bool> {
        self.text(column).map(|text| text == "1")
    }

    fn number(&self, column: &'static str) -> Option<i64> {
        self.rows.numbers(column).get(self.row).copied().filter(|number| *number != MISSING)
    }

    fn day(&self, column: &'static str) -> Option<NaiveDate> {
        self.rows.days(column).get(self.row).copied().filter(|day| *day != NO_DAY).and_then(day_from_number)
    }
}

/// The days of the calendar of price contracts in a year (S66): the end of March, and of June.
pub(super) fn calendar(year: i32) -> (Option<NaiveDate>, Option<NaiveDate>) {
    (NaiveDate::from_ymd_opt(year, 3, 31), NaiveDate::from_ymd_opt(year, 6, 30))
}

/// Days from one day to another.
pub(super) fn days_between(from: NaiveDate, to: NaiveDate) -> i64 {
    i64::from(day_number(to)) - i64::from(day_number(from))
}
