//! Customers, orders and sales by segment.

use crate::{
    money::Share,
    report::{
        Block, Chart, ChartKind, ChartUnit, Section, Series, Table,
        format::tenths_of_percent,
        graded::{data, total},
        rfm::{
            RfmInputs,
            facts::{Facts, Sum, columns},
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
    let mut rows: Vec<_> =
        grades(inputs, facts).into_iter().map(|(name, sum)| data(facts.cells(name, sum, &whole))).collect();
    rows.push(total(facts.cells(scene.say("rfm.sum"), &whole, &whole)));
    Table {
        id: "segments".into(),
        title: scene.say("rfm.segments_table"),
        columns: columns(scene, "segment"),
        rows,
        printed: None,
        note: Some(scene.say("rfm.segments_note")),
    }
}
