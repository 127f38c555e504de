//! The sales force against the classes (S37): who is visited for how long, and what they bring.

use crate::{
    money::Share,
    report::{
        Align, Block, Cell, Section, Table,
        abc::{
            AbcInputs,
            facts::{Class, Facts},
        },
        format::tenths_of_percent,
        graded::{data, total},
    },
};

pub(super) fn section(inputs: &AbcInputs<'_>, facts: &Facts) -> Section {
    let scene = &inputs.scene;
    let mut columns = vec![scene.column("abc", "class", Align::Left)];
    let ids = ["figure_share", "customers_share", "visits", "minutes", "effort_share", "gap"];
    columns.extend(ids.iter().map(|id| scene.column("abc", id, Align::Right)));
    let all = inputs.graded.graded();
    let cells = |name: String, class: &Class| {
        let effort = effort_share(facts, class);
        vec![
            Cell::Text(name),
            Cell::Percent(Share::new(class.figure, facts.total)),
            Cell::Percent(Share::new(class.customers, all)),
            if facts.has_visits { Cell::Count(class.visits) } else { Cell::Empty },
            if facts.minutes > 0 { Cell::Count(class.minutes) } else { Cell::Empty },
            effort.map_or(Cell::Empty, Cell::Percent),
            gap(facts, class).map_or(Cell::Empty, Cell::PointsChange),
        ]
    };
    let mut rows: Vec<_> =
        facts.classes.iter().map(|class| data(cells(inputs.graded.grade(class.rank, scene.lang), class))).collect();
    let whole =
        Class { customers: all, figure: facts.total, visits: facts.visits, minutes: facts.minutes, ..Class::default() };
    rows.push(total(cells(scene.say("abc.sum"), &whole)));
    let note = match (facts.minutes > 0, facts.visits > 0) {
        (true, _) => "abc.force_note",
        (false, true) => "abc.force_note_visits",
        (false, false) => "abc.force_note_nothing",
    };
    let table = Table {
        id: "force".into(),
        title: scene.say("abc.force_table"),
        columns,
        rows,
        printed: None,
        note: Some(scene.say(note)),
    };
    Section {
        id: "force",
        title: scene.say("abc.force"),
        lead: Some(scene.say("abc.force_lead")),
        blocks: vec![Block::Table(table)],
    }
}

/// The share of the sales force's effort: of minutes where any were recorded, else of visits, else nobody knows.
fn effort_share(facts: &Facts, class: &Class) -> Option<Share> {
    if facts.minutes > 0 {
        Some(Share::new(class.minutes, facts.minutes))
    } else {
        (facts.visits > 0).then(|| Share::new(class.visits, facts.visits))
    }
}

/// The share of the effort less the share of the figure, in tenths of a percentage point.
pub(super) fn gap(facts: &Facts, class: &Class) -> Option<i128> {
    let effort = effort_share(facts, class)?;
    Some(tenths_of_percent(effort)? - tenths_of_percent(Share::new(class.figure, facts.total))?)
}
