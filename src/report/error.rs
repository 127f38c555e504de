//! Why a report was refused.

use miette::Diagnostic;
use thiserror::Error;

use crate::metrics::compute::MetricError;

/// Why a report was refused.
#[derive(Debug, Error, Diagnostic)]
pub enum ReportError {
    /// A figure is not there.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Metric(#[from] MetricError),
    /// An equation does not hold: nothing is delivered.
    #[error("the report does not add up: {equation}: {left} is not {right}, a difference of {difference}")]
    #[diagnostic(
        code(report::not_reconciled),
        help(
            "nothing was delivered; look for rows that changed while the ledger was read, for an order shared by two members, or report a defect of fenji"
        )
    )]
    NotReconciled {
        /// The equation in words.
        equation: String,
        /// The left side.
        left: i128,
        /// The right side.
        right: i128,
        /// Left less right.
        difference: i128,
    },
    /// The scheme gives no figures or classes that the report could show.
    #[error("report `{report}` cannot show scheme `{scheme}`: it wants {wanted}")]
    #[diagnostic(
        code(report::unsuitable_scheme),
        help("name another scheme: in the job with `scheme = \"…\"`, on the command line with `--scheme`")
    )]
    Unsuitable {
        /// The report.
        report: &'static str,
        /// The scheme.
        scheme: String,
        /// What the report wants.
        wanted: &'static str,
    },
    /// No wave of a survey had ended on the day.
    #[error("no wave of the survey `{survey}` had ended on {day}: the ledger has {known}")]
    #[diagnostic(
        code(report::no_wave),
        help("choose a later period with `--period`, or load the waves with `fenji ledger load survey`")
    )]
    NoWave {
        /// The survey.
        survey: String,
        /// The last day of the period.
        day: chrono::NaiveDate,
        /// The waves that there are, with their last days.
        known: String,
    },
    /// The ledger has nothing to report on.
    #[error("the ledger has no {what} on {as_of}")]
    #[diagnostic(
        code(report::nothing_to_report),
        help("load {what} with `fenji ledger load`, or choose a later period with `--period`")
    )]
    Nothing {
        /// What is missing: `members`.
        what: &'static str,
        /// The day of the report.
        as_of: chrono::NaiveDate,
    },
}
