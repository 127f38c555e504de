//! What the ledger's own entries say was earned and taken back in a period.

use std::collections::{BTreeMap, BTreeSet};

use crate::points::accrual::{RulePlace, Rules};

/// What entries and expected points are compared by: rule, order (0 for none), member by code.
pub type Key = (RulePlace, u128, u32);

/// Entries of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// How many there are.
    pub entries: u64,
    /// Their points, signed.
    pub points: i64,
    /// The day of the last.
    pub day: i32,
    /// Whether one of them takes points back.
    pub taken: bool,
}

/// How many, and how many points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Entries.
    pub entries: u64,
    /// Points, signed.
    pub points: i64,
}

impl Count {
    pub(super) fn add(&mut self, points: i64) {
        self.entries += 1;
        self.points += points;
    }
}

/// An entry of `earn` or `reverse` of the period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The member, by code.
    pub member: u32,
    /// The day.
    pub day: i32,
    /// Signed points.
    pub points: i64,
    /// Whether it takes points back.
    pub reverse: bool,
    /// What it says itself, or the entry that it takes back says.
    pub why: Why,
    /// The entry that it takes back; 0 for none.
    pub reverses: u128,
}

/// What an entry says it is for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Why {
    /// The rule, as written.
    pub rule: Option<String>,
    /// The order; 0 for none.
    pub order: u128,
}

/// What the ledger has.
#[derive(Debug, Default)]
pub struct Found {
    /// By what it is compared by.
    pub sums: BTreeMap<Key, Sum>,
    /// Everything that is compared, summed apart.
    pub points: i128,
    /// Entries of rules that the programme does not know, by the rule as written; empty for none.
    pub unknown: BTreeMap<String, Count>,
    /// What was adjusted by hand: not compared.
    pub adjusted: Count,
    /// Keys of postings that entries carry already, told apart.
    pub keys: BTreeSet<u128>,
}

impl Found {
    /// Takes an entry. One without a rule is of the rule of purchases where it names an order or takes points back.
    pub fn add(&mut self, rules: &Rules<'_>, posted: &Posted) {
        let place = match &posted.why.rule {
            Some(name) => rules.place(name),
            None => rules.purchase().filter(|_| posted.reverse || posted.why.order != 0),
        };
        let Some(place) = place else {
            self.unknown.entry(posted.why.rule.clone().unwrap_or_default()).or_default().add(posted.points);
            return;
        };
        if rules.wants(place) {
            let sum = self.sums.entry((place, posted.why.order, posted.member)).or_default();
            sum.entries += 1;
            sum.points += posted.points;
            sum.day = if sum.entries == 1 { posted.day } else { sum.day.max(posted.day) };
            sum.taken |= posted.reverse;
            self.points += i128::from(posted.points);
        }
    }
}
