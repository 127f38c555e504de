//! Whether the type and the sampled values of a column can be what the contract asks for, and what a query must do to them.
//!
//! Invariants: a column whose sample disproves it never fits, whatever its name. Nothing is rounded or translated without a word about it.

use crate::ledger::{
    entity::{ColumnSpec, ColumnType},
    propose::schema::{Column, ColumnKind},
};

/// What a query does to a column so that it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) enum Change {
    /// Nothing.
    None,
    /// Rounds a floating-point number to decimal places.
    Round(u8),
    /// Takes seconds since 1970 for an instant.
    Seconds,
    /// Takes thousandths of a second since 1970 for an instant.
    Milliseconds,
    /// Takes digits such as 20261031 for a day.
    Digits,
    /// Takes floating-point numbers without places for whole numbers.
    Whole,
    /// Translates words into 1 and 0.
    Flag,
    /// Joins columns of a key that has several.
    Key(Vec<String>),
}

/// How well a column fits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// What a query must do.
    pub(super) change: Change,
    /// What is taken from the score.
    pub(super) doubt: i32,
    /// What is to be told.
    pub(super) note: Option<&'static str>,
}

const PLAIN: Fit = Fit { change: Change::None, doubt: 0, note: None };

fn with(change: Change, doubt: i32, note: &'static str) -> Fit {
    Fit { change, doubt, note: Some(note) }
}

/// How a column can be read as one of the contract; `None` when it cannot.
pub(super) fn fit(spec: &ColumnSpec, column: &Column) -> Option<Fit> {
    if column.kind == ColumnKind::Other {
        return None;
    }
    match spec.kind {
        ColumnType::Key => key(column),
        ColumnType::Text => text(spec, column),
        ColumnType::Money => number(column, 2),
        ColumnType::Quantity => number(column, 3),
        ColumnType::Points | ColumnType::Count => whole_number(column),
        ColumnType::Day | ColumnType::Instant => moment(spec, column),
        ColumnType::Flag => flag(column),
        ColumnType::Choice(_) => choice(column),
    }
}

fn key(column: &Column) -> Option<Fit> {
    match column.kind {
        ColumnKind::Integer | ColumnKind::Uuid | ColumnKind::Decimal { scale: Some(0) } => Some(PLAIN),
        ColumnKind::Text { length } if length.is_none_or(|length| length <= 255) => Some(PLAIN),
        ColumnKind::Text { .. }
        | ColumnKind::Decimal { .. }
        | ColumnKind::Real
        | ColumnKind::Day
        | ColumnKind::Instant { .. }
        | ColumnKind::Flag
        | ColumnKind::Other => None,
    }
}

fn text(spec: &ColumnSpec, column: &Column) -> Option<Fit> {
    match column.kind {
        ColumnKind::Text { .. } => {
            let figures = column.all(|value| value.parse::<i64>().is_ok()) == Some(true);
            let doubt = if figures && spec.name != "phone" { 15 } else { 0 };
            Some(Fit { doubt, ..PLAIN })
        }
        ColumnKind::Integer if spec.name == "phone" => None,
        ColumnKind::Integer => {
            Some(with(Change::None, 60, "it holds numbers, not words: map a query that joins the table of their names"))
        }
        ColumnKind::Decimal { .. }
        | ColumnKind::Real
        | ColumnKind::Day
        | ColumnKind::Instant { .. }
        | ColumnKind::Flag
        | ColumnKind::Uuid
        | ColumnKind::Other => None,
    }
}

fn number(column: &Column, places: u8) -> Option<Fit> {
    match column.kind {
        ColumnKind::Decimal { scale } if scale.is_some_and(|scale| scale <= places) => Some(PLAIN),
        ColumnKind::Decimal { .. } => {
            let fine = column.all(|value| behind_the_point(value) <= usize::from(places));
            if fine == Some(false) {
                return Some(with(
                    Change::Round(places),
                    8,
                    "values have more decimal places than are kept: the query rounds them, check that you accept it",
                ));
            }
            Some(with(
                Change::None,
                2,
                "the type allows more decimal places than are kept: a value that uses them is refused when it is read",
            ))
        }
        ColumnKind::Integer => Some(PLAIN),
        ColumnKind::Real => Some(with(
            Change::Round(places),
            8,
            "floating-point numbers are not exact and are refused: the query rounds each one, check that you accept it",
        )),
        ColumnKind::Text { .. } => match column.all(is_number) {
            Some(true) => Some(Fit { doubt: 8, ..PLAIN }),
            Some(false) | None => None,
        },
        ColumnKind::Day | ColumnKind::Instant { .. } | ColumnKind::Flag | ColumnKind::Uuid | ColumnKind::Other => None,
    }
}

fn whole_number(column: &Column) -> Option<Fit> {
    let whole = || column.all(|value| behind_the_point(value) == 0) != Some(false);
    match column.kind {
        ColumnKind::Integer | ColumnKind::Decimal { scale: Some(0) } => Some(PLAIN),
        ColumnKind::Decimal { .. } if whole() => Some(with(
            Change::None,
            4,
            "the type allows decimal places, and the number is whole: a value that uses them is refused",
        )),
        ColumnKind::Real if whole() => Some(with(
            Change::Whole,
            8,
            "floating-point numbers are refused: the query makes them whole, check that you accept it",
        )),
        ColumnKind::Decimal { .. }
        | ColumnKind::Real
        | ColumnKind::Text { .. }
        | ColumnKind::Day
        | ColumnKind::Instant { .. }
        | ColumnKind::Flag
        | ColumnKind::Uuid
        | ColumnKind::Other => None,
    }
}

fn moment(spec: &ColumnSpec, column: &Column) -> Option<Fit> {
    let instant = spec.kind == ColumnType::Instant;
    match column.kind {
        ColumnKind::Day if instant => Some(with(Change::None, 4, "days without a time")),
        ColumnKind::Instant { zoned: false } if instant => {
            Some(with(Change::None, 0, "it names no zone and is taken as local"))
        }
        ColumnKind::Day | ColumnKind::Instant { .. } => Some(PLAIN),
        ColumnKind::Text { .. } => match column.all(is_day) {
            Some(true) => Some(Fit { doubt: 3, ..PLAIN }),
            Some(false) if column.all(is_digits_of_a_day) == Some(true) => {
                Some(with(Change::Digits, 4, "digits such as 20261031: the query makes days of them"))
            }
            Some(false) => None,
            None => Some(with(Change::None, 25, "a text column without values to look at")),
        },
        ColumnKind::Integer if column.all(is_digits_of_a_day) == Some(true) => {
            Some(with(Change::Digits, 4, "digits such as 20261031: the query makes days of them"))
        }
        ColumnKind::Integer if column.all(|value| counts_since_1970(value, 1)) == Some(true) => {
            Some(with(Change::Seconds, 6, "seconds since 1970: the query makes instants of them"))
        }
        ColumnKind::Integer if column.all(|value| counts_since_1970(value, 1000)) == Some(true) => {
            Some(with(Change::Milliseconds, 6, "thousandths of a second since 1970: the query makes instants of them"))
        }
        ColumnKind::Integer
        | ColumnKind::Decimal { .. }
        | ColumnKind::Real
        | ColumnKind::Flag
        | ColumnKind::Uuid
        | ColumnKind::Other => None,
    }
}

fn flag(column: &Column) -> Option<Fit> {
    let binary = |value: &str| matches!(value, "0" | "1");
    match column.kind {
        ColumnKind::Flag => Some(PLAIN),
        ColumnKind::Integer => (column.all(binary) != Some(false)).then_some(PLAIN),
        ColumnKind::Text { .. } if column.all(binary) == Some(true) => Some(PLAIN),
        ColumnKind::Text { .. } if column.all(|value| flag_word(value).is_some()) == Some(true) => {
            Some(with(Change::Flag, 3, "the query translates its words into 1 and 0"))
        }
        ColumnKind::Text { .. }
        | ColumnKind::Decimal { .. }
        | ColumnKind::Real
        | ColumnKind::Day
        | ColumnKind::Instant { .. }
        | ColumnKind::Uuid
        | ColumnKind::Other => None,
    }
}

fn choice(column: &Column) -> Option<Fit> {
    let few = column.distinct().len() <= super::words::MOST_WORDS;
    match column.kind {
        ColumnKind::Integer | ColumnKind::Text { .. } | ColumnKind::Flag if few => Some(PLAIN),
        ColumnKind::Integer
        | ColumnKind::Text { .. }
        | ColumnKind::Flag
        | ColumnKind::Decimal { .. }
        | ColumnKind::Real
        | ColumnKind::Day
        | ColumnKind::Instant { .. }
        | ColumnKind::Uuid
        | ColumnKind::Other => None,
    }
}

/// What a word of a flag means.
pub(super) fn flag_word(value: &str) -> Option<bool> {
    match value.to_lowercase().as_str() {
        "1" | "y" | "yes" | "true" | "t" | "是" => Some(true),
        "0" | "n" | "no" | "false" | "f" | "否" => Some(false),
        _ => None,
    }
}

/// Digits behind the point that say something.
fn behind_the_point(value: &str) -> usize {
    value.split_once('.').map_or(0, |(_, places)| places.trim_end_matches('0').len())
}

fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let (whole, places) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(places)
}

fn is_day(value: &str) -> bool {
    value.get(..10).is_some_and(|day| chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok())
}

fn is_digits_of_a_day(value: &str) -> bool {
    value.len() == 8 && value.starts_with(['1', '2']) && chrono::NaiveDate::parse_from_str(value, "%Y%m%d").is_ok()
}

/// Whether a number counts from 1970 to a day between 1980 and 2100.
fn counts_since_1970(value: &str, a_second: i64) -> bool {
    const YEAR: i64 = 31_556_952;
    value.parse::<i64>().is_ok_and(|count| (10 * YEAR..130 * YEAR).contains(&(count / a_second)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entity::entity;

    fn column(kind: ColumnKind, samples: &[&str]) -> Column {
        Column {
            name: "c".to_owned(),
            sql_type: String::new(),
            kind,
            nullable: true,
            comment: String::new(),
            samples: samples.iter().map(|value| Some((*value).to_owned())).collect(),
        }
    }

    fn change(entity_name: &str, name: &str, kind: ColumnKind, samples: &[&str]) -> Option<Change> {
        let spec = entity(entity_name).unwrap().column(name).unwrap();
        fit(spec, &column(kind, samples)).map(|fit| fit.change)
    }

    type Case = (&'static str, &'static str, ColumnKind, &'static [&'static str], Option<Change>);

    #[test]
    fn types_and_samples_veto() {
        let text = ColumnKind::Text { length: None };
        let cases: &[Case] = &[
            ("transaction", "amount", text, &["12.30", "-1"], Some(Change::None)),
            ("transaction", "amount", text, &["12.30", "free"], None),
            ("transaction", "amount", text, &[], None),
            ("transaction", "amount", ColumnKind::Real, &["1.5"], Some(Change::Round(2))),
            ("transaction", "amount", ColumnKind::Decimal { scale: Some(4) }, &["1.5000"], Some(Change::None)),
            ("transaction", "amount", ColumnKind::Decimal { scale: Some(4) }, &["1.5055"], Some(Change::Round(2))),
            ("transaction", "amount", ColumnKind::Day, &[], None),
            ("transaction", "at", ColumnKind::Integer, &["1", "2"], None),
            ("transaction", "at", ColumnKind::Integer, &["20261031"], Some(Change::Digits)),
            ("transaction", "at", ColumnKind::Integer, &["1793440000"], Some(Change::Seconds)),
            ("transaction", "at", ColumnKind::Integer, &["1793440000123"], Some(Change::Milliseconds)),
            ("transaction", "at", text, &["2026/10/31"], None),
            ("transaction", "at", text, &["2026-10-31T08:00:00Z"], Some(Change::None)),
            ("member", "birthday", text, &["19800101"], Some(Change::Digits)),
            ("member", "blocked", text, &["Y", "N"], Some(Change::Flag)),
            ("member", "blocked", ColumnKind::Integer, &["0", "2"], None),
            ("points_entry", "points", ColumnKind::Decimal { scale: Some(2) }, &["1.50"], None),
            ("points_entry", "points", ColumnKind::Decimal { scale: Some(2) }, &["1.00"], Some(Change::None)),
            ("points_entry", "points", ColumnKind::Real, &["1.0"], Some(Change::Whole)),
            ("member", "member_id", ColumnKind::Real, &[], None),
            ("member", "member_id", ColumnKind::Other, &[], None),
        ];
        for (entity, name, kind, samples, expected) in cases {
            assert_eq!(&change(entity, name, *kind, samples), expected, "{entity}.{name} {kind:?} {samples:?}");
        }
    }
}
