//! Key figures as cards in rows.
//!
//! Invariants: a row of cards is never split; a value that is too long for its card is set smaller, never cut.
//! Not here: where the figures come from (the template).

use super::{
    block::{Align, Card, Run},
    flow::{Flow, Sink, aligned, place_line},
    mark::{Keep, Mark, Piece, Rect, Step},
    style::{self, Length, TextBase, permille, pt, tenths},
};

const GAP: Length = pt(9);
const PADDING: Length = pt(9);
const NARROWEST: Length = pt(105);
const TOP_BAR: Length = tenths(20);
/// Sizes of a value, in thousandths of its normal size.
const VALUE_STEPS: [i32; 6] = [1000, 900, 800, 700, 600, 500];

impl Flow<'_> {
    /// Lays out cards in rows of two to four, by number and width.
    pub(super) fn cards(&mut self, cards: &[Card<'_>], width: Length, out: Sink<'_>) {
        if cards.is_empty() {
            return;
        }
        let columns = columns(cards.len(), width);
        let count = Length::try_from(columns).unwrap_or(1);
        let card_width = (width - GAP * (count - 1)) / count;
        let rows = cards.chunks(columns);
        let last = rows.len().saturating_sub(1);
        for (number, row) in rows.enumerate() {
            let mut parts: Vec<(Vec<Mark>, Length)> = row.iter().map(|card| self.card(card, card_width)).collect();
            let height = parts.iter().map(|(_, height)| *height).max().unwrap_or_default();
            let mut piece = Piece { height, before: if number == 0 { pt(6) } else { GAP }, ..Piece::default() };
            piece.after = if number == last { pt(12) } else { GAP };
            let mut x = 0;
            for (marks, _) in &mut parts {
                let frame = Rect { x, y: 0, width: card_width, height };
                piece.marks.push(Mark::Fill(frame, style::SHADES.first().copied().unwrap_or(style::BAND)));
                piece.marks.push(Mark::Outline(frame, style::HAIRLINE, tenths(6)));
                piece.marks.push(Mark::Fill(Rect { height: TOP_BAR, ..frame }, style::ACCENT));
                for mark in marks.iter_mut() {
                    mark.shift(x, 0);
                }
                piece.marks.append(marks);
                x += card_width + GAP;
            }
            piece.keep = if number == last { Keep::Free } else { Keep::Group };
            out(Step::Piece(piece));
        }
    }

    fn card(&mut self, card: &Card<'_>, width: Length) -> (Vec<Mark>, Length) {
        let room = width - 2 * PADDING;
        let mut marks = Vec::new();
        let mut y = TOP_BAR + pt(6);
        y = self.card_part(&card.label, style::CARD_LABEL, room, y, &mut marks);
        let value = fitting(self, &card.value, room);
        y = self.card_part(&card.value, value, room, y, &mut marks);
        y = self.card_part(&card.change, style::CARD_CHANGE, room, y, &mut marks);
        (marks, y + pt(6))
    }

    fn card_part(
        &mut self,
        runs: &[Run<'_>],
        base: TextBase,
        room: Length,
        mut y: Length,
        marks: &mut Vec<Mark>,
    ) -> Length {
        if runs.is_empty() {
            return y;
        }
        for line in self.typesetter.wrap(runs, base, room) {
            place_line(&line, PADDING + aligned(Align::Left, room, line.width), y, base, marks);
            y += base.leading;
        }
        y + pt(1)
    }
}

/// The largest size at which a value stands on one line.
fn fitting(flow: &mut Flow<'_>, runs: &[Run<'_>], room: Length) -> TextBase {
    let base = style::CARD_VALUE;
    let extent = flow.typesetter.extent(runs, base.bold);
    let fits = |step: i32| {
        let size = permille(base.size, step);
        i64::from(extent.line) * i64::from(size) / i64::from(super::inline::EXTENT_SIZE) <= i64::from(room)
    };
    let step = VALUE_STEPS.into_iter().find(|&step| fits(step)).unwrap_or(500);
    TextBase { size: permille(base.size, step), ..base }
}

fn columns(cards: usize, width: Length) -> usize {
    let most = usize::try_from((width + GAP) / (NARROWEST + GAP)).unwrap_or(1).clamp(1, 4);
    let wanted = match cards {
        0..=4 => cards.max(2),
        5 | 6 | 9 => 3,
        _ => 4,
    };
    wanted.min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_stand_in_even_rows() {
        let cases = [(1, 2), (2, 2), (3, 3), (4, 4), (5, 3), (6, 3), (7, 4), (8, 4), (9, 3), (12, 4)];
        for (cards, wanted) in cases {
            assert_eq!(columns(cards, pt(494)), wanted, "{cards} cards");
        }
        assert_eq!(columns(4, pt(240)), 2, "a half column has room for two");
        assert_eq!(columns(4, pt(90)), 1);
    }
}
