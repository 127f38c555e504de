//! How much the best customers bring (S55), now, a month ago and a year ago.

use crate::{
    money::Share,
    report::{
        Align, Block, Cell, Column, Row, RowKind, Section, Table,
        format::tenths_of_percent,
        tier::{
            TierInputs,
            facts::{Facts, TOP_PERCENTS},
            tiers::column,
        },
    },
    text::{say, say_with},
};

pub(super) fn section(inputs: &TierInputs<'_>, facts: &Facts) -> Section {
    Section {
        id: "concentration",
        title: say(inputs.lang, "tier.concentration"),
        lead: Some(say(inputs.lang, "tier.concentration_lead")),
        blocks: vec![Block::Table(table(inputs, facts))],
    }
}

/// The share of the best so many per cent on one of the three days, in tenths of a per cent.
pub(super) fn top_share(facts: &Facts, day: usize, percent: i64) -> Option<i128> {
    let place = TOP_PERCENTS.iter().position(|known| *known == percent)?;
    let tops = facts.tops.get(day)?;
    let (_, net) = tops.steps.get(place)?;
    tenths_of_percent(Share::new(*net, tops.net))
}

fn table(inputs: &TierInputs<'_>, facts: &Facts) -> Table {
    let lang = inputs.lang;
    let mut columns = vec![
        column(inputs, "top", Align::Left),
        column(inputs, "customers", Align::Right),
        column(inputs, "net_12m", Align::Right),
    ];
    for (tops, id) in facts.tops.iter().zip(["share_now", "share_month_ago", "share_year_ago"]) {
        let title = say_with(lang, "tier.share_on", &[("day", &tops.as_of.to_string())]);
        columns.push(Column { id: id.to_owned(), title, align: Align::Right });
    }
    columns.push(column(inputs, "share_change", Align::Right));
    let mut rows = Vec::new();
    for (place, percent) in TOP_PERCENTS.iter().enumerate() {
        let now = facts.tops.first().and_then(|tops| tops.steps.get(place)).copied().unwrap_or_default();
        let mut cells = vec![
            Cell::Text(say_with(lang, "tier.top_percent", &[("percent", &percent.to_string())])),
            Cell::Count(now.0),
            Cell::Money(now.1),
        ];
        for tops in &facts.tops {
            let net = tops.steps.get(place).map_or(0, |(_, net)| *net);
            cells.push(Cell::Percent(Share::new(net, tops.net)));
        }
        let change = top_share(facts, 0, *percent).zip(top_share(facts, 1, *percent));
        cells.push(change.map_or(Cell::Empty, |(now, before)| Cell::PointsChange(now - before)));
        rows.push(Row { kind: RowKind::Data, cells });
    }
    if let Some(tops) = facts.tops.first() {
        let mut cells =
            vec![Cell::Text(say(lang, "tier.all_customers")), Cell::Count(tops.customers), Cell::Money(tops.net)];
        cells.extend(facts.tops.iter().map(|tops| Cell::Percent(Share::new(tops.net, tops.net))));
        cells.push(Cell::Empty);
        rows.push(Row { kind: RowKind::Total, cells });
    }
    Table {
        id: "concentration".into(),
        title: say(lang, "tier.concentration_table"),
        columns,
        rows,
        printed: None,
        note: Some(say(lang, "tier.concentration_note")),
    }
}
