//! The RFM report (S41, S42): customers by code or segment, what each brings, and where the parts were cut.
//!
//! Facts in, a [`Report`] out. Not here: how codes and segments are given (`grading`).

mod codes;
mod cuts;
mod facts;
mod segments;

use crate::{
    report::{
        Align, Block, Cell, Figure, Finding, Report, Section, Table, Tone,
        error::ReportError,
        graded::{Body, Graded, PRINTED, Scene, data, figure_cell},
        rfm::facts::Facts,
    },
    scheme::rule::Rule,
};

/// Fewer customers than this make fifths that say little (S42).
const FEW: i64 = 500;

/// The grades that the report shows.
#[derive(Debug, Clone, Copy)]
pub struct RfmInputs<'a> {
    /// Everything around them.
    pub scene: Scene<'a>,
    /// The grades of the scheme.
    pub graded: Graded<'a>,
}

/// Makes the report.
///
/// # Errors
/// [`ReportError::Unsuitable`] when the scheme scores nothing, [`ReportError::Nothing`] when nobody is graded,
/// [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &RfmInputs<'_>) -> Result<Report, ReportError> {
    let facts = Facts::gather(inputs)?;
    let scene = &inputs.scene;
    let mut sections = vec![overview(inputs, &facts)];
    if !is_code(inputs) {
        sections.push(segments::section(inputs, &facts));
    }
    if facts.scores.len() > 1 {
        sections.push(codes::section(inputs, &facts));
    }
    sections.extend([cuts::section(inputs, &facts), customers(inputs, &facts)]);
    let body = Body {
        id: "rfm",
        title: scene.say_with("rfm.title", &[("scheme", inputs.graded.bound.scheme.title.in_lang(scene.lang))]),
        findings: findings(inputs, &facts),
        sections,
        equations: facts.equations(inputs),
        definitions: ["average", "range"]
            .iter()
            .map(|key| (scene.say(&format!("rfm.note_{key}")), scene.say(&format!("rfm.def_{key}"))))
            .collect(),
    };
    scene.report(&[inputs.graded], body)
}

/// Whether the grades are the codes themselves.
fn is_code(inputs: &RfmInputs<'_>) -> bool {
    let rule = inputs.graded.version().and_then(|(_, bound)| bound.result()).map(|result| &result.rule);
    matches!(rule, Some(Rule::Code { .. }))
}

fn overview(inputs: &RfmInputs<'_>, facts: &Facts) -> Section {
    let scene = &inputs.scene;
    let figure = |id, value| Figure { id, label: scene.say(&format!("rfm.{id}")), value, changes: Vec::new() };
    let graded = inputs.graded.graded();
    let whole = facts.whole();
    let figures = vec![
        figure("customers", Cell::Count(graded)),
        figure("excluded", Cell::Count(inputs.graded.subjects - graded)),
        figure("sales", facts.money(whole.sales)),
        figure("orders", facts.orders(whole.orders)),
        figure("average", facts.average(&whole)),
        figure(
            "in_use",
            Cell::Count(facts.grades.iter().filter(|sum| sum.customers > 0).count().try_into().unwrap_or(0)),
        ),
    ];
    Section {
        id: "overview",
        title: scene.say("rfm.overview"),
        lead: Some(scene.say("rfm.overview_lead")),
        blocks: vec![Block::Figures(figures)],
    }
}

fn findings(inputs: &RfmInputs<'_>, facts: &Facts) -> Vec<Finding> {
    let scene = &inputs.scene;
    let graded = inputs.graded.graded();
    let number = |count: i64| scene.text(&Cell::Count(count));
    let mut findings = Vec::new();
    if graded < FEW {
        let values = [("customers", &*number(graded)), ("few", &number(FEW))];
        findings.push(scene.finding(Tone::Bad, "rfm.find_few", &values));
    }
    let whole = facts.whole();
    let richest = facts.grades.iter().enumerate().max_by_key(|(_, sum)| sum.sales);
    if let Some((place, sum)) = richest.filter(|(_, sum)| sum.sales > 0) {
        let grade = inputs.graded.grade(u8::try_from(place).unwrap_or(u8::MAX), scene.lang);
        let values = [
            ("grade", &*grade),
            ("customers", &number(sum.customers)),
            ("customers_share", &scene.percent(sum.customers, graded)),
            ("sales_share", &scene.percent(sum.sales, whole.sales)),
        ];
        findings.push(scene.finding(Tone::Neutral, "rfm.find_richest", &values));
    }
    let excluded = inputs.graded.subjects - graded;
    if excluded > 0 {
        let values = [("customers", &*number(excluded)), ("share", &scene.percent(excluded, inputs.graded.subjects))];
        findings.push(scene.finding(Tone::Neutral, "rfm.find_excluded", &values));
    }
    findings
}

/// Every customer with its scores, the best grade first.
fn customers(inputs: &RfmInputs<'_>, facts: &Facts) -> Section {
    let scene = &inputs.scene;
    let mut columns = scene.who_columns();
    for score in &facts.scores {
        let id = score.id.clone();
        columns.push(crate::report::Column { id, title: score.measured.clone(), align: Align::Right });
    }
    columns.push(scene.column("rfm", "code", Align::Left));
    if !is_code(inputs) {
        columns.push(scene.column("rfm", "segment", Align::Left));
    }
    columns.push(scene.column("rfm", "before", Align::Left));
    let row = |at: &usize| {
        let subject = inputs.graded.now.subjects.get(*at).copied().unwrap_or(0);
        let mut cells = scene.who(subject);
        for score in &facts.scores {
            let figure = inputs.graded.figure(score.metric, *at);
            let metric = inputs.graded.metric(score.metric);
            cells.push(metric.map_or(Cell::Empty, |metric| figure_cell(metric, figure, scene.dictionaries)));
        }
        cells.push(facts.code_of(inputs, *at).map_or(Cell::Empty, Cell::Text));
        if !is_code(inputs) {
            let rank = inputs.graded.now.ranks.get(*at).copied();
            cells.push(rank.map_or(Cell::Empty, |rank| Cell::Text(inputs.graded.grade(rank, scene.lang))));
        }
        cells.push(inputs.graded.before(*at, scene.lang));
        data(cells)
    };
    let table = Table {
        id: "customers".into(),
        title: scene.say("rfm.customers_table"),
        columns,
        rows: facts.in_order(inputs).iter().map(row).collect(),
        printed: Some(PRINTED),
        note: Some(scene.say("rfm.customers_note")),
    };
    Section { id: "customers", title: scene.say("rfm.customers_list"), lead: None, blocks: vec![Block::Table(table)] }
}
