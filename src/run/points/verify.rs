//! Whether somebody else posted a plan: where the ledger is not to be written by fenji.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    ledger::snapshot::Snapshot,
    period::day_number,
    points::{
        account::Walker,
        decision::{DecisionError, Plan, What},
        entry::Kind,
        members::{Classes, Member, fold},
        plan::PlanKind,
    },
    run::{
        error::RunError,
        home::Home,
        job::today,
        points::plan::{event, find, rows},
        store::Store,
    },
};

/// A member whose entries are not what the plan says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// The member.
    pub member: String,
    /// What the plan takes.
    pub planned: i64,
    /// What the entries of the ledger take.
    pub found: i64,
}

/// Looks in the ledger for what an approved plan says: entries of its kind, of its day or later. When all of it is there, that is written down.
///
/// # Errors
/// [`RunError`] when the plan is not approved or the entries cannot be read.
pub async fn verify(
    home: &Home,
    store: &mut Store,
    id: i64,
    now: DateTime<Utc>,
) -> Result<(Plan, Vec<Differing>), RunError> {
    let (plan, plans) = find(store, id).await?;
    plan.may(What::Verified, &plans)?;
    let programme = home.programme(&plan.programme)?;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now))?;
    let (day, kind) = (day_number(plan.day), if plan.kind == PlanKind::Zero { Kind::Zero } else { Kind::Expire });
    let visit = |found: &mut BTreeMap<String, i64>, _: &mut Walker<'_>, member: &Member<'_>| {
        let own = member.entries.iter().filter(|entry| entry.kind == kind && entry.day() >= day && entry.points < 0);
        let points: i64 = own.map(|entry| -entry.points).sum();
        if points != 0 {
            found.insert(member.id.to_owned(), points);
        }
    };
    let mut found: BTreeMap<String, i64> =
        fold(&mut snapshot, &programme, &Classes::default(), &visit, &|all: &mut BTreeMap<String, i64>, some| {
            all.extend(some);
        })?;
    let mut differing = Vec::new();
    for row in rows(store, id).await? {
        let there = found.remove(&row.member).unwrap_or(0);
        if there != row.lapses {
            differing.push(Differing { member: row.member, planned: row.lapses, found: there });
        }
    }
    differing.extend(found.into_iter().map(|(member, found)| Differing { member, planned: 0, found }));
    if differing.is_empty() {
        store.add_points_event(&plan, &event(home, &plan, What::Verified, None, now)).await?;
        return Ok((find(store, id).await?.0, differing));
    }
    Ok((plan, differing))
}

/// The failure that differences are.
pub fn refused(plan: &Plan, differing: &[Differing]) -> DecisionError {
    let wrong = i64::try_from(differing.len()).unwrap_or(i64::MAX);
    DecisionError::NotVerified { plan: plan.id, members: plan.members, wrong }
}
