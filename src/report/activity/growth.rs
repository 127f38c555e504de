//! Who of the middle classes does not grow, and who of the lowest class rises (S44): over two comparisons of half-years in a row.

use crate::report::{
    Align, Block, Cell, Section, Table,
    activity::{ActivityInputs, HALVES},
    graded::{Graded, count, data},
};

pub(super) fn section(inputs: &ActivityInputs<'_>, beside: &Graded<'_>) -> Section {
    let scene = &inputs.scene;
    let best = beside.ranks().next().unwrap_or(0);
    let middle = |rank: u8| rank > 0 && rank < best;
    let no_growth = |[now, before, first]: [i128; 3]| first > 0 && now <= before && before <= first;
    let rises = |[now, before, first]: [i128; 3]| first >= 0 && now > before && before > first;
    Section {
        id: "growth",
        title: scene.say("activity.growth"),
        lead: Some(
            scene.say_with("activity.growth_lead", &[("scheme", beside.bound.scheme.title.in_lang(scene.lang))]),
        ),
        blocks: vec![
            Block::Table(table(inputs, beside, "no_growth", &|rank, halves| middle(rank) && no_growth(halves))),
            Block::Table(table(inputs, beside, "rising", &|rank, halves| rank == 0 && rises(halves))),
        ],
    }
}

fn table(
    inputs: &ActivityInputs<'_>,
    beside: &Graded<'_>,
    id: &'static str,
    wanted: &dyn Fn(u8, [i128; 3]) -> bool,
) -> Table {
    let scene = &inputs.scene;
    let mut found: Vec<(u32, u8, [i128; 3])> = Vec::new();
    for (subject, rank) in beside.now.subjects.iter().zip(&beside.now.ranks) {
        let halves = HALVES.map(|half| inputs.money(half, *subject));
        if wanted(*rank, halves) {
            found.push((*subject, *rank, halves));
        }
    }
    // Stable: equal figures stay in the order of their ids.
    found.sort_by_key(|(_, _, [now, _, _])| std::cmp::Reverse(*now));
    let mut columns = scene.who_columns();
    columns.push(scene.column("activity", "class", Align::Left));
    columns.extend(["half_3", "half_2", "half_1"].iter().map(|half| scene.column("activity", half, Align::Right)));
    let row = |(subject, rank, [now, before, first]): &(u32, u8, [i128; 3])| {
        let mut cells = scene.who(*subject);
        cells.push(Cell::Text(beside.grade(*rank, scene.lang)));
        cells.extend([*first, *before, *now].map(Cell::Money));
        data(cells)
    };
    let customers = scene.text(&Cell::Count(count(found.len())));
    Table {
        id: id.into(),
        title: scene.say_with(&format!("activity.{id}"), &[("customers", &customers)]),
        columns,
        rows: found.iter().map(row).collect(),
        printed: Some(super::PRINTED),
        note: Some(scene.say(&format!("activity.{id}_note"))),
    }
}
