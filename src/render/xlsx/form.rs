//! A sheet that people fill in by hand and that is read back: locked but for the cells to be filled.
//!
//! Invariants: a hidden row above the heads names the columns for the reader; texts are never formulas.
//! Not here: what the columns mean (`cli`), how the sheet is read (`run::review::workbook`).

use rust_xlsxwriter::{Color, DataValidation, Format, FormatAlign, ProtectionOptions, Workbook, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr;

use super::{
    cells::{Looks, Style},
    names::sheet_name,
    sheet::roomy,
};
use crate::{
    money::Currency,
    render::{RenderError, csv::starts_like_a_formula},
    report::format::one_line,
    text::Lang,
};

/// Rows of the names, of the heads, and of the first subject, from 0.
const NAMES: u32 = 2;
const HEADS: u32 = 3;
const FIRST: u32 = 4;
/// Characters that a list of choices may have in a workbook.
const CHOICES_LIMIT: usize = 255;

/// A form.
#[derive(Debug, Clone)]
pub struct Form {
    /// Title of the sheet and its first line.
    pub title: String,
    /// What a reader must know.
    pub about: String,
    /// Columns from left to right.
    pub fields: Vec<Field>,
    /// A text for each column of each row; a filled one may be changed by hand.
    pub rows: Vec<Vec<String>>,
}

/// A column of a form.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name for the reader.
    pub id: String,
    /// Head for people.
    pub title: String,
    /// What may be done with its cells.
    pub kind: FieldKind,
}

/// What may be done with the cells of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// To be read.
    Shown,
    /// To be filled with one of some words.
    Choice(Vec<String>),
    /// To be filled with words.
    Words,
    /// For the machine: hidden.
    Hidden,
}

/// The form as the bytes of an XLSX file.
///
/// # Errors
/// [`RenderError::Workbook`] when it has more rows or columns than a sheet.
pub fn form(form: &Form, currency: &Currency, lang: Lang) -> Result<Vec<u8>, RenderError> {
    build(form, Looks::new(currency, lang)).map_err(|error| RenderError::Workbook { cause: error.to_string() })
}

fn build(form: &Form, mut looks: Looks) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // No time in its properties: the same review gives the same bytes.
    book.set_properties(
        &rust_xlsxwriter::DocProperties::new()
            .set_creation_datetime(&rust_xlsxwriter::ExcelDateTime::from_ymd(2000, 1, 1)?),
    );
    let page = book.add_worksheet().set_name(sheet_name(&form.title, &mut std::collections::BTreeSet::new()))?;
    roomy(page)?;
    looks.text(page, (0, 0), &form.title, Style::Title)?;
    looks.text(page, (1, 0), &form.about, Style::Note)?;
    page.set_row_hidden(NAMES)?;
    let last = FIRST + u32::try_from(form.rows.len()).unwrap_or(u32::MAX - FIRST).max(1) - 1;
    let mut last_column = 0;
    for (column, field) in (0_u16..).zip(&form.fields) {
        page.write_string(NAMES, column, &field.id)?;
        looks.text(page, (HEADS, column), &field.title, Style::Head)?;
        page.set_column_width(column, width(form, usize::from(column)))?;
        match &field.kind {
            FieldKind::Hidden => {
                page.set_column_hidden(column)?;
            }
            FieldKind::Choice(words) if words.iter().map(|word| word.len() + 1).sum::<usize>() <= CHOICES_LIMIT => {
                page.add_data_validation(
                    FIRST,
                    column,
                    last,
                    column,
                    &DataValidation::new().allow_list_strings(words)?,
                )?;
            }
            FieldKind::Choice(_) | FieldKind::Words | FieldKind::Shown => {}
        }
        last_column = column;
    }
    for (line, row) in (FIRST..).zip(&form.rows) {
        for ((column, field), text) in (0_u16..).zip(&form.fields).zip(row) {
            match field.kind {
                FieldKind::Shown | FieldKind::Hidden => looks.text(page, (line, column), text, Style::Plain)?,
                FieldKind::Choice(_) | FieldKind::Words => fillable(page, (line, column), text)?,
            }
        }
    }
    page.autofilter(HEADS, 0, last, last_column)?;
    page.set_freeze_panes(FIRST, 2)?;
    let allowed = ProtectionOptions {
        use_autofilter: true,
        format_columns: true,
        format_rows: true,
        ..ProtectionOptions::default()
    };
    page.protect_with_options(&allowed);
    page.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(HEADS, HEADS)?;
    book.save_to_buffer()
}

/// A cell that is open for people, in the format of texts so that nothing they write turns into a number or date of its own.
fn fillable(page: &mut Worksheet, at: (u32, u16), text: &str) -> Result<(), XlsxError> {
    let line = one_line(text);
    let open = Format::new()
        .set_align(FormatAlign::Top)
        .set_num_format("@")
        .set_unlocked()
        .set_background_color(Color::RGB(0x00FF_F9E5));
    if line.is_empty() {
        page.write_blank(at.0, at.1, &open)?;
    } else if starts_like_a_formula(&line) {
        page.write_string_with_format(at.0, at.1, line, &open.set_quote_prefix())?;
    } else {
        page.write_string_with_format(at.0, at.1, line, &open)?;
    }
    Ok(())
}

fn width(form: &Form, column: usize) -> u32 {
    let cells = form.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
    let head = form.fields.get(column).map_or(0, |field| field.title.width() + 3);
    u32::try_from(cells.max(head).clamp(8, 40) + 2).unwrap_or(10)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};

    use super::*;
    use crate::render::sample;

    fn sample_form() -> Form {
        let field = |id: &str, kind| Field { id: id.to_owned(), title: format!("{id}!"), kind };
        let choice = FieldKind::Choice(vec!["A".to_owned(), "B".to_owned()]);
        let fields = vec![
            field("name", FieldKind::Shown),
            field("grade", choice),
            field("why", FieldKind::Words),
            field("stamp", FieldKind::Hidden),
        ];
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        let rows = vec![row(["=cmd()", "A", "=1+1", "s1"]), row(["007", "", "", "s2"])];
        Form { title: "f".to_owned(), about: "a".to_owned(), fields, rows }
    }

    fn bytes(form_of: &Form) -> Vec<u8> {
        form(form_of, &sample::cny(), Lang::Chinese).unwrap()
    }

    #[test]
    fn every_cell_is_a_text_under_its_name() {
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes(&sample_form()))).unwrap();
        let range = book.worksheet_range("f").unwrap();
        let rows: Vec<Vec<String>> =
            range.rows().skip(2).map(|row| row.iter().map(Data::to_string).collect()).collect();
        let expected = [
            ["name", "grade", "why", "stamp"],
            ["name!", "grade!", "why!", "stamp!"],
            ["=cmd()", "A", "=1+1", "s1"],
            ["007", "", "", "s2"],
        ];
        assert_eq!(rows, expected);
        assert_eq!(book.worksheet_formula("f").unwrap().used_cells().count(), 0);
    }

    #[test]
    fn only_cells_to_be_filled_are_open() {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes(&sample_form()))).unwrap();
        let mut part = |name: &str| {
            let mut text = String::new();
            zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        let (sheet, styles) = (part("xl/worksheets/sheet1.xml"), part("xl/styles.xml"));
        for piece in ["<sheetProtection", "\"A,B\"", "hidden=\"1\""] {
            assert!(sheet.contains(piece), "{piece}\n{sheet}");
        }
        let looks: Vec<&str> = styles.split("<cellXfs").nth(1).unwrap().split("<xf ").skip(1).collect();
        let open = |cell: &str| {
            let style = sheet.split(&format!("r=\"{cell}\" s=\"")).nth(1).unwrap().split('"').next().unwrap();
            looks[style.parse::<usize>().unwrap()].contains("locked=\"0\"")
        };
        let cells = ["A5", "B5", "C5", "D5", "A6", "B6", "C6", "D6"];
        assert_eq!(cells.map(open), [false, true, true, false, false, true, true, false]);
    }
}
