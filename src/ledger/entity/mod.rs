//! The ledger contract: the entities that fenji reads, their columns, types and units.
//!
//! Invariants: every column has one type and one unit; a required column is never null. Where the columns come from in a user's
//! database is the mapping's affair (`ledger::mapping`).

mod credit;
mod people;
mod receivable;
mod service;
mod trade;

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
    /// Signed whole number of things, people or days.
    Count,
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
            Self::Count => "a whole number",
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
            Self::Count => "count",
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

/// Whether rows may be dated after the day on which they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// They tell what happened: a row of a later day is a mistake and is refused.
    Happened,
    /// They tell what was decided or falls due: they may lie ahead.
    MayLieAhead,
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
    /// Whether that day may lie ahead.
    pub dated: Dated,
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

    /// The time, where it must not lie ahead.
    pub fn time_of_what_happened(&self) -> Option<&'static str> {
        self.time.filter(|_| self.dated == Dated::Happened)
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

/// Every entity of the contract, in the order in which a ledger is best loaded.
pub const ENTITIES: &[Entity] = &[
    people::REGION,
    people::DEPARTMENT,
    people::CUSTOMER,
    people::MEMBER,
    service::CARD,
    service::TIER_HISTORY,
    trade::TRANSACTION,
    service::POINTS_ENTRY,
    people::ASSESSMENT,
    trade::PRODUCT_MARGIN,
    credit::PAYMENT,
    receivable::TERMS,
    receivable::TERMS_PART,
    receivable::INVOICE,
    receivable::INVOICE_PART,
    receivable::CREDIT_NOTE,
    receivable::ALLOCATION,
    receivable::DISPUTE,
    receivable::PROMISE,
    receivable::CONTROL_TOTAL,
    trade::CLAIM,
    trade::QUALITY_PROBLEM,
    people::PHYSICIAN,
    service::VISIT,
    trade::DELIVERY,
    trade::PRICE_CONTRACT,
    credit::SPECIAL_POLICY,
    credit::CREDIT,
    trade::OPPORTUNITY,
    credit::LEASE,
    credit::INSTALMENT,
    credit::COLLATERAL,
    credit::GUARANTEE,
    credit::BALANCE,
    service::RESERVATION,
    service::COMPLAINT,
    service::SERVICE_VISIT,
    service::ATTENDANCE,
    service::ENTITLEMENT_USE,
    service::SURVEY,
    service::RESPONSE,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Lang, say};
    use std::collections::BTreeSet;

    #[test]
    fn keys_and_times_are_columns_of_their_entity() {
        for entity in ENTITIES {
            for name in entity.key.iter().chain(entity.time.iter()) {
                assert!(entity.column(name).is_some(), "{}.{name}", entity.name);
            }
        }
    }

    #[test]
    fn reports_have_words_for_every_entity() {
        for entity in ENTITIES {
            for lang in [Lang::Chinese, Lang::English] {
                let words = say(lang, &format!("entity.{}", entity.name));
                assert!(!words.starts_with('⟦'), "{words}");
            }
        }
    }

    #[test]
    fn entities_have_one_name_and_one_table_each() {
        for part in [|entity: &Entity| entity.name, |entity: &Entity| entity.table] {
            let names: BTreeSet<&str> = ENTITIES.iter().map(part).collect();
            assert_eq!(names.len(), ENTITIES.len());
        }
        for entity in ENTITIES {
            let names: BTreeSet<&str> = entity.columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), entity.columns.len(), "{}", entity.name);
        }
    }
}
