//! The parsed document: blocks of runs of text, before anything is measured.
//!
//! Invariants: white space is already collapsed; elements not meant for print are already gone; every run carries its own style.
//! Not here: how they are made (`parse`) and laid out (`flow`, `table`, `figures`).

use std::{borrow::Cow, rc::Rc};

use super::style::Color;

/// A document.
#[derive(Debug, Default)]
pub(super) struct Document<'a> {
    pub(super) landscape: bool,
    pub(super) blocks: Vec<Block<'a>>,
}

/// How a run differs from the text base of its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunStyle {
    /// Size in thousandths of the base size.
    pub(super) scale: i32,
    pub(super) bold: bool,
    /// How far above the line, in thousandths of the size.
    pub(super) rise: i32,
    pub(super) color: Option<Color>,
    pub(super) background: Option<Color>,
}

impl Default for RunStyle {
    fn default() -> Self {
        Self { scale: 1000, bold: false, rise: 0, color: None, background: None }
    }
}

/// A stretch of text with one style. A line feed in it ends the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) style: RunStyle,
    pub(super) link: Option<Rc<str>>,
}

/// What a paragraph is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Heading(u8),
    Body,
    Lead,
    Note,
    Subtitle,
    /// Above a table or figure.
    Caption,
    /// Below a figure.
    Legend,
}

/// Where lines stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Align {
    #[default]
    Left,
    Right,
    Center,
}

/// A paragraph or heading.
#[derive(Debug)]
pub(super) struct Paragraph<'a> {
    pub(super) role: Role,
    pub(super) align: Align,
    pub(super) runs: Vec<Run<'a>>,
}

/// What a list item is marked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Bullet,
    Number(usize),
    Good,
    Bad,
    Neutral,
}

/// One item of a list.
#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) marker: Marker,
    pub(super) blocks: Vec<Block<'a>>,
}

/// One cell.
#[derive(Debug)]
pub(super) struct Cell<'a> {
    pub(super) runs: Vec<Run<'a>>,
    pub(super) align: Option<Align>,
    pub(super) background: Option<Color>,
    pub(super) columns: u16,
    pub(super) rows: u16,
    pub(super) head: bool,
}

/// One row; `total` rows are bold under a rule.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) cells: Vec<Cell<'a>>,
    pub(super) total: bool,
}

/// A table; body rows and total rows are in the order of the document.
#[derive(Debug, Default)]
pub(super) struct Table<'a> {
    pub(super) line: u32,
    pub(super) caption: Vec<Run<'a>>,
    /// Fixed widths in thousandths of the table, by column.
    pub(super) shares: Vec<Option<i32>>,
    pub(super) head: Vec<Row<'a>>,
    pub(super) body: Vec<Row<'a>>,
}

/// A key figure.
#[derive(Debug, Default)]
pub(super) struct Card<'a> {
    pub(super) label: Vec<Run<'a>>,
    pub(super) value: Vec<Run<'a>>,
    pub(super) change: Vec<Run<'a>>,
}

/// An inline SVG picture, as text.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) svg: String,
    pub(super) line: u32,
}

/// What a group of blocks is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    /// Not split over pages if it fits on one.
    Keep,
    /// The block at the head of the first page.
    Cover,
    /// A boxed notice.
    Notice,
    /// Children side by side.
    Columns,
}

/// One block.
#[derive(Debug)]
pub(super) enum Block<'a> {
    Paragraph(Paragraph<'a>),
    List(Vec<Item<'a>>),
    Table(Box<Table<'a>>),
    Cards(Vec<Card<'a>>),
    Picture(Picture),
    Group(Group, Vec<Block<'a>>),
    Anchor(Rc<str>),
    PageBreak,
    Rule,
}
