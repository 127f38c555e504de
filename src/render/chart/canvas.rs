//! Writes SVG elements in whole tenths of a pixel, and estimates how wide a text will be.
//!
//! Invariants: every coordinate is an integer, so none can be NaN; every text is escaped and on one line. A text is placed by
//! `x`, `y` and `text-anchor` alone, because the PDF draws the same elements. Not here: what is drawn (`upright`, `bars`).

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

use crate::report::format::one_line;

/// A length or place in tenths of a pixel.
pub(super) type Tenths = i64;

/// Text colour of axis labels.
pub(super) const INK: &str = "#1F2A37";
/// Text colour of what supports the figures.
pub(super) const MUTED: &str = "#5B6675";
/// Colour of grid lines.
pub(super) const GRID: &str = "#E3E7EC";
/// Colour of the base line.
pub(super) const BASE: &str = "#8A94A3";
/// Size of every text in the chart.
pub(super) const FONT: Tenths = 120;

/// Where a text stands against its `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// An SVG under construction.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    body: String,
}

impl Canvas {
    /// A line of a width; `dash` is the value of `stroke-dasharray`, empty for a full line.
    pub(super) fn line(&mut self, from: (Tenths, Tenths), to: (Tenths, Tenths), colour: &str, width: Tenths) {
        let (x1, y1, x2, y2) = (px(from.0), px(from.1), px(to.0), px(to.1));
        self.push(&format!(
            r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="{}"/>"#,
            px(width)
        ));
    }

    /// A filled rectangle with an edge, and a hint that browsers show.
    pub(super) fn rect(&mut self, at: (Tenths, Tenths), size: (Tenths, Tenths), fill: (&str, &str), hint: &str) {
        let (x, y, w, h) = (px(at.0), px(at.1), px(size.0.max(1)), px(size.1.max(1)));
        let (fill, edge) = fill;
        let _ = write!(
            self.body,
            r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{fill}" stroke="{edge}" stroke-width="0.6">"#
        );
        let _ = write!(self.body, "<title>{}</title></rect>", escape(hint));
    }

    /// A line through points; `dash` is empty for a full line.
    pub(super) fn polyline(&mut self, points: &[(Tenths, Tenths)], colour: &str, dash: &str) {
        let places: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect();
        let dash = if dash.is_empty() { String::new() } else { format!(r#" stroke-dasharray="{dash}""#) };
        self.push(&format!(
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2.2" stroke-linejoin="round"{dash}/>"#,
            places.join(" ")
        ));
    }

    /// A closed shape, with a hint that browsers show.
    pub(super) fn polygon(&mut self, points: &[(Tenths, Tenths)], fill: &str, hint: &str) {
        let places: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect();
        self.push(&format!(
            r##"<polygon points="{}" fill="{fill}" stroke="#FFFFFF" stroke-width="1"><title>{}</title></polygon>"##,
            places.join(" "),
            escape(hint)
        ));
    }

    /// A disc, with a hint that browsers show.
    pub(super) fn disc(&mut self, at: (Tenths, Tenths), radius: Tenths, fill: &str, hint: &str) {
        self.push(&format!(
            r##"<circle cx="{}" cy="{}" r="{}" fill="{fill}" stroke="#FFFFFF" stroke-width="1"><title>{}</title></circle>"##,
            px(at.0),
            px(at.1),
            px(radius),
            escape(hint)
        ));
    }

    /// A text whose base line is at `at`.
    pub(super) fn text(&mut self, at: (Tenths, Tenths), anchor: Anchor, colour: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(&format!(
            r#"<text x="{}" y="{}" text-anchor="{anchor}" font-size="{}" fill="{colour}">{}</text>"#,
            px(at.0),
            px(at.1),
            px(FONT),
            escape(text)
        ));
    }

    fn push(&mut self, element: &str) {
        self.body.push_str(element);
    }

    /// Closes the drawing: an element of its own that stands in any XHTML page and tells its content to a screen reader.
    pub(super) fn finish(self, width: Tenths, height: Tenths, label: &str) -> String {
        let (w, h, label) = (px(width), px(height), escape(label));
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">{}</svg>"#,
            self.body
        )
    }
}

/// Tenths of a pixel as SVG writes them.
pub(super) fn px(value: Tenths) -> String {
    let (whole, rest) = (value.unsigned_abs() / 10, value.unsigned_abs() % 10);
    let sign = if value < 0 { "-" } else { "" };
    if rest == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// The estimated width of a text at [`FONT`]; a little generous, since the face is not known here.
pub(super) fn text_width(text: &str) -> Tenths {
    let milli_ems: Tenths = text
        .chars()
        .map(|c| match c {
            ',' | '.' | ':' | ' ' | 'i' | 'l' | '|' | '\'' => 300,
            '%' | 'm' | 'w' | 'M' | 'W' | '—' | '…' => 920,
            'A'..='Z' => 700,
            c if c.width() == Some(2) => 1000,
            _ => 580,
        })
        .sum();
    milli_ems * FONT / 1000
}

/// A text cut with an ellipsis so that it is no wider than `room`.
pub(super) fn fit(text: &str, room: Tenths) -> String {
    if text_width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if text_width(&kept) + text_width("…") > room {
            kept.pop();
            break;
        }
    }
    kept.push('…');
    kept
}

/// Text for XML: on one line, with the five characters escaped that could start markup.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_tenths_without_a_float() {
        for (value, text) in [(0, "0"), (5, "0.5"), (-5, "-0.5"), (120, "12"), (-1234, "-123.4")] {
            assert_eq!(px(value), text);
        }
    }

    #[test]
    fn cuts_what_does_not_fit() {
        assert_eq!(fit("金卡会员", 480), "金卡会员");
        assert_eq!(fit("金卡会员", 400), "金卡…");
        assert_eq!(fit("金卡会员", 10), "…");
        assert!(text_width("1,234") < text_width("金卡会员"));
    }

    #[test]
    fn escapes_what_could_be_markup() {
        assert_eq!(escape("<a href='x'>&\"\u{0}\r\n"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;   ");
    }
}
