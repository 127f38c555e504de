//! Rows of a table: where their cells stand, and drawing them.
//!
//! Invariants: rows joined by a cell over several rows are one piece; only a row taller than a page is cut, between its lines.
//! Not here: measuring columns and setting the text (`table`).

use super::{
    block::{Align, Cell, Row},
    columns::Widths,
    flow::{aligned, place_line},
    inline::Line,
    mark::{Keep, Mark, Piece, Rect},
    style::{self, Length, TextBase, tenths},
};

const HAIRLINE: Length = tenths(4);
const HEAVY_LINE: Length = tenths(9);

/// What kind of row is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Head,
    Body,
    Total,
}

/// A cell with its place.
#[derive(Debug)]
pub(super) struct Placed<'c, 'a> {
    pub(super) cell: &'c Cell<'a>,
    pub(super) first: usize,
    /// Rows it reaches over, within its group.
    pub(super) rows: usize,
}

/// Tells at which column each cell of a row starts, given the cells that reach down from above.
#[derive(Debug, Default)]
pub(super) struct Grid {
    /// For each column, how many more rows it is taken.
    pub(super) taken: Vec<u16>,
}

impl Grid {
    pub(super) fn place<'c, 'a>(&mut self, row: &'c Row<'a>) -> Vec<Placed<'c, 'a>> {
        let mut column = 0;
        let mut placed = Vec::with_capacity(row.cells.len());
        let before = self.taken.clone();
        self.taken.iter_mut().for_each(|rows| *rows = rows.saturating_sub(1));
        for cell in &row.cells {
            while before.get(column).is_some_and(|&rows| rows > 0) {
                column += 1;
            }
            placed.push(Placed { cell, first: column, rows: usize::from(cell.rows) });
            let end = column + usize::from(cell.columns);
            if self.taken.len() < end {
                self.taken.resize(end, 0);
            }
            for slot in self.taken.iter_mut().take(end).skip(column) {
                *slot = cell.rows - 1;
            }
            column = end;
        }
        placed
    }

    pub(super) fn is_open(&self) -> bool {
        self.taken.iter().any(|&rows| rows > 0)
    }
}

/// A row ready for drawing.
#[derive(Debug)]
pub(super) struct Laid<'c, 'a> {
    pub(super) cells: Vec<(Placed<'c, 'a>, Vec<Line>)>,
    pub(super) kind: Kind,
    pub(super) height: Length,
    /// Whether this is the first and the last part of the row.
    pub(super) first: bool,
    pub(super) last: bool,
}

/// Everything the rows of one table share.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) widths: Widths,
    /// Where each column starts, and the end of the last.
    pub(super) starts: Vec<Length>,
    /// Room before each column's text besides the padding.
    pub(super) leads: Vec<Length>,
    pub(super) right: Vec<bool>,
    pub(super) body: TextBase,
    pub(super) vertical: Length,
}

impl Shape {
    fn x(&self, column: usize) -> Length {
        self.starts.get(column).or(self.starts.last()).copied().unwrap_or_default()
    }

    /// Where a cell's text starts, and how wide it may be.
    pub(super) fn room(&self, placed: &Placed<'_, '_>) -> (Length, Length) {
        let end = placed.first + usize::from(placed.cell.columns);
        let left_aligned = placed.cell.align.is_none_or(|align| align == Align::Left);
        let lead = self.leads.get(placed.first).copied().filter(|_| left_aligned).unwrap_or_default();
        let inset = self.widths.padding + lead;
        (inset, self.x(end) - self.x(placed.first) - inset - self.widths.padding)
    }

    fn total(&self) -> Length {
        self.starts.last().copied().unwrap_or_default()
    }

    pub(super) fn base(&self, kind: Kind, head_cell: bool) -> TextBase {
        match kind {
            Kind::Head => TextBase { bold: true, color: style::ACCENT, ..self.body },
            Kind::Total => TextBase { bold: true, ..self.body },
            Kind::Body => TextBase { bold: head_cell, ..self.body },
        }
    }

    fn align(&self, placed: &Placed<'_, '_>, kind: Kind) -> Align {
        let spans = placed.cell.columns > 1;
        match placed.cell.align {
            Some(align) => align,
            None if kind == Kind::Head && spans => Align::Center,
            None if kind == Kind::Head && self.right.get(placed.first) == Some(&true) => Align::Right,
            None => Align::Left,
        }
    }
}

pub(super) fn text_height(lines: &[Line], shape: &Shape) -> Length {
    shape.body.leading * Length::try_from(lines.len().max(1)).unwrap_or(1)
}

/// Draws rows that belong together as one piece, or as several if they are taller than a page.
pub(super) fn draw_group(mut group: Vec<Laid<'_, '_>>, shape: &Shape, room: Length) -> Vec<Piece> {
    stretch(&mut group, shape);
    let height: Length = group.iter().map(|row| row.height).sum();
    if height <= room {
        let mut piece = Piece { height, ..Piece::default() };
        let heights: Vec<Length> = group.iter().map(|row| row.height).collect();
        let mut y = 0;
        for (number, row) in group.iter().enumerate() {
            draw_row(row, y, heights.get(number..).unwrap_or_default(), shape, &mut piece.marks);
            y += row.height;
        }
        return vec![piece];
    }
    group.iter().flat_map(|row| split_row(row, shape)).collect()
}

/// Makes the last row of a group tall enough for cells that reach over several rows.
fn stretch(group: &mut [Laid<'_, '_>], shape: &Shape) {
    for number in 0..group.len() {
        let Some(row) = group.get(number) else { continue };
        let mut missing: Vec<(usize, Length)> = Vec::new();
        for (placed, lines) in row.cells.iter().filter(|(placed, _)| placed.rows > 1) {
            let last = (number + placed.rows - 1).min(group.len() - 1);
            let there: Length = group.iter().take(last + 1).skip(number).map(|row| row.height).sum();
            missing.push((last, text_height(lines, shape) + 2 * shape.vertical - there));
        }
        for (last, more) in missing {
            if let Some(row) = group.get_mut(last) {
                row.height += more.max(0);
            }
        }
    }
}

/// Cuts a row that is taller than a page into its lines.
fn split_row(row: &Laid<'_, '_>, shape: &Shape) -> Vec<Piece> {
    let count = row.cells.iter().map(|(_, lines)| lines.len()).max().unwrap_or_default().max(1);
    let mut pieces = Vec::with_capacity(count);
    for number in 0..count {
        let line = |lines: &Vec<Line>| lines.get(number).cloned().into_iter().collect::<Vec<_>>();
        let cells = row
            .cells
            .iter()
            .map(|(placed, lines)| (Placed { cell: placed.cell, first: placed.first, rows: 1 }, line(lines)));
        let (first, last) = (number == 0, number + 1 == count);
        let edges = Length::from(first) + Length::from(last);
        let height = shape.body.leading + edges * shape.vertical;
        let part = Laid { cells: cells.collect(), kind: row.kind, height, first, last };
        let mut piece = Piece { height, ..Piece::default() };
        draw_row(&part, 0, &[height], shape, &mut piece.marks);
        // Two lines at least before and after a page break.
        piece.keep = if !last && (first || number + 2 == count) { Keep::Next } else { Keep::Free };
        pieces.push(piece);
    }
    pieces
}

/// Draws one row; `heights` are those of this row and the rows below it in its group.
fn draw_row(row: &Laid<'_, '_>, y: Length, heights: &[Length], shape: &Shape, marks: &mut Vec<Mark>) {
    let whole = Rect { x: 0, y, width: shape.total(), height: row.height };
    match row.kind {
        Kind::Head => marks.push(Mark::Fill(whole, style::BAND)),
        Kind::Total => marks.push(Mark::Fill(whole, style::SHADES.first().copied().unwrap_or(style::BAND))),
        Kind::Body => {}
    }
    for (placed, lines) in &row.cells {
        let end = placed.first + usize::from(placed.cell.columns);
        let x = shape.x(placed.first);
        let width = shape.x(end) - x;
        let height: Length = heights.iter().take(placed.rows).sum();
        if let Some(background) = placed.cell.background {
            marks.push(Mark::Fill(Rect { x, y, width, height }, background));
        }
        let base = shape.base(row.kind, placed.cell.head);
        let align = shape.align(placed, row.kind);
        let (inset, room) = shape.room(placed);
        let free = height - text_height(lines, shape);
        let whole_row = row.first && row.last;
        let middle = whole_row && (row.kind == Kind::Head || placed.rows > 1 || placed.cell.background.is_some());
        let above = if row.first { shape.vertical } else { 0 };
        let mut top = y + if middle { free / 2 } else { above };
        for line in lines {
            place_line(line, x + inset + aligned(align, room, line.width), top, base, marks);
            top += base.leading;
        }
        // The last row of a group has its rule over the whole width.
        let inner = placed.rows < heights.len();
        let (color, thickness) =
            if row.kind == Kind::Head { (style::RULE, HAIRLINE) } else { (style::HAIRLINE, HAIRLINE) };
        if inner {
            marks.push(Mark::Fill(Rect { x, y: y + height - thickness, width, height: thickness }, color));
        }
    }
    rules(row, whole, heights.len() == 1, marks);
}

/// The rules above and below a row.
fn rules(row: &Laid<'_, '_>, whole: Rect, last_of_group: bool, marks: &mut Vec<Mark>) {
    let below = |thickness| Rect { y: whole.y + whole.height - thickness, height: thickness, ..whole };
    match row.kind {
        Kind::Head if last_of_group => marks.push(Mark::Fill(below(HEAVY_LINE), style::ACCENT)),
        Kind::Total => {
            if row.first {
                marks.push(Mark::Fill(Rect { height: HEAVY_LINE, ..whole }, style::ACCENT));
            }
            if row.last {
                marks.push(Mark::Fill(below(HAIRLINE), style::RULE));
            }
        }
        Kind::Body if last_of_group && row.last => marks.push(Mark::Fill(below(HAIRLINE), style::HAIRLINE)),
        Kind::Head | Kind::Body => {}
    }
}
