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
        definition::{Condition, RowMeasure, Subject},
        filter::mask,
        group::{Group, Tally, Work},
        window::{Reach, Window},
    },
    period::SECONDS_A_DAY,
};

/// One pass over one entity.
pub(super) struct Pass {
    pub(super) entity: &'static Entity,
    filters: Vec<Vec<Condition>>,
    windows: Vec<(Window, Vec<NaiveDate>, Reach)>,
    /// Which rows are seen by which as-of dates: a filter and a window.
    views: Vec<(usize, usize)>,
    groups: Vec<Group>,
}

impl Pass {
    /// A pass for requests of one entity, with so many bytes for distinct values.
    pub(super) fn new(entity: &'static Entity, requests: &[(&Request, &RowMeasure)], memory: usize) -> Self {
        let mut pass = Self { entity, filters: Vec::new(), windows: Vec::new(), views: Vec::new(), groups: Vec::new() };
        let mut tallies: Vec<(Subject, Vec<Tally>)> = Vec::new();
        for (request, rows) in requests {
            let tally = Tally {
                metric: request.id().to_owned(),
                as_of: request.as_of().to_vec(),
                aggregate: rows.aggregate,
                view: pass.view(&rows.conditions, rows.window, request.as_of()),
                lasting: rows.window == Window::All,
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

    fn view(&mut self, conditions: &[Condition], window: Window, as_of: &[NaiveDate]) -> usize {
        let filter = self.filters.iter().position(|known| *known == conditions).unwrap_or_else(|| {
            self.filters.push(conditions.to_vec());
            self.filters.len() - 1
        });
        let same = |(known, dates, _): &(Window, Vec<NaiveDate>, Reach)| *known == window && dates == as_of;
        let window = self.windows.iter().position(same).unwrap_or_else(|| {
            self.windows.push((window, as_of.to_vec(), Reach::new(window, as_of)));
            self.windows.len() - 1
        });
        self.views.iter().position(|known| *known == (filter, window)).unwrap_or_else(|| {
            self.views.push((filter, window));
            self.views.len() - 1
        })
    }

    /// The columns to be read. A column whose values are only counted needs no codes.
    pub(super) fn columns(&self) -> Vec<(&'static str, Texts)> {
        let mut columns: BTreeMap<&'static str, Texts> = BTreeMap::new();
        let mut want = |name: &'static str, texts: Texts| {
            columns.entry(name).and_modify(|known| *known = texts.min(*known)).or_insert(texts);
        };
        self.entity.time.into_iter().for_each(|time| want(time, Texts::Coded));
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
        let masks: Vec<Vec<bool>> = self.filters.iter().map(|filter| mask(filter, batch, dictionaries)).collect();
        let spans: Vec<Vec<Span>> = self.views.iter().map(|view| self.spans(*view, &days, &masks)).collect();
        for group in &self.groups {
            group.take(&Work { batch, days: &days, spans: &spans, dictionaries });
        }
    }

    /// The as-of dates that see each row: none where the filter does not hold.
    fn spans(&self, (filter, window): (usize, usize), days: &[i32], masks: &[Vec<bool>]) -> Vec<Span> {
        let (Some(mask), Some((_, _, reach))) = (masks.get(filter), self.windows.get(window)) else {
            return vec![(0, 0); days.len()];
        };
        days.iter().zip(mask).map(|(day, counts)| if *counts { reach.of(*day) } else { (0, 0) }).collect()
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

fn row_days(entity: &Entity, batch: &Batch) -> Vec<i32> {
    match entity.time.and_then(|time| batch.column(time)) {
        Some(Values::Days(days)) => days.clone(),
        Some(Values::Numbers(at)) => {
            at.iter().map(|at| i32::try_from(at.div_euclid(SECONDS_A_DAY)).unwrap_or(NO_DAY)).collect()
        }
        _ => vec![NO_DAY; batch.len()],
    }
}
