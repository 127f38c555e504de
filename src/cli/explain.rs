//! `fenji explain`.

use std::path::Path;

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::{
    cli::{
        failure::Failure,
        grade::figure,
        job::block_on,
        output::{self, Item},
    },
    grading::ladder::Reason,
    metrics::definition::MetricUnit,
    money::Share,
    period::parse_day,
    run::{
        error::RunError,
        explain::{DimensionFacts, Explanation, explain},
        home::Home,
    },
    scheme::Boundary,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The scheme: a file of config/schemes/
    scheme: String,
    /// The id of a member or customer
    subject: String,
    /// The day at whose end the figures are taken, such as 2026-10-31
    #[arg(long, value_name = "DAY")]
    as_of: String,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: TextFormat,
}

/// How an explanation is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TextFormat {
    /// Sentences for people
    Text,
    /// JSON
    Json,
}

pub(super) fn run(home: &Path, args: &Args, now: DateTime<Utc>) -> Result<(), Failure> {
    let home = Home::open(home)?;
    let as_of = parse_day(&args.as_of).map_err(RunError::from)?;
    let found = block_on(explain(&home, &args.scheme, &args.subject, as_of, now))??;
    match args.format {
        TextFormat::Text => output::bytes(text(&home, &found).as_bytes()),
        TextFormat::Json => output::json(&as_json(&home, &found)),
    }
}

fn grade(found: &Explanation, rank: Option<u8>) -> String {
    let grade = rank.and_then(|rank| found.grades.bound.scheme.grade(rank));
    grade.map_or_else(|| "none".to_owned(), |grade| format!("{} ({})", grade.id, grade.title.zh))
}

/// A figure with its unit.
fn shown(home: &Home, unit: MetricUnit, value: Share) -> String {
    let text = match figure(home, unit, value) {
        Item::Figure(shown, _) | Item::Text(shown) => shown,
        Item::Empty => "none".to_owned(),
    };
    match unit {
        MetricUnit::Money => format!("{text} {}", home.mapping.currency.code),
        MetricUnit::Points => format!("{text} points"),
        MetricUnit::Days => format!("{text} days"),
        MetricUnit::Count | MetricUnit::Quantity | MetricUnit::Day | MetricUnit::Ratio | MetricUnit::Word => text,
    }
}

fn text(home: &Home, found: &Explanation) -> String {
    let scheme = &found.grades.bound.scheme;
    let set = &found.grades.now;
    let version = scheme.versions.get(set.version);
    let boundary = match version.map(|version| version.boundary) {
        Some(Boundary::Worse) => "above",
        _ => "from",
    };
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
    if let Some(example) = &scheme.example {
        lines.push(format!("note       {}", example.en));
    }
    lines.push(format!("grade      {}", grade(found, found.rank)));
    lines.push(format!("earned     {}", grade(found, found.earned)));
    lines.push(format!("before     {}", grade(found, found.before)));
    let review = if set.assessment { "an assessment" } else { "no assessment" };
    lines.push(format!(
        "reason     {}; the review on {} is {review}",
        found.reason.map_or("no figure", |reason| reason.name()),
        set.as_of
    ));
    for facts in &found.dimensions {
        lines.push(String::new());
        lines.extend(dimension(home, found, facts, boundary));
    }
    lines.push(String::new());
    lines.push(format!("snapshot   {}", found.snapshot));
    lines.join("\n") + "\n"
}

fn dimension(home: &Home, found: &Explanation, facts: &DimensionFacts, boundary: &str) -> Vec<String> {
    let metric = &facts.dimension.metric;
    let unit = metric.unit();
    let from = facts.first_day.map_or_else(|| "the first row".to_owned(), |day| day.to_string());
    let figure =
        facts.figure.map_or_else(|| "none".to_owned(), |figure| shown(home, unit, facts.dimension.share(figure)));
    let mut lines = vec![
        format!("dimension  {}: {} ({})", facts.dimension.id, metric.id, metric.title.zh),
        format!("  figure   {figure}, from {} ledger rows, {from} to {}", facts.rows, found.as_of),
        format!("  gives    {}", grade(found, Some(facts.rank))),
    ];
    for (rank, share) in &facts.dimension.limits {
        let mark = if *rank <= facts.rank { "reached" } else { "not reached" };
        lines.push(format!("  {boundary:<8} {} {} {mark}", shown(home, unit, *share), grade(found, Some(*rank))));
    }
    if let (Some((rank, share)), Some((part, _)), None) = (facts.next, facts.figure, &facts.dimension.parts) {
        let missing = Share::new(share.part - i128::from(part), 1);
        lines.push(format!("  missing  {} to {}", shown(home, unit, missing), grade(found, Some(rank))));
    }
    lines
}

fn as_json(home: &Home, found: &Explanation) -> Value {
    let scheme = &found.grades.bound.scheme;
    let version = scheme.versions.get(found.grades.now.version);
    let id = |rank: Option<u8>| rank.and_then(|rank| scheme.grade(rank)).map(|grade| grade.id.clone());
    let plain = |unit: MetricUnit, value: Share| match figure(home, unit, value) {
        Item::Figure(_, plain) | Item::Text(plain) => Value::from(plain),
        Item::Empty => Value::Null,
    };
    let dimensions: Vec<Value> = found
        .dimensions
        .iter()
        .map(|facts| {
            let unit = facts.dimension.metric.unit();
            let limits: Vec<Value> = facts
                .dimension
                .limits
                .iter()
                .map(|(rank, share)| json!({ "grade": id(Some(*rank)), "from": plain(unit, *share), "reached": *rank <= facts.rank }))
                .collect();
            json!({
                "dimension": facts.dimension.id, "metric": facts.dimension.metric.id, "unit": unit.name(),
                "figure": facts.figure.map(|figure| plain(unit, facts.dimension.share(figure))), "rows": facts.rows,
                "from": facts.first_day, "to": found.as_of, "grade": id(Some(facts.rank)), "limits": limits,
                "next": facts.next.map(|(rank, share)| json!({ "grade": id(Some(rank)), "from": plain(unit, share) })),
            })
        })
        .collect();
    json!({
        "subject": found.subject, "as_of": found.as_of, "scheme": scheme.id, "version": version.map(|version| version.id.clone()),
        "fingerprint": version.map(|version| version.hash.clone()), "grade": id(found.rank), "earned": id(found.earned),
        "before": id(found.before), "reason": found.reason.map(Reason::name),
        "assessment": found.grades.now.assessment, "dimensions": dimensions, "snapshot": found.snapshot,
    })
}
