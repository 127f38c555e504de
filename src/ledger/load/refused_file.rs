//! Writes refused rows down for the people who can correct them.
//!
//! Invariants: the file appears under its name whole or not at all; no cell can run as a formula in a spreadsheet; it begins with a byte
//! order mark, so that Excel reads it as UTF-8. Columns: line, reason, column, value, then the fields of the row as they were.

use std::{
    borrow::Cow,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::refusal::Refusal;

/// The rows refused so far, under a name that nobody knows yet.
pub(super) struct RefusedFile {
    path: PathBuf,
    header: Vec<String>,
    writer: Option<csv::Writer<NamedTempFile>>,
}

impl RefusedFile {
    /// Nothing is written until the first row is refused.
    pub(super) fn new(path: &Path, header: &[String]) -> Self {
        Self { path: path.to_owned(), header: header.to_vec(), writer: None }
    }

    /// Writes a refused row with its fields.
    pub(super) fn add<'t>(&mut self, refusal: &Refusal, fields: impl Iterator<Item = &'t str>) -> io::Result<()> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            empty => empty.insert(begin(&self.path, &self.header)?),
        };
        let line = refusal.line.to_string();
        for cell in [line.as_str(), refusal.kind.reason(), refusal.column.as_str(), refusal.value.as_str()] {
            writer.write_field(harmless(cell).as_bytes()).map_err(io::Error::from)?;
        }
        for cell in fields {
            writer.write_field(harmless(cell).as_bytes()).map_err(io::Error::from)?;
        }
        writer.write_record(None::<&[u8]>).map_err(io::Error::from)
    }

    /// Brings everything to the disk, so that only the name is missing.
    pub(super) fn settle(self) -> io::Result<Settled> {
        let Some(writer) = self.writer else { return Ok(Settled { path: self.path, file: None }) };
        let file = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        Ok(Settled { path: self.path, file: Some(file) })
    }
}

/// Refused rows that are whole on the disk but have no name yet.
pub(super) struct Settled {
    path: PathBuf,
    file: Option<NamedTempFile>,
}

impl Settled {
    /// Gives the file its name; `None` when no row was refused.
    pub(super) fn publish(self) -> io::Result<Option<PathBuf>> {
        let Some(file) = self.file else { return Ok(None) };
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(Some(self.path))
    }
}

fn begin(path: &Path, header: &[String]) -> io::Result<csv::Writer<NamedTempFile>> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fenji-refused-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory)?;
    file.write_all("\u{feff}".as_bytes())?;
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(file);
    let names = ["line", "reason", "column", "value"].into_iter().chain(header.iter().map(String::as_str));
    for name in names {
        writer.write_field(harmless(name).as_bytes()).map_err(io::Error::from)?;
    }
    writer.write_record(None::<&[u8]>).map_err(io::Error::from)?;
    Ok(writer)
}

/// A cell that no spreadsheet takes for a formula; plain numbers stay as they are.
fn harmless(cell: &str) -> Cow<'_, str> {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let number = cell.strip_prefix(['-', '+']).is_some_and(|rest| {
        rest.bytes().any(|byte| byte.is_ascii_digit()) && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    });
    if runs && !number { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::load::RefusalKind;

    #[test]
    fn no_cell_runs() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("+86 10", "'+86 10"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("＝1", "'＝1"),
            ("-", "'-"),
            ("-12.50", "-12.50"),
            ("+5", "+5"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), expected);
        }
    }

    #[test]
    fn appears_only_when_it_is_published() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("refused.csv");
        let count = || std::fs::read_dir(home.path()).unwrap().count();
        let refused = RefusedFile::new(&path, &["=name".to_owned(), "amount".to_owned()]);
        assert_eq!(refused.settle().unwrap().publish().unwrap(), None);
        assert_eq!(count(), 0);
        let mut refused = RefusedFile::new(&path, &["=name".to_owned(), "amount".to_owned()]);
        let refusal = Refusal { line: 7, kind: RefusalKind::NotANumber, column: "amount".into(), value: "=x".into() };
        refused.add(&refusal, ["a,\"b\"", "=x", "-5"].into_iter()).unwrap();
        let settled = refused.settle().unwrap();
        assert!(!path.exists());
        assert_eq!(settled.publish().unwrap(), Some(path.clone()));
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "\u{feff}line,reason,column,value,'=name,amount\n7,not a number,amount,'=x,\"a,\"\"b\"\"\",'=x,-5\n"
        );
        let mut dropped = RefusedFile::new(&path, &[]);
        dropped.add(&refusal, std::iter::empty()).unwrap();
        drop(dropped);
        assert_eq!(count(), 1);
    }
}
