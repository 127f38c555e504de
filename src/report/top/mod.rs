//! The top of the pyramid (S39): the customers of the best grade with their figure, its share of the whole, and the movement on the year before.
//!
//! Facts in, a [`Report`] out. Not here: how many they are (`grading`).

use crate::{
    grading::bound::BoundMetric,
    metrics::{compute::Request, definition::Measure},
    money::Share,
    period::{Period, months_after},
    report::{
        Align, Block, Cell, Figure, Report, Section, Table, Tone,
        abc::measured_by,
        equation::Equation,
        error::ReportError,
        graded::{Body, Graded, Scene, Unit, count, data, total},
    },
};

/// Rows that are printed; the workbook and the data files have all.
const PRINTED: usize = 100;

/// The grades that the report shows.
#[derive(Debug, Clone, Copy)]
pub struct TopInputs<'a> {
    /// Everything around them.
    pub scene: Scene<'a>,
    /// The grades of the scheme.
    pub graded: Graded<'a>,
}

/// The figures of a year before.
pub fn requests(metric: &BoundMetric, period: Period) -> Vec<Request> {
    match metric.metric.measure {
        Measure::Rows(_) => vec![Request::new(metric.metric.clone(), [period.last_day(), year_before(period)])],
        Measure::Ratio { .. } => Vec::new(),
    }
}

fn year_before(period: Period) -> chrono::NaiveDate {
    months_after(period.last_day(), -12)
}

struct Member {
    subject: u32,
    at: usize,
    figure: i128,
    before: i128,
}

struct Facts<'a> {
    metric: &'a BoundMetric,
    unit: Unit,
    /// The best grade.
    best: u8,
    /// Who has it, the largest figure first.
    top: Vec<Member>,
    /// The sum of all positive figures, and of those of subjects with another grade.
    whole: i128,
    rest: i128,
    /// How many subjects have a positive figure.
    buyers: i64,
}

impl<'a> Facts<'a> {
    fn gather(inputs: &TopInputs<'a>) -> Result<Self, ReportError> {
        let (scene, graded) = (&inputs.scene, &inputs.graded);
        let unsuitable = || ReportError::Unsuitable {
            report: "top",
            scheme: graded.bound.scheme.id.clone(),
            wanted: "grades by the order or the limits of a figure that can be summed, such as an amount",
        };
        let place = graded.version().and_then(|(_, version)| measured_by(version)).ok_or_else(unsuitable)?;
        let metric = graded.metric(place).ok_or_else(unsuitable)?;
        let unit = Unit::of(&metric.metric).ok_or_else(unsuitable)?;
        if graded.now.subjects.is_empty() {
            return Err(ReportError::Nothing { what: "customers to grade", as_of: graded.now.as_of });
        }
        let year = scene.computed.at(&metric.metric.id, year_before(scene.period)).ok();
        let best = graded.ranks().next().unwrap_or(0);
        let mut facts = Self { metric, unit, best, top: Vec::new(), whole: 0, rest: 0, buyers: 0 };
        for (at, (subject, rank)) in graded.now.subjects.iter().zip(&graded.now.ranks).enumerate() {
            let figure = graded.figure(place, at).map_or(0, |(part, _)| i128::from(part));
            facts.buyers += i64::from(figure > 0);
            facts.whole += figure.max(0);
            if *rank == best {
                let before = year.and_then(|(figures, place)| figures.get(*subject, place)).unwrap_or(0);
                facts.top.push(Member { subject: *subject, at, figure, before: i128::from(before) });
            } else {
                facts.rest += figure.max(0);
            }
        }
        // Stable: equal figures stay in the order of their ids.
        facts.top.sort_by_key(|member| std::cmp::Reverse(member.figure));
        Ok(facts)
    }

    /// What the top brings.
    fn sum(&self) -> i128 {
        self.top.iter().map(|member| member.figure.max(0)).sum()
    }
}

/// Makes the report.
///
/// # Errors
/// [`ReportError::Unsuitable`] when the scheme measures no figure that can be summed, [`ReportError::Nothing`] when nobody is graded,
/// [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &TopInputs<'_>) -> Result<Report, ReportError> {
    let (scene, graded) = (&inputs.scene, &inputs.graded);
    let facts = Facts::gather(inputs)?;
    let (sum, members) = (facts.sum(), count(facts.top.len()));
    let key = |id, value| Figure { id, label: scene.say(&format!("top.{id}")), value, changes: Vec::new() };
    let figures = vec![
        key("members", Cell::Count(members)),
        key("buyers", Cell::Count(facts.buyers)),
        key("sum", facts.unit.cell()(sum)),
        key("share", Cell::Percent(Share::new(sum, facts.whole))),
    ];
    let values = [
        ("grade", &*graded.grade(facts.best, scene.lang)),
        ("members", &scene.text(&Cell::Count(members))),
        ("buyers_share", &scene.percent(members, facts.buyers)),
        ("share", &scene.percent(sum, facts.whole)),
    ];
    let everybody = graded.graded() + count(graded.now.excluded.len());
    let body = Body {
        id: "top",
        title: scene.say_with("top.title", &[("scheme", graded.bound.scheme.title.in_lang(scene.lang))]),
        findings: vec![scene.finding(Tone::Neutral, "top.find", &values)],
        sections: vec![Section {
            id: "top",
            title: scene.say("top.list"),
            lead: Some(scene.say("top.lead")),
            blocks: vec![Block::Figures(figures), Block::Table(table(inputs, &facts))],
        }],
        equations: vec![
            Equation::figures(scene.say("top.check_sum"), sum + facts.rest, facts.whole, facts.unit.cell()),
            Equation::counts(scene.say("top.check_subjects"), everybody, graded.subjects),
        ],
        definitions: vec![(scene.say("top.note_before"), scene.say("top.def_before"))],
    };
    scene.report(&[inputs.graded], body)
}

fn table(inputs: &TopInputs<'_>, facts: &Facts<'_>) -> Table {
    let scene = &inputs.scene;
    let top = &facts.top;
    let mut columns = vec![scene.column("top", "place", Align::Right)];
    columns.extend(scene.who_columns());
    columns.extend(["figure", "share", "year_before", "change"].iter().map(|id| scene.column("top", id, Align::Right)));
    columns.push(scene.column("top", "before", Align::Left));
    let place = columns.iter_mut().find(|column| column.id == "figure");
    if let Some(column) = place {
        facts.metric.metric.title.in_lang(scene.lang).clone_into(&mut column.title);
    }
    let change = |figure: i128, before: i128| {
        if before > 0 { Cell::PercentChange(Share::new(figure - before, before)) } else { Cell::Empty }
    };
    let figures = |figure: i128, before: i128| {
        let cell = facts.unit.cell();
        [cell(figure), Cell::Percent(Share::new(figure, facts.whole)), cell(before), change(figure, before)]
    };
    let mut rows: Vec<_> = top
        .iter()
        .enumerate()
        .map(|(nth, member)| {
            let mut cells = vec![Cell::Count(count(nth + 1))];
            cells.extend(scene.who(member.subject));
            cells.extend(figures(member.figure, member.before));
            cells.push(inputs.graded.before(member.at, scene.lang));
            data(cells)
        })
        .collect();
    let mut sums = vec![Cell::Empty, Cell::Text(scene.say("top.total"))];
    sums.extend(scene.people.described().map(|_| Cell::Empty));
    sums.extend(figures(top.iter().map(|member| member.figure).sum(), top.iter().map(|member| member.before).sum()));
    sums.push(Cell::Empty);
    rows.push(total(sums));
    Table {
        id: "top".into(),
        title: scene.say("top.table"),
        columns,
        rows,
        printed: Some(PRINTED),
        note: Some(scene.say("top.note")),
    }
}
