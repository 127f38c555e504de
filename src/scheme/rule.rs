//! The kinds of rules by which a dimension gives classes.
//!
//! A rule is generic over how it names metrics (`M`) and figures (`F`): in a scheme as written, both are [`Written`], because only the metric knows the
//! unit of a figure; bound to the metrics of a home (`grading::bind`) they are places and exact figures. Classes and dimensions are places already.

use std::ops::Range;

pub use crate::scheme::when::{Among, Case, Change, Compare, Presence, Step, Test, When};

use crate::{
    scheme::{Boundary, Grade, WithoutFigure},
    text::Title,
};

/// A name or figure as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub span: Range<usize>,
}

impl Written {
    /// Whether nobody decided it: the file says `required`.
    pub fn undecided(&self) -> bool {
        self.text == "required"
    }
}

/// A view on the subject that gives it a class of its own, or none.
#[derive(Debug, Clone)]
pub struct Dimension<M, F> {
    /// Name within the version.
    pub id: String,
    /// Name for readers, where it has one of its own.
    pub title: Option<Title>,
    /// The classes, worst first. A class is a place in them.
    pub classes: Vec<Grade>,
    /// What a subject without a figure gets.
    pub without_figure: WithoutFigure,
    /// How the class is found.
    pub rule: Rule<M, F>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

impl<M, F> Dimension<M, F> {
    /// Whether its classes are made from other dimensions or labels, and become the grades of the scheme.
    pub fn makes_grades(&self) -> bool {
        matches!(self.rule, Rule::Code { .. } | Rule::Labels { .. })
    }

    /// Whether it is made of other dimensions alone.
    pub fn is_composed(&self) -> bool {
        matches!(self.rule, Rule::Matrix { .. } | Rule::Code { .. } | Rule::Weighted { .. } | Rule::Vote { .. })
    }
}

/// How a dimension finds the class of a subject.
#[derive(Debug, Clone)]
pub enum Rule<M, F> {
    /// A figure held against limits; below the first limit is class 0.
    Bands {
        /// The figure.
        metric: M,
        /// Which figures are good.
        better: Better,
        /// Limits of the classes above 0, in the order of classes.
        limits: Vec<Limit<F>>,
    },
    /// A word with a class.
    Lookup {
        /// The word.
        metric: M,
        /// The class of each word.
        words: Vec<(String, u8)>,
        /// The class of every other word.
        otherwise: Option<u8>,
    },
    /// A place in the order of all subjects, by share of the total figure or of the number of subjects with a positive figure.
    Shares {
        /// The figure that subjects are ordered by.
        metric: M,
        /// Which figures are good: the best come first.
        better: Better,
        /// What the shares are shares of.
        whole: Whole,
        /// Up to which cumulative share a class reaches, best class first; everybody behind is class 0.
        shares: Vec<(u8, F)>,
        /// Where the subject that crosses the line belongs.
        crossing: Boundary,
        /// What becomes of equal figures.
        ties: Ties,
        /// What becomes of zero and negative figures, which are never part of the whole.
        not_positive: NotPositive,
    },
    /// Equal parts of the subjects by figure.
    Quantiles {
        /// The figure.
        metric: M,
        /// Which figures are good.
        better: Better,
        /// How the cuts are found.
        method: Method<F>,
        /// Who is counted; the others have no class.
        population: Population,
    },
    /// The cell where two other dimensions meet.
    Matrix {
        /// The dimension of the rows.
        rows: usize,
        /// The dimension of the columns.
        columns: usize,
        /// By class of the row, then by class of the column.
        cells: Cells<F>,
    },
    /// Ordered cases: the first that holds gives the class.
    Conditions {
        /// The cases.
        cases: Vec<Case<M, F>>,
        /// The class when none holds.
        otherwise: Option<u8>,
    },
    /// Labels that can hold at once: the class is the sum of 2 to the power of each label's place.
    Labels {
        /// The labels, each with its case.
        cases: Vec<Case<M, F>>,
    },
    /// The classes of other dimensions in a row: the class counts through all of them, the last dimension fastest.
    Code {
        /// The dimensions with the number of their classes.
        of: Vec<(usize, u8)>,
    },
    /// A weighted mean of scores, held against limits.
    Weighted {
        /// What is weighted.
        parts: Vec<Part<F>>,
        /// Limits of the classes above 0, on the mean.
        limits: Vec<Limit<F>>,
        /// What becomes of parts without a class.
        missing: MissingPart,
    },
    /// A vote of other dimensions.
    Vote {
        /// Who votes.
        of: Vec<Source>,
        /// How they are counted.
        how: How,
        /// Who wins a draw, and where halves go.
        ties: Boundary,
        /// What becomes of voters without a class.
        missing: MissingPart,
    },
    /// Another dimension's class, raised or lowered step by step.
    Adjust {
        /// The dimension to begin with.
        of: Source,
        /// The steps in their order.
        steps: Vec<Step<M, F>>,
    },
    /// The grade that another scheme gives the same subject on the same day.
    Scheme {
        /// The other scheme; its grades are matched with the classes by id.
        scheme: Written,
    },
}

impl<M, F> Rule<M, F> {
    /// The metric that it classes by itself, where it does.
    pub fn metric(&self) -> Option<&M> {
        match self {
            Self::Bands { metric, .. }
            | Self::Lookup { metric, .. }
            | Self::Shares { metric, .. }
            | Self::Quantiles { metric, .. } => Some(metric),
            Self::Matrix { .. }
            | Self::Conditions { .. }
            | Self::Labels { .. }
            | Self::Code { .. }
            | Self::Weighted { .. }
            | Self::Vote { .. }
            | Self::Adjust { .. }
            | Self::Scheme { .. } => None,
        }
    }
}

/// Which figures are good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// High ones.
    #[default]
    Higher,
    /// Low ones.
    Lower,
}

/// The figure from which a class begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit<F> {
    /// The class.
    pub class: u8,
    /// The figure.
    pub figure: F,
    /// Where a value that equals it belongs.
    pub boundary: Boundary,
}

/// What cumulative shares are shares of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// The sum of all positive figures.
    Figures,
    /// The number of subjects with a positive figure.
    Subjects,
}

/// What becomes of equal figures at a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ties {
    /// Equal figures have equal classes: that of the first of them in the better direction.
    Together,
    /// Equal figures are ordered by the subject's id, smallest first.
    ById,
}

/// What becomes of zero and negative figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotPositive {
    /// They have class 0.
    Lowest,
    /// They have no class.
    Exclude,
}

/// Who is counted for quantiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Population {
    /// Everybody with a figure.
    All,
    /// Everybody with a figure above zero.
    Positive,
}

/// How quantiles are cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method<F> {
    /// Type-7 quantiles of the R language: a figure at or above a cut is beyond it. With `plus` 1, each cut is one (major) unit higher, as the R
    /// package rfm has it.
    R7 {
        /// Major units added to each cut: 0 or 1.
        plus: u8,
    },
    /// As SQL's NTILE deals rows: by place, the first parts one larger where it does not come out even.
    Ntile {
        /// What becomes of equal figures that would be parted.
        ties: TileTies,
    },
    /// Cuts somebody fixed, rising: a figure at or above a cut is beyond it.
    Fixed(Vec<F>),
}

/// What becomes of equal figures that NTILE would part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TileTies {
    /// They are parted by the subject's id.
    ById,
    /// All have the better class.
    Better,
    /// All have the worse class.
    Worse,
}

/// The cells of a matrix, by class of the row, then of the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cells<F> {
    /// Each cell is a class.
    Classes(Vec<Vec<u8>>),
    /// Each cell is a number held against limits.
    Numbers {
        /// The numbers.
        cells: Vec<Vec<F>>,
        /// Limits of the classes above 0.
        limits: Vec<Limit<F>>,
    },
}

/// A weighted dimension.
#[derive(Debug, Clone)]
pub struct Part<F> {
    /// The dimension.
    pub dimension: usize,
    /// Its weight.
    pub weight: F,
    /// The score of each of its classes.
    pub scores: Vec<F>,
}

/// Another dimension, its classes matched with one's own by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The other dimension.
    pub dimension: usize,
    /// One's own class for each of its classes.
    pub classes: Vec<u8>,
}

/// How a vote is counted. Mean and median are of places in the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The class with most votes.
    Plurality,
    /// The best class.
    Best,
    /// The worst class.
    Worst,
    /// The mean, rounded to the nearest class.
    Mean,
    /// The one in the middle.
    Median,
}

/// What becomes of parts without a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingPart {
    /// The others decide alone; with weights, theirs are raised in proportion.
    Ignore,
    /// Then there is no class.
    NoClass,
}
