//! The movements of the ledger: invoices, what was paid and credited, and what was set against what, as rows of whole numbers.
//!
//! Invariants: codes are those of the snapshot's dictionaries; a day is a number, an amount is minor units. Not here: whether the rows fit together
//! (`receivables::settle`).

mod read;

use std::collections::BTreeMap;

use crate::{
    period::day_number,
    receivables::{item::AsOf, policy::Delay},
};

/// The place of a currency among [`Movements::currencies`].
pub type CurrencyPlace = u16;

/// When a movement took place, and since when it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// The day, as a number.
    pub on: i32,
    /// The day on which it was recorded; its own day when nothing else is said.
    pub recorded_on: i32,
}

impl When {
    /// Whether it had happened, and was known, as of a day.
    pub fn counts(self, at: AsOf) -> bool {
        self.on <= day_number(at.day) && at.known_to.is_none_or(|known| self.recorded_on <= day_number(known))
    }
}

/// An invoice.
#[derive(Debug, Clone, Copy)]
pub struct Invoice {
    /// Its code.
    pub code: u32,
    /// Code of the customer.
    pub customer: u32,
    /// Its currency.
    pub currency: CurrencyPlace,
    /// When it was issued.
    pub when: When,
    /// The day on which it is due, where it says so.
    pub due_on: Option<i32>,
    /// Code of its terms of payment; [`NOTHING`](crate::ledger::dictionary::NOTHING) for none.
    pub terms: u32,
    /// Its amount.
    pub amount: i64,
}

/// An instalment of an invoice.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Code of the invoice.
    pub invoice: u32,
    /// Its number.
    pub number: i64,
    /// The day on which it is due.
    pub due_on: i32,
    /// Its amount.
    pub amount: i64,
}

/// Terms of payment.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// The due day, where there are no instalments; `None` when only instalments are known.
    pub delay: Option<Delay>,
    /// Number, days after the invoice and weight of each instalment, by number.
    pub parts: Vec<(i64, i64, i64)>,
}

/// What takes from a debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CreditKind {
    /// Money.
    Payment,
    /// A credit note.
    CreditNote,
}

/// A payment or credit note.
#[derive(Debug, Clone, Copy)]
pub struct Credit {
    /// Which of the two.
    pub kind: CreditKind,
    /// Its code, among those of its kind.
    pub code: u32,
    /// Code of the customer.
    pub customer: u32,
    /// Its currency.
    pub currency: CurrencyPlace,
    /// When it was.
    pub when: When,
    /// Its amount; negative for money paid back.
    pub amount: i64,
}

/// A payment or credit note set against an invoice.
#[derive(Debug, Clone, Copy)]
pub struct Allocation {
    /// Its code.
    pub code: u32,
    /// Code of the payment; [`NOTHING`](crate::ledger::dictionary::NOTHING) for none.
    pub payment: u32,
    /// Code of the credit note; [`NOTHING`](crate::ledger::dictionary::NOTHING) for none.
    pub credit_note: u32,
    /// Code of the invoice.
    pub invoice: u32,
    /// The instalment that is paid first, where one is named.
    pub part: Option<i64>,
    /// Its currency, where it says one.
    pub currency: Option<CurrencyPlace>,
    /// When it was made.
    pub when: When,
    /// Its amount.
    pub amount: i64,
}

/// A dispute about an invoice.
#[derive(Debug, Clone, Copy)]
pub struct Dispute {
    /// Its code.
    pub code: u32,
    /// Code of the invoice.
    pub invoice: u32,
    /// The day on which it began.
    pub opened_on: i32,
    /// The day on which it ended.
    pub closed_on: Option<i32>,
    /// The amount in dispute, where it is not the whole invoice.
    pub amount: Option<i64>,
}

/// A promise to pay.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    /// Code of the customer.
    pub customer: u32,
    /// Its currency.
    pub currency: CurrencyPlace,
    /// The day of the promise.
    pub promised_on: i32,
    /// The last day for the payment.
    pub due_on: i32,
    /// The amount.
    pub amount: i64,
    /// Whether it was kept, where somebody recorded that.
    pub kept: Option<bool>,
}

/// The balance of the general ledger.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// The day.
    pub as_of: i32,
    /// The currency.
    pub currency: CurrencyPlace,
    /// The balance.
    pub amount: i64,
}

/// Every movement of a ledger.
#[derive(Debug, Default)]
pub struct Movements {
    /// The currencies; the first is that of the ledger.
    pub currencies: Vec<String>,
    /// Invoices in the order of reading.
    pub invoices: Vec<Invoice>,
    /// Instalments of invoices, by code of the invoice and number.
    pub parts: Vec<Part>,
    /// Terms of payment by code.
    pub terms: BTreeMap<u32, Terms>,
    /// Payments, then credit notes.
    pub credits: Vec<Credit>,
    /// Allocations in the order of reading.
    pub allocations: Vec<Allocation>,
    /// Disputes.
    pub disputes: Vec<Dispute>,
    /// Promises.
    pub promises: Vec<Promise>,
    /// Balances of the general ledger.
    pub controls: Vec<Control>,
    /// Entities that the ledger does not have.
    pub absent: Vec<&'static str>,
}
