//! What stands around the content of every page: head, foot, page number, watermark.
//!
//! Invariants: every page has the same foot; the cover page has no head, since its band stands there. Not here: the content
//! (`page`).

use super::{
    PdfSettings,
    flow::place_line,
    inline::Typesetter,
    mark::{Mark, Rect, TextMark},
    page::Pages,
    style::{self, Length, TextBase, mm, permille, pt, tenths},
};

const HEAD_TOP: Length = mm(10);
const FOOT_TOP_FROM_BOTTOM: Length = mm(14);
const RULE_GAP: Length = pt(4);
const WATERMARK_SIZES: [i32; 6] = [90, 72, 56, 44, 34, 24];

/// Draws head, foot and watermark on all pages.
pub(super) fn furnish(pages: &mut Pages, settings: &PdfSettings, typesetter: &mut Typesetter<'_>) {
    let total = pages.sheets.len();
    let geometry = pages.geometry;
    let watermark = settings.watermark.as_deref().map(|text| watermark(text, pages, typesetter)).unwrap_or_default();
    let (left, right) = (geometry.side, geometry.width - geometry.side);
    let head = head(settings, left, right, typesetter);
    for number in 0..total {
        let number_text = page_number(&settings.page_number, number + 1, total);
        let mut marks = Vec::new();
        let top = geometry.height - FOOT_TOP_FROM_BOTTOM;
        rule(left, right, top, &mut marks);
        text(&settings.footer_left, left, right, Side::Left, top + RULE_GAP, typesetter, &mut marks);
        text(&number_text, left, right, Side::Right, top + RULE_GAP, typesetter, &mut marks);
        let Some(page) = pages.sheets.get_mut(number) else { continue };
        if !page.cover {
            marks.extend(head.iter().cloned());
        }
        for mark in marks {
            page.canvas.draw(mark, &mut pages.used);
        }
        if !watermark.is_empty() {
            page.canvas.watermark(watermark.clone(), &mut pages.used);
        }
    }
}

/// The number of a page as the settings word it.
pub(super) fn page_number(template: &str, page: usize, total: usize) -> String {
    template.replace("{page}", &page.to_string()).replace("{total}", &total.to_string())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn head(settings: &PdfSettings, left: Length, right: Length, typesetter: &mut Typesetter<'_>) -> Vec<Mark> {
    let mut marks = Vec::new();
    if settings.header_left.is_empty() && settings.header_right.is_empty() {
        return marks;
    }
    text(&settings.header_left, left, right, Side::Left, HEAD_TOP, typesetter, &mut marks);
    text(&settings.header_right, left, right, Side::Right, HEAD_TOP, typesetter, &mut marks);
    rule(left, right, HEAD_TOP + style::FURNITURE.leading + RULE_GAP, &mut marks);
    marks
}

fn rule(left: Length, right: Length, y: Length, marks: &mut Vec<Mark>) {
    marks.push(Mark::Fill(Rect { x: left, y, width: right - left, height: tenths(5) }, style::RULE));
}

fn text(
    words: &str,
    left: Length,
    right: Length,
    side: Side,
    y: Length,
    typesetter: &mut Typesetter<'_>,
    marks: &mut Vec<Mark>,
) {
    if words.is_empty() {
        return;
    }
    let line = typesetter.single(words, style::FURNITURE);
    let x = if side == Side::Left { left } else { right - line.width };
    place_line(&line, x, y, style::FURNITURE, marks);
}

/// The watermark's text, centred on the page, as large as the page allows.
fn watermark(words: &str, pages: &Pages, typesetter: &mut Typesetter<'_>) -> Vec<TextMark> {
    let geometry = pages.geometry;
    // A line at 45 degrees is shorter by the square root of two.
    let room = permille(geometry.width.min(geometry.height), 1150);
    let base = |size| TextBase { size: pt(size), leading: pt(size), color: style::WATERMARK, bold: false };
    let mut line = typesetter.single(words, base(24));
    for size in WATERMARK_SIZES {
        line = typesetter.single(words, base(size));
        if line.width <= room {
            break;
        }
    }
    let along = |length: Length| permille(length, 707);
    let (x, y) = (geometry.width / 2 - along(line.width / 2), geometry.height / 2 + along(line.width / 2));
    let texts = line.fragments.into_iter().filter_map(|fragment| {
        Some(TextMark {
            x: x + along(fragment.x),
            y: y - along(fragment.x),
            text: fragment.text,
            face: fragment.face?,
            thicken: false,
            size: fragment.size,
            color: fragment.color,
            spacing: 0,
            turn: None,
        })
    });
    texts.collect()
}
