//! `config/metrics.toml`: metric definitions as people write them, checked against the ledger contract.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean, quoted},
    ledger::entity::{ColumnSpec, ColumnType, ENTITIES, Entity, entity},
    metrics::{
        definition::{Aggregate, Condition, Measure, Metric, RowMeasure, Subject, Test},
        window::Window,
    },
    money::{Currency, Scale, parse_minor},
    period::{SECONDS_A_DAY, day_number, parse_day},
    text::Title,
};

const AGGREGATES: &[&str] =
    &["sum", "count", "count-distinct", "min", "max", "first-day", "last-day", "days-since", "ratio"];

/// The checked metrics of a home, by name.
pub type Metrics = BTreeMap<String, Metric>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    metric: BTreeMap<Spanned<String>, RawMetric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawMetric {
    title: Title,
    aggregate: Spanned<String>,
    entity: Option<Spanned<String>>,
    subject: Spanned<String>,
    column: Option<Spanned<String>>,
    #[serde(default, rename = "where")]
    conditions: Vec<Spanned<RawCondition>>,
    window: Option<Spanned<String>>,
    of: Option<Spanned<String>>,
    per: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawCondition {
    column: String,
    one_of: Option<Vec<String>>,
    not_one_of: Option<Vec<String>>,
    above: Option<String>,
    below: Option<String>,
    at_least: Option<String>,
    at_most: Option<String>,
    empty: Option<bool>,
}

/// Checks a metrics file; amounts in it are in the major unit of `currency`.
///
/// # Errors
/// Every fault of the file, with its line.
pub fn check(file: &Declaration, currency: &Currency) -> Result<Metrics, Faults> {
    let raw: RawFile = file.parse()?;
    let reader = Reader { file, scale: currency.scale, faults: Vec::new() };
    reader.check(&raw)
}

/// Which side of a limit counts.
#[derive(Clone, Copy)]
enum Bound {
    Above,
    Below,
    AtLeast,
    AtMost,
}

struct Reader<'f> {
    file: &'f Declaration,
    scale: Scale,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn check(mut self, raw: &RawFile) -> Result<Metrics, Faults> {
        let mut metrics = Metrics::new();
        for (name, raw_metric) in &raw.metric {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            if name.get_ref().is_empty() || !name.get_ref().bytes().all(plain) {
                let message = format!("`{}` is not a name of a metric", name.get_ref());
                let help = "write small letters, digits and `_`, such as `net_spend_12m`";
                self.told::<()>("metrics::bad_name", name.span(), message, help);
            }
            if let Some(measure) = self.measure(name, raw_metric) {
                let metric = Metric { id: name.get_ref().clone(), title: raw_metric.title.clone(), measure };
                metrics.insert(metric.id.clone(), metric);
            }
        }
        for (name, raw_metric) in &raw.metric {
            self.check_ratio(name, raw_metric, raw);
        }
        Faults::none_of(self.faults).map(|()| metrics)
    }

    fn told<T>(
        &mut self,
        code: &'static str,
        at: std::ops::Range<usize>,
        message: String,
        help: impl Into<String>,
    ) -> Option<T> {
        self.faults.push(self.file.fault(code, at, message, help));
        None
    }

    fn measure(&mut self, name: &Spanned<String>, raw: &RawMetric) -> Option<Measure> {
        let aggregate = raw.aggregate.get_ref().as_str();
        if !AGGREGATES.contains(&aggregate) {
            let help = did_you_mean(aggregate, AGGREGATES.iter().copied());
            return self.told(
                "metrics::unknown_aggregate",
                raw.aggregate.span(),
                format!("`{aggregate}` is not an aggregate"),
                help,
            );
        }
        if aggregate == "ratio" {
            return self.ratio(name, raw);
        }
        let Some(wanted) = &raw.entity else {
            return self.missing(name, "entity");
        };
        let Some(found) = entity(wanted.get_ref()) else {
            let help = did_you_mean(wanted.get_ref(), ENTITIES.iter().map(|entity| entity.name));
            return self.told(
                "metrics::unknown_entity",
                wanted.span(),
                format!("`{}` is not an entity", wanted.get_ref()),
                help,
            );
        };
        let subject = self.column(found, &raw.subject);
        if let Some(spec) = subject
            && !matches!(spec.kind, ColumnType::Key | ColumnType::Text)
        {
            let message = format!("`{}` is a {} and cannot be a subject", spec.name, spec.kind.name());
            return self.told(
                "metrics::bad_subject",
                raw.subject.span(),
                message,
                "name a key or text column, such as `member_id`",
            );
        }
        let aggregate = self.aggregate(found, name, raw);
        let conditions: Vec<Option<Condition>> = raw.conditions.iter().map(|raw| self.condition(found, raw)).collect();
        let window = self.window(found, name, raw);
        Some(Measure::Rows(RowMeasure {
            entity: found,
            subject: Subject::Column(subject?.name),
            aggregate: aggregate?,
            conditions: conditions.into_iter().collect::<Option<_>>()?,
            window: window?,
        }))
    }

    fn missing<T>(&mut self, name: &Spanned<String>, key: &str) -> Option<T> {
        let message = format!("metric `{}` needs `{key}`", name.get_ref());
        self.told(
            "metrics::missing_key",
            name.span(),
            message,
            "see the head of `config/metrics.toml` for what each key means",
        )
    }

    fn column(&mut self, entity: &'static Entity, name: &Spanned<String>) -> Option<&'static ColumnSpec> {
        let found = entity.column(name.get_ref());
        if found.is_none() {
            let help = did_you_mean(name.get_ref(), entity.columns.iter().map(|column| column.name));
            let message = format!("entity `{}` has no column `{}`", entity.name, name.get_ref());
            return self.told("metrics::unknown_column", name.span(), message, help);
        }
        found
    }

    fn aggregate(&mut self, entity: &'static Entity, name: &Spanned<String>, raw: &RawMetric) -> Option<Aggregate> {
        let kind = raw.aggregate.get_ref().as_str();
        let simple = match kind {
            "count" => Some(Aggregate::Count),
            "first-day" => Some(Aggregate::FirstDay),
            "last-day" => Some(Aggregate::LastDay),
            "days-since" => Some(Aggregate::DaysSince),
            _ => None,
        };
        let column = match (simple, &raw.column) {
            (Some(aggregate), None) => return Some(aggregate),
            (Some(_), Some(column)) => {
                let message = format!("`{kind}` takes no column");
                return self.told("metrics::needless_column", column.span(), message, "remove `column`");
            }
            (None, None) => return self.missing(name, "column"),
            (None, Some(column)) => column,
        };
        let spec = self.column(entity, column)?;
        let number = matches!(spec.kind, ColumnType::Money | ColumnType::Points | ColumnType::Quantity);
        let text = matches!(spec.kind, ColumnType::Key | ColumnType::Text | ColumnType::Choice(_));
        match kind {
            "sum" if number => Some(Aggregate::Sum(spec.name)),
            "min" if number => Some(Aggregate::Min(spec.name)),
            "max" if number => Some(Aggregate::Max(spec.name)),
            "count-distinct" if text => Some(Aggregate::CountDistinct(spec.name)),
            _ => {
                let message = format!("`{kind}` cannot take `{}`, which is a {}", spec.name, spec.kind.name());
                let help = "sums and extremes take money, points or quantities; distinct counts take keys or words";
                self.told("metrics::wrong_column_type", column.span(), message, help)
            }
        }
    }

    fn window(&mut self, entity: &'static Entity, name: &Spanned<String>, raw: &RawMetric) -> Option<Window> {
        let Some(window) = &raw.window else { return self.missing(name, "window") };
        let parsed = Window::parse(window.get_ref());
        if parsed.is_none() {
            let message = format!("`{}` is not a window", window.get_ref());
            return self.told(
                "metrics::bad_window",
                window.span(),
                message,
                "write `12 months`, `90 days`, `year`, `month` or `all`",
            );
        }
        if entity.time.is_none() {
            let message = format!("rows of `{}` have no date to put in a window", entity.name);
            return self.told("metrics::no_time", window.span(), message, "take a metric from an entity with dates");
        }
        parsed
    }

    fn condition(&mut self, entity: &'static Entity, raw: &Spanned<RawCondition>) -> Option<Condition> {
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
        if let (ColumnType::Choice(known), Some(list)) = (spec.kind, raw.one_of.as_ref().or(raw.not_one_of.as_ref()))
            && let Some(word) = list.iter().find(|word| !known.contains(&word.as_str()))
        {
            let message = format!("`{word}` is not a `{}` of entity `{}`", spec.name, entity.name);
            return self.told("metrics::unknown_word", at, message, format!("known words are {}", quoted(known)));
        }
        let test = match (&raw.one_of, &raw.not_one_of, raw.empty) {
            (Some(list), _, _) => Test::OneOf(list.clone()),
            (_, Some(list), _) => Test::NotOneOf(list.clone()),
            (_, _, Some(empty)) => Test::Empty(empty),
            _ => self.range(spec, raw, at)?,
        };
        Some(Condition { column: spec.name, test })
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
            ColumnType::Points => text.parse().ok().map(single),
            ColumnType::Key | ColumnType::Text | ColumnType::Flag | ColumnType::Choice(_) => None,
        }
    }

    fn ratio(&mut self, name: &Spanned<String>, raw: &RawMetric) -> Option<Measure> {
        if raw.entity.is_some() || raw.column.is_some() || raw.window.is_some() || !raw.conditions.is_empty() {
            let message = format!("ratio `{}` takes only `subject`, `of` and `per`", name.get_ref());
            return self.told(
                "metrics::needless_key",
                name.span(),
                message,
                "the two metrics have entity, conditions and window",
            );
        }
        let (Some(of), Some(per)) = (&raw.of, &raw.per) else { return self.missing(name, "of` and `per") };
        let subject = ENTITIES.iter().find_map(|entity| entity.column(raw.subject.get_ref()));
        let Some(subject) = subject else {
            let message = format!("`{}` is not a column of any entity", raw.subject.get_ref());
            return self.told("metrics::unknown_column", raw.subject.span(), message, "name a key such as `member_id`");
        };
        Some(Measure::Ratio { of: of.get_ref().clone(), per: per.get_ref().clone(), subject: subject.name })
    }

    /// The two sides of a ratio exist, are no ratios themselves and are about the same subject.
    fn check_ratio(&mut self, name: &Spanned<String>, raw: &RawMetric, all: &RawFile) {
        for side in [&raw.of, &raw.per].into_iter().flatten() {
            let found = all.metric.iter().find(|(known, _)| known.get_ref() == side.get_ref());
            let problem = match found {
                None => {
                    let help = did_you_mean(side.get_ref(), all.metric.keys().map(|known| known.get_ref().as_str()));
                    Some((format!("`{}` is not a metric", side.get_ref()), help))
                }
                Some((_, other)) if other.aggregate.get_ref() == "ratio" => Some((
                    format!("`{}` is a ratio itself", side.get_ref()),
                    "divide metrics that are taken from rows".to_owned(),
                )),
                Some((_, other)) if other.subject.get_ref() != raw.subject.get_ref() => Some((
                    format!(
                        "`{}` is about `{}`, not `{}`",
                        side.get_ref(),
                        other.subject.get_ref(),
                        raw.subject.get_ref()
                    ),
                    format!("both sides of `{}` must have its subject", name.get_ref()),
                )),
                Some(_) => None,
            };
            if let Some((message, help)) = problem {
                self.told::<()>("metrics::bad_ratio", side.span(), message, help);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency() -> Currency {
        Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() }
    }

    fn codes(text: &str) -> Vec<(&'static str, Option<usize>)> {
        let faults = check(&Declaration::new("config/metrics.toml", text), &currency()).unwrap_err();
        faults.list().iter().map(|fault| (fault.code_name(), fault.line())).collect()
    }

    #[test]
    fn the_shipped_metrics_are_sound() {
        let file = Declaration::new("config/metrics.toml", include_str!("../../config/metrics.toml"));
        let metrics = check(&file, &currency()).unwrap();
        assert!(metrics.len() >= 6);
    }

    #[test]
    fn limits_are_exact_and_in_the_unit_of_their_column() {
        let text = "[metric.m]\ntitle = { zh = \"大额\", en = \"big\" }\nentity = \"transaction\"\nsubject = \"member_id\"\naggregate = \"count\"\n\
                    where = [{ column = \"amount\", above = \"12.34\", at-most = \"20\" }]\nwindow = \"all\"\n";
        let metrics = check(&Declaration::new("m", text), &currency()).unwrap();
        let Measure::Rows(rows) = &metrics["m"].measure else { panic!("rows") };
        assert_eq!(rows.conditions[0].test, Test::Between(1235, 2000));
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let head = "title = { zh = \"甲\", en = \"a\" }\n";
        let text = format!(
            "[metric.a]\n{head}entity = \"transactions\"\nsubject = \"member_id\"\naggregate = \"count\"\nwindow = \"all\"\n\
             [metric.b]\n{head}entity = \"transaction\"\nsubject = \"amount\"\naggregate = \"count\"\nwindow = \"all\"\n\
             [metric.c]\n{head}entity = \"transaction\"\nsubject = \"member_id\"\naggregate = \"sum\"\ncolumn = \"store\"\nwindow = \"1 week\"\n\
             [metric.d]\n{head}subject = \"member_id\"\naggregate = \"ratio\"\nof = \"a\"\nper = \"d\"\n\
             [metric.e]\n{head}entity = \"transaction\"\nsubject = \"member_id\"\naggregate = \"median\"\n"
        );
        assert_eq!(
            codes(&text),
            [
                ("metrics::unknown_entity", Some(3)),
                ("metrics::bad_subject", Some(10)),
                ("metrics::wrong_column_type", Some(18)),
                ("metrics::bad_window", Some(19)),
                ("metrics::unknown_aggregate", Some(30)),
                ("metrics::bad_ratio", Some(25)),
            ]
        );
    }
}
