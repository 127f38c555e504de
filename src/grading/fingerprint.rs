//! A fingerprint of everything that decides a grade: grades, rules, limits and the metrics they are held against. Blind to comments, layout, titles,
//! examples and who decided.
//!
//! Invariant: the text that is hashed is written here, not by a library or a derive, so that it stays the same from version to version of fenji.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::{
    grading::bind::{BoundDimension, BoundVersion},
    metrics::{
        definition::{Aggregate, Measure, Metric, Subject, Test},
        window::{Lag, Window},
    },
    scheme::{Boundary, Combine, Demotion, Movement, Scheme, Version, WithoutFigure},
};

/// The fingerprint of one version's rules, 16 hexadecimal digits.
pub(super) fn fingerprint(scheme: &Scheme, version: &Version, bound: &BoundVersion) -> String {
    let mut text = String::new();
    let grades: Vec<&str> = scheme.grades.iter().map(|grade| grade.id.as_str()).collect();
    let boundary = match version.boundary {
        Boundary::Better => "better",
        Boundary::Worse => "worse",
    };
    let without = match version.without_figure {
        WithoutFigure::Lowest => "lowest",
        WithoutFigure::Exclude => "exclude",
    };
    let combine = match version.combine {
        Combine::Best => "best",
        Combine::Worst => "worst",
    };
    // Writing into a `String` cannot fail.
    _ = write!(
        text,
        "grades {grades:?} in force {} cadence {} boundary {boundary} without {without} combine {combine} movement {}",
        version.in_force,
        version.cadence.name(),
        movement(&version.movement)
    );
    for dimension in &bound.dimensions {
        text += &limits(dimension);
    }
    let digest = Sha256::digest(text.as_bytes());
    let start = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{start:016x}")
}

fn movement(movement: &Movement) -> String {
    match movement {
        Movement::Free => "free".to_owned(),
        Movement::Ladder { assessment_months, demotion } => {
            let demotion = match demotion {
                Demotion::OneStep => "one-step",
                Demotion::ToEarned => "to-earned",
                Demotion::Never => "never",
            };
            format!("ladder {assessment_months:?} {demotion}")
        }
    }
}

fn limits(dimension: &BoundDimension) -> String {
    let metrics = match &dimension.parts {
        Some((of, per)) => format!("({}) per ({})", metric(of), metric(per)),
        None => metric(&dimension.metric),
    };
    let limits: Vec<String> =
        dimension.limits.iter().map(|(rank, limit)| format!("{rank} from {}/{}", limit.part, limit.whole)).collect();
    format!(" dimension {metrics} {}", limits.join(", "))
}

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
    format!("{} {subject} {aggregate} {window}{lag} where {}", rows.entity.name, conditions.join(" and "))
}
