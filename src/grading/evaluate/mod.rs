//! Figures of all subjects in, classes of all subjects out: every dimension of a version, column by column.
//!
//! Invariants: integers only; every comparison is exact, whatever the size of the figures; a subject has one class in a dimension or none; only the
//! order of the subjects' ids can break a draw, never the order of rows. Not here: how a grade moves from review to review (`grading::ladder`).

mod adjust;
mod bands;
mod columns;
mod conditions;
mod exact;
mod matrix;
mod quantiles;
mod shares;
mod standing;
mod vote;
mod weighted;

use std::collections::BTreeMap;

use chrono::NaiveDate;

pub use adjust::adjusted;
pub(super) use bands::{compared, range};
pub use columns::FigureColumn;
pub use exact::{order, resolve};
pub use standing::{Standing, standing};
pub use weighted::mean_of;

use crate::{
    grading::bound::{BoundVersion, Figure},
    scheme::rule::{Case, Dimension, Rule, When},
};

/// The class of a subject that has none.
pub const NO_CLASS: u8 = u8::MAX;

/// Everything that the classes of some subjects on a day follow from. Subjects stand in the order of their ids.
#[derive(Clone, Copy)]
pub struct Population<'p> {
    /// How many subjects there are.
    pub subjects: usize,
    /// The day at whose end the figures were taken.
    pub as_of: NaiveDate,
    /// The figures, in the order of [`BoundVersion::metrics`].
    pub metrics: &'p [FigureColumn],
    /// The classes that other schemes give, by the place of the dimension that takes them, already matched with its own classes.
    pub others: &'p BTreeMap<usize, Vec<u8>>,
    /// The figure that stands for a word in the column of a metric; `None` for a word that no subject has.
    pub words: &'p dyn Fn(usize, &str) -> Option<i64>,
}

/// The classes of every dimension, by subject. Dimensions stand in the order of the version's.
pub fn classes(version: &BoundVersion, population: &Population<'_>) -> Vec<Vec<u8>> {
    let mut work = Work { version, population: *population, classes: vec![Vec::new(); version.dimensions.len()] };
    for place in &version.order {
        let Some(dimension) = version.dimensions.get(*place) else { continue };
        let found = work.dimension(*place, dimension);
        if let Some(column) = work.classes.get_mut(*place) {
            *column = found;
        }
    }
    work.classes
}

/// By subject: whether tests hold, given the classes of the dimensions.
pub fn holds(
    version: &BoundVersion,
    population: &Population<'_>,
    classes: &[Vec<u8>],
    when: &When<usize, Figure>,
) -> Vec<bool> {
    Work { version, population: *population, classes: classes.to_vec() }.mask(when)
}

/// A version at work: the columns of classes fill up one by one.
struct Work<'p> {
    version: &'p BoundVersion,
    population: Population<'p>,
    classes: Vec<Vec<u8>>,
}

impl Work<'_> {
    fn dimension(&self, place: usize, dimension: &Dimension<usize, Figure>) -> Vec<u8> {
        match &dimension.rule {
            Rule::Bands { metric, better, limits } => self.bands(dimension, *metric, *better, limits),
            Rule::Lookup { metric, words, otherwise } => self.lookup(dimension, *metric, words, *otherwise),
            Rule::Shares { metric, better, whole, shares, crossing, ties, not_positive } => {
                let cut = shares::Cut { better: *better, whole: *whole, shares, crossing: *crossing, ties: *ties };
                self.shares(dimension, *metric, &cut, *not_positive)
            }
            Rule::Quantiles { metric, better, method, population } => {
                self.quantiles(dimension, *metric, *better, method, *population)
            }
            Rule::Matrix { rows, columns, cells } => self.matrix(*rows, *columns, cells),
            Rule::Conditions { cases, otherwise } => self.conditions(cases, *otherwise),
            Rule::Labels { cases } => self.labels(cases),
            Rule::Code { of } => self.code(of),
            Rule::Weighted { parts, limits, missing } => self.weighted(parts, limits, *missing),
            Rule::Vote { of, how, ties, missing } => self.vote(dimension, of, *how, *ties, *missing),
            Rule::Adjust { of, steps } => self.adjust(dimension, of, steps),
            Rule::Scheme { .. } => {
                let mut column = self.population.others.get(&place).cloned().unwrap_or_default();
                column.resize(self.population.subjects, NO_CLASS);
                column
            }
        }
    }

    /// The class of a subject in another dimension, which was worked before.
    fn class(&self, dimension: usize, subject: usize) -> u8 {
        self.classes.get(dimension).and_then(|column| column.get(subject)).copied().unwrap_or(NO_CLASS)
    }

    /// Every label that holds, as a sum of powers of two.
    fn labels(&self, cases: &[Case<usize, Figure>]) -> Vec<u8> {
        let mut column = vec![0_u8; self.population.subjects];
        for case in cases {
            let label = 1_u8.checked_shl(u32::from(case.class)).unwrap_or(0);
            for (class, holds) in column.iter_mut().zip(self.mask(&case.when)) {
                *class |= if holds { label } else { 0 };
            }
        }
        column
    }

    /// The classes of other dimensions as the digits of one number; nobody has a code with a digit missing.
    fn code(&self, of: &[(usize, u8)]) -> Vec<u8> {
        let mut column = vec![0_u8; self.population.subjects];
        for (dimension, classes) in of {
            for (subject, code) in column.iter_mut().enumerate() {
                let digit = self.class(*dimension, subject);
                *code = if *code == NO_CLASS || digit == NO_CLASS {
                    NO_CLASS
                } else {
                    code.checked_mul(*classes).and_then(|code| code.checked_add(digit)).unwrap_or(NO_CLASS)
                };
            }
        }
        column
    }
}

impl std::fmt::Debug for Population<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Population")
            .field("subjects", &self.subjects)
            .field("as_of", &self.as_of)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
