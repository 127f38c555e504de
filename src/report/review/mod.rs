//! The annual review pack (S56): the state of a review, who moves, sections A to E, lists by region, and the appendix.
//!
//! Invariants: grades are those of the review's draft and decisions; what the ledger says today stands beside them and is told when it differs.
//! Sections sum to the whole by grade before the pack is let out. Not here: what may be decided (`grading::review`), how a pack looks (`render`).

mod appendix;
mod cover;
pub mod facts;
mod plan;
mod regions;
mod registers;
mod sections;
mod watch;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    grading::{
        review::{
            Review, ReviewDeclaration, Row as Decided,
            moves::{Move, Section as Letter},
        },
        worked::Worked,
    },
    ledger::{entity::entity, snapshot::Snapshot},
    metrics::{
        compute::Request,
        definition::{Aggregate, Condition, Measure, Metric, RowMeasure, Subject, Test},
        window::{Lag, Window},
    },
    period::day_from_number,
    report::{
        Align, Cell, Column, Report, Section, Table, Tone,
        equation::Equation,
        error::ReportError,
        graded::{Body, Graded, Scene, count},
        review::facts::{Record, Records},
    },
    text::Title,
};

/// Columns of the customers' own rows that the pack looks at.
pub const OWN: &[&str] = &["started_on"];
/// Rows of a list of customers that are printed; the workbook and the data files have all.
const PRINTED: usize = 60;
/// Net amount of the twelve months up to the day.
const SALES: &str = "review.sales";
/// Net amount of the twelve months before them.
const SALES_BEFORE: &str = "review.sales_before";

/// What a pack is made of.
#[derive(Debug, Clone, Copy)]
pub struct PackInputs<'a> {
    /// Everything around the grades; the period is the day of the figures.
    pub scene: Scene<'a>,
    /// What the ledger proposes now.
    pub graded: Graded<'a>,
    /// The review.
    pub review: &'a Review,
    /// Its declaration.
    pub declared: &'a ReviewDeclaration,
    /// What is recorded about the customers.
    pub records: &'a Records,
    /// Figures of the schemes whose grades dimensions take, by scheme; their places are those of the subjects graded now.
    pub others: &'a BTreeMap<String, Worked>,
    /// How many customers the ledger proposes otherwise than the draft; `None` for a published review, which nothing changes any more.
    pub changed: Option<usize>,
}

/// The figures of a pack that no scheme gives: net sales of the year and of the year before.
pub fn requests(snapshot: &Snapshot, as_of: NaiveDate) -> Vec<Request> {
    let has = |column| entity("transaction").is_some_and(|found| snapshot.has(found, column));
    let Some(transaction) = entity("transaction").filter(|_| has("customer_id") && has("amount")) else {
        return Vec::new();
    };
    let ask = |id: &str, lag| {
        let kinds = ["sale", "return", "adjustment"].map(str::to_owned).to_vec();
        let conditions = vec![Condition { column: "kind", test: Test::OneOf(kinds) }];
        let (subject, aggregate, window) =
            (Subject::Column("customer_id"), Aggregate::Sum("amount"), Window::Months(12));
        let rows = RowMeasure { entity: transaction, subject, aggregate, conditions, window, lag };
        let title = Title { zh: id.to_owned(), en: id.to_owned() };
        Request::new(Metric { id: id.to_owned(), title, measure: Measure::Rows(rows) }, [as_of])
    };
    vec![ask(SALES, None), ask(SALES_BEFORE, Some(Lag::Months(12)))]
}

/// A customer of the review.
struct Customer<'a> {
    row: &'a Decided,
    code: Option<u32>,
    /// Its place among those whom the ledger grades now.
    at: Option<usize>,
    record: &'a Record,
    /// The sections in which it stands.
    letters: Vec<Letter>,
}

/// A review with its customers.
struct Pack<'a> {
    inputs: &'a PackInputs<'a>,
    scene: &'a Scene<'a>,
    review: &'a Review,
    customers: Vec<Customer<'a>>,
}

/// Makes the pack.
///
/// # Errors
/// [`ReportError::Nothing`] for a review without rows, [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &PackInputs<'_>) -> Result<Report, ReportError> {
    let (scene, review) = (&inputs.scene, inputs.review);
    if review.rows.is_empty() {
        return Err(ReportError::Nothing { what: "customers to review", as_of: review.head.as_of });
    }
    let graded = inputs.graded.now.subjects.iter().enumerate();
    let places: BTreeMap<u32, usize> = graded.map(|(at, code)| (*code, at)).collect();
    let customers = review.rows.iter().map(|row| {
        let known = scene.dictionaries.of(scene.people.key());
        let code = known.and_then(|known| known.code(&row.proposal.subject));
        let at = code.and_then(|code| places.get(&code).copied());
        let record = inputs.records.of(code);
        Customer { row, code, at, record, letters: review.sections(row, record.terms()) }
    });
    let pack = Pack { inputs, scene, review, customers: customers.collect() };
    let mut equations = pack.cover_equations();
    let mut parts: Vec<Section> = vec![pack.cover(), pack.movers()];
    let (lettered, more) = pack.lettered();
    parts.extend(lettered);
    equations.extend(more);
    let (regions, more) = pack.regions();
    parts.push(regions);
    equations.extend(more);
    if let Some((plan, more)) = pack.plan() {
        parts.push(plan);
        equations.extend(more);
    }
    parts.extend(pack.watched());
    parts.push(pack.appendix());
    let definitions = ["sales", "sections", "decided", "draft"].iter().map(|key| {
        let provenance = &review.draft.provenance;
        let number = review.draft.number.to_string();
        let values = [
            ("number", number.as_str()),
            ("version", &provenance.version),
            ("rules", &provenance.rules),
            ("snapshot", &provenance.snapshot),
        ];
        (scene.say(&format!("pack.note_{key}")), scene.say_with(&format!("pack.def_{key}"), &values))
    });
    let body = Body {
        id: "review",
        title: inputs.declared.title.in_lang(scene.lang).to_owned(),
        findings: pack.findings(),
        sections: parts,
        equations,
        definitions: definitions.collect(),
    };
    scene.report(&[inputs.graded], body)
}

impl<'a> Pack<'a> {
    /// The name of a grade; a dash where there is none.
    fn grade(&self, grade: Option<&str>) -> Cell {
        let Some(id) = grade else { return Cell::Empty };
        let known = self.inputs.graded.bound.scheme.grades.iter().find(|known| known.id == id);
        Cell::Text(known.map_or_else(|| id.to_owned(), |known| known.title.in_lang(self.scene.lang).to_owned()))
    }

    /// The name of a grade in a heading; a word where there is none.
    fn grade_name(&self, grade: Option<&str>) -> String {
        if let Cell::Text(name) = self.grade(grade) { name } else { self.scene.say("pack.no_grade") }
    }

    /// Grades from the best, then none.
    fn grades(&self) -> Vec<Option<&'a str>> {
        self.review.draft.provenance.grades.iter().rev().map(|grade| Some(grade.as_str())).chain([None]).collect()
    }

    /// What the customers' own rows say.
    fn own(&self, customer: &Customer<'_>, column: &'static str) -> Cell {
        customer.code.map_or(Cell::Empty, |code| self.scene.people.cell(code, column, self.scene.dictionaries))
    }

    fn named(&self, customer: &Customer<'_>) -> Vec<Cell> {
        vec![Cell::Text(customer.row.proposal.subject.clone()), self.own(customer, "name")]
    }

    fn named_columns(&self) -> Vec<Column> {
        [self.scene.people.key(), "name"].map(|id| self.scene.column("graded", id, Align::Left)).to_vec()
    }

    /// Grades before, proposed and decided.
    fn grades_of(&self, customer: &Customer<'_>) -> Vec<Cell> {
        let proposal = &customer.row.proposal;
        let decided = customer.row.standing().map(|decision| decision.grade.as_deref());
        vec![
            self.grade(proposal.before.as_deref()),
            self.grade(proposal.proposed.as_deref()),
            decided.map_or_else(|| Cell::Text(self.scene.say("pack.undecided_mark")), |grade| self.grade(grade)),
        ]
    }

    fn grade_columns(&self) -> Vec<Column> {
        self.left(&["before", "proposed", "decided"])
    }

    fn left(&self, ids: &[&str]) -> Vec<Column> {
        ids.iter().map(|id| self.scene.column("pack", id, Align::Left)).collect()
    }

    fn right(&self, ids: &[&str]) -> Vec<Column> {
        ids.iter().map(|id| self.scene.column("pack", id, Align::Right)).collect()
    }

    /// Net sales of the year, or of the year before.
    fn sales(&self, customer: &Customer<'_>, id: &str) -> Cell {
        let found = self.scene.computed.at(id, self.review.head.as_of);
        let Ok((figures, at)) = found else { return Cell::Empty };
        let figure = customer.code.and_then(|code| figures.get(code, at));
        Cell::Money(i128::from(figure.unwrap_or(0)))
    }

    /// The classes of a customer in every dimension but the one that decides, by the draft.
    fn classes(&self, customer: &Customer<'_>) -> Vec<Cell> {
        let shown = self.dimensions();
        let class = |place: &usize| customer.row.proposal.classes.get(*place).cloned().flatten();
        shown.iter().map(|(place, _)| class(place).map_or(Cell::Empty, Cell::Text)).collect()
    }

    /// Dimensions that do not decide by themselves, with their titles.
    fn dimensions(&self) -> Vec<(usize, Column)> {
        let version = self.inputs.graded.version().map(|(_, version)| version);
        let title = |id: &str| {
            let found =
                version.and_then(|version| Some((version, version.dimensions.iter().find(|known| known.id == id)?)));
            found.map_or_else(
                || id.to_owned(),
                |(version, dimension)| crate::report::graded::dimension_title(self.scene, version, dimension),
            )
        };
        let result =
            version.and_then(|version| version.dimensions.get(version.result)).map(|result| result.id.as_str());
        let dimensions = self.review.draft.provenance.dimensions.iter().enumerate();
        let only = self.review.draft.provenance.dimensions.len() == 1;
        let shown = dimensions.filter(|(_, id)| only || Some(id.as_str()) != result);
        shown
            .map(|(place, id)| (place, Column { id: format!("class_{id}"), title: title(id), align: Align::Left }))
            .collect()
    }

    /// The day from which the six months of a new customer count (S58).
    fn since(&self, customer: &Customer<'_>) -> Option<NaiveDate> {
        let (_, version) = self.inputs.graded.version()?;
        let metric = version.provisional.as_ref()?.since;
        let (day, _) = self.inputs.graded.figure(metric, customer.at?)?;
        i32::try_from(day).ok().and_then(day_from_number)
    }

    fn table(&self, id: &'static str, columns: Vec<Column>, rows: Vec<crate::report::Row>) -> Table {
        Table {
            id: id.into(),
            title: self.scene.say(&format!("pack.{id}")),
            columns,
            rows,
            printed: Some(PRINTED),
            note: None,
        }
    }

    fn section(&self, id: &'static str, blocks: Vec<crate::report::Block>) -> Section {
        Section {
            id,
            title: self.scene.say(&format!("pack.{id}_title")),
            lead: Some(self.scene.say(&format!("pack.{id}_lead"))),
            blocks,
        }
    }

    /// What the reader must know first.
    fn findings(&self) -> Vec<crate::report::Finding> {
        let scene = self.scene;
        let all = count(self.review.rows.len());
        let undecided = count(self.review.undecided().count());
        let mut findings = Vec::new();
        if let Some(changed) = self.inputs.changed.filter(|changed| *changed > 0) {
            let values = [("count", &*changed.to_string()), ("declaration", &self.review.head.declaration)];
            findings.push(scene.finding(Tone::Bad, "pack.find_changed", &values));
        }
        let values = [("undecided", &*scene.text(&Cell::Count(undecided))), ("all", &*scene.text(&Cell::Count(all)))];
        if undecided > 0 {
            findings.push(scene.finding(Tone::Bad, "pack.find_undecided", &values));
        } else {
            findings.push(scene.finding(Tone::Good, "pack.find_decided", &values));
        }
        let moved = |wanted| {
            let rows = self.review.rows.iter();
            let moved = rows.filter(|row| self.review.movement(row, row.outcome()) == wanted).count();
            scene.text(&Cell::Count(count(moved)))
        };
        let values = [
            ("up", &*moved(Move::Up)),
            ("down", &*moved(Move::Down)),
            ("first", &*moved(Move::First)),
            ("stays", &*moved(Move::Stays)),
        ];
        findings.push(scene.finding(Tone::Neutral, "pack.find_moves", &values));
        findings
    }

    /// By grade: customers of the sections less those counted again are all customers.
    fn letters_equations(&self, listed: &[Vec<&str>]) -> Vec<Equation> {
        self.grades()
            .into_iter()
            .map(|grade| {
                let of_grade: Vec<&Customer<'_>> =
                    self.customers.iter().filter(|customer| customer.row.outcome() == grade).collect();
                let again: usize = of_grade.iter().map(|customer| customer.letters.len().saturating_sub(1)).sum();
                let stands = |ids: &Vec<&str>| {
                    of_grade
                        .iter()
                        .filter(|customer| ids.binary_search(&customer.row.proposal.subject.as_str()).is_ok())
                        .count()
                };
                let sum: usize = listed.iter().map(stands).sum();
                let words = self.scene.say_with("pack.check_sections", &[("grade", &self.grade_name(grade))]);
                Equation::counts(words, count(sum) - count(again), count(of_grade.len()))
            })
            .collect()
    }
}
