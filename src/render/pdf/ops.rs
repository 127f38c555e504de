//! From marks to the operators of a page.
//!
//! Invariants: shapes lie under text; all text of a page is one text section; a state is set only when it changes; lengths
//! become floats here and nowhere else, rounded to hundredths of a point. Not here: layout (`flow`, `page`), fonts and the
//! file (`finish`).

#![expect(clippy::float_arithmetic, reason = "the PDF library takes coordinates and colours as floats")]

use printpdf::{
    Actions, BorderArray, ColorArray, FontId, HighlightingMode, Line, LineCapStyle, LineDashPattern, LineJoinStyle,
    LinePoint, LinkAnnotation, Op, PaintMode, PdfFontHandle, Point, Polygon, PolygonRing, Pt, Rgb, TextItem,
    TextMatrix, TextRenderingMode, WindingOrder,
};

use super::{
    mark::{Cap, Mark, PathMark, Pen, Rect, Ring, TextMark},
    style::{Color, Length},
};

/// The outline that makes a face bold, in thousandths of the size.
const THICKENING: Length = 28;
const BLOCK_BITS: u32 = 64;

/// Which characters were drawn in which face.
#[derive(Debug, Default)]
pub(super) struct Used {
    faces: Vec<Vec<u64>>,
}

impl Used {
    fn note(&mut self, face: u8, text: &str) {
        let number = usize::from(face);
        if self.faces.len() <= number {
            self.faces.resize(number + 1, Vec::new());
        }
        let Some(bits) = self.faces.get_mut(number) else { return };
        for character in text.chars() {
            let code = u32::from(character);
            let block = usize::try_from(code / BLOCK_BITS).unwrap_or_default();
            if bits.len() <= block {
                bits.resize(block + 1, 0);
            }
            if let Some(bits) = bits.get_mut(block) {
                *bits |= 1 << (code % BLOCK_BITS);
            }
        }
    }

    /// The faces with the characters drawn in them.
    pub(super) fn faces(&self) -> impl Iterator<Item = (u8, impl Iterator<Item = char> + '_)> + '_ {
        let faces = self.faces.iter().enumerate().filter(|(_, bits)| bits.iter().any(|&block| block != 0));
        faces.map(|(number, bits)| (u8::try_from(number).unwrap_or_default(), characters(bits)))
    }
}

fn characters(bits: &[u64]) -> impl Iterator<Item = char> + '_ {
    (0_u32..).zip(bits).flat_map(|(block, &bits)| {
        let set = (0..BLOCK_BITS).filter(move |bit| bits >> bit & 1 == 1);
        set.filter_map(move |bit| char::from_u32(block * BLOCK_BITS + bit))
    })
}

/// The name of a face in the file.
pub(super) fn font_id(face: u8) -> FontId {
    FontId(format!("F{face}x"))
}

/// A page being drawn.
#[derive(Debug)]
pub(super) struct Canvas {
    height: Length,
    under: Vec<Op>,
    shapes: Vec<Op>,
    text: Vec<Op>,
    links: Vec<Op>,
    fill: Option<Color>,
    stroke: Option<(Color, Length)>,
    text_color: Option<Color>,
    font: Option<(u8, Length)>,
    thick: Option<(Color, Length)>,
    spacing: Length,
}

impl Canvas {
    pub(super) fn new(height: Length) -> Self {
        Self {
            height,
            under: Vec::new(),
            shapes: Vec::new(),
            text: Vec::new(),
            links: Vec::new(),
            fill: None,
            stroke: None,
            text_color: None,
            font: None,
            thick: None,
            spacing: 0,
        }
    }

    /// Gives back memory that a full page does not need any more.
    pub(super) fn close(&mut self) {
        self.shapes.shrink_to_fit();
        self.text.shrink_to_fit();
    }

    /// All operators in order.
    pub(super) fn into_ops(self) -> Vec<Op> {
        let mut ops = self.under;
        ops.extend(self.shapes);
        if !self.text.is_empty() {
            ops.push(Op::StartTextSection);
            ops.extend(self.text);
            ops.push(Op::EndTextSection);
        }
        ops.extend(self.links);
        ops
    }

    /// Draws a mark placed from the upper left corner of the page.
    pub(super) fn draw(&mut self, mark: Mark, used: &mut Used) {
        match mark {
            Mark::Text(text) => self.draw_text(text, used),
            Mark::Fill(rect, color) => {
                self.set_fill(color);
                let mut rectangle = self.rect(rect);
                rectangle.mode = Some(PaintMode::Fill);
                self.shapes.push(Op::DrawRectangle { rectangle });
            }
            Mark::Outline(rect, color, width) => {
                self.set_stroke(color, width);
                let mut rectangle = self.rect(rect);
                rectangle.mode = Some(PaintMode::Stroke);
                self.shapes.push(Op::DrawRectangle { rectangle });
            }
            Mark::Path(path) => self.draw_path(&path),
            Mark::Link(rect, target) => self.link(rect, Actions::uri(ascii_address(&target))),
            // Anchors and headings leave no trace on the page itself.
            Mark::Anchor(..) | Mark::Heading(..) => {}
        }
    }

    /// Makes an area follow an action.
    pub(super) fn link(&mut self, rect: Rect, action: Actions) {
        let border = Some(BorderArray::Solid([0.0, 0.0, 0.0]));
        let highlight = Some(HighlightingMode::None);
        let link = LinkAnnotation::new(self.rect(rect), action, border, Some(ColorArray::Transparent), highlight);
        self.links.push(Op::LinkAnnotation { link });
    }

    /// Draws text under everything else, rising at 45 degrees from its start.
    pub(super) fn watermark(&mut self, texts: Vec<TextMark>, used: &mut Used) {
        let diagonal = std::f32::consts::FRAC_1_SQRT_2;
        self.under.push(Op::StartTextSection);
        for text in texts {
            used.note(text.face, &text.text);
            let matrix = [diagonal, diagonal, -diagonal, diagonal, points(text.x).0, self.flip(text.y).0];
            self.under.push(Op::SetFillColor { col: color(text.color) });
            self.under.push(set_font(text.face, text.size));
            self.under.push(Op::SetTextMatrix { matrix: TextMatrix::Raw(matrix) });
            self.under.push(Op::ShowText { items: vec![TextItem::Text(text.text)] });
        }
        self.under.push(Op::EndTextSection);
    }

    fn draw_text(&mut self, mark: TextMark, used: &mut Used) {
        used.note(mark.face, &mark.text);
        if self.text_color != Some(mark.color) {
            self.text.push(Op::SetFillColor { col: color(mark.color) });
            self.text_color = Some(mark.color);
        }
        if self.font != Some((mark.face, mark.size)) {
            self.text.push(set_font(mark.face, mark.size));
            self.font = Some((mark.face, mark.size));
        }
        let thick = mark.thicken.then_some((mark.color, mark.size));
        if self.thick != thick {
            self.set_thickness(thick);
        }
        if self.spacing != mark.spacing {
            self.text.push(Op::SetCharacterSpacing { multiplier: points(mark.spacing * 10).0 / 10.0 });
            self.spacing = mark.spacing;
        }
        let (x, y) = (points(mark.x), self.flip(mark.y));
        let matrix = match mark.turn {
            Some([cos, down, up, also_cos]) => TextMatrix::Raw([cos, down, up, also_cos, x.0, y.0]),
            None => TextMatrix::Translate(x, y),
        };
        self.text.push(Op::SetTextMatrix { matrix });
        self.text.push(Op::ShowText { items: vec![TextItem::Text(mark.text)] });
    }

    /// Bold without a bold face: the outline is drawn along with the filling.
    fn set_thickness(&mut self, thick: Option<(Color, Length)>) {
        let mode = if thick.is_some() { TextRenderingMode::FillStroke } else { TextRenderingMode::Fill };
        if thick.is_some() != self.thick.is_some() {
            self.text.push(Op::SetTextRenderingMode { mode });
        }
        if let Some((tone, size)) = thick {
            self.text.push(Op::SetOutlineColor { col: color(tone) });
            self.text.push(Op::SetOutlineThickness { pt: points(size * THICKENING / 1000) });
        }
        self.thick = thick;
    }

    fn draw_path(&mut self, path: &PathMark) {
        if let Some(fill) = path.fill {
            self.set_fill(fill);
            let rings = path.rings.iter().map(|ring| PolygonRing { points: self.line_points(ring) }).collect();
            let winding_order = if path.even_odd { WindingOrder::EvenOdd } else { WindingOrder::NonZero };
            self.shapes.push(Op::DrawPolygon { polygon: Polygon { rings, mode: PaintMode::Fill, winding_order } });
        }
        if let Some(pen) = &path.pen {
            self.set_stroke(pen.color, pen.width);
            self.set_pen(pen);
            for ring in &path.rings {
                let line = Line { points: self.line_points(ring), is_closed: ring.closed };
                self.shapes.push(Op::DrawLine { line });
            }
            self.reset_pen(pen);
        }
    }

    fn set_pen(&mut self, pen: &Pen) {
        let cap = match pen.cap {
            Cap::Butt => None,
            Cap::Round => Some(LineCapStyle::Round),
            Cap::Square => Some(LineCapStyle::ProjectingSquare),
        };
        self.shapes.extend(cap.map(|cap| Op::SetLineCapStyle { cap }));
        if pen.round_joins {
            self.shapes.push(Op::SetLineJoinStyle { join: LineJoinStyle::Round });
        }
        if !pen.dashes.is_empty() {
            let dashes: Vec<f32> = pen.dashes.iter().map(|&dash| points(dash).0).collect();
            self.shapes.push(Op::SetLineDashPattern { dash: LineDashPattern::new(0.0, &dashes) });
        }
    }

    fn reset_pen(&mut self, pen: &Pen) {
        if pen.cap != Cap::Butt {
            self.shapes.push(Op::SetLineCapStyle { cap: LineCapStyle::Butt });
        }
        if pen.round_joins {
            self.shapes.push(Op::SetLineJoinStyle { join: LineJoinStyle::Miter });
        }
        if !pen.dashes.is_empty() {
            self.shapes.push(Op::SetLineDashPattern { dash: LineDashPattern::solid() });
        }
    }

    fn line_points(&self, ring: &Ring) -> Vec<LinePoint> {
        let point = |x, y| Point { x: points(x), y: self.flip(y) };
        ring.points.iter().map(|p| LinePoint { p: point(p.x, p.y), bezier: p.handle }).collect()
    }

    fn set_fill(&mut self, fill: Color) {
        if self.fill != Some(fill) {
            self.shapes.push(Op::SetFillColor { col: color(fill) });
            self.fill = Some(fill);
        }
    }

    fn set_stroke(&mut self, tone: Color, width: Length) {
        if self.stroke != Some((tone, width)) {
            self.shapes.push(Op::SetOutlineColor { col: color(tone) });
            self.shapes.push(Op::SetOutlineThickness { pt: points(width) });
            self.stroke = Some((tone, width));
        }
    }

    fn rect(&self, rect: Rect) -> printpdf::Rect {
        let (width, height) = (points(rect.width), points(rect.height));
        printpdf::Rect::from_xywh(points(rect.x), self.flip(rect.y + rect.height), width, height)
    }

    fn flip(&self, y: Length) -> Pt {
        points(self.height - y)
    }
}

fn set_font(face: u8, size: Length) -> Op {
    Op::SetFont { font: PdfFontHandle::External(font_id(face)), size: points(size) }
}

/// A length as the PDF library wants it.
pub(super) fn points(length: Length) -> Pt {
    let hundredths = (length + 5).div_euclid(10);
    #[expect(clippy::cast_precision_loss, reason = "hundredths of a point on a page are far below 2^24")]
    let value = hundredths as f32;
    Pt(value / 100.0)
}

fn color(Color(rgb): Color) -> printpdf::Color {
    let [_, red, green, blue] = rgb.to_be_bytes();
    // Three digits are finer than the 256 steps of a colour.
    let part = |byte: u8| (f32::from(byte) / 255.0 * 1000.0).round() / 1000.0;
    printpdf::Color::Rgb(Rgb { r: part(red), g: part(green), b: part(blue), icc_profile: None })
}

/// An address in ASCII: other characters are percent-encoded.
fn ascii_address(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'(' | b')' | b'\\' | b'<' | b'>') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.extend(
                [byte >> 4, byte & 15]
                    .map(|half| char::from_digit(u32::from(half), 16).unwrap_or('0').to_ascii_uppercase()),
            );
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_ascii() {
        assert_eq!(ascii_address("https://example.com/报表?a=(1)"), "https://example.com/%E6%8A%A5%E8%A1%A8?a=%281%29");
    }

    #[test]
    fn lengths_are_rounded_to_hundredths() {
        for (length, wanted) in [(51_023, "51.02"), (-1_005, "-1"), (9_995, "10"), (0, "0")] {
            assert_eq!(points(length).0.to_string(), wanted);
        }
    }

    #[test]
    fn used_characters_are_remembered_by_face() {
        let mut used = Used::default();
        used.note(2, "客户客A😀");
        let found: Vec<(u8, String)> = used.faces().map(|(face, characters)| (face, characters.collect())).collect();
        assert_eq!(found, [(2, "A客户😀".to_owned())]);
    }
}
