//! Data to standard output, words to standard error.

use std::io::{ErrorKind, Write};

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::{
    cli::{
        DataFormat,
        failure::{DELIVERY, Failure},
    },
    render::csv::starts_like_a_formula,
};

/// Writes bytes to standard output. A reader that went away is no failure.
pub(super) fn bytes(text: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let help = "check the disk and the file that the output goes to".to_owned();
            Err(Failure::told(DELIVERY, format!("cannot write the output: {error}"), help))
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard error.
pub(super) fn say(line: &str) {
    // Words for people: when nobody listens there is nothing to do about it.
    let _gone = writeln!(std::io::stderr().lock(), "{line}");
}

/// A figure or word to print.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// Words, to the left.
    Text(String),
    /// A figure as written for people and as written for machines, to the right.
    Figure(String, String),
    /// Nothing.
    Empty,
}

impl Item {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A whole number with thousands separators for people.
    pub(super) fn count(count: impl Into<i128>) -> Self {
        let count = count.into();
        Self::Figure(crate::money::decimal(count, 0), count.to_string())
    }

    /// An amount or other decimal.
    pub(super) fn decimal(value: i128, places: u8) -> Self {
        Self::Figure(crate::money::decimal(value, places), crate::money::plain(value, places))
    }

    /// The form for people, on one line.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => crate::report::format::one_line(text),
            Self::Figure(shown, _) => shown.clone(),
            Self::Empty => String::new(),
        }
    }

    /// The machine's form. Words that a spreadsheet would run as a formula get an apostrophe in front.
    fn machine(&self) -> String {
        match self {
            Self::Text(text) if starts_like_a_formula(text) => format!("'{text}"),
            Self::Text(text) => text.clone(),
            Self::Figure(_, plain) => plain.clone(),
            Self::Empty => String::new(),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.clone()),
            Self::Figure(_, plain) => plain.parse::<i64>().map_or_else(|_| Value::from(plain.clone()), Value::from),
            Self::Empty => Value::Null,
        }
    }
}

/// Prints rows under heads in a format. In JSON amounts stay texts: no reader rounds them.
pub(super) fn rows(heads: &[&str], rows: &[Vec<Item>], format: DataFormat) -> Result<(), Failure> {
    bytes(&rendered(heads, rows, format)?)
}

/// Rows under heads as the bytes of a format.
pub(super) fn rendered(heads: &[&str], rows: &[Vec<Item>], format: DataFormat) -> Result<Vec<u8>, Failure> {
    match format {
        DataFormat::Table => Ok(aligned(heads, rows).into_bytes()),
        DataFormat::Csv => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            let mut write = || -> Result<(), csv::Error> {
                writer.write_record(heads.iter().map(|head| Item::text(*head).machine()))?;
                rows.iter().try_for_each(|row| writer.write_record(row.iter().map(Item::machine)))
            };
            write().map_err(Failure::defect)?;
            writer.into_inner().map_err(Failure::defect)
        }
        DataFormat::Json => {
            let text = serde_json::to_string_pretty(&objects(heads, rows)).map_err(Failure::defect)?;
            Ok(format!("{text}\n").into_bytes())
        }
    }
}

/// Rows under heads as a list of JSON objects.
pub(super) fn objects(heads: &[&str], rows: &[Vec<Item>]) -> Value {
    let object = |row: &Vec<Item>| -> Value {
        let pairs = heads.iter().zip(row).map(|(head, item)| ((*head).to_owned(), item.json()));
        pairs.collect::<serde_json::Map<_, _>>().into()
    };
    Value::from(rows.iter().map(object).collect::<Vec<_>>())
}

/// Prints a JSON value.
pub(super) fn json(value: &Value) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::defect)?;
    bytes(format!("{text}\n").as_bytes())
}

/// Rows under heads as aligned columns.
pub(super) fn aligned(heads: &[&str], rows: &[Vec<Item>]) -> String {
    let shown: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(Item::shown).collect()).collect();
    let width = |column: usize, head: &str| {
        let cells = shown.iter().filter_map(|row| row.get(column)).map(|cell| cell.width());
        cells.chain([head.width()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = heads.iter().enumerate().map(|(column, head)| width(column, head)).collect();
    let figures: Vec<bool> = (0..heads.len())
        .map(|column| rows.iter().any(|row| matches!(row.get(column), Some(Item::Figure(..)))))
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut out = String::new();
        for ((cell, width), figure) in cells.zip(&widths).zip(&figures) {
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            if !out.is_empty() {
                out.push_str("  ");
            }
            let (before, after) = if *figure { (padding.as_str(), "") } else { ("", padding.as_str()) };
            out.extend([before, cell, after]);
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        out
    };
    let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    let mut text = line(&mut heads.iter().copied());
    text += &line(&mut rules.iter().map(String::as_str));
    for row in &shown {
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_by_display_width_and_formulas_stay_words() {
        let table = [vec![Item::text("普通会员"), Item::count(12)], vec![Item::text("=cmd()"), Item::count(1234)]];
        let text = aligned(&["tier", "members"], &table);
        let expected = "tier      members\n────────  ───────\n普通会员       12\n=cmd()      1,234\n";
        assert_eq!(text, expected);
        assert_eq!(table[1][0].machine(), "'=cmd()");
        assert_eq!(Item::text("＝HYPERLINK(").machine(), "'＝HYPERLINK(");
        assert_eq!(Item::decimal(-123_456, 2).json(), Value::from("-1234.56"));
    }
}
