//! Grades as proposals, and decisions as grades: everything that reviews know of how grading lays its results out.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    grading::{
        ladder::{Held, Reason},
        review::{
            EarlierOverride, Kind, Proposal, Provenance, Review, ReviewError, Row, proposal::figures_fingerprint,
        },
        set::GradeSet,
    },
    ledger::snapshot::Snapshot,
    run::grades::Grades,
};

/// What the ledger proposes on a day.
#[derive(Debug)]
pub struct Proposed {
    /// What it was made by.
    pub provenance: Provenance,
    /// The proposals, in the order of subjects.
    pub rows: Vec<Proposal>,
}

/// The proposals of grades; overrides of the last review by subject go on as long as they hold.
pub fn proposed(grades: &Grades, snapshot: &Snapshot, earlier: &BTreeMap<String, EarlierOverride>) -> Proposed {
    let scheme = &grades.bound.scheme;
    let set = &grades.now;
    let (_, key) = scheme.subject.entity_and_key();
    let rules = grades.bound.versions.get(set.version);
    let dimensions = rules.map(|rules| rules.dimensions.as_slice()).unwrap_or_default();
    let metrics = rules.map(|rules| rules.metrics.as_slice()).unwrap_or_default();
    let grade = |rank: u8| scheme.grade(rank).map(|grade| grade.id.clone());
    let class = |dimension: usize, at: usize| {
        let class = set.class(dimension, at)?;
        dimensions.get(dimension)?.classes.get(usize::from(class)).map(|class| class.id.clone())
    };
    let row = |at: usize, code: u32, proposed: Option<u8>, earned: Option<u8>, before: Option<u8>| {
        let subject = snapshot.dictionaries().text(key, code).unwrap_or_default().to_owned();
        // The code of a word is another one in another run; its class stands among the classes.
        let figures = metrics.iter().zip(&set.basis).filter(|(metric, _)| !metric.is_word());
        let figures: Vec<Option<(i64, i64)>> = figures.map(|(_, column)| column.get(at)).collect();
        let earlier = earlier.get(&subject).cloned();
        let proposal = Proposal {
            subject,
            as_of: set.as_of,
            proposed: proposed.and_then(grade),
            earned: earned.and_then(grade),
            before: before.and_then(grade),
            classes: (0..dimensions.len()).map(|dimension| class(dimension, at)).collect(),
            provisional: set.provisional.get(at).copied().unwrap_or(false),
            earlier: None,
            figures: figures_fingerprint(&figures),
        };
        proposal.after(earlier)
    };
    let graded = set.subjects.iter().zip(&set.ranks).zip(&set.earned).zip(&set.before).enumerate();
    let graded =
        graded.map(|(at, (((code, rank), earned), before))| row(at, *code, Some(*rank), Some(*earned), *before));
    // Who has no figure keeps what is held; no place of the set is theirs.
    let excluded = set.excluded.iter().map(|(code, held)| {
        let held = held.map(|held| held.rank);
        row(usize::MAX, *code, held, None, held)
    });
    let mut rows: Vec<Proposal> = graded.chain(excluded).collect();
    rows.sort_by(|a, b| a.subject.cmp(&b.subject));
    let (version, stamp) = grades.bound.stamp_on(set.as_of).unwrap_or_default();
    let provenance = Provenance {
        version,
        rules: stamp,
        grades: scheme.grades.iter().map(|grade| grade.id.clone()).collect(),
        dimensions: dimensions.iter().map(|dimension| dimension.id.clone()).collect(),
        snapshot: snapshot.fingerprint(),
    };
    Proposed { provenance, rows }
}

/// The set of grades as people decided it.
///
/// # Errors
/// [`ReviewError::UnknownGrade`] when the scheme no longer has a grade that was decided.
pub(super) fn decided(grades: &Grades, snapshot: &Snapshot, review: &Review) -> Result<GradeSet, ReviewError> {
    let scheme = &grades.bound.scheme;
    let (_, key) = scheme.subject.entity_and_key();
    let mut set = grades.now.clone();
    let rows: BTreeMap<&str, &Row> = review.rows.iter().map(|row| (row.proposal.subject.as_str(), row)).collect();
    let decision = |code: u32| {
        let row = snapshot.dictionaries().text(key, code).and_then(|subject| rows.get(subject))?;
        row.standing()
    };
    let rank = |grade: &str| {
        let found = scheme.grades.iter().position(|known| known.id == grade).and_then(|rank| u8::try_from(rank).ok());
        found.ok_or_else(|| ReviewError::UnknownGrade {
            grade: grade.to_owned(),
            scheme: scheme.id.clone(),
            help: "draft the review again with `fenji review open`".to_owned(),
        })
    };
    for (at, code) in set.subjects.iter().enumerate() {
        let Some(decision) = decision(*code) else { continue };
        if let (Some(place), Some(grade)) = (set.ranks.get_mut(at), &decision.grade) {
            let (decided, before) = (rank(grade)?, set.before.get(at).copied().flatten());
            if decided != *place
                && let Some(since) = set.since.get_mut(at)
            {
                *since = (Some(decided) != before).then_some(set.as_of);
            }
            *place = decided;
        }
        if let Some(place) = set.reasons.get_mut(at) {
            *place = match decision.kind {
                Kind::Confirm => Reason::Confirmed,
                Kind::Override => Reason::Overridden,
                Kind::Hold => Reason::HeldBack,
            };
        }
    }
    for (code, held) in &mut set.excluded {
        let Some(grade) = decision(*code).and_then(|decision| decision.grade.as_deref()) else { continue };
        let decided = rank(grade)?;
        if held.is_none_or(|held| held.rank != decided) {
            *held = Some(Held { rank: decided, since: Some(set.as_of), valid_to: None });
        }
    }
    Ok(set)
}

/// Overrides of the last published review that may go on, by subject. One that was for that review only is among them, so that its end is told.
pub(super) fn lasting(last: Option<&Review>, as_of: NaiveDate) -> BTreeMap<String, EarlierOverride> {
    let rows = last.iter().filter(|last| last.head.as_of < as_of).flat_map(|last| &last.rows);
    rows.filter_map(|row| Some((row.proposal.subject.clone(), row.lasting_override()?))).collect()
}
