//! What a metric is made of, for the fingerprint.

use crate::{
    grading::bound::BoundMetric,
    metrics::{
        definition::{Aggregate, Condition, Measure, Metric, Subject, Test},
        window::{Lag, Window},
    },
};

/// A metric, or the two of a ratio.
pub(super) fn text(bound: &BoundMetric) -> String {
    match &bound.parts {
        Some((of, per)) => format!("({}) per ({})", metric(of), metric(per)),
        None => metric(&bound.metric),
    }
}

/// What a metric takes from the ledger.
fn metric(metric: &Metric) -> String {
    let Measure::Rows(rows) = &metric.measure else { return String::new() };
    let subject = match rows.subject {
        Subject::Column(column) => column,
        Subject::Everyone => "everyone",
    };
    let dated = |name: &str, column: &str| {
        if rows.entity.time == Some(column) { name.to_owned() } else { format!("{name} {column}") }
    };
    let aggregate = match rows.aggregate {
        Aggregate::Sum(column) => format!("sum {column}"),
        Aggregate::Count => "count".to_owned(),
        Aggregate::CountDistinct(column) => format!("count-distinct {column}"),
        Aggregate::Min(column) => format!("min {column}"),
        Aggregate::Max(column) => format!("max {column}"),
        Aggregate::Latest(column) => format!("latest {column}"),
        Aggregate::FirstDay(column) => dated("first-day", column),
        Aggregate::LastDay(column) => dated("last-day", column),
        Aggregate::DaysSince(column) => dated("days-since", column),
        Aggregate::DaysUntil(column) => format!("days-until {column}"),
    };
    let window = match rows.window {
        Window::Months(count) => format!("{count} months"),
        Window::Days(count) => format!("{count} days"),
        Window::Month => "month".to_owned(),
        Window::Quarter => "quarter".to_owned(),
        Window::Year => "year".to_owned(),
        Window::Previous(unit) => format!("previous {}", unit.name()),
        Window::All => "all".to_owned(),
        Window::Always => "always".to_owned(),
    };
    let lag = match rows.lag {
        None => String::new(),
        Some(Lag::Months(count)) => format!(" lag {count} months"),
        Some(Lag::Days(count)) => format!(" lag {count} days"),
    };
    format!("{} {subject} {aggregate} {window}{lag} where {}", rows.entity.name, conditions(&rows.conditions))
}

/// Conditions on rows.
pub(super) fn conditions(conditions: &[Condition]) -> String {
    let text = |condition: &Condition| {
        let test = match &condition.test {
            Test::OneOf(words) => format!("one of {words:?}"),
            Test::NotOneOf(words) => format!("not one of {words:?}"),
            Test::Between(from, to) => format!("{from} to {to}"),
            Test::Empty(empty) => format!("empty {empty}"),
        };
        format!("{} {test}", condition.column)
    };
    conditions.iter().map(text).collect::<Vec<_>>().join(" and ")
}
