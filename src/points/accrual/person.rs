//! What members earn otherwise than by buying: referrals and events (S15).

use crate::{
    ledger::dictionary::NOTHING,
    period::day_from_number,
    points::{
        accrual::{Expected, Rules},
        programme::Earned,
    },
};

/// A member who was referred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Referred {
    /// The member, by code.
    pub member: u32,
    /// Who referred it, by code.
    pub by: u32,
    /// Whether it may not buy.
    pub blocked: bool,
    /// The day of its first paid order; `None` without one.
    pub paid: Option<i32>,
}

/// Tells what is expected for referrals: on the day of the first paid order of a member who is not blocked. Nobody refers himself.
pub fn referrals(rules: &Rules<'_>, all: impl Iterator<Item = Referred>, tell: &mut dyn FnMut(Expected)) {
    for one in all.filter(|one| !one.blocked && one.by != NOTHING && one.by != one.member) {
        let Some(day) = one.paid.filter(|day| rules.holds(*day)) else { continue };
        for (rule, earn) in day_from_number(day).into_iter().flat_map(|day| rules.on(day)) {
            if let Earned::Referral { points } = earn.earned {
                tell(Expected { rule, member: one.by, order: None, original: None, day, points });
            }
        }
    }
}

/// Tells what is expected for a member at an event on a day.
pub fn attended(rules: &Rules<'_>, (member, event, day): (u32, &str, i32), tell: &mut dyn FnMut(Expected)) {
    if member == NOTHING || !rules.holds(day) {
        return;
    }
    for (rule, earn) in day_from_number(day).into_iter().flat_map(|day| rules.on(day)) {
        if let Earned::Event { points: by_event } = &earn.earned
            && let Some(points) = by_event.get(event)
        {
            tell(Expected { rule, member, order: None, original: None, day, points: *points });
        }
    }
}
