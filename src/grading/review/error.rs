//! Why something cannot be done with a review.

use chrono::{NaiveDate, NaiveDateTime};
use miette::Diagnostic;
use thiserror::Error;

use crate::declaration::{did_you_mean, quoted};

/// Subjects that a message names before it only counts them.
const NAMED: usize = 5;

/// Why something cannot be done with a review.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum ReviewError {
    /// The review has no such subject.
    #[error("review `{review}` has no subject `{subject}`")]
    #[diagnostic(code(review::unknown_subject), help("{help}; `fenji review show {review}` lists them"))]
    UnknownSubject {
        /// The review.
        review: String,
        /// The id as given.
        subject: String,
        /// The nearest id.
        help: String,
    },
    /// The scheme has no such grade.
    #[error("`{grade}` is not a grade of scheme `{scheme}`")]
    #[diagnostic(code(review::unknown_grade), help("{help}"))]
    UnknownGrade {
        /// The grade as given.
        grade: String,
        /// The scheme.
        scheme: String,
        /// The nearest grade.
        help: String,
    },
    /// An override or hold without a reason.
    #[error("`{subject}`: {kind} needs a reason")]
    #[diagnostic(code(review::no_reason), help("say why with `--why \"…\"`: it is kept with the decision"))]
    NoReason {
        /// The subject.
        subject: String,
        /// `override` or `hold`.
        kind: &'static str,
    },
    /// Nobody is named.
    #[error("nobody is named")]
    #[diagnostic(code(review::nobody), help("say who decides with `--by NAME`"))]
    Nobody,
    /// There is no grade before.
    #[error("`{subject}` has no grade from an earlier review that could be held")]
    #[diagnostic(code(review::nothing_to_hold), help("confirm the proposal, or override it with a grade"))]
    NothingToHold {
        /// The subject.
        subject: String,
    },
    /// An override that ends before it begins.
    #[error("an override until {until} would lapse at once: the review is as of {as_of}")]
    #[diagnostic(
        code(review::lapses_at_once),
        help("name a later day, or leave out `--until`: it then holds for this review only")
    )]
    LapsesAtOnce {
        /// The last day as given.
        until: NaiveDate,
        /// The day of the review.
        as_of: NaiveDate,
    },
    /// Rows that nobody decided.
    #[error("{count} rows of review `{review}` are not decided, such as {some}")]
    #[diagnostic(
        code(review::undecided),
        help(
            "`fenji review confirm {review} --all-unchanged --by NAME` confirms those that do not move; `fenji review show {review} --section undecided` lists the others: confirm, override or hold each"
        )
    )]
    Undecided {
        /// The review.
        review: String,
        /// How many.
        count: usize,
        /// Some of them.
        some: String,
    },
    /// It is approved as it stands.
    #[error("review `{review}` was approved exactly as it stands by {by} at {at}")]
    #[diagnostic(code(review::already_approved), help("publish it with `fenji review publish {review} --by NAME`"))]
    AlreadyApproved {
        /// The review.
        review: String,
        /// By whom.
        by: String,
        /// When.
        at: NaiveDateTime,
    },
    /// It was never approved.
    #[error("review `{review}` is {state} and was not approved")]
    #[diagnostic(code(review::not_approved), help("decide every row, then `fenji review approve {review} --by NAME`"))]
    NotApproved {
        /// The review.
        review: String,
        /// Its state.
        state: &'static str,
    },
    /// Something changed since it was approved.
    #[error("review `{review}` changed since {by} approved it at {at}")]
    #[diagnostic(
        code(review::changed_since_approval),
        help("look at it with `fenji review show {review}` and `fenji review diff {review}`, then approve it again")
    )]
    ChangedSinceApproval {
        /// The review.
        review: String,
        /// By whom.
        by: String,
        /// When.
        at: NaiveDateTime,
    },
    /// The ledger proposes something else than the draft.
    #[error(
        "the ledger or the rules changed since review `{review}` was drafted: {moved} rows are no longer what was approved"
    )]
    #[diagnostic(
        code(review::ledger_moved),
        help(
            "`fenji review open {declaration} --as-of {as_of}` drafts it again, keeps the decisions and tells which of them to look at; then approve it again"
        )
    )]
    LedgerMoved {
        /// The review.
        review: String,
        /// How many rows.
        moved: usize,
        /// The declaration.
        declaration: String,
        /// The day.
        as_of: NaiveDate,
    },
    /// It was published.
    #[error("review `{review}` was published by {by} at {at} and can no longer be {what}")]
    #[diagnostic(code(review::published), help("what changed since belongs in the next review"))]
    Published {
        /// The review.
        review: String,
        /// What was asked.
        what: &'static str,
        /// By whom.
        by: String,
        /// When.
        at: NaiveDateTime,
    },
    /// The day given is not the data day of the review.
    #[error("review `{declaration}` takes its figures as of {wanted} each year, not of {as_of}")]
    #[diagnostic(code(review::wrong_day), help("open it with `--as-of YEAR-{wanted}`, or change `as-of` in its file"))]
    WrongDay {
        /// The declaration.
        declaration: String,
        /// Month and day.
        wanted: String,
        /// The day as given.
        as_of: NaiveDate,
    },
    /// It is too early.
    #[error("review `{review}` opens on {opens}, and today is {today}")]
    #[diagnostic(code(review::too_early), help("open it on that day, or on the next working day"))]
    TooEarly {
        /// The review.
        review: String,
        /// The first day.
        opens: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
    /// A day before the figures of the review.
    #[error("review `{review}` takes its figures as of {as_of}: there is none yet on {day}")]
    #[diagnostic(code(review::before_figures), help("ask for {as_of}, or for a later day of that year"))]
    BeforeFigures {
        /// The review.
        review: String,
        /// The day of its figures.
        as_of: NaiveDate,
        /// The day that was asked for.
        day: NaiveDate,
    },
    /// The figures are of a day that is not over.
    #[error("the day {as_of} of review `{review}` is not over")]
    #[diagnostic(code(review::day_not_over), help("publish it tomorrow: until then rows may be added to that day"))]
    DayNotOver {
        /// The review.
        review: String,
        /// The day.
        as_of: NaiveDate,
    },
    /// Grades were kept for that day or a later one already.
    #[error("grades of scheme `{scheme}` were kept for {kept} already, which is not before {as_of}")]
    #[diagnostic(
        code(review::later_grades),
        help("published grades are the ground of those that follow and are not changed: open a review of a later day")
    )]
    LaterGrades {
        /// The scheme.
        scheme: String,
        /// The day they were kept for.
        kept: NaiveDate,
        /// The day of the review.
        as_of: NaiveDate,
    },
    /// There is nobody to review.
    #[error("scheme `{scheme}` has no subject on {as_of}")]
    #[diagnostic(
        code(review::no_subjects),
        help("load the customers with `fenji ledger load`, or check the `where` of the scheme")
    )]
    NoSubjects {
        /// The scheme.
        scheme: String,
        /// The day.
        as_of: NaiveDate,
    },
    /// There is no such review.
    #[error("there is no review `{review}`")]
    #[diagnostic(
        code(review::unknown),
        help("{help}; `fenji review list` lists reviews, `fenji review open` opens one")
    )]
    Unknown {
        /// The name as given.
        review: String,
        /// The nearest name.
        help: String,
    },
    /// People cannot decide about grades that move by themselves.
    #[error("the grades of scheme `{scheme}` move on a ladder")]
    #[diagnostic(
        code(review::on_ladder),
        help("review a scheme with `movement = {{ kind = \"free\" }}`: tiers of members move without people")
    )]
    OnLadder {
        /// The scheme.
        scheme: String,
    },
    /// Grades of a reviewed scheme are only kept by publishing.
    #[error("grades of scheme `{scheme}` are proposals that people decide in review `{declaration}`")]
    #[diagnostic(
        code(review::by_people),
        help("leave out `--keep`; `fenji review open {declaration}` begins a review")
    )]
    ByPeople {
        /// The scheme.
        scheme: String,
        /// The declaration.
        declaration: String,
    },
}

impl ReviewError {
    pub(super) fn unknown_subject<'k>(review: &str, subject: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        let help = did_you_mean(subject, known);
        Self::UnknownSubject { review: review.to_owned(), subject: subject.to_owned(), help }
    }

    pub(super) fn undecided(review: &str, subjects: &[&str]) -> Self {
        let some: Vec<&str> = subjects.iter().copied().take(NAMED).collect();
        Self::Undecided { review: review.to_owned(), count: subjects.len(), some: quoted(&some) }
    }
}
