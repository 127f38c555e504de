//! Why no ageing is given out.

use chrono::NaiveDate;
use miette::Diagnostic;
use thiserror::Error;

use crate::ledger::error::LedgerError;

/// Why no ageing is given out.
#[derive(Debug, Error, Diagnostic)]
pub enum ReceivablesError {
    /// The ledger cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Ledger(#[from] LedgerError),
    /// Rows from which no items can be made.
    #[error("{count} rows make no items that could be aged:\n{rows}")]
    #[diagnostic(
        code(receivables::bad_rows),
        help(
            "correct the rows in the ledger or leave them out in its mapping: an invoice is not negative (a credit note takes from what is owed), and its instalments come to its amount"
        )
    )]
    BadRows {
        /// How many.
        count: usize,
        /// The first of them, one a line.
        rows: String,
    },
    /// Buckets and unapplied credits do not come to the movements.
    #[error(
        "as of {as_of} the items in {currency} come to {items} and the movements to {movements}; customers that differ: {customers}"
    )]
    #[diagnostic(
        code(receivables::not_reconciled),
        help("this is a defect of fenji: please report it with the command that led here")
    )]
    NotReconciled {
        /// The day.
        as_of: NaiveDate,
        /// The currency.
        currency: String,
        /// Buckets and unapplied credits.
        items: String,
        /// Invoices less payments and credit notes.
        movements: String,
        /// The first customers that differ, with both values.
        customers: String,
    },
    /// The general ledger has another balance.
    #[error(
        "as of {as_of} receivables in {currency} come to {items}, and the general ledger has {control}: a difference of {difference}"
    )]
    #[diagnostic(
        code(receivables::control_differs),
        help(
            "look for invoices, payments or credit notes that only one of the two has: `fenji receivables age --as-of {as_of} --without-control --items` lists ours; correct the ledger, or the row of `control_total`"
        )
    )]
    ControlDiffers {
        /// The day.
        as_of: NaiveDate,
        /// The currency.
        currency: String,
        /// Buckets and unapplied credits.
        items: String,
        /// The balance of the general ledger.
        control: String,
        /// The first less the second.
        difference: String,
    },
    /// The classes of risk do not come to what is open.
    #[error(
        "as of {as_of} the classes in {currency} come to {classes} minor units, those of customers to {customers}, and {open} are open"
    )]
    #[diagnostic(
        code(receivables::classes_differ),
        help("this is a defect of fenji: please report it with the command that led here")
    )]
    ClassesDiffer {
        /// The day.
        as_of: NaiveDate,
        /// The currency.
        currency: String,
        /// The sum of the classes.
        classes: i128,
        /// The sum of the classes of all customers.
        customers: i128,
        /// What is open.
        open: i128,
    },
}
