//! Which failures may go better when they are tried again.

use serde::{Deserialize, Serialize};

use crate::{
    ledger::error::LedgerError,
    run::{attempt::error::AttemptError, error::RunError},
};

/// Whether it is any use to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Somebody has to change something first.
    Permanent,
    /// It may go better in a moment.
    Transient,
    /// Nobody knows.
    Unknown,
}

impl Class {
    /// The word in the store and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Transient => "transient",
            Self::Unknown => "unknown",
        }
    }

    /// The class of an error. What a person has to put right first is not tried again.
    pub fn of(error: &RunError) -> Self {
        let again = matches!(
            error,
            RunError::File(_)
                | RunError::Attempt(AttemptError::Child { .. })
                | RunError::Archive(_)
                | RunError::Send(_)
        );
        let passing = again
            || matches!(error, RunError::Store(error) if error.is_passing())
            || matches!(error, RunError::Ledger(error) if passes(error));
        if passing { Self::Transient } else { Self::Permanent }
    }
}

/// Whether the ledger could not be reached, was busy, or changed under the reader.
fn passes(error: &LedgerError) -> bool {
    matches!(
        error,
        LedgerError::Database { .. }
            | LedgerError::Unreachable { .. }
            | LedgerError::Lost { .. }
            | LedgerError::TimedOut { .. }
            | LedgerError::Locked { .. }
            | LedgerError::Changed { .. }
            | LedgerError::Server { .. }
            | LedgerError::NoRoom { .. }
    )
}
