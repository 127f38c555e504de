//! Takes the rows out of the stream of `COPY … TO STDOUT (FORMAT binary)`, from the buffers in which it arrives.
//!
//! The form: a header of 19 bytes and an extension, then each row as a 16-bit count of fields, each with a 32-bit length (-1 for null), then -1.

use crate::ledger::{
    error::LedgerError,
    raw::Raw,
    source::{Row, Visit, postgres::kind::Kind},
};

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// A field that is null: no range of bytes.
const NULL: Field = Field { from: usize::MAX, to: 0 };

#[derive(Debug, Clone, Copy)]
struct Field {
    from: usize,
    to: usize,
}

/// What became of some bytes.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    /// So many bytes were a row, or the header.
    Bytes(usize),
    /// More bytes are needed.
    Part,
    /// The end of all rows.
    End,
}

/// Why rows could not be visited.
#[derive(Debug)]
pub(super) enum Stop {
    /// The stream is not of its form.
    Form(&'static str),
    /// The rows were refused.
    Refused(LedgerError),
}

/// The rows of a stream.
#[derive(Debug)]
pub(super) struct Tuples {
    kinds: Vec<Kind>,
    fields: Vec<Field>,
    /// The beginning of a row whose end has not come yet.
    rest: Vec<u8>,
    begun: bool,
    ended: bool,
}

impl Tuples {
    pub(super) fn new(kinds: Vec<Kind>) -> Self {
        let fields = Vec::with_capacity(kinds.len());
        Self { kinds, fields, rest: Vec::new(), begun: false, ended: false }
    }

    /// Whether the end of all rows has come.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Visits the rows that are complete with these bytes.
    pub(super) fn feed(&mut self, bytes: &[u8], visit: Visit<'_>) -> Result<(), Stop> {
        if self.rest.is_empty() {
            let used = self.visit_whole(bytes, visit)?;
            self.rest.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            let mut joined = std::mem::take(&mut self.rest);
            joined.extend_from_slice(bytes);
            let used = self.visit_whole(&joined, visit)?;
            joined.drain(..used);
            self.rest = joined;
        }
        Ok(())
    }

    fn visit_whole(&mut self, bytes: &[u8], visit: Visit<'_>) -> Result<usize, Stop> {
        let mut used = 0;
        while let Some(left) = bytes.get(used..)
            && !left.is_empty()
        {
            if !self.begun {
                match header(left)? {
                    Some(length) => used += length,
                    None => break,
                }
                self.begun = true;
                continue;
            }
            match self.row(left)? {
                Taken::Part => break,
                Taken::Bytes(length) => {
                    let row = Tuple { bytes: left, fields: &self.fields, kinds: &self.kinds };
                    visit(&row).map_err(Stop::Refused)?;
                    used += length;
                }
                Taken::End => {
                    self.ended = true;
                    used += 2;
                }
            }
        }
        Ok(used)
    }

    /// Finds the fields of the row at the beginning of some bytes.
    fn row(&mut self, bytes: &[u8]) -> Result<Taken, Stop> {
        let Some((count, _)) = bytes.split_first_chunk::<2>() else { return Ok(Taken::Part) };
        let count = i16::from_be_bytes(*count);
        if self.ended {
            return Err(Stop::Form("rows come after their end"));
        }
        if count == -1 {
            return Ok(Taken::End);
        }
        if usize::try_from(count) != Ok(self.kinds.len()) {
            return Err(Stop::Form("a row has another number of fields than was told"));
        }
        self.fields.clear();
        let mut at = 2;
        for _ in 0..self.kinds.len() {
            let Some((length, _)) = bytes.get(at..).and_then(<[u8]>::split_first_chunk::<4>) else {
                return Ok(Taken::Part);
            };
            at += 4;
            match usize::try_from(i32::from_be_bytes(*length)) {
                Ok(length) => {
                    self.fields.push(Field { from: at, to: at + length });
                    at += length;
                }
                Err(_) => self.fields.push(NULL),
            }
        }
        Ok(if at <= bytes.len() { Taken::Bytes(at) } else { Taken::Part })
    }
}

/// The length of the header; `None` when it is not complete.
fn header(bytes: &[u8]) -> Result<Option<usize>, Stop> {
    let Some((signature, rest)) = bytes.split_first_chunk::<11>() else { return Ok(None) };
    if signature != SIGNATURE {
        return Err(Stop::Form("it does not begin as binary rows do"));
    }
    // Flags, of which none changes the form of the fields, and the length of an extension.
    let Some((extension, _)) = rest.get(4..).and_then(<[u8]>::split_first_chunk::<4>) else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(*extension)).unwrap_or(usize::MAX).saturating_add(19);
    Ok((bytes.len() >= length).then_some(length))
}

/// A row in the buffer in which it came.
struct Tuple<'b> {
    bytes: &'b [u8],
    fields: &'b [Field],
    kinds: &'b [Kind],
}

impl Row for Tuple<'_> {
    fn raw(&self, at: usize) -> Raw<'_> {
        let field = self.fields.get(at).and_then(|field| self.bytes.get(field.from..field.to));
        match (field, self.kinds.get(at)) {
            (Some(bytes), Some(kind)) => kind.raw(bytes),
            _ => Raw::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream() -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 3, 9, 9, 9]);
        bytes.extend_from_slice(&[0, 2, 0, 0, 0, 4, 0, 0, 0, 7, 0xff, 0xff, 0xff, 0xff]);
        bytes.extend_from_slice(&[0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2, b'a', b'b']);
        bytes.extend_from_slice(&[0, 2, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, 0]);
        bytes.extend_from_slice(&[0xff, 0xff]);
        bytes
    }

    fn rows(pieces: &[&[u8]]) -> Result<(Vec<String>, bool), Stop> {
        let mut tuples = Tuples::new(vec![Kind::Integer, Kind::Text]);
        let mut rows = Vec::new();
        for piece in pieces {
            tuples.feed(piece, &mut |row| {
                rows.push(format!("{} {} {}", row.raw(0).as_key(), row.raw(1).as_key(), row.raw(2).as_key()));
                Ok(())
            })?;
        }
        Ok((rows, tuples.ended()))
    }

    #[test]
    fn rows_come_out_however_the_bytes_are_cut() {
        let bytes = stream();
        let expected = ["`7` (empty) (empty)", "(empty) `ab` (empty)", "`8` `` (empty)"].map(str::to_owned).to_vec();
        for cut in 0..=bytes.len() {
            let (front, back) = bytes.split_at(cut);
            assert_eq!(rows(&[front, back]).unwrap(), (expected.clone(), true), "{cut}");
        }
        for width in 1..bytes.len() {
            let pieces: Vec<&[u8]> = bytes.chunks(width).collect();
            assert_eq!(rows(&pieces).unwrap(), (expected.clone(), true), "{width}");
        }
        assert!(!rows(&[&bytes[..bytes.len() - 2]]).unwrap().1);
    }

    #[test]
    fn a_stream_of_another_form_is_refused() {
        let mut other = stream();
        other[0] = b'X';
        assert!(matches!(rows(&[&other]), Err(Stop::Form(_))));
        let mut wide = stream();
        wide[23] = 3;
        assert!(matches!(rows(&[&wide]), Err(Stop::Form(_))));
        let mut longer = stream();
        longer.extend_from_slice(&[0, 2]);
        assert!(matches!(rows(&[&longer]), Err(Stop::Form(_))));
    }
}
