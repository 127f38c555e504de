//! Points that are about to lapse: what members are warned of, so many days ahead (S16–S18).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    ledger::{error::LedgerError, snapshot::Snapshot},
    period::day_number,
    points::{
        account::Walker,
        members::{Classes, Member, fold},
        programme::Programme,
    },
};

/// Points of a member that lapse on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// The member's code (`member_id`).
    pub member: u32,
    /// The member.
    pub id: String,
    /// Days from the day of the list to the last usable day.
    pub days_ahead: i64,
    /// The last usable day.
    pub last: i32,
    /// How many points lapse with its end.
    pub points: i64,
    /// Everything that the member can use now or later.
    pub balance: i64,
}

/// What lapses of whom, and by days ahead in all.
pub type Found = (Vec<Expiring>, BTreeMap<i64, i64>);

/// What lapses the programme's `warn-days` after a day, by days ahead (the most first) and member; and the points of each of these days in all.
///
/// # Errors
/// [`LedgerError`] when the entries cannot be read.
pub fn expiring(
    snapshot: &mut Snapshot,
    programme: &Programme,
    classes: &Classes,
    day: NaiveDate,
) -> Result<Found, LedgerError> {
    let day = day_number(day);
    let visit = |found: &mut Found, walker: &mut Walker<'_>, member: &Member<'_>| {
        walker.advance(member.entries, day);
        for days_ahead in &programme.warn_days {
            let last = day.saturating_add(i32::try_from(*days_ahead).unwrap_or(i32::MAX));
            // What lapses up to the day less what lapses before it: apart from the lots that are listed.
            *found.1.entry(*days_ahead).or_default() += walker.lapsing(last) - walker.lapsing(last - 1);
            let points: i64 = walker.lots().filter(|(_, own)| *own == last).map(|(lot, _)| lot.left).sum();
            if points > 0 {
                let (code, id, balance) = (member.code, member.id.to_owned(), walker.balance(day));
                found.0.push(Expiring { member: code, id, days_ahead: *days_ahead, last, points, balance });
            }
        }
    };
    let join = |all: &mut Found, some: Found| {
        all.0.extend(some.0);
        some.1.into_iter().for_each(|(ahead, points)| *all.1.entry(ahead).or_default() += points);
    };
    let (mut rows, totals) = fold(snapshot, programme, classes, &visit, &join)?;
    rows.sort_unstable_by(|one, other| other.days_ahead.cmp(&one.days_ahead).then_with(|| one.id.cmp(&other.id)));
    Ok((rows, totals))
}
