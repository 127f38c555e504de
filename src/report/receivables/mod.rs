//! The receivable risk list (S75): what is open and how old, its classes, how customers pay, what changed since the last list, what is suggested.
//!
//! Facts in, a [`Report`] out. Suggestions are for people to decide. Not here: ageing and classes (`receivables`), grades (`grading`).

mod actions;
mod changes;
mod classes;
mod facts;
mod findings;
mod leases;
mod lists;
mod papers;
mod registers;
mod summary;
mod worksheet;

use crate::{
    ledger::snapshot::Snapshot,
    receivables::{
        ageing::Ageing,
        behaviour::Behaviour,
        movement::{Dispute, Movements},
        risk::{Risk, change::List, policy::RiskPolicy},
    },
    report::{
        Block, Cell, Column, Report, Section, Table,
        equation::Equation,
        error::ReportError,
        graded::{Body, Graded, PRINTED, Scene},
        review::facts::Records,
    },
};

pub use papers::Papers;

use facts::Facts;

/// Why a scheme has no grades on the day of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Without {
    /// It grades another kind of subject.
    OtherSubject,
    /// None of its versions is in force.
    NotInForce,
    /// So many of its limits were never decided.
    Undecided(usize),
    /// The ledger does not have what it needs: what reading it would say.
    NotInLedger(String),
}

/// The grades of a scheme, or why there are none.
#[derive(Debug)]
pub struct Beside<'a> {
    /// The scheme.
    pub id: &'a str,
    /// What it is called.
    pub title: String,
    /// Its grades, or why there are none.
    pub graded: Result<Graded<'a>, Without>,
    /// The rank of each subject by its code.
    pub ranks: Vec<Option<u8>>,
}

impl Beside<'_> {
    /// The id and the name of the grade of a subject.
    fn grade(&self, subject: u32) -> Option<(&str, &crate::text::Title)> {
        let graded = self.graded.as_ref().ok()?;
        let rank = usize::try_from(subject).ok().and_then(|at| self.ranks.get(at).copied().flatten())?;
        graded.bound.scheme.grade(rank).map(|grade| (grade.id.as_str(), &grade.title))
    }
}

/// What the report is made of.
#[derive(Debug)]
pub struct RiskInputs<'a> {
    /// Everything around the figures.
    pub scene: Scene<'a>,
    /// How receivables are classed.
    pub rules: &'a RiskPolicy,
    /// The movements.
    pub movements: &'a Movements,
    /// What is open.
    pub ageing: &'a Ageing,
    /// How customers pay.
    pub behaviour: &'a [Behaviour],
    /// The classes of what is open.
    pub risk: &'a Risk,
    /// The list that this report gives out.
    pub list: &'a List,
    /// The one before; `None` when there is none.
    pub last: Option<&'a List>,
    /// What is recorded about customers: special terms, credit grades.
    pub records: &'a Records,
    /// What is on paper.
    pub papers: &'a Papers,
    /// Schemes whose grades the list shows or needs.
    pub schemes: &'a [Beside<'a>],
    /// The scheme of leases with its grades, where there is one.
    pub leases: Option<&'a Beside<'a>>,
}

/// Makes the report.
///
/// # Errors
/// [`ReportError::Nothing`] when the ledger has no invoice, [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &RiskInputs<'_>) -> Result<Report, ReportError> {
    if inputs.movements.invoices.is_empty() {
        return Err(ReportError::Nothing { what: "invoices", as_of: inputs.ageing.at.day });
    }
    let facts = Facts::gather(inputs);
    let risk_list = RiskList { inputs, scene: &inputs.scene, facts };
    let body = risk_list.body();
    let graded: Vec<Graded<'_>> =
        inputs.schemes.iter().chain(inputs.leases).filter_map(|beside| beside.graded.as_ref().ok().copied()).collect();
    let example = inputs.rules.example.as_ref().map(|title| title.in_lang(inputs.scene.lang).to_owned());
    let report = inputs.scene.report(&graded, body)?;
    Ok(Report { example: example.or(report.example), ..report })
}

/// Everything at hand while the report is made.
struct RiskList<'a> {
    inputs: &'a RiskInputs<'a>,
    scene: &'a Scene<'a>,
    facts: Facts<'a>,
}

impl RiskList<'_> {
    fn body(&self) -> Body {
        let mut sections = vec![self.summary(), self.list(), self.changed(), self.suggested()];
        sections.extend(self.items());
        sections.extend(self.registers());
        sections.extend(self.foreign());
        Body {
            id: "receivable-risk",
            title: self.say("title"),
            findings: self.findings(),
            sections,
            equations: self.equations(),
            definitions: self.definitions(),
        }
    }

    fn say(&self, key: &str) -> String {
        self.scene.say(&format!("risk.{key}"))
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.scene.say_with(&format!("risk.{key}"), values)
    }

    fn left(&self, ids: &[&str]) -> Vec<Column> {
        ids.iter().map(|id| self.scene.column("risk", id, crate::report::Align::Left)).collect()
    }

    fn right(&self, ids: &[&str]) -> Vec<Column> {
        ids.iter().map(|id| self.scene.column("risk", id, crate::report::Align::Right)).collect()
    }

    fn section(&self, id: &'static str, blocks: Vec<Block>) -> Section {
        let (title, lead) = (self.say(&format!("{id}_title")), self.say(&format!("{id}_lead")));
        Section { id, title, lead: Some(lead), blocks }
    }

    /// A table of a list: so many rows are printed.
    fn table(&self, id: &'static str, columns: Vec<Column>, rows: Vec<crate::report::Row>) -> Table {
        let title = self.say(&format!("{id}_table"));
        Table { id: id.into(), title, columns, rows, printed: Some(PRINTED), note: None }
    }

    fn equations(&self) -> Vec<Equation> {
        let mut equations = Vec::new();
        for (risk, ageing) in self.inputs.risk.totals.iter().zip(&self.inputs.ageing.totals) {
            let cell = facts::money(risk.currency);
            let code = self.currency(risk.currency);
            let mut figures = |key: &str, left: i128, right: i128| {
                equations.push(Equation::figures(self.say_with(key, &[("currency", code)]), left, right, cell));
            };
            let buckets: i128 = ageing.buckets.iter().map(|bucket| bucket.amount).sum();
            let lines = || self.facts.of(risk.currency);
            figures("check_buckets", buckets + ageing.unapplied, lines().map(|line| line.own.total()).sum());
            figures("check_classes", risk.open(), ageing.open.amount);
            figures("check_customers", lines().map(|line| line.risk.open()).sum(), ageing.open.amount);
            figures("check_at_risk", lines().map(|line| line.risk.at_risk()).sum(), risk.at_risk());
            figures("check_overdue", lines().map(|line| line.risk.overdue).sum(), risk.overdue);
            if let Some(control) = ageing.control {
                figures("check_control", ageing.total(), control);
            }
        }
        equations.extend(self.change_equations());
        equations
    }

    fn currency(&self, place: u16) -> &str {
        self.inputs.ageing.currencies.get(usize::from(place)).map_or("", String::as_str)
    }

    fn definitions(&self) -> Vec<(String, String)> {
        let mut notes: Vec<(String, String)> = ["classes", "at_risk", "contagion", "behaviour", "change", "actions"]
            .iter()
            .map(|id| (self.say(&format!("note_{id}")), self.definition(id)))
            .collect();
        for beside in self.inputs.schemes.iter().chain(self.inputs.leases) {
            if let Err(why) = &beside.graded {
                notes.push((
                    self.say("note_without"),
                    self.say_with("def_without", &[("scheme", &beside.title), ("why", &self.without(why))]),
                ));
            }
        }
        notes
    }

    /// Why a scheme has no grades, in words.
    fn without(&self, why: &Without) -> String {
        match why {
            Without::OtherSubject => self.say("without_subject"),
            Without::NotInForce => self.say("without_version"),
            Without::Undecided(count) => self.say_with("without_limits", &[("count", &count.to_string())]),
            Without::NotInLedger(told) => self.say_with("without_data", &[("told", told)]),
        }
    }

    fn definition(&self, id: &str) -> String {
        let key = format!("def_{id}");
        match id {
            "contagion" => match self.inputs.rules.contagion {
                Some(limit) => self.say_with(&key, &[("limit", &self.scene.text(&Cell::Percent(limit)))]),
                None => self.say("def_no_contagion"),
            },
            "change" => match self.inputs.last {
                Some(last) => self.say_with(&key, &[("day", &last.as_of.to_string())]),
                None => self.say("def_no_change"),
            },
            _ => self.say(&key),
        }
    }
}

/// The disputes that are open on the day.
fn open_disputes(movements: &Movements, day: i32) -> impl Iterator<Item = &Dispute> {
    let open =
        move |dispute: &&Dispute| dispute.opened_on <= day && dispute.closed_on.is_none_or(|closed| closed > day);
    movements.disputes.iter().filter(open)
}

/// Reads what is on paper and recorded about customers.
///
/// # Errors
/// [`crate::ledger::error::LedgerError`] when the ledger cannot be read.
pub fn read(
    snapshot: &mut Snapshot,
    as_of: chrono::NaiveDate,
) -> Result<(Papers, Records), crate::ledger::error::LedgerError> {
    Ok((Papers::read(snapshot, as_of)?, Records::read(snapshot, as_of)?))
}
