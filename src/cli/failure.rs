//! What went wrong, in the reader's words, with the exit code that scripts see.

use std::{fmt, io::Write, process::ExitCode};

use miette::{Diagnostic, MietteDiagnostic, Report};

use crate::{
    points::decision::DecisionError,
    render::RenderError,
    run::{attempt::AttemptError, error::RunError, operate::OperateError},
};

/// Wrong usage.
pub(super) const USAGE: u8 = 2;
/// A declaration was refused.
pub(super) const DECLARATION: u8 = 3;
/// The run failed.
pub(super) const RUN: u8 = 4;
/// Delivery failed.
pub(super) const DELIVERY: u8 = 5;
const DEFECT: u8 = 1;

/// A failure with its exit code.
pub(super) struct Failure {
    words: Words,
    code: u8,
}

/// How a failure is told.
enum Words {
    /// By this process.
    Own(Report),
    /// As another process told it.
    Relayed(String),
}

impl Failure {
    /// A failure of a kind.
    pub(super) fn new(code: u8, error: impl Diagnostic + Send + Sync + 'static) -> Self {
        Self { words: Words::Own(Report::new(error)), code }
    }

    /// A failure that only a defect of fenji explains.
    pub(super) fn defect(error: impl fmt::Display) -> Self {
        let report = miette::miette!(help = "this is a defect of fenji: please report it", "{error}");
        Self { words: Words::Own(report), code: DEFECT }
    }

    /// A failure of a kind told in words.
    pub(super) fn told(code: u8, message: String, help: String) -> Self {
        Self { words: Words::Own(MietteDiagnostic::new(message).with_help(help).into()), code }
    }

    /// A failure that another process told.
    pub(super) fn relayed(code: u8, text: String) -> Self {
        Self { words: Words::Relayed(text), code }
    }

    /// Prints the failure to standard error.
    pub(super) fn tell(self) -> ExitCode {
        // Nothing can be told when standard error is gone; the exit code still speaks.
        let mut error = std::io::stderr().lock();
        let _gone = match self.words {
            Words::Own(report) => writeln!(error, "{report:?}"),
            Words::Relayed(text) => write!(error, "{text}"),
        };
        ExitCode::from(self.code)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self::new(code_of(&error), error)
    }
}

/// The exit code of an error.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of error, so that none is forgotten")]
fn code_of(error: &RunError) -> u8 {
    match error {
        RunError::Declaration(_)
        | RunError::Workbook(_)
        | RunError::Template(_)
        | RunError::Render(RenderError::Template(_) | RenderError::NotWellFormed { .. })
        | RunError::StoreIsLedger { .. }
        | RunError::VersionMoved { .. }
        | RunError::VersionEdited { .. } => DECLARATION,
        RunError::UnknownName { .. }
        | RunError::Review(_)
        | RunError::Plan(
            DecisionError::NoSuchPlan { .. }
            | DecisionError::NotNow { .. }
            | DecisionError::Rival { .. }
            | DecisionError::Nobody { .. }
            | DecisionError::Tripped { .. }
            | DecisionError::NotOver { .. }
            | DecisionError::GradesFirst { .. }
            | DecisionError::NotInForce { .. }
            | DecisionError::NoZeroingDay { .. },
        )
        | RunError::NoHome { .. }
        | RunError::Period(_)
        | RunError::WrongPeriodUnit { .. }
        | RunError::WrongCadence { .. }
        | RunError::NotAReviewDay { .. }
        | RunError::PeriodNotOver { .. }
        | RunError::NotInForce { .. }
        | RunError::NothingKept { .. }
        | RunError::UnknownSubject { .. }
        | RunError::NoSurvey { .. }
        | RunError::NoProgramme { .. }
        | RunError::NoPoints { .. }
        | RunError::NoEarnRules { .. }
        | RunError::NoDay
        | RunError::OtherSubjects { .. }
        | RunError::NoWeight { .. }
        | RunError::BadPercent { .. }
        | RunError::Attempt(AttemptError::DoneBefore { .. })
        | RunError::Operate(
            OperateError::NoSuchRun { .. }
            | OperateError::NoSuchAttempt { .. }
            | OperateError::NoSuchArtifact { .. }
            | OperateError::NotOver { .. }
            | OperateError::Succeeded { .. }
            | OperateError::Over { .. }
            | OperateError::Nobody
            | OperateError::NotAName { .. }
            | OperateError::NoSchedule { .. }
            | OperateError::OtherUnit { .. }
            | OperateError::Backwards { .. }
            | OperateError::TooManyPeriods { .. },
        )
        | RunError::NotEmpty { .. } => USAGE,
        RunError::File(_) | RunError::Mail(_) | RunError::Send(_) => DELIVERY,
        RunError::Ledger(_)
        | RunError::Metric(_)
        | RunError::Receivables(_)
        | RunError::Set(_)
        | RunError::Plan(_)
        | RunError::PlanRows(_)
        | RunError::DoesNotClose(_)
        | RunError::DoesNotAddUp(_)
        | RunError::Store(_)
        | RunError::Report(_)
        | RunError::Render(_)
        | RunError::Pdf(_)
        | RunError::Font(_)
        | RunError::UnknownTier { .. }
        | RunError::TooManyReviews { .. }
        | RunError::Attempt(_)
        | RunError::Archive(_)
        | RunError::Operate(
            OperateError::NoLog { .. }
            | OperateError::LogChanged { .. }
            | OperateError::Removed { .. }
            | OperateError::NoDefinition { .. },
        )
        | RunError::Demo { .. } => RUN,
    }
}
