//! Lists: items with their markers.
//!
//! Invariants: a marker that is a colour is also a sign, as text. Not here: the items' content (`flow`).

use super::{
    block::Role,
    block::{Item, Marker},
    error::PdfError,
    flow::{Flow, Ground, Sink, place_line, text_base},
    inline::Typesetter,
    mark::{Mark, Rect, Step},
    style::{self, Length, TextBase, pt},
};

/// Room between items, and after the last.
const ROOM_BETWEEN: Length = pt(3);
const ROOM_AFTER: Length = pt(7);
const LIST_INDENT: Length = pt(15);

impl Flow<'_> {
    /// Lays out the items under one another.
    pub(super) fn list(
        &mut self,
        items: &[Item<'_>],
        width: Length,
        ground: Ground,
        out: Sink<'_>,
    ) -> Result<(), PdfError> {
        let indent = if items.iter().any(|item| matches!(item.marker, Marker::Number(10..))) {
            LIST_INDENT + pt(6)
        } else {
            LIST_INDENT
        };
        let base = text_base(Role::Body, ground);
        for (number, item) in items.iter().enumerate() {
            let mut steps = self.collect(&item.blocks, width - indent, ground)?;
            let mut pieces: Vec<_> = steps
                .iter_mut()
                .filter_map(|step| match step {
                    Step::Piece(piece) => Some(piece),
                    Step::OpenTable(_) | Step::CloseTable | Step::PageBreak | Step::Cover => None,
                })
                .collect();
            if let Some(first) = pieces.first_mut() {
                first.marks.extend(marker(&mut self.typesetter, item.marker, base, indent));
            }
            for piece in &mut pieces {
                piece.after = piece.after.min(ROOM_BETWEEN);
            }
            if number + 1 == items.len()
                && let Some(last) = pieces.last_mut()
            {
                last.after = ROOM_AFTER;
            }
            for step in steps {
                out(step.indent(indent));
            }
        }
        Ok(())
    }
}

/// A list item's marker, left of its text.
fn marker(typesetter: &mut Typesetter<'_>, marker: Marker, base: TextBase, indent: Length) -> Vec<Mark> {
    let mut marks = Vec::new();
    let (text, color, filled) = match marker {
        Marker::Bullet => ("•".to_owned(), style::ACCENT, None),
        Marker::Number(number) => (format!("{number}."), style::ACCENT, None),
        Marker::Good => ("+".to_owned(), style::WHITE, Some(style::GOOD)),
        Marker::Bad => ("!".to_owned(), style::WHITE, Some(style::BAD)),
        Marker::Neutral => ("=".to_owned(), style::WHITE, Some(style::MUTED)),
    };
    let Some(fill) = filled else {
        let line = typesetter.single(&text, TextBase { color, bold: false, ..base });
        let x = if marker == Marker::Bullet { -indent + pt(3) } else { -pt(5) - line.width };
        place_line(&line, x, 0, base, &mut marks);
        return marks;
    };
    // The sign is text, so that meaning is never by colour alone.
    let side = pt(10);
    let top = (base.leading - side) / 2;
    marks.push(Mark::Fill(Rect { x: -indent, y: top, width: side, height: side }, fill));
    let small = TextBase { size: pt(8), leading: base.leading, color, bold: true };
    let line = typesetter.single(&text, small);
    place_line(&line, -indent + (side - line.width) / 2, 0, small, &mut marks);
    marks
}
