//! What members have at the end of a day.

use chrono::NaiveDate;

use crate::{
    ledger::{error::LedgerError, snapshot::Snapshot},
    period::day_number,
    points::{
        account::Walker,
        entry::{Entry, Kind},
        members::{Classes, Member, fold},
        programme::Programme,
        rulebook::FOREVER,
    },
};

/// What a member has at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The member.
    pub member: String,
    /// Points by kind of entry, signed, in the order of [`Kind::ALL`].
    pub sums: [i64; 6],
    /// What can be used now or later.
    pub balance: i64,
    /// What of it cannot be used yet.
    pub pending: i64,
    /// What lapsed before and no entry says so.
    pub lapsed: i64,
    /// What was spent, as the ledger says, without being there; new points pay for it.
    pub owed: i64,
    /// What was spent without being there, and was not counted.
    pub unmet: i64,
    /// What lapses next: the last day and how many; `None` when nothing will.
    pub next: Option<(i32, i64)>,
    /// What lapses within the days that were asked for, the first of them the day itself.
    pub within: i64,
}

/// Adds an entry to sums by kind.
pub(super) fn add(sums: &mut [i64; 6], entry: &Entry) {
    let place = Kind::ALL.iter().position(|kind| *kind == entry.kind);
    if let Some(sum) = place.and_then(|at| sums.get_mut(at)) {
        *sum = sum.saturating_add(entry.points);
    }
}

/// What every member with entries has at the end of a day, by id; `within` counts days.
///
/// # Errors
/// [`LedgerError`] when the entries cannot be read.
pub fn standings(
    snapshot: &mut Snapshot,
    programme: &Programme,
    classes: &Classes,
    (day, within): (NaiveDate, i32),
) -> Result<Vec<Standing>, LedgerError> {
    let day = day_number(day);
    let visit = |found: &mut Vec<Standing>, walker: &mut Walker<'_>, member: &Member<'_>| {
        walker.advance(member.entries, day);
        let mut sums = [0; 6];
        member.entries.iter().take_while(|entry| entry.day() <= day).for_each(|entry| add(&mut sums, entry));
        if member.entries.first().is_some_and(|first| first.day() <= day) {
            found.push(standing(walker, member.id, sums, day, within));
        }
    };
    let mut found = fold(snapshot, programme, classes, &visit, &|all: &mut Vec<Standing>, some| all.extend(some))?;
    found.sort_unstable_by(|one, other| one.member.cmp(&other.member));
    Ok(found)
}

fn standing(walker: &Walker<'_>, member: &str, sums: [i64; 6], day: i32, within: i32) -> Standing {
    let mut next: Option<(i32, i64)> = None;
    let mut soon = 0;
    for (lot, last) in walker.lots().filter(|(_, last)| *last >= day && *last != FOREVER) {
        match &mut next {
            Some((first, points)) if *first == last => *points += lot.left,
            Some(_) => {}
            None => next = Some((last, lot.left)),
        }
        if last < day.saturating_add(within) {
            soon += lot.left;
        }
    }
    Standing {
        member: member.to_owned(),
        sums,
        balance: walker.balance(day),
        pending: walker.pending(day),
        lapsed: walker.lapsed(day),
        owed: walker.owed(),
        unmet: walker.unmet(),
        next,
        within: soon,
    }
}
