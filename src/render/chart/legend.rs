//! How series look, and the legend that names them.
//!
//! Invariants: neighbouring series differ in lightness as well as in hue, lines also in marker and dash, so that a grey print and
//! a colour-blind reader can tell them apart. Not here: where marks stand (`upright`, `bars`).

use crate::{
    render::chart::{
        Scene,
        canvas::{Anchor, Canvas, INK, Tenths, fit, text_width},
        mark_of,
    },
    report::ChartKind,
};

/// The two ways in which a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Columns and bars.
    Fill,
    /// A line with points.
    Line,
    /// A level line without points.
    Level,
}

/// Fill and edge of each series in turn; lightness falls and rises by turns.
const LOOKS: [(&str, &str); 6] = [
    ("#1F3A5F", "#1F3A5F"),
    ("#D6913A", "#A86C1E"),
    ("#A9C4DE", "#6D8FB0"),
    ("#3F8A84", "#2C6A65"),
    ("#8A4A63", "#6C364C"),
    ("#C9CED6", "#8A94A3"),
];

/// Dashes of lines in turn.
const DASHES: [&str; 4] = ["", "7 4", "2 3", "9 3 2 3"];

/// Fill and edge of a series.
fn look(index: usize) -> (&'static str, &'static str) {
    LOOKS.get(index % LOOKS.len()).copied().unwrap_or(("#1F3A5F", "#1F3A5F"))
}

/// Fill and edge of columns that a line is drawn over: light, so that line and figures stay readable on them.
const BEHIND_A_LINE: (&str, &str) = ("#B4C7DE", "#7E9ABB");

/// Fill and edge of a series drawn as columns or bars.
pub(super) fn fill(kind: ChartKind, index: usize) -> (&'static str, &'static str) {
    if matches!(kind, ChartKind::ColumnsAndLine | ChartKind::Pareto) { BEHIND_A_LINE } else { look(index) }
}

/// Colour of a series drawn as a line: the edge, which is dark enough for a thin stroke.
pub(super) fn line_colour(index: usize) -> &'static str {
    if index == 1 { "#A3590B" } else { look(index).1 }
}

/// Dash of a series drawn as a line.
pub(super) fn dash(index: usize) -> &'static str {
    DASHES.get(index % DASHES.len()).copied().unwrap_or("")
}

/// Draws the point of a line: disc, square, triangle or diamond in turn.
pub(super) fn marker(canvas: &mut Canvas, index: usize, at: (Tenths, Tenths), hint: &str) {
    let (x, y) = at;
    let colour = line_colour(index);
    match index % 4 {
        0 => canvas.disc(at, 36, colour, hint),
        1 => canvas.polygon(&[(x - 33, y - 33), (x + 33, y - 33), (x + 33, y + 33), (x - 33, y + 33)], colour, hint),
        2 => canvas.polygon(&[(x, y - 44), (x + 42, y + 32), (x - 42, y + 32)], colour, hint),
        _ => canvas.polygon(&[(x, y - 46), (x + 46, y), (x, y + 46), (x - 46, y)], colour, hint),
    }
}

/// Draws the legend from `top` down, in as many rows as it needs, and tells where it ends.
pub(super) fn legend(canvas: &mut Canvas, scene: Scene<'_>, top: Tenths) -> Tenths {
    const ROW: Tenths = 200;
    const BETWEEN: Tenths = 220;
    let (mut x, mut y) = (0, top);
    for (index, series) in scene.chart.series.iter().enumerate() {
        let mark = mark_of(scene.chart.kind, index);
        // A dash, the marker and another dash fit in 29 pixels.
        let swatch = if mark == Mark::Fill { 120 } else { 290 };
        let name = fit(&series.name, scene.width - swatch - 60);
        let wide = swatch + 60 + text_width(&name);
        if x > 0 && x + wide > scene.width {
            x = 0;
            y += ROW;
        }
        let middle = y + 70;
        match mark {
            Mark::Fill => canvas.rect((x, middle - 55), (120, 110), fill(scene.chart.kind, index), &series.name),
            Mark::Line => {
                canvas.polyline(&[(x, middle), (x + swatch, middle)], line_colour(index), dash(index));
                marker(canvas, index, (x + swatch / 2, middle), &series.name);
            }
            Mark::Level => canvas.polyline(&[(x, middle), (x + swatch, middle)], line_colour(index), dash(index)),
        }
        canvas.text((x + swatch + 60, middle + 42), Anchor::Start, INK, &name);
        x += wide + BETWEEN;
    }
    y + ROW
}
