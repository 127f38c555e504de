//! Why an attempt cannot be made.

use miette::Diagnostic;
use thiserror::Error;

/// Why an attempt cannot be made.
#[derive(Debug, Error, Diagnostic)]
pub enum AttemptError {
    /// The process of an attempt could not be had, or what it handed over could not be taken.
    #[error("the attempt could not be made: {cause}")]
    #[diagnostic(
        code(run::child),
        help("check that the home's `data/` can be written and that the machine has room for another process")
    )]
    Child {
        /// What was in the way.
        cause: String,
    },
    /// The period was done before.
    #[error("`{job}` was done for {period} by run {run}")]
    #[diagnostic(
        code(run::done_before),
        help("`fenji run show {run}` shows what it made; `--restate` makes another result beside it")
    )]
    DoneBefore {
        /// The job.
        job: String,
        /// The period.
        period: String,
        /// The run.
        run: i64,
    },
    /// Another run of the job is at work or waits.
    #[error("`{job}` cannot begin: {reason}")]
    #[diagnostic(code(run::busy), help("wait until it is over, or stop it with `fenji run cancel`"))]
    Busy {
        /// The job.
        job: String,
        /// What is in the way.
        reason: String,
    },
}
