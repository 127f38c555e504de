//! Lying bars with their names to the left and their figures at the end.
//!
//! Invariants: every bar has its figure written out, so there is no value axis; at most [`MOST`] names are drawn and the rest is
//! counted in words. Not here: upright forms (`upright`).

use crate::{
    render::chart::{
        Scene,
        canvas::{Anchor, BASE, Canvas, INK, MUTED, Tenths, fit, text_width},
        legend::fill,
        scale::{Axis, brief, one},
    },
    report::{ChartUnit, Series},
    text::{say, say_with},
};

/// The most names that one chart shows.
const MOST: usize = 40;

struct Frame {
    axis: Axis,
    lowest: Tenths,
    highest: Tenths,
    zero: Tenths,
    thick: Tenths,
}

/// Draws the bars from `top` down and tells where they end.
pub(super) fn draw(canvas: &mut Canvas, scene: Scene<'_>, top: Tenths) -> Tenths {
    let chart = scene.chart;
    let shown = chart.categories.len().min(MOST);
    let gutter = chart.categories.iter().take(shown).map(|name| text_width(name)).max().unwrap_or(0);
    let gutter = gutter.min(scene.width * 2 / 5) + 100;
    let frame = frame(scene, shown, gutter);
    let count = i64::try_from(chart.series.len().max(1)).unwrap_or(1);
    let pitch = count * frame.thick + 110;
    let mut y = top + 60;
    for index in 0..shown {
        let group = count * frame.thick;
        let name = fit(scene.category(index), gutter - 80);
        canvas.text((gutter - 80, y + group / 2 + 42), Anchor::End, INK, &name);
        for (nth, series) in chart.series.iter().enumerate() {
            let offset = i64::try_from(nth).unwrap_or(0) * frame.thick;
            bar(canvas, scene, &frame, (index, nth, series), y + offset);
        }
        y += pitch;
    }
    canvas.line((frame.zero, top + 20), (frame.zero, y - 60), BASE, 10);
    if chart.categories.len() > shown {
        let left_out = (chart.categories.len() - shown).to_string();
        let words = say_with(scene.lang, "render.bars-left-out", &[("count", &left_out)]);
        canvas.text((0, y + 110), Anchor::Start, MUTED, &fit(&words, scene.width));
        y += 180;
    }
    y
}

fn frame(scene: Scene<'_>, shown: usize, gutter: Tenths) -> Frame {
    let chart = scene.chart;
    let in_view = |series: &'_ Series| -> Vec<i128> { series.values.iter().take(shown).flatten().copied().collect() };
    let values: Vec<i128> = chart.series.iter().flat_map(in_view).collect();
    let unit = chart.series.first().map_or(ChartUnit::Count, |series| series.unit);
    let axis = Axis::with_zero(values.iter().copied(), one(unit, scene.currency), 10);
    let room = |negative: bool| -> Tenths {
        let of = |series: &Series| {
            let values = series.values.iter().take(shown).flatten().filter(|v| (**v < 0) == negative);
            let labels = values.filter_map(|value| label(scene, series, *value));
            labels.map(|label| text_width(&label)).max()
        };
        chart.series.iter().filter_map(of).max().map_or(0, |wide| wide + 80)
    };
    let lowest = gutter + room(true);
    let highest = (scene.width - room(false).max(200)).max(lowest + 100);
    let thick = if chart.series.len() > 1 { 130 } else { 180 };
    Frame { axis, lowest, highest, zero: axis.place(0, lowest, highest), thick }
}

fn bar(canvas: &mut Canvas, scene: Scene<'_>, frame: &Frame, which: (usize, usize, &Series), y: Tenths) {
    let (index, nth, series) = which;
    let base_line = y + frame.thick / 2 + 42;
    let Some(value) = series.values.get(index).copied().flatten() else {
        canvas.text((frame.zero + 50, base_line), Anchor::Start, MUTED, &say(scene.lang, "format.none"));
        return;
    };
    let end = frame.axis.place(value, frame.lowest, frame.highest);
    let hint = scene.hint(series, index, value);
    let size = ((end - frame.zero).abs(), frame.thick - 20);
    canvas.rect((end.min(frame.zero), y + 10), size, fill(scene.chart.kind, nth), &hint);
    let Some(label) = label(scene, series, value) else { return };
    if value < 0 {
        canvas.text((end - 50, base_line), Anchor::End, INK, &label);
    } else {
        canvas.text((end + 50, base_line), Anchor::Start, INK, &label);
    }
}

/// The figure at the end of a bar, unless it is so long that it would leave no room for the bars.
fn label(scene: Scene<'_>, series: &Series, value: i128) -> Option<String> {
    let text = brief(value, series.unit, scene.currency, scene.lang);
    (text_width(&text) <= scene.width / 5).then_some(text)
}
