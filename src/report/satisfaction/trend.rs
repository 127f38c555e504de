//! Wave by wave: all customers, and every indicator (S28).

use crate::{
    report::{
        Align, Block, Cell, Chart, ChartKind, ChartUnit, Column, Section, Series, Table, format,
        graded::data,
        satisfaction::{
            SatisfactionInputs,
            facts::{Facts, response},
        },
    },
    satisfaction::{score::by_indicator, statistics::Sample},
};

pub(super) fn section(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Section {
    let mut blocks = Vec::new();
    if inputs.waves.len() > 1 {
        blocks.push(Block::Chart(chart(inputs, facts)));
    }
    blocks.push(Block::Table(waves(inputs, facts)));
    if inputs.waves.len() > 1 {
        blocks.push(Block::Table(indicators(inputs)));
    }
    Section { id: "trend", title: inputs.say("trend"), lead: Some(inputs.say("trend_lead")), blocks }
}

fn chart(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Chart {
    let mean = |sample: &Sample| sample.mean().and_then(format::score);
    Chart {
        id: "trend",
        title: inputs.say("trend_chart"),
        kind: ChartKind::Lines,
        categories: inputs.waves.iter().map(|wave| wave.name.clone()).collect(),
        series: vec![Series {
            name: inputs.say("series_overall"),
            unit: ChartUnit::Score,
            values: facts.waves.iter().map(|all| mean(&all.sample)).collect(),
        }],
    }
}

fn waves(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Table {
    let mut columns = inputs.columns(&[
        ("wave", Align::Left),
        ("ended", Align::Left),
        ("invited", Align::Right),
        ("customers", Align::Right),
        ("response", Align::Right),
    ]);
    columns.extend(inputs.judged_columns());
    let mut before: Option<&Sample> = None;
    let mut rows = Vec::new();
    for (wave, all) in inputs.waves.iter().zip(&facts.waves) {
        let mut cells = vec![
            Cell::Text(wave.name.clone()),
            Cell::Date(wave.ended_on),
            wave.invited.map_or(Cell::Empty, Cell::Count),
            Cell::Count(all.sample.n),
            response(wave, all),
        ];
        cells.extend(inputs.judged(&all.sample, all.sample.mean(), before));
        rows.push(data(cells));
        before = Some(&all.sample);
    }
    Table {
        id: "waves".into(),
        title: inputs.say("waves_table"),
        columns,
        rows,
        printed: None,
        note: Some(inputs.say("waves_note")),
    }
}

/// Every indicator down, every wave across.
fn indicators(inputs: &SatisfactionInputs<'_>) -> Table {
    let mut columns = vec![inputs.column("indicator", Align::Left)];
    columns.extend(inputs.waves.iter().enumerate().map(|(nth, wave)| Column {
        id: format!("wave_{}", nth + 1),
        title: wave.name.clone(),
        align: Align::Right,
    }));
    let scores: Vec<_> = inputs.waves.iter().map(|wave| by_indicator(inputs.survey, &wave.answers)).collect();
    let mean = |of: &[crate::satisfaction::score::IndicatorScore], place: usize| {
        of.get(place).and_then(|one| one.mean().scaled(6)).map_or(Cell::Empty, Cell::Score)
    };
    let row = |place: usize| {
        let means = scores.iter().map(|of| mean(of, place));
        data(std::iter::once(Cell::Text(inputs.indicator(place))).chain(means).collect())
    };
    Table {
        id: "indicator_waves".into(),
        title: inputs.say("indicator_waves_table"),
        columns,
        rows: (0..inputs.survey.indicators.len()).map(row).collect(),
        printed: None,
        note: None,
    }
}
