//! What is told when a day is graded again and grades differ from those that were kept: whose, and the ledger rows that came late.

use chrono::NaiveDate;

use crate::{
    grading::{bound::Bound, set::GradeSet},
    ledger::snapshot::Snapshot,
    metrics::definition::{RowMeasure, Subject},
    run::{
        counted::{Listing, RECORDED, RowValue, list, measure, parts},
        error::RunError,
    },
};

/// A subject whose rank is another than the kept one, or that is on one side only: its code, the kept rank and the rank now.
pub(super) type Difference = (u32, Option<u8>, Option<u8>);

/// The subjects whose grades differ from kept ranks by code.
pub(super) fn differences(now: &GradeSet, kept: &[Option<u8>]) -> Vec<Difference> {
    let ranks = (0..).zip(kept.iter().zip(now.by_code(kept.len())));
    ranks.filter(|(_, (kept, now))| *kept != now).map(|(code, (kept, now))| (code, *kept, now)).collect()
}

/// At most so many subjects, and so many rows, are named in a warning.
const MOST_NAMED: usize = 20;

/// Names who has another grade than was kept for a day at a time, and the rows behind their figures that were recorded since then.
///
/// # Errors
/// [`RunError::Ledger`] when the rows cannot be read.
pub(super) fn restatement(
    bound: &Bound,
    snapshot: &mut Snapshot,
    (as_of, kept_at): (NaiveDate, &str),
    differ: &[Difference],
) -> Result<Vec<String>, RunError> {
    if differ.is_empty() {
        return Ok(Vec::new());
    }
    let (_, key) = bound.scheme.subject.entity_and_key();
    let name =
        |rank: Option<u8>| rank.and_then(|rank| bound.scheme.grade(rank)).map_or("none", |grade| grade.id.as_str());
    let mut subjects: Vec<(String, String)> = differ
        .iter()
        .map(|(code, kept, now)| {
            let subject = snapshot.dictionaries().text(key, *code).unwrap_or_default().to_owned();
            let told = format!("{} {} → {}", subject.escape_debug(), name(*kept), name(*now));
            (subject, told)
        })
        .collect();
    subjects.sort();
    let more = more(subjects.len());
    subjects.truncate(MOST_NAMED);
    let (subjects, told): (Vec<String>, Vec<String>) = subjects.into_iter().unzip();
    let mut warnings = vec![format!(
        "{} grades differ from those kept for {as_of}, kept → now: {}{more}",
        differ.len(),
        told.join(", ")
    )];
    warnings.push(late_rows(bound, snapshot, (as_of, kept_at), &subjects)?);
    Ok(warnings)
}

/// The rows behind the figures of some subjects that were recorded since a time, or why they cannot be named.
fn late_rows(
    bound: &Bound,
    snapshot: &mut Snapshot,
    (as_of, kept_at): (NaiveDate, &str),
    subjects: &[String],
) -> Result<String, RunError> {
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    let (mut named, mut unknown): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut measures = Vec::new();
    taken_from(bound, as_of, &mut measures);
    for rows in measures {
        let (entity, Subject::Column(_)) = (rows.entity, rows.subject) else { continue };
        if !snapshot.has(entity, RECORDED) {
            unknown.push(entity.name);
            continue;
        }
        let Some(listing) = list(snapshot, rows, &subjects, as_of)? else { continue };
        named.extend(recorded_since(&listing, kept_at).map(|row| format!("{} {row}", entity.name)));
    }
    named.sort();
    named.dedup();
    unknown.sort_unstable();
    unknown.dedup();
    let more = more(named.len());
    named.truncate(MOST_NAMED);
    let mut told = Vec::new();
    if !named.is_empty() || unknown.is_empty() {
        let rows = if named.is_empty() { "none".to_owned() } else { named.join("; ") };
        told.push(format!("rows behind them that were recorded since {kept_at}: {rows}{more}"));
    }
    if !unknown.is_empty() {
        let unknown: Vec<String> = unknown.iter().map(|entity| format!("`{entity}`")).collect();
        let unknown = unknown.join(", ");
        told.push(format!(
            "late rows of {unknown} cannot be named until `{RECORDED}`, when a row was written, is mapped"
        ));
    }
    Ok(told.join("; "))
}

/// What the figures of a scheme are taken from on a day, those of the schemes it takes grades from too.
fn taken_from<'b>(bound: &'b Bound, as_of: NaiveDate, found: &mut Vec<&'b RowMeasure>) {
    let metrics = bound.version_on(as_of).map(|version| version.metrics.as_slice()).unwrap_or_default();
    found.extend(metrics.iter().flat_map(parts).filter_map(measure));
    bound.others.values().for_each(|other| taken_from(other, as_of, found));
}

/// The rows of a listing that were recorded at a time or later, each as its values: the key first.
fn recorded_since<'l>(listing: &'l Listing, since: &'l str) -> impl Iterator<Item = String> + 'l {
    let recorded = listing.columns.iter().position(|column| *column == RECORDED);
    let late = move |row: &&Vec<RowValue>| {
        let value = recorded.and_then(|at| row.get(at));
        matches!(value, Some(RowValue::Text(at)) if at.as_str() >= since)
    };
    let texts = |row: &Vec<RowValue>| {
        let texts = row.iter().filter_map(|value| if let RowValue::Text(text) = value { Some(text) } else { None });
        texts.map(|text| text.escape_debug().to_string()).collect::<Vec<_>>().join(" ")
    };
    listing.rows.iter().filter(late).map(texts)
}

fn more(all: usize) -> String {
    let more = all.saturating_sub(MOST_NAMED);
    if more > 0 { format!(" and {more} more") } else { String::new() }
}
