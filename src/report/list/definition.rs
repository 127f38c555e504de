//! `config/lists/<id>.toml`: which subjects stand on a list, what is shown of them, and in which order (S108, S109, S49).

use chrono::NaiveDate;
use serde::Deserialize;

use crate::{
    grading::bound::BoundMetric,
    ledger::entity::ColumnSpec,
    metrics::{definition::Condition, file::Metrics},
    money::{Currency, Share},
    scheme::{SubjectKind, rule::Compare},
    text::{Lang, Title, say},
};

/// A checked list.
#[derive(Debug, Clone)]
pub struct List {
    /// The file's name.
    pub id: String,
    /// Name for readers.
    pub title: Title,
    /// Requirement ids.
    pub requirements: Vec<String>,
    /// Says that its limits are an example, where they are.
    pub example: Option<Title>,
    /// Of what.
    pub subject: SubjectKind,
    /// Conditions on the subjects' own columns, all of which must hold.
    pub conditions: Vec<Condition>,
    /// Tests on grades and figures, all of which must hold.
    pub tests: Vec<Test>,
    /// A list for each value of a column, instead of one.
    pub by: Option<&'static str>,
    /// How many stand on each list at least: what is missing is filled up, or told.
    pub at_least: u32,
    /// Who may fill a list up: all of these must hold.
    pub fill: Option<Vec<Test>>,
    /// What is shown behind the key.
    pub columns: Vec<Shown>,
    /// What it is made for, in the order of their days (S22).
    pub occasions: Vec<Occasion>,
    /// What the list is ordered by; by id where it does not say, and where that is equal.
    pub order: Option<(Source, Direction)>,
}

/// A holiday or promotion that a list is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// Its name for readers.
    pub title: Title,
    /// Its first day.
    pub first_day: NaiveDate,
    /// Its last day.
    pub last_day: NaiveDate,
}

impl List {
    /// The occasion that goes on the day after another day, else the next one.
    pub fn occasion_after(&self, day: NaiveDate) -> Option<&Occasion> {
        self.occasions.iter().find(|occasion| occasion.last_day > day)
    }
}

/// Where something that is shown comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A column of the subject's own row.
    Column(&'static ColumnSpec),
    /// A metric, by its place in [`Wanted::metrics`].
    Metric(usize),
    /// The grade of a scheme, by its place in [`Wanted::schemes`].
    Grade(usize),
}

/// Something that is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Where it comes from.
    pub source: Source,
    /// Its title, where the list gives it one.
    pub title: Option<Title>,
}

/// Which end of an order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The highest, latest or best first.
    HighestFirst,
    /// The lowest, earliest or worst first.
    LowestFirst,
}

/// A test on a grade or a figure. Nothing passes no test but the one for nothing.
#[derive(Debug, Clone)]
pub enum Test {
    /// A figure lies within bounds.
    Figure(usize, Vec<(Compare, Share)>),
    /// A word is one of some (`true`), or none of them.
    Word(usize, Vec<String>, bool),
    /// There is no figure (`true`), or there is one.
    NoFigure(usize, bool),
    /// The grade is one of some (`true`), or none of them.
    Grade(usize, Vec<u8>, bool),
    /// There is no grade (`true`), or there is one.
    NoGrade(usize, bool),
}

/// What a list needs to be made, each once.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Metrics.
    pub metrics: Vec<BoundMetric>,
    /// Schemes.
    pub schemes: Vec<String>,
}

/// Tells what a scheme grades, and the ids of its grades.
pub type GradesOf<'a> = dyn Fn(&str) -> Option<(SubjectKind, Vec<String>)> + 'a;

/// What a list is checked against.
#[derive(Clone, Copy)]
pub struct Against<'a> {
    /// The metrics of the home.
    pub metrics: &'a Metrics,
    /// The currency of the ledger.
    pub currency: &'a Currency,
    /// The names of the schemes.
    pub schemes: &'a [String],
    /// The ids of a scheme's grades from the lowest, and what it grades; `None` when it cannot be read.
    pub grades: &'a GradesOf<'a>,
}

impl std::fmt::Debug for Against<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Against").field("schemes", &self.schemes).finish_non_exhaustive()
    }
}

/// The words that the catalogue has for a column.
pub(super) fn title_of(column: &ColumnSpec, lang: Lang) -> Option<String> {
    let key = format!("graded.col_{}", column.name);
    Some(say(lang, &key)).filter(|words| !words.contains(&key))
}
