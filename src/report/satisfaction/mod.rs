//! The satisfaction report of a survey wave (S24–S29) with open complaints (S31) and the comment book of the staff (S23).
//!
//! Facts in, a [`Report`] out. Not here: how answers are scored (`satisfaction`), the grades that targets are set for (`run`).

mod cells;
mod comments;
mod complaints;
mod facts;
mod faults;
mod findings;
mod groups;
mod indicators;
mod summary;
mod trend;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    report::{
        Report,
        error::ReportError,
        graded::{Body, Graded, Scene},
        satisfaction::facts::Facts,
    },
    satisfaction::{
        answers::{Sheet, Wave},
        questionnaire::Questionnaire,
    },
};

pub use complaints::Complaint;

/// The most waves that are compared, the reported one among them.
pub const WAVES: usize = 8;

/// A wave, as the ledger describes it, with its answers.
#[derive(Debug)]
pub struct ReportedWave {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub title: Option<String>,
    /// Its last day.
    pub ended_on: NaiveDate,
    /// How many customers were asked.
    pub invited: Option<i64>,
    /// Its answers, with those rows one by one that have a comment or a fault.
    pub answers: Wave,
}

/// What the report is made of.
#[derive(Debug, Clone, Copy)]
pub struct SatisfactionInputs<'a> {
    /// Everything around it.
    pub scene: Scene<'a>,
    /// The survey.
    pub survey: &'a Questionnaire,
    /// The waves that are compared, the earliest first; the last one is reported.
    pub waves: &'a [ReportedWave],
    /// Rows of answers that name no wave.
    pub without_wave: i64,
    /// Grades of customers on the last day of the wave, by the scheme of the targets; `None` without targets.
    pub graded: Option<Graded<'a>>,
    /// The rank of each customer by its code.
    pub ranks: &'a [Option<u8>],
    /// The name of each department, by code.
    pub departments: &'a BTreeMap<u32, u32>,
    /// Every complaint; `None` where the ledger has none.
    pub complaints: Option<&'a [Complaint]>,
}

impl SatisfactionInputs<'_> {
    /// The rank of a customer.
    fn rank(&self, customer: u32) -> Option<u8> {
        self.ranks.get(usize::try_from(customer).ok()?).copied().flatten()
    }

    /// The key by which sheets are parted by grade.
    fn grade_key(&self, sheet: &Sheet) -> u32 {
        self.rank(sheet.customer).map_or(NOT_GRADED, u32::from)
    }

    /// The name of a grade behind [`SatisfactionInputs::grade_key`].
    fn grade_name(&self, key: u32) -> String {
        match (u8::try_from(key), self.graded) {
            (Ok(rank), Some(graded)) => graded.grade(rank, self.scene.lang),
            _ => self.say("not_graded"),
        }
    }

    fn say(&self, key: &str) -> String {
        self.scene.say(&format!("satisfaction.{key}"))
    }

    fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        self.scene.say_with(&format!("satisfaction.{key}"), values)
    }
}

/// The key of customers without a grade.
const NOT_GRADED: u32 = u32::MAX;

/// Makes the report.
///
/// # Errors
/// [`ReportError::Nothing`] without a wave, [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &SatisfactionInputs<'_>) -> Result<Report, ReportError> {
    let Some(facts) = Facts::gather(inputs) else {
        return Err(ReportError::Nothing { what: "survey waves", as_of: inputs.scene.period.last_day() });
    };
    let mut sections = vec![
        summary::section(inputs, &facts),
        indicators::section(inputs, &facts),
        groups::section(inputs, &facts),
        trend::section(inputs, &facts),
    ];
    sections.extend(comments::sections(inputs, &facts));
    sections.push(groups::customers(inputs, &facts));
    let complaints = inputs.complaints.map(|complaints| complaints::Open::of(inputs, complaints));
    sections.extend(complaints.as_ref().map(|open| open.section(inputs)));
    sections.push(faults::section(inputs, &facts));
    let mut equations = facts.equations(inputs);
    equations.extend(complaints.as_ref().map(|open| open.equation(inputs)));
    let title = facts.wave.title.clone().unwrap_or_else(|| facts.wave.name.clone());
    let body = Body {
        id: "satisfaction",
        title: inputs.say_with("title", &[("survey", inputs.survey.title.in_lang(inputs.scene.lang))]),
        findings: findings::findings(inputs, &facts, complaints.as_ref()),
        sections,
        equations,
        definitions: definitions(inputs, &title, facts.wave),
    };
    let graded: Vec<Graded<'_>> = inputs.graded.into_iter().collect();
    inputs.scene.report(&graded, body)
}

/// The wave, the survey with its settings, and how each figure is made.
fn definitions(inputs: &SatisfactionInputs<'_>, title: &str, wave: &ReportedWave) -> Vec<(String, String)> {
    let survey = inputs.survey;
    let lang = inputs.scene.lang;
    let note = |key: &str, text: String| (inputs.say(&format!("note_{key}")), text);
    let ended = wave.ended_on.to_string();
    let requirements = survey.requirements.join(", ");
    let values = [
        ("title", title),
        ("wave", &wave.name),
        ("ended", &ended),
        ("survey", &survey.id),
        ("scale", survey.scale.title.in_lang(lang)),
        ("requirements", &requirements),
    ];
    let mut notes = vec![note("wave", inputs.say_with("def_wave", &values))];
    let levels = survey.scale.levels.iter().rev().filter_map(|level| {
        let score = crate::money::Share::new(level.score, survey.scale.unit).scaled(6)?;
        Some(format!("{} {}", level.title.in_lang(lang), inputs.scene.text(&crate::report::Cell::Score(score))))
    });
    notes.push(note("scale", levels.collect::<Vec<_>>().join(" · ")));
    let percent = survey.confidence.percent().to_string();
    let least = survey.least.to_string();
    let values = [("percent", percent.as_str()), ("least", &least)];
    let equal = survey
        .indicators
        .windows(2)
        .all(|pair| pair.iter().all(|one| Some(one.weight) == pair.first().map(|p| p.weight)));
    notes.push(note("score", inputs.say(if equal { "def_score_equal" } else { "def_score_weighted" })));
    notes.push(note("label", inputs.say("def_label")));
    notes.push(note("interval", inputs.say_with("def_interval", &values)));
    notes.push(note("change", inputs.say_with("def_change", &values)));
    if let Some(comments) = &survey.comments {
        let name = |place: usize| survey.scale.levels.get(place).map_or("", |level| level.title.in_lang(lang));
        let levels: Vec<&str> = comments.levels.iter().map(|place| name(*place)).collect();
        let kinds: Vec<String> =
            comments.kinds.iter().map(|kind| inputs.say(&format!("kind_{}", kind.name()))).collect();
        let values =
            [("levels", &*levels.join(" · ")), ("counts_as", name(comments.counts_as)), ("kinds", &kinds.join(" · "))];
        notes.push(note("override", inputs.say_with("def_override", &values)));
    }
    notes.push(note("response", inputs.say("def_response")));
    if inputs.graded.is_some() {
        notes.push(note("targets", inputs.say_with("def_targets", &[("day", &ended)])));
    }
    notes
}
