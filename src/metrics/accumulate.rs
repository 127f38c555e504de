//! Partial results of the metrics of some subjects while the rows stream by.
//!
//! Invariants: memory grows with subjects, metrics and as-of dates, never with rows; sums are exact or refused. All cells of a subject are neighbours,
//! metric by metric and date by date, because a row touches one subject.

use std::io;

use crate::{
    ledger::{
        batch::{MISSING, NO_DAY},
        dictionary::NOTHING,
    },
    metrics::distinct::Distinct,
};

/// The as-of dates `first..after` that see a row; empty when `first >= after`.
pub(super) type Span = (u16, u16);

/// Rows whose cells are fetched together.
const ROWS_AT_ONCE: usize = 32;

/// What becomes of the values of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// Differences between neighbouring as-of dates; summed up at the end.
    Sum,
    /// With `lasting`, a row is seen by all later as-of dates: it touches the first, and the end spreads it.
    Min {
        lasting: bool,
    },
    Max {
        lasting: bool,
    },
    /// With `empty_counts`, a row without a value is a value of its own.
    Distinct {
        empty_counts: bool,
    },
    /// The value of the row of the latest day. Behind the values stand the marks of their days, see [`mark_of`].
    Latest,
}

/// The mark of a value on a day: later days have larger ones. An odd mark says that the day has two values that differ.
fn mark_of(day: i32) -> i64 {
    i64::from(day) * 2
}

/// The day of a mark that tells of two values.
pub(super) fn disputed_day(mark: i64) -> Option<i32> {
    if mark == MISSING || mark % 2 == 0 { None } else { i32::try_from(mark.div_euclid(2)).ok() }
}

/// The cells of one metric among those of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) fold: Fold,
    pub(super) from: usize,
    pub(super) dates: usize,
}

/// The values of a metric in a batch.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column<'b> {
    Ones,
    Days(&'b [i32]),
    Numbers(&'b [i64]),
    Identities(&'b [u128]),
    Codes(&'b [u32]),
    Nothing,
}

/// One metric in a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feed<'b> {
    /// Which of the shard's slots it is.
    pub(super) at: usize,
    pub(super) slot: Slot,
    pub(super) spans: &'b [Span],
    pub(super) column: Column<'b>,
    /// The days of the rows.
    pub(super) days: &'b [i32],
}

/// The partial results of some subjects.
#[derive(Debug)]
pub(super) struct Shard {
    slots: Vec<Slot>,
    /// The cells of a subject without rows.
    empty: Vec<i64>,
    cells: Vec<i64>,
    magnitudes: Vec<u128>,
    distinct: Vec<Option<Distinct>>,
}

impl Shard {
    /// A shard without subjects, with so many bytes for the values of each distinct count.
    pub(super) fn new(slots: &[Slot], bytes: usize) -> Self {
        let fill = |slot: &Slot| match slot.fold {
            Fold::Sum | Fold::Distinct { .. } => 0,
            Fold::Min { .. } | Fold::Max { .. } | Fold::Latest => MISSING,
        };
        let distinct = |slot: &Slot| match slot.fold {
            Fold::Distinct { empty_counts } => Some(Distinct::new(bytes, empty_counts)),
            Fold::Sum | Fold::Min { .. } | Fold::Max { .. } | Fold::Latest => None,
        };
        Self {
            slots: slots.to_vec(),
            empty: slots.iter().flat_map(|slot| std::iter::repeat_n(fill(slot), slot.width())).collect(),
            cells: Vec::new(),
            magnitudes: vec![0; slots.len()],
            distinct: slots.iter().map(distinct).collect(),
        }
    }

    /// Makes room for subjects at places below `subjects`.
    pub(super) fn grow(&mut self, subjects: usize) {
        let length = subjects.saturating_mul(self.empty.len());
        if self.cells.capacity() < length {
            // A quarter more than asked for, not double: the cells are most of the memory.
            let more = if self.cells.is_empty() { length } else { length + length / 4 };
            self.cells.reserve_exact(more - self.cells.len());
        }
        while self.cells.len() < length {
            self.cells.extend_from_slice(&self.empty);
        }
    }

    /// Takes rows, each with the place of its subject.
    pub(super) fn take(&mut self, rows: &[(u32, u32)], feeds: &[Feed<'_>]) {
        for rows in rows.chunks(ROWS_AT_ONCE) {
            self.fetch(rows, feeds);
            self.take_fetched(rows, feeds);
        }
    }

    /// Reads every cell that rows will touch: subjects stand anywhere in memory, and reads that wait for nothing else are waited for together.
    fn fetch(&self, rows: &[(u32, u32)], feeds: &[Feed<'_>]) {
        let stride = self.empty.len();
        let mut read = 0;
        for (row, place) in rows {
            let (Ok(row), Ok(at)) = (usize::try_from(*row), usize::try_from(*place)) else { continue };
            for feed in feeds {
                let first = feed.spans.get(row).map_or(0, |(first, _)| usize::from(*first));
                read ^= self.cells.get(at * stride + feed.slot.from + first).copied().unwrap_or(0);
            }
        }
        std::hint::black_box(read);
    }

    fn take_fetched(&mut self, rows: &[(u32, u32)], feeds: &[Feed<'_>]) {
        let stride = self.empty.len();
        for (row, place) in rows {
            let (Ok(row), Ok(at)) = (usize::try_from(*row), usize::try_from(*place)) else { continue };
            let Some(cells) = self.cells.get_mut(at * stride..(at + 1) * stride) else { continue };
            for feed in feeds {
                let Some(span) = feed.spans.get(row).copied().filter(|(first, after)| first < after) else { continue };
                match feed.slot.fold {
                    Fold::Distinct { .. } => {
                        if let (Some(value), Some(Some(distinct))) =
                            (feed.column.identity(row), self.distinct.get_mut(feed.at))
                        {
                            distinct.take(*place, value, span);
                        }
                        continue;
                    }
                    Fold::Latest => {
                        if let (Some(cells), Some(day)) = (feed.slot.of(cells), feed.days.get(row)) {
                            keep_latest(cells, feed.column.number(row).unwrap_or(MISSING), *day, span);
                        }
                        continue;
                    }
                    Fold::Sum | Fold::Min { .. } | Fold::Max { .. } => {}
                }
                if let (Some(value), Some(cells)) = (feed.column.number(row), feed.slot.of(cells)) {
                    if feed.slot.fold == Fold::Sum
                        && let Some(magnitude) = self.magnitudes.get_mut(feed.at)
                    {
                        *magnitude += u128::from(value.unsigned_abs());
                    }
                    feed.slot.fold.touch(cells, value, span);
                }
            }
        }
    }

    /// The sum of the magnitudes of all values that were summed for a slot.
    pub(super) fn magnitude(&self, at: usize) -> u128 {
        self.magnitudes.get(at).copied().unwrap_or(0)
    }

    /// The figures by subject, slot and as-of date.
    ///
    /// # Errors
    /// When a temporary file of distinct values fails, with the slot.
    pub(super) fn finish(mut self, subjects: usize) -> Result<Vec<i64>, (usize, io::Error)> {
        self.grow(subjects);
        let Self { slots, empty, mut cells, distinct, .. } = self;
        let stride = empty.len().max(1);
        for (at, (slot, distinct)) in slots.iter().zip(distinct).enumerate() {
            if let Some(distinct) = distinct {
                let count = |subject: u32, from: usize, to: usize| mark(&mut cells, stride, *slot, subject, from, to);
                distinct.finish(count).map_err(|error| (at, error))?;
            }
        }
        for subject in cells.chunks_exact_mut(stride) {
            for slot in &slots {
                if let Some(cells) = slot.of(subject) {
                    slot.fold.spread(cells);
                }
            }
        }
        Ok(cells)
    }
}

impl Slot {
    /// How many cells of a subject it takes.
    pub(super) fn width(self) -> usize {
        if self.fold == Fold::Latest { self.dates * 2 } else { self.dates }
    }

    /// The cells of the slot among those of a subject.
    pub(super) fn of(self, subject: &mut [i64]) -> Option<&mut [i64]> {
        subject.get_mut(self.from..self.from + self.width())
    }
}

impl Column<'_> {
    /// The value of a row that is only told apart; 0 for none.
    fn identity(self, row: usize) -> Option<u128> {
        match self {
            Self::Identities(values) => values.get(row).copied(),
            Self::Codes(values) => values.get(row).map(|code| u128::from(*code)),
            // No day is the least number of all, and becomes 0.
            Self::Days(days) => days.get(row).map(|day| u128::from(day.abs_diff(NO_DAY))),
            Self::Ones | Self::Numbers(_) | Self::Nothing => None,
        }
    }

    /// The value of a row as a number; `None` where it has none.
    fn number(self, row: usize) -> Option<i64> {
        match self {
            Self::Ones => Some(1),
            Self::Days(days) => days.get(row).filter(|day| **day != NO_DAY).map(|day| i64::from(*day)),
            Self::Numbers(numbers) => numbers.get(row).copied().filter(|value| *value != MISSING),
            Self::Codes(codes) => codes.get(row).filter(|code| **code != NOTHING).map(|code| i64::from(*code)),
            Self::Identities(_) | Self::Nothing => None,
        }
    }
}

impl Fold {
    /// Takes a value into the cells of a subject.
    fn touch(self, cells: &mut [i64], value: i64, (first, after): Span) {
        let (from, to) = (usize::from(first), usize::from(after));
        let seen = |lasting: bool| if lasting { 1 } else { to - from };
        match self {
            Self::Sum => {
                // Wrapping is safe: a sum whose magnitudes together could pass 64 bits is refused at the end.
                if let Some(cell) = cells.get_mut(from) {
                    *cell = cell.wrapping_add(value);
                }
                if let Some(cell) = cells.get_mut(to) {
                    *cell = cell.wrapping_sub(value);
                }
            }
            Self::Min { lasting } => {
                for cell in cells.iter_mut().skip(from).take(seen(lasting)) {
                    if *cell == MISSING || value < *cell {
                        *cell = value;
                    }
                }
            }
            Self::Max { lasting } => {
                for cell in cells.iter_mut().skip(from).take(seen(lasting)) {
                    *cell = (*cell).max(value);
                }
            }
            Self::Distinct { .. } | Self::Latest => {}
        }
    }

    /// Gives each as-of date what the earlier ones hand on.
    fn spread(self, cells: &mut [i64]) {
        let step: fn(i64, i64) -> i64 = match self {
            Self::Sum | Self::Distinct { .. } => i64::wrapping_add,
            Self::Max { lasting: true } => i64::max,
            Self::Min { lasting: true } => |before, cell| match (before, cell) {
                (MISSING, cell) => cell,
                (before, MISSING) => before,
                (before, cell) => before.min(cell),
            },
            Self::Min { lasting: false } | Self::Max { lasting: false } | Self::Latest => return,
        };
        let mut before = None;
        for cell in cells {
            *cell = before.map_or(*cell, |before| step(before, *cell));
            before = Some(*cell);
        }
    }
}

/// Takes the value of a day into the cells of a subject where no later day has one. Which of two values of a day stays is not said: the mark tells.
fn keep_latest(cells: &mut [i64], value: i64, day: i32, (first, after): Span) {
    let (values, marks) = cells.split_at_mut(cells.len() / 2);
    let (from, to) = (usize::from(first), usize::from(after));
    for (known, mark) in values.iter_mut().zip(marks).take(to).skip(from) {
        let new = mark_of(day);
        if *mark < new {
            (*known, *mark) = (value, new);
        } else if *mark == new && *known != value {
            *mark = new + 1;
        }
    }
}

/// Counts one value for a range of as-of dates.
fn mark(cells: &mut [i64], stride: usize, slot: Slot, subject: u32, from: usize, to: usize) {
    let start = usize::try_from(subject).unwrap_or(usize::MAX).saturating_mul(stride);
    let Some(cells) = cells.get_mut(start..start.saturating_add(stride)).and_then(|subject| slot.of(subject)) else {
        return;
    };
    if let Some(cell) = cells.get_mut(from) {
        *cell += 1;
    }
    if let Some(cell) = cells.get_mut(to) {
        *cell -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn equals_the_obvious_way(
            rows in proptest::collection::vec((0_u32..4, -9_i64..9, 0_u128..5, 0_u16..5, 0_u16..6, -2_i32..3), 0..60),
            lasting in proptest::bool::ANY,
        ) {
            let dates = 5;
            let folds =
                [Fold::Sum, Fold::Min { lasting }, Fold::Distinct { empty_counts: false }, Fold::Max { lasting }, Fold::Latest];
            let slots: Vec<Slot> =
                folds.iter().enumerate().map(|(at, fold)| Slot { fold: *fold, from: at * dates, dates }).collect();
            let days: Vec<i32> = rows.iter().map(|row| row.5).collect();
            let after = |after: u16| if lasting { 5 } else { after.min(5) };
            let spans: Vec<Span> = rows.iter().map(|row| (row.3, after(row.4))).collect();
            let numbers: Vec<i64> = rows.iter().map(|row| row.1).collect();
            let values: Vec<u128> = rows.iter().map(|row| row.2).collect();
            let feeds: Vec<Feed<'_>> = slots.iter().enumerate().map(|(at, slot)| {
                let column = if at == 2 { Column::Identities(&values) } else { Column::Numbers(&numbers) };
                Feed { at, slot: *slot, spans: &spans, column, days: &days }
            }).collect();
            let places: Vec<(u32, u32)> = (0..).zip(&rows).map(|(at, row)| (at, row.0)).collect();
            let mut shard = Shard::new(&slots, 1000);
            shard.grow(4);
            shard.take(&places, &feeds);
            let magnitude: u128 =
                rows.iter().filter(|r| r.3 < after(r.4)).map(|r| u128::from(r.1.unsigned_abs())).sum();
            prop_assert_eq!(shard.magnitude(0), magnitude);
            let cells = shard.finish(4).unwrap();
            for subject in 0..4_u32 {
                for date in 0..5_u16 {
                    let seen = || rows.iter().filter(|r| r.0 == subject && r.3 <= date && date < after(r.4));
                    let at = |slot: usize| cells[subject as usize * 30 + slot * dates + usize::from(date)];
                    prop_assert_eq!(at(0), seen().map(|r| r.1).sum::<i64>());
                    prop_assert_eq!(at(1), seen().map(|r| r.1).min().unwrap_or(MISSING));
                    prop_assert_eq!(at(3), seen().map(|r| r.1).max().unwrap_or(MISSING));
                    let named: BTreeSet<u128> = seen().map(|r| r.2).filter(|value| *value != 0).collect();
                    prop_assert_eq!(at(2), i64::try_from(named.len()).unwrap());
                    let last = seen().map(|r| r.5).max();
                    let latest: BTreeSet<i64> = seen().filter(|r| Some(r.5) == last).map(|r| r.1).collect();
                    prop_assert_eq!(disputed_day(at(5)), last.filter(|_| latest.len() > 1));
                    if latest.len() < 2 {
                        prop_assert_eq!(at(4), latest.first().copied().unwrap_or(MISSING));
                    }
                }
            }
        }
    }
}
