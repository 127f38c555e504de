//! Why an answer is not counted.

/// Why an answer is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnswerFault {
    /// It is about something that nobody defined.
    UnknownIndicator,
    /// It is not a level of the scale.
    UnknownLevel,
    /// The sheet has the same answer already.
    Repeated,
    /// The sheet has another answer too.
    Different,
    /// It names no wave.
    NoWave,
}

impl AnswerFault {
    /// The name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownIndicator => "unknown-indicator",
            Self::UnknownLevel => "unknown-level",
            Self::Repeated => "repeated",
            Self::Different => "different",
            Self::NoWave => "no-wave",
        }
    }
}
