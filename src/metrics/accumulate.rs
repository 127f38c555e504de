//! Partial results of one metric for some of the subjects while the rows stream by.
//!
//! Invariants: memory grows with subjects and as-of dates, never with rows; sums are exact or refused. Cells stand by subject: all as-of dates of a
//! subject are neighbours, because a row touches neighbours only.

use std::io;

use crate::{ledger::batch::MISSING, metrics::distinct::Distinct};

/// The as-of dates `first..after` that see a row; empty when `first >= after`.
pub(super) type Span = (u16, u16);

#[derive(Debug)]
enum Kind {
    /// Differences between neighbouring as-of dates; summed up at the end.
    Sum {
        magnitude: u128,
    },
    /// With `lasting`, a row is seen by all later as-of dates: it touches the first, and the end spreads it.
    Min {
        lasting: bool,
    },
    Max {
        lasting: bool,
    },
    Distinct(Distinct),
}

/// The partial result of one metric.
#[derive(Debug)]
pub(super) struct Accumulator {
    kind: Kind,
    dates: usize,
    cells: Vec<i64>,
}

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// A sum could pass 64 bits.
    TooLarge,
    /// The temporary file failed.
    File(io::Error),
}

impl Accumulator {
    pub(super) fn sum(dates: usize) -> Self {
        Self::new(Kind::Sum { magnitude: 0 }, dates)
    }

    pub(super) fn min(dates: usize, lasting: bool) -> Self {
        Self::new(Kind::Min { lasting }, dates)
    }

    pub(super) fn max(dates: usize, lasting: bool) -> Self {
        Self::new(Kind::Max { lasting }, dates)
    }

    /// Counts distinct values, with so many bytes of them in memory. With `empty_counts`, a row without a value is a value of its own.
    pub(super) fn distinct(dates: usize, bytes: usize, empty_counts: bool) -> Self {
        Self::new(Kind::Distinct(Distinct::new(bytes, empty_counts)), dates)
    }

    fn new(kind: Kind, dates: usize) -> Self {
        Self { kind, dates, cells: Vec::new() }
    }

    /// Makes room for subjects below `subjects`.
    pub(super) fn grow(&mut self, subjects: usize) {
        let fill = match self.kind {
            Kind::Sum { .. } | Kind::Distinct(_) => 0,
            Kind::Min { .. } | Kind::Max { .. } => MISSING,
        };
        let length = subjects.saturating_mul(self.dates);
        if self.cells.len() < length {
            // A quarter more than asked for, not double: the cells are most of the memory.
            if self.cells.capacity() < length {
                let more = if self.cells.is_empty() { length } else { length + length / 4 };
                self.cells.reserve_exact(more - self.cells.len());
            }
            self.cells.resize(length, fill);
        }
    }

    /// Takes values of subjects, each with the as-of dates that see it.
    pub(super) fn take_all(&mut self, rows: impl Iterator<Item = (u32, i64, Span)>) {
        let (cells, dates) = (&mut self.cells, self.dates);
        match &mut self.kind {
            Kind::Sum { magnitude } => {
                for (subject, value, (first, after)) in rows {
                    let Some(cells) = cells_of(cells, dates, subject) else { continue };
                    *magnitude += u128::from(value.unsigned_abs());
                    // Wrapping is safe: `finish` refuses when the magnitudes together could pass 64 bits.
                    if let Some(cell) = cells.get_mut(usize::from(first)) {
                        *cell = cell.wrapping_add(value);
                    }
                    if let Some(cell) = cells.get_mut(usize::from(after)) {
                        *cell = cell.wrapping_sub(value);
                    }
                }
            }
            Kind::Min { lasting } => {
                let lasting = *lasting;
                each_seen(cells, dates, lasting, rows, |cell, value| {
                    if *cell == MISSING || value < *cell {
                        *cell = value;
                    }
                });
            }
            Kind::Max { lasting } => {
                let lasting = *lasting;
                each_seen(cells, dates, lasting, rows, |cell, value| *cell = (*cell).max(value));
            }
            Kind::Distinct(_) => {}
        }
    }

    /// Takes values of subjects that are only told apart.
    pub(super) fn take_values(&mut self, rows: impl Iterator<Item = (u32, u128, Span)>) {
        if let Kind::Distinct(distinct) = &mut self.kind {
            rows.for_each(|(subject, value, span)| distinct.take(subject, value, span));
        }
    }

    /// The sum of the magnitudes of all values that were summed.
    pub(super) fn magnitude(&self) -> u128 {
        match &self.kind {
            Kind::Sum { magnitude } => *magnitude,
            Kind::Min { .. } | Kind::Max { .. } | Kind::Distinct(_) => 0,
        }
    }

    /// The figures by subject and as-of date.
    pub(super) fn finish(mut self, subjects: usize) -> Result<Vec<i64>, Unfinished> {
        self.grow(subjects);
        let Self { kind, dates, mut cells } = self;
        let spread = |cells: &mut Vec<i64>, step: &dyn Fn(i64, i64) -> i64| {
            for cells in cells.chunks_exact_mut(dates.max(1)) {
                let mut before = None;
                for cell in cells {
                    *cell = before.map_or(*cell, |before| step(before, *cell));
                    before = Some(*cell);
                }
            }
        };
        match kind {
            Kind::Sum { magnitude } if magnitude > u128::from(i64::MAX.unsigned_abs()) => {
                return Err(Unfinished::TooLarge);
            }
            Kind::Sum { .. } => spread(&mut cells, &i64::wrapping_add),
            Kind::Distinct(distinct) => {
                distinct
                    .finish(|subject, from, to| mark(&mut cells, dates, subject, from, to))
                    .map_err(Unfinished::File)?;
                spread(&mut cells, &i64::wrapping_add);
            }
            Kind::Max { lasting: true } => spread(&mut cells, &i64::max),
            Kind::Min { lasting: true } => spread(&mut cells, &|before, cell| match (before, cell) {
                (MISSING, cell) => cell,
                (before, MISSING) => before,
                (before, cell) => before.min(cell),
            }),
            Kind::Min { lasting: false } | Kind::Max { lasting: false } => {}
        }
        Ok(cells)
    }
}

/// Calls `touch` with every cell that a row touches.
fn each_seen(
    cells: &mut [i64],
    dates: usize,
    lasting: bool,
    rows: impl Iterator<Item = (u32, i64, Span)>,
    touch: impl Fn(&mut i64, i64),
) {
    for (subject, value, (first, after)) in rows {
        let Some(cells) = cells_of(cells, dates, subject) else { continue };
        let (from, to) = (usize::from(first), usize::from(after));
        let seen = if lasting { 1 } else { to.saturating_sub(from) };
        cells.iter_mut().skip(from).take(seen).for_each(|cell| touch(cell, value));
    }
}

fn mark(cells: &mut [i64], dates: usize, subject: u32, from: usize, to: usize) {
    let Some(cells) = cells_of(cells, dates, subject) else { return };
    if let Some(cell) = cells.get_mut(from) {
        *cell += 1;
    }
    if let Some(cell) = cells.get_mut(to) {
        *cell -= 1;
    }
}

fn cells_of(cells: &mut [i64], dates: usize, subject: u32) -> Option<&mut [i64]> {
    let start = usize::try_from(subject).ok()?.checked_mul(dates)?;
    cells.get_mut(start..start.checked_add(dates)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn equals_the_obvious_way(
            rows in proptest::collection::vec((0_u32..4, -9_i64..9, 0_u128..5, 0_u16..5, 0_u16..6), 0..60),
            lasting in proptest::bool::ANY,
        ) {
            let dates = 5;
            let after = |after: u16| if lasting { 5 } else { after.min(5) };
            let tools = [Accumulator::sum(dates), Accumulator::min(dates, lasting), Accumulator::max(dates, lasting)];
            let seen = || rows.iter().filter(|r| r.3 < after(r.4));
            let [sum, min, max] = tools.map(|mut tool| {
                tool.grow(4);
                tool.take_all(seen().map(|r| (r.0, r.1, (r.3, after(r.4)))));
                tool.finish(4).unwrap()
            });
            let mut distinct = Accumulator::distinct(dates, 1000, false);
            distinct.take_values(seen().map(|r| (r.0, r.2, (r.3, after(r.4)))));
            let named = distinct.finish(4).unwrap();
            for subject in 0..4_u32 {
                for date in 0..5_u16 {
                    let seen = || rows.iter().filter(|r| r.0 == subject && r.3 <= date && date < after(r.4));
                    let at = subject as usize * dates + usize::from(date);
                    prop_assert_eq!(sum[at], seen().map(|r| r.1).sum::<i64>());
                    prop_assert_eq!(min[at], seen().map(|r| r.1).min().unwrap_or(MISSING));
                    prop_assert_eq!(max[at], seen().map(|r| r.1).max().unwrap_or(MISSING));
                    let values: BTreeSet<u128> = seen().map(|r| r.2).filter(|value| *value != 0).collect();
                    prop_assert_eq!(named[at], i64::try_from(values.len()).unwrap());
                }
            }
        }
    }

    #[test]
    fn a_sum_that_could_wrap_is_refused() {
        let mut sum = Accumulator::sum(1);
        sum.grow(1);
        sum.take_all([(0, i64::MAX, (0, 1)), (0, -1, (0, 1))].into_iter());
        assert!(matches!(sum.finish(1), Err(Unfinished::TooLarge)));
    }
}
