//! A question that is asked of the ledger before a job begins, in SQL of its own: is the month closed, are the figures there?
//!
//! Invariants: it is a query and runs in a snapshot that nobody can write through; what is put in for the period has digits, dashes and the letter Q only.

use std::path::Path;

use crate::{
    ledger::{error::LedgerError, mapping::Mapping, raw::Raw, source},
    period::{Period, Unit},
};

/// A question in SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Sql(String),
    Parameter(Parameter),
}

/// What is put in for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parameter {
    /// The period as it is written, such as `2026-10`.
    Period,
    /// Its first day.
    Start,
    /// The first day after it.
    End,
}

impl Parameter {
    fn named(name: &str) -> Option<Self> {
        match name {
            "period" => Some(Self::Period),
            "period_start" => Some(Self::Start),
            "period_end" => Some(Self::End),
            _ => None,
        }
    }

    fn of(self, period: Period) -> String {
        match self {
            Self::Period => period.to_string(),
            Self::Start => period.first_day().to_string(),
            Self::End => period.end().to_string(),
        }
    }
}

impl Question {
    /// Reads a question.
    ///
    /// # Errors
    /// The name of a parameter that is none, without its colon.
    pub fn parse(sql: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = sql;
        while let Some(first) = rest.chars().next() {
            let taken = aside(rest);
            if taken > 0 {
                plain.push_str(&rest[..taken]);
                rest = &rest[taken..];
                continue;
            }
            let name = rest.strip_prefix(':').map(word).filter(|name| !name.is_empty());
            // `x::date` is a cast.
            if let Some(name) = name.filter(|_| !plain.ends_with(':')) {
                let parameter = Parameter::named(name).ok_or_else(|| name.to_owned())?;
                pieces.push(Piece::Sql(std::mem::take(&mut plain)));
                pieces.push(Piece::Parameter(parameter));
                rest = &rest[name.len() + 1..];
                continue;
            }
            plain.push(first);
            rest = &rest[first.len_utf8()..];
        }
        pieces.push(Piece::Sql(plain));
        Ok(Self { pieces })
    }

    /// The question about a period.
    fn about(&self, period: Period) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Sql(sql) => sql.clone(),
            Piece::Parameter(parameter) => format!("'{}'", parameter.of(period)),
        };
        self.pieces.iter().map(piece).collect()
    }

    /// Whether the ledger says yes: some row begins with a value that is neither nothing, nor zero, nor false.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be reached, or does not take the question; `job` is named as where it stands.
    pub fn is_answered(&self, mapping: &Mapping, job: &str, period: Period) -> Result<bool, LedgerError> {
        let source = source::open(&mapping.database)?;
        source.settle(mapping.zone, &[])?;
        let sql = self.about(period);
        let refused = |cause: String| LedgerError::Query { file: Path::new(job).to_owned(), cause };
        source.query_columns(&sql)?.map_err(refused)?;
        let mut yes = false;
        source.query(&sql, "when a job asked whether it may begin", &mut |row| {
            yes |= !matches!(
                row.raw(0),
                Raw::Null | Raw::Flag(false) | Raw::Integer(0) | Raw::Decimal { mantissa: 0, .. }
            );
            Ok(())
        })?;
        Ok(yes)
    }

    /// Whether the ledger takes the question at all; nothing is run.
    ///
    /// # Errors
    /// [`LedgerError`] when it does not, or cannot be reached.
    pub fn prove(&self, mapping: &Mapping, job: &str, unit: Unit) -> Result<(), LedgerError> {
        let source = source::open(&mapping.database)?;
        let day = crate::period::day_from_number(20_000).unwrap_or_default();
        let refused = |cause: String| LedgerError::Query { file: Path::new(job).to_owned(), cause };
        source.query_columns(&self.about(Period::holding(unit, day)))?.map_err(refused).map(drop)
    }
}

/// How many bytes of a text are quoted or a comment, from its beginning; 0 when it begins with neither.
fn aside(text: &str) -> usize {
    let end = |from: usize, end: &str| {
        text.get(from..).and_then(|rest| rest.find(end)).map_or(text.len(), |at| from + at + end.len())
    };
    match text.as_bytes() {
        [b'\'', ..] => end(1, "'"),
        [b'"', ..] => end(1, "\""),
        [b'`', ..] => end(1, "`"),
        [b'-', b'-', ..] => end(2, "\n"),
        [b'/', b'*', ..] => end(2, "*/"),
        _ => 0,
    }
}

/// The name at the beginning of a text.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    let name = &text[..end];
    if name.starts_with(|c: char| c.is_ascii_digit()) { "" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(sql: &str) -> String {
        Question::parse(sql).unwrap().about(Period::parse("2026-10").unwrap())
    }

    #[test]
    fn the_period_is_put_in_where_it_is_named() {
        assert_eq!(
            about("SELECT closed FROM months WHERE month = :period AND day >= :period_start AND day < :period_end"),
            "SELECT closed FROM months WHERE month = '2026-10' AND day >= '2026-10-01' AND day < '2026-11-01'"
        );
    }

    #[test]
    fn what_only_looks_like_a_name_stays() {
        for sql in [
            "SELECT '12:30', \":period\" FROM `a:b` -- :nothing\n /* :nothing */",
            "SELECT x::date, 'it''s :so' FROM t",
            "SELECT 1 WHERE '年' <> ':period'",
            "SELECT 'open",
        ] {
            assert_eq!(about(sql), sql);
        }
        assert_eq!(about("SELECT :period::date"), "SELECT '2026-10'::date");
    }

    #[test]
    fn an_unknown_name_is_told() {
        assert_eq!(Question::parse("SELECT :peroid"), Err("peroid".to_owned()));
    }
}
