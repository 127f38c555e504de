//! A candidate scheme beside the live one on some days: who would move, with how much, and who stands close to a limit. Nothing is kept.

use std::{collections::BTreeSet, path::Path};

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    grading::{
        bound::Bound,
        chain::{Given, Opening, TooMany, grade, review_days},
        compare::{Migration, Near, near},
        ladder::Held,
        set::GradeSet,
        subjects::Subjects,
    },
    ledger::{dictionary::Dictionary, snapshot::Snapshot},
    metrics::{
        compute::{Computed, Request, compute},
        definition::{Metric, MetricUnit},
    },
    money::Share,
    run::{
        error::RunError,
        grades::{first_data, given, held_before},
        home::{Home, unknown},
        job::today,
        schemes::{bind, bind_file},
        store::Store,
    },
};

/// What is to be tried.
#[derive(Debug, Clone, Copy)]
pub struct Order<'o> {
    /// The file of the candidate.
    pub candidate: &'o Path,
    /// The live scheme.
    pub live: &'o str,
    /// The days to compare on, at least one.
    pub days: &'o [NaiveDate],
    /// The metric that says what a subject weighs; without one, the first amount that either scheme looks at.
    pub figure: Option<&'o str>,
    /// Which share of a limit counts as close to it.
    pub within: Share,
}

/// How a candidate compares with the live scheme.
#[derive(Debug)]
pub struct Trial {
    /// The live scheme.
    pub live: Bound,
    /// The candidate, its last version in force since the first of the live scheme.
    pub candidate: Bound,
    /// The metric that says what a subject weighs, where there is one.
    pub figure: Option<Metric>,
    /// The days in their order.
    pub days: Vec<DayOfTrial>,
    /// Fingerprint of the snapshot.
    pub snapshot: String,
    /// What the operator should know.
    pub warnings: Vec<String>,
}

/// One day of a trial.
#[derive(Debug)]
pub struct DayOfTrial {
    /// The day.
    pub as_of: NaiveDate,
    /// From the grades of the live scheme to those of the candidate.
    pub migration: Migration,
    /// Subjects whose live grade changed since the day before it in the trial, of all graded on both.
    pub live_changed: (i64, i64),
    /// The same under the candidate.
    pub candidate_changed: (i64, i64),
    /// Who stands close to a limit of the candidate.
    pub near: Vec<Near>,
}

/// Grades on some days by a candidate and by the live scheme, each from what the live scheme had given before the first of them.
///
/// # Errors
/// Every fault of the candidate's file, figures that nobody decided, or [`RunError`] as for grading.
pub async fn try_out(home: &Home, order: &Order<'_>, now: DateTime<Utc>) -> Result<Trial, RunError> {
    let days: Vec<NaiveDate> = order.days.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let Some(first) = days.first().copied() else { return Err(RunError::NoDay) };
    let live = bind(home, order.live)?;
    let since = live.scheme.versions.first().map_or(first, |version| version.in_force);
    if live.stamp_on(first).is_none() {
        return Err(RunError::NotInForce { scheme: order.live.to_owned(), as_of: first, since });
    }
    let candidate = bind_file(home, order.candidate, since)?;
    if candidate.scheme.subject != live.scheme.subject {
        let names = (candidate.scheme.subject.entity_and_key().0, live.scheme.subject.entity_and_key().0);
        return Err(RunError::OtherSubjects { candidate: names.0, live: names.1 });
    }
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now))?;
    let mut store = Store::open(&home.settings.store).await?;
    let read =
        |bound: &Bound, snapshot: &mut Snapshot| Subjects::read(snapshot, bound.scheme.subject, &bound.conditions);
    let (live_subjects, candidate_subjects) = (read(&live, &mut snapshot)?, read(&candidate, &mut snapshot)?);
    let mut warnings = Vec::new();
    let given = given(home, &mut snapshot, &live, &mut warnings)?;
    let (kept, held) = held_before(&mut store, &live, first, &snapshot).await?;
    let given = unseen(given, kept, &held);
    let begin = match kept {
        Some(kept) => kept,
        None => first_data(&mut snapshot, &live, &given)?.unwrap_or(first),
    };
    let live_chains = chains(&live, &days, kept, begin)?;
    let candidate_chains = chains(&candidate, &days, kept, begin)?;
    let figure = figure(home, order.figure, &[&live, &candidate])?;
    let mut requests = live.requests(&live_chains.concat());
    requests.extend(candidate.requests(&candidate_chains.concat()));
    requests.extend(figure.iter().map(|metric| Request::new(metric.clone(), days.iter().copied())));
    let computed = compute(&mut snapshot, &Request::merged(requests))?;
    let graded = |bound: &Bound, subjects: &Subjects, chains: &[Vec<NaiveDate>]| -> Result<Vec<GradeSet>, RunError> {
        let to = |rank: u8| live.scheme.grade(rank).and_then(|grade| bound.scheme.rank_of(&grade.id));
        let opening: Vec<Option<Held>> =
            held.iter().map(|held| held.and_then(|held| Some(Held { rank: to(held.rank)?, ..held }))).collect();
        let gifts: Vec<Given> = given.iter().filter_map(|gift| Some(Given { rank: to(gift.rank)?, ..*gift })).collect();
        let mut sets = Vec::new();
        for chain in chains {
            let opening = Opening(opening.clone());
            sets.extend(grade(bound, subjects, &computed, snapshot.dictionaries(), chain, opening, &gifts)?.pop());
        }
        Ok(sets)
    };
    let by_live = graded(&live, &live_subjects, &live_chains)?;
    let by_candidate = graded(&candidate, &candidate_subjects, &candidate_chains)?;
    let codes = snapshot.dictionaries().of(live.scheme.subject.entity_and_key().1).map_or(0, Dictionary::len);
    let sets = (by_live.as_slice(), by_candidate.as_slice());
    let found =
        compared((&live, &candidate), sets, codes, order.within, |day| weight(figure.as_ref(), &computed, day))?;
    Ok(Trial { live, candidate, figure, days: found, snapshot: snapshot.fingerprint(), warnings })
}

/// The reviews up to each day. Each day has a chain of its own: one between two reviews is only looked at, and changes nothing for later ones.
fn chains(
    bound: &Bound,
    days: &[NaiveDate],
    kept: Option<NaiveDate>,
    begin: NaiveDate,
) -> Result<Vec<Vec<NaiveDate>>, RunError> {
    let chain = |day: &NaiveDate| {
        let scheme = bound.scheme.id.clone();
        let found = review_days(&bound.scheme, kept, begin.min(*day), *day);
        let found = found.map_err(|TooMany { most }| RunError::TooManyReviews { scheme, as_of: *day, most })?;
        bound.ready_on(&found)?;
        Ok(found)
    };
    days.iter().map(chain).collect()
}

/// As for grading: what was given before the kept review is in it, unless it did not see the subject.
fn unseen(given: Vec<Given>, kept: Option<NaiveDate>, held: &[Option<Held>]) -> Vec<Given> {
    let seen = |subject: u32| usize::try_from(subject).ok().and_then(|at| held.get(at)).is_some_and(Option::is_some);
    given.into_iter().filter(|gift| kept.is_none_or(|kept| gift.day > kept) || !seen(gift.subject)).collect()
}

/// Both grades of each day side by side; `weight` gives what each subject weighs on a day.
fn compared<W: Fn(u32) -> i64>(
    (live, candidate): (&Bound, &Bound),
    (by_live, by_candidate): (&[GradeSet], &[GradeSet]),
    codes: usize,
    within: Share,
    weight: impl Fn(NaiveDate) -> Result<W, RunError>,
) -> Result<Vec<DayOfTrial>, RunError> {
    let grades = (live.scheme.grades.len(), candidate.scheme.grades.len());
    let mut found = Vec::new();
    for (at, (first, second)) in by_live.iter().zip(by_candidate).enumerate() {
        let version = candidate.versions.get(second.version);
        let before = |sets: &[GradeSet]| at.checked_sub(1).and_then(|before| sets.get(before).cloned());
        found.push(DayOfTrial {
            as_of: first.as_of,
            migration: Migration::new(first, second, codes, grades, weight(first.as_of)?),
            live_changed: changed(before(by_live).as_ref(), first, codes),
            candidate_changed: changed(before(by_candidate).as_ref(), second, codes),
            near: version.map_or_else(Vec::new, |version| near(version, second, second.as_of, within)),
        });
    }
    Ok(found)
}

/// The metric that says what a subject weighs.
fn figure(home: &Home, wanted: Option<&str>, bounds: &[&Bound]) -> Result<Option<Metric>, RunError> {
    if let Some(id) = wanted {
        let known: Vec<String> = home.metrics.keys().cloned().collect();
        let metric = home.metrics.get(id).ok_or_else(|| unknown("metric", id, &known))?;
        let adds_up = match metric.unit() {
            MetricUnit::Money | MetricUnit::Points | MetricUnit::Count | MetricUnit::Quantity => true,
            MetricUnit::Days | MetricUnit::Day | MetricUnit::Ratio | MetricUnit::Word => false,
        };
        let key = bounds.first().map(|bound| bound.scheme.subject.entity_and_key().1);
        if !adds_up || metric.subject() != key {
            return Err(RunError::NoWeight { metric: id.to_owned() });
        }
        return Ok(Some(metric.clone()));
    }
    let metrics = bounds.iter().flat_map(|bound| &bound.versions).flat_map(|version| &version.metrics);
    Ok(metrics.map(|bound| &bound.metric).find(|metric| metric.unit() == MetricUnit::Money).cloned())
}

/// What each subject weighs on a day: nothing without a metric or a figure.
fn weight<'c>(
    metric: Option<&Metric>,
    computed: &'c Computed,
    day: NaiveDate,
) -> Result<impl Fn(u32) -> i64 + use<'c>, RunError> {
    let figures = match metric {
        Some(metric) => Some(computed.at(&metric.id, day)?),
        None => None,
    };
    Ok(move |subject| figures.and_then(|(figures, place)| figures.get(subject, place)).unwrap_or(0))
}

/// How many subjects have another grade than the day before, of all who have one on both.
fn changed(before: Option<&GradeSet>, now: &GradeSet, codes: usize) -> (i64, i64) {
    let Some(before) = before else { return (0, 0) };
    let both = before.by_code(codes).into_iter().zip(now.by_code(codes)).filter_map(|(before, now)| before.zip(now));
    both.fold((0, 0), |(changed, all), (before, now)| (changed + i64::from(before != now), all + 1))
}
