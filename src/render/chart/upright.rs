//! Columns and lines over categories, with a value axis to the left and, for mixed charts, another to the right.
//!
//! Invariants: a missing value is a gap, never a zero; an axis that does not start at zero says so; labels never overlap their
//! neighbours. Not here: lying bars (`bars`).

use crate::{
    render::chart::{
        Scene,
        canvas::{Anchor, BASE, Canvas, FONT, GRID, INK, MUTED, Tenths, fit, text_width},
        drawn,
        legend::{Mark, dash, fill, line_colour, marker},
        mark_of,
        scale::{Axis, brief, one, tick},
    },
    report::{ChartKind, ChartUnit, Series},
    text::say,
};

/// The place of the plot and its axes.
struct Frame {
    left: Tenths,
    right: Tenths,
    top: Tenths,
    bottom: Tenths,
    axis: Axis,
    other: Option<Axis>,
    slots: i64,
}

impl Frame {
    fn middle(&self, index: usize) -> Tenths {
        let index = i64::try_from(index).unwrap_or(0);
        self.left + (self.right - self.left) * (2 * index + 1) / (2 * self.slots)
    }

    fn slot(&self) -> Tenths {
        (self.right - self.left) / self.slots
    }

    fn axis_of(&self, nth: usize) -> Axis {
        if nth == 0 { self.axis } else { self.other.unwrap_or(self.axis) }
    }

    fn height_of(&self, nth: usize, value: i128) -> Tenths {
        self.axis_of(nth).place(value, self.bottom, self.top)
    }
}

/// Draws the plot from `top` down and tells where it ends.
pub(super) fn draw(canvas: &mut Canvas, scene: Scene<'_>, top: Tenths) -> Tenths {
    let frame = frame(scene, top);
    grid(canvas, scene, &frame);
    let lowest = columns(canvas, scene, &frame);
    let end = categories(canvas, scene, &frame, lowest.max(frame.bottom) + 180);
    for (nth, series) in scene.chart.series.iter().enumerate() {
        if mark_of(scene.chart.kind, nth) != Mark::Fill {
            line(canvas, scene, &frame, nth, series);
        }
    }
    line_labels(canvas, scene, &frame);
    end
}

fn frame(scene: Scene<'_>, top: Tenths) -> Frame {
    let chart = scene.chart;
    let unit_of = |nth: usize| chart.series.get(nth).map_or(ChartUnit::Count, |series| series.unit);
    let values = |from: usize, to: usize| {
        let some = chart.series.iter().take(to).skip(from);
        some.flat_map(|series| drawn(chart, series).map(|(_, value)| value)).collect::<Vec<i128>>().into_iter()
    };
    let unit = one(unit_of(0), scene.currency);
    let (axis, other) = match chart.kind {
        ChartKind::ColumnsAndLine | ChartKind::Pareto if chart.series.len() > 1 => {
            let first = Axis::with_zero(values(0, 1), unit, 5);
            let rest = Axis::with_zero(values(1, usize::MAX), one(unit_of(1), scene.currency), 5);
            let (first, rest) = first.aligned(rest);
            (first, Some(rest))
        }
        ChartKind::Lines => (Axis::for_lines(values(0, usize::MAX), unit, 5), None),
        ChartKind::Columns | ChartKind::Bars | ChartKind::ColumnsAndLine | ChartKind::Pareto => {
            (Axis::with_zero(values(0, usize::MAX), unit, 5), None)
        }
    };
    let gutter = |axis: Axis, nth: usize| {
        let widths = axis.ticks().map(|value| text_width(&tick(value, unit_of(nth), scene.currency, scene.lang)));
        widths.filter(|width| *width <= scene.width / 3).max().unwrap_or(0) + 80
    };
    let left = gutter(axis, 0);
    let right = scene.width - other.map_or(60, |axis| gutter(axis, 1));
    let plot = (scene.width * 30 / 100).clamp(1500, 2600);
    // Room above the highest tick for a label on the highest column.
    let top = top + 160;
    let slots = i64::try_from(chart.categories.len()).unwrap_or(i64::MAX).max(1);
    Frame { left, right, top, bottom: top + plot, axis, other, slots }
}

fn grid(canvas: &mut Canvas, scene: Scene<'_>, frame: &Frame) {
    let units = |nth: usize| scene.chart.series.get(nth).map_or(ChartUnit::Count, |series| series.unit);
    for value in frame.axis.ticks() {
        let y = frame.axis.place(value, frame.bottom, frame.top);
        let (colour, width) = if value == 0 { (BASE, 10) } else { (GRID, 10) };
        canvas.line((frame.left, y), (frame.right, y), colour, width);
        let label = tick(value, units(0), scene.currency, scene.lang);
        if text_width(&label) + 60 <= frame.left {
            canvas.text((frame.left - 60, y + 42), Anchor::End, MUTED, &label);
        }
    }
    for value in frame.other.into_iter().flat_map(Axis::ticks) {
        let y = frame.axis_of(1).place(value, frame.bottom, frame.top);
        let label = tick(value, units(1), scene.currency, scene.lang);
        if frame.right + 60 + text_width(&label) <= scene.width {
            canvas.text((frame.right + 60, y + 42), Anchor::Start, MUTED, &label);
        }
    }
    if !frame.axis.has_zero() {
        let words = say(scene.lang, "render.axis-not-from-zero");
        let words = fit(&words, scene.width - frame.left);
        canvas.text((frame.left, frame.top - 100), Anchor::Start, MUTED, &words);
    }
}

/// Names under the axis: all of them where they fit, on two lines where that helps, else every second, third, … up to the last.
fn categories(canvas: &mut Canvas, scene: Scene<'_>, frame: &Frame, base: Tenths) -> Tenths {
    let names = &scene.chart.categories;
    let room = frame.slot() - 60;
    let widest = names.iter().map(|name| text_width(name)).max().unwrap_or(0);
    if widest > room && frame.slots <= 8 && room >= 3 * FONT && are_words(names) {
        for (index, name) in names.iter().enumerate() {
            let (first, second) = two_lines(name, room);
            canvas.text((frame.middle(index), base), Anchor::Middle, INK, &first);
            canvas.text((frame.middle(index), base + 150), Anchor::Middle, INK, &second);
        }
        return base + 210;
    }
    let every = (1..=names.len().max(1))
        .find(|every| i64::try_from(*every).unwrap_or(1).saturating_mul(frame.slot()) >= widest + 100)
        .unwrap_or(names.len().max(1));
    let last = names.len().saturating_sub(1);
    for (index, name) in names.iter().enumerate().filter(|(index, _)| (last - index).is_multiple_of(every)) {
        let name = fit(name, scene.width);
        let half = text_width(&name) / 2;
        let middle = frame.middle(index).min(scene.width - half).max(half);
        canvas.text((middle, base), Anchor::Middle, INK, &name);
    }
    base + 60
}

/// Splits a name after the last place that fits and does not tear a number or a word of Latin letters.
fn two_lines(name: &str, room: Tenths) -> (String, String) {
    let whole = |c: char| c.is_ascii_graphic() || matches!(c, '–' | '—');
    let mut split = 0;
    let mut before = None;
    for (place, c) in name.char_indices() {
        let torn = before.is_some_and(whole) && whole(c);
        if text_width(name.get(..place).unwrap_or_default()) > room {
            break;
        }
        if !torn {
            split = place;
        }
        before = Some(c);
    }
    let (first, rest) = if text_width(name) <= room { (name, "") } else { name.split_at(split) };
    (fit(first.trim(), room), fit(rest.trim(), room))
}

/// Whether names are words that may stand on two lines, not months or numbers in a row.
fn are_words(names: &[String]) -> bool {
    names.iter().any(|name| name.chars().any(|c| !c.is_ascii_digit() && !c.is_ascii_punctuation()))
}

/// Draws the columns and tells how low their labels reach.
fn columns(canvas: &mut Canvas, scene: Scene<'_>, frame: &Frame) -> Tenths {
    let filled: Vec<(usize, &Series)> = scene
        .chart
        .series
        .iter()
        .enumerate()
        .filter(|(nth, _)| mark_of(scene.chart.kind, *nth) == Mark::Fill)
        .collect();
    let Ok(count @ 1..) = i64::try_from(filled.len()) else { return frame.bottom };
    let mut lowest = frame.bottom;
    let group = (frame.slot() * 7 / 10).min(count * 440).max(count);
    let wide = group / count;
    let labels = scene.chart.kind == ChartKind::Columns && labels_fit(scene, frame, wide, count);
    for (place, (nth, series)) in (0_i64..).zip(filled) {
        for (index, value) in drawn(scene.chart, series) {
            let x = frame.middle(index) - group / 2 + place * wide;
            let (zero, end) = (frame.height_of(nth, 0), frame.height_of(nth, value));
            let gap = if wide > 60 { 10 } else { 0 };
            let hint = scene.hint(series, index, value);
            canvas.rect(
                (x + gap, end.min(zero)),
                (wide - 2 * gap, (zero - end).abs()),
                fill(scene.chart.kind, nth),
                &hint,
            );
            if labels {
                let label = brief(value, series.unit, scene.currency, scene.lang);
                let y = if value < 0 { end + 140 } else { end - 50 };
                lowest = lowest.max(y);
                canvas.text((x + wide / 2, y), Anchor::Middle, INK, &label);
            }
        }
    }
    lowest
}

fn labels_fit(scene: Scene<'_>, frame: &Frame, wide: Tenths, count: i64) -> bool {
    let room = if count == 1 { frame.slot() } else { wide };
    let labels = scene.chart.series.iter().flat_map(|series| {
        drawn(scene.chart, series).map(|(_, value)| brief(value, series.unit, scene.currency, scene.lang))
    });
    labels.map(|label| text_width(&label)).all(|width| width + 40 <= room)
}

fn line(canvas: &mut Canvas, scene: Scene<'_>, frame: &Frame, nth: usize, series: &Series) {
    let points: Vec<(usize, i128)> = drawn(scene.chart, series).collect();
    let places = |run: &[(usize, i128)]| -> Vec<(Tenths, Tenths)> {
        run.iter().map(|(index, value)| (frame.middle(*index), frame.height_of(nth, *value))).collect()
    };
    for run in points.chunk_by(|a, b| a.0 + 1 == b.0) {
        if run.len() > 1 {
            canvas.polyline(&places(run), line_colour(nth), dash(nth));
        }
        if mark_of(scene.chart.kind, nth) == Mark::Level {
            continue;
        }
        // With many points the markers would hide the line; a lone point has nothing else to be seen by.
        if frame.slots <= 26 || run.len() == 1 {
            for ((index, value), place) in run.iter().zip(places(run)) {
                marker(canvas, nth, place, &scene.hint(series, *index, *value));
            }
        }
    }
}

/// Figures at the last point of each line; at the highest and lowest too where there is only one line.
fn line_labels(canvas: &mut Canvas, scene: Scene<'_>, frame: &Frame) {
    let chart = scene.chart;
    let lines: Vec<(usize, &Series)> =
        chart.series.iter().enumerate().filter(|(nth, _)| mark_of(chart.kind, *nth) == Mark::Line).collect();
    let alone = lines.len() == 1 && chart.kind == ChartKind::Lines;
    let mut taken: Vec<(Tenths, Tenths, Tenths)> = Vec::new();
    for (nth, series) in &lines {
        let points: Vec<(usize, i128)> = drawn(chart, series).collect();
        let place = |(index, value): (usize, i128)| (index, value, frame.height_of(*nth, value));
        let last = points.last().map(|point| (place(*point), comes_from_above(&points)));
        let highest = points.iter().max_by_key(|(_, value)| *value).map(|point| (place(*point), false));
        let lowest = points.iter().min_by_key(|(_, value)| *value).map(|point| (place(*point), true));
        let extremes = [highest, lowest].into_iter().filter(|_| alone);
        for ((index, value, height), below) in std::iter::once(last).chain(extremes).flatten() {
            let y = if below { height + 160 } else { height - 80 };
            let text = brief(value, series.unit, scene.currency, scene.lang);
            let half = text_width(&text) / 2;
            let middle = frame.middle(index).min(scene.width - half).max(half);
            // The label must fit, be clear of the names under the axis, of other labels and of the other lines.
            let fits = 2 * half <= scene.width / 4 && y <= frame.bottom - 20;
            let apart = |other: &(Tenths, Tenths, Tenths)| {
                (other.1 - y).abs() >= FONT + 20 || (other.0 - middle).abs() >= other.2 + half + 40
            };
            let struck = lines.iter().filter(|(other, _)| other != nth).any(|(other, line)| {
                let height = line.values.get(index).copied().flatten().map(|value| frame.height_of(*other, value));
                height.is_some_and(|height| (height - (y - 40)).abs() < 90)
            });
            if fits && !struck && taken.iter().all(apart) {
                taken.push((middle, y, half));
                canvas.text((middle, y), Anchor::Middle, line_colour(*nth), &text);
            }
        }
    }
}

/// Whether a line falls to its last point, so that a label above would stand on the line.
fn comes_from_above(points: &[(usize, i128)]) -> bool {
    matches!(points, [.., (_, before), (_, last)] if before > last)
}
