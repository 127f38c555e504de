//! The annual review pack: from a review to a report value (S56).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    grading::{review::Review, worked::work},
    ledger::snapshot::Snapshot,
    metrics::compute::{MetricError, compute},
    period::{Period, Unit},
    report::{
        Report,
        graded::{Graded, People, Scene, count},
        review::{OWN, PackInputs, build, facts::Records, requests},
    },
    run::{
        error::RunError,
        grades::work_out_proposals,
        home::Home,
        job::today,
        review::{
            compared, find,
            proposal::{lasting, proposed},
        },
        store::Store,
    },
    scheme::SubjectKind,
    text::Lang,
};

/// Makes the pack of a review as it stands, with the name of its declaration. Nothing is decided or kept by it.
///
/// # Errors
/// [`RunError`] when the review or a figure cannot be had, or an equation does not hold.
pub async fn pack(home: &Home, name: &str, lang: Lang, now: DateTime<Utc>) -> Result<(Report, String), RunError> {
    let (mut store, stored) = find(home, name).await?;
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now))?;
    let report = shown(home, &mut snapshot, &mut store, &stored.review, lang).await?;
    Ok((report, stored.review.head.declaration))
}

/// The pack of a review from a snapshot of the ledger.
///
/// # Errors
/// [`RunError`] when a figure cannot be had, or an equation does not hold.
pub(super) async fn shown(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    review: &Review,
    lang: Lang,
) -> Result<Report, RunError> {
    let head = &review.head;
    let declared = home.review(&head.declaration)?;
    let grades = work_out_proposals(home, snapshot, store, &head.scheme, head.as_of).await?;
    let changed = if review.publication.is_some() {
        None
    } else {
        let last = store.last_published(&head.scheme, head.as_of).await?;
        let changes = compared(review, &proposed(&grades, snapshot, &lasting(last.as_ref(), head.as_of)));
        Some(if changes.none() { 0 } else { changes.count().max(1) })
    };
    let subjects = &grades.now.subjects;
    let worked = grades.bound.others.iter().map(|(name, bound)| {
        let worked = work(bound, subjects, &grades.computed, snapshot.dictionaries(), head.as_of)?;
        Ok((name.clone(), worked))
    });
    let others = worked.collect::<Result<BTreeMap<_, _>, MetricError>>()?;
    let requests = requests(snapshot, head.as_of);
    let computed = compute(snapshot, &requests)?;
    let subject = grades.bound.scheme.subject;
    let people = People::read(snapshot, subject, OWN)?;
    let records =
        if subject == SubjectKind::Customer { Records::read(snapshot, head.as_of)? } else { Records::default() };
    let fingerprint = snapshot.fingerprint();
    let scene = Scene {
        lang,
        organisation: home.settings.organisation.in_lang(lang),
        period: Period::holding(Unit::Day, head.as_of),
        currency: &home.mapping.currency,
        zone: home.mapping.zone.name(),
        people: &people,
        computed: &computed,
        dictionaries: snapshot.dictionaries(),
        read: snapshot.facts(),
        fingerprint: &fingerprint,
    };
    let graded = Graded {
        bound: &grades.bound,
        now: &grades.now,
        subjects: count(grades.subjects.on(head.as_of).count()),
        // A draft is not kept: what the published review holds is in its own rows.
        restated: None,
    };
    let inputs = PackInputs { scene, graded, review, declared: &declared, records: &records, others: &others, changed };
    Ok(build(&inputs)?)
}
