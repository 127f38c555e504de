//! Every indicator: its mean, how many answered, what was left out, and which levels were counted (S24).

use crate::{
    money::Share,
    report::{
        Align, Block, Cell, Chart, ChartKind, ChartUnit, Column, Section, Series, Table, format,
        graded::{count, data, total},
        satisfaction::{SatisfactionInputs, cells::score, facts::Facts},
    },
    satisfaction::{
        questionnaire::Group,
        score::{IndicatorScore, weakness},
        statistics::Sample,
    },
};

pub(super) fn section(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Section {
    let blocks = vec![
        Block::Chart(chart(inputs, facts)),
        Block::Table(table(inputs, facts)),
        Block::Table(levels(inputs, facts)),
    ];
    Section { id: "indicators", title: inputs.say("indicators"), lead: Some(inputs.say("indicators_lead")), blocks }
}

/// The weakest first, beside the wave before; questions with too few answers stand last.
fn chart(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Chart {
    let mut places = facts.weakest(inputs);
    places.extend((0..facts.indicators.len()).filter(|place| !places.contains(place)).collect::<Vec<_>>());
    let series = |name: String, mean: &dyn Fn(usize) -> Option<i128>| Series {
        name,
        unit: ChartUnit::Score,
        values: places.iter().map(|place| mean(*place).and_then(format::score)).collect(),
    };
    let mut shown = vec![series(facts.wave.name.clone(), &|place| facts.mean(place))];
    if let Some(before) = inputs.waves.iter().rev().nth(1) {
        shown.push(series(before.name.clone(), &|place| facts.sample_before(place).and_then(Sample::mean)));
    }
    Chart {
        id: "indicators",
        title: inputs.say("indicators_chart"),
        kind: ChartKind::Bars,
        categories: places.iter().map(|place| inputs.indicator(*place)).collect(),
        series: shown,
    }
}

fn table(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Table {
    let mut columns = inputs.columns(&[
        ("indicator", Align::Left),
        ("group", Align::Left),
        ("answers", Align::Right),
        ("blank", Align::Right),
        ("not_applicable", Align::Right),
        ("overridden", Align::Right),
    ]);
    columns.extend(inputs.judged_columns());
    columns.push(inputs.column("weakest", Align::Right));
    let ranks = weakness(&facts.indicators, inputs.survey.least);
    let mut rows = Vec::new();
    for (place, (indicator, one)) in inputs.survey.indicators.iter().zip(&facts.indicators).enumerate() {
        let mut cells = vec![Cell::Text(inputs.indicator(place)), Cell::Text(inputs.say(group(indicator.group)))];
        cells.extend(counts(one));
        cells.extend(inputs.judged(&one.sample, facts.mean(place), facts.sample_before(place)));
        cells.push(ranks.get(place).copied().flatten().map_or(Cell::Empty, |rank| Cell::Count(count(rank))));
        rows.push(data(cells));
    }
    for of in [Group::Product, Group::Service] {
        let own = inputs.survey.indicators.iter().zip(&facts.indicators).filter(|(one, _)| one.group == of);
        let own: Vec<&IndicatorScore> = own.map(|(_, one)| one).collect();
        if !own.is_empty() && own.len() < facts.indicators.len() {
            rows.push(total(sum(inputs, inputs.say(group(of)), &own)));
        }
    }
    rows.push(total(sum(inputs, inputs.say("all_answers"), &facts.indicators.iter().collect::<Vec<_>>())));
    let least = inputs.survey.least.to_string();
    Table {
        id: "indicators".into(),
        title: inputs.say("indicators_table"),
        columns,
        rows,
        printed: None,
        note: Some(inputs.say_with("indicators_note", &[("least", &least)])),
    }
}

fn counts(one: &IndicatorScore) -> [Cell; 4] {
    let counts = &one.counts;
    [counts.answers, counts.blank, counts.not_applicable, counts.overridden].map(Cell::Count)
}

/// Several questions together: the mean of their answers, each answer as much as any other.
fn sum(inputs: &SatisfactionInputs<'_>, name: String, of: &[&IndicatorScore]) -> Vec<Cell> {
    let add = |value: &dyn Fn(&IndicatorScore) -> i64| Cell::Count(of.iter().map(|one| value(one)).sum());
    let mean = of
        .iter()
        .map(|one| one.mean())
        .fold(Share::new(0, 0), |sum, one| Share::new(sum.part + one.part, sum.whole + one.whole));
    let mean = mean.scaled(6);
    let mut cells = vec![Cell::Text(name), Cell::Empty];
    cells.extend([
        add(&|one| one.counts.answers),
        add(&|one| one.counts.blank),
        add(&|one| one.counts.not_applicable),
        add(&|one| one.counts.overridden),
    ]);
    cells.extend([score(mean), Cell::Empty, inputs.label(mean).map_or(Cell::Empty, Cell::Text)]);
    cells.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
    cells
}

/// Answers by the level that counts, the best level first.
fn levels(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Table {
    let levels = &inputs.survey.scale.levels;
    let mut columns = inputs.columns(&[("indicator", Align::Left), ("answers", Align::Right)]);
    for level in levels.iter().rev() {
        let (id, title) = (level.id.replace('-', "_"), level.title.in_lang(inputs.scene.lang).to_owned());
        let share = inputs.say_with("share_of", &[("level", &title)]);
        columns.push(Column { id: format!("{id}_share"), title: share, align: Align::Right });
        columns.push(Column { id, title, align: Align::Right });
    }
    let cells = |name: String, answers: i64, counted: &[i64]| {
        let mut cells = vec![Cell::Text(name), Cell::Count(answers)];
        for count in counted.iter().rev() {
            cells.extend([Cell::Percent(Share::new(*count, answers)), Cell::Count(*count)]);
        }
        cells
    };
    let row =
        |(place, one): (usize, &IndicatorScore)| data(cells(inputs.indicator(place), one.counts.answers, &one.counted));
    let mut rows: Vec<_> = facts.indicators.iter().enumerate().map(row).collect();
    let of_level = |place: usize| facts.indicators.iter().filter_map(|one| one.counted.get(place)).sum();
    let sums: Vec<i64> = (0..levels.len()).map(of_level).collect();
    rows.push(total(cells(inputs.say("all_answers"), facts.overall.counts.answers, &sums)));
    Table {
        id: "levels".into(),
        title: inputs.say("levels_table"),
        columns,
        rows,
        printed: None,
        note: Some(inputs.say("levels_note")),
    }
}

fn group(group: Group) -> &'static str {
    match group {
        Group::Product => "group_product",
        Group::Service => "group_service",
    }
}
