//! Conditions of metrics: which rows count.

use serde::Deserialize;

use super::Reader;
use crate::{
    declaration::{Spanned, did_you_mean, quoted},
    ledger::entity::{ColumnSpec, ColumnType, Entity},
    metrics::definition::{Condition, FLAG_WORDS, Test},
    money::{Scale, parse_minor},
    period::{SECONDS_A_DAY, day_number, parse_day},
};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RawCondition {
    column: String,
    one_of: Option<Vec<String>>,
    not_one_of: Option<Vec<String>>,
    above: Option<String>,
    below: Option<String>,
    at_least: Option<String>,
    at_most: Option<String>,
    empty: Option<bool>,
}

/// Which side of a limit counts.
#[derive(Clone, Copy)]
enum Bound {
    Above,
    Below,
    AtLeast,
    AtMost,
}

impl Reader<'_> {
    pub(super) fn condition(&mut self, entity: &'static Entity, raw: &Spanned<RawCondition>) -> Option<Condition> {
        let at = raw.span();
        let raw = raw.get_ref();
        let Some(spec) = entity.column(&raw.column) else {
            let help = did_you_mean(&raw.column, entity.columns.iter().map(|column| column.name));
            return self.told(
                "metrics::unknown_column",
                at,
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
                at,
                format!("the condition on `{}` needs exactly one test", spec.name),
                help,
            );
        }
        if raw.one_of.as_ref().or(raw.not_one_of.as_ref()).is_some_and(Vec::is_empty) {
            let message = format!("the list of words for `{}` is empty", spec.name);
            return self.told("metrics::bad_condition", at, message, "list at least one word");
        }
        let words = matches!(spec.kind, ColumnType::Key | ColumnType::Text | ColumnType::Choice(_) | ColumnType::Flag);
        if (range && words) || (!range && !words && raw.empty.is_none()) {
            let message = format!("`{}` is a {}, which this test cannot be put to", spec.name, spec.kind.name());
            return self.told(
                "metrics::bad_condition",
                at,
                message,
                "words take `one-of`; numbers and days take limits",
            );
        }
        let test = match (&raw.one_of, &raw.not_one_of, raw.empty) {
            (Some(list), _, _) => Test::OneOf(self.held(entity, spec, list, at)?),
            (_, Some(list), _) => Test::NotOneOf(self.held(entity, spec, list, at)?),
            (_, _, Some(empty)) => Test::Empty(empty),
            _ => self.range(spec, raw, at)?,
        };
        Some(Condition { column: spec.name, test })
    }

    /// Words of a condition as the ledger's dictionaries hold them.
    fn held(
        &mut self,
        entity: &'static Entity,
        spec: &'static ColumnSpec,
        list: &[String],
        at: std::ops::Range<usize>,
    ) -> Option<Vec<String>> {
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
            return self.told("metrics::unknown_word", at, message, format!("known words are {}", quoted(&known)));
        }
        let is_flag = spec.kind == ColumnType::Flag;
        let held = |word: &String| flag(word).filter(|_| is_flag).map_or(word.as_str(), |(_, held)| held).to_owned();
        Some(list.iter().map(held).collect())
    }

    fn range(&mut self, spec: &'static ColumnSpec, raw: &RawCondition, at: std::ops::Range<usize>) -> Option<Test> {
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
                return self.told("metrics::bad_limit", at, message, help);
            };
            match bound {
                Bound::Above => from = from.max(last.saturating_add(1)),
                Bound::Below => to = to.min(first.saturating_sub(1)),
                Bound::AtLeast => from = from.max(first),
                Bound::AtMost => to = to.min(last),
            }
        }
        Some(Test::Between(from, to))
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
