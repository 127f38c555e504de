//! Draws a chart of a report as SVG by hand: no library, no float, the same bytes each time.
//!
//! Invariants: the result is one well-formed `svg` element without external references; all coordinates are whole tenths of a
//! pixel inside the view box; colour is never the only difference between series (lightness, marker, dash). No `font-family` is
//! set: the page's own face applies in a browser, and the default family of `usvg::Options` in a picture or a PDF.
//! Not here: raster pictures (`render::png`), the frame and caption around a chart (the template).

mod bars;
mod canvas;
mod legend;
mod scale;
mod upright;

use canvas::{Anchor, Canvas, MUTED, Tenths};
use legend::{Mark, legend};
use scale::exact;

use crate::{
    money::{Currency, Share, decimal},
    report::{Align, Cell, Chart, ChartKind, ChartUnit, Column, Row, RowKind, Series, Table},
    text::{Lang, say, say_with},
};

/// What every part of a drawing needs to know.
#[derive(Debug, Clone, Copy)]
struct Scene<'a> {
    chart: &'a Chart,
    currency: &'a Currency,
    lang: Lang,
    width: Tenths,
}

impl Scene<'_> {
    fn category(&self, index: usize) -> &str {
        self.chart.categories.get(index).map_or("", String::as_str)
    }

    /// What a browser shows over a mark.
    fn hint(&self, series: &Series, index: usize, value: i128) -> String {
        format!("{} · {}: {}", self.category(index), series.name, exact(value, series.unit, self.currency))
    }
}

/// The chart as an SVG element `width` pixels wide; its height follows from its content.
///
/// A chart without a single value says so in words instead of showing an empty frame.
pub fn svg(chart: &Chart, currency: &Currency, lang: Lang, width: u32) -> String {
    let scene = Scene { chart, currency, lang, width: i64::from(width.clamp(200, 4000)) * 10 };
    let mut canvas = Canvas::default();
    let height = if is_empty(chart) {
        canvas.text((scene.width / 2, 300), Anchor::Middle, MUTED, &say(lang, "render.no-data"));
        500
    } else {
        let top = legend(&mut canvas, scene, 40);
        match chart.kind {
            ChartKind::Bars => bars::draw(&mut canvas, scene, top),
            ChartKind::Columns | ChartKind::Lines | ChartKind::ColumnsAndLine | ChartKind::Pareto => {
                upright::draw(&mut canvas, scene, top)
            }
        }
    };
    canvas.finish(scene.width, height, &summary(chart, currency, lang))
}

/// The chart in words: its title, and of each series the lowest, the highest and, over time, the latest value.
pub fn summary(chart: &Chart, currency: &Currency, lang: Lang) -> String {
    let mut parts = vec![chart.title.clone()];
    for series in told(chart) {
        let values: Vec<(usize, i128)> = drawn(chart, series).collect();
        let lowest = values.iter().min_by_key(|(_, value)| *value);
        let highest = values.iter().rev().max_by_key(|(_, value)| *value);
        let (Some(low), Some(high), Some(last)) = (lowest, highest, values.last()) else {
            parts.push(format!("{}: {}", series.name, say(lang, "render.no-data")));
            continue;
        };
        let figure = |(_, value): &(usize, i128)| exact(*value, series.unit, currency);
        let at = |(index, _): &(usize, i128)| chart.categories.get(*index).cloned().unwrap_or_default();
        parts.push(say_with(
            lang,
            match chart.kind {
                ChartKind::Lines | ChartKind::ColumnsAndLine => "render.series-range",
                ChartKind::Columns | ChartKind::Bars | ChartKind::Pareto => "render.series-extremes",
            },
            &[
                ("series", &series.name),
                ("low", &figure(low)),
                ("low_at", &at(low)),
                ("high", &figure(high)),
                ("high_at", &at(high)),
                ("last", &figure(last)),
                ("last_at", &at(last)),
            ],
        ));
    }
    parts.join(match lang {
        Lang::Chinese => "。",
        Lang::English => ". ",
    })
}

/// The chart as a table of its exact values, for formats that draw nothing.
pub fn table(chart: &Chart, lang: Lang) -> Table {
    let column = |id: String, title: &str, align| Column { id, title: title.to_owned(), align };
    let heads =
        told(chart).enumerate().map(|(n, series)| column(format!("series_{}", n + 1), &series.name, Align::Right));
    let cell = |series: &Series, index: usize| match (series.values.get(index).copied().flatten(), series.unit) {
        (None, _) => Cell::Empty,
        (Some(value), ChartUnit::Money) => Cell::Money(value),
        (Some(value), ChartUnit::Permille) => Cell::Percent(Share::new(value, 1000)),
        (Some(value), ChartUnit::Score) => Cell::Score(value * 10_000),
        (Some(value), ChartUnit::Count) => {
            i64::try_from(value).map_or_else(|_| Cell::Text(decimal(value, 0)), Cell::Count)
        }
    };
    let row = |(index, name): (usize, &String)| Row {
        kind: RowKind::Data,
        cells: std::iter::once(Cell::Text(name.clone())).chain(told(chart).map(|s| cell(s, index))).collect(),
    };
    Table {
        id: chart.id.into(),
        title: chart.title.clone(),
        columns: std::iter::once(column("category".to_owned(), &say(lang, "render.category"), Align::Left))
            .chain(heads)
            .collect(),
        rows: chart.categories.iter().enumerate().map(row).collect(),
        printed: None,
        note: None,
    }
}

/// The series that say something in words: level lines are named by the legend alone.
fn told(chart: &Chart) -> impl Iterator<Item = &Series> {
    let all = chart.series.iter().enumerate();
    all.filter(|(index, _)| mark_of(chart.kind, *index) != Mark::Level).map(|(_, series)| series)
}

/// The values of a series that have a category and are there, with the index of the category.
fn drawn<'a>(chart: &'a Chart, series: &'a Series) -> impl Iterator<Item = (usize, i128)> + 'a {
    let places = series.values.iter().take(chart.categories.len()).enumerate();
    places.filter_map(|(index, value)| value.map(|value| (index, value)))
}

fn is_empty(chart: &Chart) -> bool {
    chart.series.iter().all(|series| drawn(chart, series).next().is_none())
}

/// How a series is marked: a filled shape, or a line with points.
fn mark_of(kind: ChartKind, index: usize) -> Mark {
    match kind {
        ChartKind::Lines => Mark::Line,
        ChartKind::ColumnsAndLine if index > 0 => Mark::Line,
        ChartKind::Pareto if index == 1 => Mark::Line,
        ChartKind::Pareto if index > 1 => Mark::Level,
        ChartKind::Columns | ChartKind::Bars | ChartKind::ColumnsAndLine | ChartKind::Pareto => Mark::Fill,
    }
}

#[cfg(test)]
mod tests;
