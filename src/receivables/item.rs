//! Items: each instalment of each invoice, with what was paid of it by a day.

use chrono::NaiveDate;

/// As of which day, and how much of the movements was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// The day at whose end things stand.
    pub day: NaiveDate,
    /// Only movements that were recorded up to this day count; `None` for all of them.
    pub known_to: Option<NaiveDate>,
}

/// Where the due day of an item comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DueFrom {
    /// The invoice or its instalment says it.
    Stated,
    /// The terms of payment of the invoice.
    Terms,
    /// The default terms: neither a due day nor known terms were there.
    Default,
}

impl DueFrom {
    /// The name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Terms => "terms",
            Self::Default => "default",
        }
    }
}

/// An instalment of an invoice; an invoice without instalments is one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Code of the customer (`customer_id`).
    pub customer: u32,
    /// Code of the invoice (`invoice_id`).
    pub invoice: u32,
    /// Number of the instalment, from 1; 1 for an invoice without any.
    pub part: i64,
    /// Place of the currency among those of the movements: 0 is that of the ledger.
    pub currency: u16,
    /// Day of the invoice, as a number.
    pub issued_on: i32,
    /// Day on which it is due, as a number.
    pub due_on: i32,
    /// Where that day comes from.
    pub due_from: DueFrom,
    /// Its amount in minor units.
    pub amount: i64,
    /// What was paid or credited.
    pub paid: i64,
    /// How much of that was paid, not credited.
    pub paid_in_money: i64,
    /// Each amount paid in money times the days by which it came late.
    pub paid_days_late: i128,
    /// The day on which the last of it was paid; `None` while it is open.
    pub settled_on: Option<i32>,
    /// Whether a dispute about its invoice is open.
    pub disputed: bool,
    /// Whether there was ever a dispute about its invoice.
    pub ever_disputed: bool,
}

impl Item {
    /// What is still open.
    pub fn open(&self) -> i64 {
        self.amount - self.paid
    }

    /// Days from its due day to another day: positive when that is later.
    pub fn days_overdue(&self, day: i32) -> i64 {
        i64::from(day) - i64::from(self.due_on)
    }
}
