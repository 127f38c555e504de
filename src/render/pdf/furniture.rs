//! What stands around the content of every page: head, foot, page number, watermark.
//!
//! Invariants: every page has the same foot; the cover page has no head, since its band stands there. Not here: the content
//! (`page`).

use super::{
    PdfSettings,
    flow::place_line,
    inline::{Line, Typesetter},
    mark::{Mark, Rect, TextMark},
    page::Pages,
    style::{self, Length, TextBase, mm, permille, pt, tenths},
};

const HEAD_TOP: Length = mm(10);
const FOOT_TOP_FROM_BOTTOM: Length = mm(14);
const RULE_GAP: Length = pt(4);
/// Room between the texts at both ends of a line.
const BETWEEN: Length = pt(12);
const WATERMARK_SIZES: [i32; 6] = [90, 72, 56, 44, 34, 24];

/// Draws head, foot and watermark on all pages.
pub(super) fn furnish(pages: &mut Pages, settings: &PdfSettings, typesetter: &mut Typesetter<'_>) {
    let total = pages.sheets.len();
    let geometry = pages.geometry;
    let watermark = settings.watermark.as_deref().map(|text| watermark(text, pages, typesetter)).unwrap_or_default();
    let head = pair(&settings.header_left, &settings.header_right, HEAD_TOP, pages, typesetter);
    let head_rule = rule(pages, HEAD_TOP + style::FURNITURE.leading + RULE_GAP);
    let foot_top = geometry.height - FOOT_TOP_FROM_BOTTOM;
    let last_number = page_number(&settings.page_number, total, total);
    let widest = typesetter.single(&last_number, style::FURNITURE).width;
    let foot_room = geometry.content_width() - widest - BETWEEN;
    let foot = fitted(&settings.footer_left, foot_room, typesetter);
    for number in 0..total {
        let mut marks = vec![rule(pages, foot_top)];
        place_line(&foot, geometry.side, foot_top + RULE_GAP, style::FURNITURE, &mut marks);
        let line = typesetter.single(&page_number(&settings.page_number, number + 1, total), style::FURNITURE);
        let right = geometry.width - geometry.side - line.width;
        place_line(&line, right, foot_top + RULE_GAP, style::FURNITURE, &mut marks);
        let Some(page) = pages.sheets.get_mut(number) else { continue };
        if !page.cover && !head.is_empty() {
            marks.extend(head.iter().cloned());
            marks.push(head_rule.clone());
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

/// Two texts at the ends of a line; one that is too long is cut, with an ellipsis.
fn pair(left: &str, right: &str, y: Length, pages: &Pages, typesetter: &mut Typesetter<'_>) -> Vec<Mark> {
    let geometry = pages.geometry;
    let room = geometry.content_width();
    let right = fitted(right, if left.is_empty() { room } else { room / 2 - BETWEEN }, typesetter);
    let left = fitted(left, if right.width == 0 { room } else { room - right.width - BETWEEN }, typesetter);
    let mut marks = Vec::new();
    place_line(&left, geometry.side, y, style::FURNITURE, &mut marks);
    place_line(&right, geometry.width - geometry.side - right.width, y, style::FURNITURE, &mut marks);
    marks
}

fn fitted(words: &str, room: Length, typesetter: &mut Typesetter<'_>) -> Line {
    let line = typesetter.single(words, style::FURNITURE);
    if line.width <= room {
        return line;
    }
    let mut kept: String = words.to_owned();
    while kept.pop().is_some() {
        let line = typesetter.single(&format!("{}…", kept.trim_end()), style::FURNITURE);
        if line.width <= room {
            return line;
        }
    }
    Line::default()
}

fn rule(pages: &Pages, y: Length) -> Mark {
    let geometry = pages.geometry;
    Mark::Fill(Rect { x: geometry.side, y, width: geometry.content_width(), height: tenths(5) }, style::RULE)
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
