//! An explanation in sentences.

use crate::{
    cli::{
        explain::{
            metric_of, needed, rank,
            reason::why,
            row_item,
            rule::{class_name, factors, kind, settings},
            shown_metric,
        },
        output::{self, Item},
    },
    grading::outlook::Enough,
    run::{
        counted::Counted,
        explain::{DimensionFacts, Explanation, MetricFacts, Need, Published},
        home::Home,
    },
    text::Lang,
};

pub(super) fn text(home: &Home, found: &Explanation) -> String {
    let lang = home.settings.language;
    let scheme = &found.grades.bound.scheme;
    let set = &found.grades.now;
    let version = scheme.versions.get(set.version);
    let mut lines = vec![
        format!("{} as of the end of {} ({})", found.subject, found.as_of, home.mapping.zone.name()),
        format!(
            "scheme     {} ({}), version {}, fingerprint {}",
            scheme.id,
            scheme.title.in_lang(home.settings.language),
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
        grade(lang, found, rank(found)),
        if found.provisional { ", provisional" } else { "" }
    ));
    lines.push(format!("earned     {}", grade(lang, found, found.earned)));
    lines.push(format!("before     {}", grade(lang, found, found.before)));
    let review = if set.assessment { "an assessment" } else { "no assessment" };
    let reason = found.reason.map_or("no figure", |reason| reason.name());
    lines.push(format!("reason     {reason}: {}; the review on {} is {review}", why(found), set.as_of));
    if let Some(held) = found.held {
        let day =
            |day: Option<chrono::NaiveDate>, none: &str| day.map_or_else(|| none.to_owned(), |day| day.to_string());
        let holds =
            format!("held       {}, since {}", grade(lang, found, Some(held.rank)), day(held.since, "long ago"));
        lines.push(format!("{holds}, valid to {}", day(held.valid_to, "the next review")));
    }
    lines.extend(found.published.as_ref().map(published));
    lines.extend(outlook(home, found));
    lines.push(String::new());
    lines.extend(found.metrics.iter().flat_map(|facts| metric(home, facts)));
    for facts in &found.dimensions {
        lines.push(String::new());
        lines.extend(dimension(home, found, facts));
    }
    lines.push(String::new());
    lines.push(format!("snapshot   {}", found.snapshot));
    lines.join("\n") + "\n"
}

fn grade(lang: Lang, found: &Explanation, rank: Option<u8>) -> String {
    let grade = rank.and_then(|rank| found.grades.bound.scheme.grade(rank));
    grade.map_or_else(|| "none".to_owned(), |grade| format!("{} ({})", grade.id, grade.title.in_lang(lang)))
}

/// What is needed for the next grade, and to remain.
fn outlook(home: &Home, found: &Explanation) -> Vec<String> {
    let Some(outlook) = &found.outlook else { return Vec::new() };
    let lang = home.settings.language;
    let enough = match outlook.enough {
        Enough::Any => " or ",
        Enough::All => " and ",
    };
    let needs = |needs: &[Need]| {
        let told = needs.iter().filter_map(|need| {
            let facts = found.dimensions.get(need.dimension)?;
            Some(format!("{} more of {}", needed(home, found, facts, need.missing?), facts.dimension.id))
        });
        told.collect::<Vec<_>>().join(enough)
    };
    let next =
        outlook.next.map(|next| format!("next       {}: {}", grade(lang, found, Some(next)), needs(&outlook.for_next)));
    let remain = format!("to remain  {}", needs(&outlook.to_remain));
    next.into_iter().chain([remain]).collect()
}

/// What people published last.
fn published(published: &Published) -> String {
    let grade = published.grade.as_deref().unwrap_or("none");
    let head = format!(
        "published  {grade} by {} on {}, review {} as of {}",
        published.by, published.on, published.review, published.as_of
    );
    let Some(decision) = &published.decision else { return format!("{head}: as the figures proposed") };
    let until = decision.until.map_or_else(String::new, |until| format!(", until {until}"));
    let why = decision.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
    format!("{head}; {} by {}{until}{why}", decision.kind.name(), decision.by)
}

/// A figure with the ledger rows behind it.
fn metric(home: &Home, facts: &MetricFacts) -> Vec<String> {
    let metric = &facts.metric.metric;
    let title = metric.title.in_lang(home.settings.language);
    let mut lines = vec![format!("metric     {} ({title}): {}", metric.id, shown_metric(home, facts))];
    for counted in &facts.counted {
        let from = counted.first_day.map_or_else(|| "the first row".to_owned(), |day| day.to_string());
        let to = counted.last_day.map_or_else(|| "the last row".to_owned(), |day| day.to_string());
        let of = if counted.metric == metric.id { String::new() } else { format!(" for {}", counted.metric) };
        lines.push(format!("  rows     {} of `{}`{of}, {from} to {to}", counted.rows, counted.entity.name));
        lines.extend(listed(home, counted));
    }
    lines
}

/// The rows themselves, as a table.
fn listed(home: &Home, counted: &Counted) -> Vec<String> {
    let Some(listing) = &counted.listed else { return Vec::new() };
    let rows: Vec<Vec<Item>> =
        listing.rows.iter().map(|row| row.iter().map(|value| row_item(home, value)).collect()).collect();
    output::aligned(&listing.columns, &rows).lines().map(|line| format!("           {line}")).collect()
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
            let (id, title) = class_name(dimension, class, home.settings.language);
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
