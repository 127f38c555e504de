//! The classes: how many customers, how much they bring, and the Pareto chart.

use crate::{
    grading::bound::Figure,
    money::Share,
    report::{
        Align, Block, Cell, Chart, ChartKind, ChartUnit, Figure as KeyFigure, Section, Series, Table,
        abc::{
            AbcInputs,
            facts::{Class, Facts, Ranked},
        },
        format::tenths_of_percent,
        graded::{Graded, count, data, total},
    },
    scheme::rule::Rule,
};

/// The most columns of the Pareto chart: where there are more customers, several stand in one.
const PARTS: usize = 20;

pub(super) fn section(inputs: &AbcInputs<'_>, facts: &Facts) -> Section {
    let scene = &inputs.scene;
    let mut blocks = vec![
        Block::Figures(figures(inputs, facts)),
        Block::Chart(pareto(inputs, facts)),
        Block::Table(table(inputs, facts, &inputs.graded, &facts.classes, None)),
    ];
    if let (Some(beside), Some((classes, rest))) = (&inputs.beside, &facts.beside) {
        blocks.push(Block::Table(table(inputs, facts, beside, classes, Some(rest))));
    }
    Section { id: "classes", title: scene.say("abc.classes"), lead: Some(scene.say("abc.classes_lead")), blocks }
}

fn figures(inputs: &AbcInputs<'_>, facts: &Facts) -> Vec<KeyFigure> {
    let scene = &inputs.scene;
    let figure = |id, value| KeyFigure { id, label: scene.say(&format!("abc.{id}")), value, changes: Vec::new() };
    let best = facts.classes.first().cloned().unwrap_or_default();
    let (_, top) = facts.top();
    vec![
        figure("customers", Cell::Count(inputs.graded.graded())),
        figure("total", facts.cell(facts.total)),
        figure("best_customers", Cell::Count(best.customers)),
        figure("best_share", Cell::Percent(Share::new(best.figure, facts.total))),
        figure("top_share", Cell::Percent(top)),
        figure("not_positive", Cell::Count(inputs.graded.graded() - facts.positive)),
    ]
}

/// One row a class, from the best; `rest` are subjects that the scheme does not grade.
fn table(inputs: &AbcInputs<'_>, facts: &Facts, graded: &Graded<'_>, classes: &[Class], rest: Option<&Class>) -> Table {
    let scene = &inputs.scene;
    let all = inputs.graded.graded();
    let main = rest.is_none();
    let mut reached = 0;
    let mut row = |name: String, cut: Cell, class: &Class| {
        reached += class.figure;
        let average = Share::new(class.figure, class.customers).scaled(0);
        vec![
            Cell::Text(name),
            cut,
            Cell::Count(class.customers),
            Cell::Percent(Share::new(class.customers, all)),
            facts.cell(class.figure),
            Cell::Percent(Share::new(class.figure, facts.total)),
            Cell::Percent(Share::new(reached, facts.total)),
            class.lowest.map_or(Cell::Empty, |lowest| facts.cell(lowest)),
            average.map_or(Cell::Empty, |average| facts.cell(average)),
        ]
    };
    let mut rows: Vec<_> = classes
        .iter()
        .map(|class| data(row(graded.grade(class.rank, scene.lang), cut(inputs, graded, class.rank), class)))
        .collect();
    if let Some(rest) = rest.filter(|rest| rest.customers > 0) {
        rows.push(data(row(scene.say("abc.not_graded"), Cell::Empty, rest)));
    }
    let average = Share::new(facts.total, all).scaled(0);
    rows.push(total(vec![
        Cell::Text(scene.say("abc.sum")),
        Cell::Empty,
        Cell::Count(all),
        Cell::Percent(Share::new(all, all)),
        facts.cell(facts.total),
        Cell::Percent(Share::new(facts.total, facts.total)),
        Cell::Empty,
        Cell::Empty,
        average.map_or(Cell::Empty, |average| facts.cell(average)),
    ]));
    let mut columns = vec![scene.column("abc", "class", Align::Left)];
    let ids = ["cut", "customers", "customers_share", "figure", "figure_share", "reached", "lowest", "average"];
    columns.extend(ids.iter().map(|id| scene.column("abc", id, Align::Right)));
    if let Some(column) = columns.get_mut(4) {
        column.title.clone_from(&facts.measured);
    }
    let title = graded.bound.scheme.title.in_lang(scene.lang);
    Table {
        id: (if main { "classes" } else { "classes_beside" }).into(),
        title: scene.say_with("abc.classes_table", &[("scheme", title)]),
        columns,
        rows,
        printed: None,
        note: Some(scene.say_with(
            if facts.negative == 0 { "abc.classes_note" } else { "abc.classes_note_negative" },
            &[("negative", &scene.text(&facts.cell(facts.negative)))],
        )),
    }
}

/// The share or limit up to which a class reaches.
fn cut(inputs: &AbcInputs<'_>, graded: &Graded<'_>, rank: u8) -> Cell {
    let Some((version, bound)) = graded.version() else { return Cell::Empty };
    let Some(result) = bound.result() else { return Cell::Empty };
    match (&result.rule, version.dimensions.get(bound.result).map(|dimension| &dimension.rule)) {
        (Rule::Shares { shares, .. }, _) => match shares.iter().find(|(class, _)| *class == rank) {
            Some((_, Figure::Number(share))) => Cell::Percent(*share),
            _ => Cell::Empty,
        },
        (Rule::Bands { limits, .. }, Some(Rule::Bands { .. })) => {
            let metric = super::measured_by(bound).and_then(|place| graded.metric(place));
            let limit = limits.iter().find(|limit| limit.class == rank).map(|limit| limit.figure);
            match (metric, limit) {
                (Some(metric), Some(Figure::Number(limit))) => {
                    let part = i64::try_from(limit.part).ok().filter(|_| limit.whole == 1);
                    let cell = part.map(|part| {
                        crate::report::graded::metric_cell(&metric.metric, part, inputs.scene.dictionaries)
                    });
                    cell.map_or(Cell::Empty, |cell| Cell::Text(format!("≥ {}", inputs.scene.text(&cell))))
                }
                _ => Cell::Empty,
            }
        }
        _ => Cell::Empty,
    }
}

/// Customers in their order against what they bring together; the lines that part the classes are level.
fn pareto(inputs: &AbcInputs<'_>, facts: &Facts) -> Chart {
    let scene = &inputs.scene;
    let buyers: Vec<&Ranked> = facts.ranked.iter().filter(|one| one.cumulative.is_some()).collect();
    // So many customers to a column; the last one may have fewer.
    let each = buyers.len().div_ceil(PARTS).max(1);
    let ends: Vec<usize> = (1..=buyers.len().div_ceil(each)).map(|part| (part * each).min(buyers.len())).collect();
    let at = |end: usize| end.checked_sub(1).and_then(|last| buyers.get(last)).and_then(|one| one.cumulative);
    let reached: Vec<i128> = ends.iter().map(|end| at(*end).unwrap_or(0)).collect();
    let before = std::iter::once(0).chain(reached.iter().copied());
    let brought: Vec<Option<i128>> = reached.iter().zip(before).map(|(now, before)| Some(now - before)).collect();
    let permille = |share: Share| tenths_of_percent(share);
    let mut series = vec![
        Series { name: facts.measured.clone(), unit: chart_unit(facts), values: brought },
        Series {
            name: scene.say("abc.series_cumulative"),
            unit: ChartUnit::Permille,
            values: reached.iter().map(|reached| permille(Share::new(*reached, facts.total))).collect(),
        },
    ];
    for (class, share) in cumulative_shares(&inputs.graded) {
        let title = inputs.graded.grade(class, scene.lang);
        let name =
            scene.say_with("abc.series_cut", &[("class", &title), ("share", &scene.text(&Cell::Percent(share)))]);
        series.push(Series { name, unit: ChartUnit::Permille, values: vec![permille(share); ends.len()] });
    }
    let customers = scene.text(&Cell::Count(count(buyers.len())));
    let title = if each == 1 { "abc.pareto_each" } else { "abc.pareto" };
    Chart {
        id: "pareto",
        title: scene.say_with(title, &[("customers", &customers), ("each", &each.to_string())]),
        kind: ChartKind::Pareto,
        categories: ends.iter().map(usize::to_string).collect(),
        series,
    }
}

/// Up to which cumulative share of the figure each class reaches, where that is the rule.
fn cumulative_shares(graded: &Graded<'_>) -> Vec<(u8, Share)> {
    let rule = graded.version().and_then(|(_, bound)| bound.result()).map(|result| &result.rule);
    match rule {
        Some(Rule::Shares { shares, whole: crate::scheme::rule::Whole::Figures, .. }) => shares
            .iter()
            .filter_map(|(class, share)| match share {
                Figure::Number(share) => Some((*class, *share)),
                Figure::Months { .. } => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn chart_unit(facts: &Facts) -> ChartUnit {
    match facts.unit {
        crate::report::graded::Unit::Money => ChartUnit::Money,
        crate::report::graded::Unit::Count | crate::report::graded::Unit::Quantity => ChartUnit::Count,
    }
}
