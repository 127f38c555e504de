//! Thirteen months: sales and active members, new and lapsed members.

use crate::{
    period::{Period, Unit},
    report::{
        Align, Block, Cell, Chart, ChartKind, ChartUnit, Row, RowKind, Section, Series, Table,
        tier::{
            TierInputs,
            facts::{Facts, Month},
            metrics::TREND_MONTHS,
            overview::average_order,
            tiers::column,
        },
    },
    text::say,
};

pub(super) fn section(inputs: &TierInputs<'_>, facts: &Facts) -> Section {
    // Oldest first, as a reader expects time to run; months before the ledger began are not months of zero.
    let before_data = |month: &&Month| month.members == 0 && month.orders == 0 && month.net == 0;
    let months: Vec<&Month> = facts.months.iter().take(TREND_MONTHS).rev().skip_while(before_data).collect();
    Section {
        id: "trend",
        title: say(inputs.lang, "tier.trend"),
        lead: Some(say(inputs.lang, "tier.trend_lead")),
        blocks: vec![
            Block::Chart(sales_chart(inputs, &months)),
            Block::Chart(member_chart(inputs, &months)),
            Block::Table(table(inputs, &months)),
        ],
    }
}

fn label(month: &Month) -> String {
    Period::holding(Unit::Month, month.end).to_string()
}

fn series(
    inputs: &TierInputs<'_>,
    key: &str,
    unit: ChartUnit,
    months: &[&Month],
    of: impl Fn(&Month) -> Option<i128>,
) -> Series {
    Series { name: say(inputs.lang, key), unit, values: months.iter().map(|month| of(month)).collect() }
}

fn sales_chart(inputs: &TierInputs<'_>, months: &[&Month]) -> Chart {
    Chart {
        id: "trend_sales",
        title: say(inputs.lang, "tier.trend_sales"),
        kind: ChartKind::ColumnsAndLine,
        categories: months.iter().map(|month| label(month)).collect(),
        series: vec![
            series(inputs, "tier.series_net", ChartUnit::Money, months, |month| Some(month.net)),
            series(inputs, "tier.series_active", ChartUnit::Count, months, |month| Some(i128::from(month.active))),
        ],
    }
}

fn member_chart(inputs: &TierInputs<'_>, months: &[&Month]) -> Chart {
    Chart {
        id: "trend_members",
        title: say(inputs.lang, "tier.trend_members"),
        kind: ChartKind::Lines,
        categories: months.iter().map(|month| label(month)).collect(),
        series: vec![
            series(inputs, "tier.series_new", ChartUnit::Count, months, |month| Some(i128::from(month.new))),
            series(inputs, "tier.series_lapsed", ChartUnit::Count, months, |month| month.lapsed.map(i128::from)),
        ],
    }
}

fn table(inputs: &TierInputs<'_>, months: &[&Month]) -> Table {
    let columns = [
        ("month", Align::Left),
        ("members", Align::Right),
        ("new", Align::Right),
        ("lapsed", Align::Right),
        ("active", Align::Right),
        ("net", Align::Right),
        ("card_net", Align::Right),
        ("orders", Align::Right),
        ("average_order", Align::Right),
    ];
    let rows = months
        .iter()
        .map(|month| {
            let cells = vec![
                Cell::Text(label(month)),
                Cell::Count(month.members),
                Cell::Count(month.new),
                month.lapsed.map_or(Cell::Empty, Cell::Count),
                Cell::Count(month.active),
                Cell::Money(month.net),
                Cell::Money(month.net_card),
                Cell::Count(month.orders),
                average_order(month.gross, month.orders).map_or(Cell::Empty, Cell::Money),
            ];
            Row { kind: RowKind::Data, cells }
        })
        .collect();
    Table {
        id: "trend".into(),
        title: say(inputs.lang, "tier.trend_table"),
        columns: columns.iter().map(|(id, align)| column(inputs, id, *align)).collect(),
        rows,
        printed: None,
        note: Some(say(inputs.lang, "tier.trend_note")),
    }
}
