//! Splits a text into the records of a CSV file.
//!
//! Invariants: every record knows the physical lines it spans; a quote that is never closed, text after a closing quote and a NUL are
//! told, never guessed away; a record is held in memory only up to [`LIMIT`] bytes. The `csv` crate reads the same fields from a sound
//! file (a test holds the two against each other) but cannot tell any of these. Not here: encodings (`text`).

use std::path::PathBuf;

use super::{Row, text::TextReader};
use crate::ledger::load::{LoadError, RefusalKind};

/// The most bytes of one record.
pub(super) const LIMIT: usize = 1024 * 1024;

/// Where the reader stands within a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first character of a record.
    Outside,
    /// Before the first character of a later field.
    Start,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote that closes the field, or is the first of two.
    Closed,
}

/// The records of one text.
pub(super) struct Records {
    path: PathBuf,
    text: TextReader,
    delimiter: u8,
    quote: u8,
    /// The line of the next character.
    line: u64,
    /// Whether the last character was a carriage return, whose line feed belongs to it.
    after_return: bool,
}

impl Records {
    pub(super) fn new(path: PathBuf, text: TextReader, delimiter: u8, quote: u8) -> Self {
        Self { path, text, delimiter, quote, line: 1, after_return: false }
    }

    /// Reads the next record into `row`; `false` at the end. Lines without any character are passed over.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, LoadError> {
        row.clear();
        let mut state = State::Outside;
        loop {
            let chunk = self.text.chunk()?;
            if chunk.is_empty() {
                return self.end(state, row);
            }
            let mut scan = Scan {
                rest: chunk,
                delimiter: self.delimiter,
                quote: self.quote,
                line: self.line,
                after_return: self.after_return,
            };
            let before = chunk.len();
            let done = scan.record(&mut state, row);
            let (taken, line, after_return) = (before - scan.rest.len(), scan.line, scan.after_return);
            (self.line, self.after_return) = (line, after_return);
            self.text.consume(taken);
            if row.text.len() > LIMIT {
                return Err(LoadError::Endless { path: self.path.clone(), line: row.line, limit: LIMIT });
            }
            if done {
                return Ok(true);
            }
        }
    }

    /// What is left of the text after its last record, as the text ends.
    pub(super) fn into_text(self) -> TextReader {
        self.text
    }

    fn end(&self, state: State, row: &mut Row) -> Result<bool, LoadError> {
        row.last_line = self.line;
        match state {
            State::Outside => Ok(false),
            State::Quoted => Err(LoadError::Torn {
                path: self.path.clone(),
                line: row.line,
                how: "has a quote that is never closed".to_owned(),
            }),
            State::Start | State::Plain | State::Closed => {
                row.end_field();
                row.cut_off = true;
                Ok(true)
            }
        }
    }
}

/// One pass over one chunk.
struct Scan<'t> {
    rest: &'t [u8],
    delimiter: u8,
    quote: u8,
    line: u64,
    after_return: bool,
}

impl Scan<'_> {
    /// Reads on until the record or the chunk ends; whether the record did.
    fn record(&mut self, state: &mut State, row: &mut Row) -> bool {
        while let Some(&byte) = self.rest.first() {
            match *state {
                State::Outside => match byte {
                    b'\n' | b'\r' => self.line_break(byte),
                    _ => {
                        self.after_return = false;
                        row.line = self.line;
                        *state = State::Start;
                    }
                },
                State::Start if byte == self.quote => {
                    self.advance(1);
                    *state = State::Quoted;
                }
                State::Start => *state = State::Plain,
                State::Quoted => self.quoted(state, row),
                State::Closed if byte == self.quote => {
                    row.text.push(byte);
                    self.advance(1);
                    *state = State::Quoted;
                }
                State::Closed => {
                    if byte != self.delimiter && byte != b'\n' && byte != b'\r' {
                        row.damage = row.damage.or(Some(RefusalKind::StrayQuote));
                    }
                    *state = State::Plain;
                }
                State::Plain => {
                    if self.plain(state, row) {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn plain(&mut self, state: &mut State, row: &mut Row) -> bool {
        let ends = |byte: &u8| *byte == self.delimiter || *byte == b'\n' || *byte == b'\r';
        let length = self.rest.iter().position(ends);
        let (field, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        row.text.extend_from_slice(field);
        self.rest = rest;
        let Some(&byte) = rest.first() else { return false };
        row.end_field();
        if byte == self.delimiter {
            self.advance(1);
            *state = State::Start;
            return false;
        }
        row.last_line = self.line;
        self.line_break(byte);
        true
    }

    fn quoted(&mut self, state: &mut State, row: &mut Row) {
        let length = self.rest.iter().position(|byte| *byte == self.quote);
        let (part, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        row.text.extend_from_slice(part);
        self.line += part.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        self.rest = rest;
        if length.is_some() {
            self.advance(1);
            *state = State::Closed;
        }
    }

    /// Passes a line break; a line feed after a carriage return belongs to it.
    fn line_break(&mut self, byte: u8) {
        if byte == b'\r' || !self.after_return {
            self.line += 1;
        }
        self.after_return = byte == b'\r';
        self.advance(1);
    }

    fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Seek, Write},
        path::Path,
        rc::Rc,
    };

    use proptest::prelude::*;

    use super::{
        super::text::{Compression, TextReader},
        *,
    };
    use crate::ledger::load::map::TextEncoding;

    type Found = (u64, u64, Vec<String>, Option<RefusalKind>);

    fn read(text: &str) -> Result<Vec<Found>, String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.rewind().unwrap();
        let text =
            TextReader::new(Path::new("t.csv"), file, Rc::default(), Compression::Plain, TextEncoding::Utf8).unwrap();
        let mut records = Records::new("t.csv".into(), text, b',', b'"');
        let mut row = Row::default();
        let mut found = Vec::new();
        while records.next(&mut row).map_err(|error| error.to_string())? {
            row.check().unwrap();
            found.push((row.line, row.last_line, row.fields().map(str::to_owned).collect(), row.damage));
        }
        Ok(found)
    }

    #[test]
    fn knows_the_lines_of_every_record() {
        let fields = |list: &[&str]| list.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>();
        let stray = Some(RefusalKind::StrayQuote);
        for (text, expected) in [
            ("", vec![]),
            ("\n\r\n\n", vec![]),
            ("a,b\n1,2", vec![(1, 1, fields(&["a", "b"]), None), (2, 2, fields(&["1", "2"]), None)]),
            ("a\r\n\r\nb\r\n", vec![(1, 1, fields(&["a"]), None), (3, 3, fields(&["b"]), None)]),
            ("a\rb\r", vec![(1, 1, fields(&["a"]), None), (2, 2, fields(&["b"]), None)]),
            ("\n\"x\ny\"\"z\",\nw", vec![(2, 3, fields(&["x\ny\"z", ""]), None), (4, 4, fields(&["w"]), None)]),
            (",\n", vec![(1, 1, fields(&["", ""]), None)]),
            ("a,\"\"", vec![(1, 1, fields(&["a", ""]), None)]),
            ("5\" disk,x\n", vec![(1, 1, fields(&["5\" disk", "x"]), None)]),
            ("\"5\" disk\",x\n1\n", vec![(1, 1, fields(&["5 disk\"", "x"]), stray), (2, 2, fields(&["1"]), None)]),
            ("\u{0},1\n", vec![(1, 1, fields(&["\u{0}", "1"]), Some(RefusalKind::Nul))]),
        ] {
            assert_eq!(read(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn a_quote_without_end_is_told_where_it_began() {
        assert_eq!(
            read("a\n\"b\nc\nd").unwrap_err(),
            "`t.csv` is cut off: the record that begins on line 2 has a quote that is never closed"
        );
        let endless = format!("a\n\"{}", "x\n".repeat(LIMIT));
        assert_eq!(
            read(&endless).unwrap_err(),
            "the record that begins on line 2 of `t.csv` is longer than 1048576 bytes"
        );
    }

    proptest! {
        #[test]
        fn reads_what_the_csv_crate_reads(text in "[ab,\"\n\r é]{0,40}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let peer: Vec<Vec<String>> =
                reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
            if let Ok(found) = read(&text) {
                prop_assert_eq!(found.into_iter().map(|(_, _, fields, _)| fields).collect::<Vec<_>>(), peer);
            }
        }

        #[test]
        fn reads_back_what_the_csv_crate_writes(
            rows in proptest::collection::vec(proptest::collection::vec("[^\u{0}]{0,6}", 1..4), 0..6)
        ) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assume!(!text.starts_with('\u{feff}'));
            let found: Vec<Vec<String>> = read(&text).unwrap().into_iter().map(|(_, _, fields, _)| fields).collect();
            prop_assert_eq!(found, rows);
        }
    }
}
