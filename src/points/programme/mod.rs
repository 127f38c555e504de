//! A points programme: how points are earned, how long they can be used, when they are zeroed; dated versions, from `config/programmes/<id>.toml`.
//!
//! Invariants: one policy of lapsing a version and class, never two at once; every day since the first version has one version. Not here: what becomes of a
//! member's points under it (`points::account`).

mod calendar;
mod check;
mod earn;
mod raw;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

pub use calendar::{MonthDay, next_zeroing};
pub use check::Known;

use crate::{money::Share, points::validity::Validity, text::Title};

/// What becomes of points that the ledger says were spent beyond what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BeyondBalance {
    /// The ledger's word holds: they come from lots that are pending or lapsed without a posting, and then are owed until new points pay for them.
    Honour,
    /// They are counted as not met and change nothing.
    Refuse,
}

/// How points lapse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lapse {
    /// Each lot on its own day (S16).
    Lot(Validity),
    /// All points of a member who was not active for so long.
    Inactivity(Validity),
    /// All points on days of the calendar (S17, S18).
    Calendar {
        /// The days of members without a class of their own.
        on: Vec<MonthDay>,
        /// The days by class (S08).
        by_class: BTreeMap<String, Vec<MonthDay>>,
    },
}

/// What earns points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earned {
    /// So many points for each full amount spent (S15), by tier more.
    Purchase {
        /// Minor units that earn one point.
        per: i64,
        /// Whether fractions are dropped by order or by line.
        floor: Floor,
        /// The scheme whose grades earn more, with the factor of each in thousandths.
        multipliers: Option<Multipliers>,
    },
    /// A member who was referred registered, is not blocked and has paid an order.
    Referral {
        /// Points of the member who referred.
        points: i64,
    },
    /// A member took part in an event.
    Event {
        /// Points by event.
        points: BTreeMap<String, i64>,
    },
}

/// Where fractions of a point are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Floor {
    /// Once an order.
    Order,
    /// Once a line.
    Line,
}

/// Grades that earn more for purchases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Multipliers {
    /// The scheme of members.
    pub scheme: String,
    /// Thousandths by grade; a grade that is not named earns once.
    pub thousandths: BTreeMap<String, i64>,
}

/// A rule by which points are earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarnRule {
    /// The name that entries carry in `rule`.
    pub rule: String,
    /// What earns them.
    pub earned: Earned,
}

/// The rules of a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name.
    pub id: String,
    /// The first day.
    pub in_force: NaiveDate,
    /// Who decided it.
    pub decided_by: Title,
    /// Why.
    pub reason: Title,
    /// How points lapse.
    pub lapse: Lapse,
    /// Days until points that were earned can be used, where the entry does not say from when.
    pub pending_days: i64,
    /// How points are earned; none: the ledger alone knows.
    pub earn: Vec<EarnRule>,
}

/// What part of the points will never be used, for the liability.
#[derive(Debug, Clone, Copy)]
pub enum Breakage {
    /// As much as was measured of points that are spent or lapsed by now.
    Measured,
    /// A share that somebody decided.
    Decided(Share),
}

/// What points are worth to finance.
#[derive(Debug, Clone, Copy)]
pub struct Liability {
    /// What one point costs, in millionths of a major unit of the ledger's currency.
    pub value: i64,
    /// What part will never be used.
    pub breakage: Breakage,
}

/// A points programme, checked.
#[derive(Debug, Clone)]
pub struct Programme {
    /// The name of its file.
    pub id: String,
    /// What it is called.
    pub title: Title,
    /// The rules of the requirements that it follows.
    pub requirements: Vec<String>,
    /// What entries of it carry in `programme`; `None` where all entries of the ledger belong to it.
    pub entries: Option<String>,
    /// The scheme of members whose grades are the classes of [`Lapse::Calendar`].
    pub classes: Option<String>,
    /// The scheme of members by whose grades figures are split.
    pub tiers: Option<String>,
    /// Schemes whose grades of the day must be kept before points lapse on it (S18), in their order.
    pub before_lapse: Vec<String>,
    /// What becomes of points spent beyond the balance.
    pub beyond_balance: BeyondBalance,
    /// Days ahead at which members are warned, the most first.
    pub warn_days: Vec<i64>,
    /// What points are worth; `None` while nobody decided it.
    pub liability: Option<Liability>,
    /// The most by which a plan may exceed the last one, as a share of it; beyond it needs an override.
    pub most_above_last: Option<Share>,
    /// The rules by time, the earliest first; at least one.
    pub versions: Vec<Version>,
    /// A fingerprint of the rules.
    pub fingerprint: String,
}

impl Programme {
    /// The version of a day; `None` before the first.
    pub fn version_on(&self, day: NaiveDate) -> Option<&Version> {
        let at = self.versions.partition_point(|version| version.in_force <= day);
        at.checked_sub(1).and_then(|at| self.versions.get(at))
    }

    /// Every class that has zeroing days of its own, by name.
    pub fn class_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for version in &self.versions {
            if let Lapse::Calendar { by_class, .. } = &version.lapse {
                names.extend(
                    by_class.keys().map(String::as_str).filter(|name| !names.contains(name)).collect::<Vec<_>>(),
                );
            }
        }
        names.sort_unstable();
        names
    }
}
