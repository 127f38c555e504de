//! Why a run failed.

use std::path::PathBuf;

use chrono::NaiveDate;
use miette::Diagnostic;
use thiserror::Error;

use crate::{
    declaration::Faults,
    deliver::{file::FileError, mail::MailError, smtp::SendError},
    grading::{review::ReviewError, set::SetError},
    ledger::error::LedgerError,
    metrics::compute::MetricError,
    period::PeriodError,
    points::{accrual::compare::DoesNotAddUp, decision::DecisionError, flow::DoesNotClose, kept::RowsError},
    receivables::error::ReceivablesError,
    render::{RenderError, TemplateError, font::FontError, pdf::PdfError},
    report::error::ReportError,
    run::{
        archive::ArchiveError, attempt::AttemptError, operate::OperateError, review::workbook::WorkbookFaults,
        store::StoreError,
    },
};

/// Why a run failed.
#[derive(Debug, Error, Diagnostic)]
pub enum RunError {
    /// A declaration file is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Declaration(#[from] Faults),
    /// The ledger cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Ledger(#[from] LedgerError),
    /// A figure cannot be computed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Metric(#[from] MetricError),
    /// Receivables cannot be aged.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Receivables(#[from] ReceivablesError),
    /// Something cannot be done with a points plan.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Plan(#[from] DecisionError),
    /// The rows of a points plan cannot be read or written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    PlanRows(#[from] RowsError),
    /// Points do not add up.
    #[error(transparent)]
    #[diagnostic(transparent)]
    DoesNotClose(#[from] DoesNotClose),
    /// Expected points do not add up.
    #[error(transparent)]
    #[diagnostic(transparent)]
    DoesNotAddUp(#[from] DoesNotAddUp),
    /// Kept grades cannot be read or written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Set(#[from] SetError),
    /// The store cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Store(#[from] StoreError),
    /// The report was refused.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Report(#[from] ReportError),
    /// The report cannot be rendered.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Render(#[from] RenderError),
    /// A template is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Template(#[from] TemplateError),
    /// The PDF cannot be made.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Pdf(#[from] PdfError),
    /// No font can be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Font(#[from] FontError),
    /// A file cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] FileError),
    /// An e-mail cannot be built.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Mail(#[from] MailError),
    /// An e-mail cannot be sent.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Send(#[from] SendError),
    /// A period cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Period(#[from] PeriodError),
    /// Something cannot be done with a review.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Review(#[from] ReviewError),
    /// A workbook of decisions is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Workbook(#[from] WorkbookFaults),
    /// The directory is no home.
    #[error("`{root}` is not a home of fenji: it has no `config/fenji.toml`")]
    #[diagnostic(code(run::no_home), help("make one with `fenji init DIR`, or say where it is with `--home DIR`"))]
    NoHome {
        /// The directory.
        root: PathBuf,
    },
    /// The store and the ledger are one file.
    #[error("`{path}` is named as the ledger and as the store")]
    #[diagnostic(
        code(run::store_is_ledger),
        help(
            "fenji writes to its store and only reads the ledger: set `store` in `config/fenji.toml` to a file of its own"
        )
    )]
    StoreIsLedger {
        /// The file.
        path: PathBuf,
    },
    /// There is no scheme or job of this name.
    #[error("there is no {what} `{name}`")]
    #[diagnostic(code(run::unknown_name), help("{help}"))]
    UnknownName {
        /// `scheme`, `job` or `report`.
        what: &'static str,
        /// The name as given.
        name: String,
        /// The nearest names.
        help: String,
    },
    /// There is no such subject.
    #[error("the ledger has no {what} `{subject}` on {as_of}")]
    #[diagnostic(
        code(run::unknown_subject),
        help("check the id; `fenji grade SCHEME --as-of {as_of} --format csv` lists every subject")
    )]
    UnknownSubject {
        /// `member` or `customer`.
        what: &'static str,
        /// The id as given.
        subject: String,
        /// The day.
        as_of: NaiveDate,
    },
    /// The scheme was not in force yet.
    #[error("scheme `{scheme}` was not in force on {as_of}")]
    #[diagnostic(code(run::not_in_force), help("its first version begins on {since}: choose a later day"))]
    NotInForce {
        /// The scheme.
        scheme: String,
        /// The day.
        as_of: NaiveDate,
        /// The first day.
        since: NaiveDate,
    },
    /// A version that grades were kept for was edited.
    #[error("version `{version}` of scheme `{scheme}` was edited or removed after grades were given by it")]
    #[diagnostic(
        code(scheme::version_was_edited),
        help(
            "its rules, grades and metrics have the fingerprint {now}, grades were kept under {kept}: undo the edit and add a new `[[version]]` with the day it comes into force (and a metric of another name, where a metric changed)"
        )
    )]
    VersionEdited {
        /// The scheme.
        scheme: String,
        /// The version.
        version: String,
        /// The fingerprint under which grades were kept.
        kept: String,
        /// The fingerprint now.
        now: String,
    },
    /// Another version is in force on a day that grades were kept for.
    #[error(
        "grades of scheme `{scheme}` were kept for {as_of} under version `{version}`, and another version is in force on that day now"
    )]
    #[diagnostic(
        code(scheme::version_moved),
        help("a new version begins after the last review that was kept: write a later `in-force`")
    )]
    VersionMoved {
        /// The scheme.
        scheme: String,
        /// The version the grades were given by.
        version: String,
        /// The day.
        as_of: NaiveDate,
    },
    /// A tier in the ledger's history is none of the scheme's.
    #[error("the ledger's tier history gives `{member}` the tier `{tier}`, which scheme `{scheme}` does not have")]
    #[diagnostic(code(run::unknown_tier), help("use the id or a title of one of its grades: {known}"))]
    UnknownTier {
        /// The member.
        member: String,
        /// The tier as found.
        tier: String,
        /// The scheme.
        scheme: String,
        /// The grades it has.
        known: String,
    },
    /// Nothing was kept of a scheme.
    #[error("no grades of scheme `{scheme}` were kept on or before {day}")]
    #[diagnostic(
        code(run::nothing_kept),
        help(
            "keep them: run the job that reports on the scheme, or `fenji grade {scheme} --as-of DAY --keep` with the last day of a review"
        )
    )]
    NothingKept {
        /// The scheme.
        scheme: String,
        /// The day.
        day: NaiveDate,
    },
    /// The period has not ended.
    #[error("the period {period} ends on {end} and is not over yet")]
    #[diagnostic(
        code(run::period_not_over),
        help("today is {today}: choose an earlier period, or look at the figures so far with `fenji report preview`")
    )]
    PeriodNotOver {
        /// The period.
        period: String,
        /// Its last day.
        end: NaiveDate,
        /// The day of the run.
        today: NaiveDate,
    },
    /// Too many reviews would have to be replayed.
    #[error("more than {most} reviews of scheme `{scheme}` lie before {as_of}, and none of their grades were kept")]
    #[diagnostic(
        code(run::too_many_reviews),
        help(
            "keep grades at an earlier day first: `fenji grade {scheme} --as-of DAY --keep`, at most {most} reviews at a time"
        )
    )]
    TooManyReviews {
        /// The scheme.
        scheme: String,
        /// The day.
        as_of: NaiveDate,
        /// How many can be replayed.
        most: usize,
    },
    /// Grades are kept for review days only.
    #[error("{as_of} is no review day of scheme `{scheme}`, so its grades are not kept")]
    #[diagnostic(
        code(run::not_a_review_day),
        help("leave out `--keep`, or name the last day of a {cadence}: later reviews build on kept grades")
    )]
    NotAReviewDay {
        /// The scheme.
        scheme: String,
        /// The day.
        as_of: NaiveDate,
        /// How often it is reviewed.
        cadence: &'static str,
    },
    /// The report shows moves from month to month, and the scheme is reviewed otherwise.
    #[error("scheme `{scheme}` is reviewed each {cadence}, and the tier report shows moves from month to month")]
    #[diagnostic(
        code(run::wrong_cadence),
        help("name a scheme with `cadence = \"month\"`; `fenji grade` shows the grades of any scheme")
    )]
    WrongCadence {
        /// The scheme.
        scheme: String,
        /// How often it is reviewed.
        cadence: &'static str,
    },
    /// The period has the wrong unit for the report.
    #[error("report `{report}` is about a {wanted}, and `{period}` is none")]
    #[diagnostic(code(run::wrong_period_unit), help("write the period as `{such}`"))]
    WrongPeriodUnit {
        /// The report.
        report: &'static str,
        /// The unit of its periods.
        wanted: &'static str,
        /// Such a period.
        such: &'static str,
        /// The period as given.
        period: String,
    },
    /// A directory that must be new has something in it.
    #[error("`{path}` is not empty")]
    #[diagnostic(code(run::not_empty), help("name a new directory: nothing is overwritten"))]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// The demo ledger cannot be made.
    #[error("the demo ledger cannot be made: {cause}")]
    #[diagnostic(code(run::demo), help("check that the directory can be written and has 300 MB of room"))]
    Demo {
        /// What went wrong.
        cause: String,
    },
    /// It is not clear which survey is meant.
    #[error("it is not clear which survey is meant: there are {known}")]
    #[diagnostic(code(run::no_survey), help("name one with `--survey`, or in the column `questionnaire` of the wave"))]
    NoSurvey {
        /// Those that there are.
        known: String,
    },
    /// It is not clear which points programme is meant.
    #[error("it is not clear which points programme is meant: there are {}", if .known.is_empty() { "none" } else { .known })]
    #[diagnostic(
        code(run::no_programme),
        help(
            "name one with `--programme`; programmes are files of `config/programmes/`, and examples stand in `config/programmes/examples/`"
        )
    )]
    NoProgramme {
        /// Those that there are.
        known: String,
    },
    /// A member has no points.
    #[error("member `{member}` has no entries in the points programme `{programme}`")]
    #[diagnostic(code(run::no_points), help("check the id: it is the one of the ledger, letter by letter"))]
    NoPoints {
        /// The programme.
        programme: String,
        /// The member as given.
        member: String,
    },
    /// A programme does not say how points are earned.
    #[error("the points programme `{programme}` has no rules by which points are earned in {period}")]
    #[diagnostic(
        code(run::no_earn_rules),
        help("write `[[version.earn]]` in config/programmes/{programme}.toml, in a version in force by then")
    )]
    NoEarnRules {
        /// The programme.
        programme: String,
        /// The period.
        period: String,
    },
    /// Nobody said on which day.
    #[error("no day was given")]
    #[diagnostic(code(run::no_day), help("give `--as-of 2026-10-31`, or several days with commas between"))]
    NoDay,
    /// The candidate of a trial grades something else.
    #[error("the candidate grades `{candidate}`, the live scheme `{live}`")]
    #[diagnostic(code(run::other_subjects), help("compare schemes with the same `subject`"))]
    OtherSubjects {
        /// What the candidate grades.
        candidate: &'static str,
        /// What the live scheme grades.
        live: &'static str,
    },
    /// A metric cannot say what the subjects of a trial weigh.
    #[error("metric `{metric}` cannot be added up over the subjects of the scheme")]
    #[diagnostic(code(run::no_weight), help("take an amount, points, a count or a quantity of the same subject"))]
    NoWeight {
        /// The metric.
        metric: String,
    },
    /// An attempt cannot be made.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Attempt(#[from] AttemptError),
    /// The archive cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Archive(#[from] ArchiveError),
    /// Something cannot be done with a run.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Operate(#[from] OperateError),
    /// A percentage cannot be one.
    #[error("`{text}` is not a percentage")]
    #[diagnostic(
        code(run::bad_percent),
        help("write a number of at most four decimals that is not negative, such as `5` or `2.5`")
    )]
    BadPercent {
        /// The text.
        text: String,
    },
}
