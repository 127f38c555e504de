//! What a metric does with the rows of an entity: its aggregate, and the window in which they count.

use super::{RawMetric, Reader};
use crate::{
    declaration::Spanned,
    ledger::entity::{ColumnSpec, ColumnType, Entity},
    metrics::{
        definition::{Aggregate, Condition, Test},
        window::{Lag, Window},
    },
};

const WINDOWS: &str = "write `12 months`, `90 days`, `year`, `quarter`, `month`, `previous year`, `previous quarter`, `previous month` or `all`";

impl Reader<'_> {
    pub(super) fn aggregate(
        &mut self,
        entity: &'static Entity,
        name: &Spanned<String>,
        raw: &RawMetric,
    ) -> Option<Aggregate> {
        let kind = raw.aggregate.get_ref().as_str();
        let Some(column) = &raw.column else {
            return match (kind, entity.time) {
                ("count", _) => Some(Aggregate::Count),
                ("first-day", Some(time)) => Some(Aggregate::FirstDay(time)),
                ("last-day", Some(time)) => Some(Aggregate::LastDay(time)),
                ("days-since", Some(time)) => Some(Aggregate::DaysSince(time)),
                _ => self.missing(name, "column"),
            };
        };
        if kind == "count" {
            let message = format!("`{kind}` takes no column");
            return self.told("metrics::needless_column", column.span(), message, "remove `column`");
        }
        let spec = self.column(entity, column)?;
        let aggregate = match kind {
            "sum" if is_number(spec) => Aggregate::Sum(spec.name),
            "min" if is_number(spec) => Aggregate::Min(spec.name),
            "max" if is_number(spec) => Aggregate::Max(spec.name),
            "count-distinct" if spec.kind == ColumnType::Day || is_told_apart(spec) => {
                Aggregate::CountDistinct(spec.name)
            }
            "latest" if !matches!(spec.kind, ColumnType::Key | ColumnType::Instant) => Aggregate::Latest(spec.name),
            "first-day" if spec.kind == ColumnType::Day => Aggregate::FirstDay(spec.name),
            "last-day" if spec.kind == ColumnType::Day => Aggregate::LastDay(spec.name),
            "days-since" if spec.kind == ColumnType::Day => Aggregate::DaysSince(spec.name),
            "days-until" if spec.kind == ColumnType::Day => Aggregate::DaysUntil(spec.name),
            _ => {
                let message = format!("`{kind}` cannot take `{}`, which is a {}", spec.name, spec.kind.name());
                return self.told("metrics::wrong_column_type", column.span(), message, wanted(kind));
            }
        };
        Some(aggregate)
    }

    /// The window and the lag.
    pub(super) fn window(
        &mut self,
        entity: &'static Entity,
        name: &Spanned<String>,
        raw: &RawMetric,
        aggregate: Option<Aggregate>,
    ) -> Option<(Window, Option<Lag>)> {
        let lag = raw.lag.as_ref().map(|text| (Lag::parse(text.get_ref()), text));
        if let Some((None, text)) = lag {
            let message = format!("`{}` is not a lag", text.get_ref());
            return self.told("metrics::bad_lag", text.span(), message, "write `12 months` or `90 days`");
        }
        let window = raw.window.as_ref().map(|text| (Window::parse(text.get_ref()), text));
        if let Some((None, text)) = window {
            let message = format!("`{}` is not a window", text.get_ref());
            return self.told("metrics::bad_window", text.span(), message, WINDOWS);
        }
        if let Some(why) = timeless(entity, raw.subject.get_ref(), aggregate) {
            let limiting = window.filter(|(window, _)| *window != Some(Window::All)).map(|(_, text)| text);
            if let Some(text) = limiting.or(raw.lag.as_ref()) {
                let help = "write `window = \"all\"`, or no window, and no `lag`";
                return self.told("metrics::no_time", text.span(), why, help);
            }
            return Some((Window::Always, None));
        }
        match window.and_then(|(window, _)| window) {
            Some(window) => Some((window, lag.and_then(|(lag, _)| lag))),
            None => self.missing(name, "window"),
        }
    }

    /// A subject has one row a day at most, or one at all: then one of them is the latest.
    pub(super) fn check_latest(
        &mut self,
        entity: &'static Entity,
        raw: &RawMetric,
        aggregate: Option<Aggregate>,
        conditions: &[Condition],
    ) -> Option<()> {
        if !matches!(aggregate, Some(Aggregate::Latest(_))) {
            return Some(());
        }
        let subject = raw.subject.get_ref();
        let fixed = |name: &str| {
            let one = |test: &Test| matches!(test, Test::OneOf(words) if words.len() == 1);
            conditions.iter().any(|condition| condition.column == name && one(&condition.test))
        };
        let others = entity.key.iter().filter(|name| **name != subject && Some(**name) != entity.time && !fixed(name));
        let others: Vec<String> = others.map(|name| format!("`{name}`")).collect();
        if entity.key.contains(&subject.as_str()) && others.is_empty() {
            return Some(());
        }
        let message =
            format!("`{subject}` may have several rows of `{}` on one day, of which none is the latest", entity.name);
        let help = if entity.key.contains(&subject.as_str()) {
            format!("fix {} with a condition of one word: `one-of = [\"…\"]`", others.join(", "))
        } else {
            "take `max`, `min` or `sum`, or an entity with one row a day for each subject".to_owned()
        };
        self.told("metrics::no_latest", raw.aggregate.span(), message, help)
    }
}

/// Why the day of a row does not limit what a metric sees, where it does not.
fn timeless(entity: &'static Entity, subject: &str, aggregate: Option<Aggregate>) -> Option<String> {
    match aggregate {
        _ if entity.time.is_none() => Some(format!("rows of `{}` have no date to put in a window", entity.name)),
        Some(Aggregate::Latest(_))
            if !entity.key.iter().any(|name| Some(*name) == entity.time) && entity.key.contains(&subject) =>
        {
            Some(format!("`{subject}` has one row of `{}`, whatever its date", entity.name))
        }
        Some(Aggregate::DaysUntil(column)) if entity.time == Some(column) => {
            Some(format!("`{column}` is the date of the rows of `{}`, and dates ahead are in no window", entity.name))
        }
        _ => None,
    }
}

fn is_number(spec: &ColumnSpec) -> bool {
    matches!(spec.kind, ColumnType::Money | ColumnType::Points | ColumnType::Quantity | ColumnType::Count)
}

fn is_told_apart(spec: &ColumnSpec) -> bool {
    matches!(spec.kind, ColumnType::Key | ColumnType::Text | ColumnType::Choice(_))
}

/// What columns an aggregate takes.
fn wanted(aggregate: &str) -> &'static str {
    match aggregate {
        "latest" => "the latest value is a number, a day or a word",
        "first-day" | "last-day" | "days-since" | "days-until" => "name a column of days",
        _ => "sums and extremes take money, points, quantities or counts; distinct counts take keys, words or days",
    }
}
