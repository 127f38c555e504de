//! The ledger contract: the entities that fenji reads, their columns, types and units.
//!
//! Invariants: every column has one type and one unit; a required column is never null. Where the columns come from in a user's
//! database is the mapping's affair (`ledger::mapping`).

/// What a column holds, and in which unit fenji sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// An identifier: whole number or text in the database, compared as text.
    Key,
    /// Words.
    Text,
    /// Signed amount in minor units of the ledger's currency.
    Money,
    /// Signed quantity in thousandths of a unit.
    Quantity,
    /// Signed whole points.
    Points,
    /// A calendar day in the ledger's zone.
    Day,
    /// A local date and time in the ledger's zone, to the second.
    Instant,
    /// Yes or no.
    Flag,
    /// One of a few fixed words.
    Choice(&'static [&'static str]),
}

impl ColumnType {
    /// What a value of the type is, in messages.
    pub fn described(self) -> &'static str {
        match self {
            Self::Key => "a key",
            Self::Text => "a text",
            Self::Money => "an exact amount",
            Self::Quantity => "a quantity",
            Self::Points => "a whole number of points",
            Self::Day => "a day",
            Self::Instant => "an instant",
            Self::Flag => "a flag",
            Self::Choice(_) => "one of the known words",
        }
    }

    /// The name of the type in messages and in `ledger show`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Text => "text",
            Self::Money => "money",
            Self::Quantity => "quantity",
            Self::Points => "points",
            Self::Day => "day",
            Self::Instant => "instant",
            Self::Flag => "flag",
            Self::Choice(_) => "choice",
        }
    }
}

/// One column of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Name in the contract, in our own schema and in metrics.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnType,
    /// Whether every row must have it.
    pub required: bool,
    /// What it means, in one sentence.
    pub meaning: &'static str,
}

/// One kind of ledger row.
#[derive(Debug, PartialEq, Eq)]
pub struct Entity {
    /// Name in the contract.
    pub name: &'static str,
    /// Table in our own schema, and the default of the mapping.
    pub table: &'static str,
    /// Columns that together name one row.
    pub key: &'static [&'static str],
    /// The day or instant at which a row counts, for windows; `None` for rows without a time.
    pub time: Option<&'static str>,
    /// The columns.
    pub columns: &'static [ColumnSpec],
    /// What a row is, in one sentence.
    pub meaning: &'static str,
}

impl Entity {
    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&'static ColumnSpec> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// The entity of a name.
pub fn entity(name: &str) -> Option<&'static Entity> {
    ENTITIES.iter().find(|entity| entity.name == name)
}

const fn must(name: &'static str, kind: ColumnType, meaning: &'static str) -> ColumnSpec {
    ColumnSpec { name, kind, required: true, meaning }
}

const fn may(name: &'static str, kind: ColumnType, meaning: &'static str) -> ColumnSpec {
    ColumnSpec { name, kind, required: false, meaning }
}

use ColumnType::{Choice, Day, Flag, Instant, Key, Money, Points, Quantity, Text};

/// Every entity of the contract, in the order in which a ledger is best loaded.
pub const ENTITIES: &[Entity] = &[
    Entity {
        name: "region",
        table: "regions",
        key: &["region_id"],
        time: None,
        meaning: "a sales region",
        columns: &[must("region_id", Key, "the region"), must("name", Text, "its name")],
    },
    Entity {
        name: "department",
        table: "departments",
        key: &["department_id"],
        time: None,
        meaning: "a department that receives reports",
        columns: &[
            must("department_id", Key, "the department"),
            must("name", Text, "its name"),
            may("region_id", Key, "the region it serves"),
        ],
    },
    Entity {
        name: "customer",
        table: "customers",
        key: &["customer_id"],
        time: Some("started_on"),
        meaning: "a person or a business that buys",
        columns: &[
            must("customer_id", Key, "the customer"),
            must("name", Text, "full name"),
            may("kind", Choice(&["individual", "business"]), "person or business"),
            may("industry", Text, "industry"),
            may("region_id", Key, "region"),
            may("department_id", Key, "department in charge"),
            may("salesperson", Text, "person in charge"),
            may("started_on", Day, "first day of the cooperation"),
            may("status", Choice(&["prospect", "active", "development", "blocked"]), "state of the relation"),
        ],
    },
    Entity {
        name: "member",
        table: "members",
        key: &["member_id"],
        time: Some("registered_on"),
        meaning: "a member of the loyalty programme",
        columns: &[
            must("member_id", Key, "the member"),
            may("customer_id", Key, "the customer the member belongs to"),
            may("name", Text, "full name"),
            may("phone", Text, "telephone number"),
            may("email", Text, "e-mail address"),
            may("birthday", Day, "day of birth"),
            may("sex", Choice(&["female", "male"]), "sex"),
            must("registered_on", Day, "day of registration"),
            may("region_id", Key, "region"),
            may("department_id", Key, "department in charge"),
            may("store", Text, "home store"),
            may("referrer_id", Key, "the member who referred this one"),
            may("blocked", Flag, "may not buy (恶意顾客)"),
        ],
    },
    Entity {
        name: "card",
        table: "cards",
        key: &["card_id"],
        time: Some("issued_on"),
        meaning: "a membership card",
        columns: &[
            must("card_id", Key, "the card"),
            must("member_id", Key, "its holder"),
            must("tier", Text, "tier printed on the card"),
            must("issued_on", Day, "day of issue"),
            may("valid_from", Day, "first day of validity"),
            may("valid_to", Day, "last day of validity"),
            may("fee", Money, "fee paid for the card"),
            may("status", Choice(&["active", "expired", "lost", "cancelled"]), "state of the card"),
        ],
    },
    Entity {
        name: "tier_history",
        table: "tier_history",
        key: &["member_id", "scheme_id", "effective_on"],
        time: Some("effective_on"),
        meaning: "a tier that a member was given before fenji, or outside it",
        columns: &[
            must("member_id", Key, "the member"),
            must("scheme_id", Key, "the scheme the tier belongs to"),
            must("tier", Text, "label of the tier in that scheme"),
            must("effective_on", Day, "first day of the tier"),
            may("reason", Text, "why"),
        ],
    },
    Entity {
        name: "transaction",
        table: "transactions",
        key: &["line_id"],
        time: Some("at"),
        meaning: "one line of an order, or of its return",
        columns: &[
            must("line_id", Key, "the line"),
            may("order_id", Key, "the order or receipt; without it every line is an order of its own"),
            may("member_id", Key, "the member who bought; empty for a sale without a card"),
            may("customer_id", Key, "the customer who bought"),
            must("at", Instant, "when it was sold or taken back"),
            must(
                "kind",
                Choice(&["sale", "return", "cancelled", "adjustment"]),
                "a sale, goods taken back, a line that never took place, or a correction of amounts",
            ),
            may("category", Text, "product category (产品大类)"),
            may("product", Text, "product"),
            may("store", Text, "store"),
            may("salesperson", Text, "salesperson"),
            may("department_id", Key, "department"),
            may("region_id", Key, "region"),
            may("quantity", Quantity, "quantity; negative for goods taken back"),
            must("amount", Money, "amount; never negative on a sale, never positive on a return"),
        ],
    },
    Entity {
        name: "points_entry",
        table: "points_entries",
        key: &["entry_id"],
        time: Some("at"),
        meaning: "one movement of a member's points",
        columns: &[
            must("entry_id", Key, "the entry"),
            must("member_id", Key, "the member"),
            must("at", Instant, "when the points moved"),
            must(
                "kind",
                Choice(&["earn", "redeem", "expire", "zero", "reverse", "adjust"]),
                "earned, redeemed, expired, zeroed, earned points taken back, or adjusted by hand",
            ),
            must("points", Points, "signed points: positive adds to the balance"),
            may("rule", Text, "rule that earned them: purchase, referral, event"),
            may("order_id", Key, "the order that earned them"),
            may("expires_on", Day, "last day on which they can be used"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_times_are_columns_of_their_entity() {
        for entity in ENTITIES {
            for name in entity.key.iter().chain(entity.time.iter()) {
                assert!(entity.column(name).is_some(), "{}.{name}", entity.name);
            }
        }
    }
}
