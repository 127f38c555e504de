//! Tables: rows as pieces, heads that repeat, totals.
//!
//! Invariants: a row is split only if it is taller than a page; the first and last two rows stay together; totals stay with
//! the row above them; rows joined by a cell over several rows stay together. Not here: widths (`columns`), pages (`page`).

use super::{
    block::{Align, Row, Run, Table},
    columns::{Column, Squeeze, lead, widths},
    error::PdfWarning,
    flow::{Flow, Sink, place_line},
    inline::Extent,
    mark::{Keep, Piece, Step},
    rows::{Grid, Kind, Laid, Placed, Shape, draw_group, text_height},
    style::{self, Length, TextBase, permille, pt},
};

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
        let mut spanning: Vec<(usize, usize, Extent)> = Vec::new();
        for (rows, is_head) in [(&table.head, true), (&table.body, false)] {
            let mut grid = Grid::default();
            for row in rows {
                for placed in grid.place(row) {
                    if columns.len() <= placed.first {
                        columns.resize(placed.first + 1, Column::default());
                        figures.resize(placed.first + 1, (0, 0));
                    }
                    let bold = is_head || row.total || placed.cell.head;
                    let extent = self.typesetter.extent(&placed.cell.runs, bold);
                    if placed.cell.columns > 1 {
                        spanning.push((placed.first, usize::from(placed.cell.columns), extent));
                        continue;
                    }
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
        widen(&mut columns, &spanning);
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

/// Gives columns that hold nothing but parts of wider cells the room that those need.
fn widen(columns: &mut [Column], spanning: &[(usize, usize, Extent)]) {
    for &(first, count, extent) in spanning {
        let spanned = || columns.iter().skip(first).take(count);
        let bare = |column: &Column| column.head.line == 0 && column.body.line == 0;
        let there: Length = spanned().map(|column| column.body.line.max(column.head.line)).sum();
        let empty = Length::try_from(spanned().filter(|column| bare(column)).count()).unwrap_or_default();
        if empty == 0 {
            continue;
        }
        let line = (extent.line - there).max(0) / empty;
        for column in columns.iter_mut().skip(first).take(count).filter(|column| bare(column)) {
            column.body = Extent { line, word: extent.word.min(line) };
        }
    }
}
