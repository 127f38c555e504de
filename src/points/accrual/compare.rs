//! Expected points beside those of the ledger: one line a difference, and what would mend it.

use std::collections::BTreeMap;

use miette::Diagnostic;
use thiserror::Error;

use crate::points::accrual::{
    Expected,
    entries::{Count, Found, Key},
    purchase::OrderKey,
};

/// What a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Expected, and no entry says so.
    Missing,
    /// The ledger gives more than expected, or takes back less.
    TooMany,
    /// The ledger gives less than expected, or takes back more.
    TooFew,
    /// An entry for which nothing is expected.
    Unexpected,
    /// An entry for the order of somebody else.
    OtherMember,
}

impl What {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Missing, Self::TooMany, Self::TooFew, Self::Unexpected, Self::OtherMember];

    /// The word in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TooMany => "too-many",
            Self::TooFew => "too-few",
            Self::Unexpected => "unexpected",
            Self::OtherMember => "other-member",
        }
    }
}

/// Where expected points and the ledger differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// By what it is compared: rule, order, member.
    pub key: Key,
    /// The day: that of the order, or the last on which something was earned.
    pub day: i32,
    /// Points expected.
    pub expected: i64,
    /// Points of the ledger.
    pub found: i64,
    /// What it is.
    pub what: What,
    /// Whether the order is not the member's alone.
    pub shared: bool,
}

impl Difference {
    /// What the ledger has beyond what is expected; negative for what it lacks.
    pub fn points(&self) -> i64 {
        self.found - self.expected
    }

    /// Whether less was taken back than expected: a member who spent the points has no more to give back.
    pub fn kept(&self) -> bool {
        self.expected < 0 && (self.expected + 1..=0).contains(&self.found)
    }
}

/// What differs in a period.
#[derive(Debug, Default)]
pub struct Audit {
    /// What differs, by rule, order and member; to be put in order by their texts.
    pub differences: Vec<Difference>,
    /// How many orders, and members of other rules, are as expected.
    pub equal: u64,
    /// Points expected.
    pub expected: i128,
    /// Points of the ledger that were compared.
    pub found: i128,
}

/// Expected points and differences are not what the ledger has.
#[derive(Debug, Error, Diagnostic)]
#[error(
    "the audit of `{programme}` in {period} does not add up: expected {expected} and differences of {differences} are not the {found} of the ledger"
)]
#[diagnostic(code(points::audit_does_not_add_up), help("this is a defect of fenji: nothing was told"))]
pub struct DoesNotAddUp {
    /// The programme.
    pub programme: String,
    /// The period.
    pub period: String,
    /// Points expected.
    pub expected: i128,
    /// What differs.
    pub differences: i128,
    /// Points of the ledger.
    pub found: i128,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    expected: i64,
    /// How many times something was expected, and the first and last day.
    wanted: u64,
    days: (i32, i32),
}

impl Audit {
    /// Holds expected points against the ledger.
    pub fn new(expected: &[Expected], found: &Found) -> Self {
        let mut cells: BTreeMap<Key, Cell> = BTreeMap::new();
        for one in expected {
            let cell = cells.entry(key(one, found)).or_default();
            cell.days = if cell.wanted == 0 {
                (one.day, one.day)
            } else {
                (cell.days.0.min(one.day), cell.days.1.max(one.day))
            };
            cell.expected += one.points;
            cell.wanted += 1;
        }
        let mut audit = Self {
            expected: expected.iter().map(|one| i128::from(one.points)).sum(),
            found: found.points,
            ..Self::default()
        };
        let others: Vec<Key> = found.sums.keys().filter(|key| !cells.contains_key(key)).copied().collect();
        for key in others {
            let what = if of_another(&cells, key) { What::OtherMember } else { What::Unexpected };
            audit.compare(key, Cell::default(), found, (what, true));
        }
        for (key, cell) in &cells {
            let shared = of_order(&cells, *key).nth(1).is_some();
            audit.compare(*key, *cell, found, (What::Missing, shared));
        }
        audit
    }

    /// `alone` is what it is when only one side has it.
    fn compare(&mut self, key: Key, cell: Cell, found: &Found, (alone, shared): (What, bool)) {
        let sum = found.sums.get(&key).copied().unwrap_or_default();
        if sum.points == cell.expected {
            self.equal += 1;
            return;
        }
        let what = match () {
            () if cell.wanted == 0 || sum.entries == 0 => alone,
            () if sum.points > cell.expected => What::TooMany,
            () => What::TooFew,
        };
        let day = match (cell.wanted, key.1) {
            (0, _) => sum.day,
            (_, 0) => cell.days.1,
            (_, _) => cell.days.0,
        };
        self.differences.push(Difference { key, day, expected: cell.expected, found: sum.points, what, shared });
    }

    /// How many differences there are of each sort, and of how many points.
    pub fn count(&self, of: impl Fn(&Difference) -> bool) -> Count {
        let mut count = Count::default();
        self.differences.iter().filter(|one| of(one)).for_each(|one| count.add(one.points()));
        count
    }

    /// Makes sure that expected points and differences are what the ledger has.
    ///
    /// # Errors
    /// [`DoesNotAddUp`].
    pub fn check(&self, programme: &str, period: &str) -> Result<(), DoesNotAddUp> {
        let (expected, found) = (self.expected, self.found);
        let differences = self.differences.iter().map(|one| i128::from(one.points())).sum::<i128>();
        if expected + differences == found {
            return Ok(());
        }
        let (programme, period) = (programme.to_owned(), period.to_owned());
        Err(DoesNotAddUp { programme, period, expected, differences, found })
    }
}

/// By what expected points are compared. A return is compared with entries of its own order; with those of the order that it takes goods back from, where only these take
/// points back.
fn key(one: &Expected, found: &Found) -> Key {
    let own = one.order.map_or(0, OrderKey::id);
    let original = one.original.map_or(0, OrderKey::id);
    let of = |order| (one.rule, order, one.member);
    let taken = found.sums.get(&of(original)).is_some_and(|sum| sum.taken);
    if original != 0 && own != original && (own == 0 || !found.sums.contains_key(&of(own)) && taken) {
        return of(original);
    }
    of(own)
}

/// Whether an order is expected to earn points of another member.
fn of_another(cells: &BTreeMap<Key, Cell>, key: Key) -> bool {
    key.1 != 0 && of_order(cells, key).next().is_some()
}

/// What is expected of everybody for the rule and order of a key.
fn of_order(cells: &BTreeMap<Key, Cell>, (rule, order, _): Key) -> impl Iterator<Item = &Cell> {
    cells.range((rule, order, 0)..=(rule, order, u32::MAX)).map(|(_, cell)| cell)
}
