//! The workbook that people fill in by hand, read back cell by cell. A cell is data, whatever it looks like.
//!
//! Invariant: columns are found by the names in the hidden row above the heads, so that columns may be moved and rows sorted.
//! Not here: what the cells mean for a review (`import`), how the workbook is written (`render::xlsx::form`).

use std::{collections::BTreeMap, io::Cursor};

use calamine::{Data, Range, Reader, Xlsx, open_workbook_from_rs};
use chrono::NaiveDate;
use miette::Diagnostic;
use thiserror::Error;

use crate::period::parse_day;

/// Columns that an import needs.
pub const NEEDED: [&str; 7] = ["subject", "decision", "grade", "why", "until", "review", "stamp"];

/// One thing wrong in a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{at}: {message}")]
pub struct WorkbookFault {
    /// Sheet and cell, such as `评审!L14`.
    pub at: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Diagnostic for WorkbookFault {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new("review::workbook"))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        (!self.help.is_empty()).then(|| Box::new(&self.help) as Box<dyn std::fmt::Display>)
    }
}

/// Everything that is wrong in a workbook; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("nothing was imported: {} {} in the workbook", faults.len(), if faults.len() == 1 { "fault" } else { "faults" })]
pub struct WorkbookFaults {
    /// The faults in the order of cells.
    pub faults: Vec<WorkbookFault>,
}

impl Diagnostic for WorkbookFaults {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new("review::workbook"))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new("mend the cells that are named and import the file again"))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.faults.iter().map(|fault| fault as &dyn Diagnostic)))
    }
}

impl WorkbookFaults {
    /// A fault of the file as a whole.
    pub fn of_file(message: impl Into<String>, help: &str) -> Self {
        let (at, message, help) = ("the file".to_owned(), message.into(), help.to_owned());
        Self { faults: vec![WorkbookFault { at, message, help }] }
    }
}

/// A row of the workbook that names a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledRow {
    cells: BTreeMap<&'static str, FilledCell>,
    /// Sheet and cell of the row's subject.
    at: String,
}

/// A cell with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FilledCell {
    at: String,
    value: Filled,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Filled {
    Text(String),
    Day(NaiveDate),
    Error(String),
}

impl FilledRow {
    /// The text of a cell without spaces around it; empty when there is none. A day is written as `2026-10-31`.
    pub fn text(&self, column: &str) -> String {
        match self.cells.get(column).map(|cell| &cell.value) {
            Some(Filled::Text(text)) => text.trim().to_owned(),
            Some(Filled::Day(day)) => day.to_string(),
            Some(Filled::Error(_)) | None => String::new(),
        }
    }

    /// The day of a cell; `None` when it is empty.
    ///
    /// # Errors
    /// A fault when it holds something else.
    pub fn day(&self, column: &str) -> Result<Option<NaiveDate>, WorkbookFault> {
        match self.cells.get(column).map(|cell| &cell.value) {
            Some(Filled::Day(day)) => Ok(Some(*day)),
            Some(Filled::Text(text)) if !text.trim().is_empty() => match parse_day(text.trim()) {
                Ok(day) => Ok(Some(day)),
                Err(_) => {
                    Err(self.fault(column, format!("`{}` is not a day", text.trim()), "write a date, or `2026-10-31`"))
                }
            },
            Some(Filled::Text(_) | Filled::Error(_)) | None => Ok(None),
        }
    }

    /// Whether people left all of some cells empty.
    pub fn empty(&self, columns: &[&str]) -> bool {
        columns.iter().all(|column| self.text(column).is_empty() && !self.is_error(column))
    }

    fn is_error(&self, column: &str) -> bool {
        matches!(self.cells.get(column).map(|cell| &cell.value), Some(Filled::Error(_)))
    }

    /// Cells in which a formula failed.
    pub fn errors(&self) -> impl Iterator<Item = WorkbookFault> + '_ {
        self.cells.values().filter_map(|cell| match &cell.value {
            Filled::Error(error) => Some(WorkbookFault {
                at: cell.at.clone(),
                message: format!("the cell holds the error `{error}`"),
                help: "write the value itself instead of a formula".to_owned(),
            }),
            Filled::Text(_) | Filled::Day(_) => None,
        })
    }

    /// A fault at a cell of this row.
    pub fn fault(&self, column: &str, message: impl Into<String>, help: impl Into<String>) -> WorkbookFault {
        let at = self.cells.get(column).map_or(&self.at, |cell| &cell.at);
        WorkbookFault { at: at.clone(), message: message.into(), help: help.into() }
    }
}

/// Reads the rows of the first sheet that has the columns of a review.
///
/// # Errors
/// [`WorkbookFaults`] when the file is no workbook or has no such sheet.
pub fn read(bytes: &[u8]) -> Result<Vec<FilledRow>, WorkbookFaults> {
    let unreadable = |error: calamine::XlsxError| {
        let message = format!("this is no XLSX workbook: {error}");
        WorkbookFaults::of_file(message, "save it as .xlsx, not as .xls, .csv or with a password")
    };
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(unreadable)?;
        if let Some(rows) = rows_of(&name, &range) {
            return Ok(rows);
        }
    }
    let message = format!("no sheet has the columns {}", NEEDED.join(", "));
    let help = "begin with a workbook that `fenji review show ID --format xlsx --out FILE.xlsx` wrote, and keep its hidden row and columns";
    Err(WorkbookFaults::of_file(message, help))
}

fn rows_of(sheet: &str, range: &Range<Data>) -> Option<Vec<FilledRow>> {
    let (first_row, first_column) = range.start()?;
    let place_of =
        |row: &[Data], name: &str| row.iter().position(|cell| matches!(cell, Data::String(text) if text == name));
    let places =
        |row: &[Data]| NEEDED.iter().map(|name| place_of(row, name).map(|at| (*name, at))).collect::<Option<Vec<_>>>();
    let (names, places) = range.rows().enumerate().find_map(|(at, row)| Some((at, places(row)?)))?;
    let address = |row: usize, column: usize| {
        let row = u64::from(first_row) + u64::try_from(row).unwrap_or(0) + 1;
        let column = u64::from(first_column) + u64::try_from(column).unwrap_or(0);
        format!("{sheet}!{}{row}", letters(column))
    };
    let mut rows = Vec::new();
    // The names are followed by the heads, then by the rows.
    for (at, row) in range.rows().enumerate().skip(names + 2) {
        let cell = |(name, column): &(&'static str, usize)| {
            (*name, FilledCell { at: address(at, *column), value: filled(row.get(*column)) })
        };
        let cells: BTreeMap<&'static str, FilledCell> = places.iter().map(cell).collect();
        let at = cells.get("subject").map_or_else(String::new, |cell| cell.at.clone());
        let row = FilledRow { cells, at };
        if !row.empty(&NEEDED) {
            rows.push(row);
        }
    }
    Some(rows)
}

fn filled(cell: Option<&Data>) -> Filled {
    match cell {
        None | Some(Data::Empty) => Filled::Text(String::new()),
        Some(Data::DateTime(moment)) => match moment.as_datetime() {
            Some(moment) if moment.date() > NaiveDate::default() => Filled::Day(moment.date()),
            _ => Filled::Text(moment.to_string()),
        },
        Some(Data::DateTimeIso(text)) => {
            text.get(..10).and_then(|day| parse_day(day).ok()).map_or_else(|| Filled::Text(text.clone()), Filled::Day)
        }
        Some(Data::Error(error)) => Filled::Error(error.to_string()),
        Some(other) => Filled::Text(other.to_string()),
    }
}

/// The letters of a column, from 0: `A`, `Z`, `AA`.
fn letters(column: u64) -> String {
    let mut text = String::new();
    let mut rest = column + 1;
    while rest > 0 {
        let digit = u32::try_from((rest - 1) % 26).unwrap_or(0);
        text.insert(0, char::from_u32(u32::from('A') + digit).unwrap_or('A'));
        rest = (rest - 1) / 26;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_a_spreadsheet_names_them() {
        for (column, expected) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(column), expected);
        }
    }

    #[test]
    fn what_is_no_workbook_is_refused() {
        for bytes in [&b""[..], b"subject,decision\n", b"PK\x03\x04 not a zip"] {
            assert!(read(bytes).unwrap_err().faults[0].message.contains("no XLSX workbook"));
        }
    }
}
