//! The grade register (S68): a block for each product category, each customer with its grade and its class in every dimension; customers under
//! development stand apart (S71).
//!
//! Facts in, a [`Report`] out. Not here: how the classes are given (`grading`).

use std::collections::BTreeMap;

use crate::report::{
    Align, Block, Cell, Column, Figure, Report, Section, Table,
    equation::Equation,
    error::ReportError,
    graded::{Body, Graded, Scene, count, data, dimension_title, total},
};

/// Columns of the customers' own rows that part the register.
pub const OWN: &[&str] = &["category", "status"];
/// Rows of a block that are printed; the workbook and the data files have all.
const PRINTED: usize = 60;
/// The state of a customer under development.
const DEVELOPMENT: &str = "development";

/// The grades that the register shows.
#[derive(Debug, Clone, Copy)]
pub struct RegisterInputs<'a> {
    /// Everything around them.
    pub scene: Scene<'a>,
    /// The grades of the scheme.
    pub graded: Graded<'a>,
}

/// Where a customer stands: by category; then those without one; then those under development.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Category(String),
    Uncategorised,
    Development,
}

/// Makes the register.
///
/// # Errors
/// [`ReportError::Nothing`] when nobody is graded, [`ReportError::NotReconciled`] when an equation does not hold.
pub fn build(inputs: &RegisterInputs<'_>) -> Result<Report, ReportError> {
    let scene = &inputs.scene;
    let graded = &inputs.graded;
    if graded.now.subjects.is_empty() {
        return Err(ReportError::Nothing { what: "customers to grade", as_of: graded.now.as_of });
    }
    let mut blocks: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    for (at, subject) in graded.now.subjects.iter().enumerate() {
        blocks.entry(place(inputs, *subject)).or_default().push(at);
    }
    let summary = summary(inputs, &blocks);
    let tables: Vec<Table> =
        blocks.iter().enumerate().map(|(nth, (place, at))| block(inputs, nth, place, at)).collect();
    let listed: usize = tables.iter().map(|table| table.rows.len()).sum();
    let figure = |id, value| Figure { id, label: scene.say(&format!("register.{id}")), value, changes: Vec::new() };
    let provisional = graded.now.provisional.iter().filter(|provisional| **provisional).count();
    let figures = vec![
        figure("customers", Cell::Count(graded.graded())),
        figure("excluded", Cell::Count(graded.subjects - graded.graded())),
        figure("provisional", Cell::Count(count(provisional))),
        figure("blocks", Cell::Count(count(tables.len()))),
    ];
    let by_rank: i64 = graded.now.counts(graded.bound.scheme.grades.len()).iter().sum();
    let excluded = count(graded.now.excluded.len());
    let body = Body {
        id: "register",
        title: scene.say("register.title"),
        findings: Vec::new(),
        sections: vec![
            Section {
                id: "summary",
                title: scene.say("register.summary"),
                lead: Some(scene.say("register.summary_lead")),
                blocks: vec![Block::Figures(figures), Block::Table(summary)],
            },
            Section {
                id: "register",
                title: scene.say("register.register"),
                lead: Some(scene.say("register.register_lead")),
                blocks: tables.into_iter().map(Block::Table).collect(),
            },
        ],
        equations: vec![
            Equation::counts(scene.say("register.check_blocks"), count(listed), graded.graded()),
            Equation::counts(scene.say("register.check_grades"), by_rank, graded.graded()),
            Equation::counts(scene.say("register.check_subjects"), graded.graded() + excluded, graded.subjects),
        ],
        definitions: vec![(scene.say("register.note_development"), scene.say("register.def_development"))],
    };
    scene.report(&[inputs.graded], body)
}

fn place(inputs: &RegisterInputs<'_>, subject: u32) -> Place {
    let own = |column| inputs.scene.people.text(subject, column, inputs.scene.dictionaries);
    if own("status").as_deref() == Some(DEVELOPMENT) {
        return Place::Development;
    }
    own("category").map_or(Place::Uncategorised, Place::Category)
}

fn name(inputs: &RegisterInputs<'_>, place: &Place) -> String {
    match place {
        Place::Category(name) => name.clone(),
        Place::Uncategorised => inputs.scene.say("register.uncategorised"),
        Place::Development => inputs.scene.say("register.development"),
    }
}

/// How many customers of each block have each grade.
fn summary(inputs: &RegisterInputs<'_>, blocks: &BTreeMap<Place, Vec<usize>>) -> Table {
    let scene = &inputs.scene;
    let graded = &inputs.graded;
    let ranks: Vec<u8> = graded.ranks().collect();
    let counts = |places: &mut dyn Iterator<Item = usize>| -> Vec<i64> {
        let mut counts = vec![0; ranks.len() + 1];
        for rank in places.filter_map(|at| graded.now.ranks.get(at)) {
            let column = ranks.iter().position(|known| known == rank).unwrap_or(ranks.len());
            for column in [column, ranks.len()] {
                if let Some(count) = counts.get_mut(column) {
                    *count += 1;
                }
            }
        }
        counts
    };
    let row = |name: String, counts: Vec<i64>| -> Vec<Cell> {
        std::iter::once(Cell::Text(name)).chain(counts.into_iter().map(Cell::Count)).collect()
    };
    let mut rows: Vec<_> =
        blocks.iter().map(|(place, at)| data(row(name(inputs, place), counts(&mut at.iter().copied())))).collect();
    rows.push(total(row(scene.say("register.sum"), counts(&mut (0..graded.now.ranks.len())))));
    let mut columns = vec![scene.column("register", "category", Align::Left)];
    columns.extend(graded.bound.scheme.grades.iter().rev().map(|grade| Column {
        id: format!("grade_{}", grade.id),
        title: grade.title.in_lang(scene.lang).to_owned(),
        align: Align::Right,
    }));
    columns.push(scene.column("register", "sum", Align::Right));
    Table { id: "summary".into(), title: scene.say("register.summary_table"), columns, rows, printed: None, note: None }
}

/// The customers of one block, the best grade first, then by id.
fn block(inputs: &RegisterInputs<'_>, nth: usize, place: &Place, places: &[usize]) -> Table {
    let scene = &inputs.scene;
    let graded = &inputs.graded;
    let dimensions: Vec<(usize, String)> = graded.version().map_or_else(Vec::new, |(_, version)| {
        let shown = version.dimensions.iter().enumerate().filter(|(place, _)| *place != version.result);
        shown.map(|(place, dimension)| (place, dimension_title(scene, version, dimension))).collect()
    });
    let mut ordered = places.to_vec();
    // Stable: within a grade customers stay in the order of their ids.
    ordered.sort_by_key(|at| std::cmp::Reverse(graded.now.ranks.get(*at).copied()));
    let row = |at: &usize| {
        let subject = graded.now.subjects.get(*at).copied().unwrap_or(0);
        let rank = graded.now.ranks.get(*at).copied().unwrap_or(0);
        let mut grade = graded.grade(rank, scene.lang);
        if graded.now.provisional.get(*at).copied().unwrap_or(false) {
            grade = scene.say_with("register.provisionally", &[("grade", &grade)]);
        }
        let mut cells = vec![Cell::Text(grade)];
        cells.push(Cell::Text(scene.dictionaries.text(scene.people.key(), subject).unwrap_or_default().to_owned()));
        cells.push(scene.people.cell(subject, "name", scene.dictionaries));
        cells.extend(dimensions.iter().map(|(place, _)| class(graded, *place, *at)));
        cells.push(graded.before(*at, scene.lang));
        data(cells)
    };
    let customer = if *place == Place::Development { "developed" } else { "customer" };
    let mut columns = vec![scene.column("register", "grade", Align::Left)];
    columns.push(scene.column("graded", scene.people.key(), Align::Left));
    columns.push(scene.column("register", customer, Align::Left));
    if let Some((_, version)) = graded.version() {
        columns.extend(dimensions.iter().filter_map(|(place, title)| {
            let id = version.dimensions.get(*place)?.id.clone();
            Some(Column { id, title: title.clone(), align: Align::Left })
        }));
    }
    columns.push(scene.column("register", "before", Align::Left));
    let values = [("category", &*name(inputs, place)), ("count", &scene.text(&Cell::Count(count(places.len()))))];
    Table {
        id: format!("block_{}", nth + 1).into(),
        title: scene.say_with("register.block", &values),
        columns,
        rows: ordered.iter().map(row).collect(),
        printed: Some(PRINTED),
        note: None,
    }
}

/// The class of a customer in a dimension: its letter, which the column's title explains.
fn class(graded: &Graded<'_>, dimension: usize, at: usize) -> Cell {
    let found = graded.version().and_then(|(_, version)| version.dimensions.get(dimension));
    let class = graded.now.class(dimension, at).map(usize::from);
    let class = found.zip(class).and_then(|(dimension, class)| dimension.classes.get(class));
    class.map_or(Cell::Empty, |class| Cell::Text(class.id.clone()))
}
