//! One pass over one entity: every metric of it, every as-of date, from several threads at once.
//!
//! Invariants: subjects are dealt into shards by their code, and each shard is one thread's at a time, so that nothing is held twice and a row
//! touches memory that is near; what the threads add does not depend on their order.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::NaiveDate;

use crate::{
    ledger::{
        batch::{Batch, Dictionaries, MISSING, NO_DAY, SharedDictionaries, Values},
        decode::Texts,
        dictionary::{Dictionary, NOTHING},
        entity::Entity,
    },
    metrics::{
        accumulate::{Accumulator, Span, Unfinished},
        compute::{Figures, MetricError, Request},
        definition::{Aggregate, Condition, RowMeasure, Subject},
        filter::mask,
        window::{Reach, Window},
    },
    period::{SECONDS_A_DAY, day_number},
};

/// How many shards: enough that the cells of one stay near the processor.
pub(super) const SHARDS: u32 = 256;

/// The shard of a subject, and its place there.
pub(super) fn place_of(subject: u32) -> (usize, u32) {
    (usize::try_from(subject % SHARDS).unwrap_or(0), subject / SHARDS)
}

/// One pass over one entity.
pub(super) struct Pass {
    pub(super) entity: &'static Entity,
    filters: Vec<Vec<Condition>>,
    windows: Vec<(Window, Vec<NaiveDate>, Reach)>,
    /// Which rows are seen by which as-of dates: a filter and a window.
    views: Vec<(usize, usize)>,
    tallies: Vec<Tally>,
    /// Of each shard, the accumulators of all tallies.
    shards: Vec<Mutex<Vec<Accumulator>>>,
    turn: AtomicUsize,
}

/// One metric on its way.
struct Tally {
    metric: String,
    as_of: Vec<NaiveDate>,
    subject: Subject,
    aggregate: Aggregate,
    view: usize,
}

/// The rows of one shard in a batch, with the places of their subjects.
#[derive(Default, Clone)]
struct Share {
    rows: Vec<(u32, u32)>,
}

impl Pass {
    /// A pass for requests of one entity, with so many bytes for distinct values.
    pub(super) fn new(entity: &'static Entity, requests: &[(&Request, &RowMeasure)], memory: usize) -> Self {
        let mut pass = Self {
            entity,
            filters: Vec::new(),
            windows: Vec::new(),
            views: Vec::new(),
            tallies: Vec::new(),
            shards: Vec::new(),
            turn: AtomicUsize::new(0),
        };
        for (request, rows) in requests {
            let view = pass.view(&rows.conditions, rows.window, request.as_of());
            pass.tallies.push(Tally {
                metric: request.id().to_owned(),
                as_of: request.as_of().to_vec(),
                subject: rows.subject,
                aggregate: rows.aggregate,
                view,
            });
        }
        let distinct = pass.tallies.iter().filter(|tally| matches!(tally.aggregate, Aggregate::CountDistinct(_)));
        let lists = distinct.count().max(1) * usize::try_from(SHARDS).unwrap_or(1);
        let shard = || Mutex::new(pass.tallies.iter().map(|tally| pass.accumulator(tally, memory / lists)).collect());
        let shards = (0..SHARDS).map(|_| shard()).collect();
        Self { shards, ..pass }
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

    fn accumulator(&self, tally: &Tally, bytes: usize) -> Accumulator {
        let dates = tally.as_of.len();
        let window = self.views.get(tally.view).and_then(|(_, window)| self.windows.get(*window));
        let lasting = window.is_some_and(|(window, ..)| *window == Window::All);
        match tally.aggregate {
            Aggregate::Sum(_) | Aggregate::Count => Accumulator::sum(dates),
            Aggregate::CountDistinct(column) => Accumulator::distinct(dates, bytes, column == "order_id"),
            Aggregate::Min(_) | Aggregate::FirstDay => Accumulator::min(dates, lasting),
            Aggregate::Max(_) | Aggregate::LastDay | Aggregate::DaysSince => Accumulator::max(dates, lasting),
        }
    }

    /// The columns to be read. A column whose values are only counted needs no codes.
    pub(super) fn columns(&self) -> Vec<(&'static str, Texts)> {
        let mut columns: BTreeMap<&'static str, Texts> = BTreeMap::new();
        let mut want = |name: &'static str, texts: Texts| {
            columns.entry(name).and_modify(|known| *known = texts.min(*known)).or_insert(texts);
        };
        self.entity.time.into_iter().for_each(|time| want(time, Texts::Coded));
        self.filters.iter().flatten().for_each(|condition| want(condition.column, Texts::Coded));
        for tally in &self.tallies {
            if let Subject::Column(column) = tally.subject {
                want(column, Texts::Coded);
            }
            if let Some(column) = tally.aggregate.column() {
                let counted = matches!(tally.aggregate, Aggregate::CountDistinct(_));
                want(column, if counted { Texts::ToldApart } else { Texts::Coded });
            }
        }
        columns.into_iter().collect()
    }

    /// The metrics, for messages about columns that are not there.
    pub(super) fn needed_for(&self) -> String {
        let names: Vec<String> = self.tallies.iter().map(|tally| format!("metric `{}`", tally.metric)).collect();
        names.join(", ")
    }

    /// Takes the rows of a batch.
    pub(super) fn take(&self, batch: &Batch, dictionaries: &SharedDictionaries) {
        let days = row_days(self.entity, batch);
        let masks: Vec<Vec<bool>> = self.filters.iter().map(|filter| mask(filter, batch, dictionaries)).collect();
        let spans: Vec<Vec<Span>> = self.views.iter().map(|view| self.spans(*view, &days, &masks)).collect();
        let work = Work { batch, days: &days, spans: &spans };
        let mut subjects: Vec<Subject> = Vec::new();
        for tally in &self.tallies {
            if !subjects.contains(&tally.subject) {
                subjects.push(tally.subject);
            }
        }
        for subject in subjects {
            match subject {
                Subject::Column(column) => {
                    let shares = shares(batch.codes(column));
                    let size = dictionaries.len(column);
                    // Threads begin at different shards, so that they seldom wait for each other.
                    let start = self.turn.fetch_add(SHARDS_APART, Ordering::Relaxed);
                    for step in 0..shares.len() {
                        let shard = (start + step) % shares.len();
                        if let (Some(share), Some(mut accumulators)) = (shares.get(shard), self.shard(shard))
                            && !share.rows.is_empty()
                        {
                            self.add(&mut accumulators, subject, share, size, &work);
                        }
                    }
                }
                Subject::Everyone => self.take_for_everyone(&work),
            }
        }
    }

    /// Takes the rows of a batch for metrics over all rows: distinct values are dealt into the shards by value, since there is one subject.
    fn take_for_everyone(&self, work: &Work<'_>) {
        let all = [Share { rows: (0..small(work.batch.len())).map(|row| (row, NOTHING)).collect() }];
        for (at, tally) in self.tallies.iter().enumerate().filter(|(_, tally)| tally.subject == Subject::Everyone) {
            let column = tally.aggregate.column().and_then(|name| work.batch.column(name));
            let dealt = match (tally.aggregate, column) {
                (Aggregate::CountDistinct(_), Some(Values::Identities(values))) => shares_by(
                    values.iter().map(|value| Some((u32::try_from(value % u128::from(SHARDS)).ok()?, NOTHING))),
                ),
                _ => all.to_vec(),
            };
            let Some(spans) = work.spans.get(tally.view) else { continue };
            for (shard, share) in dealt.iter().enumerate().filter(|(_, share)| !share.rows.is_empty()) {
                let Some(mut accumulators) = self.shard(shard) else { continue };
                if let Some(accumulator) = accumulators.get_mut(at) {
                    accumulator.grow(1);
                    tally.take(accumulator, share, spans, work);
                }
            }
        }
    }

    fn shard(&self, shard: usize) -> Option<MutexGuard<'_, Vec<Accumulator>>> {
        Some(self.shards.get(shard)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The as-of dates that see each row: none where the filter does not hold.
    fn spans(&self, (filter, window): (usize, usize), days: &[i32], masks: &[Vec<bool>]) -> Vec<Span> {
        let (Some(mask), Some((_, _, reach))) = (masks.get(filter), self.windows.get(window)) else {
            return vec![(0, 0); days.len()];
        };
        days.iter().zip(mask).map(|(day, counts)| if *counts { reach.of(*day) } else { (0, 0) }).collect()
    }

    fn add(&self, accumulators: &mut [Accumulator], subject: Subject, share: &Share, size: usize, work: &Work<'_>) {
        let subjects = size / usize::try_from(SHARDS).unwrap_or(1) + 1;
        for (tally, accumulator) in self.tallies.iter().zip(accumulators) {
            if tally.subject == subject
                && let Some(spans) = work.spans.get(tally.view)
            {
                accumulator.grow(subjects);
                tally.take(accumulator, share, spans, work);
            }
        }
    }

    /// The figures of every metric.
    pub(super) fn finish(self, dictionaries: &Dictionaries) -> Result<Vec<(String, Figures)>, MetricError> {
        let inner = |shard: Mutex<Vec<Accumulator>>| shard.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut shards: Vec<_> = self.shards.into_iter().map(|shard| inner(shard).into_iter()).collect();
        let mut finished = Vec::new();
        for tally in self.tallies {
            let accumulators: Vec<Accumulator> = shards.iter_mut().filter_map(Iterator::next).collect();
            finished.push((tally.metric.clone(), tally.finish(accumulators, dictionaries)?));
        }
        Ok(finished)
    }
}

/// By how many shards the starts of two threads differ: half of all, and one, so that turns do not repeat.
const SHARDS_APART: usize = 129;

/// What is known of a batch.
struct Work<'b> {
    batch: &'b Batch,
    days: &'b [i32],
    spans: &'b [Vec<Span>],
}

impl Tally {
    fn take(&self, accumulator: &mut Accumulator, share: &Share, spans: &[Span], work: &Work<'_>) {
        let seen = share.rows.iter().filter_map(|(row, subject)| {
            let row = usize::try_from(*row).ok()?;
            let span = *spans.get(row)?;
            (span.0 < span.1).then_some((row, *subject, span))
        });
        let column = self.aggregate.column().and_then(|name| work.batch.column(name));
        match (self.aggregate, column) {
            (Aggregate::CountDistinct(_), Some(Values::Identities(values))) => accumulator
                .take_values(seen.filter_map(|(row, subject, span)| Some((subject, *values.get(row)?, span)))),
            (Aggregate::CountDistinct(_), Some(Values::Codes(codes))) => accumulator.take_values(
                seen.filter_map(|(row, subject, span)| Some((subject, u128::from(*codes.get(row)?), span))),
            ),
            (Aggregate::Count, _) => accumulator.take_all(seen.map(|(_, subject, span)| (subject, 1, span))),
            (Aggregate::FirstDay | Aggregate::LastDay | Aggregate::DaysSince, _) => accumulator.take_all(
                seen.filter_map(|(row, subject, span)| Some((subject, i64::from(*work.days.get(row)?), span))),
            ),
            (_, Some(Values::Numbers(numbers))) => accumulator.take_all(seen.filter_map(|(row, subject, span)| {
                numbers.get(row).filter(|value| **value != MISSING).map(|value| (subject, *value, span))
            })),
            _ => {}
        }
    }

    fn finish(self, accumulators: Vec<Accumulator>, dictionaries: &Dictionaries) -> Result<Figures, MetricError> {
        let magnitude: u128 = accumulators.iter().map(Accumulator::magnitude).sum();
        if magnitude > u128::from(i64::MAX.unsigned_abs()) {
            return Err(MetricError::SumTooLarge { metric: self.metric });
        }
        let size = match self.subject {
            Subject::Column(column) => dictionaries.of(column).map_or(1, Dictionary::len),
            Subject::Everyone => 1,
        };
        let subjects = size / usize::try_from(SHARDS).unwrap_or(1) + 1;
        let mut shards = Vec::new();
        for accumulator in accumulators {
            let mut cells = accumulator.finish(subjects).map_err(|unfinished| match unfinished {
                Unfinished::TooLarge => MetricError::SumTooLarge { metric: self.metric.clone() },
                Unfinished::File(cause) => MetricError::NoRoom { metric: self.metric.clone(), cause },
            })?;
            if self.aggregate == Aggregate::DaysSince {
                days_since(&mut cells, &self.as_of);
            }
            shards.push(cells);
        }
        if self.subject == Subject::Everyone
            && let Some((first, others)) = shards.split_first_mut()
            && matches!(self.aggregate, Aggregate::CountDistinct(_))
        {
            for cells in others {
                first.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += *cell);
            }
        }
        let without_rows = match self.aggregate {
            Aggregate::Sum(_) | Aggregate::Count | Aggregate::CountDistinct(_) => 0,
            Aggregate::Min(_) | Aggregate::Max(_) | Aggregate::FirstDay | Aggregate::LastDay | Aggregate::DaysSince => {
                MISSING
            }
        };
        Ok(Figures::new(self.as_of, shards, without_rows))
    }
}

/// Deals the rows of a batch to the shards of their subjects; rows without a subject count for nobody.
fn shares(subjects: &[u32]) -> Vec<Share> {
    shares_by(subjects.iter().map(|subject| (*subject != NOTHING).then(|| (subject % SHARDS, subject / SHARDS))))
}

/// Deals rows to shards, with the place of their subject there.
fn shares_by(rows: impl ExactSizeIterator<Item = Option<(u32, u32)>>) -> Vec<Share> {
    let mut shares = vec![Share::default(); usize::try_from(SHARDS).unwrap_or(1)];
    let expected = rows.len() / shares.len() + rows.len() / 512;
    for share in &mut shares {
        share.rows.reserve(expected);
    }
    for (row, dealt) in (0..small(rows.len())).zip(rows) {
        if let Some((shard, place)) = dealt
            && let Some(share) = usize::try_from(shard).ok().and_then(|shard| shares.get_mut(shard))
        {
            share.rows.push((row, place));
        }
    }
    shares
}

/// A number of rows of a batch.
fn small(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
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

/// Days that are the day of a row → days from then to the as-of date.
pub(super) fn days_since(cells: &mut [i64], as_of: &[NaiveDate]) {
    for subject in cells.chunks_exact_mut(as_of.len().max(1)) {
        for (cell, as_of) in subject.iter_mut().zip(as_of) {
            if *cell != MISSING {
                *cell = i64::from(day_number(*as_of)) - *cell;
            }
        }
    }
}
