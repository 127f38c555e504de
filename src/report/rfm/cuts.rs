//! Where the parts lie: the figures of the customers in each class of each score.

use crate::{
    money::Share,
    report::{
        Align, Block, Cell, Section, Table,
        graded::{data, figure_cell},
        rfm::{
            RfmInputs,
            facts::{Facts, Score},
        },
    },
    scheme::rule::Better,
};

pub(super) fn section(inputs: &RfmInputs<'_>, facts: &Facts) -> Section {
    let scene = &inputs.scene;
    let mut columns: Vec<_> = ["score", "class"].iter().map(|id| scene.column("rfm", id, Align::Left)).collect();
    let ids = ["customers", "customers_share", "from", "to"];
    columns.extend(ids.iter().map(|id| scene.column("rfm", id, Align::Right)));
    let rows = facts.scores.iter().flat_map(|score| (0..score.classes.len()).rev().map(move |class| (score, class)));
    let table = Table {
        id: "cuts".into(),
        title: scene.say("rfm.cuts_table"),
        columns,
        rows: rows.map(|(score, class)| data(row(inputs, score, class))).collect(),
        printed: None,
        note: Some(scene.say("rfm.cuts_note")),
    };
    Section {
        id: "cuts",
        title: scene.say("rfm.cuts"),
        lead: Some(scene.say("rfm.cuts_lead")),
        blocks: vec![Block::Table(table)],
    }
}

fn row(inputs: &RfmInputs<'_>, score: &Score, class: usize) -> Vec<Cell> {
    let graded = &inputs.graded;
    let metric = graded.metric(score.metric);
    let mut customers = 0;
    let mut ends: Option<((i64, i64), (i64, i64))> = None;
    let order = |one: (i64, i64), other: (i64, i64)| {
        metric.and_then(|metric| metric.share(one).compare(metric.share(other))).unwrap_or(std::cmp::Ordering::Equal)
    };
    for at in 0..graded.now.subjects.len() {
        if graded.now.class(score.dimension, at).map(usize::from) != Some(class) {
            continue;
        }
        customers += 1;
        let Some(figure) = graded.figure(score.metric, at) else { continue };
        ends = Some(ends.map_or((figure, figure), |(low, high)| {
            (
                if order(figure, low).is_lt() { figure } else { low },
                if order(figure, high).is_gt() { figure } else { high },
            )
        }));
    }
    let cell = |figure: Option<(i64, i64)>| {
        metric.map_or(Cell::Empty, |metric| figure_cell(metric, figure, inputs.scene.dictionaries))
    };
    let direction = if score.better == Better::Lower { "rfm.lower" } else { "rfm.higher" };
    vec![
        Cell::Text(inputs.scene.say_with(direction, &[("score", &score.title)])),
        Cell::Text(score.classes.get(class).cloned().unwrap_or_default()),
        Cell::Count(customers),
        Cell::Percent(Share::new(customers, graded.graded())),
        cell(ends.map(|(low, _)| low)),
        cell(ends.map(|(_, high)| high)),
    ]
}
