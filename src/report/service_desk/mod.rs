//! The comment book of the service desk (S23): what customers say of each member of staff in a period, for the appraisal of staff.
//!
//! Facts in, a [`Report`] out. Invariants: every evaluation that names a member of staff is counted, or told why not; levels are worth what the scale of the
//! survey says, and comments lower them as it says (S24, S25). Not here: what follows for pay, which people decide.

mod book;
mod facts;

use crate::{
    report::{
        Align, Block, Cell, Column, Figure, Finding, Report, Row, Section, Table, Tone,
        equation::Equation,
        error::ReportError,
        graded::{Body, Scene, count, data, total},
        service_desk::facts::{Facts, Tally},
    },
    satisfaction::questionnaire::Questionnaire,
};

pub use book::Entry;

/// Comments that are printed; the workbook and the data files have all.
const PRINTED: usize = 50;

/// What the report is made of.
#[derive(Debug, Clone, Copy)]
pub struct DeskInputs<'a> {
    /// Everything around it.
    pub scene: Scene<'a>,
    /// The survey whose scale and comments count.
    pub survey: &'a Questionnaire,
    /// Evaluations of staff in the period, and in the one before.
    pub now: &'a [Entry],
    /// See [`DeskInputs::now`].
    pub before: &'a [Entry],
}

impl DeskInputs<'_> {
    fn say(&self, key: &str) -> String {
        self.scene.say(&format!("desk.{key}"))
    }

    fn number(&self, value: i64) -> String {
        self.scene.text(&Cell::Count(value))
    }

    fn text(&self, column: &'static str, code: u32) -> Cell {
        let text = self.scene.dictionaries.text(column, code);
        text.map_or(Cell::Empty, |text| Cell::Text(text.to_owned()))
    }

    fn heads(&self, ids: &[(&str, Align)]) -> Vec<Column> {
        ids.iter().map(|(id, align)| self.scene.column("desk", id, *align)).collect()
    }

    fn level(&self, place: usize) -> String {
        let level = self.survey.scale.levels.get(place);
        level.map_or_else(String::new, |level| level.title.in_lang(self.scene.lang).to_owned())
    }
}

/// Makes the report (S23).
///
/// # Errors
/// [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &DeskInputs<'_>) -> Result<Report, ReportError> {
    let facts = Facts::gather(inputs);
    let figure = |id, value| Figure { id, label: inputs.say(&format!("fig_{id}")), value, changes: Vec::new() };
    let sum = facts.sum();
    let figures = vec![
        figure("staff", Cell::Count(count(facts.staff.len()))),
        figure("answers", Cell::Count(sum.answers)),
        figure("score", score(inputs, &sum)),
        figure("comments", Cell::Count(sum.praise + sum.remarks)),
    ];
    let section = |id: &'static str, blocks| Section {
        id,
        title: inputs.say(id),
        lead: Some(inputs.say(&format!("{id}_lead"))),
        blocks,
    };
    let body = Body {
        id: "service-desk",
        title: inputs.say("title"),
        findings: findings(inputs, &facts),
        sections: vec![
            section("staff", vec![Block::Figures(figures), Block::Table(staff(inputs, &facts))]),
            section("comments", vec![Block::Table(comments(inputs, &facts))]),
        ],
        equations: vec![
            Equation::counts(
                inputs.say("check_rows"),
                sum.answers + sum.left_out + sum.unknown,
                count(inputs.now.len()),
            ),
            Equation::counts(inputs.say("check_levels"), sum.levels.iter().sum(), sum.answers),
        ],
        definitions: definitions(inputs),
    };
    inputs.scene.report(&[], body)
}

/// The mean of what counts, in millionths of a point.
fn score(inputs: &DeskInputs<'_>, tally: &Tally) -> Cell {
    tally.mean(inputs.survey).map_or(Cell::Empty, Cell::Score)
}

fn findings(inputs: &DeskInputs<'_>, facts: &Facts) -> Vec<Finding> {
    let sum = facts.sum();
    if inputs.now.is_empty() {
        return vec![inputs.scene.finding(Tone::Neutral, "desk.find_none", &[])];
    }
    let values = [
        ("staff", &*inputs.number(count(facts.staff.len()))),
        ("answers", &inputs.number(sum.answers)),
        ("score", &inputs.scene.text(&score(inputs, &sum))),
    ];
    let mut found = vec![inputs.scene.finding(Tone::Neutral, "desk.find_score", &values)];
    if sum.unknown > 0 {
        let values = [("count", &*inputs.number(sum.unknown))];
        found.push(inputs.scene.finding(Tone::Bad, "desk.find_unknown", &values));
    }
    found
}

fn staff(inputs: &DeskInputs<'_>, facts: &Facts) -> Table {
    let figures = ["answers", "customers", "score", "before", "change"];
    let mut columns = inputs.heads(&[("staff", Align::Left)]);
    columns.extend(inputs.heads(&figures.map(|id| (id, Align::Right))));
    columns.extend((0..inputs.survey.scale.levels.len()).rev().map(|place| Column {
        id: format!("level_{}", place + 1),
        title: inputs.level(place),
        align: Align::Right,
    }));
    columns.extend(inputs.heads(&["lowered", "praise", "remarks"].map(|id| (id, Align::Right))));
    let cells = |name: Cell, tally: &Tally, before: Option<i128>| {
        let now = tally.mean(inputs.survey);
        let change = now.zip(before).map_or(Cell::Empty, |(now, before)| Cell::ScoreChange(now - before));
        let mut cells = vec![name, Cell::Count(tally.answers), Cell::Count(count(tally.customers.len()))];
        cells.extend([score(inputs, tally), before.map_or(Cell::Empty, Cell::Score), change]);
        cells.extend(tally.levels.iter().rev().map(|count| Cell::Count(*count)));
        cells.extend([tally.lowered, tally.praise, tally.remarks].map(Cell::Count));
        cells
    };
    let row = |(code, tally): &(u32, Tally)| {
        data(cells(
            inputs.text("staff", *code),
            tally,
            facts.before.get(code).and_then(|before| before.mean(inputs.survey)),
        ))
    };
    let mut rows: Vec<Row> = facts.staff.iter().map(row).collect();
    let mut before = Tally::default();
    facts.before.values().for_each(|tally| before.merge(tally));
    rows.push(total(cells(Cell::Text(inputs.say("sum")), &facts.sum(), before.mean(inputs.survey))));
    Table {
        id: "staff".into(),
        title: inputs.say("staff_table"),
        columns,
        rows,
        printed: None,
        note: Some(inputs.scene.say_with("desk.staff_note", &[("least", &inputs.survey.least.to_string())])),
    }
}

fn comments(inputs: &DeskInputs<'_>, facts: &Facts) -> Table {
    let ids = ["day", "staff", "indicator", "level", "counted", "kind", "comment", "customer_id"];
    let row = |(entry, counted): &(&Entry, Option<usize>)| {
        let kind = entry.kind.map_or(Cell::Empty, |kind| Cell::Text(inputs.say(&format!("kind_{}", kind.name()))));
        data(vec![
            entry.day().map_or(Cell::Empty, Cell::Date),
            inputs.text("staff", entry.staff),
            inputs.text("indicator", entry.indicator),
            inputs.text("level", entry.level),
            counted.map_or(Cell::Empty, |place| Cell::Text(inputs.level(place))),
            kind,
            inputs.text("comment", entry.comment),
            inputs.text("customer_id", entry.customer),
        ])
    };
    Table {
        id: "comments".into(),
        title: inputs.say("comments_table"),
        columns: inputs.heads(&ids.map(|id| (id, Align::Left))),
        rows: facts.comments.iter().map(row).collect(),
        printed: Some(PRINTED),
        note: None,
    }
}

fn definitions(inputs: &DeskInputs<'_>) -> Vec<(String, String)> {
    let note = |key: &str, text: String| (inputs.say(&format!("note_{key}")), text);
    let levels = (0..inputs.survey.scale.levels.len()).rev().filter_map(|place| {
        let level = inputs.survey.scale.levels.get(place)?;
        let score = crate::money::Share::new(level.score, inputs.survey.scale.unit).scaled(6)?;
        Some(format!("{} {}", inputs.level(place), inputs.scene.text(&Cell::Score(score))))
    });
    let levels = levels.collect::<Vec<_>>().join(" · ");
    vec![
        note("score", inputs.scene.say_with("desk.def_score", &[("levels", &levels)])),
        note("comments", inputs.say("def_comments")),
        note("survey", inputs.scene.say_with("desk.def_survey", &[("survey", &inputs.survey.id)])),
    ]
}
