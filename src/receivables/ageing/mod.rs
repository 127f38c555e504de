//! Ageing: open items in buckets, for each customer and currency, reconciled with the movements and the general ledger.

mod reconcile;
mod work;

use crate::receivables::{
    item::{AsOf, DueFrom, Item},
    policy::Basis,
    problem::Problem,
};

/// An item that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenItem {
    /// The item.
    pub item: Item,
    /// Its age in days by the basis; negative before it is due.
    pub age: i64,
    /// Days since it was due, whatever the basis; negative before.
    pub days_overdue: i64,
    /// The place of its bucket.
    pub bucket: usize,
}

/// What stands in a bucket, or in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BucketTotal {
    /// Open items.
    pub items: u64,
    /// What is open of them.
    pub amount: i128,
    /// Customers with an item.
    pub customers: u64,
    /// Items in dispute.
    pub disputed_items: u64,
    /// What is open of those.
    pub disputed_amount: i128,
}

/// What a customer owes in a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerAgeing {
    /// Code of the customer.
    pub customer: u32,
    /// Place of the currency.
    pub currency: u16,
    /// What is open, by bucket.
    pub buckets: Vec<i128>,
    /// Payments and credit notes that are set against nothing, negative: they take from what is owed.
    pub unapplied: i128,
    /// Open items.
    pub items: u64,
    /// What is open and in dispute.
    pub disputed: i128,
    /// The age of the oldest item; `None` without items.
    pub oldest_age: Option<i64>,
    /// Where the items begin in [`Ageing::items`], of which there are [`CustomerAgeing::items`].
    pub first_item: usize,
}

impl CustomerAgeing {
    /// Open items, without unapplied credits.
    pub fn open(&self) -> i128 {
        self.buckets.iter().sum()
    }

    /// What is owed: buckets and unapplied credits.
    pub fn total(&self) -> i128 {
        self.open() + self.unapplied
    }
}

/// What all customers owe in a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyAgeing {
    /// Place of the currency.
    pub currency: u16,
    /// By bucket.
    pub buckets: Vec<BucketTotal>,
    /// All open items.
    pub open: BucketTotal,
    /// Unapplied credits, negative.
    pub unapplied: i128,
    /// The balance of the general ledger, where it has one for the day.
    pub control: Option<i128>,
}

impl CurrencyAgeing {
    /// What is owed: buckets and unapplied credits.
    pub fn total(&self) -> i128 {
        self.open.amount + self.unapplied
    }
}

/// The ageing of a ledger as of a day.
#[derive(Debug, Clone)]
pub struct Ageing {
    /// As of when.
    pub at: AsOf,
    /// From which day age counts.
    pub basis: Basis,
    /// The names of the buckets by place; the first is `not_due`.
    pub bucket_names: Vec<String>,
    /// The currencies; the first is that of the ledger.
    pub currencies: Vec<String>,
    /// Open items by currency, id of the customer, due day, id of the invoice and number of the instalment.
    pub items: Vec<OpenItem>,
    /// By currency and id of the customer: everyone with an open item or an unapplied credit.
    pub customers: Vec<CustomerAgeing>,
    /// By currency: every currency in which there is anything, and that of the ledger.
    pub totals: Vec<CurrencyAgeing>,
    /// Rows that do not fit together.
    pub problems: Vec<Problem>,
}

impl Ageing {
    /// Open items whose due day comes from the default terms.
    pub fn undated(&self) -> usize {
        self.items.iter().filter(|open| open.item.due_from == DueFrom::Default).count()
    }

    /// The open items of a customer in a currency.
    pub fn items_of(&self, of: &CustomerAgeing) -> &[OpenItem] {
        let end = usize::try_from(of.items).unwrap_or(usize::MAX).saturating_add(of.first_item);
        self.items.get(of.first_item..end).unwrap_or_default()
    }
}
