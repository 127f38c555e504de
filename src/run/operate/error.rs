//! Why something cannot be done with a run or job.

use std::{io, path::PathBuf};

use miette::Diagnostic;
use thiserror::Error;

/// Why something cannot be done with a run or job.
#[derive(Debug, Error, Diagnostic)]
pub enum OperateError {
    /// There is no such run.
    #[error("there is no run {run}")]
    #[diagnostic(code(operate::no_such_run), help("`fenji run list` lists them"))]
    NoSuchRun {
        /// Its number.
        run: i64,
    },
    /// There is no such attempt.
    #[error("run {run} has no attempt {attempt}: {}", if *.made == 0 { "none was made yet".to_owned() } else { format!("the last is {made}") })]
    #[diagnostic(code(operate::no_such_attempt), help("`fenji run show {run}` lists the attempts"))]
    NoSuchAttempt {
        /// The run.
        run: i64,
        /// Its number.
        attempt: i64,
        /// How many there are.
        made: i64,
    },
    /// The log is not there.
    #[error("attempt {attempt} of run {run} has no log at `{path}`: {cause}")]
    #[diagnostic(
        code(operate::no_log),
        help(
            "a log stays on the machine that made the attempt, and this one was made on `{host}`; an attempt that could not begin has none"
        )
    )]
    NoLog {
        /// The run.
        run: i64,
        /// The attempt.
        attempt: i64,
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
        /// The machine that made the attempt.
        host: String,
    },
    /// The log was changed.
    #[error("the log of attempt {attempt} of run {run} is not what was kept: sha256 {found} instead of {kept}")]
    #[diagnostic(
        code(operate::log_changed),
        help(
            "somebody changed the file since, or the attempt was taken over while it wrote; a copy of `data/logs/` may have the right one"
        )
    )]
    LogChanged {
        /// The run.
        run: i64,
        /// The attempt.
        attempt: i64,
        /// As kept.
        kept: String,
        /// As read.
        found: String,
    },
    /// A run did not make such a thing.
    #[error("run {run} made no `{name}`")]
    #[diagnostic(code(operate::no_such_artifact), help("{help}"))]
    NoSuchArtifact {
        /// The run.
        run: i64,
        /// The name as given.
        name: String,
        /// What it made.
        help: String,
    },
    /// The file was removed.
    #[error("`{name}` of run {run} was removed from the archive on {at}")]
    #[diagnostic(code(operate::removed), help("`fenji run retry {run} --restate` makes it again, as another result"))]
    Removed {
        /// The run.
        run: i64,
        /// The name.
        name: String,
        /// When.
        at: String,
    },
    /// The run is not over.
    #[error("run {run} is {state}: only a run that is over is tried again")]
    #[diagnostic(code(operate::not_over), help("wait until it is over, or stop it with `fenji run cancel {run}`"))]
    NotOver {
        /// The run.
        run: i64,
        /// Its state.
        state: &'static str,
    },
    /// The run succeeded.
    #[error("run {run} succeeded: its result stands")]
    #[diagnostic(
        code(operate::succeeded),
        help("`--restate` makes another result beside it; `fenji run show {run}` shows what it made")
    )]
    Succeeded {
        /// The run.
        run: i64,
    },
    /// There is nothing to cancel.
    #[error("run {run} is {state}: there is nothing to cancel")]
    #[diagnostic(code(operate::over), help("`fenji run show {run}` shows what it did"))]
    Over {
        /// The run.
        run: i64,
        /// Its state.
        state: &'static str,
    },
    /// The job of a run is not in the store.
    #[error("the store does not know job `{job}` as it stood when run {run} was planned")]
    #[diagnostic(
        code(operate::no_definition),
        help("run it as its file stands now: `fenji job run {job} --period {period}`")
    )]
    NoDefinition {
        /// The run.
        run: i64,
        /// The job.
        job: String,
        /// The period.
        period: String,
    },
    /// Nobody is named.
    #[error("nobody is named for what is done")]
    #[diagnostic(code(operate::nobody), help("say who does it: `--by NAME`"))]
    Nobody,
    /// A name that is none.
    #[error("`{name}` is not a name: it has control characters")]
    #[diagnostic(code(operate::not_a_name), help("write a name of one line: `--by NAME`"))]
    NotAName {
        /// The name, with the characters written out.
        name: String,
    },
    /// The job has no schedule.
    #[error("job `{job}` has no schedule that could rest")]
    #[diagnostic(
        code(operate::no_schedule),
        help("it runs only when somebody asks: `fenji job run {job} --period PERIOD`")
    )]
    NoSchedule {
        /// The job.
        job: String,
    },
    /// A period of another unit.
    #[error("job `{job}` is about a {expected}, and {found} is none")]
    #[diagnostic(code(operate::other_unit), help("write a period as `fenji job next {job}` shows it"))]
    OtherUnit {
        /// The job.
        job: String,
        /// The period as given.
        found: String,
        /// The unit of the job.
        expected: &'static str,
    },
    /// A span that ends before it begins.
    #[error("{from} to {to} is no span: it ends before it begins")]
    #[diagnostic(
        code(operate::backwards),
        help("write the earlier period after `--from`; `--order newest-first` does the latest first")
    )]
    Backwards {
        /// Its beginning.
        from: String,
        /// Its end.
        to: String,
    },
    /// A span that is too long.
    #[error("the span has more than {most} periods")]
    #[diagnostic(code(operate::too_many_periods), help("fill it in parts"))]
    TooManyPeriods {
        /// The limit.
        most: usize,
    },
}
