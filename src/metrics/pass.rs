//! One pass over one entity: every metric of it, every as-of date, from several threads at once.
//!
//! Not here: how the rows are dealt and folded (`group`, `accumulate`).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    ledger::{
        batch::{Batch, Dictionaries, NO_DAY, SharedDictionaries, Values},
        decode::Texts,
        entity::Entity,
    },
    metrics::{
        accumulate::Span,
        compute::{Figures, MetricError, Request},
        definition::{Condition, RowMeasure, Side, Subject},
        filter::mask,
        group::{Group, Tally, Work},
        window::{Reach, Window},
    },
    period::{SECONDS_A_DAY, day_number},
};

/// Which rows are seen by which as-of dates: a filter, a window, and for some the side of the as-of date on which the day of a column must be.
type View = (usize, usize, Option<(&'static str, Side)>);

/// One pass over one entity.
pub(super) struct Pass {
    pub(super) entity: &'static Entity,
    filters: Vec<Vec<Condition>>,
    windows: Vec<(Window, Vec<NaiveDate>, Reach)>,
    views: Vec<View>,
    groups: Vec<Group>,
}

impl Pass {
    /// A pass for requests of one entity, with so many bytes for distinct values.
    pub(super) fn new(entity: &'static Entity, requests: &[(&Request, &RowMeasure)], memory: usize) -> Self {
        let mut pass = Self { entity, filters: Vec::new(), windows: Vec::new(), views: Vec::new(), groups: Vec::new() };
        let mut tallies: Vec<(Subject, Vec<Tally>)> = Vec::new();
        for (request, rows) in requests {
            let seen_from: Vec<NaiveDate> = request.as_of().iter().map(|day| rows.seen_from(*day)).collect();
            let tally = Tally {
                metric: request.id().to_owned(),
                as_of: request.as_of().to_vec(),
                aggregate: rows.aggregate,
                view: pass.view(rows, &seen_from),
                lasting: matches!(rows.window, Window::All | Window::Always),
                seen_from,
            };
            match tallies.iter_mut().find(|(subject, _)| *subject == rows.subject) {
                Some((_, tallies)) => tallies.push(tally),
                None => tallies.push((rows.subject, vec![tally])),
            }
        }
        let distinct = tallies.iter().flat_map(|(_, tallies)| tallies).filter(|tally| tally.counts_values()).count();
        let bytes = memory / distinct.max(1);
        let groups = tallies.into_iter().map(|(subject, tallies)| Group::new(subject, tallies, bytes)).collect();
        Self { groups, ..pass }
    }

    fn view(&mut self, rows: &RowMeasure, seen_from: &[NaiveDate]) -> usize {
        let filter = self.filters.iter().position(|known| *known == rows.conditions).unwrap_or_else(|| {
            self.filters.push(rows.conditions.clone());
            self.filters.len() - 1
        });
        let same = |(known, dates, _): &(Window, Vec<NaiveDate>, Reach)| *known == rows.window && dates == seen_from;
        let window = self.windows.iter().position(same).unwrap_or_else(|| {
            self.windows.push((rows.window, seen_from.to_vec(), Reach::new(rows.window, seen_from)));
            self.windows.len() - 1
        });
        // No window holds rows whose own time is after the as-of date.
        let view = (filter, window, rows.aggregate.side().filter(|side| *side != (self.time(), Side::Past)));
        self.views.iter().position(|known| *known == view).unwrap_or_else(|| {
            self.views.push(view);
            self.views.len() - 1
        })
    }

    /// The column of the time of rows, or no name at all.
    fn time(&self) -> &'static str {
        self.entity.time.unwrap_or_default()
    }

    /// The columns to be read. A column whose values are only counted needs no codes.
    pub(super) fn columns(&self) -> Vec<(&'static str, Texts)> {
        let mut columns: BTreeMap<&'static str, Texts> = BTreeMap::new();
        let mut want = |name: &'static str, texts: Texts| {
            columns.entry(name).and_modify(|known| *known = texts.min(*known)).or_insert(texts);
        };
        if self.windows.iter().any(|(window, ..)| *window != Window::Always) {
            self.entity.time.into_iter().for_each(|time| want(time, Texts::Coded));
        }
        self.filters.iter().flatten().for_each(|condition| want(condition.column, Texts::Coded));
        for group in &self.groups {
            if let Subject::Column(column) = group.subject {
                want(column, Texts::Coded);
            }
            for tally in &group.tallies {
                if let Some(column) = tally.aggregate.column() {
                    want(column, if tally.counts_values() { Texts::ToldApart } else { Texts::Coded });
                }
            }
        }
        columns.into_iter().collect()
    }

    /// The metrics, for messages about columns that are not there.
    pub(super) fn needed_for(&self) -> String {
        let tallies = self.groups.iter().flat_map(|group| &group.tallies);
        let names: Vec<String> = tallies.map(|tally| format!("metric `{}`", tally.metric)).collect();
        names.join(", ")
    }

    /// Takes the rows of a batch.
    pub(super) fn take(&self, batch: &Batch, dictionaries: &SharedDictionaries) {
        let days = row_days(self.entity, batch);
        let masks: Vec<Vec<bool>> = self
            .filters
            .iter()
            .map(|filter| mask(filter, batch, |column, text| dictionaries.code(column, text)))
            .collect();
        let spans: Vec<Vec<Span>> = self.views.iter().map(|view| self.spans(*view, batch, &days, &masks)).collect();
        for group in &self.groups {
            group.take(&Work { entity: self.entity, batch, days: &days, spans: &spans, dictionaries });
        }
    }

    /// The as-of dates that see each row: none where the filter does not hold.
    fn spans(&self, (filter, window, side): View, batch: &Batch, days: &[i32], masks: &[Vec<bool>]) -> Vec<Span> {
        let (Some(mask), Some((_, seen_from, reach))) = (masks.get(filter), self.windows.get(window)) else {
            return vec![(0, 0); days.len()];
        };
        let mut spans: Vec<Span> =
            days.iter().zip(mask).map(|(day, counts)| if *counts { reach.of(*day) } else { (0, 0) }).collect();
        if let Some((column, side)) = side {
            for (span, day) in spans.iter_mut().zip(batch.days(column)) {
                *span = on_side(*span, *day, side, seen_from);
            }
        }
        spans
    }

    /// The figures of every metric.
    pub(super) fn finish(self, dictionaries: &Dictionaries) -> Result<Vec<(String, Figures)>, MetricError> {
        let mut finished = Vec::new();
        for group in self.groups {
            finished.extend(group.finish(dictionaries)?);
        }
        Ok(finished)
    }
}

/// The as-of dates among some that have a day on one side of them.
fn on_side((first, after): Span, day: i32, side: Side, seen_from: &[NaiveDate]) -> Span {
    if day == NO_DAY {
        return (0, 0);
    }
    let small = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
    match side {
        Side::Past => (first.max(small(seen_from.partition_point(|from| day_number(*from) < day))), after),
        Side::Ahead => (first, after.min(small(seen_from.partition_point(|from| day_number(*from) <= day)))),
    }
}

fn row_days(entity: &Entity, batch: &Batch) -> Vec<i32> {
    match entity.time.and_then(|time| batch.column(time)) {
        Some(Values::Days(days)) => days.clone(),
        Some(Values::Numbers(at)) => {
            at.iter().map(|at| i32::try_from(at.div_euclid(SECONDS_A_DAY)).unwrap_or(NO_DAY)).collect()
        }
        _ => vec![NO_DAY; batch.len()],
    }
}
