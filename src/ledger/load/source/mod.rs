//! The rows of a file, whatever its format: a header and records of texts.
//!
//! Invariants: the whole file is read once for its digest before the first row is given out, and the digest is made again on the way, so
//! that a file that changes meanwhile is told; memory does not grow with the file. Not here: what the texts mean (`evaluate`).

mod parquet;
mod records;
mod text;

use std::{
    cell::Cell,
    fmt::Write as _,
    fs::File,
    io::{self, Read, Seek},
    path::{Path, PathBuf},
    rc::Rc,
    str::Utf8Error,
};

use self::{parquet::ParquetRows, records::Records, text::Compression, text::TextReader};
use super::{
    LoadError, Phase, Progress, RefusalKind,
    map::{FileFormat, FileSpec},
};

/// One record as texts.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The line on which it begins; of a Parquet file the number of the row.
    pub(super) line: u64,
    /// The line on which it ends.
    pub(super) last_line: u64,
    /// The number of the record after the header, from 1.
    pub(super) number: u64,
    /// What is wrong with the record as such.
    pub(super) damage: Option<RefusalKind>,
    /// Whether the file ends before the line does.
    cut_off: bool,
    text: Vec<u8>,
    ends: Vec<usize>,
    checked: String,
}

impl Row {
    /// The text of a field; empty where there is none.
    pub(super) fn field(&self, index: usize) -> &str {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.zip(self.ends.get(index).copied()).map(|(start, end)| start..end);
        range.and_then(|range| self.checked.get(range)).unwrap_or_default()
    }

    /// The texts of all fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|index| self.field(index))
    }

    /// How many fields there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    fn clear(&mut self) {
        self.damage = None;
        self.cut_off = false;
        self.text.clear();
        self.ends.clear();
    }

    fn end_field(&mut self) {
        self.ends.push(self.text.len());
    }

    /// Takes the bytes as text and looks for NUL characters.
    fn check(&mut self) -> Result<(), Utf8Error> {
        if self.text.contains(&0) {
            self.damage = self.damage.or(Some(RefusalKind::Nul));
        }
        self.checked.clear();
        self.checked.push_str(std::str::from_utf8(&self.text)?);
        Ok(())
    }
}

enum Kind {
    Text(Records),
    Parquet(ParquetRows),
}

/// A file that is being read row by row.
pub(super) struct Source {
    path: PathBuf,
    header: Vec<String>,
    /// Columns of the file whose type cannot be read, with the type.
    unreadable: Vec<(String, String)>,
    kind: Kind,
    digest: String,
    number: u64,
    bytes_total: u64,
    done: Rc<Cell<u64>>,
}

impl Source {
    /// Opens a file, reads it for its digest, and reads its header.
    pub(super) fn open(path: &Path, spec: &FileSpec, progress: &mut dyn FnMut(Progress)) -> Result<Self, LoadError> {
        let unreadable = |cause| LoadError::Unreadable { path: path.to_owned(), cause };
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(LoadError::NotAFile { path: path.to_owned() });
        }
        let mut file = File::open(path).map_err(unreadable)?;
        let mut start = [0; 16];
        let length = read_start(&mut file, &mut start).map_err(unreadable)?;
        let start = start.get(..length).unwrap_or_default();
        if start.is_empty() {
            return Err(LoadError::Empty { path: path.to_owned() });
        }
        let opening = Opening { path, file: &file, bytes_total: metadata.len(), done: Rc::default(), progress };
        match (start.starts_with(b"PAR1"), spec.format) {
            (true, None | Some(FileFormat::Parquet)) => opening.parquet(),
            (true, Some(FileFormat::Csv)) => Err(not_text(path, "a Parquet file", "CSV as the map says")),
            (false, Some(FileFormat::Parquet)) => {
                Err(not_text(path, "another kind of file", "Parquet as the map says"))
            }
            (false, None | Some(FileFormat::Csv)) => match foreign(start) {
                Some(what) => Err(not_text(path, what, "CSV or Parquet")),
                None => opening.text(spec, Compression::of(start)),
            },
        }
    }

    /// The names of the columns, without surrounding white space.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// The columns whose type cannot be read, with the type.
    pub(super) fn unreadable(&self) -> &[(String, String)] {
        &self.unreadable
    }

    /// The SHA-256 of the content: of a text after decompression and decoding, of a Parquet file as it is.
    pub(super) fn digest(&self) -> &str {
        &self.digest
    }

    /// How far the reading is, in bytes of the file.
    pub(super) fn bytes_done(&self) -> u64 {
        match &self.kind {
            Kind::Text(_) => self.done.get(),
            Kind::Parquet(rows) => rows.bytes_done(self.bytes_total),
        }
    }

    /// The bytes of the file.
    pub(super) fn bytes_total(&self) -> u64 {
        self.bytes_total
    }

    /// Reads the next row; `false` at the end.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, LoadError> {
        let more = match &mut self.kind {
            Kind::Text(records) => records.next(row)?,
            Kind::Parquet(rows) => rows.next(row)?,
        };
        if !more {
            return Ok(false);
        }
        self.number += 1;
        row.number = self.number;
        row.check().map_err(|_| not_text(&self.path, "not text", "CSV or Parquet"))?;
        let (found, wanted) = (row.len(), self.header.len());
        if row.cut_off && found < wanted {
            let how = format!("has {found} fields instead of {wanted} and no line end");
            return Err(LoadError::Torn { path: self.path.clone(), line: row.line, how });
        }
        if found != wanted {
            row.damage = row.damage.or(Some(RefusalKind::Ragged));
        }
        Ok(true)
    }

    /// Checks after the last row that the file is still the one whose digest was told.
    pub(super) fn finish(self) -> Result<(), LoadError> {
        let digest = match self.kind {
            Kind::Text(records) => records.into_text().digest(|| ())?,
            Kind::Parquet(rows) => rows.digest()?,
        };
        if digest == self.digest { Ok(()) } else { Err(LoadError::Changed { path: self.path }) }
    }
}

/// A file on the way to being a [`Source`].
struct Opening<'a> {
    path: &'a Path,
    file: &'a File,
    bytes_total: u64,
    done: Rc<Cell<u64>>,
    progress: &'a mut dyn FnMut(Progress),
}

impl Opening<'_> {
    fn text(mut self, spec: &FileSpec, compression: Compression) -> Result<Source, LoadError> {
        let path = self.path;
        let digest = self.reader(spec, compression)?.digest(|| {
            (self.progress)(Progress {
                phase: Phase::Checking,
                bytes_done: self.done.get(),
                bytes_total: self.bytes_total,
                rows: 0,
            });
        })?;
        self.done = Rc::default();
        let text = self.reader(spec, compression)?;
        let mut records = Records::new(path.to_owned(), text, spec.delimiter, spec.quote);
        let mut row = Row::default();
        if !records.next(&mut row)? {
            return Err(LoadError::Empty { path: path.to_owned() });
        }
        row.check().map_err(|_| not_text(path, "not text", "CSV or Parquet"))?;
        if row.damage == Some(RefusalKind::Nul) {
            return Err(not_text(path, "full of NUL characters", "CSV or Parquet"));
        }
        Ok(Source {
            path: path.to_owned(),
            header: row.fields().map(|name| name.trim().to_owned()).collect(),
            unreadable: Vec::new(),
            kind: Kind::Text(records),
            digest,
            number: 0,
            bytes_total: self.bytes_total,
            done: self.done,
        })
    }

    fn reader(&self, spec: &FileSpec, compression: Compression) -> Result<TextReader, LoadError> {
        let unreadable = |cause| LoadError::Unreadable { path: self.path.to_owned(), cause };
        let mut file = self.file.try_clone().map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        TextReader::new(self.path, file, Rc::clone(&self.done), compression, spec.encoding)
    }

    fn parquet(self) -> Result<Source, LoadError> {
        let rows = ParquetRows::open(self.path, self.file)?;
        Ok(Source {
            path: self.path.to_owned(),
            header: rows.header().to_vec(),
            unreadable: rows.unreadable().to_vec(),
            digest: rows.digest()?,
            kind: Kind::Parquet(rows),
            number: 0,
            bytes_total: self.bytes_total,
            done: self.done,
        })
    }
}

/// Files that people take for CSV, by their first bytes.
fn foreign(start: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 5] = [
        (b"PK\x03\x04", "a ZIP archive or an XLSX workbook"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"SQLite format 3", "a SQLite database"),
        (b"%PDF", "a PDF"),
        (b"BZh", "a bzip2 archive"),
    ];
    KINDS.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, what)| *what)
}

fn not_text(path: &Path, what: &'static str, wanted: &'static str) -> LoadError {
    let help = "save it as CSV in UTF-8 (plain, .gz or .zst) or as Parquet, and check `[file]` in the map";
    LoadError::NotText { path: path.to_owned(), what, wanted, help }
}

fn read_start(file: &mut File, start: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(free) = start.get_mut(length..).filter(|free| !free.is_empty()) {
        match file.read(free)? {
            0 => break,
            count => length += count,
        }
    }
    Ok(length)
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
