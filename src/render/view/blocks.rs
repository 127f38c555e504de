//! Turns the blocks of a report into texts and classes.
//!
//! Invariants: tables keep their rows and order. Not here: the types (`view`), the words of cells (`report::format`).

use unicode_width::UnicodeWidthStr;

use super::super::text::rows_of;
use super::{
    BlockView, CHART_NARROW, CHART_WIDE, CellView, ChangeView, ChartView, CheckView, FigureView, FindingView, RowView,
    SectionView, TableView,
    words::{tone_class, verdict},
};
use crate::{
    render::chart,
    report::{
        self, Align, Block, Cell, Check, Finding, Report, RowKind, Section, Table,
        format::{self, one_line},
    },
    text::{Lang, say},
};

pub(super) fn finding_view(finding: &Finding, lang: Lang) -> FindingView {
    let class = tone_class(finding.tone);
    FindingView { class, tone: say(lang, &format!("render.{class}")), text: one_line(&finding.text) }
}

pub(super) fn section_view(section: &Section, report: &Report) -> SectionView {
    SectionView {
        id: section.id,
        title: one_line(&section.title),
        lead: section.lead.as_deref().map(one_line),
        blocks: section.blocks.iter().filter_map(|block| block_view(block, report)).collect(),
    }
}

/// A block as templates see it; `None` for what pages have not.
fn block_view(block: &Block, report: &Report) -> Option<BlockView> {
    Some(match block {
        Block::Worksheet(_) => return None,
        Block::Figures(figures) => {
            let columns = columns_of(figures.len());
            BlockView::Figures { figures: figures.iter().map(|figure| figure_view(figure, report)).collect(), columns }
        }
        Block::Table(table) => BlockView::Table { table: table_view(table, report, usize::MAX) },
        Block::Chart(chart) => BlockView::Chart { chart: chart_view(chart, report) },
        Block::Text(text) => BlockView::Text { text: one_line(text) },
    })
}

/// Three or four cards side by side, whichever fills its last row better.
fn columns_of(cards: usize) -> u8 {
    match (cards % 3, cards % 4) {
        (_, 0) => 4,
        (0, _) => 3,
        (left_of_three, left_of_four) => 3 + u8::from(left_of_four > left_of_three),
    }
}

/// A key figure as templates see it.
pub fn figure_view(figure: &report::Figure, report: &Report) -> FigureView {
    let shown = |cell: &Cell| format::cell(cell, &report.currency, report.lang);
    FigureView {
        id: figure.id,
        label: one_line(&figure.label),
        value: shown(&figure.value),
        changes: figure
            .changes
            .iter()
            .map(|change| ChangeView {
                label: one_line(&change.label),
                by: shown(&change.by),
                class: tone_class(change.tone),
                verdict: verdict(change, report.lang),
            })
            .collect(),
    }
}

/// The first `most` rows of a table as templates see it.
pub fn table_view(table: &Table, report: &Report, most: usize) -> TableView {
    let most = table.printed.map_or(most, |printed| most.min(printed));
    let aligns: Vec<Align> = table.columns.iter().map(|column| column.align).collect();
    let cell_view = |(cell, align): (&Cell, &Align)| CellView {
        text: format::cell(cell, &report.currency, report.lang),
        class: cell_class(cell, *align),
    };
    TableView {
        id: table.id.clone(),
        title: one_line(&table.title),
        note: table.note.as_deref().map(one_line),
        columns: table
            .columns
            .iter()
            .map(|column| CellView {
                text: one_line(&column.title),
                class: if column.align == Align::Right { "num" } else { "" },
            })
            .collect(),
        rows: table
            .rows
            .iter()
            .take(most)
            .map(|row| RowView {
                class: if row.kind == RowKind::Total { "total" } else { "" },
                cells: row.cells.iter().zip(&aligns).map(cell_view).collect(),
            })
            .collect(),
        left_out: if table.rows.len() > most { left_out(most, table.rows.len(), report.lang) } else { String::new() },
        shaded: table.rows.iter().flat_map(|row| &row.cells).any(|cell| matches!(cell, Cell::Shaded { .. })),
    }
}

/// Says how many rows are shown and where the others are.
fn left_out(shown: usize, total: usize, lang: Lang) -> String {
    format!("{} {}", rows_of(shown, total, lang), say(lang, "render.all-rows"))
}

fn cell_class(cell: &Cell, align: Align) -> &'static str {
    match (cell, align) {
        (Cell::Shaded { shade, .. }, _) => match shade {
            0 => "num shade-0",
            1 => "num shade-1",
            2 => "num shade-2",
            3 => "num shade-3",
            _ => "num shade-4",
        },
        (Cell::Empty, Align::Right) => "num muted",
        (Cell::Empty, Align::Left) => "muted",
        (_, Align::Right) => "num",
        (_, Align::Left) => "",
    }
}

fn chart_view(drawing: &report::Chart, report: &Report) -> ChartView {
    let svg = |width| chart::svg(drawing, &report.currency, report.lang, width);
    ChartView {
        id: drawing.id,
        title: one_line(&drawing.title),
        svg: svg(CHART_WIDE),
        svg_narrow: svg(CHART_NARROW),
        summary: one_line(&chart::summary(drawing, &report.currency, report.lang)),
    }
}

pub(super) fn check_view(check: &Check, report: &Report) -> CheckView {
    let shown = |cell: &Cell| format::cell(cell, &report.currency, report.lang);
    CheckView { equation: one_line(&check.equation), left: shown(&check.left), right: shown(&check.right) }
}

/// Half-width characters that a table needs across, with its padding.
pub(super) fn table_chars(table: &Table, report: &Report) -> usize {
    let of = |index: usize| {
        let cells = table.rows.iter().take(200).filter_map(|row| row.cells.get(index));
        let widest = cells.map(|cell| format::cell(cell, &report.currency, report.lang).width().min(30)).max();
        // A head may stand on two lines.
        let head = table.columns.get(index).map_or(0, |column| column.title.width().div_ceil(2));
        widest.unwrap_or(0).max(head) + 2
    };
    (0..table.columns.len()).map(of).sum()
}
