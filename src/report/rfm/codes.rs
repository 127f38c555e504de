//! Customers by code: the grid of the first two scores, and every code there can be.

use crate::report::{
    Align, Block, Cell, Column, Section, Table,
    graded::{data, total},
    rfm::{
        RfmInputs,
        facts::{Facts, Score, Sum, columns},
    },
};

/// Codes that are printed; the workbook and the data files have all.
const PRINTED_CODES: usize = 25;

pub(super) fn section(inputs: &RfmInputs<'_>, facts: &Facts) -> Section {
    let scene = &inputs.scene;
    let mut blocks = Vec::new();
    if let [rows, columns, ..] = facts.scores.as_slice() {
        blocks.push(Block::Table(grid(inputs, facts, (0, rows), (1, columns))));
    }
    blocks.push(Block::Table(codes(inputs, facts)));
    Section { id: "codes", title: scene.say("rfm.codes"), lead: Some(scene.say("rfm.codes_lead")), blocks }
}

/// Customers where two scores meet, the best row first and the best column last.
fn grid(inputs: &RfmInputs<'_>, facts: &Facts, rows: (usize, &Score), columns: (usize, &Score)) -> Table {
    let scene = &inputs.scene;
    let count = |row: usize, column: usize| -> i64 {
        let class = |classes: &[u8], place: usize| classes.get(place).copied().map(usize::from);
        let meets =
            |classes: &Vec<u8>| class(classes, rows.0) == Some(row) && class(classes, columns.0) == Some(column);
        facts.codes.iter().filter(|(classes, _)| meets(classes)).map(|(_, sum)| sum.customers).sum()
    };
    let wide = columns.1.classes.len();
    let counts: Vec<Vec<i64>> =
        (0..rows.1.classes.len()).map(|row| (0..wide).map(|column| count(row, column)).collect()).collect();
    let largest = counts.iter().flatten().copied().max().unwrap_or(0);
    let mut table: Vec<_> = counts
        .iter()
        .zip(&rows.1.classes)
        .rev()
        .map(|(counts, class)| {
            let mut cells = vec![Cell::Text(class.clone())];
            cells.extend(counts.iter().map(|count| Cell::Shaded { count: *count, shade: shade(*count, largest) }));
            cells.push(Cell::Count(counts.iter().sum()));
            data(cells)
        })
        .collect();
    let column_sum = |column: usize| counts.iter().filter_map(|row| row.get(column)).sum();
    let mut sums = vec![Cell::Text(scene.say("rfm.sum"))];
    sums.extend((0..wide).map(|column| Cell::Count(column_sum(column))));
    sums.push(Cell::Count(counts.iter().flatten().sum()));
    table.push(total(sums));
    let mut heads = vec![Column { id: rows.1.id.clone(), title: rows.1.title.clone(), align: Align::Left }];
    heads.extend(columns.1.classes.iter().map(|class| Column {
        id: format!("{}_{class}", columns.1.id),
        title: format!("{} {class}", columns.1.title),
        align: Align::Right,
    }));
    heads.push(scene.column("rfm", "sum", Align::Right));
    let values = [("rows", rows.1.title.as_str()), ("columns", columns.1.title.as_str())];
    Table {
        id: "grid".into(),
        title: scene.say_with("rfm.grid_table", &values),
        columns: heads,
        rows: table,
        printed: None,
        note: Some(scene.say("rfm.grid_note")),
    }
}

/// Depth of a shade by weight against the largest: 0 to 4.
fn shade(count: i64, largest: i64) -> u8 {
    if count <= 0 || largest <= 0 {
        return 0;
    }
    u8::try_from(1 + (count - 1) * 4 / largest).unwrap_or(4).min(4)
}

/// Every code there can be, the best first; the empty ones too.
fn codes(inputs: &RfmInputs<'_>, facts: &Facts) -> Table {
    let scene = &inputs.scene;
    let whole = Sum::of(facts.codes.values());
    let mut all: Vec<Vec<u8>> = vec![Vec::new()];
    for score in &facts.scores {
        let classes = (0..score.classes.len()).filter_map(|class| u8::try_from(class).ok());
        all = all
            .iter()
            .flat_map(|code| classes.clone().map(move |class| code.iter().copied().chain([class]).collect()))
            .collect();
    }
    let row = |classes: &Vec<u8>| {
        let sum = facts.codes.get(classes).copied().unwrap_or_default();
        data(facts.cells(facts.code(classes), &sum, &whole))
    };
    let mut rows: Vec<_> = all.iter().rev().map(row).collect();
    rows.push(total(facts.cells(scene.say("rfm.sum"), &whole, &whole)));
    let names: Vec<&str> = facts.scores.iter().map(|score| score.title.as_str()).collect();
    Table {
        id: "codes".into(),
        title: scene.say_with("rfm.codes_table", &[("count", &all.len().to_string())]),
        columns: columns(scene, "code"),
        rows,
        printed: Some(PRINTED_CODES),
        note: Some(scene.say_with("rfm.codes_note", &[("scores", &names.join(" · "))])),
    }
}
