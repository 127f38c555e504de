//! From blocks to pieces: paragraphs, headings, lists, groups.
//!
//! Invariants: a heading stays with what follows it; a paragraph leaves no single line behind or ahead; a group meant to stay
//! together is split only if it is taller than a page. Not here: tables (`table`), cards (`figures`), pictures (`svg`),
//! pages (`page`).

use std::rc::Rc;

use super::{
    block::{Align, Block, Paragraph, Role},
    error::{PdfError, PdfWarning},
    inline::{Fragment, Line, Missing, Typesetter},
    mark::{Keep, Mark, Piece, Rect, Step, TextMark},
    page::Geometry,
    parse::text::is_chinese,
    style::{self, Length, TextBase, permille, pt, tenths},
    svg,
};

const AFTER_TABLE: Length = pt(13);
const NOTE_AFTER_TABLE: Length = pt(5);

/// Where the text stands, which decides its colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ground {
    Paper,
    Cover,
    Notice,
}

/// Receives the steps in order.
pub(super) type Sink<'s> = &'s mut dyn FnMut(Step);

/// Lays blocks out.
#[derive(Debug)]
pub(super) struct Flow<'f> {
    pub(super) typesetter: Typesetter<'f>,
    pub(super) geometry: Geometry,
    pub(super) warnings: Vec<PdfWarning>,
    /// A note belongs to the table above it, and stands close to it.
    pub(super) room_after_table: Length,
}

impl<'f> Flow<'f> {
    pub(super) fn new(typesetter: Typesetter<'f>, geometry: Geometry) -> Self {
        Self { typesetter, geometry, warnings: Vec::new(), room_after_table: AFTER_TABLE }
    }

    /// Lays out blocks under one another.
    pub(super) fn blocks(
        &mut self,
        blocks: &[Block<'_>],
        width: Length,
        ground: Ground,
        out: Sink<'_>,
    ) -> Result<(), PdfError> {
        for (number, block) in blocks.iter().enumerate() {
            let note = matches!(blocks.get(number + 1), Some(Block::Paragraph(Paragraph { role: Role::Note, .. })));
            self.room_after_table = if note { NOTE_AFTER_TABLE } else { AFTER_TABLE };
            self.block(block, width, ground, out)?;
        }
        Ok(())
    }

    fn block(&mut self, block: &Block<'_>, width: Length, ground: Ground, out: Sink<'_>) -> Result<(), PdfError> {
        match block {
            Block::Paragraph(paragraph) => self.paragraph(paragraph, width, ground, out),
            Block::List(items) => self.list(items, width, ground, out)?,
            Block::Table(table) => self.table(table, width, out),
            Block::Cards(cards) => self.cards(cards, width, out),
            Block::Picture(picture) => {
                let piece = svg::draw(picture, width, self)?;
                out(Step::Piece(piece));
            }
            Block::Group(group, inner) => self.group(*group, inner, width, ground, out)?,
            Block::Anchor(id) => out(Step::Piece(Piece {
                marks: vec![Mark::Anchor(Rc::clone(id), 0)],
                keep: Keep::Next,
                ..Piece::default()
            })),
            Block::PageBreak => out(Step::PageBreak),
            Block::Rule => {
                let marks = vec![Mark::Fill(Rect { x: 0, y: 0, width, height: tenths(6) }, style::RULE)];
                out(Step::Piece(Piece { marks, height: tenths(6), before: pt(8), after: pt(8), ..Piece::default() }));
            }
        }
        Ok(())
    }

    /// What was warned of so far, for a layout that may be tried again.
    pub(super) fn checkpoint(&self) -> (Missing, usize) {
        (self.typesetter.missing().clone(), self.warnings.len())
    }

    /// Forgets the warnings since a checkpoint.
    pub(super) fn restore(&mut self, (missing, warnings): (Missing, usize)) {
        self.typesetter.set_missing(missing);
        self.warnings.truncate(warnings);
    }

    /// Lays out blocks and keeps the steps.
    pub(super) fn collect(
        &mut self,
        blocks: &[Block<'_>],
        width: Length,
        ground: Ground,
    ) -> Result<Vec<Step>, PdfError> {
        let mut steps = Vec::new();
        self.blocks(blocks, width, ground, &mut |step| steps.push(step))?;
        Ok(steps)
    }

    fn paragraph(&mut self, paragraph: &Paragraph<'_>, width: Length, ground: Ground, out: Sink<'_>) {
        let base = text_base(paragraph.role, ground);
        let mut lines = self.typesetter.wrap(&paragraph.runs, base, width);
        let (before, after) = room(paragraph.role, ground);
        let count = lines.len();
        for (number, line) in lines.iter_mut().enumerate() {
            if matches!(paragraph.role, Role::Body | Role::Lead) && paragraph.align == Align::Left {
                justify(line, width);
            }
            let mut piece = Piece { height: base.leading, ..Piece::default() };
            let align = if paragraph.role == Role::Legend { Align::Center } else { paragraph.align };
            let x = aligned(align, width, line.width);
            place_line(line, x, 0, base, &mut piece.marks);
            if number == 0 {
                piece.before = before;
                if let Role::Heading(level) = paragraph.role {
                    let title = paragraph.runs.iter().map(|run| run.text.replace('\n', " ")).collect();
                    piece.marks.push(Mark::Heading(level, title, 0));
                }
            }
            // No first or last line alone; no heading or short introduction without what follows.
            let last = number + 1 == count;
            let alone = number == 0 || number + 2 == count;
            let heading = matches!(paragraph.role, Role::Heading(_) | Role::Caption);
            let introduces = paragraph.role == Role::Lead && count <= 2;
            piece.keep = if heading || introduces || (!last && alone) { Keep::Next } else { Keep::Free };
            if last {
                piece.after = after;
                if ground == Ground::Paper && paragraph.role == Role::Heading(2) {
                    let y = base.leading + pt(2);
                    piece.marks.push(Mark::Fill(Rect { x: 0, y, width, height: tenths(6) }, style::RULE));
                    piece.height = y + tenths(6);
                }
            }
            out(Step::Piece(piece));
        }
    }
}

pub(super) fn text_base(role: Role, ground: Ground) -> TextBase {
    let base = match role {
        Role::Heading(1) => style::HEADING_1,
        Role::Heading(2) => style::HEADING_2,
        Role::Heading(_) => style::HEADING_3,
        Role::Body => style::BODY,
        Role::Lead => style::LEAD,
        Role::Note => style::NOTE,
        Role::Subtitle => style::SUBTITLE,
        Role::Caption => style::CAPTION,
        Role::Legend => style::LEGEND,
    };
    match (ground, role) {
        (Ground::Paper, _) => base,
        (Ground::Cover, Role::Heading(1)) => style::COVER_TITLE,
        (Ground::Cover, Role::Subtitle | Role::Lead) => style::COVER_SUBTITLE,
        (Ground::Cover, _) => style::COVER_TEXT,
        (Ground::Notice, _) => TextBase { color: style::NOTICE_INK, ..base },
    }
}

/// Room above and below.
fn room(role: Role, ground: Ground) -> (Length, Length) {
    match (ground, role) {
        (Ground::Cover, Role::Heading(_)) => (pt(10), pt(4)),
        (Ground::Cover, _) => (pt(2), pt(2)),
        (Ground::Notice, Role::Body) => (0, pt(2)),
        (_, Role::Heading(1)) => (pt(14), pt(10)),
        (_, Role::Heading(2)) => (pt(18), pt(8)),
        (_, Role::Heading(_)) => (pt(12), pt(4)),
        (_, Role::Body) => (0, pt(6)),
        (_, Role::Lead | Role::Subtitle) => (0, pt(8)),
        (_, Role::Note) => (pt(2), pt(5)),
        (_, Role::Caption) => (pt(8), pt(5)),
        (_, Role::Legend) => (0, pt(14)),
    }
}

/// The x at which a line of this width starts.
pub(super) fn aligned(align: Align, room: Length, width: Length) -> Length {
    match align {
        Align::Left => 0,
        Align::Right => (room - width).max(0),
        Align::Center => ((room - width) / 2).max(0),
    }
}

/// Spreads a full line of Chinese text so that the right edge is straight.
fn justify(line: &mut Line, width: Length) {
    let characters = || line.fragments.iter().flat_map(|fragment| fragment.text.chars());
    let count = i32::try_from(characters().count()).unwrap_or(i32::MAX);
    let chinese = i32::try_from(characters().filter(|&c| is_chinese(c)).count()).unwrap_or_default();
    let size = line.fragments.first().map_or(0, |fragment| fragment.size);
    let extra = width - line.width;
    if !line.wrapped || count < 12 || chinese * 2 < count || extra <= 0 || extra > size * 2 {
        return;
    }
    let step = extra / (count - 1);
    let mut passed = 0;
    for fragment in &mut line.fragments {
        let inside = i32::try_from(fragment.text.chars().count()).unwrap_or_default();
        fragment.x += step * passed;
        fragment.width += step * inside;
        fragment.spacing = step;
        passed += inside;
    }
    line.width += step * (count - 1);
}

/// Places a line; `y` is its top.
pub(super) fn place_line(line: &Line, x: Length, y: Length, base: TextBase, marks: &mut Vec<Mark>) {
    let baseline = y + base.leading / 2 + permille(base.size, 365);
    for fragment in &line.fragments {
        place_fragment(fragment, x + fragment.x, baseline, marks);
    }
}

fn place_fragment(fragment: &Fragment, x: Length, baseline: Length, marks: &mut Vec<Mark>) {
    let size = fragment.size;
    let baseline = baseline - permille(size, fragment.rise);
    let top = baseline - permille(size, 900);
    let area = Rect { x, y: top, width: fragment.width, height: permille(size, 1150) };
    if let Some(background) = fragment.background {
        marks.push(Mark::Fill(area, background));
    }
    match fragment.face {
        Some(face) => marks.push(Mark::Text(TextMark {
            x,
            y: baseline,
            text: fragment.text.clone(),
            face,
            thicken: fragment.thicken,
            size,
            color: fragment.color,
            spacing: fragment.spacing,
            turn: None,
        })),
        None => marks.push(Mark::Outline(missing_box(x, baseline, size), fragment.color, permille(size, 60))),
    }
    if let Some(link) = &fragment.link {
        marks.push(Mark::Link(area, Rc::clone(link)));
        let line = Rect { x, y: baseline + permille(size, 120), width: fragment.width, height: tenths(4) };
        marks.push(Mark::Fill(line, fragment.color));
    }
}

/// The box drawn for a character that no face has.
pub(super) fn missing_box(x: Length, baseline: Length, size: Length) -> Rect {
    Rect {
        x: x + permille(size, 90),
        y: baseline - permille(size, 760),
        width: permille(size, 720),
        height: permille(size, 820),
    }
}
