//! The roll-forward of points: what there was, what moved, what there is, month by month and by tier.
//!
//! Invariants: opening + what moved = closing, to the point, where what moved comes from the entries and closing from the lots; or nothing is told.

use std::collections::BTreeMap;

use miette::Diagnostic;
use thiserror::Error;

use crate::{
    ledger::{error::LedgerError, snapshot::Snapshot},
    period::{Period, day_number},
    points::{
        account::Walker,
        members::{Classes, Member, fold},
        programme::Programme,
        standing::add,
    },
};

/// What moved within a period, for a tier of members or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flow {
    /// Members with entries up to the end.
    pub members: i64,
    /// What members had at the end of the day before, less what they owed.
    pub opening: i64,
    /// Points by kind of entry, signed, in the order of [`crate::points::entry::Kind::ALL`].
    pub sums: [i64; 6],
    /// What was spent without being there and was not counted.
    pub unmet: i64,
    /// What members have at the end, less what they owe.
    pub closing: i64,
    /// What of the closing lapsed already and no entry says so.
    pub lapsed: i64,
    /// What of the closing is negative: owed by members.
    pub owed: i64,
}

impl Flow {
    fn join(&mut self, other: &Self) {
        self.members += other.members;
        self.opening += other.opening;
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, more)| *sum += more);
        self.unmet += other.unmet;
        self.closing += other.closing;
        self.lapsed += other.lapsed;
        self.owed += other.owed;
    }

    /// By how much the equation fails; 0 when it holds.
    pub fn difference(&self) -> i64 {
        self.opening + self.sums.iter().sum::<i64>() + self.unmet - self.closing
    }
}

/// The roll-forward does not close.
#[derive(Debug, Error, Diagnostic)]
#[error("the points of `{programme}` in {period} do not add up: opening {opening} and movements of {moved} are {} points off the closing {closing}", .difference.abs())]
#[diagnostic(
    code(points::does_not_close),
    help("this is a defect of fenji, or of the ledger's points beyond what fits into 64 bits: nothing was delivered")
)]
pub struct DoesNotClose {
    /// The programme.
    pub programme: String,
    /// The period.
    pub period: String,
    /// As it began.
    pub opening: i64,
    /// What moved.
    pub moved: i64,
    /// As it ended.
    pub closing: i64,
    /// By how much.
    pub difference: i64,
}

/// Points to the last day on which they can be used; the last of all for those that never lapse.
pub type Forecast = BTreeMap<i32, i64>;

/// Flows by period and tier, and what is left to lapse at the end of the last period.
#[derive(Debug, Clone, Default)]
pub struct RollForward {
    /// By period, then by tier as a place; the places are those of the classes that were given.
    pub flows: Vec<BTreeMap<usize, Flow>>,
    /// What is left at the end, by last usable day.
    pub ahead: Forecast,
    /// Lapsed points of all time, posted or not.
    pub lapsed_ever: i64,
    /// Spent points of all time, less those given back.
    pub spent_ever: i64,
}

/// Works out the flows of periods that follow each other. `classes` decide when points lapse, `tiers` by what the figures are split: each member counts for the tier
/// given, in all periods.
///
/// # Errors
/// [`LedgerError`] when the entries cannot be read.
pub fn roll_forward(
    snapshot: &mut Snapshot,
    programme: &Programme,
    (classes, tiers): (&Classes, &Classes),
    periods: &[Period],
) -> Result<RollForward, LedgerError> {
    let days: Vec<(i32, i32)> =
        periods.iter().map(|period| (day_number(period.first_day()), day_number(period.last_day()))).collect();
    let visit = |found: &mut RollForward, walker: &mut Walker<'_>, member: &Member<'_>| {
        found.flows.resize_with(days.len(), BTreeMap::new);
        visit(found, walker, member, tiers.of(member.code), &days);
    };
    let join = |all: &mut RollForward, some: RollForward| {
        all.flows.resize_with(days.len(), BTreeMap::new);
        for (all, some) in all.flows.iter_mut().zip(some.flows) {
            for (tier, flow) in &some {
                all.entry(*tier).or_default().join(flow);
            }
        }
        some.ahead.into_iter().for_each(|(day, points)| *all.ahead.entry(day).or_default() += points);
        all.lapsed_ever += some.lapsed_ever;
        all.spent_ever += some.spent_ever;
    };
    fold(snapshot, programme, classes, &visit, &join)
}

fn visit(found: &mut RollForward, walker: &mut Walker<'_>, member: &Member<'_>, tier: usize, days: &[(i32, i32)]) {
    let Some((first, _)) = days.first() else { return };
    walker.advance(member.entries, first - 1);
    let closing = |walker: &Walker<'_>| walker.lots().map(|(lot, _)| lot.left).sum::<i64>() - walker.owed();
    let mut before = (closing(walker), walker.unmet());
    for ((from, to), flows) in days.iter().zip(&mut found.flows) {
        walker.advance(member.entries, *to);
        let mut flow = Flow {
            members: i64::from(member.entries.first().is_some_and(|entry| entry.day() <= *to)),
            opening: before.0,
            unmet: walker.unmet() - before.1,
            closing: closing(walker),
            lapsed: walker.lapsed(*to),
            owed: walker.owed(),
            ..Flow::default()
        };
        let inside = member.entries.iter().filter(|entry| (*from..=*to).contains(&entry.day()));
        inside.for_each(|entry| add(&mut flow.sums, entry));
        before = (flow.closing, walker.unmet());
        flows.entry(tier).or_default().join(&flow);
    }
    let end = days.last().map_or(i32::MIN, |(_, to)| *to);
    for (lot, last) in walker.lots().filter(|(_, last)| *last >= end) {
        *found.ahead.entry(last).or_default() += lot.left;
    }
    let mut sums = [0; 6];
    member.entries.iter().take_while(|entry| entry.day() <= end).for_each(|entry| add(&mut sums, entry));
    let [_, redeemed, expired, zeroed, _, _] = sums;
    // What is not met may be a return too, and what is given back more than ever lapsed: nobody spent or lost less than nothing.
    found.lapsed_ever += (walker.lapsed(end) - expired - zeroed).max(0);
    found.spent_ever += (-redeemed - walker.unmet()).max(0);
}

/// The flow of all tiers of a period.
pub fn total(flows: &BTreeMap<usize, Flow>) -> Flow {
    let mut all = Flow::default();
    for flow in flows.values() {
        all.join(flow);
    }
    all
}

/// Makes sure that every tier of every period adds up, and that each period begins where the one before ended.
///
/// # Errors
/// [`DoesNotClose`].
pub fn check(programme: &str, periods: &[Period], found: &RollForward) -> Result<(), DoesNotClose> {
    let mut last: Option<i64> = None;
    for (period, flows) in periods.iter().zip(&found.flows) {
        let all = total(flows);
        let broken = flows.values().chain([&all]).find(|flow| flow.difference() != 0);
        let shifted = last.filter(|last| *last != all.opening).map(|last| (all, all.opening - last));
        if let Some((flow, difference)) = broken.map(|flow| (*flow, flow.difference())).or(shifted) {
            let (opening, moved, closing) = (flow.opening, flow.sums.iter().sum::<i64>() + flow.unmet, flow.closing);
            let (programme, period) = (programme.to_owned(), period.to_string());
            return Err(DoesNotClose { programme, period, opening, moved, closing, difference });
        }
        last = Some(all.closing);
    }
    Ok(())
}
