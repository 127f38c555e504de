//! The annual review of grades that people decide (S56, S57): ledger, scheme and store come together.
//!
//! Not here: what may be decided when (`grading::review`), how a review is kept (`run::store::review`).

pub mod deadline;
pub mod import;
pub(in crate::run) mod job;
pub mod pack;
pub mod people;
pub mod proposal;
pub mod workbook;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use crate::{
    declaration::did_you_mean,
    grading::review::{
        Head, Proposal, Review, ReviewDeclaration, ReviewError, State,
        decide::{Asked, NewDecision, What},
        proposal::Changes,
    },
    ledger::snapshot::Snapshot,
    run::{
        error::RunError,
        grades::{Grades, work_out_proposals},
        home::Home,
        job::today,
        review::proposal::{Proposed, decided, lasting, proposed},
        store::{
            Store,
            review::{NewDraft, StoredReview},
        },
    },
    scheme::Movement,
};

/// What opening a review did.
#[derive(Debug)]
pub struct Opened {
    /// The review as it stands now.
    pub review: Review,
    /// How its proposals differ from the draft before; `None` for a review that is new.
    pub changes: Option<Changes>,
    /// What the operator should know.
    pub warnings: Vec<String>,
}

/// Opens the review of a year, or drafts an open one again: decisions are kept.
///
/// # Errors
/// [`RunError`] when it is too early, already published, or the grades cannot be worked out.
pub async fn open(home: &Home, id: &str, as_of: NaiveDate, now: DateTime<Utc>) -> Result<Opened, RunError> {
    let declared = home.review(id)?;
    let (head, today) = (head(&declared, as_of.year()), today(home, now));
    if head.as_of != as_of {
        let (declaration, wanted) = (head.declaration, declared.as_of.to_string());
        return Err(ReviewError::WrongDay { declaration, wanted, as_of }.into());
    }
    let opens = opens(&declared, &head);
    if today < opens {
        return Err(ReviewError::TooEarly { review: head.id, opens, today }.into());
    }
    let mut store = Store::open(&home.settings.store).await?;
    let stored = store.review(&head.id).await?;
    if let Some(review) = stored.as_ref().map(|stored| &stored.review)
        && let Some(publication) = &review.publication
    {
        let (by, at) = (publication.by.clone(), publication.at);
        return Err(ReviewError::Published { review: head.id, what: "drafted again", by, at }.into());
    }
    let mut snapshot = Snapshot::open(home.mapping.clone(), today)?;
    let (grades, new) = propose(home, &mut snapshot, &mut store, &head).await?;
    some(&head, &new)?;
    let draft = NewDraft { provenance: &new.provenance, rows: &new.rows };
    let changes = match &stored {
        None => {
            store.add_review(&head, &draft, local(home, now)).await?;
            None
        }
        Some(stored) => {
            let changes = compared(&stored.review, &new);
            if !changes.none() {
                store.add_draft(stored, &draft, local(home, now)).await?;
            }
            Some(changes)
        }
    };
    let mut warnings = grades.warnings;
    if as_of >= today {
        warnings.push(format!(
            "the day {as_of} is not over: open the review again tomorrow to draft it with the whole day"
        ));
    }
    drop(snapshot);
    let review = found(&mut store, &head.id).await?.review;
    Ok(Opened { review, changes, warnings })
}

/// The review of a name: its own, or that of its declaration for the latest review.
///
/// # Errors
/// [`ReviewError::Unknown`] with the nearest name.
pub async fn find(home: &Home, name: &str) -> Result<(Store, StoredReview), RunError> {
    let mut store = Store::open(&home.settings.store).await?;
    let stored = found(&mut store, name).await?;
    Ok((store, stored))
}

async fn found(store: &mut Store, name: &str) -> Result<StoredReview, RunError> {
    let heads = store.review_heads().await?;
    let named = heads.iter().find(|head| head.id == name);
    let latest = heads.iter().rev().find(|head| head.declaration == name);
    let stored = match named.or(latest) {
        Some(head) => store.review(&head.id).await?,
        None => None,
    };
    stored.ok_or_else(|| {
        let help = did_you_mean(name, heads.iter().map(|head| head.id.as_str()));
        ReviewError::Unknown { review: name.to_owned(), help }.into()
    })
}

/// Writes down what people decide about some subjects, all of it or nothing.
///
/// # Errors
/// [`RunError::Review`] naming the first decision that cannot be made.
pub async fn decide(home: &Home, name: &str, asked: &[Asked], now: DateTime<Utc>) -> Result<Review, RunError> {
    let (mut store, stored) = find(home, name).await?;
    let scheme = home.scheme(&stored.review.head.scheme)?;
    let decide = |asked: &Asked| {
        let mut asked = asked.clone();
        // A grade may be named by its title; one that is not known is told by its name.
        if let What::Override { grade, .. } = &mut asked.what
            && let Some(known) = scheme.rank_of(grade).and_then(|rank| scheme.grade(rank))
        {
            grade.clone_from(&known.id);
        }
        stored.review.decide(&asked)
    };
    let decisions = asked.iter().map(decide).collect::<Result<Vec<NewDecision>, _>>()?;
    written(home, &mut store, &stored, &decisions, now).await
}

/// Confirms every undecided row whose proposal changes nothing; returns how many.
///
/// # Errors
/// [`RunError::Review`] when the review is published or nobody is named.
pub async fn confirm_unchanged(
    home: &Home,
    name: &str,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(Review, usize), RunError> {
    let (mut store, stored) = find(home, name).await?;
    let decisions = stored.review.confirm_unchanged(by)?;
    Ok((written(home, &mut store, &stored, &decisions, now).await?, decisions.len()))
}

async fn written(
    home: &Home,
    store: &mut Store,
    stored: &StoredReview,
    decisions: &[NewDecision],
    now: DateTime<Utc>,
) -> Result<Review, RunError> {
    if !decisions.is_empty() {
        store.add_decisions(stored, decisions, None, local(home, now)).await?;
    }
    Ok(found(store, &stored.review.head.id).await?.review)
}

/// Approves a review exactly as it stands.
///
/// # Errors
/// [`RunError::Review`] when rows are undecided or it is approved already.
pub async fn approve(home: &Home, name: &str, by: &str, now: DateTime<Utc>) -> Result<Review, RunError> {
    let (mut store, stored) = find(home, name).await?;
    let (by, fingerprint) = stored.review.approve(by)?;
    store.add_approval(&stored, &by, &fingerprint, local(home, now)).await?;
    Ok(found(&mut store, &stored.review.head.id).await?.review)
}

/// Publishes an approved review: what was decided becomes the kept grades of its day.
///
/// # Errors
/// [`RunError::Review`] when it is not approved as it stands, the ledger proposes something else, or the day is not over.
pub async fn publish(home: &Home, name: &str, by: &str, now: DateTime<Utc>) -> Result<Review, RunError> {
    let (mut store, stored) = find(home, name).await?;
    let review = &stored.review;
    // Refused without looking at the ledger where that is possible.
    review.publish(by, 0)?;
    let head = &review.head;
    if head.as_of >= today(home, now) {
        return Err(ReviewError::DayNotOver { review: head.id.clone(), as_of: head.as_of }.into());
    }
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now))?;
    let (grades, new) = propose(home, &mut snapshot, &mut store, head).await?;
    let changes = compared(review, &new);
    let moved = if changes.none() { 0 } else { changes.count().max(1) };
    let (by, fingerprint) = review.publish(by, moved)?;
    let set = grades.to_keep(&decided(&grades, &snapshot, review)?, &snapshot)?;
    store.add_publication(&stored, &by, &fingerprint, &set, local(home, now)).await?;
    Ok(found(&mut store, &head.id).await?.review)
}

/// How the ledger's proposals differ now from the draft of an open review; nothing for a published one.
///
/// # Errors
/// [`RunError`] when the grades cannot be worked out.
pub async fn ledger_changes(home: &Home, name: &str, now: DateTime<Utc>) -> Result<(Review, Changes), RunError> {
    let (mut store, stored) = find(home, name).await?;
    if stored.review.state() == State::Published {
        return Ok((stored.review, Changes::default()));
    }
    let mut snapshot = Snapshot::open(home.mapping.clone(), today(home, now))?;
    let (_, new) = propose(home, &mut snapshot, &mut store, &stored.review.head).await?;
    let changes = compared(&stored.review, &new);
    Ok((stored.review, changes))
}

/// Refuses to keep grades of a scheme that people decide about in a review.
///
/// # Errors
/// [`ReviewError::ByPeople`].
pub fn refuse_to_keep(home: &Home, scheme: &str) -> Result<(), RunError> {
    for id in home.reviews() {
        if home.review(&id)?.scheme == scheme {
            return Err(ReviewError::ByPeople { scheme: scheme.to_owned(), declaration: id }.into());
        }
    }
    Ok(())
}

/// What the review of a year is.
fn head(declared: &ReviewDeclaration, year: i32) -> Head {
    Head {
        id: declared.review_of(year),
        declaration: declared.id.clone(),
        scheme: declared.scheme.clone(),
        as_of: declared.as_of.in_year(year),
        closes_on: declared.closes.in_year(year),
    }
}

/// The first day on which a review may be opened.
fn opens(declared: &ReviewDeclaration, head: &Head) -> NaiveDate {
    declared.opens.in_year(head.as_of.year()).max(head.as_of)
}

/// Refuses a review of nobody.
fn some(head: &Head, new: &Proposed) -> Result<(), RunError> {
    if new.rows.is_empty() {
        return Err(ReviewError::NoSubjects { scheme: head.scheme.clone(), as_of: head.as_of }.into());
    }
    Ok(())
}

/// What the ledger proposes now.
async fn propose(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    head: &Head,
) -> Result<(Grades, Proposed), RunError> {
    if let Some(kept) = store.kept_last(&head.scheme).await?.filter(|kept| *kept >= head.as_of) {
        return Err(ReviewError::LaterGrades { scheme: head.scheme.clone(), kept, as_of: head.as_of }.into());
    }
    if home.scheme(&head.scheme)?.versions.iter().any(|version| version.movement != Movement::Free) {
        return Err(ReviewError::OnLadder { scheme: head.scheme.clone() }.into());
    }
    let grades = work_out_proposals(home, snapshot, store, &head.scheme, head.as_of).await?;
    let last = store.last_published(&head.scheme, head.as_of).await?;
    let new = proposed(&grades, snapshot, &lasting(last.as_ref(), head.as_of));
    Ok((grades, new))
}

fn compared(review: &Review, new: &Proposed) -> Changes {
    let old: Vec<&Proposal> = review.rows.iter().map(|row| &row.proposal).collect();
    Changes::between((&review.draft.provenance, old.into_iter()), (&new.provenance, new.rows.iter()))
}

/// The time in the ledger's zone.
fn local(home: &Home, now: DateTime<Utc>) -> NaiveDateTime {
    now.with_timezone(&home.mapping.zone).naive_local()
}
