//! What changed from one list to the next.
//!
//! Invariants: customers are compared by their ids, and within one currency; who had nothing open is on no list.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::receivables::risk::RiskClass;

/// One customer of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Id of the customer.
    pub customer: String,
    /// The currency.
    pub currency: String,
    /// The class.
    pub class: RiskClass,
    /// What was open.
    pub open: i128,
    /// What of it was at risk.
    pub at_risk: i128,
}

/// A list that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Its day.
    pub as_of: NaiveDate,
    /// Fingerprint of the rules behind its classes.
    pub rules: String,
    /// Customers with something open.
    pub rows: Vec<Listed>,
}

/// How a customer stands against the last list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Was not on it.
    New,
    /// Has a worse class.
    Worse,
    /// Has the same class.
    Same,
    /// Has a better class.
    Better,
    /// Is not on the list any more.
    Gone,
}

impl Move {
    /// Every move, the one to look at first in front.
    pub const ALL: [Self; 5] = [Self::Worse, Self::New, Self::Better, Self::Gone, Self::Same];

    /// The name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worse => "worse",
            Self::Same => "same",
            Self::Better => "better",
            Self::Gone => "gone",
        }
    }
}

/// A customer against the last list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'l> {
    /// As it stands now; `None` when it is gone.
    pub now: Option<&'l Listed>,
    /// As it stood; `None` when it is new.
    pub before: Option<&'l Listed>,
}

impl Change<'_> {
    /// What kind of change it is.
    pub fn kind(&self) -> Move {
        match (self.now, self.before) {
            (Some(now), Some(before)) => match now.class.cmp(&before.class) {
                std::cmp::Ordering::Greater => Move::Worse,
                std::cmp::Ordering::Equal => Move::Same,
                std::cmp::Ordering::Less => Move::Better,
            },
            (Some(_), None) => Move::New,
            (None, _) => Move::Gone,
        }
    }

    /// By how much what is open changed.
    pub fn open(&self) -> i128 {
        let open = |listed: Option<&Listed>| listed.map_or(0, |listed| listed.open);
        open(self.now) - open(self.before)
    }
}

/// Every customer of two lists, by currency and id.
pub fn changes<'l>(now: &'l [Listed], before: &'l [Listed]) -> Vec<Change<'l>> {
    let mut found: BTreeMap<(&str, &str), Change<'l>> = BTreeMap::new();
    let empty = Change { now: None, before: None };
    for listed in now {
        found.entry((&listed.currency, &listed.customer)).or_insert(empty).now = Some(listed);
    }
    for listed in before {
        found.entry((&listed.currency, &listed.customer)).or_insert(empty).before = Some(listed);
    }
    found.into_values().collect()
}
