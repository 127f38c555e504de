//! Members and sales by tier, with the average order value of each against the lowest (S10).

use crate::{
    money::Share,
    report::{
        Align, Block, Cell, Chart, ChartKind, ChartUnit, Column, Row, RowKind, Section, Series, Table,
        format::tenths_of_percent,
        tier::{
            TierInputs,
            facts::{Facts, Tier},
            overview::average_order,
        },
    },
    text::say,
};

pub(super) fn section(inputs: &TierInputs<'_>, facts: &Facts) -> Section {
    let lang = inputs.lang;
    Section {
        id: "tiers",
        title: say(lang, "tier.tiers"),
        lead: Some(say(lang, "tier.tiers_lead")),
        blocks: vec![Block::Chart(chart(inputs, facts)), Block::Table(table(inputs, facts))],
    }
}

/// Tier names from the lowest, in the report's language.
pub(super) fn names(inputs: &TierInputs<'_>) -> Vec<String> {
    inputs.scheme.grades.iter().map(|grade| grade.title.in_lang(inputs.lang).to_owned()).collect()
}

/// A column of a table of this report.
pub(super) fn column(inputs: &TierInputs<'_>, id: &str, align: Align) -> Column {
    Column { id: id.to_owned(), title: say(inputs.lang, &format!("tier.col_{id}")), align }
}

fn chart(inputs: &TierInputs<'_>, facts: &Facts) -> Chart {
    let graded = facts.graded();
    let net: i128 = facts.tiers.iter().map(|tier| tier.net).sum();
    let share = |id: &str, of: &dyn Fn(&Tier) -> Share| Series {
        name: say(inputs.lang, id),
        unit: ChartUnit::Permille,
        values: facts.tiers.iter().rev().map(|tier| tenths_of_percent(of(tier))).collect(),
    };
    Chart {
        id: "tier_shares",
        title: say(inputs.lang, "tier.shares_chart"),
        kind: ChartKind::Bars,
        categories: names(inputs).into_iter().rev().collect(),
        series: vec![
            share("tier.share_of_members", &|tier| Share::new(tier.members, graded)),
            share("tier.share_of_sales", &|tier| Share::new(tier.net, net)),
        ],
    }
}

/// The columns of the table, from left to right.
const COLUMNS: &[(&str, Align)] = &[
    ("tier", Align::Left),
    ("members", Align::Right),
    ("members_share", Align::Right),
    ("members_change", Align::Right),
    ("active", Align::Right),
    ("active_share", Align::Right),
    ("net", Align::Right),
    ("net_share", Align::Right),
    ("orders", Align::Right),
    ("average_order", Align::Right),
    ("average_ratio", Align::Right),
];

fn table(inputs: &TierInputs<'_>, facts: &Facts) -> Table {
    let whole = facts.month().net;
    let graded = facts.graded();
    let lowest = facts.tiers.first().map(|tier| (tier.gross, tier.orders)).unwrap_or_default();
    let mut rows: Vec<Row> = names(inputs)
        .into_iter()
        .zip(&facts.tiers)
        .rev()
        .map(|(name, tier)| tier_row(name, tier, graded, whole, lowest, RowKind::Data))
        .collect();
    let sum = facts.tiers.iter().fold(Tier::default(), |sum, tier| Tier {
        members: sum.members + tier.members,
        members_before: sum.members_before + tier.members_before,
        active: sum.active + tier.active,
        net: sum.net + tier.net,
        gross: sum.gross + tier.gross,
        orders: sum.orders + tier.orders,
        net_before: sum.net_before + tier.net_before,
    });
    rows.push(tier_row(say(inputs.lang, "tier.all_tiers"), &sum, graded, whole, lowest, RowKind::Total));
    let other = |key: &str, members: Option<i64>, net: i128| {
        let mut cells = vec![Cell::Text(say(inputs.lang, key)), members.map_or(Cell::Empty, Cell::Count)];
        cells.extend(std::iter::repeat_n(Cell::Empty, 4));
        cells.extend([Cell::Money(net), Cell::Percent(Share::new(net, whole)), Cell::Empty, Cell::Empty, Cell::Empty]);
        Row { kind: RowKind::Data, cells }
    };
    if facts.excluded.members > 0 {
        rows.push(other("tier.not_graded", Some(facts.excluded.members), facts.excluded.net));
    }
    if facts.unknown.members > 0 {
        rows.push(other("tier.unknown_members", Some(facts.unknown.members), facts.unknown.net));
    }
    rows.push(other("tier.no_card", None, facts.no_card));
    let month = facts.month();
    let mut total = other("tier.whole", Some(month.members), month.net);
    total.kind = RowKind::Total;
    if let Some(cell) = total.cells.get_mut(8) {
        *cell = Cell::Count(month.orders);
    }
    if let Some(cell) = total.cells.get_mut(9) {
        *cell = average_order(month.gross, month.orders).map_or(Cell::Empty, Cell::Money);
    }
    rows.push(total);
    Table {
        id: "tiers".into(),
        title: say(inputs.lang, "tier.tiers_table"),
        columns: COLUMNS.iter().map(|(id, align)| column(inputs, id, *align)).collect(),
        rows,
        printed: None,
        note: Some(say(inputs.lang, "tier.tiers_note")),
    }
}

fn tier_row(name: String, tier: &Tier, graded: i64, whole: i128, lowest: (i128, i64), kind: RowKind) -> Row {
    let ratio = match (lowest, tier.orders) {
        ((gross, orders), own) if gross > 0 && orders > 0 && own > 0 => {
            Cell::Times(Share::new(tier.gross * i128::from(orders), gross * i128::from(own)))
        }
        _ => Cell::Empty,
    };
    let cells = vec![
        Cell::Text(name),
        Cell::Count(tier.members),
        Cell::Percent(Share::new(tier.members, graded)),
        Cell::CountChange(tier.members - tier.members_before),
        Cell::Count(tier.active),
        Cell::Percent(Share::new(tier.active, tier.members)),
        Cell::Money(tier.net),
        Cell::Percent(Share::new(tier.net, whole)),
        Cell::Count(tier.orders),
        average_order(tier.gross, tier.orders).map_or(Cell::Empty, Cell::Money),
        ratio,
    ];
    Row { kind, cells }
}
