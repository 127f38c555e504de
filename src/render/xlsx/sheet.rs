//! The sheet of one table: title, frozen heads with a filter, typed cells, widths and print setup.
//!
//! Invariants: heads stand in row 3, data from row 4 on; total rows are left out of the filter. Not here: the cover (`mod`).

use rust_xlsxwriter::{Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::cells::{Looks, Style};
use crate::{
    render::view::{as_of_words, currency_words, period_words},
    report::{
        Align, Cell, Report, RowKind, Table,
        format::{self, one_line},
    },
    text::{say, say_with},
};

/// The row of the heads, from 0.
const HEAD: u32 = 2;
/// Height of a row, and of the title's.
const ROW_POINTS: u32 = 18;
const TITLE_POINTS: u32 = 27;
/// Narrowest and widest column in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=60;

/// Room for Chinese characters, which the usual height of a row cuts.
pub(super) fn roomy(page: &mut Worksheet) -> Result<(), XlsxError> {
    page.set_default_row_height(ROW_POINTS).set_row_height(0, TITLE_POINTS)?;
    Ok(())
}

/// Writes a table.
pub(super) fn write(page: &mut Worksheet, report: &Report, table: &Table, looks: &mut Looks) -> Result<(), XlsxError> {
    roomy(page)?;
    looks.text(page, (0, 0), &table.title, Style::Title)?;
    let about = [
        Some(period_words(report.period, report.lang)),
        Some(as_of_words(report.as_of, report.lang)),
        has_money(table).then(|| currency_words(&report.currency, report.lang)),
        table.note.clone(),
    ];
    let about: Vec<String> = about.into_iter().flatten().collect();
    looks.text(page, (1, 0), &about.join(" · "), Style::Note)?;
    let mut last_column = 0;
    for (column, head) in (0_u16..).zip(&table.columns) {
        let style = if head.align == Align::Right { Style::HeadRight } else { Style::Head };
        looks.text(page, (HEAD, column), &head.title, style)?;
        page.set_column_width(column, width(table, usize::from(column), report))?;
        last_column = column;
    }
    let mut last_data = HEAD;
    for (line, row) in (HEAD + 1..).zip(&table.rows) {
        let total = row.kind == RowKind::Total;
        for (column, cell) in (0_u16..).zip(&row.cells) {
            looks.cell(page, (line, column), cell, total)?;
        }
        if !total && last_data + 1 == line {
            last_data = line;
        }
    }
    if table.rows.is_empty() {
        looks.text(page, (HEAD + 1, 0), &say(report.lang, "render.no-rows"), Style::Note)?;
    }
    if last_data > HEAD {
        page.autofilter(HEAD, 0, last_data, last_column)?;
    }
    page.set_freeze_panes(HEAD + 1, 1)?;
    print_setup(page, report, last_column > 5);
    page.set_repeat_rows(HEAD, HEAD)?;
    Ok(())
}

/// Fits a sheet on A4 by its width, with the report in the head and the page in the foot.
pub(super) fn print_setup(page: &mut Worksheet, report: &Report, wide: bool) {
    page.set_paper_size(9).set_print_fit_to_pages(1, 0).set_margins(0.5, 0.5, 0.7, 0.7, 0.3, 0.3);
    if wide {
        page.set_landscape();
    }
    // `&` starts a code in heads and feet; a line there holds 255 characters.
    let safe = |text: &str| one_line(text).chars().take(60).collect::<String>().replace('&', "&&");
    page.set_header(format!("&L{}&R{} {}", safe(&report.organisation), safe(&report.title), report.period));
    let foot = say_with(report.lang, "format.page", &[("page", "&P"), ("total", "&N")]);
    page.set_footer(format!("&C{foot}"));
}

fn has_money(table: &Table) -> bool {
    table.rows.iter().flat_map(|row| &row.cells).any(|cell| matches!(cell, Cell::Money(_)))
}

/// The width that shows every cell; East Asian characters take two places.
fn width(table: &Table, column: usize, report: &Report) -> u32 {
    let cells = table.rows.iter().filter_map(|row| row.cells.get(column));
    let widest = cells.map(|cell| format::cell(cell, &report.currency, report.lang).width()).max().unwrap_or(0);
    // A head may wrap; the filter's button takes three places.
    let head = table.columns.get(column).map_or(0, |head| head.title.width().div_ceil(2) + 3);
    let chars = widest.max(head).clamp(*WIDTHS.start(), *WIDTHS.end()) + 2;
    u32::try_from(chars).unwrap_or(10)
}
