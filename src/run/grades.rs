//! The grades of a scheme on a day: the kept grades they build on, the reviews since, and what is to be kept.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};

use crate::{
    grading::{
        bound::{Bound, BoundMetric},
        chain::{Given, Opening, TooMany, grade, review_days},
        ladder::Held,
        set::{GradeSet, read_parquet},
        subjects::Subjects,
    },
    ledger::{batch::NO_DAY, dictionary::NOTHING, entity::entity, snapshot::Snapshot},
    metrics::compute::{Computed, Request, compute},
    period::{Period, Unit, day_from_number},
    run::{
        error::RunError,
        home::Home,
        restatement::{differences, restatement},
        schemes::bind,
        store::{Kept, Store, ToKeep},
    },
    scheme::SubjectKind,
};

/// Grades on a day with everything they hang on.
#[derive(Debug)]
pub struct Grades {
    /// The scheme with its limits.
    pub bound: Bound,
    /// Every subject of the ledger.
    pub subjects: Subjects,
    /// Every figure that was asked for.
    pub computed: Computed,
    /// The grades on the day.
    pub now: GradeSet,
    /// The grades at the review before; empty when this is the first.
    pub before: GradeSet,
    /// The day of the kept grades that they build on; `None` when they were worked out from the beginning.
    pub built_on: Option<NaiveDate>,
    /// How many differ from those kept for this day earlier; `None` when none were.
    pub restated: Option<i64>,
    /// What the operator should know.
    pub warnings: Vec<String>,
    /// Grades that were worked out now and are not kept yet.
    new: Vec<GradeSet>,
}

/// What the grades of a day build on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// The last kept grades and every review since: each follows from the one before.
    Chain,
    /// The last kept grades alone: between them nothing moves by itself.
    Kept,
}

/// Works out the grades that figures propose for people to decide: before stands what was published last, and no review in between is replayed.
///
/// # Errors
/// As for [`work_out`].
pub async fn work_out_proposals(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    scheme: &str,
    as_of: NaiveDate,
) -> Result<Grades, RunError> {
    work(home, snapshot, store, (scheme, as_of), Vec::new(), Ground::Kept).await
}

/// Works out the grades of a scheme on a day, and other figures in the same pass.
///
/// # Errors
/// [`RunError`] when the scheme refuses to grade, the ledger cannot be read, or a version was edited after grades were kept.
pub async fn work_out(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    scheme: &str,
    as_of: NaiveDate,
    other: Vec<Request>,
) -> Result<Grades, RunError> {
    work(home, snapshot, store, (scheme, as_of), other, Ground::Chain).await
}

async fn work(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    (scheme, as_of): (&str, NaiveDate),
    other: Vec<Request>,
    ground: Ground,
) -> Result<Grades, RunError> {
    let bound = bind(home, scheme)?;
    check_versions(&bound, &store.kept_versions(scheme).await?)?;
    if bound.stamp_on(as_of).is_none() {
        let since = bound.scheme.versions.first().map_or(as_of, |version| version.in_force);
        return Err(RunError::NotInForce { scheme: scheme.to_owned(), as_of, since });
    }
    let subjects = Subjects::read(snapshot, bound.scheme.subject, &bound.conditions)?;
    let mut warnings = Vec::new();
    let given = given(home, snapshot, &bound, &mut warnings)?;
    let kept = store.kept_before(scheme, as_of).await?;
    if let Some(kept) = &kept
        && bound.stamp_on(kept.as_of).is_none_or(|(id, _)| id != kept.version_id)
    {
        let (scheme, version, as_of) = (scheme.to_owned(), kept.version_id.clone(), kept.as_of);
        return Err(RunError::VersionMoved { scheme, version, as_of });
    }
    let begin = match &kept {
        _ if ground == Ground::Kept => as_of,
        Some(kept) => kept.as_of,
        None => first_data(snapshot, &bound, &given)?.unwrap_or(as_of),
    };
    let days = match ground {
        Ground::Kept => vec![as_of],
        Ground::Chain => review_days(&bound.scheme, kept.as_ref().map(|kept| kept.as_of), begin.min(as_of), as_of)
            .map_err(|TooMany { most }| RunError::TooManyReviews { scheme: scheme.to_owned(), as_of, most })?,
    };
    bound.ready_on(&days)?;
    let mut requests = bound.requests(&days);
    requests.extend(other);
    let computed = compute(snapshot, &requests)?;
    let opening = match &kept {
        Some(kept) => ranks(&bound, kept, snapshot)?,
        None => KeptRanks::default(),
    };
    // Grades given since the kept review, and those of subjects whom it did not see yet.
    let waits =
        |given: &Given| kept.as_ref().is_none_or(|kept| given.day > kept.as_of) || opening.of(given.subject).is_none();
    let later: Vec<Given> = given.into_iter().filter(waits).collect();
    let mut new =
        grade(&bound, &subjects, &computed, snapshot.dictionaries(), &days, Opening(opening.held.clone()), &later)?;
    let now = new.pop().ok_or_else(|| RunError::NotInForce { scheme: scheme.to_owned(), as_of, since: as_of })?;
    let before = new.last().cloned().unwrap_or_else(|| remembered(&subjects, &opening, kept.as_ref(), as_of));
    let restated = match store.kept_on(scheme, as_of).await? {
        Some(kept) => {
            let differ = differences(&now, &ranks(&bound, &kept, snapshot)?.graded());
            warnings.extend(restatement(&bound, snapshot, (as_of, &kept.kept_at), &differ)?);
            Some(i64::try_from(differ.len()).unwrap_or(i64::MAX))
        }
        None => None,
    };
    let built_on = kept.map(|kept| kept.as_of);
    if restated != Some(0) {
        new.push(now.clone());
    }
    Ok(Grades { bound, subjects, computed, now, before, built_on, restated, warnings, new })
}

impl Grades {
    /// Keeps what was worked out and is not kept yet, all or none of it.
    ///
    /// # Errors
    /// [`RunError::NotAReviewDay`], [`RunError::PeriodNotOver`] for a day that is not over, or [`RunError::Store`] when the store cannot be written: then nothing is kept.
    pub async fn keep(&self, snapshot: &Snapshot, store: &mut Store, now: NaiveDateTime) -> Result<(), RunError> {
        let sets = self.to_be_kept(snapshot, now)?;
        Ok(store.keep(&sets, now).await?)
    }

    /// What is to be kept of them.
    ///
    /// # Errors
    /// [`RunError::NotAReviewDay`], or [`RunError::PeriodNotOver`] for a day that is not over.
    pub fn to_be_kept(&self, snapshot: &Snapshot, now: NaiveDateTime) -> Result<Vec<ToKeep>, RunError> {
        let scheme = &self.bound.scheme;
        let as_of = self.now.as_of;
        if as_of >= now.date() {
            let period = as_of.to_string();
            return Err(RunError::PeriodNotOver { period, end: as_of, today: now.date() });
        }
        let cadence = scheme.versions.get(self.now.version).map_or(Unit::Day, |version| version.cadence);
        if Period::holding(cadence, as_of).last_day() != as_of {
            return Err(RunError::NotAReviewDay { scheme: scheme.id.clone(), as_of, cadence: cadence.name() });
        }
        self.new.iter().map(|set| self.to_keep(set, snapshot)).collect()
    }

    /// A set of grades of this scheme as it is kept.
    ///
    /// # Errors
    /// [`RunError::Set`] when it cannot be written as Parquet.
    pub(in crate::run) fn to_keep(&self, set: &GradeSet, snapshot: &Snapshot) -> Result<ToKeep, RunError> {
        let scheme = &self.bound.scheme;
        let (_, key) = scheme.subject.entity_and_key();
        let names: Vec<&str> = scheme.grades.iter().map(|grade| grade.id.as_str()).collect();
        let version = self.bound.versions.get(set.version);
        let dimensions = version.map(|version| version.dimensions.as_slice()).unwrap_or_default();
        let dimensions: Vec<&str> = dimensions.iter().map(|dimension| dimension.id.as_str()).collect();
        let metrics = version.map(|version| version.metrics.as_slice()).unwrap_or_default();
        let metrics: Vec<&str> = metrics.iter().map(|metric| metric.metric.id.as_str()).collect();
        let (version_id, version_hash) = self.bound.stamp_on(set.as_of).unwrap_or_default();
        Ok(ToKeep {
            scheme: scheme.id.clone(),
            as_of: set.as_of,
            version_id,
            version_hash,
            assessment: set.assessment,
            grades: names.join("\n"),
            subjects: i64::try_from(set.subjects.len()).unwrap_or(i64::MAX),
            excluded: i64::try_from(set.excluded.len()).unwrap_or(i64::MAX),
            snapshot: snapshot.fingerprint(),
            rows: set.to_parquet(key, snapshot.dictionaries(), &dimensions, &metrics)?,
        })
    }
}

/// A version once in force is never edited or removed: grades kept under its name must have been given by the same rules.
fn check_versions(bound: &Bound, kept: &[(String, String)]) -> Result<(), RunError> {
    let stamps = bound.stamps();
    for (id, hash) in kept {
        let now = stamps.iter().find(|(known, _)| known == id).map_or("none", |(_, hash)| hash.as_str());
        if now != hash {
            return Err(RunError::VersionEdited {
                scheme: bound.scheme.id.clone(),
                version: id.clone(),
                kept: hash.clone(),
                now: now.to_owned(),
            });
        }
    }
    Ok(())
}

/// The first day of anything that grades are made of: rows that metrics count, and tiers that were given.
pub(in crate::run) fn first_data(
    snapshot: &mut Snapshot,
    bound: &Bound,
    given: &[Given],
) -> Result<Option<NaiveDate>, RunError> {
    let mut entities = BTreeSet::new();
    let mut schemes = vec![bound];
    while let Some(bound) = schemes.pop() {
        let metrics = bound.versions.iter().flat_map(|version| &version.metrics);
        entities.extend(metrics.flat_map(BoundMetric::entities));
        schemes.extend(bound.others.values());
    }
    let mut first = given.first().map(|given| given.day);
    for entity in entities.into_iter().filter_map(entity) {
        if let Some(day) = snapshot.first_day(entity)? {
            first = Some(first.map_or(day, |first| first.min(day)));
        }
    }
    Ok(first)
}

/// Tiers that the ledger says members were given, for schemes of members.
pub(in crate::run) fn given(
    home: &Home,
    snapshot: &mut Snapshot,
    bound: &Bound,
    warnings: &mut Vec<String>,
) -> Result<Vec<Given>, RunError> {
    let Some(found) = entity("tier_history") else { return Ok(Vec::new()) };
    if bound.scheme.subject != SubjectKind::Member || !snapshot.has(found, "member_id") {
        return Ok(Vec::new());
    }
    let columns = ["member_id", "scheme_id", "tier", "effective_on"];
    let rows = snapshot.read(found, &columns, "the tiers that members had before")?;
    let dictionaries = snapshot.dictionaries();
    let schemes: BTreeSet<u32> = rows.codes("scheme_id").iter().copied().collect();
    let known = home.schemes();
    for name in schemes.iter().filter_map(|code| dictionaries.text("scheme_id", *code)) {
        if !known.iter().any(|scheme| scheme == name) {
            let name = name.escape_debug();
            warnings.push(format!("rows of `tier_history` name the scheme `{name}`, which this home does not have"));
        }
    }
    let Some(scheme) = dictionaries.of("scheme_id").and_then(|known| known.code(&bound.scheme.id)) else {
        return Ok(Vec::new());
    };
    let (members, schemes) = (rows.codes("member_id"), rows.codes("scheme_id"));
    let (tiers, days) = (rows.codes("tier"), rows.days("effective_on"));
    let mut given = Vec::new();
    for (((subject, of), tier), day) in members.iter().zip(schemes).zip(tiers).zip(days) {
        if *of != scheme || *day == NO_DAY || *subject == NOTHING {
            continue;
        }
        let name = dictionaries.text("tier", *tier).unwrap_or_default();
        let Some(rank) = bound.scheme.rank_of(name) else {
            let known: Vec<&str> = bound.scheme.grades.iter().map(|grade| grade.id.as_str()).collect();
            return Err(RunError::UnknownTier {
                member: dictionaries.text("member_id", *subject).unwrap_or_default().to_owned(),
                tier: name.to_owned(),
                scheme: bound.scheme.id.clone(),
                known: known.join(", "),
            });
        };
        if let Some(day) = day_from_number(*day) {
            given.push(Given { day, subject: *subject, rank });
        }
    }
    given.sort();
    Ok(given)
}

/// Kept grades by subject code.
#[derive(Debug, Clone, Default)]
struct KeptRanks {
    /// What was held, by graded subjects and by those that had no figure.
    held: Vec<Option<Held>>,
    /// Whether it was given at the review itself.
    at_review: Vec<bool>,
}

impl KeptRanks {
    fn of(&self, subject: u32) -> Option<Held> {
        usize::try_from(subject).ok().and_then(|at| self.held.get(at).copied()).flatten()
    }

    /// The ranks that were given at the review itself.
    fn graded(&self) -> Vec<Option<u8>> {
        let ranks = self.held.iter().zip(&self.at_review);
        ranks.map(|(held, at_review)| held.filter(|_| *at_review).map(|held| held.rank)).collect()
    }
}

/// Reads kept ranks. Grades are matched by name; that they are the same grades is part of the version's fingerprint.
fn ranks(bound: &Bound, kept: &Kept, snapshot: &Snapshot) -> Result<KeptRanks, RunError> {
    let (_, key) = bound.scheme.subject.entity_and_key();
    let Some(dictionary) = snapshot.dictionaries().of(key) else { return Ok(KeptRanks::default()) };
    let names: Vec<Option<u8>> = kept.grades.split('\n').map(|name| bound.scheme.rank_of(name)).collect();
    let mut ranks = KeptRanks { held: vec![None; dictionary.len()], at_review: vec![false; dictionary.len()] };
    for row in read_parquet(&kept.rows)? {
        let held = row.held.and_then(|held| {
            let rank = names.get(usize::from(held.rank)).copied().flatten()?;
            Some(Held { rank, ..held })
        });
        let Some(at) = dictionary.code(&row.subject).and_then(|code| usize::try_from(code).ok()) else { continue };
        if let (Some(place), Some(at_review)) = (ranks.held.get_mut(at), ranks.at_review.get_mut(at)) {
            (*place, *at_review) = (held, row.graded);
        }
    }
    Ok(ranks)
}

/// What the last review kept before a day leaves to hold, by subject code, with its day. The subjects must have been read.
///
/// # Errors
/// [`RunError::Store`] or [`RunError::Set`] when the store cannot be read.
pub(in crate::run) async fn held_before(
    store: &mut Store,
    bound: &Bound,
    as_of: NaiveDate,
    snapshot: &Snapshot,
) -> Result<(Option<NaiveDate>, Vec<Option<Held>>), RunError> {
    let Some(kept) = store.kept_before(&bound.scheme.id, as_of).await? else { return Ok((None, Vec::new())) };
    Ok((Some(kept.as_of), ranks(bound, &kept, snapshot)?.held))
}

/// Kept grades as a set: what was held, without the reasons.
fn remembered(subjects: &Subjects, ranks: &KeptRanks, kept: Option<&Kept>, as_of: NaiveDate) -> GradeSet {
    let mut set = GradeSet::new(kept.map_or(as_of, |kept| kept.as_of), 0, false);
    let graded = ranks.graded();
    for subject in subjects.all() {
        if let Some(rank) = usize::try_from(*subject).ok().and_then(|at| graded.get(at).copied()).flatten() {
            set.subjects.push(*subject);
            set.ranks.push(rank);
        }
    }
    set
}
