//! Schemes: dated rules, read from `config/schemes/<id>.toml`, that turn metrics into grades.
//!
//! Invariants of a checked [`Scheme`]: grades stand from lowest to highest with unique names; versions rise by day; every class and dimension that a rule
//! names is known, and no dimension is made of itself. Figures are kept as texts, because only the metric knows their unit: `grading::bind` reads them,
//! checks that limits rise, and works the examples. A figure written as `"required"` was never decided: the scheme then refuses to grade (reading C4).

mod check;
mod file;
pub mod rule;
mod when;

use std::ops::Range;

use chrono::NaiveDate;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, WrittenCondition},
    period::Unit,
    scheme::rule::{Dimension, Rule, Written},
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
    /// Which of them: all conditions on the subject's own columns must hold.
    pub conditions: Vec<Spanned<WrittenCondition>>,
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
    /// Leased assets.
    Lease,
    /// Opportunities of the sales pipeline.
    Opportunity,
    /// Physicians who prescribe.
    Physician,
    /// Reservations of a hotel.
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
    pub decided_by: Title,
    /// Why.
    pub reason: Title,
    /// How often grades are reviewed: at the end of each such unit.
    pub cadence: Unit,
    /// Where a value that equals a limit belongs, unless the limit says so itself.
    pub boundary: Boundary,
    /// What becomes of a subject without a figure, unless the dimension says so itself.
    pub without_figure: WithoutFigure,
    /// The dimensions, in the order of the file.
    pub dimensions: Vec<Dimension<Written, Written>>,
    /// The places of the dimensions in an order in which each stands behind those it is made of.
    pub order: Vec<usize>,
    /// The dimension that gives the grade.
    pub result: usize,
    /// How a grade moves from one review to the next.
    pub movement: Movement,
    /// Until when grades are provisional, where they are at first.
    pub provisional: Option<Provisional<Written>>,
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

/// Grades are provisional until a subject has been there for some time (S58).
#[derive(Debug, Clone)]
pub struct Provisional<M> {
    /// So many calendar months.
    pub months: u16,
    /// The metric of the day from which they count.
    pub since: M,
}

/// How a grade moves from one review to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Movement {
    /// Each review gives the earned grade.
    Free,
    /// Up at once to the earned grade; down only when the grade's validity ends.
    Ladder(Ladder),
}

/// How a ladder moves (S02, S04, S05).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// How long a grade is valid.
    pub validity: Validity,
    /// How far an assessment takes a grade down.
    pub demotion: Demotion,
    /// A dimension in which whoever reaches the held grade keeps it; without one, the earned grade alone decides.
    pub retention: Option<usize>,
    /// Days after the end of validity during which nothing is taken away.
    pub grace_days: u16,
    /// Months for which a grade is held at least.
    pub min_hold_months: u16,
}

/// How long a grade of a ladder is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validity {
    /// To the end of the next of these months, the same for everybody.
    Calendar(Vec<u32>),
    /// So many months from the day it was given or renewed.
    Months(u16),
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

/// Cases with their outcome: one subject, or several that are graded together.
#[derive(Debug, Clone)]
pub struct Example {
    /// The subjects.
    pub subjects: Vec<ExampleSubject>,
    /// The day on which it is worked, where it matters.
    pub as_of: Option<NaiveDate>,
    /// What was held before, for ladders.
    pub before: Option<u8>,
    /// The day on which that was given.
    pub since: Option<NaiveDate>,
    /// Whether an assessment is due, for ladders.
    pub assessment: bool,
    /// Where it stands in the file.
    pub span: Range<usize>,
}

/// One subject of an example.
#[derive(Debug, Clone)]
pub struct ExampleSubject {
    /// Figures by metric, in the metric's unit.
    pub metrics: Vec<(String, String)>,
    /// Classes of dimensions that are other schemes.
    pub dimensions: Vec<(String, String)>,
    /// The rank it must give; `None` when it must not be graded.
    pub expected: Option<u8>,
}

impl Scheme {
    /// Reads and checks a scheme file; its id is the file's name.
    ///
    /// # Errors
    /// Every fault of the file that can be seen without the metrics, with its line.
    pub fn read(file: &Declaration, id: &str) -> Result<Self, Faults> {
        let (scheme, faults) = check::check(file, id)?;
        Faults::none_of(faults)?;
        Ok(scheme)
    }

    /// Reads a scheme file with its faults. A scheme with faults has what could be read of its dimensions, for what else may be wrong with them.
    ///
    /// # Errors
    /// The fault of a file that cannot be read at all.
    pub fn read_with_faults(file: &Declaration, id: &str) -> Result<(Self, Vec<Fault>), Faults> {
        check::check(file, id)
    }

    /// The rank of a grade named by id, or else by its title in either language.
    pub fn rank_of(&self, name: &str) -> Option<u8> {
        let id = |grade: &Grade| grade.id == name;
        let title = |grade: &Grade| grade.title.zh == name || grade.title.en == name;
        let found = self.grades.iter().position(id).or_else(|| self.grades.iter().position(title));
        found.and_then(|rank| u8::try_from(rank).ok())
    }

    /// The grade of a rank.
    pub fn grade(&self, rank: u8) -> Option<&Grade> {
        self.grades.get(usize::from(rank))
    }

    /// The other schemes that it takes grades from, each once, with where the first one is named.
    pub fn others(&self) -> Vec<Written> {
        let mut others: Vec<Written> = Vec::new();
        for other in self.versions.iter().flat_map(Version::others) {
            if others.iter().all(|known| known.text != other.text) {
                others.push(other.clone());
            }
        }
        others
    }

    /// The version in force on a day, with its place.
    pub fn version_on(&self, day: NaiveDate) -> Option<(usize, &Version)> {
        self.versions.iter().enumerate().rev().find(|(_, version)| version.in_force <= day)
    }
}

impl Version {
    /// The other schemes that it takes grades from, as often as it names them.
    pub fn others(&self) -> impl Iterator<Item = &Written> {
        self.dimensions.iter().filter_map(|dimension| {
            let Rule::Scheme { scheme } = &dimension.rule else { return None };
            Some(scheme)
        })
    }
}
