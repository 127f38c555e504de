//! What stands on a sheet at a question, in one byte.

use crate::satisfaction::questionnaire::Questionnaire;

pub(super) const NOT_ASKED: u8 = 0;
pub(super) const BLANK: u8 = 1;
pub(super) const NOT_APPLICABLE: u8 = 2;
pub(super) const DIFFERENT: u8 = 3;
pub(super) const FIRST_LEVEL: u8 = 4;
/// The bits of what was answered; the others tell of comments.
pub(super) const ANSWER: u8 = 0x3f;
pub(super) const OVERRIDDEN: u8 = 0x40;
pub(super) const COMMENTED: u8 = 0x80;

/// What is on a sheet at a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell(pub(super) u8);

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// There is no such row.
    NotAsked,
    /// The row has no level.
    Blank,
    /// The question does not apply.
    NotApplicable,
    /// Several rows of one sheet say different things.
    Different,
    /// A level of the scale, by its place.
    Level(usize),
}

impl Cell {
    /// What was answered, whatever was commented.
    pub fn answer(self) -> Answer {
        match self.0 & ANSWER {
            NOT_ASKED => Answer::NotAsked,
            BLANK => Answer::Blank,
            NOT_APPLICABLE => Answer::NotApplicable,
            DIFFERENT => Answer::Different,
            level => Answer::Level(usize::from(level - FIRST_LEVEL)),
        }
    }

    /// Whether a comment makes it count as another level (S25).
    pub fn overridden(self) -> bool {
        self.0 & OVERRIDDEN != 0
    }

    /// Whether it has a comment that changes nothing.
    pub fn commented(self) -> bool {
        self.0 & COMMENTED != 0
    }

    /// The place of the level that counts.
    pub fn counted(self, questionnaire: &Questionnaire) -> Option<usize> {
        let Answer::Level(level) = self.answer() else { return None };
        let instead = questionnaire.comments.as_ref().filter(|_| self.overridden());
        Some(instead.map_or(level, |comments| comments.counts_as))
    }
}
