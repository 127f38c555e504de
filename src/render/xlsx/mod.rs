//! A report as a workbook: a cover, the key figures, and a sheet for each table and each chart's values.
//!
//! Invariants: text is always stored as text, never as a formula; amounts are numbers with the ledger's scale, or text where a
//! spreadsheet would lose digits; the same report and `created` give the same bytes.
//! Not here: the values and looks of single cells (`cells`), the sheets of tables (`sheet`).

mod cells;
pub mod form;
mod names;
mod sheet;

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDateTime, Timelike};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use crate::{
    render::{
        RenderError, chart,
        view::{View, tone_class},
    },
    report::{Block, Cell, Figure, Report, format::one_line},
    text::say,
};
use cells::{Looks, Style};
use names::sheet_name;

/// The report as the bytes of an XLSX file; `created` is the time in UTC that its properties tell.
///
/// # Errors
/// [`RenderError::Workbook`] when a table has more rows or columns than a sheet.
pub fn workbook(report: &Report, created: NaiveDateTime) -> Result<Vec<u8>, RenderError> {
    build(report, created).map_err(|error| RenderError::Workbook { cause: error.to_string() })
}

fn build(report: &Report, created: NaiveDateTime) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    book.set_properties(&properties(report, created)?);
    let mut looks = Looks::new(&report.currency, report.lang);
    let mut taken = BTreeSet::new();
    let words = |key: &str| say(report.lang, &format!("render.{key}"));
    let cover = book.add_worksheet().set_name(sheet_name(&words("cover"), &mut taken))?;
    write_cover(cover, report, &mut looks)?;
    let figures: Vec<(&str, &Figure)> = report
        .sections
        .iter()
        .flat_map(|section| section.blocks.iter().map(|block| (section.title.as_str(), block)))
        .filter_map(|(title, block)| if let Block::Figures(some) = block { Some((title, some)) } else { None })
        .flat_map(|(title, some)| some.iter().map(move |figure| (title, figure)))
        .collect();
    if !figures.is_empty() {
        let page = book.add_worksheet().set_name(sheet_name(&words("key-figures"), &mut taken))?;
        write_figures(page, report, &figures, &mut looks)?;
    }
    for block in report.sections.iter().flat_map(|section| &section.blocks) {
        let of_chart;
        let table = match block {
            Block::Table(table) | Block::Worksheet(table) => table,
            Block::Chart(drawing) => {
                of_chart = chart::table(drawing, report.lang);
                &of_chart
            }
            Block::Figures(_) | Block::Text(_) => continue,
        };
        let page = book.add_worksheet().set_name(sheet_name(&table.title, &mut taken))?;
        sheet::write(page, report, table, &mut looks)?;
    }
    book.save_to_buffer()
}

fn properties(report: &Report, created: NaiveDateTime) -> Result<DocProperties, XlsxError> {
    let year = u16::try_from(created.year()).unwrap_or(1900);
    let small = |number: u32| u8::try_from(number).unwrap_or(1);
    let time = ExcelDateTime::from_ymd(year, small(created.month()), small(created.day()))?.and_hms(
        u16::try_from(created.hour()).unwrap_or(0),
        small(created.minute()),
        created.second(),
    )?;
    Ok(DocProperties::new()
        .set_title(format!("{} {}", one_line(&report.title), report.period))
        .set_author(one_line(&report.organisation))
        .set_creation_datetime(&time))
}

/// Lines of the cover: a label in the first column, words in the second.
fn write_cover(page: &mut Worksheet, report: &Report, looks: &mut Looks) -> Result<(), XlsxError> {
    let view = View::frame(report);
    let words = |key: &str| say(report.lang, &format!("render.{key}"));
    page.set_column_width(0, 24)?.set_column_width(1, 88)?.set_column_width(2, 22)?.set_column_width(3, 14)?;
    looks.text(page, (0, 0), &view.title, Style::Title)?;
    let facts = [
        ("organisation", view.organisation.clone()),
        ("period", view.period.clone()),
        ("as-of-label", view.as_of.clone()),
        ("currency", view.currency.clone()),
    ];
    let mut row = 2;
    let mut pair = |looks: &mut Looks, page: &mut Worksheet, label: &str, text: &str, style| {
        looks.text(page, (row, 0), label, Style::Label)?;
        looks.text(page, (row, 1), text, style)?;
        row += 1;
        Ok::<u32, XlsxError>(row)
    };
    for (key, text) in &facts {
        pair(looks, page, &words(key), text, Style::Wrapped)?;
    }
    if let Some(example) = &view.example {
        pair(looks, page, &words("example"), example, Style::Notice)?;
    }
    for finding in &view.findings {
        let label = format!("{} · {}", words("findings"), finding.tone);
        pair(looks, page, &label, &finding.text, Style::Wrapped)?;
    }
    for section in &report.sections {
        let texts = section.blocks.iter().filter_map(|b| if let Block::Text(text) = b { Some(text) } else { None });
        for text in section.lead.iter().chain(texts) {
            pair(looks, page, &one_line(&section.title), text, Style::Wrapped)?;
        }
    }
    for note in &view.notes {
        pair(looks, page, &note.label, &note.text, Style::Wrapped)?;
    }
    write_checks(page, report, looks, row + 1)?;
    sheet::print_setup(page, report, false);
    Ok(())
}

fn write_checks(page: &mut Worksheet, report: &Report, looks: &mut Looks, start: u32) -> Result<(), XlsxError> {
    if report.checks.is_empty() {
        return Ok(());
    }
    let heads = ["checks", "check-equation", "check-left", "check-right"];
    for (column, key) in (0_u16..).zip(heads) {
        looks.text(page, (start, column), &say(report.lang, &format!("render.{key}")), Style::Head)?;
    }
    for (row, check) in (start + 1..).zip(&report.checks) {
        looks.text(page, (row, 0), &say(report.lang, "render.check-holds"), Style::Plain)?;
        looks.text(page, (row, 1), &check.equation, Style::Wrapped)?;
        looks.cell(page, (row, 2), &check.left, false)?;
        looks.cell(page, (row, 3), &check.right, false)?;
    }
    Ok(())
}

/// A line for each key figure; a pair of columns for each earlier figure that it is compared with.
fn write_figures(
    page: &mut Worksheet,
    report: &Report,
    figures: &[(&str, &Figure)],
    looks: &mut Looks,
) -> Result<(), XlsxError> {
    let words = |key: &str| say(report.lang, &format!("render.{key}"));
    let mut against: Vec<&str> = Vec::new();
    for change in figures.iter().flat_map(|(_, figure)| &figure.changes) {
        if !against.contains(&change.label.as_str()) {
            against.push(&change.label);
        }
    }
    sheet::roomy(page)?;
    looks.text(page, (0, 0), &words("key-figures"), Style::Title)?;
    let heads = [words("contents"), words("figure"), words("value")];
    let changes = against.iter().flat_map(|label| [(*label).to_owned(), String::new()]);
    let mut last = 2;
    for (column, head) in (0_u16..).zip(heads.into_iter().chain(changes)) {
        looks.text(page, (2, column), &head, if column < 2 { Style::Head } else { Style::HeadRight })?;
        last = column;
    }
    page.set_column_width(0, 18)?.set_column_width(1, 30)?.set_column_range_width(2, last, 20)?;
    for (row, (section, figure)) in (3..).zip(figures) {
        looks.text(page, (row, 0), section, Style::Plain)?;
        looks.text(page, (row, 1), &figure.label, Style::Plain)?;
        looks.cell(page, (row, 2), &figure.value, false)?;
        for (pair, label) in (0_u16..).zip(&against) {
            let Some(change) = figure.changes.iter().find(|change| change.label == *label) else { continue };
            looks.cell(page, (row, 3 + 2 * pair), &change.by, false)?;
            let compared = !matches!(change.by, Cell::Empty);
            let tone = if compared { words(tone_class(change.tone)) } else { String::new() };
            looks.text(page, (row, 4 + 2 * pair), &tone, Style::Plain)?;
        }
    }
    page.set_freeze_panes(3, 2)?;
    sheet::print_setup(page, report, true);
    page.set_repeat_rows(2, 2)?;
    Ok(())
}

#[cfg(test)]
mod tests;
