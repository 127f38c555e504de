//! A review: the grades that the figures propose, and what named people decided about each (S56, S57, architecture principle 10).
//!
//! Invariants: nothing is taken away, a new decision stands beside the old ones; the state is not stored but follows from what was written, so that it
//! cannot contradict it; an approval holds for the fingerprint of exactly what was approved and for nothing else.
//! Not here: where reviews are kept (`run::store`), how proposals come from the ledger (`run::review`), how a review looks (`cli`, `render`).

pub mod decide;
pub mod declaration;
pub mod error;
mod fingerprint;
pub mod moves;
pub mod proposal;
#[cfg(test)]
mod tests;

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

pub use decide::{Decision, Kind};
pub use declaration::ReviewDeclaration;
pub use error::ReviewError;
pub use proposal::{EarlierOverride, Proposal, Provenance};

/// A review of all subjects of a scheme as of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What it is.
    pub head: Head,
    /// The draft that counts: the latest.
    pub draft: Draft,
    /// A row for each subject, in the order of their ids.
    pub rows: Vec<Row>,
    /// Decisions about subjects that an earlier draft had and this one has not.
    pub departed: Vec<Decision>,
    /// Approvals, the latest last.
    pub approvals: Vec<Approval>,
    /// The publication, once there is one.
    pub publication: Option<Publication>,
}

/// What a review is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its name: that of the declaration with the year, such as `annual-march-2026`.
    pub id: String,
    /// The file of `config/reviews/` that declares it.
    pub declaration: String,
    /// The scheme that proposes.
    pub scheme: String,
    /// Figures are of the end of this day.
    pub as_of: NaiveDate,
    /// The day by which it is to be published.
    pub closes_on: NaiveDate,
}

/// A review that nobody has opened yet: what it is, and its first draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// What it is.
    pub head: Head,
    /// What the proposals were made by.
    pub provenance: Provenance,
    /// The proposals, in the order of subjects.
    pub rows: Vec<Proposal>,
}

impl Opening {
    /// The review as it stands once it is opened.
    pub fn review(&self, drafted_at: NaiveDateTime) -> Review {
        let row = |proposal: &Proposal| Row { proposal: proposal.clone(), decisions: Vec::new() };
        Review {
            head: self.head.clone(),
            draft: Draft { number: 1, drafted_at, provenance: self.provenance.clone() },
            rows: self.rows.iter().map(row).collect(),
            departed: Vec::new(),
            approvals: Vec::new(),
            publication: None,
        }
    }
}

/// The proposals of one drafting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which drafting, from 1.
    pub number: i64,
    /// When.
    pub drafted_at: NaiveDateTime,
    /// What the proposals were made by.
    pub provenance: Provenance,
}

/// One subject of a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What the figures propose.
    pub proposal: Proposal,
    /// What people decided, the latest last.
    pub decisions: Vec<Decision>,
}

/// Somebody approved what stood there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    pub at: NaiveDateTime,
    /// Fingerprint of what was approved.
    pub fingerprint: String,
}

/// The decided grades were published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Who.
    pub by: String,
    /// When.
    pub at: NaiveDateTime,
    /// Fingerprint of what was published.
    pub fingerprint: String,
}

/// How far a review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Proposed; nobody decided anything.
    Draft,
    /// People decide, or something changed since it was approved.
    InReview,
    /// Approved exactly as it stands.
    Approved,
    /// Published; nothing changes any more.
    Published,
}

impl State {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in-review",
            Self::Approved => "approved",
            Self::Published => "published",
        }
    }
}

impl Review {
    /// How far it is.
    pub fn state(&self) -> State {
        if self.publication.is_some() {
            return State::Published;
        }
        match self.approvals.last() {
            Some(approval) if approval.fingerprint == self.fingerprint() => State::Approved,
            None if self.rows.iter().all(|row| row.decisions.is_empty()) => State::Draft,
            Some(_) | None => State::InReview,
        }
    }

    /// A fingerprint of all rows with their standing decisions and of the rules that proposed: what an approval is about.
    pub fn fingerprint(&self) -> String {
        fingerprint::review(self)
    }

    /// The row of a subject.
    ///
    /// # Errors
    /// [`ReviewError::UnknownSubject`] with the nearest id.
    pub fn row(&self, subject: &str) -> Result<&Row, ReviewError> {
        let found = self.rows.binary_search_by(|row| row.proposal.subject.as_str().cmp(subject));
        found.ok().and_then(|at| self.rows.get(at)).ok_or_else(|| {
            let known = self.rows.iter().map(|row| row.proposal.subject.as_str());
            ReviewError::unknown_subject(&self.head.id, subject, known)
        })
    }

    /// Rows that nobody decided as they stand now.
    pub fn undecided(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.standing().is_none())
    }

    /// The rank of a grade among those of the draft.
    pub fn rank(&self, grade: &str) -> Option<usize> {
        self.draft.provenance.grades.iter().position(|known| known == grade)
    }

    /// Decisions that stand although the figures under them changed since, or no longer stand because the proposal itself changed.
    pub fn unsettled(&self) -> impl Iterator<Item = (&Row, &Decision)> {
        let changed = |row: &'_ Row, decision: &Decision| decision.row != row.proposal.fingerprint();
        self.rows
            .iter()
            .filter_map(move |row| row.decisions.last().map(|last| (row, last)))
            .filter(move |(r, d)| changed(r, d))
    }
}

impl Row {
    /// The decision that counts: the latest, as long as what it confirmed or held is still there.
    pub fn standing(&self) -> Option<&Decision> {
        self.decisions.last().filter(|decision| match decision.kind {
            Kind::Confirm => decision.grade == self.proposal.proposed,
            Kind::Hold => decision.grade == self.proposal.before,
            Kind::Override => true,
        })
    }

    /// The grade that will be published: what was decided, else what is proposed.
    pub fn outcome(&self) -> Option<&str> {
        let grade = self.standing().map_or(&self.proposal.proposed, |decision| &decision.grade);
        grade.as_deref()
    }

    /// The override that goes on being proposed after this review: one decided now, or an earlier one that was confirmed again.
    pub fn lasting_override(&self) -> Option<EarlierOverride> {
        let decision = self.standing()?;
        match decision.kind {
            Kind::Hold => None,
            Kind::Confirm => self.proposal.earlier.clone().filter(|earlier| earlier.holds_on(self.proposal.as_of)),
            Kind::Override => Some(EarlierOverride {
                grade: decision.grade.clone()?,
                by: decision.by.clone(),
                why: decision.why.clone().unwrap_or_default(),
                until: decision.until,
            }),
        }
    }
}
