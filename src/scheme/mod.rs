//! Schemes: dated rules, read from `config/schemes/<id>.toml`, that turn metrics into grades.
//!
//! Invariants of a checked [`Scheme`]: grades stand from lowest to highest with unique names; versions rise by day; every dimension's limits name
//! known grades in rising order. Limits are kept as texts, because only the metric knows their unit: `grading::bind` reads them, checks that they rise,
//! and works the examples. A limit written as `"required"` was never decided: the scheme then refuses to grade (reading C4).

mod check;
mod file;

use std::ops::Range;

use chrono::NaiveDate;

use crate::{
    declaration::{Declaration, Faults},
    period::Unit,
    text::Title,
};

/// A checked scheme.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// Name of the scheme: the file's name.
    pub id: String,
    /// Name for readers.
    pub title: Title,
    /// Requirement ids it implements, such as `S01`.
    pub requirements: Vec<String>,
    /// What is graded.
    pub subject: SubjectKind,
    /// Says that the limits are an example nobody decided, where they are.
    pub example: Option<Title>,
    /// Grades from lowest to highest. Letters are local to the scheme.
    pub grades: Vec<Grade>,
    /// Versions by the day from which they are in force.
    pub versions: Vec<Version>,
    /// The file, for faults found later.
    pub file: Declaration,
}

/// What a scheme grades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// Members of the programme.
    Member,
    /// Customers.
    Customer,
    /// Leases.
    Lease,
    /// Possible sales.
    Opportunity,
    /// Physicians.
    Physician,
    /// Reservations.
    Reservation,
}

impl SubjectKind {
    /// The entity whose rows are the subjects, and its key column.
    pub fn entity_and_key(self) -> (&'static str, &'static str) {
        match self {
            Self::Member => ("member", "member_id"),
            Self::Customer => ("customer", "customer_id"),
            Self::Lease => ("lease", "lease_id"),
            Self::Opportunity => ("opportunity", "opportunity_id"),
            Self::Physician => ("physician", "physician_id"),
            Self::Reservation => ("reservation", "reservation_id"),
        }
    }
}

/// One grade of a scheme. Its rank is its place, from 0 for the lowest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    /// Stable name, such as `gold`.
    pub id: String,
    /// Name for readers.
    pub title: Title,
}

/// Rules that are in force from a day until the next version.
#[derive(Debug, Clone)]
pub struct Version {
    /// Name of the version.
    pub id: String,
    /// First day.
    pub in_force: NaiveDate,
    /// Who decided it.
    pub decided_by: String,
    /// Why.
    pub reason: String,
    /// How often grades are reviewed: at the end of each such unit.
    pub cadence: Unit,
    /// Where a value that equals a limit belongs.
    pub boundary: Boundary,
    /// What becomes of a subject without a figure.
    pub without_figure: WithoutFigure,
    /// How the dimensions make one grade.
    pub combine: Combine,
    /// The dimensions.
    pub dimensions: Vec<Dimension>,
    /// How a grade moves from one review to the next.
    pub movement: Movement,
    /// Cases with their outcome, worked whenever the scheme is read.
    pub examples: Vec<Example>,
    /// Fingerprint of the rules and their metrics, filled in when the scheme is bound: a version once in force is never edited.
    pub hash: String,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// Where a value that equals a limit belongs (reading C2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// To the better grade: the limit is reached.
    Better,
    /// To the worse grade: the limit must be passed.
    Worse,
}

/// What becomes of a subject that has no figure for a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WithoutFigure {
    /// It has the lowest grade.
    Lowest,
    /// It is not graded, and listed apart.
    Exclude,
}

/// How several dimensions make one grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Combine {
    /// The best of them.
    Best,
    /// The worst of them.
    Worst,
}

/// A view on the subject that gives a grade of its own.
#[derive(Debug, Clone)]
pub struct Dimension {
    /// Name within the version.
    pub id: String,
    /// The metric that is held against the limits.
    pub metric: String,
    /// Where the metric's name stands in the file.
    pub metric_span: Range<usize>,
    /// Limits of every grade above the lowest, in rising order of grades.
    pub limits: Vec<Limit>,
}

/// The figure from which a grade begins.
#[derive(Debug, Clone)]
pub struct Limit {
    /// Rank of the grade.
    pub rank: u8,
    /// The figure in the unit of the metric, or `None` where it is `required` and was never decided.
    pub figure: Option<String>,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// How a grade moves from one review to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Movement {
    /// Each review gives the earned grade.
    Free,
    /// Up at once to the earned grade; down only at an assessment.
    Ladder {
        /// Months at whose end an assessment may take grades away.
        assessment_months: Vec<u32>,
        /// How far an assessment takes a grade down.
        demotion: Demotion,
    },
}

/// How far an assessment takes a grade down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demotion {
    /// One grade.
    OneStep,
    /// To the earned grade.
    ToEarned,
    /// Never.
    Never,
}

/// A case with its outcome.
#[derive(Debug, Clone)]
pub struct Example {
    /// Figures by metric, in the metric's unit.
    pub metrics: Vec<(String, String)>,
    /// Rank before, for ladders.
    pub before: Option<u8>,
    /// Whether an assessment is due, for ladders.
    pub assessment: bool,
    /// The rank it must give.
    pub expected: u8,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

impl Scheme {
    /// Reads and checks a scheme file; its id is the file's name.
    ///
    /// # Errors
    /// Every fault of the file that can be seen without the metrics, with its line.
    pub fn read(file: &Declaration, id: &str) -> Result<Self, Faults> {
        check::check(file, id)
    }

    /// The rank of a grade named by id or by its title in either language.
    pub fn rank_of(&self, name: &str) -> Option<u8> {
        let same = |grade: &Grade| grade.id == name || grade.title.zh == name || grade.title.en == name;
        self.grades.iter().position(same).and_then(|rank| u8::try_from(rank).ok())
    }

    /// The grade of a rank.
    pub fn grade(&self, rank: u8) -> Option<&Grade> {
        self.grades.get(usize::from(rank))
    }

    /// The version in force on a day, with its place.
    pub fn version_on(&self, day: NaiveDate) -> Option<(usize, &Version)> {
        self.versions.iter().enumerate().rev().find(|(_, version)| version.in_force <= day)
    }
}

impl Version {
    /// Whether a review on a day is an assessment, which may take grades away.
    pub fn assesses_on(&self, day: NaiveDate) -> bool {
        use chrono::Datelike;
        match &self.movement {
            Movement::Free => true,
            Movement::Ladder { assessment_months, .. } => {
                assessment_months.contains(&day.month()) && crate::period::month_end(day) == day
            }
        }
    }
}
