//! Answers that comments changed, one by one (S25), and every comment.

use crate::{
    report::{
        Align, Block, Cell, Section, Table,
        graded::{PRINTED, data},
        satisfaction::{
            SatisfactionInputs,
            facts::{Facts, chosen},
        },
    },
    satisfaction::answers::Detail,
};

pub(super) fn sections(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Vec<Section> {
    vec![audit(inputs, facts), all(inputs, facts)]
}

/// Columns and cells that every row with a comment begins with.
fn head(inputs: &SatisfactionInputs<'_>, detail: &Detail) -> Vec<Cell> {
    let name = inputs.scene.people.cell(detail.sheet.customer, "name", inputs.scene.dictionaries);
    vec![
        inputs.text("response_id", detail.response),
        inputs.text("customer_id", detail.sheet.customer),
        name,
        detail.indicator.map_or(Cell::Empty, |place| Cell::Text(inputs.indicator(place))),
        inputs.level(chosen(detail)),
    ]
}

const HEAD: [(&str, Align); 5] = [
    ("response_id", Align::Left),
    ("customer_id", Align::Left),
    ("name", Align::Left),
    ("indicator", Align::Left),
    ("chosen", Align::Left),
];

fn kind(inputs: &SatisfactionInputs<'_>, detail: &Detail) -> Cell {
    detail.kind.map_or(Cell::Empty, |kind| Cell::Text(inputs.say(&format!("kind_{}", kind.name()))))
}

/// Original level, counted level, comment.
fn audit(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Section {
    let mut columns = inputs.columns(&HEAD);
    columns.extend(inputs.columns(&[("counted", Align::Left), ("kind", Align::Left), ("comment", Align::Left)]));
    let row = |detail: &&Detail| {
        let mut cells = head(inputs, detail);
        cells.extend([
            inputs.level(detail.cell.counted(inputs.survey)),
            kind(inputs, detail),
            inputs.text("comment", detail.comment),
        ]);
        data(cells)
    };
    let table = Table {
        id: "overrides".into(),
        title: inputs.say("overrides_table"),
        columns,
        rows: facts.comments.iter().filter(|detail| detail.cell.overridden()).map(row).collect(),
        printed: Some(PRINTED),
        note: Some(inputs.say("overrides_note")),
    };
    Section {
        id: "overrides",
        title: inputs.say("overrides"),
        lead: Some(inputs.say(if inputs.survey.comments.is_some() { "overrides_lead" } else { "overrides_none" })),
        blocks: vec![Block::Table(table)],
    }
}

/// What became of an answer with a comment.
fn effect(inputs: &SatisfactionInputs<'_>, detail: &Detail) -> &'static str {
    let comments = inputs.survey.comments.as_ref();
    let meant = comments.is_some_and(|comments| detail.kind.is_some_and(|kind| comments.kinds.contains(&kind)));
    let better = comments.zip(chosen(detail)).is_some_and(|(comments, level)| {
        comments.levels.iter().all(|known| level > *known) && level > comments.counts_as
    });
    match (detail.cell.overridden(), meant && better) {
        (true, _) => "effect_lowered",
        // The rule does not name the best level: it stays, and somebody should look at it (S25 a).
        (false, true) => "effect_stays",
        (false, false) => "effect_none",
    }
}

fn all(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Section {
    let mut columns = inputs.columns(&HEAD);
    columns.extend(inputs.columns(&[("kind", Align::Left), ("comment", Align::Left), ("effect", Align::Left)]));
    let row = |detail: &&Detail| {
        let mut cells = head(inputs, detail);
        cells.extend([
            kind(inputs, detail),
            inputs.text("comment", detail.comment),
            Cell::Text(inputs.say(effect(inputs, detail))),
        ]);
        data(cells)
    };
    let table = Table {
        id: "comments".into(),
        title: inputs.say("comments_table"),
        columns,
        rows: facts.comments.iter().map(row).collect(),
        printed: Some(PRINTED),
        note: Some(inputs.say("comments_note")),
    };
    Section { id: "comments", title: inputs.say("comments"), lead: None, blocks: vec![Block::Table(table)] }
}
