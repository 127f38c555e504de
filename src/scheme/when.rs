//! Tests on one subject, and what hangs on them: cases that give a class, and steps that change one.

use crate::text::Title;

/// A class with the tests that give it.
#[derive(Debug, Clone)]
pub struct Case<M, F> {
    /// The class, or for labels the label's place.
    pub class: u8,
    /// When it holds.
    pub when: When<M, F>,
}

/// Tests on one subject: all of `all` and, where there are some, one of `any`.
#[derive(Debug, Clone)]
pub struct When<M, F> {
    /// All must hold.
    pub all: Vec<Test<M, F>>,
    /// One must hold, unless there is none.
    pub any: Vec<Test<M, F>>,
}

/// One test on one subject. Nothing passes no test but the one for nothing.
#[derive(Debug, Clone)]
pub enum Test<M, F> {
    /// A figure lies within bounds.
    Figure {
        /// The figure.
        metric: M,
        /// Every bound must hold.
        bounds: Vec<(Compare, F)>,
    },
    /// A word is one of some, or none of them.
    Word {
        /// The word.
        metric: M,
        /// The words.
        words: Vec<String>,
        /// Which words pass.
        pass: Among,
    },
    /// There is a figure, or there is none.
    HasFigure {
        /// The figure.
        metric: M,
        /// What must be so.
        presence: Presence,
    },
    /// The class in another dimension is one of some.
    Class {
        /// The other dimension.
        dimension: usize,
        /// By class: whether it passes.
        pass: Vec<bool>,
    },
    /// The other dimension gives a class, or none.
    HasClass {
        /// The other dimension.
        dimension: usize,
        /// What must be so.
        presence: Presence,
    },
}

/// How a figure is compared with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// It is as high or higher.
    AtLeast,
    /// It is higher.
    Above,
    /// It is as low or lower.
    AtMost,
    /// It is lower.
    Below,
}

/// Which words pass a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Those that are listed.
    Listed,
    /// Those that are not.
    NotListed,
}

/// Whether something must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must be missing.
    Missing,
    /// It must be there.
    There,
}

/// One adjustment of a class.
#[derive(Debug, Clone)]
pub struct Step<M, F> {
    /// Name for readers, where it has one.
    pub title: Option<Title>,
    /// What it does.
    pub change: Change,
    /// When it applies.
    pub when: When<M, F>,
    /// It raises no further than this class.
    pub cap: Option<u8>,
    /// It lowers no further than this class.
    pub floor: Option<u8>,
}

/// What an adjustment does to a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// So many classes up, or down when negative, but not beyond the first or last.
    By(i16),
    /// Up to this class, unless it is there already.
    RaiseTo(u8),
    /// Down to this class, unless it is there already.
    LowerTo(u8),
}
