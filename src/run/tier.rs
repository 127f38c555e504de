//! The tier report: from a home and a period to a report value.

use std::collections::BTreeMap;

use crate::{
    grading::ladder::Reason,
    ledger::{entity::entity, snapshot::Snapshot},
    period::{Period, Unit},
    report::{
        Report,
        tier::{TierInputs, build, requests},
    },
    run::{
        error::RunError,
        grades::{Grades, work_out},
        home::Home,
        store::Store,
    },
    text::Lang,
};

/// Makes the tier report of a month. Nothing is kept: [`Grades::keep`] does that once the report was accepted.
///
/// # Errors
/// [`RunError`] when a figure cannot be had or an equation does not hold.
pub async fn report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    scheme: &str,
    period: Period,
    lang: Lang,
) -> Result<(Report, Grades), RunError> {
    if period.unit() != Unit::Month {
        return Err(RunError::WrongPeriodUnit {
            report: "tier",
            wanted: "month",
            such: "2026-10",
            period: period.to_string(),
        });
    }
    let cadence = home.scheme(scheme)?.version_on(period.last_day()).map(|(_, version)| version.cadence);
    if let Some(cadence) = cadence.filter(|cadence| *cadence != Unit::Month) {
        return Err(RunError::WrongCadence { scheme: scheme.to_owned(), cadence: cadence.name() });
    }
    let grades = work_out(home, snapshot, store, scheme, period.last_day(), requests(period)).await?;
    let names = names_of_moved(snapshot, &grades)?;
    let fingerprint = snapshot.fingerprint();
    let inputs = TierInputs {
        lang,
        organisation: home.settings.organisation.in_lang(lang),
        period,
        currency: &home.mapping.currency,
        zone: home.mapping.zone.name(),
        scheme: &grades.bound.scheme,
        subjects: &grades.subjects,
        names: &names,
        now: &grades.now,
        before: &grades.before,
        computed: &grades.computed,
        dictionaries: snapshot.dictionaries(),
        read: snapshot.facts(),
        fingerprint: &fingerprint,
        restated: grades.restated,
    };
    let report = build(&inputs)?;
    Ok((report, grades))
}

/// Names of the members who moved, by code: no other name leaves the ledger.
fn names_of_moved(snapshot: &mut Snapshot, grades: &Grades) -> Result<BTreeMap<u32, u32>, RunError> {
    let set = &grades.now;
    let mut names: BTreeMap<u32, u32> = set
        .subjects
        .iter()
        .zip(&set.reasons)
        .filter(|(_, reason)| matches!(reason, Reason::Promoted | Reason::Demoted))
        .map(|(subject, _)| (*subject, 0))
        .collect();
    let Some(member) = entity("member").filter(|member| snapshot.has(member, "name")) else {
        return Ok(BTreeMap::new());
    };
    let rows = snapshot.read(member, &["member_id", "name"], "the names of members who moved")?;
    for (subject, name) in rows.codes("member_id").iter().zip(rows.codes("name")) {
        if let Some(place) = names.get_mut(subject) {
            *place = *name;
        }
    }
    Ok(names)
}
