//! Making, approving and withdrawing a plan.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use sha2::{Digest, Sha256};

use crate::{
    ledger::snapshot::Snapshot,
    money::Share,
    period::{Period, day_number, days_after},
    points::{
        account::Walker,
        decision::{DecisionError, Event, Plan, What, next_edition},
        entry::Kind,
        kept::{read_parquet, to_parquet},
        members::{Classes, Member, fold},
        plan::{PlanKind, PlanRow, lapsing},
        programme::{Lapse, Programme, next_zeroing},
    },
    run::{
        error::RunError,
        home::Home,
        job::today,
        points::classes,
        store::{Store, points::NewPlan},
    },
};

/// A plan with its rows, as it was made.
#[derive(Debug)]
pub struct Made {
    /// The plan; its number is 0 until it is kept.
    pub plan: Plan,
    /// What lapses of whom.
    pub rows: Vec<PlanRow>,
    /// What lapsed the last time, if that is known.
    pub last: Option<Last>,
}

impl Made {
    /// Whether there is nothing to post: nothing lapses, or members spent all of it since.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| row.left == 0)
    }
}

/// What lapsed the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// The day.
    pub day: NaiveDate,
    /// How many members lost points.
    pub members: i64,
    /// How many points.
    pub points: i64,
}

/// Works out what lapses of a programme with the end of a day. Nothing is kept.
///
/// # Errors
/// [`RunError`] when the programme is not in force or zeroes nothing on the day, or the entries cannot be read.
pub async fn make(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    (programme, day): (&Programme, NaiveDate),
    now: NaiveDateTime,
) -> Result<Made, RunError> {
    let kind = kind_on(programme, day)?;
    let plans = store.points_plans().await?;
    let edition = next_edition(&plans, &programme.id, day);
    let classes = classes(home, snapshot, store, programme, day).await?;
    let rows = lapsing(snapshot, programme, &classes, (day, kind), edition)?;
    let last = last(&plans, &programme.id, kind, day);
    let points = rows.iter().map(|row| row.lapses).sum();
    let plan = Plan {
        id: 0,
        programme: programme.id.clone(),
        kind,
        day,
        edition,
        rules: programme.fingerprint.clone(),
        hash: hash(programme, day, &rows),
        members: count(rows.len()),
        points,
        tripped: last.as_ref().is_some_and(|last| trips(programme.most_above_last, last.points, points)),
        classes: programme.class_names().into_iter().map(str::to_owned).collect(),
        snapshot: snapshot.fingerprint(),
        made_at: now,
        events: Vec::new(),
    };
    Ok(Made { plan, rows, last })
}

/// How points lapse on a day.
fn kind_on(programme: &Programme, day: NaiveDate) -> Result<PlanKind, DecisionError> {
    let version = programme.version_on(day).ok_or_else(|| DecisionError::NotInForce {
        programme: programme.id.clone(),
        day,
        since: programme.versions.first().map_or(day, |version| version.in_force),
    })?;
    match &version.lapse {
        Lapse::Lot(_) | Lapse::Inactivity(_) => Ok(PlanKind::Expire),
        Lapse::Calendar { .. } => {
            let names = programme.class_names();
            let all = std::iter::once(None).chain(names.iter().map(|name| Some(*name)));
            let next: Vec<NaiveDate> = all.filter_map(|class| next_zeroing(programme, class, day)).collect();
            if next.contains(&day) {
                return Ok(PlanKind::Zero);
            }
            let next = next.iter().min().map_or_else(|| "none".to_owned(), NaiveDate::to_string);
            Err(DecisionError::NoZeroingDay { programme: programme.id.clone(), day, next })
        }
    }
}

/// A fingerprint of what lapses of whom by which rules: what an approval is about.
fn hash(programme: &Programme, day: NaiveDate, rows: &[PlanRow]) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("{}\n{day}\n{}\n", programme.id, programme.fingerprint));
    for row in rows {
        digest.update(format!("{}\t{}\n", row.member, row.lapses));
    }
    let bytes = digest.finalize();
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The last plan of the programme before a day whose postings stand.
fn last(plans: &[Plan], programme: &str, kind: PlanKind, day: NaiveDate) -> Option<Last> {
    let stand = |plan: &&Plan| matches!(plan.state(), Some(What::Posted | What::Verified));
    let before =
        plans.iter().filter(|plan| plan.programme == programme && plan.kind == kind && plan.day < day).filter(stand);
    let plan = before.max_by_key(|plan| (plan.day, plan.edition))?;
    let done = plan.events.last()?;
    Some(Last { day: plan.day, members: done.members, points: done.points })
}

/// What lapsed the last time before a plan.
pub(super) fn before(plans: &[Plan], plan: &Plan) -> Option<Last> {
    last(plans, &plan.programme, plan.kind, plan.day)
}

/// Whether what lapses is more than so much above the last time.
fn trips(most: Option<Share>, last: i64, points: i64) -> bool {
    let above = Share::new(i128::from(points) - i128::from(last), last);
    most.is_some_and(|most| last > 0 && above.compare(most).is_some_and(std::cmp::Ordering::is_gt))
}

/// Keeps a plan; gives its number.
///
/// # Errors
/// [`RunError`] when the store cannot be written.
pub async fn keep(store: &mut Store, made: &Made) -> Result<i64, RunError> {
    let (rows, lots) = to_parquet(&made.rows)?;
    Ok(store.add_points_plan(&NewPlan { plan: &made.plan, rows: &rows, lots: &lots }).await?)
}

/// A kept plan by its number, with all others.
///
/// # Errors
/// [`RunError`] when there is none.
pub async fn find(store: &mut Store, id: i64) -> Result<(Plan, Vec<Plan>), RunError> {
    let plans = store.points_plans().await?;
    let plan = plans.iter().find(|plan| plan.id == id).cloned().ok_or(DecisionError::NoSuchPlan { plan: id })?;
    Ok((plan, plans))
}

/// The rows of a kept plan.
///
/// # Errors
/// [`RunError`] when they are damaged.
pub async fn rows(store: &mut Store, id: i64) -> Result<Vec<PlanRow>, RunError> {
    let (rows, lots) = store.points_plan_rows(id).await?;
    Ok(read_parquet(&rows, &lots)?)
}

/// Who decides, and why.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'d> {
    /// The person.
    pub by: &'d str,
    /// Why, where that is said.
    pub reason: Option<&'d str>,
}

/// Approves a plan as it stands.
///
/// # Errors
/// [`RunError`] when its day is not over, its grades are not kept, its inputs changed, more lapses than the programme lets pass, or another plan of the day is on its way.
pub async fn approve(
    home: &Home,
    store: &mut Store,
    id: i64,
    decided: Decided<'_>,
    now: DateTime<Utc>,
) -> Result<Plan, RunError> {
    let (plan, plans) = find(store, id).await?;
    named(&plan, decided)?;
    plan.may(What::Approved, &plans)?;
    let programme = home.programme(&plan.programme)?;
    ready(home, store, &programme, &plan, today(home, now)).await?;
    // What lapsed the last time may have been posted since the plan was made.
    let above = |last: &Last| plan.tripped || trips(programme.most_above_last, last.points, plan.points);
    if let Some(last) = before(&plans, &plan).filter(|last| decided.reason.is_none() && above(last)) {
        let most = programme.most_above_last.and_then(|most| most.scaled(4)).unwrap_or(0);
        let most = crate::money::plain(most, 2);
        return Err(DecisionError::Tripped { plan: id, points: plan.points, most, last: last.points }.into());
    }
    unchanged(home, store, &programme, &plan, now).await?;
    let event = event(home, &plan, What::Approved, Some(decided), now);
    store.add_points_event(&plan, &event).await?;
    Ok(find(store, id).await?.0)
}

/// Withdraws a plan that was not posted.
///
/// # Errors
/// [`RunError`] when it was, or is withdrawn already.
pub async fn withdraw(
    home: &Home,
    store: &mut Store,
    id: i64,
    decided: Decided<'_>,
    now: DateTime<Utc>,
) -> Result<Plan, RunError> {
    let (plan, plans) = find(store, id).await?;
    named(&plan, decided)?;
    plan.may(What::Withdrawn, &plans)?;
    let event = event(home, &plan, What::Withdrawn, Some(decided), now);
    store.add_points_event(&plan, &event).await?;
    Ok(find(store, id).await?.0)
}

pub(super) fn named(plan: &Plan, decided: Decided<'_>) -> Result<(), DecisionError> {
    if decided.by.trim().is_empty() { Err(DecisionError::Nobody { plan: plan.id }) } else { Ok(()) }
}

/// Something that happens to a plan as it stands.
pub(super) fn event(home: &Home, plan: &Plan, what: What, decided: Option<Decided<'_>>, now: DateTime<Utc>) -> Event {
    Event {
        what,
        person: decided.map(|decided| decided.by.trim().to_owned()),
        reason: decided.and_then(|decided| decided.reason).map(str::to_owned),
        hash: plan.hash.clone(),
        members: plan.members,
        points: plan.points,
        at: now.with_timezone(&home.mapping.zone).naive_local(),
    }
}

/// Whether the day of a plan is over and everything that comes before it is done.
pub(super) async fn ready(
    home: &Home,
    store: &mut Store,
    programme: &Programme,
    plan: &Plan,
    today: NaiveDate,
) -> Result<(), RunError> {
    if plan.day >= today {
        return Err(DecisionError::NotOver { plan: plan.id, day: plan.day, today }.into());
    }
    for id in &programme.before_lapse {
        let scheme = home.scheme(id)?;
        let reviewed = |cadence| Period::holding(cadence, plan.day).last_day() == plan.day;
        let given = scheme.version_on(plan.day).is_some_and(|(_, version)| reviewed(version.cadence));
        if given && store.kept_on(id, plan.day).await?.is_none() {
            return Err(DecisionError::GradesFirst { plan: plan.id, scheme: id.clone(), day: plan.day }.into());
        }
    }
    Ok(())
}

/// Whether what lapses is still what the plan says. Its own postings do not count.
pub(super) async fn unchanged(
    home: &Home,
    store: &mut Store,
    programme: &Programme,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<(), RunError> {
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now))?;
    let classes = classes(home, &mut snapshot, store, programme, plan.day).await?;
    let rows = lapsing(&mut snapshot, programme, &classes, (plan.day, plan.kind), plan.edition)?;
    if hash(programme, plan.day, &rows) == plan.hash {
        return Ok(());
    }
    Err(DecisionError::Changed {
        plan: plan.id,
        programme: plan.programme.clone(),
        day: plan.day,
        points: plan.points,
        members: plan.members,
        found_points: rows.iter().map(|row| row.lapses).sum(),
        found_members: count(rows.len()),
    }
    .into())
}

/// What the ledger itself says lapsed in the year before a day: beside a first plan, which has no last one.
///
/// # Errors
/// [`RunError`] when the entries cannot be read.
pub fn lapsed_in_ledger(snapshot: &mut Snapshot, programme: &Programme, day: NaiveDate) -> Result<i64, RunError> {
    let year = day_number(days_after(day, -366))..day_number(day);
    let visit = |sum: &mut i64, _: &mut Walker<'_>, member: &Member<'_>| {
        let lapses = member.entries.iter().filter(|entry| matches!(entry.kind, Kind::Expire | Kind::Zero));
        *sum -= lapses.filter(|entry| year.contains(&entry.day())).map(|entry| entry.points).sum::<i64>();
    };
    Ok(fold(snapshot, programme, &Classes::default(), &visit, &|all: &mut i64, some| *all += some)?)
}
