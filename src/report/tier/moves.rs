//! Who moved between tiers: the matrix, and the names.

use crate::{
    metrics::compute::Figures,
    money::decimal,
    report::{
        Align, Block, Cell, Row, RowKind, Section, Table,
        tier::{
            TierInputs,
            facts::{Facts, Way},
            metrics::NET_12M,
            tiers::{column, names},
        },
    },
    text::{say, say_with},
};

/// Names printed on paper and screen; the workbook and the data files have all.
const PRINTED_NAMES: usize = 25;

pub(super) fn section(inputs: &TierInputs<'_>, facts: &Facts) -> Section {
    let lang = inputs.lang;
    let text = |count: i64| decimal(i128::from(count), 0);
    let (up, down, first) = (facts.moved(Way::Up), facts.moved(Way::Down), facts.moved(Way::New));
    let summary = say_with(
        lang,
        "tier.moves_summary",
        &[("up", &text(up)), ("down", &text(down)), ("first", &text(first)), ("risk", &text(facts.at_risk))],
    );
    Section {
        id: "moves",
        title: say(lang, "tier.moves"),
        lead: Some(summary),
        blocks: vec![
            Block::Table(matrix(inputs, facts)),
            Block::Table(people(inputs, facts, Way::Up, "moved_up")),
            Block::Table(people(inputs, facts, Way::Down, "moved_down")),
        ],
    }
}

fn matrix(inputs: &TierInputs<'_>, facts: &Facts) -> Table {
    let lang = inputs.lang;
    let names = names(inputs);
    let mut columns = vec![column(inputs, "from", Align::Left)];
    for (grade, name) in inputs.scheme.grades.iter().zip(&names) {
        columns.push(crate::report::Column {
            id: format!("to_{}", grade.id),
            title: name.clone(),
            align: Align::Right,
        });
    }
    columns.push(column(inputs, "sum", Align::Right));
    let labels = names.into_iter().chain([say(lang, "tier.first_graded")]);
    // Only moves are shaded, by their weight against the largest: not the diagonal, which stayed, nor the row of newcomers.
    let is_move = |from: usize, to: usize| from != to && from < facts.tiers.len();
    let cells = facts
        .matrix
        .iter()
        .enumerate()
        .flat_map(|(from, row)| row.iter().enumerate().map(move |(to, n)| (from, to, *n)));
    let largest_move = cells.filter(|(from, to, _)| is_move(*from, *to)).map(|(_, _, count)| count).max().unwrap_or(0);
    let mut rows: Vec<Row> = Vec::new();
    for (from, (label, counts)) in labels.zip(&facts.matrix).enumerate() {
        let mut cells = vec![Cell::Text(label)];
        cells.extend(counts.iter().enumerate().map(|(to, count)| Cell::Shaded {
            count: *count,
            shade: if is_move(from, to) { shade(*count, largest_move) } else { 0 },
        }));
        cells.push(Cell::Count(counts.iter().sum()));
        rows.push(Row { kind: RowKind::Data, cells });
    }
    let mut total = vec![Cell::Text(say(lang, "tier.sum"))];
    total.extend(facts.tiers.iter().map(|tier| Cell::Count(tier.members)));
    total.push(Cell::Count(facts.graded()));
    rows.push(Row { kind: RowKind::Total, cells: total });
    Table {
        id: "migration".into(),
        title: say(lang, "tier.matrix"),
        columns,
        rows,
        printed: None,
        note: Some(say(lang, "tier.matrix_note")),
    }
}

fn shade(count: i64, largest: i64) -> u8 {
    if count <= 0 || largest <= 0 {
        return 0;
    }
    u8::try_from(1 + (count - 1) * 4 / largest).unwrap_or(4).min(4)
}

fn people(inputs: &TierInputs<'_>, facts: &Facts, wanted: Way, id: &'static str) -> Table {
    let lang = inputs.lang;
    let names = names(inputs);
    let name = |rank: u8| names.get(usize::from(rank)).cloned().unwrap_or_default();
    let spend = inputs.computed.at(NET_12M, inputs.period.last_day()).ok();
    let of = |subject: u32| spend.and_then(|(figures, at): (&Figures, usize)| figures.get(subject, at)).unwrap_or(0);
    let steps = facts.steps.iter().filter(|step| step.way() == wanted);
    let mut moved: Vec<(i64, u32, u8, u8)> =
        steps.filter_map(|step| Some((of(step.subject), step.subject, step.before?, step.now))).collect();
    // Stable: subjects of equal spending stay in the order of their ids.
    moved.sort_by_key(|(spend, ..)| std::cmp::Reverse(*spend));
    let rows: Vec<Row> = moved
        .iter()
        .map(|(spend, subject, before, rank)| {
            let code = inputs.names.get(subject).copied().unwrap_or(0);
            let person = inputs.dictionaries.text("name", code).map_or(Cell::Empty, |text| Cell::Text(text.to_owned()));
            let cells = vec![
                Cell::Text(inputs.dictionaries.text("member_id", *subject).unwrap_or_default().to_owned()),
                person,
                Cell::Text(name(*before)),
                Cell::Text(name(*rank)),
                Cell::Money(i128::from(*spend)),
            ];
            Row { kind: RowKind::Data, cells }
        })
        .collect();
    let note = if rows.is_empty() { say(lang, "tier.nobody_moved") } else { say(lang, "tier.people_note") };
    Table {
        id: id.into(),
        title: say_with(
            lang,
            &format!("tier.{id}"),
            &[("count", &decimal(i128::try_from(rows.len()).unwrap_or(0), 0))],
        ),
        columns: [
            ("member_id", Align::Left),
            ("name", Align::Left),
            ("before", Align::Left),
            ("now", Align::Left),
            ("net_12m", Align::Right),
        ]
        .iter()
        .map(|(id, align)| column(inputs, id, *align))
        .collect(),
        rows,
        printed: Some(PRINTED_NAMES),
        note: Some(note),
    }
}
