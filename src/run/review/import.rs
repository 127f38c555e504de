//! Decisions from a workbook that was filled in by hand: all of them or none, every fault at once.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::{
    declaration::did_you_mean,
    grading::review::{
        Kind, Review, ReviewError, Row,
        decide::{Asked, NewDecision, What},
    },
    report::format::one_line,
    run::{
        error::RunError,
        home::Home,
        review::{
            find, local,
            workbook::{FilledRow, WorkbookFault, WorkbookFaults, read},
        },
        store::{review::Imported, sha256},
    },
    scheme::Scheme,
    text::{Lang, say},
};

/// The cells that people fill in.
const FILLED: [&str; 4] = ["decision", "grade", "why", "until"];

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportOutcome {
    /// So many decisions were written down.
    Decided(usize),
    /// The very same file was imported before.
    Known {
        /// By whom.
        by: String,
        /// When.
        at: String,
    },
}

/// Reads a filled workbook back into the review that it was written for.
///
/// # Errors
/// [`RunError::Workbook`] with every fault: then nothing is written.
pub async fn import(
    home: &Home,
    bytes: &[u8],
    by: &str,
    now: DateTime<Utc>,
) -> Result<(Review, ImportOutcome), RunError> {
    let rows = read(bytes)?;
    let Some(name) = rows.iter().map(|row| row.text("review")).find(|name| !name.is_empty()) else {
        return Err(WorkbookFaults::of_file("no row says to which review it belongs", "keep the hidden columns").into());
    };
    let (mut store, stored) = find(home, &name).await?;
    let review = &stored.review;
    let sha256 = sha256(bytes);
    if let Some((by, at)) = store.imported(&review.head.id, &sha256).await? {
        return Ok((stored.review, ImportOutcome::Known { by, at }));
    }
    if by.trim().is_empty() {
        return Err(ReviewError::Nobody.into());
    }
    let scheme = home.scheme(&review.head.scheme)?;
    let reader = Importer { review, scheme: &scheme, by };
    let decisions = reader.decisions(&rows)?;
    let file = Imported { sha256: &sha256, by: by.trim() };
    store.add_decisions(&stored, &decisions, Some(file), local(home, now)).await?;
    let (_, stored) = find(home, &review.head.id).await?;
    Ok((stored.review, ImportOutcome::Decided(decisions.len())))
}

struct Importer<'i> {
    review: &'i Review,
    scheme: &'i Scheme,
    by: &'i str,
}

impl Importer<'_> {
    fn decisions(&self, rows: &[FilledRow]) -> Result<Vec<NewDecision>, WorkbookFaults> {
        let (mut decisions, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for row in rows {
            faults.extend(row.errors());
            if !row.text("subject").is_empty() && !seen.insert(row.text("subject")) {
                let message = format!("`{}` stands in the workbook twice", row.text("subject"));
                faults.push(row.fault("subject", message, "keep one row for each subject"));
                continue;
            }
            match self.decision(row) {
                Ok(decision) => decisions.extend(decision),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(decisions) } else { Err(WorkbookFaults { faults }) }
    }

    /// The decision of a row; `None` where nothing was decided or the same stands already.
    fn decision(&self, row: &FilledRow) -> Result<Option<NewDecision>, WorkbookFault> {
        if row.text("review") != self.review.head.id {
            let message =
                format!("the row belongs to review `{}`, not to `{}`", row.text("review"), self.review.head.id);
            return Err(row.fault("review", message, "import one review at a time, and keep the hidden columns"));
        }
        let subject = row.text("subject");
        let told = |column: &str, error: &ReviewError| row.fault(column, error.to_string(), help_of(error));
        let stands = self.review.row(&subject).map_err(|error| told("subject", &error))?;
        if row.empty(&FILLED) {
            let had_one = row.text("stamp").rsplit('-').next().is_some_and(|number| number != "0");
            if had_one {
                let help = "a decision is not taken back by clearing it: confirm, override or hold";
                return Err(row.fault("decision", format!("the decision about `{subject}` was cleared"), help));
            }
            return Ok(None);
        }
        let what = self.what(row)?;
        if same(row, stands, &what) {
            return Ok(None);
        }
        if row.text("stamp") != stands.stamp() {
            let told = match stands.standing() {
                Some(decision) if !row.text("stamp").ends_with(&format!("-{}", decision.number)) => {
                    format!(
                        "{} decided about `{subject}` at {}, after the workbook was written",
                        decision.by, decision.at
                    )
                }
                _ => format!("the proposal for `{subject}` changed since the workbook was written"),
            };
            let help =
                "write the workbook again with `fenji review show ID --format xlsx --out FILE.xlsx` and decide anew";
            return Err(row.fault("decision", told, help));
        }
        let asked = Asked { subject, what, by: self.by.to_owned(), why: Some(row.text("why")) };
        let decided = self.review.decide(&asked).map_err(|error| {
            let column = if matches!(error, ReviewError::NoReason { .. }) {
                "why"
            } else if matches!(error, ReviewError::LapsesAtOnce { .. }) {
                "until"
            } else {
                "decision"
            };
            told(column, &error)
        })?;
        Ok(Some(decided))
    }

    /// What the cells ask for.
    fn what(&self, row: &FilledRow) -> Result<What, WorkbookFault> {
        let (word, until) = (row.text("decision"), row.day("until")?);
        let Some(kind) = kind(&word) else {
            let known: Vec<String> = Kind::ALL.into_iter().map(|kind| words(kind).join(" / ")).collect();
            let message = if word.is_empty() {
                "the row is filled in without a decision".to_owned()
            } else {
                format!("`{word}` is not a decision")
            };
            return Err(row.fault("decision", message, format!("write one of {}", known.join(", "))));
        };
        let grade = self.grade(row)?;
        if let Some(until) = until.filter(|_| kind != Kind::Override) {
            let message = format!("only an override has a last day, and this is {} until {until}", kind.name());
            return Err(row.fault("until", message, "clear the cell"));
        }
        let given = |expected: Option<&String>| match (&grade, expected) {
            (Some(grade), Some(expected)) if grade != expected => {
                let message = format!("{} gives `{expected}`, and the cell says `{grade}`", kind.name());
                Err(row.fault("grade", message, "clear the cell, or decide to override"))
            }
            _ => Ok(()),
        };
        let stands = self.review.row(&row.text("subject")).map(|row| &row.proposal).ok();
        match kind {
            Kind::Confirm => given(stands.and_then(|proposal| proposal.proposed.as_ref())).map(|()| What::Confirm),
            Kind::Hold => given(stands.and_then(|proposal| proposal.before.as_ref())).map(|()| What::Hold),
            Kind::Override => match grade {
                Some(grade) => Ok(What::Override { grade, until }),
                None => Err(row.fault("grade", "an override needs a grade", "write the grade that is given")),
            },
        }
    }

    /// The grade of the cell by its id or title.
    fn grade(&self, row: &FilledRow) -> Result<Option<String>, WorkbookFault> {
        let word = row.text("grade");
        if word.is_empty() {
            return Ok(None);
        }
        let known = &self.review.draft.provenance.grades;
        if known.contains(&word) {
            return Ok(Some(word));
        }
        let titled = self.scheme.rank_of(&word).and_then(|rank| self.scheme.grade(rank));
        titled.map(|grade| Some(grade.id.clone())).ok_or_else(|| {
            let message = format!("`{word}` is not a grade of scheme `{}`", self.scheme.id);
            row.fault("grade", message, did_you_mean(&word, known.iter().map(String::as_str)))
        })
    }
}

/// Whether the cells say what was decided already.
fn same(row: &FilledRow, stands: &Row, what: &What) -> bool {
    let Some(decision) = stands.standing() else { return false };
    let same_kind = match what {
        What::Confirm => decision.kind == Kind::Confirm,
        What::Hold => decision.kind == Kind::Hold,
        What::Override { grade, until } => {
            decision.kind == Kind::Override && decision.grade.as_ref() == Some(grade) && decision.until == *until
        }
    };
    // A cell holds one line.
    same_kind && one_line(decision.why.as_deref().unwrap_or_default()).trim() == row.text("why")
}

/// The words by which a decision may be named.
pub fn words(kind: Kind) -> [String; 3] {
    let key = format!("review.{}", kind.name());
    [kind.name().to_owned(), say(Lang::Chinese, &key), say(Lang::English, &key)]
}

fn kind(word: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| words(*kind).iter().any(|known| known.eq_ignore_ascii_case(word)))
}

fn help_of(error: &ReviewError) -> String {
    miette::Diagnostic::help(error).map(|help| help.to_string()).unwrap_or_default()
}
