//! Why a single row of a file is not loaded.
//!
//! Invariants: the list is closed and its words are stable, so that refused rows can be counted and filtered by them. Not here: faults
//! that stop the whole file (`error`), and how refused rows are written down (`refused_file`).

use std::fmt;

/// A kind of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefusalKind {
    /// More or fewer fields than the header has.
    Ragged,
    /// Text follows a closing quote.
    StrayQuote,
    /// The row has a NUL character.
    Nul,
    /// A required value is empty.
    Missing,
    /// No rule gives the value of a required column.
    NoRule,
    /// A word that the column cannot have.
    UnknownWord,
    /// Not yes or no.
    NotAFlag,
    /// Not a number.
    NotANumber,
    /// More decimal places than the column can hold.
    TooFine,
    /// More digits than the column can hold.
    TooLarge,
    /// A sale below zero.
    SaleBelowZero,
    /// A return above zero.
    ReturnAboveZero,
    /// Not a day in any of the formats of the map.
    NotADay,
    /// Not a time in any of the formats of the map.
    NotATime,
    /// A local time that the clocks of the zone left out.
    ClockGap,
    /// Later than now.
    Future,
    /// The key stands earlier in the same file with other values.
    RepeatedKey,
    /// The key stands in the ledger with other values.
    DiffersFromLedger,
}

impl RefusalKind {
    /// Every kind, in the order in which counts are shown.
    pub const ALL: [Self; 18] = [
        Self::Ragged,
        Self::StrayQuote,
        Self::Nul,
        Self::Missing,
        Self::NoRule,
        Self::UnknownWord,
        Self::NotAFlag,
        Self::NotANumber,
        Self::TooFine,
        Self::TooLarge,
        Self::SaleBelowZero,
        Self::ReturnAboveZero,
        Self::NotADay,
        Self::NotATime,
        Self::ClockGap,
        Self::Future,
        Self::RepeatedKey,
        Self::DiffersFromLedger,
    ];

    /// The reason in a few words, the same for every row of the kind.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Ragged => "not as many fields as the header",
            Self::StrayQuote => "text after a closing quote",
            Self::Nul => "a NUL character",
            Self::Missing => "a required value is empty",
            Self::NoRule => "no rule applies",
            Self::UnknownWord => "a word that the column cannot have",
            Self::NotAFlag => "not yes or no",
            Self::NotANumber => "not a number",
            Self::TooFine => "too many decimal places",
            Self::TooLarge => "too many digits",
            Self::SaleBelowZero => "a sale below zero",
            Self::ReturnAboveZero => "a return above zero",
            Self::NotADay => "not a day of the calendar",
            Self::NotATime => "not a date and time",
            Self::ClockGap => "a time that the clocks left out",
            Self::Future => "later than now",
            Self::RepeatedKey => "the key stands twice in the file with different values",
            Self::DiffersFromLedger => "the ledger has other values for the key",
        }
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Ragged => "look for a delimiter or a line break inside a value that is not quoted",
            Self::StrayQuote => "double every quote inside a quoted value",
            Self::Nul => "export the file again: text has no NUL characters",
            Self::Missing => "fill in the value, or leave such rows out with a `[[skip]]` in the map",
            Self::NoRule => "add a rule or `otherwise` to the column in the map",
            Self::UnknownWord => "add the word to `words` of the column in the map",
            Self::NotAFlag => "write yes or no (1 or 0, 是 or 否), or add the word to `words` of the column in the map",
            Self::NotANumber => {
                "write digits with at most one decimal point; `strip` in the map takes off signs such as `¥,`"
            }
            Self::TooFine => {
                "round the value where it is made, or make the ledger with a larger scale: nothing is rounded here"
            }
            Self::TooLarge => "check the value and the `unit` of the column in the map",
            Self::SaleBelowZero => {
                "check the rules of `kind` in the map: goods taken back are a `return`, corrections an `adjustment`"
            }
            Self::ReturnAboveZero => {
                "check the rules of `kind` in the map, or set `negate = true` if the file writes returns without a sign"
            }
            Self::NotADay | Self::NotATime => "check the value, or add its `format` to the column in the map",
            Self::ClockGap => {
                "check the `zone` of the column in the map: on that night the clocks went forward past this time"
            }
            Self::Future => "check the value, its `zone` in the map, and the clock of this machine",
            Self::RepeatedKey => {
                "make the key of the map name one row, or use `[unique]` if several rows of the file make one of the ledger"
            }
            Self::DiffersFromLedger => "history is not overwritten: load a correction as a row of its own",
        }
    }
}

impl fmt::Display for RefusalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

/// One refused row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The line of the file on which the row begins, from 1; of a Parquet file the number of the row.
    pub line: u64,
    /// Why.
    pub kind: RefusalKind,
    /// The column of the contract, or of the file where no column of the contract is at fault; empty when the whole row is.
    pub column: String,
    /// The value at fault; for two rows that disagree, both.
    pub value: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)?;
        match (self.column.as_str(), self.value.as_str()) {
            ("", "") => Ok(()),
            ("", value) => write!(f, " ({value})"),
            (column, "") => write!(f, " (`{column}`)"),
            (column, value) => write!(f, " (`{column}`: {value})"),
        }
    }
}

/// What is wrong with a value or a row, before the line is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Objection {
    pub(super) kind: RefusalKind,
    pub(super) column: String,
    pub(super) value: String,
}

impl Objection {
    pub(super) fn new(kind: RefusalKind, column: impl Into<String>, value: impl Into<String>) -> Self {
        Self { kind, column: column.into(), value: value.into() }
    }

    pub(super) fn at(self, line: u64) -> Refusal {
        Refusal { line, kind: self.kind, column: self.column, value: self.value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_words() {
        let mut reasons: Vec<_> = RefusalKind::ALL.iter().map(|kind| kind.reason()).collect();
        reasons.sort_unstable();
        reasons.dedup();
        assert_eq!(reasons.len(), RefusalKind::ALL.len());
        assert!(RefusalKind::ALL.is_sorted());
        for kind in RefusalKind::ALL {
            assert!(!kind.remedy().is_empty() && !kind.remedy().ends_with('.'), "{kind}");
        }
    }

    #[test]
    fn says_line_reason_column_and_value() {
        let objection =
            |column: &str, value: &str| Objection::new(RefusalKind::Future, column, value).at(7).to_string();
        assert_eq!(objection("at", "`2031-01-01`"), "line 7: later than now (`at`: `2031-01-01`)");
        assert_eq!(objection("at", ""), "line 7: later than now (`at`)");
        assert_eq!(objection("", "3 of 8"), "line 7: later than now (3 of 8)");
        assert_eq!(objection("", ""), "line 7: later than now");
    }
}
