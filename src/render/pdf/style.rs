//! Lengths, colours and text sizes of the printed report.
//!
//! Invariants: all layout is done in whole thousandths of a point, so the same document breaks the same way on every machine.
//! Not here: which element has which style (`parse`), drawing (`ops`).

/// A length in thousandths of a point.
pub(super) type Length = i32;

/// A length from whole points.
pub(super) const fn pt(points: i32) -> Length {
    points * 1000
}

/// A length from tenths of a point.
pub(super) const fn tenths(tenths: i32) -> Length {
    tenths * 100
}

/// A length from millimetres.
pub(super) const fn mm(millimetres: i32) -> Length {
    millimetres * 72_000 * 10 / 254
}

/// A part of a length, in thousandths.
pub(super) fn permille(length: Length, part: i32) -> Length {
    let product = i64::from(length) * i64::from(part) / 1000;
    i32::try_from(product).unwrap_or(Length::MAX)
}

/// A colour as 0xRRGGBB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Color(pub(super) u32);

/// Text.
pub(super) const INK: Color = Color(0x1F_2933);
/// Headings, figures, table heads.
pub(super) const ACCENT: Color = Color(0x1F_3A5F);
/// Secondary text.
pub(super) const MUTED: Color = Color(0x66_7180);
/// Rules that separate.
pub(super) const RULE: Color = Color(0xB8_C2CE);
/// Rules between rows.
pub(super) const HAIRLINE: Color = Color(0xE0_E5EB);
/// Behind table heads.
pub(super) const BAND: Color = Color(0xED_F1F6);
/// Better.
pub(super) const GOOD: Color = Color(0x1A_7347);
/// Worse.
pub(super) const BAD: Color = Color(0xB0_2A1E);
/// Links.
pub(super) const LINK: Color = Color(0x1D_5FA6);
/// Behind a notice.
pub(super) const NOTICE: Color = Color(0xFF_F6DF);
/// The bar of a notice.
pub(super) const NOTICE_BAR: Color = Color(0xC9_8A0B);
/// Text of a notice.
pub(super) const NOTICE_INK: Color = Color(0x6B_4A00);
/// Paper.
pub(super) const WHITE: Color = Color(0xFF_FFFF);
/// Secondary text on the cover's band.
pub(super) const COVER_MUTED: Color = Color(0xCB_D6E4);
/// The watermark.
pub(super) const WATERMARK: Color = Color(0xEA_EDF1);

/// The backgrounds `shade-0` to `shade-4`.
pub(super) const SHADES: [Color; 5] =
    [Color(0xF5_F8FB), Color(0xE1_EAF4), Color(0xC4_D6E9), Color(0x9F_BCDA), Color(0x79_A0C9)];

/// The size, line height and colour that a block's text starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextBase {
    pub(super) size: Length,
    pub(super) leading: Length,
    pub(super) color: Color,
    pub(super) bold: bool,
}

impl TextBase {
    const fn new(size: Length, leading: Length, color: Color, bold: bool) -> Self {
        Self { size, leading, color, bold }
    }
}

/// Body text.
pub(super) const BODY: TextBase = TextBase::new(tenths(95), tenths(155), INK, false);
/// An opening paragraph.
pub(super) const LEAD: TextBase = TextBase::new(tenths(105), tenths(175), INK, false);
/// Small remarks.
pub(super) const NOTE: TextBase = TextBase::new(pt(8), tenths(128), MUTED, false);
/// A line under the title.
pub(super) const SUBTITLE: TextBase = TextBase::new(tenths(115), pt(18), MUTED, false);
/// Captions of tables and figures.
pub(super) const CAPTION: TextBase = TextBase::new(tenths(95), tenths(145), ACCENT, true);
/// Below figures.
pub(super) const LEGEND: TextBase = TextBase::new(tenths(83), pt(13), MUTED, false);
/// Table cells.
pub(super) const CELL: TextBase = TextBase::new(tenths(88), tenths(130), INK, false);
/// Chapter titles.
pub(super) const HEADING_1: TextBase = TextBase::new(pt(19), pt(27), ACCENT, true);
/// Section titles.
pub(super) const HEADING_2: TextBase = TextBase::new(tenths(135), pt(20), ACCENT, true);
/// Titles below sections.
pub(super) const HEADING_3: TextBase = TextBase::new(tenths(108), pt(16), INK, true);
/// Labels of key figures.
pub(super) const CARD_LABEL: TextBase = TextBase::new(tenths(83), pt(12), MUTED, false);
/// Key figures.
pub(super) const CARD_VALUE: TextBase = TextBase::new(pt(18), pt(24), ACCENT, true);
/// Changes of key figures.
pub(super) const CARD_CHANGE: TextBase = TextBase::new(tenths(83), pt(12), MUTED, false);
/// Page heads and feet.
pub(super) const FURNITURE: TextBase = TextBase::new(tenths(78), pt(10), MUTED, false);
/// The title on the cover's band.
pub(super) const COVER_TITLE: TextBase = TextBase::new(pt(25), pt(36), WHITE, true);
/// Other text on the cover's band.
pub(super) const COVER_TEXT: TextBase = TextBase::new(tenths(98), pt(16), COVER_MUTED, false);
/// The subtitle on the cover's band.
pub(super) const COVER_SUBTITLE: TextBase = TextBase::new(tenths(125), pt(20), WHITE, false);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_exact() {
        assert_eq!(mm(18), 51_023);
        assert_eq!(mm(210), 595_275);
        assert_eq!(permille(pt(100), 650), pt(65));
        assert_eq!(tenths(95), 9500);
    }
}
