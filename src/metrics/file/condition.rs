//! Conditions of metrics: which rows count.

use crate::{
    declaration::{Declaration, Fault, Spanned, WrittenCondition, did_you_mean, quoted},
    ledger::entity::{ColumnSpec, ColumnType, Entity},
    metrics::definition::{Condition, FLAG_WORDS, Test},
    money::{Scale, parse_minor},
    period::{SECONDS_A_DAY, day_number, parse_day},
};

/// Which side of a limit counts.
#[derive(Clone, Copy)]
enum Bound {
    Above,
    Below,
    AtLeast,
    AtMost,
}

/// Checks a condition on a column of an entity; amounts in it are in the major unit of `scale`.
///
/// # Errors
/// A column that the entity does not have, or a test that makes no sense for it.
pub fn condition(
    file: &Declaration,
    scale: Scale,
    entity: &'static Entity,
    raw: &Spanned<WrittenCondition>,
) -> Result<Condition, Fault> {
    let checker = Checker { file, scale, at: raw.span() };
    checker.condition(entity, raw.get_ref())
}

struct Checker<'f> {
    file: &'f Declaration,
    scale: Scale,
    at: std::ops::Range<usize>,
}

impl Checker<'_> {
    fn told<T>(&self, code: &'static str, message: String, help: impl Into<String>) -> Result<T, Fault> {
        Err(self.file.fault(code, self.at.clone(), message, help.into()))
    }

    fn condition(&self, entity: &'static Entity, raw: &WrittenCondition) -> Result<Condition, Fault> {
        let Some(spec) = entity.column(&raw.column) else {
            let help = did_you_mean(&raw.column, entity.columns.iter().map(|column| column.name));
            return self.told(
                "metrics::unknown_column",
                format!("entity `{}` has no column `{}`", entity.name, raw.column),
                help,
            );
        };
        let range = [&raw.above, &raw.below, &raw.at_least, &raw.at_most].iter().any(|limit| limit.is_some());
        let given = usize::from(range)
            + usize::from(raw.one_of.is_some())
            + usize::from(raw.not_one_of.is_some())
            + usize::from(raw.empty.is_some());
        if given != 1 {
            let help =
                "give one of `one-of`, `not-one-of`, `empty`, or limits (`above`, `below`, `at-least`, `at-most`)";
            return self.told(
                "metrics::bad_condition",
                format!("the condition on `{}` needs exactly one test", spec.name),
                help,
            );
        }
        if raw.one_of.as_ref().or(raw.not_one_of.as_ref()).is_some_and(Vec::is_empty) {
            let message = format!("the list of words for `{}` is empty", spec.name);
            return self.told("metrics::bad_condition", message, "list at least one word");
        }
        let words = matches!(spec.kind, ColumnType::Key | ColumnType::Text | ColumnType::Choice(_) | ColumnType::Flag);
        if (range && words) || (!range && !words && raw.empty.is_none()) {
            let message = format!("`{}` is a {}, which this test cannot be put to", spec.name, spec.kind.name());
            return self.told("metrics::bad_condition", message, "words take `one-of`; numbers and days take limits");
        }
        let test = match (&raw.one_of, &raw.not_one_of, raw.empty) {
            (Some(list), _, _) => Test::OneOf(self.held(entity, spec, list)?),
            (_, Some(list), _) => Test::NotOneOf(self.held(entity, spec, list)?),
            (_, _, Some(empty)) => Test::Empty(empty),
            _ => self.range(spec, raw)?,
        };
        Ok(Condition { column: spec.name, test })
    }

    /// Words of a condition as the ledger's dictionaries hold them.
    fn held(&self, entity: &'static Entity, spec: &'static ColumnSpec, list: &[String]) -> Result<Vec<String>, Fault> {
        let flag = |word: &str| FLAG_WORDS.iter().find(|(written, held)| word == *written || word == *held);
        let (known, unknown): (Vec<&str>, Option<&String>) = match spec.kind {
            ColumnType::Choice(known) => (known.to_vec(), list.iter().find(|word| !known.contains(&word.as_str()))),
            ColumnType::Flag => {
                (FLAG_WORDS.iter().map(|(word, _)| *word).collect(), list.iter().find(|word| flag(word).is_none()))
            }
            ColumnType::Key
            | ColumnType::Text
            | ColumnType::Money
            | ColumnType::Quantity
            | ColumnType::Points
            | ColumnType::Count
            | ColumnType::Day
            | ColumnType::Instant => (Vec::new(), None),
        };
        if let Some(word) = unknown {
            let message = format!("`{word}` is not a `{}` of entity `{}`", spec.name, entity.name);
            return self.told("metrics::unknown_word", message, format!("known words are {}", quoted(&known)));
        }
        let is_flag = spec.kind == ColumnType::Flag;
        let held = |word: &String| flag(word).filter(|_| is_flag).map_or(word.as_str(), |(_, held)| held).to_owned();
        Ok(list.iter().map(held).collect())
    }

    fn range(&self, spec: &'static ColumnSpec, raw: &WrittenCondition) -> Result<Test, Fault> {
        let (mut from, mut to) = (i64::MIN, i64::MAX);
        for (text, bound) in [
            (&raw.above, Bound::Above),
            (&raw.below, Bound::Below),
            (&raw.at_least, Bound::AtLeast),
            (&raw.at_most, Bound::AtMost),
        ] {
            let Some(text) = text else { continue };
            let Some((first, last)) = self.limit(spec.kind, text) else {
                let message = format!("`{text}` is not a limit of a {}", spec.kind.name());
                let help = "write amounts as `\"1000.00\"`, days and instants as a day `\"2026-10-31\"`";
                return self.told("metrics::bad_limit", message, help);
            };
            match bound {
                Bound::Above => from = from.max(last.saturating_add(1)),
                Bound::Below => to = to.min(first.saturating_sub(1)),
                Bound::AtLeast => from = from.max(first),
                Bound::AtMost => to = to.min(last),
            }
        }
        Ok(Test::Between(from, to))
    }

    /// The first and last value that a limit stands for: a day is all the seconds of an instant on it.
    fn limit(&self, kind: ColumnType, text: &str) -> Option<(i64, i64)> {
        let single = |value: i64| (value, value);
        let day = || parse_day(text).ok().map(|day| i64::from(day_number(day)));
        match kind {
            ColumnType::Money => parse_minor(text, self.scale).ok().map(single),
            ColumnType::Quantity => parse_minor(text, Scale::new(3).ok()?).ok().map(single),
            ColumnType::Day => day().map(single),
            ColumnType::Instant => day().map(|day| (day * SECONDS_A_DAY, (day + 1) * SECONDS_A_DAY - 1)),
            ColumnType::Points | ColumnType::Count => text.parse().ok().map(single),
            ColumnType::Key | ColumnType::Text | ColumnType::Flag | ColumnType::Choice(_) => None,
        }
    }
}
