//! What is done with the rows of an entity, and which of them count: the words that metrics use and that compile to SQL.

use crate::ledger::batch::MISSING;

/// What is done with the rows of a subject in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The sum of a number column. Without rows: 0.
    Sum(&'static str),
    /// The number of rows.
    Count,
    /// The number of different values of a key, text or day column; empty ones count once each in `order_id`, else not at all.
    CountDistinct(&'static str),
    /// The smallest value of a number column. Without rows: no figure.
    Min(&'static str),
    /// The largest value of a number column. Without rows: no figure.
    Max(&'static str),
    /// The value of a column on the latest day, where a subject has one row a day at most, or one row at all. Without rows, and when the latest row
    /// has no value: no figure. The figure of a word is its code.
    Latest(&'static str),
    /// The first of the days of a column. Without one: no figure.
    FirstDay(&'static str),
    /// The last of the days of a column. Without one: no figure.
    LastDay(&'static str),
    /// Days from the last of the days of a column that is no later than the as-of date. Without one: no figure.
    DaysSince(&'static str),
    /// Days to the first of the days of a column that is no earlier than the as-of date. Without one: no figure.
    DaysUntil(&'static str),
}

impl Aggregate {
    /// The figure of a subject without any row.
    pub fn without_rows(self) -> i64 {
        match self {
            Self::Sum(_) | Self::Count | Self::CountDistinct(_) => 0,
            Self::Min(_)
            | Self::Max(_)
            | Self::Latest(_)
            | Self::FirstDay(_)
            | Self::LastDay(_)
            | Self::DaysSince(_)
            | Self::DaysUntil(_) => MISSING,
        }
    }

    /// The column that is aggregated, if it is one.
    pub fn column(self) -> Option<&'static str> {
        match self {
            Self::Sum(column)
            | Self::CountDistinct(column)
            | Self::Min(column)
            | Self::Max(column)
            | Self::Latest(column)
            | Self::FirstDay(column)
            | Self::LastDay(column)
            | Self::DaysSince(column)
            | Self::DaysUntil(column) => Some(column),
            Self::Count => None,
        }
    }

    /// Which days of its column count, seen from the as-of date: those on one side of it, the date itself included.
    pub fn side(self) -> Option<(&'static str, Side)> {
        match self {
            Self::DaysSince(column) => Some((column, Side::Past)),
            Self::DaysUntil(column) => Some((column, Side::Ahead)),
            Self::Sum(_)
            | Self::Count
            | Self::CountDistinct(_)
            | Self::Min(_)
            | Self::Max(_)
            | Self::Latest(_)
            | Self::FirstDay(_)
            | Self::LastDay(_) => None,
        }
    }
}

/// A side of the as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Up to the as-of date.
    Past,
    /// From the as-of date on.
    Ahead,
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
