//! `fenji explain`.

mod reason;
mod rule;
mod text;
mod when;

use std::path::Path;

use chrono::{DateTime, Utc};
use clap::ValueEnum;
use serde_json::{Value, json};

use crate::{
    cli::{
        explain::{
            reason::why,
            rule::{class_id, cut_at, factors, settings},
        },
        failure::Failure,
        grade::figure,
        job::block_on,
        output::{self, Item},
    },
    grading::{
        evaluate::{Standing, resolve},
        ladder::Reason,
        outlook::Enough,
    },
    metrics::definition::MetricUnit,
    money::Share,
    period::parse_day,
    run::{
        counted::{Counted, RowValue},
        error::RunError,
        explain::{DimensionFacts, Explanation, MetricFacts, Need, Published, Question, explain},
        home::Home,
    },
    scheme::rule::{Limit, Rule},
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
    /// List the ledger rows behind each figure too
    #[arg(long)]
    rows: bool,
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
    let question = Question { scheme: &args.scheme, subject: &args.subject, as_of, with_rows: args.rows };
    let found = block_on(explain(&home, &question, now))??;
    match args.format {
        TextFormat::Text => output::bytes(text::text(&home, &found).as_bytes()),
        TextFormat::Json => output::json(&as_json(&home, &found)),
    }
}

/// The rank given now; `None` for a subject that was not graded.
fn rank(found: &Explanation) -> Option<u8> {
    found.earned.and(found.held).map(|held| held.rank)
}

/// What is missing in a dimension, with its unit; between days of the calendar it is a number of days.
fn needed(home: &Home, found: &Explanation, facts: &DimensionFacts, missing: i64) -> String {
    let unit = metric_of(found, facts).map_or(MetricUnit::Count, |metric| metric.metric.metric.unit());
    let unit = if unit == MetricUnit::Day { MetricUnit::Days } else { unit };
    shown(home, unit, Share::new(missing, 1))
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

/// A figure or word of a metric with its unit.
fn shown_metric(home: &Home, facts: &MetricFacts) -> String {
    match (&facts.word, facts.figure) {
        (Some(word), _) => word.clone(),
        (None, Some(figure)) => shown(home, facts.metric.metric.unit(), facts.metric.share(figure)),
        (None, None) => "none".to_owned(),
    }
}

/// The metric that a dimension is made of by itself.
fn metric_of<'f>(found: &'f Explanation, facts: &DimensionFacts) -> Option<&'f MetricFacts> {
    found.metrics.get(*facts.dimension.rule.metric()?)
}

fn as_json(home: &Home, found: &Explanation) -> Value {
    let scheme = &found.grades.bound.scheme;
    let version = scheme.versions.get(found.grades.now.version);
    let id = |rank: Option<u8>| rank.and_then(|rank| scheme.grade(rank)).map(|grade| grade.id.clone());
    let metrics: Vec<Value> = found.metrics.iter().map(|facts| metric_json(home, facts)).collect();
    let dimensions: Vec<Value> = found.dimensions.iter().map(|facts| dimension_json(home, found, facts)).collect();
    json!({
        "subject": found.subject, "as_of": found.as_of, "scheme": scheme.id, "version": version.map(|version| version.id.clone()),
        "fingerprint": version.map(|version| version.hash.clone()), "settings": settings(found), "grade": id(rank(found)),
        "earned": id(found.earned), "before": id(found.before), "held": id(found.held.map(|held| held.rank)),
        "since": found.held.and_then(|held| held.since), "valid_to": found.held.and_then(|held| held.valid_to),
        "provisional": found.provisional, "reason": found.reason.map(Reason::name),
        "why": why(found), "published": found.published.as_ref().map(published_json),
        "outlook": outlook_json(home, found), "assessment": found.grades.now.assessment, "metrics": metrics, "dimensions": dimensions, "snapshot": found.snapshot,
    })
}

fn outlook_json(home: &Home, found: &Explanation) -> Value {
    let Some(outlook) = &found.outlook else { return Value::Null };
    let scheme = &found.grades.bound.scheme;
    let needs = |needs: &[Need]| -> Vec<Value> {
        let told = needs.iter().filter_map(|need| {
            let facts = found.dimensions.get(need.dimension)?;
            let missing = need.missing.map(|missing| needed(home, found, facts, missing));
            Some(json!({ "dimension": facts.dimension.id, "missing": missing }))
        });
        told.collect()
    };
    json!({
        "next": outlook.next.and_then(|next| scheme.grade(next)).map(|grade| grade.id.clone()),
        "enough": match outlook.enough { Enough::Any => "any", Enough::All => "all" },
        "for_next": needs(&outlook.for_next), "to_remain": needs(&outlook.to_remain),
    })
}

fn metric_json(home: &Home, facts: &MetricFacts) -> Value {
    let unit = facts.metric.metric.unit();
    json!({
        "metric": facts.metric.metric.id, "unit": unit.name(), "figure": machine(home, facts),
        "counted": facts.counted.iter().map(|counted| counted_json(home, counted)).collect::<Vec<_>>(),
    })
}

/// The ledger rows of a figure; the rows themselves where they were asked for.
fn counted_json(home: &Home, counted: &Counted) -> Value {
    let listed = counted.listed.as_ref().map(|listing| {
        let row = |row: &Vec<RowValue>| -> Value {
            let pairs = listing.columns.iter().zip(row);
            let pairs = pairs.map(|(column, value)| ((*column).to_owned(), row_item(home, value).json()));
            pairs.collect::<serde_json::Map<_, _>>().into()
        };
        listing.rows.iter().map(row).collect::<Vec<_>>()
    });
    json!({
        "metric": counted.metric, "entity": counted.entity.name, "rows": counted.rows,
        "from": counted.first_day, "to": counted.last_day, "listed": listed,
    })
}

fn row_item(home: &Home, value: &RowValue) -> Item {
    match value {
        RowValue::Text(text) => Item::text(text),
        RowValue::Figure(unit, value) => figure(home, *unit, Share::new(i128::from(*value), 1)),
        RowValue::Nothing => Item::Empty,
    }
}

fn published_json(published: &Published) -> Value {
    let decision = published.decision.as_ref().map(|decision| {
        json!({
            "kind": decision.kind.name(), "grade": decision.grade, "by": decision.by, "why": decision.why,
            "until": decision.until, "at": decision.at.to_string(),
        })
    });
    json!({
        "review": published.review, "as_of": published.as_of, "by": published.by, "on": published.on,
        "grade": published.grade, "decision": decision,
    })
}

fn dimension_json(home: &Home, found: &Explanation, facts: &DimensionFacts) -> Value {
    let factors: Vec<Value> = factors(home, found, facts)
        .into_iter()
        .map(|factor| json!({ "words": factor.words, "holds": factor.holds }))
        .collect();
    let mut value = json!({
        "dimension": facts.dimension.id, "kind": rule::kind(&facts.dimension.rule),
        "class": facts.class.map(|class| class_id(&facts.dimension, class)), "decided_by": factors,
    });
    let Some(metric) = metric_of(found, facts) else { return value };
    let unit = metric.metric.metric.unit();
    let plain = |value: Share| match figure(home, unit, value) {
        Item::Figure(_, plain) | Item::Text(plain) => Value::from(plain),
        Item::Empty => Value::Null,
    };
    let mut add = |key: &str, more: Value| value.as_object_mut().map(|value| value.insert(key.to_owned(), more));
    add("metric", metric.metric.metric.id.clone().into());
    add("unit", unit.name().into());
    add("figure", machine(home, metric));
    if let [counted, ..] = metric.counted.as_slice() {
        add("rows", counted.rows.into());
        add("from", json!(counted.first_day));
        add("to", json!(counted.last_day));
    }
    if let Rule::Bands { limits, .. } = &facts.dimension.rule {
        let as_of = found.as_of;
        let of = |limit: &Limit<_>| {
            let reached = facts.class.is_some_and(|class| limit.class <= class);
            let from = plain(resolve(limit.figure, as_of));
            json!({ "grade": class_id(&facts.dimension, limit.class), "from": from, "reached": reached })
        };
        add("limits", limits.iter().map(of).collect());
        let next = limits.iter().find(|limit| facts.class.is_none_or(|class| limit.class > class));
        add("next", next.map_or(Value::Null, of));
    }
    if let Some((class, figure)) = facts.nearest {
        let nearest = json!({ "grade": class_id(&facts.dimension, class), "from": plain(metric.metric.share(figure)) });
        add("next", nearest);
    }
    match &facts.standing {
        Some(Standing::Cumulative { before, after }) => {
            let share = |share: &Share| share.scaled(6).map(|value| crate::money::plain(value, 6));
            add("cumulative", json!({ "before": share(before), "after": share(after) }));
        }
        Some(Standing::Place { place, of }) => {
            add("place", json!({ "from_the_worst": place, "of": of }));
        }
        Some(Standing::Cuts(cuts)) => {
            let cuts: Vec<String> = cuts.iter().map(|cut| cut_at(home, unit, *cut)).collect();
            add("cuts", cuts.into());
        }
        None => {}
    }
    value
}

/// A figure or word for machines.
fn machine(home: &Home, facts: &MetricFacts) -> Value {
    let item = match (&facts.word, facts.figure) {
        (Some(word), _) => Item::text(word),
        (None, Some(value)) => figure(home, facts.metric.metric.unit(), facts.metric.share(value)),
        (None, None) => Item::Empty,
    };
    match item {
        Item::Figure(_, plain) | Item::Text(plain) => Value::from(plain),
        Item::Empty => Value::Null,
    }
}
