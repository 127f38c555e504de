//! What people decide about a review, and what they may decide when.

use chrono::{NaiveDate, NaiveDateTime};

use crate::{
    declaration::did_you_mean,
    grading::review::{Review, ReviewError, Row, State},
};

/// A decision that was written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Its number in the store; later ones are higher.
    pub number: i64,
    /// The subject.
    pub subject: String,
    /// What kind.
    pub kind: Kind,
    /// The grade that was decided; `None` when a subject without any grade was confirmed.
    pub grade: Option<String>,
    /// Who decided.
    pub by: String,
    /// Why; every override and hold has a reason.
    pub why: Option<String>,
    /// The last day on which an override holds; without it the override is for this review only.
    pub until: Option<NaiveDate>,
    /// When.
    pub at: NaiveDateTime,
    /// Fingerprint of the proposal it was made on.
    pub row: String,
}

/// What kind of decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The proposal is right.
    Confirm,
    /// Another grade is given.
    Override,
    /// The grade before is held.
    Hold,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Confirm, Self::Override, Self::Hold];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Override => "override",
            Self::Hold => "hold",
        }
    }
}

/// A decision that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The subject.
    pub subject: String,
    /// What is asked.
    pub what: What,
    /// Who decides.
    pub by: String,
    /// Why.
    pub why: Option<String>,
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Confirm the proposal.
    Confirm,
    /// Give another grade, named by its id.
    Override {
        /// The grade.
        grade: String,
        /// The last day on which it holds.
        until: Option<NaiveDate>,
    },
    /// Hold the grade before.
    Hold,
}

/// A decision that may be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDecision {
    /// The subject.
    pub subject: String,
    /// What kind.
    pub kind: Kind,
    /// The grade.
    pub grade: Option<String>,
    /// Who decided.
    pub by: String,
    /// Why.
    pub why: Option<String>,
    /// The last day on which an override holds.
    pub until: Option<NaiveDate>,
    /// Fingerprint of the proposal it is made on.
    pub row: String,
}

impl Review {
    /// Checks a decision against the review as it stands.
    ///
    /// # Errors
    /// [`ReviewError`] when the review is published, the subject or grade unknown, or a name or reason missing.
    pub fn decide(&self, asked: &Asked) -> Result<NewDecision, ReviewError> {
        self.open_for("decided about")?;
        let row = self.row(&asked.subject)?;
        let by = named(&asked.by)?;
        let why = asked.why.as_deref().map(str::trim).filter(|why| !why.is_empty()).map(str::to_owned);
        let reason = |kind: Kind| match &why {
            Some(why) => Ok(Some(why.clone())),
            None => Err(ReviewError::NoReason { subject: asked.subject.clone(), kind: kind.name() }),
        };
        let proposal = &row.proposal;
        let (kind, grade, why, until) = match &asked.what {
            What::Confirm => (Kind::Confirm, proposal.proposed.clone(), why, None),
            What::Hold => {
                let Some(before) = &proposal.before else {
                    return Err(ReviewError::NothingToHold { subject: asked.subject.clone() });
                };
                (Kind::Hold, Some(before.clone()), reason(Kind::Hold)?, None)
            }
            What::Override { grade, until } => {
                self.known(grade)?;
                if let Some(until) = until.filter(|until| *until <= self.head.as_of) {
                    return Err(ReviewError::LapsesAtOnce { until, as_of: self.head.as_of });
                }
                (Kind::Override, Some(grade.clone()), reason(Kind::Override)?, *until)
            }
        };
        Ok(NewDecision { subject: asked.subject.clone(), kind, grade, by, why, until, row: proposal.fingerprint() })
    }

    /// Confirms every row whose proposal changes nothing and that nobody decided yet.
    ///
    /// # Errors
    /// As for [`Review::decide`].
    pub fn confirm_unchanged(&self, by: &str) -> Result<Vec<NewDecision>, ReviewError> {
        self.open_for("decided about")?;
        let rows = self.undecided().filter(|row| row.proposal.changes_nothing());
        rows.map(|row| {
            let subject = row.proposal.subject.clone();
            self.decide(&Asked { subject, what: What::Confirm, by: by.to_owned(), why: None })
        })
        .collect()
    }

    /// Checks that the review may be approved as it stands, and returns the fingerprint of what is approved.
    ///
    /// # Errors
    /// [`ReviewError::Undecided`] naming rows, [`ReviewError::AlreadyApproved`], [`ReviewError::Published`].
    pub fn approve(&self, by: &str) -> Result<(String, String), ReviewError> {
        self.open_for("approved")?;
        let by = named(by)?;
        let undecided: Vec<&str> = self.undecided().map(|row| row.proposal.subject.as_str()).collect();
        if !undecided.is_empty() {
            return Err(ReviewError::undecided(&self.head.id, &undecided));
        }
        if let (State::Approved, Some(approval)) = (self.state(), self.approvals.last()) {
            let (review, by, at) = (self.head.id.clone(), approval.by.clone(), approval.at);
            return Err(ReviewError::AlreadyApproved { review, by, at });
        }
        Ok((by, self.fingerprint()))
    }

    /// Checks that the review may be published: approved exactly as it stands, and the ledger still proposes the same.
    ///
    /// # Errors
    /// [`ReviewError::NotApproved`], [`ReviewError::ChangedSinceApproval`], [`ReviewError::LedgerMoved`], [`ReviewError::Published`].
    pub fn publish(&self, by: &str, moved: usize) -> Result<(String, String), ReviewError> {
        self.open_for("published")?;
        let by = named(by)?;
        let review = self.head.id.clone();
        let fingerprint = self.fingerprint();
        match self.approvals.last() {
            None => Err(ReviewError::NotApproved { review, state: self.state().name() }),
            Some(approval) if approval.fingerprint != fingerprint => {
                let (by, at) = (approval.by.clone(), approval.at);
                Err(ReviewError::ChangedSinceApproval { review, by, at })
            }
            Some(_) if moved > 0 => {
                let declaration = self.head.declaration.clone();
                Err(ReviewError::LedgerMoved { review, moved, declaration, as_of: self.head.as_of })
            }
            Some(_) => Ok((by, fingerprint)),
        }
    }

    fn open_for(&self, what: &'static str) -> Result<(), ReviewError> {
        match &self.publication {
            None => Ok(()),
            Some(publication) => Err(ReviewError::Published {
                review: self.head.id.clone(),
                what,
                by: publication.by.clone(),
                at: publication.at,
            }),
        }
    }

    fn known(&self, grade: &str) -> Result<(), ReviewError> {
        let known = &self.draft.provenance.grades;
        if known.iter().any(|other| other == grade) {
            return Ok(());
        }
        let help = did_you_mean(grade, known.iter().map(String::as_str));
        Err(ReviewError::UnknownGrade { grade: grade.to_owned(), scheme: self.head.scheme.clone(), help })
    }
}

impl Row {
    /// A stamp for a row that leaves on paper: the proposal and the decision that stood then.
    pub fn stamp(&self) -> String {
        format!("{}-{}", self.proposal.fingerprint(), self.standing().map_or(0, |decision| decision.number))
    }
}

/// A name that says who.
fn named(by: &str) -> Result<String, ReviewError> {
    let name = by.trim();
    if name.is_empty() { Err(ReviewError::Nobody) } else { Ok(name.to_owned()) }
}
