//! Metrics that the ledger's database folds itself.
//!
//! Invariants: the figures are those of reading the rows, or the rows are read: an [`Obstacle`] says why.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;

use crate::{
    ledger::{
        batch::Dictionaries,
        dictionary::{Dictionary, NOTHING},
        entity::Entity,
        pushdown::{Cell, Grouped, Grouping, Obstacle, grouped, statements},
        snapshot::Snapshot,
    },
    metrics::{
        compute::{Figures, MetricError, Request, Requests},
        definition::{Measure, RowMeasure, Subject},
        group::{SHARDS, days_between, place_of, places},
        pass::Pass,
    },
};

/// How the figures of some metrics come about.
#[derive(Debug)]
pub struct Way {
    /// The entity.
    pub entity: &'static Entity,
    /// The metrics.
    pub metrics: Vec<String>,
    /// The statement by which the rows are read.
    pub read: String,
    /// The statements by which the database folds them instead; or why it cannot.
    pub folded: Result<Vec<String>, Obstacle>,
}

/// The statements that would give metrics, by entity and subject.
///
/// # Errors
/// [`MetricError`] when the ledger cannot be looked at.
pub fn explain(snapshot: &Snapshot, requests: &[Request]) -> Result<Vec<Way>, MetricError> {
    let mut groups: BTreeMap<(&'static str, Option<&'static str>), (&'static Entity, Requests<'_>)> = BTreeMap::new();
    for request in requests {
        if let Measure::Rows(rows) = &request.metric().measure {
            let group = groups.entry((rows.entity.name, column(rows.subject)));
            group.or_insert_with(|| (rows.entity, Vec::new())).1.push((request, rows));
        }
    }
    let mut ways = Vec::new();
    for ((_, subject), (entity, requests)) in groups {
        let columns: Vec<&'static str> =
            Pass::new(entity, &requests, 0).columns().into_iter().map(|(name, _)| name).collect();
        let read = snapshot.statement(entity, &columns)?;
        let folded = statements(snapshot, &grouping(entity, subject, &requests))?;
        let metrics = requests.iter().map(|(request, _)| request.id().to_owned()).collect();
        ways.push(Way { entity, metrics, read, folded });
    }
    Ok(ways)
}

/// The figures of metrics of one entity that the database folds, and the requests for which its rows must be read.
pub(super) fn figures<'r>(
    snapshot: &mut Snapshot,
    entity: &'static Entity,
    requests: Requests<'r>,
) -> Result<(Vec<(String, Figures)>, Requests<'r>), MetricError> {
    let mut subjects: BTreeMap<Option<&'static str>, Requests<'r>> = BTreeMap::new();
    for (request, rows) in requests {
        subjects.entry(column(rows.subject)).or_default().push((request, rows));
    }
    let (mut finished, mut unfolded) = (Vec::new(), Vec::new());
    for (subject, requests) in subjects {
        match grouped(snapshot, &grouping(entity, subject, &requests))? {
            Ok(found) => {
                snapshot.note_folded(entity, subject, &found);
                finished.extend(taken(&requests, subject, &found, snapshot.dictionaries()));
            }
            Err(_) => unfolded.extend(requests),
        }
    }
    Ok((finished, unfolded))
}

fn column(subject: Subject) -> Option<&'static str> {
    match subject {
        Subject::Column(column) => Some(column),
        Subject::Everyone => None,
    }
}

fn grouping(entity: &'static Entity, subject: Option<&'static str>, requests: &[(&Request, &RowMeasure)]) -> Grouping {
    let cells = requests.iter().flat_map(|(request, rows)| {
        request.as_of().iter().map(|as_of| rows.seen_from(*as_of)).map(|seen_from| Cell {
            aggregate: rows.aggregate,
            conditions: rows.conditions.clone(),
            seen_from,
            from: rows.window.first_day(seen_from),
            to: rows.window.last_day(seen_from),
        })
    });
    Grouping { entity, subject, cells: cells.collect() }
}

/// The figures as a pass over the rows would have left them.
fn taken(
    requests: &[(&Request, &RowMeasure)],
    subject: Option<&'static str>,
    found: &Grouped,
    dictionaries: &Dictionaries,
) -> Vec<(String, Figures)> {
    let size = subject.map_or(1, |column| dictionaries.of(column).map_or(1, Dictionary::len));
    let mut first = 0;
    let mut all = Vec::new();
    for (request, rows) in requests {
        let dates = request.as_of().len();
        let seen_from: Vec<NaiveDate> = request.as_of().iter().map(|day| rows.seen_from(*day)).collect();
        let nothing = rows.aggregate.without_rows();
        let mut shards = vec![vec![nothing; places(size) * dates]; usize::try_from(SHARDS).unwrap_or(1)];
        for (code, figures) in &found.figures {
            let (shard, place) = if subject.is_none() { place_of(NOTHING) } else { place_of(*code) };
            let from = usize::try_from(place).unwrap_or(usize::MAX).saturating_mul(dates);
            if let Some(cells) = shards.get_mut(shard).and_then(|cells| cells.get_mut(from..from + dates)) {
                cells.iter_mut().zip(figures.iter().skip(first)).for_each(|(cell, figure)| *cell = *figure);
                if let Some((_, side)) = rows.aggregate.side() {
                    days_between(cells, &seen_from, side);
                }
            }
        }
        let figures = Figures::new(request.as_of().to_vec(), Arc::new(shards), (dates, 0), nothing);
        all.push((request.id().to_owned(), figures));
        first += dates;
    }
    all
}
