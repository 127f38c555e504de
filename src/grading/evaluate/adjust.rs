//! Another dimension's class, raised or lowered step by step.

use crate::{
    grading::{
        bound::Figure,
        evaluate::{NO_CLASS, Work},
    },
    scheme::rule::{Change, Dimension, Source, Step},
};

impl Work<'_> {
    pub(super) fn adjust(
        &self,
        dimension: &Dimension<usize, Figure>,
        of: &Source,
        steps: &[Step<usize, Figure>],
    ) -> Vec<u8> {
        let best = u8::try_from(dimension.classes.len().saturating_sub(1)).unwrap_or(NO_CLASS);
        let mut column: Vec<u8> = (0..self.population.subjects).map(|subject| self.matched(of, subject)).collect();
        for step in steps {
            for (class, holds) in column.iter_mut().zip(self.mask(&step.when)) {
                if holds && *class != NO_CLASS {
                    *class = adjusted(*class, best, step);
                }
            }
        }
        column
    }
}

/// A class after a step. A cap stops what rises and a floor what falls: neither moves a class that is beyond it already.
pub fn adjusted(class: u8, best: u8, step: &Step<usize, Figure>) -> u8 {
    let target = match step.change {
        Change::By(by) => {
            let moved = i16::from(class).saturating_add(by).clamp(0, i16::from(best));
            u8::try_from(moved).unwrap_or(class)
        }
        Change::RaiseTo(to) => class.max(to),
        Change::LowerTo(to) => class.min(to),
    };
    if target > class {
        step.cap.map_or(target, |cap| target.min(cap)).max(class)
    } else {
        step.floor.map_or(target, |floor| target.max(floor)).min(class)
    }
}
