//! Inline pictures: SVG drawn as vectors and real text.
//!
//! Invariants: a picture is one piece, never split; nothing outside of the document is read; text stays text and is counted as
//! such when a character is missing; what cannot be drawn is warned of. Transparency is mixed with the white of the paper.
//! Not here: making charts (`render::chart`).

#![expect(clippy::float_arithmetic, reason = "SVG coordinates are floats; they become lengths here")]

use usvg::{Node, Transform, tiny_skia_path::PathSegment};

use super::{
    block::Picture,
    error::{PdfError, PdfWarning},
    flow::{Flow, missing_box},
    mark::{Cap, Mark, PathMark, PathPoint, Pen, Piece, Ring, TextMark},
    style::{Color, Length, permille, pt, tenths},
};
use crate::render::font::{Fonts, Weight};

/// A pixel of the picture is at most one point wide, so that small pictures are not blown up.
const LARGEST_SCALE: f32 = 1.0;
/// How much smaller a picture may be drawn to fill what is left of a page, in thousandths.
const SMALLER: i32 = 820;
const BOLD: u16 = 600;

/// Draws a picture to a width.
pub(super) fn draw(picture: &Picture, width: Length, flow: &mut Flow<'_>) -> Result<Piece, PdfError> {
    let fonts = flow.typesetter.fonts();
    let tree = usvg::Tree::from_str(&picture.svg, &options(fonts))
        .map_err(|error| PdfError::BadPicture { line: picture.line, reason: error.to_string() })?;
    let size = tree.size();
    let tallest = flow.geometry.content_height() * 8 / 10;
    let scale = (to_points(width) / size.width()).min(to_points(tallest) / size.height()).min(LARGEST_SCALE);
    let drawn_width = to_length(size.width() * scale);
    let mut walker = Walker { scale, marks: Vec::new(), flow, line: picture.line };
    walker.group(tree.root(), 1.0);
    let mut full = Piece { marks: walker.marks, height: to_length(size.height() * scale), ..Piece::default() };
    let mut small = full.scaled(SMALLER);
    // Both stand in the middle.
    full.shift(((width - drawn_width) / 2).max(0), 0);
    small.shift((width - permille(drawn_width, SMALLER)) / 2, 0);
    Ok(Piece { before: pt(4), after: pt(6), smaller: Some(Box::new(small)), ..full })
}

fn options(fonts: &Fonts) -> usvg::Options<'_> {
    let mut options = usvg::Options { font_family: fonts.family().to_owned(), ..usvg::Options::default() };
    options.fontdb = fonts.database();
    // A picture in a template must not reach files of the machine.
    options.image_href_resolver.resolve_string = Box::new(|_, _| None);
    options.image_href_resolver.resolve_data = Box::new(|_, _, _| None);
    options
}

#[derive(Debug)]
struct Walker<'w, 'f> {
    scale: f32,
    marks: Vec<Mark>,
    flow: &'w mut Flow<'f>,
    line: u32,
}

/// Text of one style in one direction, as far as it runs on evenly.
#[derive(Debug, Default)]
struct TextRun {
    text: String,
    x: f32,
    y: f32,
    /// Where the next character is expected, along the direction.
    advance: f32,
    direction: (f32, f32),
}

impl Walker<'_, '_> {
    fn warn(&mut self, part: &'static str) {
        let warning = PdfWarning::PicturePart { part, line: self.line };
        if !self.flow.warnings.contains(&warning) {
            self.flow.warnings.push(warning);
        }
    }

    fn group(&mut self, group: &usvg::Group, opacity: f32) {
        let opacity = opacity * group.opacity().get();
        if group.mask().is_some() || !group.filters().is_empty() {
            self.warn("a mask or filter is left out");
        }
        if group.clip_path().is_some() {
            self.warn("a clip path is left out");
        }
        for node in group.children() {
            match node {
                Node::Group(inner) => self.group(inner, opacity),
                Node::Path(path) => self.path(path, opacity),
                Node::Text(text) => self.text(text, opacity),
                Node::Image(_) => self.warn("an image is left out"),
            }
        }
    }

    fn path(&mut self, path: &usvg::Path, opacity: f32) {
        if !path.is_visible() {
            return;
        }
        let transform = path.abs_transform();
        let rings = self.rings(path.data(), transform);
        let fill = path.fill().map(|fill| (self.paint(fill.paint(), opacity * fill.opacity().get()), fill.rule()));
        let pen = path.stroke().map(|stroke| {
            let factor = self.scale * stretch(transform);
            Pen {
                color: self.paint(stroke.paint(), opacity * stroke.opacity().get()),
                width: to_length(stroke.width().get() * factor).max(tenths(2)),
                dashes: stroke.dasharray().unwrap_or_default().iter().map(|dash| to_length(dash * factor)).collect(),
                cap: match stroke.linecap() {
                    usvg::LineCap::Butt => Cap::Butt,
                    usvg::LineCap::Round => Cap::Round,
                    usvg::LineCap::Square => Cap::Square,
                },
                round_joins: stroke.linejoin() == usvg::LineJoin::Round,
            }
        });
        if fill.is_some() || pen.is_some() {
            let even_odd = matches!(fill, Some((_, usvg::FillRule::EvenOdd)));
            let mark = PathMark { rings, fill: fill.map(|(color, _)| color), even_odd, pen };
            self.marks.push(Mark::Path(Box::new(mark)));
        }
    }

    fn rings(&self, data: &usvg::tiny_skia_path::Path, transform: Transform) -> Vec<Ring> {
        let mut rings: Vec<Ring> = Vec::new();
        let mut last = (0.0, 0.0);
        for segment in data.segments() {
            let curve: Vec<(f32, f32)> = match segment {
                PathSegment::MoveTo(p) => {
                    rings.push(Ring::default());
                    vec![(p.x, p.y)]
                }
                PathSegment::LineTo(p) => vec![(p.x, p.y)],
                PathSegment::QuadTo(c, p) => {
                    let towards = |from: f32, to: f32| from + (to - from) * 2.0 / 3.0;
                    let first = (towards(last.0, c.x), towards(last.1, c.y));
                    vec![first, (towards(p.x, c.x), towards(p.y, c.y)), (p.x, p.y)]
                }
                PathSegment::CubicTo(a, b, p) => vec![(a.x, a.y), (b.x, b.y), (p.x, p.y)],
                PathSegment::Close => {
                    rings.iter_mut().next_back().into_iter().for_each(|ring| ring.closed = true);
                    continue;
                }
            };
            let count = curve.len();
            for (number, &(x, y)) in curve.iter().enumerate() {
                let (px, py) = self.map(transform, x, y);
                let handle = count == 3 && number < 2;
                if let Some(ring) = rings.last_mut() {
                    ring.points.push(PathPoint { x: to_length(px), y: to_length(py), handle });
                }
                last = (x, y);
            }
        }
        rings
    }

    fn map(&self, transform: Transform, x: f32, y: f32) -> (f32, f32) {
        let mapped_x = transform.sx * x + transform.kx * y + transform.tx;
        let mapped_y = transform.ky * x + transform.sy * y + transform.ty;
        (mapped_x * self.scale, mapped_y * self.scale)
    }

    fn paint(&mut self, paint: &usvg::Paint, opacity: f32) -> Color {
        let stops = match paint {
            usvg::Paint::Color(color) => return mixed(*color, opacity),
            usvg::Paint::LinearGradient(gradient) => gradient.stops(),
            usvg::Paint::RadialGradient(gradient) => gradient.stops(),
            usvg::Paint::Pattern(_) => {
                self.warn("a pattern is drawn in grey");
                return mixed(usvg::Color::new_rgb(128, 128, 128), opacity);
            }
        };
        self.warn("a gradient is drawn in its middle colour");
        let middle = stops.get(stops.len() / 2).map_or(usvg::Color::black(), usvg::Stop::color);
        mixed(middle, opacity)
    }

    fn text(&mut self, text: &usvg::Text, opacity: f32) {
        let weights: Vec<u16> =
            text.chunks().iter().flat_map(usvg::TextChunk::spans).map(|span| span.font().weight()).collect();
        let spans = text.layouted();
        for (number, span) in spans.iter().enumerate() {
            let Some(fill) = span.fill.as_ref().filter(|_| span.visible) else { continue };
            let color = self.paint(fill.paint(), opacity * fill.opacity().get());
            let weight = if weights.len() == spans.len() { weights.get(number).copied() } else { None };
            let weight = if weight.is_some_and(|weight| weight >= BOLD) { Weight::Bold } else { Weight::Regular };
            let size = span.font_size.get() * stretch(text.abs_transform()) * self.scale;
            if span.stroke.is_some() {
                self.warn("the outline of a text is left out");
            }
            for line in [&span.underline, &span.overline, &span.line_through].into_iter().flatten() {
                self.path(line, opacity);
            }
            let mut run = TextRun::default();
            for glyph in &span.positioned_glyphs {
                let place = text.abs_transform().pre_concat(glyph.transform());
                let (x, y) = self.map(place, 0.0, 0.0);
                let length = place.sx.hypot(place.ky).max(f32::EPSILON);
                let direction = (place.sx / length, place.ky / length);
                let expected = (run.x + run.direction.0 * run.advance, run.y + run.direction.1 * run.advance);
                let even = (expected.0 - x).abs() < size * 0.06 && (expected.1 - y).abs() < size * 0.06;
                let same =
                    (run.direction.0 - direction.0).abs() < 0.001 && (run.direction.1 - direction.1).abs() < 0.001;
                if !(even && same) || run.text.is_empty() {
                    self.emit(&run, size, color, weight);
                    run = TextRun { x, y, direction, ..TextRun::default() };
                }
                run.text.push_str(&glyph.text);
                let advance = self.flow.typesetter.fonts().width(&glyph.text, weight);
                run.advance += to_points(permille(to_length(size), i32::try_from(advance).unwrap_or_default()));
            }
            self.emit(&run, size, color, weight);
        }
    }

    /// Places a run of text, face by face.
    fn emit(&mut self, run: &TextRun, size: f32, color: Color, weight: Weight) {
        let size = to_length(size);
        let straight = run.direction.0 > 0.999;
        let (cos, sin) = run.direction;
        let mut passed: Length = 0;
        let mut current: Option<TextMark> = None;
        for character in run.text.chars().map(|c| if c == '\u{A0}' { ' ' } else { c }) {
            let glyph = self.flow.typesetter.fonts().glyph(character, weight);
            let along = to_points(passed);
            let (x, y) = (to_length(run.x + cos * along), to_length(run.y + sin * along));
            let advance = self.flow.typesetter.fonts().advance(character, weight);
            passed += permille(size, i32::from(advance));
            let Some(glyph) = glyph else {
                self.marks.extend(current.take().map(Mark::Text));
                self.flow.typesetter.note_missing(character, &run.text);
                self.marks.push(Mark::Outline(missing_box(x, y, size), color, permille(size, 60)));
                continue;
            };
            if current.as_ref().is_none_or(|mark| (mark.face, mark.thicken) != (glyph.face, glyph.thicken)) {
                self.marks.extend(current.take().map(Mark::Text));
                let turn = (!straight).then_some([cos, -sin, sin, cos]);
                let text = String::new();
                let (face, thicken) = (glyph.face, glyph.thicken);
                current = Some(TextMark { x, y, text, face, thicken, size, color, spacing: 0, turn });
            }
            if let Some(mark) = &mut current {
                mark.text.push(character);
            }
        }
        self.marks.extend(current.filter(|mark| !mark.text.trim().is_empty()).map(Mark::Text));
    }
}

/// How much a transform enlarges.
fn stretch(transform: Transform) -> f32 {
    (transform.sx * transform.sy - transform.kx * transform.ky).abs().sqrt()
}

/// A colour on white paper.
fn mixed(color: usvg::Color, opacity: f32) -> Color {
    let part = |byte: u8| {
        let value = 255.0 - (255.0 - f32::from(byte)) * opacity.clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 255 by construction"
        )]
        let byte = value.round() as u32;
        byte.min(255)
    };
    Color(part(color.red) << 16 | part(color.green) << 8 | part(color.blue))
}

fn to_length(points: f32) -> Length {
    #[expect(clippy::cast_possible_truncation, reason = "saturates; pages are far smaller")]
    let length = (points * 1000.0).round() as Length;
    length
}

fn to_points(length: Length) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "lengths on a page keep all their digits that print")]
    let thousandths = length as f32;
    thousandths / 1000.0
}
