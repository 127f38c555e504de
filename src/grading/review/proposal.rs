//! What the figures propose for each subject, with what it was made by.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::grading::review::fingerprint;

/// What the figures propose for one subject. Grades and classes by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The subject's id.
    pub subject: String,
    /// The day of the figures.
    pub as_of: NaiveDate,
    /// The grade that is proposed: that of the figures, or an earlier override that still holds. Without a figure it is what was held.
    pub proposed: Option<String>,
    /// The grade that the figures give by themselves; `None` without a figure.
    pub earned: Option<String>,
    /// The grade published before.
    pub before: Option<String>,
    /// The class of each dimension, in the order of [`Provenance::dimensions`].
    pub classes: Vec<Option<String>>,
    /// Whether the grade is provisional (S58).
    pub provisional: bool,
    /// An override of the last review that still holds on the day, or ended before it.
    pub earlier: Option<EarlierOverride>,
    /// Fingerprint of the figures.
    pub figures: String,
}

/// An override that somebody decided in an earlier review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierOverride {
    /// The grade that was given.
    pub grade: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
    /// The last day on which it holds; `None` when it was for that review only.
    pub until: Option<NaiveDate>,
}

/// What proposals were made by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The version of the scheme.
    pub version: String,
    /// Fingerprint of that version's rules.
    pub rules: String,
    /// Grades from the lowest.
    pub grades: Vec<String>,
    /// Dimensions in the order of the version.
    pub dimensions: Vec<String>,
    /// Fingerprint of the ledger's snapshot.
    pub snapshot: String,
}

impl EarlierOverride {
    /// Whether it still holds on a day.
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        self.until.is_some_and(|until| day <= until)
    }
}

impl Proposal {
    /// Remembers an override of the last review: while it holds its grade is proposed, afterwards that of the figures.
    #[must_use]
    pub fn after(mut self, earlier: Option<EarlierOverride>) -> Self {
        if let Some(earlier) = earlier.as_ref().filter(|earlier| earlier.holds_on(self.as_of)) {
            self.proposed = Some(earlier.grade.clone());
        }
        self.earlier = earlier;
        self
    }

    /// Whether the proposal leaves things as they are.
    pub fn changes_nothing(&self) -> bool {
        self.proposed == self.before
    }

    /// A fingerprint of everything that a person who decides looks at.
    pub fn fingerprint(&self) -> String {
        fingerprint::proposal(self)
    }
}

/// A fingerprint of the figures that a grade rests on, each as part and whole.
pub fn figures_fingerprint(figures: &[Option<(i64, i64)>]) -> String {
    fingerprint::digest(&format!("{figures:?}"))
}

/// How one set of proposals differs from an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Subjects that are new.
    pub added: Vec<String>,
    /// Subjects that are gone.
    pub gone: Vec<String>,
    /// Subjects whose proposal is another grade: was, is.
    pub moved: Vec<(String, Option<String>, Option<String>)>,
    /// Subjects whose figures, classes or grade before are others, and whose proposed grade is the same.
    pub figures: Vec<String>,
    /// Whether the rules are others.
    pub rules: bool,
}

impl Changes {
    /// Compares proposals and the rules they were made by.
    pub fn between<'p>(
        before: (&Provenance, impl Iterator<Item = &'p Proposal>),
        after: (&Provenance, impl Iterator<Item = &'p Proposal>),
    ) -> Self {
        let mut changes = Self { rules: before.0.rules != after.0.rules, ..Self::default() };
        let mut old: BTreeMap<&str, &Proposal> = before.1.map(|row| (row.subject.as_str(), row)).collect();
        for new in after.1 {
            match old.remove(new.subject.as_str()) {
                None => changes.added.push(new.subject.clone()),
                Some(was) if was.proposed != new.proposed => {
                    changes.moved.push((new.subject.clone(), was.proposed.clone(), new.proposed.clone()));
                }
                Some(was) if was.fingerprint() != new.fingerprint() => changes.figures.push(new.subject.clone()),
                Some(_) => {}
            }
        }
        changes.gone = old.into_keys().map(str::to_owned).collect();
        changes
    }

    /// Whether nothing differs.
    pub fn none(&self) -> bool {
        *self == Self::default()
    }

    /// How many subjects differ.
    pub fn count(&self) -> usize {
        self.added.len() + self.gone.len() + self.moved.len() + self.figures.len()
    }
}
