//! Customers, orders and sales by segment.

use crate::{
    money::Share,
    report::{
        Align, Block, Cell, Chart, ChartKind, ChartUnit, Section, Series, Table,
        format::tenths_of_percent,
        graded::{data, total},
        rfm::{
            RfmInputs,
            facts::{Facts, Sum},
        },
    },
};

pub(super) fn section(inputs: &RfmInputs<'_>, facts: &Facts) -> Section {
    let scene = &inputs.scene;
    Section {
        id: "segments",
        title: scene.say("rfm.segments"),
        lead: Some(scene.say("rfm.segments_lead")),
        blocks: vec![Block::Chart(chart(inputs, facts)), Block::Table(table(inputs, facts))],
    }
}

/// Grades from the best with their sums.
fn grades<'f>(inputs: &RfmInputs<'_>, facts: &'f Facts) -> Vec<(String, &'f Sum)> {
    let lang = inputs.scene.lang;
    let ranks = inputs.graded.ranks();
    ranks.filter_map(|rank| Some((inputs.graded.grade(rank, lang), facts.grades.get(usize::from(rank))?))).collect()
}

fn chart(inputs: &RfmInputs<'_>, facts: &Facts) -> Chart {
    let scene = &inputs.scene;
    let grades = grades(inputs, facts);
    let whole = facts.whole();
    let series = |key: &str, of: &dyn Fn(&Sum) -> Share| Series {
        name: scene.say(key),
        unit: ChartUnit::Permille,
        values: grades.iter().map(|(_, sum)| tenths_of_percent(of(sum))).collect(),
    };
    Chart {
        id: "segments",
        title: scene.say("rfm.segments_chart"),
        kind: ChartKind::Bars,
        categories: grades.iter().map(|(name, _)| name.clone()).collect(),
        series: vec![
            series("rfm.series_customers", &|sum| Share::new(sum.customers, whole.customers)),
            series("rfm.series_sales", &|sum| Share::new(sum.sales, whole.sales)),
        ],
    }
}

fn table(inputs: &RfmInputs<'_>, facts: &Facts) -> Table {
    let scene = &inputs.scene;
    let whole = facts.whole();
    let cells = |name: String, sum: &Sum| {
        vec![
            Cell::Text(name),
            Cell::Count(sum.customers),
            Cell::Percent(Share::new(sum.customers, whole.customers)),
            facts.orders(sum.orders),
            facts.money(sum.sales),
            facts.sales_share(sum, &whole),
            facts.average(sum),
        ]
    };
    let mut rows: Vec<_> = grades(inputs, facts).into_iter().map(|(name, sum)| data(cells(name, sum))).collect();
    rows.push(total(cells(scene.say("rfm.sum"), &whole)));
    let mut columns = vec![scene.column("rfm", "segment", Align::Left)];
    let ids = ["customers", "customers_share", "orders", "sales", "sales_share", "average"];
    columns.extend(ids.iter().map(|id| scene.column("rfm", id, Align::Right)));
    Table {
        id: "segments".into(),
        title: scene.say("rfm.segments_table"),
        columns,
        rows,
        printed: None,
        note: Some(scene.say("rfm.segments_note")),
    }
}
