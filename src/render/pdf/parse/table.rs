//! Tables: rows, heads, spans, columns.
//!
//! Invariants: rows of `thead` come first, rows of `tfoot` last and are totals; a span is at least one.
//! Not here: widths and page breaks (`table`).

use roxmltree::Node;

use super::{
    Parser,
    names::{self, has_class},
    text::Text,
};
use crate::render::pdf::block::{Align, Cell, Row, RunStyle, Table};

/// Spans beyond this are a mistake of the template, not a table.
const MOST_SPANNED: u16 = 1000;

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    Body,
    Foot,
}

impl<'a, 'i> Parser<'a, 'i> {
    pub(super) fn table(&mut self, node: Node<'a, 'i>, style: RunStyle) -> Table<'a> {
        let mut table = Table { line: self.line(node), ..Table::default() };
        let mut foot = Vec::new();
        for child in node.children().filter(Node::is_element) {
            if has_class(child, "screen-only") {
                continue;
            }
            match child.tag_name().name() {
                "caption" => {
                    let mut text = Text::default();
                    self.inline(child, names::style_inside(child, style), None, &mut text);
                    table.caption = text.finish();
                }
                "colgroup" => {
                    for column in child.children().filter(Node::is_element) {
                        push_share(column, &mut table.shares);
                    }
                }
                "col" => push_share(child, &mut table.shares),
                "thead" => self.rows(child, Part::Head, style, &mut table, &mut foot),
                "tbody" => self.rows(child, Part::Body, style, &mut table, &mut foot),
                "tfoot" => self.rows(child, Part::Foot, style, &mut table, &mut foot),
                "tr" => self.row_into(child, Part::Body, style, &mut table, &mut foot),
                _ => self.note_unknown(child),
            }
        }
        table.body.append(&mut foot);
        table
    }

    fn rows(
        &mut self,
        group: Node<'a, 'i>,
        part: Part,
        style: RunStyle,
        table: &mut Table<'a>,
        foot: &mut Vec<Row<'a>>,
    ) {
        for row in group.children().filter(|child| child.tag_name().name() == "tr") {
            if !has_class(row, "screen-only") {
                self.row_into(row, part, style, table, foot);
            }
        }
    }

    fn row_into(
        &mut self,
        node: Node<'a, 'i>,
        part: Part,
        style: RunStyle,
        table: &mut Table<'a>,
        foot: &mut Vec<Row<'a>>,
    ) {
        let total = part == Part::Foot || has_class(node, "total");
        let style = names::style_inside(node, style);
        let mut cells = Vec::new();
        for child in node.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "td" | "th" if !has_class(child, "screen-only") => cells.push(self.cell(child, style)),
                "td" | "th" => {}
                _ => self.note_unknown(child),
            }
        }
        if cells.is_empty() {
            return;
        }
        let row = Row { cells, total };
        // A first row of nothing but `th` is a head even without `thead`.
        let bare_head = part == Part::Body && table.body.is_empty() && row.cells.iter().all(|cell| cell.head);
        match part {
            Part::Foot => foot.push(row),
            Part::Head => table.head.push(row),
            Part::Body if bare_head => table.head.push(row),
            Part::Body => table.body.push(row),
        }
    }

    fn cell(&mut self, node: Node<'a, 'i>, style: RunStyle) -> Cell<'a> {
        let head = node.tag_name().name() == "th";
        let mut text = Text::default();
        self.inline(node, names::style_inside(node, style), None, &mut text);
        let background = names::shade(node);
        let centred = background.is_some().then_some(Align::Center);
        let align = if has_class(node, "left") { Some(Align::Left) } else { names::align(node) };
        Cell {
            runs: text.finish(),
            align: align.or(centred),
            background,
            columns: span(node, "colspan"),
            rows: span(node, "rowspan"),
            head,
        }
    }
}

fn span(node: Node<'_, '_>, attribute: &str) -> u16 {
    let given = node.attribute(attribute).and_then(|text| text.trim().parse::<u16>().ok());
    given.unwrap_or(1).clamp(1, MOST_SPANNED)
}

/// Takes `width="20%"` or `style="width: 20%"` of a `col`.
fn push_share(column: Node<'_, '_>, shares: &mut Vec<Option<i32>>) {
    let from_style = || {
        let style = column.attribute("style")?;
        style
            .split(';')
            .find_map(|rule| Some(rule.split_once(':')?).filter(|(name, _)| name.trim() == "width"))
            .map(|(_, v)| v)
    };
    let width = column.attribute("width").or_else(from_style);
    let share = width.and_then(|text| text.trim().strip_suffix('%')?.trim().parse::<i32>().ok());
    let share = share.filter(|percent| (1..=100).contains(percent)).map(|percent| percent * 10);
    for _ in 0..span(column, "span") {
        shares.push(share);
    }
}
