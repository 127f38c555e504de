//! The customers in their order, and those put up for review.

use crate::{
    money::Share,
    report::{
        Align, Block, Cell, Section, Table,
        abc::{
            AbcInputs,
            facts::{Facts, Ranked},
        },
        graded::{PRINTED, count, data},
    },
};

pub(super) fn customers(inputs: &AbcInputs<'_>, facts: &Facts) -> Section {
    let scene = &inputs.scene;
    let mut columns = vec![scene.column("abc", "place", Align::Right)];
    columns.extend(scene.who_columns());
    columns.push(scene.column("abc", "figure", Align::Right));
    if let Some(figure) = columns.last_mut() {
        figure.title.clone_from(&facts.measured);
    }
    columns.extend(["cumulative", "cumulative_share"].iter().map(|id| scene.column("abc", id, Align::Right)));
    columns.extend(["class", "before"].iter().map(|id| scene.column("abc", id, Align::Left)));
    let row = |(place, one): (usize, &Ranked)| {
        let mut cells = vec![Cell::Count(count(place + 1))];
        cells.extend(scene.who(one.subject));
        cells.extend([
            one.figure.map_or(Cell::Empty, |figure| facts.cell(figure)),
            one.cumulative.map_or(Cell::Empty, |sum| facts.cell(sum)),
            one.cumulative.map_or(Cell::Empty, |sum| Cell::Percent(Share::new(sum, facts.total))),
            Cell::Text(inputs.graded.grade(one.rank, scene.lang)),
            inputs.graded.before(one.at, scene.lang),
        ]);
        data(cells)
    };
    let table = Table {
        id: "customers".into(),
        title: scene.say("abc.customers_table"),
        columns,
        rows: facts.ranked.iter().enumerate().map(row).collect(),
        printed: Some(PRINTED),
        note: Some(scene.say("abc.customers_note")),
    };
    Section { id: "customers", title: scene.say("abc.customers_list"), lead: None, blocks: vec![Block::Table(table)] }
}

pub(super) fn review(inputs: &AbcInputs<'_>, facts: &Facts) -> Section {
    let scene = &inputs.scene;
    let mut columns = scene.who_columns();
    columns.push(scene.column("abc", "figure", Align::Right));
    if let Some(figure) = columns.last_mut() {
        figure.title.clone_from(&facts.measured);
    }
    columns.push(scene.column("abc", "visits", Align::Right));
    columns.push(scene.column("abc", "before", Align::Left));
    let reviewed = facts.reviewed();
    let row = |one: &Ranked| {
        let mut cells = scene.who(one.subject);
        cells.push(one.figure.map_or(Cell::Empty, |figure| facts.cell(figure)));
        cells.push(if facts.has_visits { Cell::Count(one.visits) } else { Cell::Empty });
        cells.push(inputs.graded.before(one.at, scene.lang));
        data(cells)
    };
    let class = inputs.graded.grade(0, scene.lang);
    let table = Table {
        id: "review".into(),
        title: scene.say_with("abc.review_table", &[("class", &class)]),
        columns,
        rows: reviewed.iter().map(row).collect(),
        printed: Some(PRINTED),
        note: Some(scene.say("abc.review_note")),
    };
    Section {
        id: "review",
        title: scene.say("abc.review"),
        lead: Some(scene.say("abc.review_lead")),
        blocks: vec![Block::Table(table)],
    }
}
