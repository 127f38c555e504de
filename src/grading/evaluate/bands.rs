//! Figures held against limits, and words with a class.

use std::cmp::Ordering;

use chrono::NaiveDate;

use crate::{
    grading::{
        bound::{BoundMetric, Figure},
        evaluate::{
            FigureColumn, NO_CLASS, Work,
            exact::{order, resolve, upright},
        },
    },
    ledger::batch::MISSING,
    money::Share,
    scheme::{
        Boundary, WithoutFigure,
        rule::{Better, Compare, Dimension, Limit},
    },
};

impl Work<'_> {
    pub(super) fn bands(
        &self,
        dimension: &Dimension<usize, Figure>,
        metric: usize,
        better: Better,
        limits: &[Limit<Figure>],
    ) -> Vec<u8> {
        let Some((bound, column)) = self.metric(metric) else { return self.nobody() };
        let absent = without(dimension.without_figure);
        let as_of = self.population.as_of;
        if column.whole.is_empty() {
            let steps = Steps::new(better, limits, as_of);
            return column.part.iter().map(|part| if *part == MISSING { absent } else { steps.class(*part) }).collect();
        }
        let limits: Vec<Limit<Share>> = limits.iter().map(|limit| resolved(limit, as_of)).collect();
        column
            .iter()
            .map(|figure| figure.map_or(absent, |figure| reached(bound.share(figure), better, &limits)))
            .collect()
    }

    pub(super) fn lookup(
        &self,
        dimension: &Dimension<usize, Figure>,
        metric: usize,
        words: &[(String, u8)],
        otherwise: Option<u8>,
    ) -> Vec<u8> {
        let Some((_, column)) = self.metric(metric) else { return self.nobody() };
        let absent = without(dimension.without_figure);
        let otherwise = otherwise.unwrap_or(NO_CLASS);
        let mut known: Vec<(i64, u8)> = Vec::with_capacity(words.len());
        known.extend(words.iter().filter_map(|(word, class)| Some(((self.population.words)(metric, word)?, *class))));
        known.sort_unstable();
        let class = |word: i64| {
            let at = known.binary_search_by_key(&word, |(known, _)| *known).ok();
            at.and_then(|at| known.get(at)).map_or(otherwise, |(_, class)| *class)
        };
        column.part.iter().map(|word| if *word == MISSING { absent } else { class(*word) }).collect()
    }

    /// A metric with its figures.
    pub(super) fn metric(&self, metric: usize) -> Option<(&BoundMetric, &FigureColumn)> {
        Some((self.version.metrics.get(metric)?, self.population.metrics.get(metric)?))
    }

    /// A column in which nobody has a class.
    pub(super) fn nobody(&self) -> Vec<u8> {
        vec![NO_CLASS; self.population.subjects]
    }
}

/// The class of a subject without a figure.
pub(super) fn without(setting: WithoutFigure) -> u8 {
    match setting {
        WithoutFigure::Lowest => 0,
        WithoutFigure::Exclude => NO_CLASS,
    }
}

/// A limit as a number on a day.
pub(super) fn resolved(limit: &Limit<Figure>, as_of: NaiveDate) -> Limit<Share> {
    Limit { class: limit.class, figure: resolve(limit.figure, as_of), boundary: limit.boundary }
}

/// The class that a figure reaches: that of the last limit before the first one that it does not reach.
pub(super) fn reached(figure: Share, better: Better, limits: &[Limit<Share>]) -> u8 {
    let passes = |limit: &&Limit<Share>| match (order(figure, limit.figure), better) {
        (Ordering::Equal, _) => limit.boundary == Boundary::Better,
        (Ordering::Greater, Better::Higher) | (Ordering::Less, Better::Lower) => true,
        (Ordering::Greater, Better::Lower) | (Ordering::Less, Better::Higher) => false,
    };
    limits.iter().take_while(passes).last().map_or(0, |limit| limit.class)
}

/// The whole numbers that pass a comparison with a figure: from the first to the last, or none when the first is above the last.
/// [`MISSING`] passes none.
pub(in crate::grading) fn range(compare: Compare, figure: Share) -> (i64, i64) {
    let (part, whole) = upright(figure);
    let floor = part.div_euclid(whole.max(1));
    let ceiling = floor.saturating_add(i128::from(part.rem_euclid(whole.max(1)) != 0));
    let (smallest, largest) = (i128::from(MISSING) + 1, i128::from(i64::MAX));
    let (from, to) = match compare {
        Compare::AtLeast => (ceiling, largest),
        Compare::Above => (floor.saturating_add(1), largest),
        Compare::AtMost => (smallest, floor),
        Compare::Below => (smallest, ceiling.saturating_sub(1)),
    };
    if from > largest || to < smallest {
        return (i64::MAX, MISSING);
    }
    (i64::try_from(from.max(smallest)).unwrap_or(i64::MAX), i64::try_from(to.min(largest)).unwrap_or(MISSING))
}

/// How a figure that reaches a limit compares with it.
pub(in crate::grading) fn compared(better: Better, boundary: Boundary) -> Compare {
    match (better, boundary) {
        (Better::Higher, Boundary::Better) => Compare::AtLeast,
        (Better::Higher, Boundary::Worse) => Compare::Above,
        (Better::Lower, Boundary::Better) => Compare::AtMost,
        (Better::Lower, Boundary::Worse) => Compare::Below,
    }
}

/// Limits on whole numbers: each limit is one whole number, whatever its boundary says and whatever fraction it is.
struct Steps {
    better: Better,
    /// Each at least as hard as the one before, so that the limits reached are the first so many.
    edges: Vec<i64>,
    /// The class by how many limits are reached.
    classes: Vec<u8>,
}

impl Steps {
    fn new(better: Better, limits: &[Limit<Figure>], as_of: NaiveDate) -> Self {
        let mut steps = Self { better, edges: Vec::new(), classes: vec![0] };
        for limit in limits {
            let (from, to) = range(compared(better, limit.boundary), resolve(limit.figure, as_of));
            if from > to {
                break;
            }
            let last = steps.edges.last().copied();
            steps.edges.push(match better {
                Better::Higher => last.map_or(from, |last| last.max(from)),
                Better::Lower => last.map_or(to, |last| last.min(to)),
            });
            steps.classes.push(limit.class);
        }
        steps
    }

    fn class(&self, figure: i64) -> u8 {
        let reached = match self.better {
            Better::Higher => self.edges.iter().map(|edge| usize::from(figure >= *edge)).sum::<usize>(),
            Better::Lower => self.edges.iter().map(|edge| usize::from(figure <= *edge)).sum(),
        };
        self.classes.get(reached).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_is_a_range_of_whole_numbers() {
        const SMALLEST: i64 = i64::MIN + 1;
        let half = Share::new(7, 2);
        for (compare, figure, expected) in [
            (Compare::AtLeast, Share::new(5, 1), (5, i64::MAX)),
            (Compare::Above, Share::new(5, 1), (6, i64::MAX)),
            (Compare::AtMost, Share::new(5, 1), (SMALLEST, 5)),
            (Compare::Below, Share::new(5, 1), (SMALLEST, 4)),
            (Compare::AtLeast, half, (4, i64::MAX)),
            (Compare::Above, half, (4, i64::MAX)),
            (Compare::AtMost, half, (SMALLEST, 3)),
            (Compare::Below, half, (SMALLEST, 3)),
            (Compare::AtLeast, Share::new(-7, 2), (-3, i64::MAX)),
            (Compare::AtLeast, Share::new(7, -2), (-3, i64::MAX)),
            (Compare::Below, Share::new(-7, 2), (SMALLEST, -4)),
            (Compare::Above, Share::new(i64::MAX, 1), (i64::MAX, MISSING)),
            (Compare::AtLeast, Share::new(i128::MAX, 1), (i64::MAX, MISSING)),
            (Compare::AtMost, Share::new(i128::MAX, 1), (SMALLEST, i64::MAX)),
            (Compare::AtLeast, Share::new(i128::MIN, 1), (SMALLEST, i64::MAX)),
            (Compare::Below, Share::new(i64::MIN + 1, 1), (i64::MAX, MISSING)),
        ] {
            assert_eq!(range(compare, figure), expected, "{compare:?} {figure:?}");
        }
    }
}
