//! A file's bytes as UTF-8 text: decompressed, decoded and counted.
//!
//! Invariants: compression is told by the first bytes, never by the name; a byte order mark decides the encoding before the map does;
//! a byte that the encoding does not have is an error with its line, never a replacement character. Not here: records (`records`).

use std::{
    cell::Cell,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    rc::Rc,
};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::ledger::load::{LoadError, map::TextEncoding};

/// Bytes read at once; few in tests, so that every character and quote comes to stand on an edge.
const CHUNK: usize = if cfg!(test) { 17 } else { 128 * 1024 };

/// Bytes of the longest character of any encoding here.
const LONGEST_CHARACTER: usize = 4;

/// A reader that counts the bytes that came through it.
struct Counted {
    file: File,
    done: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.done.set(self.done.get() + count as u64);
        Ok(count)
    }
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Plain,
    Gzip,
    Zstd,
}

impl Compression {
    /// Tells by the first bytes of a file.
    pub(super) fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

/// Gives out the text of a file in chunks that never split a character.
pub(super) struct TextReader {
    path: PathBuf,
    bytes: Box<dyn Read>,
    compression: Compression,
    encoding: &'static Encoding,
    decoder: Decoder,
    raw: Box<[u8]>,
    raw_at: usize,
    raw_end: usize,
    ended: bool,
    text: Box<[u8]>,
    text_at: usize,
    text_end: usize,
    started: bool,
    finished: bool,
    line: u64,
    digest: Sha256,
}

impl TextReader {
    /// Begins to read a file that stands at its start.
    pub(super) fn new(
        path: &Path,
        file: File,
        done: Rc<Cell<u64>>,
        compression: Compression,
        encoding: TextEncoding,
    ) -> Result<Self, LoadError> {
        let counted = Counted { file, done };
        let bytes: Box<dyn Read> = match compression {
            Compression::Plain => Box::new(counted),
            Compression::Gzip => Box::new(MultiGzDecoder::new(counted)),
            Compression::Zstd => Box::new(
                zstd::Decoder::new(counted).map_err(|cause| LoadError::Damaged { path: path.to_owned(), cause })?,
            ),
        };
        let mut reader = Self {
            path: path.to_owned(),
            bytes,
            compression,
            encoding: UTF_8,
            decoder: UTF_8.new_decoder_without_bom_handling(),
            raw: vec![0; CHUNK].into(),
            raw_at: 0,
            raw_end: 0,
            ended: false,
            text: vec![0; CHUNK * 2].into(),
            text_at: 0,
            text_end: 0,
            started: false,
            finished: false,
            line: 1,
            digest: Sha256::new(),
        };
        while reader.raw_end < 3 && !reader.ended {
            reader.read_more()?;
        }
        reader.encoding = match reader.raw.get(..reader.raw_end).unwrap_or_default() {
            [0xef, 0xbb, 0xbf, ..] => UTF_8,
            [0xff, 0xfe, ..] => UTF_16LE,
            [0xfe, 0xff, ..] => UTF_16BE,
            _ => match encoding {
                TextEncoding::Utf8 => UTF_8,
                TextEncoding::Gb18030 => GB18030,
            },
        };
        reader.decoder = reader.encoding.new_decoder_without_bom_handling();
        Ok(reader)
    }

    /// The rest of the present chunk; empty only at the end of the text.
    pub(super) fn chunk(&mut self) -> Result<&[u8], LoadError> {
        while self.text_at >= self.text_end && !self.finished {
            self.decode()?;
        }
        Ok(self.text.get(self.text_at..self.text_end).unwrap_or_default())
    }

    /// Marks the first bytes of the chunk as read.
    pub(super) fn consume(&mut self, count: usize) {
        self.text_at += count;
    }

    /// The SHA-256 of the whole text in UTF-8, without its byte order mark; reads what is left of it, and calls `tell` on the way.
    pub(super) fn digest(mut self, mut tell: impl FnMut()) -> Result<String, LoadError> {
        loop {
            let count = self.chunk()?.len();
            if count == 0 {
                return Ok(super::hex(&self.digest.finalize()));
            }
            self.consume(count);
            tell();
        }
    }

    fn read_more(&mut self) -> Result<(), LoadError> {
        let free = self.raw.get_mut(self.raw_end..).unwrap_or_default();
        let count = loop {
            match self.bytes.read(free) {
                Ok(count) => break count,
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => {
                    let path = self.path.clone();
                    return Err(match self.compression {
                        Compression::Plain => LoadError::Unreadable { path, cause },
                        Compression::Gzip | Compression::Zstd => LoadError::Damaged { path, cause },
                    });
                }
            }
        };
        self.raw_end += count;
        self.ended = count == 0;
        Ok(())
    }

    fn decode(&mut self) -> Result<(), LoadError> {
        if self.raw_at == self.raw_end && !self.ended {
            // The last bytes stay before the new ones: a wrong character may have begun there.
            let kept = self.raw_end.min(LONGEST_CHARACTER);
            self.raw.copy_within(self.raw_end - kept..self.raw_end, 0);
            (self.raw_at, self.raw_end) = (kept, kept);
            self.read_more()?;
        }
        let raw = self.raw.get(self.raw_at..self.raw_end).unwrap_or_default();
        let (result, taken, written) = self.decoder.decode_to_utf8_without_replacement(raw, &mut self.text, self.ended);
        self.raw_at += taken;
        (self.text_at, self.text_end) = (0, written);
        let text = self.text.get(..written).unwrap_or_default();
        if let DecoderResult::Malformed(length, after) = result {
            let line = self.line + newlines(text);
            let end = self.raw_at.saturating_sub(usize::from(after));
            let bad = self.raw.get(end.saturating_sub(usize::from(length))..end).unwrap_or_default();
            return Err(self.bad_encoding(line, bad));
        }
        self.finished = self.ended && result == DecoderResult::InputEmpty;
        if !self.started && written > 0 {
            self.started = true;
            if text.starts_with("\u{feff}".as_bytes()) {
                self.text_at = 3;
            }
        }
        let text = self.text.get(self.text_at..self.text_end).unwrap_or_default();
        self.line += newlines(text);
        self.digest.update(text);
        Ok(())
    }

    fn bad_encoding(&self, line: u64, bytes: &[u8]) -> LoadError {
        let (encoding, help) = if self.encoding == UTF_8 {
            ("UTF-8", "if the file comes from a Chinese Excel, set `encoding = \"gb18030\"` under `[file]` in the map")
        } else if self.encoding == GB18030 {
            ("GB18030", "set `encoding = \"utf-8\"` under `[file]` in the map, or correct the line")
        } else {
            ("UTF-16", "the byte order mark says UTF-16, the rest does not: save the file again as UTF-8")
        };
        let bytes = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
        LoadError::BadEncoding { path: self.path.clone(), line, bytes, encoding, help }
    }
}

fn newlines(text: &[u8]) -> u64 {
    text.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(bytes: &[u8], encoding: TextEncoding) -> Result<(String, String), LoadError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let open = || {
            let mut file = file.try_clone().unwrap();
            io::Seek::rewind(&mut file).unwrap();
            TextReader::new(Path::new("t.csv"), file, Rc::default(), Compression::of(bytes), encoding)
        };
        let mut reader = open()?;
        let mut text = Vec::new();
        loop {
            let chunk = reader.chunk()?;
            let count = chunk.len();
            text.extend_from_slice(chunk);
            reader.consume(count);
            if count == 0 {
                return Ok((String::from_utf8(text).unwrap(), open()?.digest(|| ())?));
            }
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_same_text_has_the_same_digest_however_it_is_packed() {
        use TextEncoding::{Gb18030, Utf8};
        let text = "类型,金额\n销售,¥1\n".repeat(20_000);
        let (gb, _, _) = GB18030.encode(&text);
        let wide = |mark: [u8; 2], swap: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain(text.encode_utf16().flat_map(swap)).collect::<Vec<u8>>()
        };
        let mut joined = gzip(&text.as_bytes()[..1000]);
        joined.extend(gzip(&text.as_bytes()[1000..]));
        let expected = super::super::hex(&Sha256::digest(text.as_bytes()));
        for (name, bytes, encoding) in [
            ("plain", text.clone().into_bytes(), Utf8),
            ("mark", format!("\u{feff}{text}").into_bytes(), Utf8),
            ("mark against the map", format!("\u{feff}{text}").into_bytes(), Gb18030),
            ("gb18030", gb.to_vec(), Gb18030),
            ("utf-16le", wide([0xff, 0xfe], u16::to_le_bytes), Utf8),
            ("utf-16be", wide([0xfe, 0xff], u16::to_be_bytes), Utf8),
            ("gzip", gzip(text.as_bytes()), Utf8),
            ("gzip in two members", joined, Utf8),
            ("zstd", zstd::encode_all(text.as_bytes(), 1).unwrap(), Utf8),
            ("gb18030 in zstd", zstd::encode_all(&*gb, 1).unwrap(), Gb18030),
        ] {
            let (found, digest) = read(&bytes, encoding).unwrap();
            assert!(found == text, "{name}");
            assert_eq!(digest, expected, "{name}");
        }
    }

    #[test]
    fn short_texts_come_through() {
        for text in ["", "a", "ab", "é", "\u{feff}"] {
            assert_eq!(read(text.as_bytes(), TextEncoding::Utf8).unwrap().0, text.trim_start_matches('\u{feff}'));
        }
    }

    #[test]
    fn a_wrong_byte_is_told_with_its_line() {
        let long = format!("{}\nb\u{0}", "x\n".repeat(100_000)).replace('\u{0}', "\u{e9}");
        let mut latin: Vec<u8> = long.bytes().filter(|byte| *byte != 0xc3).collect();
        *latin.last_mut().unwrap() = 0xe9;
        for (bytes, encoding, expected) in [
            (&b"a\nb\n\xb9\xfa\n"[..], TextEncoding::Utf8, "line 3 of `t.csv` has the bytes b9, which are not UTF-8"),
            (b"a\nb\n\xb9", TextEncoding::Gb18030, "line 3 of `t.csv` has the bytes b9, which are not GB18030"),
            (b"\xff\xfea\0\n\0b", TextEncoding::Utf8, "line 2 of `t.csv` has the bytes 62, which are not UTF-16"),
            (&latin, TextEncoding::Utf8, "line 100002 of `t.csv` has the bytes e9, which are not UTF-8"),
        ] {
            let error = read(bytes, encoding).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn a_cut_archive_is_damaged() {
        let text = "a,b\n1,2\n".repeat(10_000);
        let zipped = gzip(text.as_bytes());
        let packed = zstd::encode_all(text.as_bytes(), 1).unwrap();
        for cut in [&zipped[..zipped.len() / 2], &packed[..packed.len() / 2]] {
            let error = read(cut, TextEncoding::Utf8).unwrap_err();
            assert!(matches!(error, LoadError::Damaged { .. }), "{error}");
        }
    }
}
