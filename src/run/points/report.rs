//! Reports on points: from a home and a period to a report value, and to the plan that is kept once the report was accepted.

use std::collections::BTreeMap;

use crate::{
    ledger::snapshot::Snapshot,
    metrics::compute::compute,
    period::{Unit, day_number},
    points::{
        decision::{Plan, What},
        outlook::expiring,
    },
    report::{
        Report,
        graded::People,
        points::{self, ExpiringInputs, LapseInputs, LiabilityInputs},
    },
    run::{
        error::RunError,
        home::{Home, one_programme},
        points::{
            classes,
            flow::work_out,
            plan::{self, Made},
        },
        report::{Commission, scene},
        store::Store,
    },
    scheme::SubjectKind,
};

/// Periods before the one that a liability report is about.
const BEFORE: u16 = 11;

/// Makes the liability report.
///
/// # Errors
/// [`RunError`] when a figure cannot be had or an equation does not hold.
pub(in crate::run) async fn liability(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<Report, RunError> {
    let programme = one_programme(home, wanted.programme)?;
    let before = if wanted.period.unit() == Unit::Year { 4 } else { BEFORE };
    let told = work_out(home, snapshot, store, &programme, (wanted.period, before)).await?;
    let titles = match &programme.tiers {
        Some(scheme) => {
            home.scheme(scheme)?.grades.into_iter().map(|grade| grade.title.in_lang(wanted.lang).to_owned()).collect()
        }
        None => told.tiers,
    };
    let people = People::read(snapshot, SubjectKind::Member, &[])?;
    let computed = compute(snapshot, &[])?;
    let fingerprint = snapshot.fingerprint();
    let inputs = LiabilityInputs {
        scene: scene(home, snapshot, wanted, &people, &computed, &fingerprint),
        programme: &programme,
        periods: &told.periods,
        found: &told.found,
        tiers: &titles,
    };
    Ok(points::liability(&inputs)?)
}

/// Makes the report on what lapses with the end of the period: of the plan of the day that came furthest, or of a new one, which is to be kept.
///
/// # Errors
/// [`RunError`] when a figure cannot be had or an equation does not hold.
pub(in crate::run) async fn lapse(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
    now: chrono::NaiveDateTime,
) -> Result<(Report, Option<Made>), RunError> {
    let programme = one_programme(home, wanted.programme)?;
    let day = wanted.period.last_day();
    let plans = store.points_plans().await?;
    let (shown, new) = if let Some(known) = of_day(&plans, &programme.id, day) {
        ((known.clone(), plan::rows(store, known.id).await?, plan::before(&plans, known)), None)
    } else {
        let made = plan::make(home, snapshot, store, (&programme, day), now).await?;
        ((made.plan.clone(), made.rows.clone(), made.last.clone()), Some(made))
    };
    let (plan, rows, last) = shown;
    let mut posted: BTreeMap<String, i64> = BTreeMap::new();
    for noted in store.noted_postings(plan.id).await?.into_iter().filter(|noted| noted.reverses.is_none()) {
        *posted.entry(noted.member).or_default() -= noted.points;
    }
    let people = People::read(snapshot, SubjectKind::Member, &[])?;
    let computed = compute(snapshot, &[])?;
    let fingerprint = snapshot.fingerprint();
    let inputs = LapseInputs {
        scene: scene(home, snapshot, wanted, &people, &computed, &fingerprint),
        programme: &programme,
        plan: &plan,
        rows: &rows,
        posted: &posted,
        last: last.map(|last| (last.day, last.members, last.points)),
    };
    Ok((points::lapse(&inputs)?, new.filter(|made| !made.is_empty())))
}

/// The plan of a day that came furthest: one that touched the ledger, else one that was approved, else the last draft.
fn of_day<'p>(plans: &'p [Plan], programme: &str, day: chrono::NaiveDate) -> Option<&'p Plan> {
    let of_day = plans.iter().filter(|plan| plan.programme == programme && plan.day == day);
    let stand = of_day.filter(|plan| !matches!(plan.state(), Some(What::Withdrawn | What::Reversed)));
    stand.max_by_key(|plan| (plan.touched_the_ledger(), plan.state(), plan.id))
}

/// Makes the list of members whose points are about to lapse.
///
/// # Errors
/// [`RunError`] when a figure cannot be had or an equation does not hold.
pub(in crate::run) async fn about_to_lapse(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<Report, RunError> {
    let programme = one_programme(home, wanted.programme)?;
    let day = wanted.period.last_day();
    let classes = classes(home, snapshot, store, &programme, day).await?;
    let (found, totals) = expiring(snapshot, &programme, &classes, day)?;
    debug_assert!(found.iter().all(|one| one.last > day_number(day)), "what is listed lies ahead");
    let people = People::read(snapshot, SubjectKind::Member, &[])?;
    let computed = compute(snapshot, &[])?;
    let fingerprint = snapshot.fingerprint();
    let inputs = ExpiringInputs {
        scene: scene(home, snapshot, wanted, &people, &computed, &fingerprint),
        programme: &programme,
        expiring: &found,
        totals: &totals,
    };
    Ok(points::expiring(&inputs)?)
}
