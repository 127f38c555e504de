//! What orders earn: their lines in time, and what each return takes back.
//!
//! The rules. An order earns what its sale and adjustment lines of a member are worth, fractions dropped once an order or once a line, times the factor of the member's tier,
//! fractions dropped once more. Goods taken back of a named order take back the difference of what that order is worth before and after; a return that names none takes back
//! what it is worth itself, and so does a correction without a sale. What an order is worth at the end of a period, less what it was worth before, is expected in it.
//! Invariants: an order with a sale is never worth less than nothing; the expected points of all periods add up to what remains is worth. Cancelled lines are not here at all.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::{
    ledger::dictionary::NOTHING,
    period::{SECONDS_A_DAY, day_from_number},
    points::{
        accrual::{Expected, RulePlace, Rules},
        programme::{Earned, Floor, Multipliers},
    },
};

/// What names an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrderKey {
    /// Its id, told apart.
    Id(u128),
    /// Its only line, told apart: the line names no order.
    Line(u128),
}

impl OrderKey {
    /// Its id; 0 for a line without an order.
    pub fn id(self) -> u128 {
        match self {
            Self::Id(id) => id,
            Self::Line(_) => 0,
        }
    }
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// A sale.
    Sale,
    /// A correction of amounts.
    Adjustment,
    /// Goods taken back.
    Return,
}

/// A line of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Its order.
    pub own: OrderKey,
    /// The order whose goods are taken back; 0 for none.
    pub of: u128,
    /// The member, by code.
    pub member: u32,
    /// When, in seconds since 1970 of local time.
    pub at: i64,
    /// What it is.
    pub kind: LineKind,
    /// Minor units, signed.
    pub amount: i64,
}

impl Line {
    /// The day on which it happened.
    pub fn day(&self) -> i32 {
        day_of(self.at)
    }
}

/// The day of an instant.
pub(super) fn day_of(at: i64) -> i32 {
    i32::try_from(at.div_euclid(SECONDS_A_DAY)).unwrap_or(i32::MAX)
}

/// What changed an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    at: i64,
    kind: LineKind,
    own: OrderKey,
    amount: i64,
}

/// What a member bought with one order, and what became of it.
#[derive(Debug)]
struct Account {
    order: OrderKey,
    member: u32,
    /// When it began.
    at: i64,
    /// Whether it has a sale, and so is never worth less than nothing.
    sold: bool,
    steps: Vec<Step>,
}

/// The orders that a period needs.
#[derive(Debug, Default)]
pub struct Accounts {
    accounts: Vec<Account>,
    /// Lines of the period that name an order which the ledger does not have.
    pub unknown: u64,
}

/// Places of orders by their name and member.
#[derive(Debug, Default)]
struct Places(BTreeMap<(OrderKey, u32), usize>);

impl Places {
    fn put(&mut self, accounts: &mut Vec<Account>, line: &Line, sold: bool) -> usize {
        *self.0.entry((line.own, line.member)).or_insert_with(|| {
            let (order, member, at) = (line.own, line.member, line.at);
            accounts.push(Account { order, member, at, sold, steps: Vec::new() });
            accounts.len() - 1
        })
    }

    /// The order of a member by its name; else the only one of that name.
    fn find(&self, order: OrderKey, member: u32) -> Option<usize> {
        let mut all = self.0.range((order, 0)..=(order, u32::MAX)).map(|(_, place)| *place);
        self.0.get(&(order, member)).copied().or_else(|| all.next().filter(|_| all.next().is_none()))
    }
}

impl Accounts {
    /// Brings lines together, in whatever order they come: all of the period, and all before it of the same orders.
    pub fn new(rules: &Rules<'_>, lines: &[Line]) -> Self {
        let mut accounts = Vec::new();
        let (mut sold, mut loose) = (Places::default(), Places::default());
        for line in lines.iter().filter(|line| line.kind == LineKind::Sale) {
            sold.put(&mut accounts, line, true);
        }
        let mut unknown = 0;
        for line in lines {
            let named = match (line.kind, line.of) {
                (LineKind::Sale, _) | (LineKind::Adjustment, 0) => Some(line.own),
                (LineKind::Return, 0) => None,
                (LineKind::Adjustment | LineKind::Return, of) => Some(OrderKey::Id(of)),
            };
            let found = named.and_then(|order| sold.find(order, line.member));
            if found.is_none() && line.of != 0 && rules.holds(line.day()) {
                unknown += 1;
            }
            let place = found.unwrap_or_else(|| loose.put(&mut accounts, line, false));
            let Some(account) = accounts.get_mut(place) else { continue };
            if line.kind == LineKind::Sale || !account.sold {
                account.at = account.at.min(line.at);
            }
            // What somebody else brought back is told with the order that it changes.
            let own = if line.member == account.member { line.own } else { account.order };
            account.steps.push(Step { at: line.at, kind: line.kind, own, amount: line.amount });
        }
        for account in &mut accounts {
            account.steps.sort_unstable();
        }
        accounts.retain(|account| account.member != NOTHING);
        Self { accounts, unknown }
    }

    /// The days on which orders with something in the period began, with the multipliers that count for them.
    pub fn multiplied<'p>(&self, rules: &Rules<'p>) -> Vec<(&'p Multipliers, i32)> {
        let touched = |account: &&Account| account.steps.iter().any(|step| rules.holds(day_of(step.at)));
        let days: BTreeSet<i32> = self.accounts.iter().filter(touched).map(|account| day_of(account.at)).collect();
        let on = |day: &i32| day_from_number(*day).map(|date| (date, *day));
        let multipliers = |(date, day): (NaiveDate, i32)| {
            rules.on(date).filter_map(move |(_, rule)| match &rule.earned {
                Earned::Purchase { multipliers: Some(multipliers), .. } => Some((multipliers, day)),
                Earned::Purchase { .. } | Earned::Referral { .. } | Earned::Event { .. } => None,
            })
        };
        days.iter().filter_map(on).flat_map(multipliers).collect()
    }

    /// Tells what is expected in the period. `factor` gives the thousandths of a member for an order that began on a day.
    pub fn expected(
        &self,
        rules: &Rules<'_>,
        factor: &dyn Fn(&Multipliers, i32, u32) -> i64,
        tell: &mut dyn FnMut(Expected),
    ) {
        for account in &self.accounts {
            let Some(day) = day_from_number(day_of(account.at)) else { continue };
            for (place, rule) in rules.on(day) {
                let Earned::Purchase { per, floor, multipliers } = &rule.earned else { continue };
                let factor = |by: &Multipliers| factor(by, day_of(account.at), account.member);
                let thousandths = multipliers.as_ref().map_or(ONCE, factor);
                account.expected(rules, place, Worth { per: *per, floor: *floor, thousandths }, tell);
            }
        }
    }
}

/// The factor of those whose tier earns no more, in thousandths.
pub const ONCE: i64 = 1_000;

/// How an order is turned into points.
#[derive(Clone, Copy)]
struct Worth {
    per: i64,
    floor: Floor,
    thousandths: i64,
}

impl Worth {
    /// What a line adds: its amount, or its full points.
    fn of_line(self, amount: i64) -> i128 {
        match self.floor {
            Floor::Order => amount.into(),
            Floor::Line => i128::from(amount) / i128::from(self.per.max(1)),
        }
    }

    /// Points of all lines together.
    fn of_all(self, sum: i128, sold: bool) -> i64 {
        let sum = if sold { sum.max(0) } else { sum };
        let whole = match self.floor {
            Floor::Order => sum / i128::from(self.per.max(1)),
            Floor::Line => sum,
        };
        i64::try_from(whole * i128::from(self.thousandths) / i128::from(ONCE)).unwrap_or(i64::MAX)
    }
}

impl Account {
    fn expected(&self, rules: &Rules<'_>, rule: RulePlace, worth: Worth, tell: &mut dyn FnMut(Expected)) {
        let (mut sum, mut before) = (0, 0);
        let mut changes: BTreeMap<OrderKey, (i32, i64)> = BTreeMap::new();
        for step in &self.steps {
            sum += worth.of_line(step.amount);
            let after = worth.of_all(sum, self.sold);
            let day = day_of(step.at);
            if rules.holds(day) {
                changes.entry(step.own).or_insert((day, 0)).1 += after - before;
            }
            before = after;
        }
        for (own, (day, points)) in changes {
            let (order, original) = (Some(own), Some(self.order));
            tell(Expected { rule, member: self.member, order, original, day, points });
        }
    }
}
