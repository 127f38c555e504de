//! Reads the movements of a ledger.

use crate::{
    ledger::{
        batch::{Batch, MISSING, NO_DAY},
        dictionary::NOTHING,
        entity::entity,
        error::LedgerError,
        snapshot::Snapshot,
    },
    receivables::{
        movement::{
            Allocation, Control, Credit, CreditKind, CurrencyPlace, Dispute, Invoice, Movements, Part, Promise, When,
        },
        policy::Delay,
    },
};

/// What reading is for, in messages.
const PURPOSE: &str = "receivables";

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
