//! Money owed and what secures it: payments, credit, balances, leases with what belongs to them.

use super::{
    ColumnType::{Choice, Count, Day, Flag, Key, Money, Text},
    Dated, Entity, may, must,
};

/// Money received from a customer.
pub(super) const PAYMENT: Entity = Entity {
    name: "payment",
    table: "payments",
    key: &["payment_id"],
    time: Some("paid_on"),
    dated: Dated::Happened,
    meaning: "money received from a customer",
    columns: &[
        must("payment_id", Key, "the payment"),
        must("customer_id", Key, "the customer"),
        must("paid_on", Day, "day of the payment"),
        must("amount", Money, "amount paid"),
        must("instrument", Choice(&["cash", "acceptance"]), "cash or transfer, or an acceptance bill (承兑汇票)"),
        may("due_on", Day, "day on which it was due"),
        may("days_late", Count, "days late; 0 or less is on time"),
        may("currency", Text, "currency, such as USD; that of the ledger if empty"),
        may("recorded_on", Day, "day on which it was recorded; the day of the payment if empty"),
    ],
};

/// A special policy or settlement that a customer was granted.
pub(super) const SPECIAL_POLICY: Entity = Entity {
    name: "special_policy",
    table: "special_policies",
    key: &["policy_id"],
    time: Some("granted_on"),
    dated: Dated::Happened,
    meaning: "a special policy or settlement that a customer was granted",
    columns: &[
        must("policy_id", Key, "the grant"),
        must("customer_id", Key, "the customer"),
        must("kind", Choice(&["policy", "settlement"]), "a special policy, or a special settlement"),
        must("content", Text, "what was granted"),
        must("granted_on", Day, "day of the grant"),
        may("ends_on", Day, "last day"),
        may("approver", Text, "who approved it"),
        may("stable", Flag, "expected to stay"),
    ],
};

/// A credit grade and limit that a customer was given.
pub(super) const CREDIT: Entity = Entity {
    name: "credit",
    table: "credits",
    key: &["customer_id", "set_on"],
    time: Some("set_on"),
    dated: Dated::Happened,
    meaning: "a credit grade and limit that a customer was given",
    columns: &[
        must("customer_id", Key, "the customer"),
        must("set_on", Day, "day on which it was set"),
        must("grade", Text, "credit grade"),
        may("credit_limit", Money, "credit limit"),
        may("set_by", Text, "who set it"),
    ],
};

/// A lease (融资租赁).
pub(super) const LEASE: Entity = Entity {
    name: "lease",
    table: "leases",
    key: &["lease_id"],
    time: Some("started_on"),
    dated: Dated::Happened,
    meaning: "a lease (融资租赁)",
    columns: &[
        must("lease_id", Key, "the lease"),
        must("customer_id", Key, "the lessee"),
        must("started_on", Day, "first day"),
        must("original_total", Money, "total of all instalments at the start"),
        must("outstanding", Money, "what is still to be paid"),
        must(
            "base_class",
            Choice(&["normal", "special-mention", "substandard", "doubtful", "loss"]),
            "class before any adjustment (正常, 关注, 次级, 可疑, 损失)",
        ),
        may("cause", Choice(&["lateness", "other", "deterioration"]), "why it has that class"),
        may("adverse_factor", Flag, "has an adverse factor"),
    ],
};

/// An instalment of a lease.
pub(super) const INSTALMENT: Entity = Entity {
    name: "instalment",
    table: "instalments",
    key: &["instalment_id"],
    time: Some("due_on"),
    dated: Dated::MayLieAhead,
    meaning: "an instalment of a lease",
    columns: &[
        must("instalment_id", Key, "the instalment"),
        must("lease_id", Key, "the lease"),
        must("due_on", Day, "day on which it is due"),
        must("amount", Money, "amount due"),
        may("paid_on", Day, "day on which it was paid"),
        may("days_late", Count, "days overdue; counted to the day of the ledger while it is unpaid"),
    ],
};

/// What secures a lease.
pub(super) const COLLATERAL: Entity = Entity {
    name: "collateral",
    table: "collaterals",
    key: &["collateral_id"],
    time: None,
    dated: Dated::Happened,
    meaning: "what secures a lease",
    columns: &[
        must("collateral_id", Key, "the collateral"),
        must("lease_id", Key, "the lease"),
        must("kind", Text, "what it is"),
        must("value", Money, "its value"),
        may("obtainable", Flag, "can be obtained"),
        may("controllable", Flag, "can be controlled"),
    ],
};

/// Who vouches for a lease.
pub(super) const GUARANTEE: Entity = Entity {
    name: "guarantee",
    table: "guarantees",
    key: &["guarantee_id"],
    time: None,
    dated: Dated::Happened,
    meaning: "who vouches for a lease",
    columns: &[
        must("guarantee_id", Key, "the guarantee"),
        must("lease_id", Key, "the lease"),
        must("kind", Choice(&["personal", "corporate", "institution"]), "by a person, a company or an institution"),
        may("amount", Money, "amount guaranteed"),
    ],
};

/// What a customer holds or owes at a bank on a day.
pub(super) const BALANCE: Entity = Entity {
    name: "balance",
    table: "balances",
    key: &["customer_id", "product", "on_day"],
    time: Some("on_day"),
    dated: Dated::Happened,
    meaning: "what a customer holds or owes at a bank on a day; daily averages need a row for every day, zeros too",
    columns: &[
        must("customer_id", Key, "the customer"),
        must(
            "product",
            Choice(&["deposit", "wealth", "insurance", "fund", "loan"]),
            "deposit, wealth product, insurance, fund or loan",
        ),
        must("on_day", Day, "the day"),
        must("amount", Money, "amount on that day"),
    ],
};
