//! What a metric is made of, for the fingerprint.

use crate::{
    grading::bound::BoundMetric,
    metrics::{
        definition::{Aggregate, Measure, Metric, Subject, Test},
        window::Window,
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
    let aggregate = match rows.aggregate {
        Aggregate::Sum(column) => format!("sum {column}"),
        Aggregate::Count => "count".to_owned(),
        Aggregate::CountDistinct(column) => format!("count-distinct {column}"),
        Aggregate::Min(column) => format!("min {column}"),
        Aggregate::Max(column) => format!("max {column}"),
        Aggregate::FirstDay => "first-day".to_owned(),
        Aggregate::LastDay => "last-day".to_owned(),
        Aggregate::DaysSince => "days-since".to_owned(),
    };
    let window = match rows.window {
        Window::Months(count) => format!("{count} months"),
        Window::Days(count) => format!("{count} days"),
        Window::Month => "month".to_owned(),
        Window::Year => "year".to_owned(),
        Window::All => "all".to_owned(),
    };
    let conditions: Vec<String> = rows
        .conditions
        .iter()
        .map(|condition| {
            let test = match &condition.test {
                Test::OneOf(words) => format!("one of {words:?}"),
                Test::NotOneOf(words) => format!("not one of {words:?}"),
                Test::Between(from, to) => format!("{from} to {to}"),
                Test::Empty(empty) => format!("empty {empty}"),
            };
            format!("{} {test}", condition.column)
        })
        .collect();
    format!("{} {subject} {aggregate} {window} where {}", rows.entity.name, conditions.join(" and "))
}
