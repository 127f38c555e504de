//! The movements of the ledger: invoices, what was paid and credited, and what was set against what, as rows of whole numbers.
//!
//! Invariants: codes are those of the snapshot's dictionaries; a day is a number, an amount is minor units. Not here: whether the rows fit together
//! (`receivables::settle`).

use std::collections::BTreeMap;

use crate::period::day_number;
use crate::{
    ledger::{
        batch::{Batch, MISSING, NO_DAY},
        dictionary::NOTHING,
        entity::entity,
        error::LedgerError,
        snapshot::Snapshot,
    },
    receivables::{item::AsOf, policy::Delay},
};

/// What reading is for, in messages.
const PURPOSE: &str = "receivables";

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
    /// Code of its terms of payment; [`NOTHING`] for none.
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
    /// Code of the payment; [`NOTHING`] for none.
    pub payment: u32,
    /// Code of the credit note; [`NOTHING`] for none.
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

impl Movements {
    /// Reads every movement of a ledger.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger has no invoices, or a row cannot be read.
    pub fn read(snapshot: &mut Snapshot) -> Result<Self, LedgerError> {
        let own = snapshot.mapping().currency.code.clone();
        let mut movements = Self { currencies: vec![own], ..Self::default() };
        let mut reading = Reading { snapshot, movements: &mut movements, places: Vec::new() };
        reading.invoices()?;
        reading.terms()?;
        reading.credits()?;
        reading.allocations()?;
        reading.others()?;
        Ok(movements)
    }
}

/// The rows of an entity, with nothing where a column is not mapped.
struct Rows(Batch);

impl Rows {
    fn code(&self, column: &str, row: usize) -> u32 {
        self.0.codes(column).get(row).copied().unwrap_or(NOTHING)
    }

    fn number(&self, column: &str, row: usize) -> Option<i64> {
        self.0.numbers(column).get(row).copied().filter(|number| *number != MISSING)
    }

    fn amount(&self, row: usize) -> i64 {
        self.number("amount", row).unwrap_or(0)
    }

    fn day(&self, column: &str, row: usize) -> Option<i32> {
        self.0.days(column).get(row).copied().filter(|day| *day != NO_DAY)
    }

    fn when(&self, column: &str, row: usize) -> When {
        let on = self.day(column, row).unwrap_or(NO_DAY);
        When { on, recorded_on: self.day("recorded_on", row).unwrap_or(on) }
    }
}

struct Reading<'r> {
    snapshot: &'r mut Snapshot,
    movements: &'r mut Movements,
    /// The places of currencies by code.
    places: Vec<Option<CurrencyPlace>>,
}

impl Reading<'_> {
    /// The rows of an entity, of those columns that are mapped; none when the entity is not.
    fn rows(&mut self, name: &'static str, columns: &[&'static str]) -> Result<Rows, LedgerError> {
        let Some(found) = entity(name).filter(|_| self.snapshot.mapping().entities.contains_key(name)) else {
            self.movements.absent.push(name);
            return Ok(Rows(Batch::default()));
        };
        let mapped: Vec<&'static str> =
            columns.iter().copied().filter(|column| self.snapshot.has(found, column)).collect();
        Ok(Rows(self.snapshot.read(found, &mapped, PURPOSE)?))
    }

    /// The currency of a row; `None` where it says none.
    fn currency(&mut self, rows: &Rows, row: usize) -> Option<CurrencyPlace> {
        let code = rows.code("currency", row);
        let at = usize::try_from(code).ok().filter(|_| code != NOTHING)?;
        if self.places.len() <= at {
            self.places.resize(at + 1, None);
        }
        let known = self.places.get(at).copied().flatten();
        known.or_else(|| {
            let text = self.snapshot.dictionaries().text("currency", code)?;
            let currencies = &mut self.movements.currencies;
            let place = currencies.iter().position(|known| known == text).unwrap_or_else(|| {
                currencies.push(text.to_owned());
                currencies.len() - 1
            });
            let place = CurrencyPlace::try_from(place).ok();
            self.places.get_mut(at).into_iter().for_each(|known| *known = place);
            place
        })
    }

    fn invoices(&mut self) -> Result<(), LedgerError> {
        const COLUMNS: &[&str] =
            &["invoice_id", "customer_id", "issued_on", "due_on", "terms_id", "amount", "currency", "recorded_on"];
        if let Some(invoice) = entity("invoice") {
            self.snapshot.check_mapped(invoice, &["amount"], PURPOSE)?;
        }
        let rows = self.rows("invoice", COLUMNS)?;
        self.movements.invoices.reserve(rows.0.len());
        for row in 0..rows.0.len() {
            let currency = self.currency(&rows, row).unwrap_or(0);
            self.movements.invoices.push(Invoice {
                code: rows.code("invoice_id", row),
                customer: rows.code("customer_id", row),
                currency,
                when: rows.when("issued_on", row),
                due_on: rows.day("due_on", row),
                terms: rows.code("terms_id", row),
                amount: rows.amount(row),
            });
        }
        let rows = self.rows("invoice_part", &["invoice_id", "part", "due_on", "amount"])?;
        let part = |row| Part {
            invoice: rows.code("invoice_id", row),
            number: rows.number("part", row).unwrap_or(0),
            due_on: rows.day("due_on", row).unwrap_or(NO_DAY),
            amount: rows.amount(row),
        };
        self.movements.parts = (0..rows.0.len()).map(part).collect();
        self.movements.parts.sort_unstable_by_key(|part| (part.invoice, part.number));
        Ok(())
    }

    fn terms(&mut self) -> Result<(), LedgerError> {
        let rows = self.rows("terms", &["terms_id", "days", "end_of_month"])?;
        for row in 0..rows.0.len() {
            let end_of_month = self.flag(&rows, "end_of_month", row).unwrap_or(false);
            let delay = Delay { days: rows.number("days", row).unwrap_or(0), end_of_month };
            self.movements.terms.entry(rows.code("terms_id", row)).or_default().delay = Some(delay);
        }
        let rows = self.rows("terms_part", &["terms_id", "part", "days", "weight"])?;
        for row in 0..rows.0.len() {
            let number = |column| rows.number(column, row).unwrap_or(0);
            let terms = self.movements.terms.entry(rows.code("terms_id", row)).or_default();
            terms.parts.push((number("part"), number("days"), number("weight")));
        }
        self.movements.terms.values_mut().for_each(|terms| terms.parts.sort_unstable());
        Ok(())
    }

    fn credits(&mut self) -> Result<(), LedgerError> {
        for (kind, name, key, day) in [
            (CreditKind::Payment, "payment", "payment_id", "paid_on"),
            (CreditKind::CreditNote, "credit_note", "credit_note_id", "issued_on"),
        ] {
            let rows = self.rows(name, &[key, "customer_id", day, "amount", "currency", "recorded_on"])?;
            self.movements.credits.reserve(rows.0.len());
            for row in 0..rows.0.len() {
                let currency = self.currency(&rows, row).unwrap_or(0);
                self.movements.credits.push(Credit {
                    kind,
                    code: rows.code(key, row),
                    customer: rows.code("customer_id", row),
                    currency,
                    when: rows.when(day, row),
                    amount: rows.amount(row),
                });
            }
        }
        Ok(())
    }

    fn allocations(&mut self) -> Result<(), LedgerError> {
        const COLUMNS: &[&str] = &[
            "allocation_id",
            "payment_id",
            "credit_note_id",
            "invoice_id",
            "part",
            "amount",
            "currency",
            "allocated_on",
            "recorded_on",
        ];
        let rows = self.rows("allocation", COLUMNS)?;
        self.movements.allocations.reserve(rows.0.len());
        for row in 0..rows.0.len() {
            let currency = self.currency(&rows, row);
            self.movements.allocations.push(Allocation {
                code: rows.code("allocation_id", row),
                payment: rows.code("payment_id", row),
                credit_note: rows.code("credit_note_id", row),
                invoice: rows.code("invoice_id", row),
                part: rows.number("part", row),
                currency,
                when: rows.when("allocated_on", row),
                amount: rows.amount(row),
            });
        }
        Ok(())
    }

    fn others(&mut self) -> Result<(), LedgerError> {
        let rows = self.rows("dispute", &["dispute_id", "invoice_id", "opened_on", "closed_on", "amount"])?;
        let dispute = |row| Dispute {
            code: rows.code("dispute_id", row),
            invoice: rows.code("invoice_id", row),
            opened_on: rows.day("opened_on", row).unwrap_or(NO_DAY),
            closed_on: rows.day("closed_on", row),
            amount: rows.number("amount", row),
        };
        self.movements.disputes = (0..rows.0.len()).map(dispute).collect();
        let rows = self.rows("promise", &["customer_id", "promised_on", "due_on", "amount", "currency", "kept"])?;
        for row in 0..rows.0.len() {
            let currency = self.currency(&rows, row).unwrap_or(0);
            let kept = self.flag(&rows, "kept", row);
            self.movements.promises.push(Promise {
                customer: rows.code("customer_id", row),
                currency,
                promised_on: rows.day("promised_on", row).unwrap_or(NO_DAY),
                due_on: rows.day("due_on", row).unwrap_or(NO_DAY),
                amount: rows.amount(row),
                kept,
            });
        }
        let rows = self.rows("control_total", &["as_of", "currency", "amount"])?;
        for row in 0..rows.0.len() {
            let currency = self.currency(&rows, row).unwrap_or(0);
            let as_of = rows.day("as_of", row).unwrap_or(NO_DAY);
            self.movements.controls.push(Control { as_of, currency, amount: rows.amount(row) });
        }
        Ok(())
    }

    fn flag(&self, rows: &Rows, column: &'static str, row: usize) -> Option<bool> {
        Some(self.snapshot.dictionaries().text(column, rows.code(column, row))? == "1")
    }
}
