//! What customers owe: terms, invoices and their instalments, credit notes, what was set against what, disputes, promises, and the balance of the
//! general ledger. Payments stand with the other credits (`entity::credit`), goods delivered and not invoiced with deliveries (`entity::trade`).

use super::{
    ColumnType::{Count, Day, Flag, Key, Money, Text},
    Dated, Entity, may, must,
};

/// Terms of payment.
pub(super) const TERMS: Entity = Entity {
    name: "terms",
    table: "payment_terms",
    key: &["terms_id"],
    time: None,
    dated: Dated::Happened,
    meaning: "terms of payment: how long after the invoice it is due",
    columns: &[
        must("terms_id", Key, "the terms"),
        must("days", Count, "days from the invoice to the due day"),
        may("end_of_month", Flag, "the days begin at the end of the month of the invoice (月结)"),
        may("title", Text, "what they are called"),
    ],
};

/// One instalment of terms of payment.
pub(super) const TERMS_PART: Entity = Entity {
    name: "terms_part",
    table: "terms_parts",
    key: &["terms_id", "part"],
    time: None,
    dated: Dated::Happened,
    meaning: "one instalment of terms of payment; terms with instalments do not use their own days",
    columns: &[
        must("terms_id", Key, "the terms"),
        must("part", Count, "number of the instalment, from 1"),
        must("days", Count, "days from the invoice to its due day"),
        must("weight", Count, "its weight: with 30, 50 and 20 the first is 30 of 100"),
    ],
};

/// An invoice to a customer.
pub(super) const INVOICE: Entity = Entity {
    name: "invoice",
    table: "invoices",
    key: &["invoice_id"],
    time: Some("issued_on"),
    dated: Dated::Happened,
    meaning: "an invoice to a customer",
    columns: &[
        must("invoice_id", Key, "the invoice"),
        must("customer_id", Key, "the customer"),
        must("issued_on", Day, "day of the invoice"),
        may("due_on", Day, "day on which it is due; empty to take it from the terms"),
        may("terms_id", Key, "terms of payment"),
        must("amount", Money, "amount with tax; never negative"),
        may("currency", Text, "currency, such as USD; that of the ledger if empty"),
        may("number", Text, "number printed on the invoice"),
        may("recorded_on", Day, "day on which it was recorded; the day of the invoice if empty"),
    ],
};

/// One instalment of an invoice.
pub(super) const INVOICE_PART: Entity = Entity {
    name: "invoice_part",
    table: "invoice_parts",
    key: &["invoice_id", "part"],
    time: Some("due_on"),
    dated: Dated::MayLieAhead,
    meaning: "one instalment of an invoice; together they come to its amount",
    columns: &[
        must("invoice_id", Key, "the invoice"),
        must("part", Count, "number of the instalment, from 1"),
        must("due_on", Day, "day on which it is due"),
        must("amount", Money, "amount of the instalment; never negative"),
    ],
};

/// A credit to a customer: goods taken back, a price lowered, a debt written off.
pub(super) const CREDIT_NOTE: Entity = Entity {
    name: "credit_note",
    table: "credit_notes",
    key: &["credit_note_id"],
    time: Some("issued_on"),
    dated: Dated::Happened,
    meaning: "a credit to a customer: goods taken back, a price lowered, a debt written off",
    columns: &[
        must("credit_note_id", Key, "the credit note"),
        must("customer_id", Key, "the customer"),
        must("issued_on", Day, "day of the credit note"),
        must("amount", Money, "amount with tax; positive takes from what is owed"),
        may("currency", Text, "currency, such as USD; that of the ledger if empty"),
        may("reason", Text, "why it was given"),
        may("recorded_on", Day, "day on which it was recorded; the day of the credit note if empty"),
    ],
};

/// A payment or credit note set against an invoice.
pub(super) const ALLOCATION: Entity = Entity {
    name: "allocation",
    table: "allocations",
    key: &["allocation_id"],
    time: Some("allocated_on"),
    dated: Dated::Happened,
    meaning: "a payment or credit note set against an invoice",
    columns: &[
        must("allocation_id", Key, "the allocation"),
        may("payment_id", Key, "the payment, or"),
        may("credit_note_id", Key, "the credit note"),
        must("invoice_id", Key, "the invoice"),
        may("part", Count, "instalment of the invoice that is paid first; the earliest if empty"),
        must("amount", Money, "amount set against the invoice; negative takes a payment back"),
        may("currency", Text, "currency; that of the invoice if empty"),
        must("allocated_on", Day, "day of the allocation"),
        may("recorded_on", Day, "day on which it was recorded; the day of the allocation if empty"),
    ],
};

/// An invoice that a customer disputes.
pub(super) const DISPUTE: Entity = Entity {
    name: "dispute",
    table: "disputes",
    key: &["dispute_id"],
    time: Some("opened_on"),
    dated: Dated::Happened,
    meaning: "an invoice that a customer disputes",
    columns: &[
        must("dispute_id", Key, "the dispute"),
        must("invoice_id", Key, "the invoice"),
        must("opened_on", Day, "day on which it began"),
        may("closed_on", Day, "day on which it ended"),
        may("amount", Money, "amount in dispute; the whole invoice if empty"),
        may("reason", Text, "what it is about"),
    ],
};

/// A customer's promise to pay.
pub(super) const PROMISE: Entity = Entity {
    name: "promise",
    table: "promises",
    key: &["promise_id"],
    time: Some("promised_on"),
    dated: Dated::Happened,
    meaning: "a promise of a customer to pay by a day",
    columns: &[
        must("promise_id", Key, "the promise"),
        must("customer_id", Key, "the customer"),
        must("promised_on", Day, "day of the promise"),
        must("due_on", Day, "day by which it was promised"),
        must("amount", Money, "amount promised"),
        may("currency", Text, "currency; that of the ledger if empty"),
        may("kept", Flag, "was kept; worked out from the payments if empty"),
    ],
};

/// The balance of receivables in the general ledger.
pub(super) const CONTROL_TOTAL: Entity = Entity {
    name: "control_total",
    table: "control_totals",
    key: &["as_of", "currency"],
    time: Some("as_of"),
    dated: Dated::Happened,
    meaning: "the balance of receivables in the general ledger at the end of a day",
    columns: &[
        must("as_of", Day, "the day"),
        must("currency", Text, "currency, such as CNY"),
        must("amount", Money, "balance of the account: what customers owe less what they have to their credit"),
    ],
};
