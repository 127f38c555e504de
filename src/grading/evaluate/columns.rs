//! The figures of one metric, subject by subject, and the subjects in the order of their figures.

use crate::{
    grading::{bound::BoundMetric, evaluate::exact::order},
    ledger::batch::MISSING,
    scheme::rule::Better,
};

/// The figures of one metric, subject by subject.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FigureColumn {
    /// The figure, or its part; [`MISSING`] where there is none.
    pub part: Vec<i64>,
    /// What it is a part of. Empty as long as every whole is 1: only ratios have others.
    pub whole: Vec<i64>,
}

impl FigureColumn {
    /// Adds the figure of the next subject.
    pub fn push(&mut self, figure: Option<(i64, i64)>) {
        let (part, whole) = figure.unwrap_or((MISSING, 1));
        if whole != 1 && self.whole.is_empty() {
            self.whole.resize(self.part.len(), 1);
        }
        if whole != 1 || !self.whole.is_empty() {
            self.whole.push(whole);
        }
        self.part.push(part);
    }

    /// The figure of the subject at a place, as part and whole; a ratio over nothing is no figure.
    pub fn get(&self, at: usize) -> Option<(i64, i64)> {
        let part = self.part.get(at).copied().filter(|part| *part != MISSING)?;
        let whole = self.whole.get(at).copied().unwrap_or(1);
        (whole != 0).then_some((part, whole))
    }

    /// The figures in their order.
    pub fn iter(&self) -> impl Iterator<Item = Option<(i64, i64)>> + '_ {
        (0..self.part.len()).map(|at| self.get(at))
    }

    /// Whether a figure is above zero.
    pub(super) fn positive(&self, at: usize) -> bool {
        self.get(at).is_some_and(|(part, whole)| part != 0 && (part > 0) == (whole > 0))
    }
}

/// Which figures stand first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Best,
    Worst,
}

/// Some subjects in the order of their figures, then of their ids, each with a key: equal figures, and only they, have equal keys.
pub(super) fn ranked(
    metric: &BoundMetric,
    column: &FigureColumn,
    subjects: impl Iterator<Item = usize>,
    better: Better,
    first: First,
) -> Vec<(i64, usize)> {
    let rising = (better == Better::Higher) == (first == First::Worst);
    let figures = subjects.filter_map(|subject| Some((column.get(subject)?, subject)));
    if column.whole.is_empty() {
        // The complement turns the order of all numbers round, the smallest included.
        let mut keys: Vec<(i64, usize)> =
            figures.map(|((part, _), subject)| (if rising { part } else { !part }, subject)).collect();
        keys.sort_unstable();
        return keys;
    }
    let mut ratios: Vec<_> = figures.map(|(figure, subject)| (metric.share(figure), subject)).collect();
    let compare = |a, b| if rising { order(a, b) } else { order(b, a) };
    ratios.sort_unstable_by(|(a, id), (b, other)| compare(*a, *b).then(id.cmp(other)));
    let mut key = 0;
    let mut before = ratios.first().map(|(share, _)| *share);
    ratios
        .into_iter()
        .map(|(share, subject)| {
            key += i64::from(before.is_some_and(|before| order(before, share).is_ne()));
            before = Some(share);
            (key, subject)
        })
        .collect()
}
