//! An explanation in sentences.

use crate::{
    cli::explain::{
        metric_of, needed, rank,
        rule::{class_name, factors, kind, settings},
        shown_metric,
    },
    grading::outlook::Enough,
    run::{
        explain::{DimensionFacts, Explanation, MetricFacts, Need},
        home::Home,
    },
};

pub(super) fn text(home: &Home, found: &Explanation) -> String {
    let scheme = &found.grades.bound.scheme;
    let set = &found.grades.now;
    let version = scheme.versions.get(set.version);
    let mut lines = vec![
        format!("{} as of the end of {} ({})", found.subject, found.as_of, home.mapping.zone.name()),
        format!(
            "scheme     {} ({}), version {}, fingerprint {}",
            scheme.id,
            scheme.title.zh,
            version.map_or("", |version| version.id.as_str()),
            version.map_or("", |version| version.hash.as_str())
        ),
    ];
    lines.push(format!("settings   {}", settings(found)));
    if let Some(example) = &scheme.example {
        lines.push(format!("note       {}", example.en));
    }
    lines.push(format!(
        "grade      {}{}",
        grade(found, rank(found)),
        if found.provisional { ", provisional" } else { "" }
    ));
    lines.push(format!("earned     {}", grade(found, found.earned)));
    lines.push(format!("before     {}", grade(found, found.before)));
    let review = if set.assessment { "an assessment" } else { "no assessment" };
    lines.push(format!(
        "reason     {}; the review on {} is {review}",
        found.reason.map_or("no figure", |reason| reason.name()),
        set.as_of
    ));
    if let Some(held) = found.held {
        let day =
            |day: Option<chrono::NaiveDate>, none: &str| day.map_or_else(|| none.to_owned(), |day| day.to_string());
        let holds = format!("held       {}, since {}", grade(found, Some(held.rank)), day(held.since, "long ago"));
        lines.push(format!("{holds}, valid to {}", day(held.valid_to, "the next review")));
    }
    lines.extend(outlook(home, found));
    lines.push(String::new());
    lines.extend(found.metrics.iter().map(|facts| metric(home, facts)));
    for facts in &found.dimensions {
        lines.push(String::new());
        lines.extend(dimension(home, found, facts));
    }
    lines.push(String::new());
    lines.push(format!("snapshot   {}", found.snapshot));
    lines.join("\n") + "\n"
}

fn grade(found: &Explanation, rank: Option<u8>) -> String {
    let grade = rank.and_then(|rank| found.grades.bound.scheme.grade(rank));
    grade.map_or_else(|| "none".to_owned(), |grade| format!("{} ({})", grade.id, grade.title.zh))
}

/// What is needed for the next grade, and to remain.
fn outlook(home: &Home, found: &Explanation) -> Vec<String> {
    let Some(outlook) = &found.outlook else { return Vec::new() };
    let enough = match outlook.enough {
        Enough::Any => " or ",
        Enough::All => " and ",
    };
    let needs = |pick: fn(&Need) -> Option<i64>| {
        let told = outlook.needs.iter().filter_map(|need| {
            let dimension = found.dimensions.get(need.dimension)?;
            Some((dimension, pick(need)?))
        });
        let told: Vec<String> = told
            .map(|(dimension, missing)| {
                format!("{} more of {}", needed(home, found, dimension, missing), dimension.dimension.id)
            })
            .collect();
        told.join(enough)
    };
    let next =
        outlook.next.map(|next| format!("next       {}: {}", grade(found, Some(next)), needs(|need| need.for_next)));
    let remain = format!("to remain  {}", needs(|need| need.to_remain));
    next.into_iter().chain([remain]).collect()
}

fn metric(home: &Home, facts: &MetricFacts) -> String {
    let from = facts.first_day.map_or_else(|| "the first row".to_owned(), |day| day.to_string());
    let to = facts.last_day.map_or_else(|| "the last row".to_owned(), |day| day.to_string());
    let metric = &facts.metric.metric;
    format!(
        "metric     {} ({}): {}, from {} ledger rows, {from} to {to}",
        metric.id,
        metric.title.zh,
        shown_metric(home, facts),
        facts.rows
    )
}

fn dimension(home: &Home, found: &Explanation, facts: &DimensionFacts) -> Vec<String> {
    let dimension = &facts.dimension;
    let of = metric_of(found, facts).map_or_else(String::new, |metric| format!(" of {}", metric.metric.metric.id));
    let result = if found
        .grades
        .bound
        .versions
        .get(found.grades.now.version)
        .and_then(|version| version.result())
        .is_some_and(|result| result.id == dimension.id)
    {
        ", gives the grade"
    } else {
        ""
    };
    let class = facts.class.map_or_else(
        || "none".to_owned(),
        |class| {
            let (id, title) = class_name(dimension, class);
            format!("{id} ({title})")
        },
    );
    let mut lines = vec![
        format!("dimension  {}: {}{of}{result}", dimension.id, kind(&dimension.rule)),
        format!("  gives    {class}"),
    ];
    for factor in factors(home, found, facts) {
        let mark = match factor.holds {
            Some(true) => factor.yes,
            Some(false) => factor.no,
            None => "",
        };
        lines.push(format!("  {} {mark}", factor.words).trim_end().to_owned());
    }
    lines
}
