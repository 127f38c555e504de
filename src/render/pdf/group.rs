//! Groups of blocks: kept together, boxed, side by side, on the cover.
//!
//! Invariants: a group meant to stay together is split only if it is taller than a page; children stand side by side only
//! where both fit on a page. Not here: the blocks inside (`flow`).

use super::{
    block::{Block, Group},
    error::PdfError,
    flow::{Flow, Ground, Sink},
    mark::{Keep, Mark, Piece, Rect, Step, stack},
    style::{self, Color, Length, pt},
};

const COLUMN_GAP: Length = pt(16);
const NARROWEST_COLUMN: Length = pt(150);
const NOTICE_PADDING: Length = pt(9);
const COVER_PADDING: Length = pt(16);
/// There is no page head over the band: its text starts higher than that of other pages.
const COVER_RISE: Length = pt(28);
const COVER_STRIP: Length = pt(3);

impl Flow<'_> {
    /// Lays out a group.
    pub(super) fn group(
        &mut self,
        group: Group,
        inner: &[Block<'_>],
        width: Length,
        ground: Ground,
        out: Sink<'_>,
    ) -> Result<(), PdfError> {
        match group {
            Group::Keep => {
                let mut steps = self.collect(inner, width, ground)?;
                hold_together(&mut steps);
                steps.into_iter().for_each(out);
            }
            Group::Notice => {
                let before = self.checkpoint();
                let steps = self.collect(inner, width - 2 * NOTICE_PADDING - pt(3), Ground::Notice)?;
                let piece = notice(steps, width);
                if piece.height > self.geometry.content_height() {
                    // Too long for a box: plain text can be split over pages.
                    self.restore(before);
                    self.blocks(inner, width, ground, out)?;
                } else {
                    out(Step::Piece(piece));
                }
            }
            Group::Cover => self.cover(inner, width, out)?,
            Group::Columns => self.columns(inner, width, ground, out)?,
        }
        Ok(())
    }

    /// Children in pairs side by side, where a pair fits on a page.
    fn columns(&mut self, inner: &[Block<'_>], width: Length, ground: Ground, out: Sink<'_>) -> Result<(), PdfError> {
        let half = (width - COLUMN_GAP) / 2;
        for pair in inner.chunks(2) {
            let before = self.checkpoint();
            let sides = if half >= NARROWEST_COLUMN && pair.len() == 2 {
                let columns: Result<Vec<_>, _> =
                    pair.iter().map(|b| self.collect(std::slice::from_ref(b), half, ground)).collect();
                columns?.into_iter().map(|steps| stack(pieces(steps))).collect()
            } else {
                Vec::new()
            };
            let tallest = sides.iter().map(|side| side.height).max().unwrap_or_default();
            if tallest == 0 || tallest > self.geometry.content_height() {
                self.restore(before);
                self.blocks(pair, width, ground, out)?;
                continue;
            }
            let mut whole = Piece { height: tallest, ..Piece::default() };
            for (number, mut side) in sides.into_iter().enumerate() {
                side.shift(if number == 0 { 0 } else { half + COLUMN_GAP }, 0);
                whole.before = whole.before.max(side.before);
                whole.after = whole.after.max(side.after);
                whole.marks.append(&mut side.marks);
            }
            out(Step::Piece(whole));
        }
        Ok(())
    }

    /// The band over the first page: leading text on it, everything else below it.
    fn cover(&mut self, inner: &[Block<'_>], width: Length, out: Sink<'_>) -> Result<(), PdfError> {
        let on_band = |block: &&Block<'_>| matches!(block, Block::Paragraph(_) | Block::Anchor(_));
        let count = inner.iter().take_while(on_band).count();
        let (band, below) = inner.split_at(count);
        let before = self.checkpoint();
        let steps = self.collect(band, width, Ground::Cover)?;
        let mut piece = stack(pieces(steps));
        if piece.height > self.geometry.content_height() / 2 {
            self.restore(before);
            out(Step::PageBreak);
            return self.blocks(inner, width, Ground::Paper, out);
        }
        let (left, top) = (self.geometry.side, self.geometry.top);
        piece.shift(0, -COVER_RISE);
        let height = piece.height - COVER_RISE + COVER_PADDING;
        let full = Rect { x: -left, y: -top, width: self.geometry.width, height: height + top };
        let strip = Rect { x: -left, y: height, width: self.geometry.width, height: COVER_STRIP };
        piece.marks.splice(0..0, [Mark::Fill(full, style::ACCENT), Mark::Fill(strip, Color(0x5B_84B1))]);
        piece.height = height + COVER_STRIP;
        piece.after = pt(16);
        piece.keep = Keep::Free;
        out(Step::Cover);
        out(Step::Piece(piece));
        self.blocks(below, width, Ground::Paper, out)
    }
}

/// Forbids page breaks between pieces, as long as they fit on a page together.
fn hold_together(steps: &mut [Step]) {
    let mut pieces = steps.iter_mut().filter_map(|step| match step {
        Step::Piece(piece) => Some(piece),
        Step::OpenTable(_) | Step::CloseTable | Step::PageBreak | Step::Cover => None,
    });
    pieces.next_back();
    pieces.for_each(|piece| piece.keep = piece.keep.max(Keep::Group));
}

/// The pieces of steps, for a place where nothing is split.
pub(super) fn pieces(steps: Vec<Step>) -> Vec<Piece> {
    let piece = |step| match step {
        Step::Piece(piece) => Some(piece),
        Step::OpenTable(_) | Step::CloseTable | Step::PageBreak | Step::Cover => None,
    };
    steps.into_iter().filter_map(piece).collect()
}

fn notice(steps: Vec<Step>, width: Length) -> Piece {
    let mut piece = stack(pieces(steps));
    piece.shift(NOTICE_PADDING + pt(3), NOTICE_PADDING - pt(2));
    piece.height += 2 * NOTICE_PADDING - pt(4);
    let height = piece.height;
    let back = Mark::Fill(Rect { x: 0, y: 0, width, height }, style::NOTICE);
    let bar = Mark::Fill(Rect { x: 0, y: 0, width: pt(3), height }, style::NOTICE_BAR);
    piece.marks.splice(0..0, [back, bar]);
    Piece { before: pt(6), after: pt(10), keep: Keep::Free, ..piece }
}
