//! The metrics of one kind of subject while the rows of an entity stream by.
//!
//! Invariants: subjects are dealt into shards by their code, and each shard is one thread's at a time, so that nothing is held twice and a row
//! touches memory that is near; what the threads add does not depend on their order.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use chrono::NaiveDate;

use crate::{
    ledger::{
        batch::{Batch, Dictionaries, MISSING, SharedDictionaries, Values},
        dictionary::{Dictionary, NOTHING},
        entity::Entity,
    },
    metrics::{
        accumulate::{Column, Feed, Fold, Shard, Slot, Span, disputed_day},
        compute::{Figures, MetricError},
        definition::{Aggregate, Side, Subject},
    },
    period::{day_from_number, day_number},
};

/// How many shards: enough that threads seldom wait for each other, few enough for a temporary file each.
pub(super) const SHARDS: u32 = 64;
/// By how many shards the starts of two threads differ: half of all, and one, so that turns do not repeat.
const SHARDS_APART: usize = 33;

/// The shard of a subject, and its place there.
pub(super) fn place_of(subject: u32) -> (usize, u32) {
    (usize::try_from(subject % SHARDS).unwrap_or(0), subject / SHARDS)
}

/// How many places a shard needs for the subjects of a dictionary of some length.
pub(super) fn places(subjects: usize) -> usize {
    subjects / usize::try_from(SHARDS).unwrap_or(1) + 1
}

/// One metric on its way.
pub(super) struct Tally {
    pub(super) metric: String,
    pub(super) as_of: Vec<NaiveDate>,
    /// The days from which the rows are seen, one for each as-of date.
    pub(super) seen_from: Vec<NaiveDate>,
    pub(super) aggregate: Aggregate,
    /// Which of the pass's views sees its rows.
    pub(super) view: usize,
    /// Whether a row that is seen once is seen by all later as-of dates.
    pub(super) lasting: bool,
}

/// The metrics of one kind of subject.
pub(super) struct Group {
    pub(super) subject: Subject,
    pub(super) tallies: Vec<Tally>,
    slots: Vec<Slot>,
    shards: Vec<Mutex<Shard>>,
    turn: AtomicUsize,
}

/// What is known of a batch.
pub(super) struct Work<'b> {
    pub(super) entity: &'static Entity,
    pub(super) batch: &'b Batch,
    pub(super) days: &'b [i32],
    /// By view.
    pub(super) spans: &'b [Vec<Span>],
    pub(super) dictionaries: &'b SharedDictionaries,
}

/// The rows of one shard in a batch, with the places of their subjects.
type Share = Vec<(u32, u32)>;

impl Tally {
    /// Whether distinct values are counted.
    pub(super) fn counts_values(&self) -> bool {
        matches!(self.aggregate, Aggregate::CountDistinct(_))
    }

    fn fold(&self) -> Fold {
        let lasting = self.lasting;
        match self.aggregate {
            Aggregate::Sum(_) | Aggregate::Count => Fold::Sum,
            Aggregate::CountDistinct(column) => Fold::Distinct { empty_counts: column == "order_id" },
            Aggregate::Min(_) | Aggregate::FirstDay(_) => Fold::Min { lasting },
            Aggregate::Max(_) | Aggregate::LastDay(_) | Aggregate::DaysSince(_) => Fold::Max { lasting },
            // A day that is ahead of one as-of date may be past at the next.
            Aggregate::DaysUntil(_) => Fold::Min { lasting: false },
            Aggregate::Latest(_) => Fold::Latest,
        }
    }

    fn feed<'b>(&self, at: usize, slot: Slot, work: &Work<'b>) -> Feed<'b> {
        let column = match (self.aggregate, self.aggregate.column().and_then(|name| work.batch.column(name))) {
            (Aggregate::Count, _) => Column::Ones,
            (Aggregate::FirstDay(_) | Aggregate::LastDay(_) | Aggregate::DaysSince(_), _)
                if self.aggregate.column() == work.entity.time =>
            {
                Column::Days(work.days)
            }
            (_, Some(Values::Numbers(numbers))) => Column::Numbers(numbers),
            (_, Some(Values::Identities(values))) => Column::Identities(values),
            (_, Some(Values::Codes(codes))) => Column::Codes(codes),
            (_, Some(Values::Days(days))) => Column::Days(days),
            (_, None) => Column::Nothing,
        };
        Feed { at, slot, spans: work.spans.get(self.view).map_or(&[], Vec::as_slice), column, days: work.days }
    }
}

impl Group {
    /// A group of metrics, with so many bytes for the distinct values of each.
    pub(super) fn new(subject: Subject, tallies: Vec<Tally>, bytes: usize) -> Self {
        let mut slots = Vec::new();
        let mut from = 0;
        for tally in &tallies {
            let slot = Slot { fold: tally.fold(), from, dates: tally.as_of.len() };
            slots.push(slot);
            from += slot.width();
        }
        let bytes = bytes / usize::try_from(SHARDS).unwrap_or(1);
        let shards = (0..SHARDS).map(|_| Mutex::new(Shard::new(&slots, bytes))).collect();
        Self { subject, tallies, slots, shards, turn: AtomicUsize::new(0) }
    }

    /// Takes the rows of a batch.
    pub(super) fn take(&self, work: &Work<'_>) {
        let feeds: Vec<Feed<'_>> = self
            .tallies
            .iter()
            .zip(&self.slots)
            .enumerate()
            .map(|(at, (tally, slot))| tally.feed(at, *slot, work))
            .collect();
        let Subject::Column(column) = self.subject else { return self.take_for_everyone(&feeds, work.batch.len()) };
        let shares =
            dealt(work.batch.codes(column).iter().map(|subject| (*subject != NOTHING).then(|| place_of(*subject))));
        let places = places(work.dictionaries.len(column));
        // Threads begin at different shards, so that they seldom wait for each other.
        let start = self.turn.fetch_add(SHARDS_APART, Ordering::Relaxed);
        for step in 0..shares.len() {
            let at = (start + step) % shares.len();
            if let Some(share) = shares.get(at).filter(|share| !share.is_empty())
                && let Some(mut shard) = self.shard(at)
            {
                shard.grow(places);
                shard.take(share, &feeds);
            }
        }
    }

    /// Takes rows for metrics over all rows: distinct values are dealt into the shards by value, since there is one subject.
    fn take_for_everyone(&self, feeds: &[Feed<'_>], rows: usize) {
        let (counted, folded): (Vec<Feed<'_>>, Vec<Feed<'_>>) =
            feeds.iter().partition(|feed| matches!(feed.column, Column::Identities(_)));
        let all: Share = (0..small(rows)).map(|row| (row, NOTHING)).collect();
        if let Some(mut shard) = self.shard(0) {
            shard.grow(1);
            shard.take(&all, &folded);
        }
        for feed in counted {
            let Column::Identities(values) = feed.column else { continue };
            let shard_of = |value: &u128| usize::try_from(value % u128::from(SHARDS)).ok();
            let shares = dealt(values.iter().map(|value| shard_of(value).map(|shard| (shard, NOTHING))));
            for (at, share) in shares.iter().enumerate().filter(|(_, share)| !share.is_empty()) {
                if let Some(mut shard) = self.shard(at) {
                    shard.grow(1);
                    shard.take(share, &[feed]);
                }
            }
        }
    }

    fn shard(&self, at: usize) -> Option<MutexGuard<'_, Shard>> {
        Some(self.shards.get(at)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The figures of every metric.
    pub(super) fn finish(self, dictionaries: &Dictionaries) -> Result<Vec<(String, Figures)>, MetricError> {
        let Self { subject, tallies, slots, shards, .. } = self;
        let shards: Vec<Shard> =
            shards.into_iter().map(|shard| shard.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
        for (at, tally) in tallies.iter().enumerate() {
            let magnitude: u128 = shards.iter().map(|shard| shard.magnitude(at)).sum();
            if magnitude > u128::from(i64::MAX.unsigned_abs()) {
                return Err(MetricError::SumTooLarge { metric: tally.metric.clone() });
            }
        }
        let size = match subject {
            Subject::Column(column) => dictionaries.of(column).map_or(1, Dictionary::len),
            Subject::Everyone => 1,
        };
        let no_room = |(at, cause): (usize, std::io::Error)| {
            let metric = tallies.get(at).map_or_else(String::new, |tally| tally.metric.clone());
            MetricError::NoRoom { metric, cause }
        };
        let finished = shards.into_iter().map(|shard| shard.finish(places(size)).map_err(no_room));
        let mut cells: Vec<Vec<i64>> = finished.collect::<Result<_, _>>()?;
        if subject == Subject::Everyone {
            add_up(&mut cells, &slots);
        }
        let stride = slots.iter().map(|slot| slot.width()).sum::<usize>().max(1);
        for (tally, slot) in tallies.iter().zip(&slots) {
            if let Some((_, side)) = tally.aggregate.side() {
                for subject in cells.iter_mut().flat_map(|cells| cells.chunks_exact_mut(stride)) {
                    slot.of(subject).into_iter().for_each(|cells| days_between(cells, &tally.seen_from, side));
                }
            }
            if let (Fold::Latest, Subject::Column(column)) = (slot.fold, subject)
                && let Some((subject, day)) = disputed(&cells, stride, *slot, dictionaries.of(column))
            {
                return Err(MetricError::TwoValues { metric: tally.metric.clone(), subject, day });
            }
        }
        let cells = Arc::new(cells);
        let figures = tallies.into_iter().zip(slots).map(|(tally, slot)| {
            let without_rows = tally.aggregate.without_rows();
            (tally.metric, Figures::new(tally.as_of, Arc::clone(&cells), (stride, slot.from), without_rows))
        });
        Ok(figures.collect())
    }
}

/// Adds the distinct values of all shards up in the first.
fn add_up(cells: &mut [Vec<i64>], slots: &[Slot]) {
    let Some((first, others)) = cells.split_first_mut() else { return };
    for slot in slots.iter().filter(|slot| matches!(slot.fold, Fold::Distinct { .. })) {
        for other in others.iter_mut() {
            if let (Some(sums), Some(cells)) = (slot.of(first), slot.of(other)) {
                sums.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += *cell);
            }
        }
    }
}

/// Deals rows to shards, with the place of their subject there; rows without a subject count for nobody.
fn dealt(rows: impl ExactSizeIterator<Item = Option<(usize, u32)>>) -> Vec<Share> {
    let mut shares = vec![Share::new(); usize::try_from(SHARDS).unwrap_or(1)];
    let expected = rows.len() / shares.len() + rows.len() / 512;
    for share in &mut shares {
        share.reserve(expected);
    }
    for (row, dealt) in (0..small(rows.len())).zip(rows) {
        if let Some((shard, place)) = dealt
            && let Some(share) = shares.get_mut(shard)
        {
            share.push((row, place));
        }
    }
    shares
}

/// A number of rows of a batch.
fn small(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

/// Days of a column → how many days they are away from the as-of date.
pub(super) fn days_between(cells: &mut [i64], seen_from: &[NaiveDate], side: Side) {
    for (cell, from) in cells.iter_mut().zip(seen_from) {
        if *cell != MISSING {
            let past = i64::from(day_number(*from)) - *cell;
            *cell = match side {
                Side::Past => past,
                Side::Ahead => -past,
            };
        }
    }
}

/// The first subject by name, with the day, of which a latest value is wanted and two stand there.
fn disputed(
    shards: &[Vec<i64>],
    stride: usize,
    slot: Slot,
    dictionary: Option<&Dictionary>,
) -> Option<(String, NaiveDate)> {
    let mut found = Vec::new();
    for (shard, cells) in (0..).zip(shards) {
        for (place, subject) in (0..).zip(cells.chunks_exact(stride)) {
            let marks = subject.iter().skip(slot.from + slot.dates).take(slot.dates);
            if let Some(day) = marks.filter_map(|mark| disputed_day(*mark)).min() {
                let text = dictionary.and_then(|known| known.text(place * SHARDS + shard)).unwrap_or_default();
                found.push((text.to_owned(), day_from_number(day).unwrap_or(NaiveDate::MIN)));
            }
        }
    }
    found.into_iter().min()
}
