//! Tables: rows as pieces, heads that repeat, totals.
//!
//! Invariants: a row is split only if it is taller than a page; the first and last two rows stay together; totals stay with
//! the row above them; rows joined by a cell over several rows stay together. Not here: widths (`columns`), pages (`page`).

use super::{
    block::{Align, Cell, Row, Run, Table},
    columns::{Column, Squeeze, Widths, lead, widths},
    error::PdfWarning,
    flow::{Flow, Sink, aligned, place_line},
    inline::Line,
    mark::{Keep, Mark, Piece, Rect, Step},
    style::{self, Length, TextBase, permille, pt, tenths},
};

const HAIRLINE: Length = tenths(4);
const HEAVY_LINE: Length = tenths(9);

/// What kind of row is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Head,
    Body,
    Total,
}

/// A cell with its place.
#[derive(Debug)]
struct Placed<'c, 'a> {
    cell: &'c Cell<'a>,
    first: usize,
    /// Rows it reaches over, within its group.
    rows: usize,
}

/// Tells at which column each cell of a row starts, given the cells that reach down from above.
#[derive(Debug, Default)]
struct Grid {
    /// For each column, how many more rows it is taken.
    taken: Vec<u16>,
}

impl Grid {
    fn place<'c, 'a>(&mut self, row: &'c Row<'a>) -> Vec<Placed<'c, 'a>> {
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

    fn is_open(&self) -> bool {
        self.taken.iter().any(|&rows| rows > 0)
    }
}

/// A row ready for drawing.
#[derive(Debug)]
struct Laid<'c, 'a> {
    cells: Vec<(Placed<'c, 'a>, Vec<Line>)>,
    kind: Kind,
    height: Length,
    /// Whether this is the first and the last part of the row.
    first: bool,
    last: bool,
}

/// Everything the rows of one table share.
#[derive(Debug)]
struct Shape {
    widths: Widths,
    /// Where each column starts, and the end of the last.
    starts: Vec<Length>,
    /// Room before each column's text besides the padding.
    leads: Vec<Length>,
    right: Vec<bool>,
    body: TextBase,
    vertical: Length,
}

impl Shape {
    fn x(&self, column: usize) -> Length {
        self.starts.get(column).or(self.starts.last()).copied().unwrap_or_default()
    }

    /// Where a cell's text starts, and how wide it may be.
    fn room(&self, placed: &Placed<'_, '_>) -> (Length, Length) {
        let end = placed.first + usize::from(placed.cell.columns);
        let left_aligned = placed.cell.align.is_none_or(|align| align == Align::Left);
        let lead = self.leads.get(placed.first).copied().filter(|_| left_aligned).unwrap_or_default();
        let inset = self.widths.padding + lead;
        (inset, self.x(end) - self.x(placed.first) - inset - self.widths.padding)
    }

    fn total(&self) -> Length {
        self.starts.last().copied().unwrap_or_default()
    }

    fn base(&self, kind: Kind, head_cell: bool) -> TextBase {
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

impl Flow<'_> {
    /// Lays out a table over the full width.
    pub(super) fn table(&mut self, table: &Table<'_>, width: Length, out: Sink<'_>) {
        if table.head.is_empty() && table.body.is_empty() {
            return;
        }
        let shape = self.shape(table, width);
        self.warn_if_crowded(table, &shape);
        self.caption(&table.caption, width, out);
        let room = self.geometry.content_height();
        let head: Vec<Piece> = {
            let mut pieces = Vec::new();
            self.rows(&table.head, Kind::Head, &shape, room, &mut |piece| pieces.push(piece));
            for piece in &mut pieces {
                piece.keep = Keep::Next;
            }
            pieces
        };
        let head_height: Length = head.iter().map(|piece| piece.height).sum();
        head.iter().cloned().for_each(|piece| out(Step::Piece(piece)));
        // A head that fills half a page is not worth repeating.
        if head_height * 2 < room {
            out(Step::OpenTable(head.into()));
        }
        // One piece is held back so that the last can be told from the others.
        let mut held: Option<Piece> = None;
        self.rows(&table.body, Kind::Body, &shape, room - head_height, &mut |piece| {
            if let Some(previous) = held.replace(piece) {
                out(Step::Piece(previous));
            }
        });
        if let Some(last) = held {
            out(Step::Piece(Piece { after: self.room_after_table, keep: Keep::Free, ..last }));
        }
        out(Step::CloseTable);
    }

    fn warn_if_crowded(&mut self, table: &Table<'_>, shape: &Shape) {
        if shape.widths.squeeze != Squeeze::None {
            let wrapped = shape.widths.squeeze == Squeeze::Wrapped;
            let columns = shape.widths.columns.len();
            self.warnings.push(PdfWarning::CrowdedTable { line: table.line, columns, wrapped });
        }
    }

    fn caption(&mut self, caption: &[Run<'_>], width: Length, out: Sink<'_>) {
        let base = style::CAPTION;
        if caption.is_empty() {
            return;
        }
        let lines = self.typesetter.wrap(caption, base, width);
        let last = lines.len().saturating_sub(1);
        for (number, line) in lines.iter().enumerate() {
            let mut piece = Piece { height: base.leading, keep: Keep::Next, ..Piece::default() };
            place_line(line, 0, 0, base, &mut piece.marks);
            piece.before = if number == 0 { pt(8) } else { 0 };
            piece.after = if number == last { pt(4) } else { 0 };
            out(Step::Piece(piece));
        }
    }

    /// Measures every cell and decides the widths.
    fn shape(&mut self, table: &Table<'_>, width: Length) -> Shape {
        let mut columns: Vec<Column> = Vec::new();
        let mut figures: Vec<(usize, usize)> = Vec::new();
        for (rows, is_head) in [(&table.head, true), (&table.body, false)] {
            let mut grid = Grid::default();
            for row in rows {
                for placed in grid.place(row) {
                    let end = placed.first + usize::from(placed.cell.columns);
                    if columns.len() < end {
                        columns.resize(end, Column::default());
                        figures.resize(end, (0, 0));
                    }
                    if placed.cell.columns > 1 {
                        continue;
                    }
                    let bold = is_head || row.total || placed.cell.head;
                    let extent = self.typesetter.extent(&placed.cell.runs, bold);
                    let Some(column) = columns.get_mut(placed.first) else { continue };
                    let part = if is_head { &mut column.head } else { &mut column.body };
                    part.line = part.line.max(extent.line);
                    part.word = part.word.max(extent.word);
                    if !is_head && let Some((right, all)) = figures.get_mut(placed.first) {
                        *right += usize::from(placed.cell.align == Some(Align::Right));
                        *all += usize::from(!placed.cell.runs.is_empty());
                    }
                }
            }
        }
        let right: Vec<bool> = figures.iter().map(|(right, all)| *right * 2 > *all).collect();
        for (number, column) in columns.iter_mut().enumerate() {
            column.figures = right.get(number) == Some(&true);
            column.lead = !column.figures && number.checked_sub(1).and_then(|before| right.get(before)) == Some(&true);
            column.share = table.shares.get(number).copied().flatten();
        }
        let widths = widths(&columns, width);
        let mut starts = vec![0];
        let mut x = 0;
        for column in &widths.columns {
            x += column;
            starts.push(x);
        }
        let body = TextBase { size: widths.size, leading: permille(widths.size, 1480), ..style::CELL };
        let vertical = permille(widths.size, 300);
        let leads = columns.iter().map(|column| if column.lead { lead(widths.size) } else { 0 }).collect();
        Shape { widths, starts, leads, right, body, vertical }
    }

    /// Lays out rows in groups that must not be separated.
    fn rows(&mut self, rows: &[Row<'_>], kind: Kind, shape: &Shape, room: Length, out: &mut dyn FnMut(Piece)) {
        let mut grid = Grid::default();
        let mut group: Vec<Laid<'_, '_>> = Vec::new();
        let mut first = true;
        for (number, row) in rows.iter().enumerate() {
            let kind = if row.total && kind == Kind::Body { Kind::Total } else { kind };
            let placed = grid.place(row);
            group.push(self.lay_row(placed, kind, shape));
            let left = rows.len() - number - 1;
            if grid.is_open() && left > 0 {
                continue;
            }
            let total_follows = rows.get(number + 1).is_some_and(|row| row.total);
            let keep = if (first && left > 0) || left == 1 || total_follows { Keep::Next } else { Keep::Free };
            first = false;
            let mut pieces = draw_group(std::mem::take(&mut group), shape, room);
            if let Some(last) = pieces.last_mut() {
                last.keep = keep;
            }
            pieces.into_iter().for_each(&mut *out);
        }
    }

    fn lay_row<'c, 'a>(&mut self, placed: Vec<Placed<'c, 'a>>, kind: Kind, shape: &Shape) -> Laid<'c, 'a> {
        let mut height = shape.body.leading;
        let mut cells = Vec::with_capacity(placed.len());
        for placed in placed {
            let (_, room) = shape.room(&placed);
            let base = shape.base(kind, placed.cell.head);
            let lines = self.typesetter.wrap(&placed.cell.runs, base, room.max(pt(1)));
            if placed.rows == 1 {
                height = height.max(text_height(&lines, shape));
            }
            cells.push((placed, lines));
        }
        Laid { cells, kind, height: height + 2 * shape.vertical, first: true, last: true }
    }
}

fn text_height(lines: &[Line], shape: &Shape) -> Length {
    shape.body.leading * Length::try_from(lines.len().max(1)).unwrap_or(1)
}

/// Draws rows that belong together as one piece, or as several if they are taller than a page.
fn draw_group(mut group: Vec<Laid<'_, '_>>, shape: &Shape, room: Length) -> Vec<Piece> {
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
