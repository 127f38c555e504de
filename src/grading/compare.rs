//! Two ways to grade the same subjects, side by side: who moves from where to where, with how much, and who stands close to a limit.

use chrono::NaiveDate;

use crate::{
    grading::{
        bound::BoundVersion,
        evaluate::{order, resolve},
        set::GradeSet,
    },
    money::Share,
    scheme::rule::Rule,
};

/// How the grades of one scheme lie in those of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Subjects by rank in the first scheme, then by rank in the second; last in both stands who is not graded.
    pub subjects: Vec<Vec<i64>>,
    /// The sum of a figure of the same subjects.
    pub figures: Vec<Vec<i128>>,
}

impl Migration {
    /// Compares two sets over the same subject codes, of which there are `codes`; `grades` says how many grades each scheme has, `figure` what a subject
    /// weighs. Subjects that neither set grades are left out.
    pub fn new(
        first: &GradeSet,
        second: &GradeSet,
        codes: usize,
        grades: (usize, usize),
        figure: impl Fn(u32) -> i64,
    ) -> Self {
        let rows = grades.0 + 1;
        let columns = grades.1 + 1;
        let mut migration = Self { subjects: vec![vec![0; columns]; rows], figures: vec![vec![0; columns]; rows] };
        let place = |rank: Option<u8>, none: usize| rank.map_or(none, usize::from);
        let pairs = first.by_code(codes).into_iter().zip(second.by_code(codes)).zip(0_u32..);
        for ((from, to), code) in pairs.filter(|((from, to), _)| from.is_some() || to.is_some()) {
            let (row, column) = (place(from, grades.0), place(to, grades.1));
            if let Some(count) = migration.subjects.get_mut(row).and_then(|row| row.get_mut(column)) {
                *count += 1;
            }
            if let Some(sum) = migration.figures.get_mut(row).and_then(|row| row.get_mut(column)) {
                *sum += i128::from(figure(code));
            }
        }
        migration
    }

    /// Subjects and their figures in all cells that `wanted` names by rank, where `None` is not graded.
    pub fn sum(&self, wanted: impl Fn(Option<usize>, Option<usize>) -> bool) -> (i64, i128) {
        let rows = self.subjects.len().saturating_sub(1);
        let columns = self.subjects.first().map_or(0, |row| row.len().saturating_sub(1));
        let rank = |place: usize, none: usize| (place != none).then_some(place);
        let mut sum = (0, 0);
        for (row, (counts, figures)) in self.subjects.iter().zip(&self.figures).enumerate() {
            for (column, (count, figure)) in counts.iter().zip(figures).enumerate() {
                if wanted(rank(row, rows), rank(column, columns)) {
                    sum = (sum.0 + count, sum.1 + figure);
                }
            }
        }
        sum
    }
}

/// Who stands close to one limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The place of the dimension.
    pub dimension: usize,
    /// The class that begins at the limit.
    pub class: u8,
    /// Graded subjects whose figure is short of the limit by at most the share.
    pub below: i64,
    /// Those whose figure is at the limit, or beyond it by at most the share.
    pub beyond: i64,
}

/// Counts the graded subjects whose figure lies within a share of a limit of a dimension of bands.
pub fn near(version: &BoundVersion, set: &GradeSet, as_of: NaiveDate, within: Share) -> Vec<Near> {
    let mut found = Vec::new();
    for (place, dimension) in version.dimensions.iter().enumerate() {
        let Rule::Bands { metric, limits, .. } = &dimension.rule else { continue };
        let (Some(bound), Some(column)) = (version.metrics.get(*metric), set.basis.get(*metric)) else { continue };
        for limit in limits {
            let edge = resolve(limit.figure, as_of);
            let mut near = Near { dimension: place, class: limit.class, below: 0, beyond: 0 };
            for (at, figure) in column.iter().enumerate() {
                let Some(figure) = figure else { continue };
                if !close(bound.share(figure), edge, within) {
                    continue;
                }
                let reached = set.class(place, at).is_some_and(|class| class >= limit.class);
                if reached { near.beyond += 1 } else { near.below += 1 }
            }
            found.push(near);
        }
    }
    found
}

/// Whether a figure lies within a share of a limit. A product that is too large for 128 bits is far from any limit.
fn close(figure: Share, limit: Share, within: Share) -> bool {
    let distance = || {
        let left = figure.part.checked_mul(limit.whole)?;
        let right = limit.part.checked_mul(figure.whole)?;
        let whole = figure.whole.checked_mul(limit.whole)?;
        Some(Share::new(left.checked_sub(right)?.checked_abs()?, whole.checked_abs()?))
    };
    let reach = || {
        let part = within.part.checked_mul(limit.part.checked_abs()?)?;
        Some(Share::new(part, within.whole.checked_mul(limit.whole.checked_abs()?)?))
    };
    distance().zip(reach()).is_some_and(|(distance, reach)| order(distance, reach).is_le())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{grading::ladder::Reason, period::parse_day};

    fn set(ranks: &[Option<u8>]) -> GradeSet {
        let mut set = GradeSet::new(parse_day("2026-01-31").unwrap(), 0, true);
        for (code, rank) in (0_u32..).zip(ranks) {
            if let Some(rank) = rank {
                set.subjects.push(code);
                set.ranks.push(*rank);
                set.earned.push(*rank);
                set.before.push(None);
                set.reasons.push(Reason::First);
            }
        }
        set
    }

    #[test]
    fn everybody_is_in_one_cell_with_their_figure() {
        let first = set(&[Some(0), Some(1), None, Some(1), None]);
        let second = set(&[Some(0), Some(0), Some(1), None, None]);
        let migration = Migration::new(&first, &second, 5, (2, 2), |code| i64::from(code) + 1);
        assert_eq!(migration.subjects, [[1, 0, 0], [1, 0, 1], [0, 1, 0]]);
        assert_eq!(migration.figures, [[1, 0, 0], [2, 0, 4], [0, 3, 0]]);
        assert_eq!(migration.sum(|from, to| from != to), (3, 9));
        assert_eq!(migration.sum(|_, _| true), (4, 10));
    }

    #[test]
    fn close_is_a_share_of_the_limit_on_both_sides() {
        let five = Share::new(5, 100);
        for (figure, limit, expected) in [
            (95, 100, true),
            (94, 100, false),
            (105, 100, true),
            (106, 100, false),
            (0, 0, true),
            (1, 0, false),
            (-95, -100, true),
        ] {
            assert_eq!(close(Share::new(figure, 1), Share::new(limit, 1), five), expected, "{figure} of {limit}");
        }
        assert!(!close(Share::new(i128::MAX, 1), Share::new(1, 3), five));
    }
}
