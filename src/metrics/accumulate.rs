//! Partial results of one metric while the rows stream by.
//!
//! Invariants: memory grows with subjects and as-of dates (and, for distinct counts, with distinct values), never with rows; sums are
//! exact or refused. Cells stand by subject: all as-of dates of a subject are neighbours, because a row touches neighbours only.

use crate::ledger::{batch::MISSING, dictionary::NOTHING};

/// One distinct value seen for a subject, and the as-of dates that see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    subject: u32,
    value: u32,
    first: u16,
    after: u16,
}

#[derive(Debug)]
enum Kind {
    /// Differences between neighbouring as-of dates; summed up at the end.
    Sum {
        magnitude: u128,
    },
    Min,
    Max,
    Distinct {
        seen: Vec<Seen>,
        empty_counts: bool,
    },
}

/// The partial result of one metric.
#[derive(Debug)]
pub(super) struct Accumulator {
    kind: Kind,
    dates: usize,
    cells: Vec<i64>,
}

/// A sum could pass 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge;

impl Accumulator {
    pub(super) fn sum(dates: usize) -> Self {
        Self { kind: Kind::Sum { magnitude: 0 }, dates, cells: Vec::new() }
    }

    pub(super) fn min(dates: usize) -> Self {
        Self { kind: Kind::Min, dates, cells: Vec::new() }
    }

    pub(super) fn max(dates: usize) -> Self {
        Self { kind: Kind::Max, dates, cells: Vec::new() }
    }

    /// Counts distinct codes. With `empty_counts`, a row without a value is a value of its own.
    pub(super) fn distinct(dates: usize, empty_counts: bool) -> Self {
        Self { kind: Kind::Distinct { seen: Vec::new(), empty_counts }, dates, cells: Vec::new() }
    }

    /// Makes room for subjects with codes below `subjects`.
    pub(super) fn grow(&mut self, subjects: usize) {
        let fill = match self.kind {
            Kind::Sum { .. } | Kind::Distinct { .. } => 0,
            Kind::Min | Kind::Max => MISSING,
        };
        let length = subjects.saturating_mul(self.dates);
        if self.cells.len() < length {
            self.cells.resize(length, fill);
        }
    }

    /// Takes one value of a subject that the as-of dates `first..after` see.
    pub(super) fn take(&mut self, subject: u32, value: i64, (first, after): (u16, u16)) {
        let (from, to) = (usize::from(first), usize::from(after));
        if from >= to {
            return;
        }
        let Some(cells) = cells_of(&mut self.cells, self.dates, subject) else { return };
        match &mut self.kind {
            Kind::Sum { magnitude } => {
                *magnitude += u128::from(value.unsigned_abs());
                // Wrapping is safe: `finish` refuses when the magnitudes together could pass 64 bits.
                if let Some(cell) = cells.get_mut(from) {
                    *cell = cell.wrapping_add(value);
                }
                if let Some(cell) = cells.get_mut(to) {
                    *cell = cell.wrapping_sub(value);
                }
            }
            Kind::Min => seen_cells(cells, from, to).for_each(|cell| {
                if *cell == MISSING || value < *cell {
                    *cell = value;
                }
            }),
            Kind::Max => seen_cells(cells, from, to).for_each(|cell| *cell = (*cell).max(value)),
            Kind::Distinct { .. } => {}
        }
    }

    /// Takes one code of a subject that the as-of dates `first..after` see.
    pub(super) fn take_code(&mut self, subject: u32, value: u32, (first, after): (u16, u16)) {
        let Kind::Distinct { seen, empty_counts } = &mut self.kind else { return };
        if first >= after || (value == NOTHING && !*empty_counts) {
            return;
        }
        let new = Seen { subject, value, first, after };
        if value == NOTHING || seen.last() != Some(&new) {
            seen.push(new);
        }
    }

    /// The figures by subject and as-of date.
    pub(super) fn finish(mut self, subjects: usize) -> Result<Vec<i64>, TooLarge> {
        self.grow(subjects);
        match &mut self.kind {
            Kind::Sum { magnitude } if *magnitude > u128::from(i64::MAX.unsigned_abs()) => return Err(TooLarge),
            Kind::Sum { .. } => {}
            Kind::Min | Kind::Max => return Ok(self.cells),
            Kind::Distinct { seen, .. } => {
                let mut seen = std::mem::take(seen);
                seen.sort_unstable();
                self.count(&seen);
            }
        }
        for cells in self.cells.chunks_exact_mut(self.dates.max(1)) {
            let mut sum = 0_i64;
            for cell in cells {
                sum = sum.wrapping_add(*cell);
                *cell = sum;
            }
        }
        Ok(self.cells)
    }

    /// Counts each distinct value once for every as-of date that sees it: sorted entries of one value are merged as intervals.
    fn count(&mut self, seen: &[Seen]) {
        for group in seen.chunk_by(|a, b| (a.subject, a.value) == (b.subject, b.value) && a.value != NOTHING) {
            let mut covered = 0_usize;
            for entry in group {
                let (from, to) = (usize::from(entry.first).max(covered), usize::from(entry.after));
                if from < to {
                    self.mark(entry.subject, from, to);
                    covered = to;
                }
            }
        }
    }

    fn mark(&mut self, subject: u32, from: usize, to: usize) {
        let Some(cells) = cells_of(&mut self.cells, self.dates, subject) else { return };
        if let Some(cell) = cells.get_mut(from) {
            *cell += 1;
        }
        if let Some(cell) = cells.get_mut(to) {
            *cell -= 1;
        }
    }
}

fn cells_of(cells: &mut [i64], dates: usize, subject: u32) -> Option<&mut [i64]> {
    let start = usize::try_from(subject).ok()?.checked_mul(dates)?;
    cells.get_mut(start..start.checked_add(dates)?)
}

fn seen_cells(cells: &mut [i64], from: usize, to: usize) -> impl Iterator<Item = &mut i64> {
    cells.iter_mut().take(to).skip(from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn equals_the_obvious_way(
            rows in proptest::collection::vec((0_u32..4, -9_i64..9, 0_u32..5, 0_u16..5, 0_u16..6), 0..60),
        ) {
            let dates = 5;
            let mut tools = [Accumulator::sum(dates), Accumulator::min(dates), Accumulator::max(dates)];
            let mut distinct = [Accumulator::distinct(dates, false), Accumulator::distinct(dates, true)];
            tools.iter_mut().chain(&mut distinct).for_each(|tool| tool.grow(4));
            for (subject, value, code, first, after) in &rows {
                for tool in &mut tools {
                    tool.take(*subject, *value, (*first, (*after).min(5)));
                }
                for tool in &mut distinct {
                    tool.take_code(*subject, *code, (*first, (*after).min(5)));
                }
            }
            let [sum, min, max] = tools.map(|tool| tool.finish(4).unwrap());
            let [named, all] = distinct.map(|tool| tool.finish(4).unwrap());
            for subject in 0..4_u32 {
                for date in 0..5_u16 {
                    let seen = || rows.iter().filter(|r| r.0 == subject && r.3 <= date && date < r.4.min(5));
                    let at = subject as usize * dates + usize::from(date);
                    prop_assert_eq!(sum[at], seen().map(|r| r.1).sum::<i64>());
                    prop_assert_eq!(min[at], seen().map(|r| r.1).min().unwrap_or(MISSING));
                    prop_assert_eq!(max[at], seen().map(|r| r.1).max().unwrap_or(MISSING));
                    let codes: BTreeSet<u32> = seen().map(|r| r.2).filter(|code| *code != NOTHING).collect();
                    prop_assert_eq!(named[at], i64::try_from(codes.len()).unwrap());
                    prop_assert_eq!(all[at], i64::try_from(codes.len() + seen().filter(|r| r.2 == NOTHING).count()).unwrap());
                }
            }
        }
    }

    #[test]
    fn a_sum_that_could_wrap_is_refused() {
        let mut sum = Accumulator::sum(1);
        sum.grow(1);
        sum.take(0, i64::MAX, (0, 1));
        sum.take(0, -1, (0, 1));
        assert_eq!(sum.finish(1), Err(TooLarge));
    }
}
