//! What is done with the rows of an entity, and which of them count: the words that metrics use and that compile to SQL.

use crate::ledger::batch::MISSING;

/// What is done with the rows of a subject in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The sum of a number column. Without rows: 0.
    Sum(&'static str),
    /// The number of rows.
    Count,
    /// The number of different values of a key or text column; empty ones count once each in `order_id`, else not at all.
    CountDistinct(&'static str),
    /// The smallest value of a number column. Without rows: no figure.
    Min(&'static str),
    /// The largest value of a number column. Without rows: no figure.
    Max(&'static str),
    /// The day of the first row. Without rows: no figure.
    FirstDay,
    /// The day of the last row. Without rows: no figure.
    LastDay,
    /// Days from the last row to the as-of date. Without rows: no figure.
    DaysSince,
}

impl Aggregate {
    /// The figure of a subject without any row.
    pub fn without_rows(self) -> i64 {
        match self {
            Self::Sum(_) | Self::Count | Self::CountDistinct(_) => 0,
            Self::Min(_) | Self::Max(_) | Self::FirstDay | Self::LastDay | Self::DaysSince => MISSING,
        }
    }

    /// The column that is aggregated, if it is one.
    pub fn column(self) -> Option<&'static str> {
        match self {
            Self::Sum(column) | Self::CountDistinct(column) | Self::Min(column) | Self::Max(column) => Some(column),
            Self::Count | Self::FirstDay | Self::LastDay | Self::DaysSince => None,
        }
    }
}

/// A condition on one column of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: &'static str,
    /// What must hold.
    pub test: Test,
}

/// What must hold of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is one of these words.
    OneOf(Vec<String>),
    /// It is none of these words (an empty value is none of them).
    NotOneOf(Vec<String>),
    /// It is a number or day in this range, both ends included.
    Between(i64, i64),
    /// It is there (`false`) or not (`true`).
    Empty(bool),
}
