//! What every report on the grades of one scheme stands on: the grades of a day, who the subjects are, and where the figures come from.
//!
//! Invariants: every graded subject is in the ledger on the day; classes are places in the scheme's grades. Not here: what a report shows of them
//! (`report::abc`, `report::rfm`, …), where the grades come from (`run::grades`).

mod cells;
mod notes;
mod people;
mod settings;

use std::collections::BTreeMap;

use crate::{
    grading::{
        bound::{Bound, BoundMetric, BoundVersion},
        set::GradeSet,
    },
    ledger::{batch::Dictionaries, snapshot::EntityFacts},
    metrics::compute::Computed,
    money::{Currency, Share},
    period::Period,
    report::{
        Align, Cell, Column, Finding, Report, Row, RowKind, Section, Tone, equation::Equation, error::ReportError,
    },
    scheme::Version,
    text::{Lang, say, say_with},
};

pub use cells::{Unit, figure_cell, metric_cell};
pub use people::{People, names_of};
pub use settings::title as dimension_title;

/// Rows of a list of subjects that are printed; the workbook and the data files have all.
pub const PRINTED: usize = 30;

/// The grades of one scheme on one day.
#[derive(Debug, Clone, Copy)]
pub struct Graded<'a> {
    /// The scheme with its figures.
    pub bound: &'a Bound,
    /// The grades.
    pub now: &'a GradeSet,
    /// How many subjects of the scheme there were on the day.
    pub subjects: i64,
    /// How many of the grades differ from those kept for the day earlier; `None` when none were.
    pub restated: Option<i64>,
}

/// Everything else that a report on grades is made of.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Language of the report.
    pub lang: Lang,
    /// The company.
    pub organisation: &'a str,
    /// The period that the report is about; grades are of its last day.
    pub period: Period,
    /// Currency and scale of the ledger.
    pub currency: &'a Currency,
    /// Name of the ledger's zone.
    pub zone: &'static str,
    /// Who the subjects are.
    pub people: &'a People,
    /// Figures that were asked for besides those of the scheme.
    pub computed: &'a Computed,
    /// Texts of the codes.
    pub dictionaries: &'a Dictionaries,
    /// What was read of the ledger.
    pub read: &'a BTreeMap<&'static str, EntityFacts>,
    /// Fingerprint of the snapshot.
    pub fingerprint: &'a str,
}

/// The body of a report, before it has its frame.
#[derive(Debug)]
pub struct Body {
    /// Stable name of the kind of report.
    pub id: &'static str,
    /// Title without the period.
    pub title: String,
    /// What to look at.
    pub findings: Vec<Finding>,
    /// The parts.
    pub sections: Vec<Section>,
    /// What must hold.
    pub equations: Vec<Equation>,
    /// Definitions: the key of a label and its text.
    pub definitions: Vec<(String, String)>,
}

impl<'a> Graded<'a> {
    /// The version that gave the grades: as written and with its figures.
    pub fn version(&self) -> Option<(&'a Version, &'a BoundVersion)> {
        let place = self.now.version;
        Some((self.bound.scheme.versions.get(place)?, self.bound.versions.get(place)?))
    }

    /// How many subjects were graded.
    pub fn graded(&self) -> i64 {
        count(self.now.subjects.len())
    }

    /// The name of a grade.
    pub fn grade(&self, rank: u8, lang: Lang) -> String {
        self.bound.scheme.grade(rank).map_or_else(String::new, |grade| grade.title.in_lang(lang).to_owned())
    }

    /// The ranks of the scheme from the best to the lowest.
    pub fn ranks(&self) -> impl Iterator<Item = u8> + use<> {
        let grades = self.bound.scheme.grades.len();
        (0..grades).rev().filter_map(|rank| u8::try_from(rank).ok())
    }

    /// The figure of the subject at a place, in the metric at a place of the version.
    pub fn figure(&self, metric: usize, at: usize) -> Option<(i64, i64)> {
        self.now.basis.get(metric).and_then(|figures| figures.get(at))
    }

    /// A metric of the version.
    pub fn metric(&self, place: usize) -> Option<&'a BoundMetric> {
        self.version().and_then(|(_, bound)| bound.metrics.get(place))
    }

    /// The grade held before, as a cell.
    pub fn before(&self, at: usize, lang: Lang) -> Cell {
        match self.now.before.get(at).copied().flatten() {
            Some(rank) => Cell::Text(self.grade(rank, lang)),
            None => Cell::Empty,
        }
    }
}

impl Scene<'_> {
    /// The words for a key.
    pub fn say(&self, key: &str) -> String {
        say(self.lang, key)
    }

    /// The words for a key with its values.
    pub fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        say_with(self.lang, key, values)
    }

    /// A cell as text, as every format shows it.
    pub fn text(&self, cell: &Cell) -> String {
        super::format::cell(cell, self.currency, self.lang)
    }

    /// A share in per cent as text.
    pub fn percent(&self, part: impl Into<i128>, whole: impl Into<i128>) -> String {
        self.text(&Cell::Percent(Share::new(part, whole)))
    }

    /// A column whose title stands in a section of the catalogue: `abc.col_<id>`.
    pub fn column(&self, section: &str, id: &str, align: Align) -> Column {
        Column { id: id.to_owned(), title: say(self.lang, &format!("{section}.col_{id}")), align }
    }

    /// The columns that say who a subject is: its key, and what the ledger has of name, region and salesperson.
    pub fn who_columns(&self) -> Vec<Column> {
        let ids = std::iter::once(self.people.key()).chain(self.people.described());
        ids.map(|id| self.column("graded", id, Align::Left)).collect()
    }

    /// The cells under [`Scene::who_columns`].
    pub fn who(&self, subject: u32) -> Vec<Cell> {
        let id = self.dictionaries.text(self.people.key(), subject).unwrap_or_default();
        let described = self.people.described().map(|column| self.people.cell(subject, column, self.dictionaries));
        std::iter::once(Cell::Text(id.to_owned())).chain(described).collect()
    }

    /// A finding of the catalogue.
    pub fn finding(&self, tone: Tone, key: &str, values: &[(&str, &str)]) -> Finding {
        Finding { tone, text: self.say_with(key, values) }
    }

    /// Puts a body into its frame.
    ///
    /// # Errors
    /// [`ReportError::NotReconciled`] when an equation does not hold.
    pub fn report(&self, graded: &[Graded<'_>], body: Body) -> Result<Report, ReportError> {
        let examples = graded.iter().filter_map(|graded| graded.bound.scheme.example.as_ref());
        Ok(Report {
            id: body.id,
            title: body.title,
            organisation: self.organisation.to_owned(),
            lang: self.lang,
            period: self.period,
            as_of: self.period.last_day(),
            currency: self.currency.clone(),
            example: examples.map(|title| title.in_lang(self.lang).to_owned()).next(),
            findings: body.findings,
            sections: body.sections,
            notes: notes::notes(self, graded, body.definitions),
            checks: Equation::hold(body.equations)?,
        })
    }
}

/// A row of data.
pub fn data(cells: Vec<Cell>) -> Row {
    Row { kind: RowKind::Data, cells }
}

/// A row that sums up.
pub fn total(cells: Vec<Cell>) -> Row {
    Row { kind: RowKind::Total, cells }
}

/// How many there are.
pub fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
