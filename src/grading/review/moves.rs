//! Who moves in a review, from which grade to which, and in which section of the review pack somebody stands (S56).

use crate::grading::review::{Review, Row};

/// Where a subject moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    /// It had no grade before.
    First,
    /// To a better grade.
    Up,
    /// To a worse grade.
    Down,
    /// To a grade that cannot be compared, because the scheme no longer has the one before.
    Other,
    /// Nowhere.
    Stays,
}

impl Move {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Up => "up",
            Self::Down => "down",
            Self::Other => "other",
            Self::Stays => "stays",
        }
    }
}

/// A section of the review pack (S56). The letters are headings, not grades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Customers of the best grade.
    A,
    /// Customers with special policies (S60).
    B,
    /// Customers on special settlement terms (S61).
    C,
    /// New customers with a provisional grade (S58).
    D,
    /// All others.
    E,
}

/// What puts a customer into sections B and C.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terms {
    /// A special policy is in force.
    pub policy: bool,
    /// Special settlement terms are in force.
    pub settlement: bool,
}

/// How many subjects go from one grade to another; `None` stands for no grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// The grades of rows and columns: those of the scheme from the best, then none, where grades stand that the scheme no longer has.
    pub grades: Vec<Option<String>>,
    /// Counts by row (before), then column (after).
    pub counts: Vec<Vec<u64>>,
}

impl Review {
    /// Where a row moves when it comes out at a grade.
    pub fn movement(&self, row: &Row, after: Option<&str>) -> Move {
        let before = row.proposal.before.as_deref();
        match (before, after) {
            (before, after) if before == after => Move::Stays,
            (None, _) => Move::First,
            (Some(before), Some(after)) => match (self.rank(before), self.rank(after)) {
                (Some(before), Some(after)) if after > before => Move::Up,
                (Some(_), Some(_)) => Move::Down,
                _ => Move::Other,
            },
            (Some(_), None) => Move::Other,
        }
    }

    /// Whether a row is proposed or decided to another grade than before.
    pub fn moves(&self, row: &Row) -> bool {
        let before = row.proposal.before.as_deref();
        row.proposal.proposed.as_deref() != before || row.outcome() != before
    }

    /// Rows that are proposed or decided to another grade than before.
    pub fn movers(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| self.moves(row))
    }

    /// The sections in which a row stands.
    pub fn sections(&self, row: &Row, terms: Terms) -> Vec<Section> {
        let best = self.draft.provenance.grades.last().map(String::as_str);
        let found: Vec<Section> = [
            (Section::A, best.is_some() && row.outcome() == best),
            (Section::B, terms.policy),
            (Section::C, terms.settlement),
            (Section::D, row.proposal.provisional),
        ]
        .into_iter()
        .filter_map(|(section, stands)| stands.then_some(section))
        .collect();
        if found.is_empty() { vec![Section::E] } else { found }
    }

    /// Counts from the grade before to the grade that `after` takes of a row.
    pub fn matrix<'r>(&'r self, after: impl Fn(&'r Row) -> Option<&'r str>) -> Matrix {
        let grades: Vec<Option<String>> =
            self.draft.provenance.grades.iter().rev().cloned().map(Some).chain([None]).collect();
        let place =
            |grade: Option<&str>| grades.iter().position(|known| known.as_deref() == grade).unwrap_or(grades.len() - 1);
        let mut counts = vec![vec![0; grades.len()]; grades.len()];
        for row in &self.rows {
            let cell =
                counts.get_mut(place(row.proposal.before.as_deref())).and_then(|line| line.get_mut(place(after(row))));
            if let Some(cell) = cell {
                *cell += 1;
            }
        }
        Matrix { grades, counts }
    }
}
