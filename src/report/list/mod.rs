//! Lists by attributes, figures and grades that people define in `config/lists/` (S108, S109), managed lists with a smallest number among them (S49).
//!
//! Facts in, a [`Report`] out. Not here: how a list file is read (`check`), what changed since the list before.

mod check;
pub mod definition;
mod select;

use chrono::NaiveDate;

use crate::{
    grading::bound::BoundMetric,
    metrics::{compute::Request, definition::MetricUnit},
    report::{
        Align, Block, Cell, Column, Figure, Finding, Report, Section, Table, Tone,
        equation::Equation,
        error::ReportError,
        graded::{Body, Graded, Scene, count, data, figure_cell},
        list::{
            definition::{List, Source, Wanted, title_of},
            select::{Chosen, Group, groups},
        },
    },
};

/// Rows of a list that are printed; the workbook and the data files have all.
const PRINTED: usize = 200;

/// What a list is made of.
#[derive(Debug, Clone, Copy)]
pub struct ListInputs<'a> {
    /// Everything around it.
    pub scene: Scene<'a>,
    /// The list.
    pub list: &'a List,
    /// What it needs.
    pub needs: &'a Wanted,
    /// The subjects for which the list's conditions hold, by id.
    pub subjects: &'a [u32],
    /// The grades of the schemes it needs, in their order.
    pub graded: &'a [Graded<'a>],
    /// The ranks of each by subject code.
    pub ranks: &'a [Vec<Option<u8>>],
}

impl List {
    /// The columns of the subjects' own rows that are shown, ordered or parted by.
    pub fn own_columns(&self) -> Vec<&'static str> {
        let shown = self.columns.iter().map(|shown| &shown.source).chain(self.order.iter().map(|(source, _)| source));
        let columns =
            shown.filter_map(|source| if let Source::Column(column) = source { Some(column.name) } else { None });
        columns.chain(self.by).collect()
    }
}

/// The figures that a list needs on a day.
pub fn requests(needs: &Wanted, day: NaiveDate) -> Vec<Request> {
    let parts = |metric: &BoundMetric| match &metric.parts {
        Some((of, per)) => vec![of.clone(), per.clone()],
        None => vec![metric.metric.clone()],
    };
    let mut requests: Vec<Request> = Vec::new();
    for metric in needs.metrics.iter().flat_map(parts) {
        if requests.iter().all(|request| request.id() != metric.id) {
            requests.push(Request::new(metric, [day]));
        }
    }
    requests
}

impl ListInputs<'_> {
    fn day(&self) -> NaiveDate {
        self.scene.period.last_day()
    }

    fn metric(&self, place: usize) -> Option<&BoundMetric> {
        self.needs.metrics.get(place)
    }

    /// The figure of a subject, as part and whole.
    fn figure(&self, place: usize, subject: u32) -> Option<(i64, i64)> {
        let get = |id: &str| {
            let (figures, at) = self.scene.computed.at(id, self.day()).ok()?;
            figures.get(subject, at)
        };
        let metric = self.metric(place)?;
        match &metric.parts {
            Some((of, per)) => Some((get(&of.id)?, get(&per.id)?)).filter(|(_, whole)| *whole != 0),
            None => Some((get(&metric.metric.id)?, 1)),
        }
    }

    /// The rank of a subject in a scheme.
    fn rank(&self, scheme: usize, subject: u32) -> Option<u8> {
        self.ranks.get(scheme)?.get(usize::try_from(subject).ok()?).copied().flatten()
    }

    fn cell(&self, source: &Source, subject: u32) -> Cell {
        match source {
            Source::Column(column) => self.scene.people.cell(subject, column.name, self.scene.dictionaries),
            Source::Metric(place) => {
                let figure = self.figure(*place, subject);
                self.metric(*place).map_or(Cell::Empty, |metric| figure_cell(metric, figure, self.scene.dictionaries))
            }
            Source::Grade(place) => match (self.graded.get(*place), self.rank(*place, subject)) {
                (Some(graded), Some(rank)) => Cell::Text(graded.grade(rank, self.scene.lang)),
                _ => Cell::Empty,
            },
        }
    }
}

/// Makes the report.
///
/// # Errors
/// [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &ListInputs<'_>) -> Result<Report, ReportError> {
    let scene = &inputs.scene;
    let list = inputs.list;
    let groups = groups(inputs);
    let listed = groups.iter().map(|group| count(group.chosen.len())).sum();
    let filled = groups.iter().map(Group::filled).sum();
    let figure = |id, value| Figure { id, label: scene.say(&format!("list.{id}")), value, changes: Vec::new() };
    let mut figures =
        vec![figure("listed", Cell::Count(listed)), figure("subjects", Cell::Count(count(inputs.subjects.len())))];
    if list.at_least > 0 {
        figures.push(figure("filled", Cell::Count(filled)));
        figures.push(figure("short", Cell::Count(groups.iter().map(|group| group.short(list.at_least)).sum())));
    }
    let sections = vec![Section {
        id: "list",
        title: scene.say("list.list"),
        lead: None,
        blocks: vec![Block::Figures(figures), Block::Table(table(inputs, &groups))],
    }];
    let mut equations = vec![Equation::counts(
        scene.say("list.check_parts"),
        groups.iter().map(|group| group.tested).sum::<i64>() + groups.iter().map(|group| group.left_out).sum::<i64>(),
        count(inputs.subjects.len()),
    )];
    equations.push(Equation::counts(
        scene.say("list.check_listed"),
        groups.iter().map(|group| group.tested).sum::<i64>() + filled,
        listed,
    ));
    let requirements = (
        scene.say("list.note_definition"),
        scene.say_with(
            "list.definition",
            &[
                ("title", list.title.in_lang(scene.lang)),
                ("list", &list.id),
                ("requirements", &list.requirements.join(", ")),
            ],
        ),
    );
    let body = Body {
        id: "list",
        title: list.title.in_lang(scene.lang).to_owned(),
        findings: findings(inputs, &groups),
        sections,
        equations,
        definitions: vec![requirements],
    };
    let mut report = scene.report(inputs.graded, body)?;
    if let Some(example) = &list.example {
        report.example = Some(example.in_lang(scene.lang).to_owned());
    }
    Ok(report)
}

/// What a list of occasions is made for, or that none lies ahead.
fn occasion(inputs: &ListInputs<'_>, groups: &[Group]) -> Option<Finding> {
    let scene = &inputs.scene;
    if inputs.list.occasions.is_empty() {
        return None;
    }
    let Some(next) = inputs.list.occasion_after(inputs.day()) else {
        return Some(scene.finding(Tone::Bad, "list.find_no_occasion", &[("list", &inputs.list.id)]));
    };
    let listed = groups.iter().map(|group| count(group.chosen.len())).sum();
    let values = [
        ("title", next.title.in_lang(scene.lang)),
        ("first", &*next.first_day.to_string()),
        ("last", &next.last_day.to_string()),
        ("listed", &scene.text(&Cell::Count(listed))),
    ];
    Some(scene.finding(Tone::Neutral, "list.find_occasion", &values))
}

fn findings(inputs: &ListInputs<'_>, groups: &[Group]) -> Vec<Finding> {
    let scene = &inputs.scene;
    let number = |count: i64| scene.text(&Cell::Count(count));
    let at_least = i64::from(inputs.list.at_least);
    let mut findings: Vec<Finding> = occasion(inputs, groups).into_iter().collect();
    for group in groups {
        let short = group.short(inputs.list.at_least);
        let name = group.name.clone().unwrap_or_else(|| inputs.list.title.in_lang(scene.lang).to_owned());
        let values = [
            ("name", &*name),
            ("listed", &*number(count(group.chosen.len()))),
            ("at_least", &*number(at_least)),
            ("short", &*number(short)),
        ];
        if short > 0 {
            findings.push(scene.finding(Tone::Bad, "list.find_short", &values));
        } else if at_least > 0 {
            findings.push(scene.finding(Tone::Neutral, "list.find_enough", &values));
        }
    }
    findings
}

fn table(inputs: &ListInputs<'_>, groups: &[Group]) -> Table {
    let scene = &inputs.scene;
    let list = inputs.list;
    let mut columns = Vec::new();
    if let Some(by) = list.by {
        columns.push(Column { id: format!("by_{by}"), title: column_title(inputs, by), align: Align::Left });
    }
    columns.push(scene.column("graded", scene.people.key(), Align::Left));
    columns.extend(list.columns.iter().map(|shown| {
        let (id, title, align): (String, String, Align) = match &shown.source {
            Source::Column(column) => (column.name.to_owned(), column_title(inputs, column.name), column_align(column)),
            Source::Metric(place) => inputs.metric(*place).map_or_else(Default::default, |metric| {
                let title = metric.metric.title.in_lang(scene.lang).to_owned();
                let align = if metric.metric.unit() == MetricUnit::Word { Align::Left } else { Align::Right };
                (metric.metric.id.clone(), title, align)
            }),
            Source::Grade(place) => inputs.graded.get(*place).map_or_else(Default::default, |graded| {
                let scheme = &graded.bound.scheme;
                (format!("grade_{}", scheme.id), scheme.title.in_lang(scene.lang).to_owned(), Align::Left)
            }),
        };
        Column { id, title: shown.title.as_ref().map_or(title, |title| title.in_lang(scene.lang).to_owned()), align }
    }));
    let fills = list.fill.is_some();
    if fills {
        columns.push(scene.column("list", "why", Align::Left));
    }
    let row = |group: &Group, chosen: &Chosen| {
        let mut cells = Vec::new();
        if list.by.is_some() {
            cells.push(group.name.clone().map_or(Cell::Empty, Cell::Text));
        }
        cells.push(Cell::Text(
            scene.dictionaries.text(scene.people.key(), chosen.subject).unwrap_or_default().to_owned(),
        ));
        cells.extend(list.columns.iter().map(|shown| inputs.cell(&shown.source, chosen.subject)));
        if fills {
            cells.push(Cell::Text(scene.say(if chosen.fills { "list.fills" } else { "list.meets" })));
        }
        data(cells)
    };
    let rows: Vec<_> =
        groups.iter().flat_map(|group| group.chosen.iter().map(move |chosen| row(group, chosen))).collect();
    Table {
        id: "list".into(),
        title: list.title.in_lang(scene.lang).to_owned(),
        columns,
        rows,
        printed: Some(PRINTED),
        note: None,
    }
}

fn column_title(inputs: &ListInputs<'_>, column: &str) -> String {
    let spec = inputs.list.columns.iter().find_map(|shown| match (&shown.source, &shown.title) {
        (Source::Column(spec), Some(title)) if spec.name == column => Some(title.in_lang(inputs.scene.lang).to_owned()),
        _ => None,
    });
    let words = inputs.scene.people.column(column).and_then(|spec| title_of(spec, inputs.scene.lang));
    spec.or(words).unwrap_or_else(|| column.to_owned())
}

fn column_align(column: &crate::ledger::entity::ColumnSpec) -> Align {
    use crate::ledger::entity::ColumnType;
    match column.kind {
        ColumnType::Money | ColumnType::Quantity | ColumnType::Points | ColumnType::Count => Align::Right,
        ColumnType::Key
        | ColumnType::Text
        | ColumnType::Day
        | ColumnType::Instant
        | ColumnType::Flag
        | ColumnType::Choice(_) => Align::Left,
    }
}
