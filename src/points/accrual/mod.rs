//! Expected points against the ledger's own (S15): what the rules of a programme say was earned in a period, held against the entries that say it was.
//!
//! Data flow: lines of orders → [`purchase::Accounts`] → expected points by order; members and attendances → expected points by member ([`person`]); entries of the ledger →
//! [`entries::Found`]; both → [`compare::Audit`], one line a difference. [`read`] takes them from a snapshot, as far as a period needs them.
//! Invariants: expected + differences = in ledger, to the point, or nothing is told; what an order earns over all periods is what remains of it, never less than nothing.
//! Not here: the grades of members (`run::points::audit`), posting what would mend the differences.

pub mod compare;
pub mod entries;
pub mod person;
pub mod purchase;
pub mod read;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use crate::{
    period::{Period, day_number},
    points::programme::{EarnRule, Earned, Programme, Version},
};

/// The place of a rule among [`Rules::names`].
pub type RulePlace = usize;

/// Points that a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// The rule.
    pub rule: RulePlace,
    /// The member, by code.
    pub member: u32,
    /// The order by which it happened: a return has one of its own. `None` for what is no order.
    pub order: Option<purchase::OrderKey>,
    /// The order whose points change; the same unless goods were taken back.
    pub original: Option<purchase::OrderKey>,
    /// The day.
    pub day: i32,
    /// Points; negative for what is taken back.
    pub points: i64,
}

/// The rules of a programme by which a period is judged.
#[derive(Debug)]
pub struct Rules<'p> {
    /// The programme.
    pub programme: &'p Programme,
    /// The names of all its rules, of all versions, in their order.
    pub names: Vec<&'p str>,
    /// The rule that is looked at; `None` for all.
    pub only: Option<RulePlace>,
    /// The first and the last day of the period.
    pub days: (i32, i32),
}

impl<'p> Rules<'p> {
    /// The rules of a programme for a period.
    pub fn new(programme: &'p Programme, period: Period) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for rule in programme.versions.iter().flat_map(|version| &version.earn) {
            if !names.contains(&rule.rule.as_str()) {
                names.push(&rule.rule);
            }
        }
        let days = (day_number(period.first_day()), day_number(period.last_day()));
        Self { programme, names, only: None, days }
    }

    /// The place of a rule by its name.
    pub fn place(&self, name: &str) -> Option<RulePlace> {
        self.names.iter().position(|known| *known == name)
    }

    /// Whether a rule is looked at.
    pub fn wants(&self, rule: RulePlace) -> bool {
        self.only.is_none_or(|only| only == rule)
    }

    /// Whether a day is of the period.
    pub fn holds(&self, day: i32) -> bool {
        (self.days.0..=self.days.1).contains(&day)
    }

    /// The first rule of purchases: what an entry is of that names an order and no rule.
    pub fn purchase(&self) -> Option<RulePlace> {
        let mut rules = self.programme.versions.iter().flat_map(|version| &version.earn);
        rules.find(|rule| matches!(rule.earned, Earned::Purchase { .. })).and_then(|rule| self.place(&rule.rule))
    }

    /// The rules of a version that are looked at, with their places.
    pub fn of<'v>(&self, version: &'v Version) -> impl Iterator<Item = (RulePlace, &'v EarnRule)> {
        let places = version.earn.iter().filter_map(|rule| Some((self.place(&rule.rule)?, rule)));
        places.filter(|(place, _)| self.wants(*place))
    }

    /// The rules in force on a day that are looked at.
    pub fn on(&self, day: NaiveDate) -> impl Iterator<Item = (RulePlace, &'p EarnRule)> {
        self.programme.version_on(day).into_iter().flat_map(|version| self.of(version))
    }

    /// Whether some rule that is looked at was ever in force up to the end of the period and is of a kind.
    pub fn any(&self, of: fn(&Earned) -> bool) -> bool {
        let until = |version: &&Version| day_number(version.in_force) <= self.days.1;
        let versions = self.programme.versions.iter().filter(until);
        versions.flat_map(|version| self.of(version)).any(|(_, rule)| of(&rule.earned))
    }
}
