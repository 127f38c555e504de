//! Reads a Parquet file as rows of texts, one row group at a time.
//!
//! Invariants: a value becomes the text that means the same (a float the shortest decimal that reads back as that float, a day
//! `2026-10-31`, a time `2026-10-31 18:05:09`, with `+00:00` when the file says that it is a moment in UTC), so that maps and checks are the same
//! for every format; a column whose type has no such text is told by name. Memory grows with the largest row group, not with the file.
//! Known limit: the reader believes the counts inside a file's pages, so a file damaged there can end the process for want of memory; the
//! transaction of the load is rolled back then like after any crash.

use std::{
    fmt::Write as _,
    fs::File,
    io::{Read, Seek},
    path::{Path, PathBuf},
};

use chrono::DateTime;
use polars::prelude::{
    AnyValue, ArrowDataType, DataFrame, FileMetadataRef, ParquetReader, PolarsResult, SerReader, TimeUnit,
};
use sha2::{Digest, Sha256};

use super::Row;
use crate::{ledger::load::LoadError, money::plain, period::day_from_number};

/// The rows of one file.
pub(super) struct ParquetRows {
    path: PathBuf,
    file: File,
    metadata: FileMetadataRef,
    header: Vec<String>,
    /// What is put behind the moments of each column: the file's schema knows its zone, the values do not.
    marks: Vec<&'static str>,
    unreadable: Vec<(String, String)>,
    /// The first row and the number of rows of the row groups still to be read, in reverse.
    groups: Vec<(usize, usize)>,
    rows: u64,
    frame: DataFrame,
    at: usize,
    given: u64,
}

impl ParquetRows {
    /// Reads the description of a file.
    pub(super) fn open(path: &Path, file: &File) -> Result<Self, LoadError> {
        let file = file.try_clone().map_err(|cause| LoadError::Unreadable { path: path.to_owned(), cause })?;
        let (metadata, fields) = guarded(path, || {
            let mut reader = ParquetReader::new(file.try_clone()?);
            let schema = reader.schema()?;
            let fields: Vec<_> =
                schema.iter_values().map(|field| (field.name.to_string(), field.dtype.clone())).collect();
            Ok((reader.get_metadata()?.clone(), fields))
        })?;
        let mut groups = Vec::new();
        let mut first = 0;
        for group in &metadata.row_groups {
            groups.push((first, group.num_rows()));
            first += group.num_rows();
        }
        groups.reverse();
        let (readable, unreadable): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(_, kind)| has_text(kind));
        Ok(Self {
            path: path.to_owned(),
            file,
            metadata,
            marks: readable.iter().map(|(_, kind)| mark(kind)).collect(),
            header: readable.into_iter().map(|(name, _)| name).collect(),
            unreadable: unreadable.into_iter().map(|(name, kind)| (name, format!("{kind:?}"))).collect(),
            groups,
            rows: first as u64,
            frame: DataFrame::empty(),
            at: 0,
            given: 0,
        })
    }

    /// The columns that can be read.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// The columns that cannot, with their types.
    pub(super) fn unreadable(&self) -> &[(String, String)] {
        &self.unreadable
    }

    /// The SHA-256 of the file.
    pub(super) fn digest(&self) -> Result<String, LoadError> {
        let unreadable = |cause| LoadError::Unreadable { path: self.path.clone(), cause };
        let mut file = self.file.try_clone().map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let count = file.read(&mut buffer).map_err(unreadable)?;
            if count == 0 {
                return Ok(super::hex(&digest.finalize()));
            }
            digest.update(buffer.get(..count).unwrap_or_default());
        }
    }

    /// The part of the file's bytes that stands for the rows given out.
    pub(super) fn bytes_done(&self, bytes_total: u64) -> u64 {
        let part = u128::from(bytes_total) * u128::from(self.given);
        part.checked_div(u128::from(self.rows)).and_then(|done| u64::try_from(done).ok()).unwrap_or(bytes_total)
    }

    /// Reads the next row; `false` at the end.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, LoadError> {
        while self.at >= self.frame.height() {
            let Some(group) = self.groups.pop() else { return Ok(false) };
            self.frame = self.read(group)?;
            self.at = 0;
        }
        row.clear();
        let mut text = String::new();
        for (column, mark) in self.frame.columns().iter().zip(&self.marks) {
            text.clear();
            let value = column.get(self.at).map_err(|error| self.damaged(&error.to_string()))?;
            if !write_text(&mut text, &value, mark) {
                return Err(self.damaged(&format!(
                    "`{}` has a value that is no {} ({value:?})",
                    column.name(),
                    column.dtype()
                )));
            }
            row.text.extend_from_slice(text.as_bytes());
            row.end_field();
        }
        self.at += 1;
        self.given += 1;
        (row.line, row.last_line) = (self.given, self.given);
        Ok(true)
    }

    fn read(&self, group: (usize, usize)) -> Result<DataFrame, LoadError> {
        guarded(&self.path, || {
            let mut reader = ParquetReader::new(self.file.try_clone()?)
                .with_columns(Some(self.header.clone()))
                .with_slice(Some(group))
                .set_rechunk(true);
            reader.set_metadata(FileMetadataRef::clone(&self.metadata));
            reader.finish()
        })
    }

    fn damaged(&self, cause: &str) -> LoadError {
        LoadError::Parquet { path: self.path.clone(), cause: cause.to_owned() }
    }
}

/// Runs the reader so that a damaged file is an error whatever the reader makes of it.
fn guarded<T>(path: &Path, read: impl FnOnce() -> PolarsResult<T>) -> Result<T, LoadError> {
    let failed = |cause: String| LoadError::Parquet { path: path.to_owned(), cause };
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(|error| failed(error.to_string())),
        Err(_) => Err(failed("the file contradicts itself".to_owned())),
    }
}

/// Whether every value of a type has a text.
fn has_text(kind: &ArrowDataType) -> bool {
    matches!(
        kind,
        ArrowDataType::Null
            | ArrowDataType::Boolean
            | ArrowDataType::Int8
            | ArrowDataType::Int16
            | ArrowDataType::UInt8
            | ArrowDataType::UInt16
            | ArrowDataType::Decimal(_, _)
            | ArrowDataType::Int32
            | ArrowDataType::Int64
            | ArrowDataType::UInt32
            | ArrowDataType::UInt64
            | ArrowDataType::Float32
            | ArrowDataType::Float64
            | ArrowDataType::Utf8
            | ArrowDataType::LargeUtf8
            | ArrowDataType::Utf8View
            | ArrowDataType::Date32
            | ArrowDataType::Timestamp(_, _)
    )
}

/// The distance from UTC that belongs behind the moments of a type.
fn mark(kind: &ArrowDataType) -> &'static str {
    if matches!(kind, ArrowDataType::Timestamp(_, Some(_))) { "+00:00" } else { "" }
}

/// Writes a value as text; `false` for a value of another type.
#[expect(clippy::wildcard_enum_match_arm, reason = "`has_text` lists the types that are read; every other is refused")]
fn write_text(text: &mut String, value: &AnyValue<'_>, mark: &str) -> bool {
    match value {
        AnyValue::Null => true,
        AnyValue::String(word) => {
            text.push_str(word);
            true
        }
        AnyValue::StringOwned(word) => {
            text.push_str(word);
            true
        }
        AnyValue::Boolean(flag) => write!(text, "{flag}").is_ok(),
        AnyValue::Int8(number) => write!(text, "{number}").is_ok(),
        AnyValue::Int16(number) => write!(text, "{number}").is_ok(),
        AnyValue::UInt8(number) => write!(text, "{number}").is_ok(),
        AnyValue::UInt16(number) => write!(text, "{number}").is_ok(),
        AnyValue::Decimal(units, _, places) => match u8::try_from(*places) {
            Ok(places) => write!(text, "{}", plain(*units, places)).is_ok(),
            Err(_) => false,
        },
        AnyValue::Int32(number) => write!(text, "{number}").is_ok(),
        AnyValue::Int64(number) => write!(text, "{number}").is_ok(),
        AnyValue::UInt32(number) => write!(text, "{number}").is_ok(),
        AnyValue::UInt64(number) => write!(text, "{number}").is_ok(),
        AnyValue::Float32(number) => write!(text, "{number}").is_ok(),
        AnyValue::Float64(number) => write!(text, "{number}").is_ok(),
        AnyValue::Date(number) => day_from_number(*number).is_some_and(|day| write!(text, "{day}").is_ok()),
        AnyValue::Datetime(ticks, unit, _) | AnyValue::DatetimeOwned(ticks, unit, _) => {
            write_moment(text, *ticks, *unit, mark)
        }
        _ => false,
    }
}

fn write_moment(text: &mut String, ticks: i64, unit: TimeUnit, mark: &str) -> bool {
    let moment = match unit {
        TimeUnit::Nanoseconds => Some(DateTime::from_timestamp_nanos(ticks)),
        TimeUnit::Microseconds => DateTime::from_timestamp_micros(ticks),
        TimeUnit::Milliseconds => DateTime::from_timestamp_millis(ticks),
    };
    moment.is_some_and(|moment| write!(text, "{}{mark}", moment.naive_utc()).is_ok())
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataType, IntoColumn, IntoSeries, NamedFrom, ParquetWriter, Series, TimeZone, df};

    use super::*;

    fn written(mut frame: DataFrame, rows_in_group: usize) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        ParquetWriter::new(file.reopen().unwrap()).with_row_group_size(Some(rows_in_group)).finish(&mut frame).unwrap();
        file
    }

    fn rows(file: &tempfile::NamedTempFile) -> Result<(Vec<String>, Vec<Vec<String>>), LoadError> {
        let mut rows = ParquetRows::open(Path::new("t.parquet"), &file.reopen().unwrap())?;
        let mut row = Row::default();
        let mut found = Vec::new();
        while rows.next(&mut row)? {
            row.check().unwrap();
            assert_eq!(row.line, found.len() as u64 + 1);
            found.push(row.fields().map(str::to_owned).collect());
        }
        assert_eq!(rows.bytes_done(1000), 1000);
        Ok((rows.header().to_vec(), found))
    }

    #[test]
    fn every_value_becomes_the_text_that_means_the_same() {
        let ticks = Series::new("t".into(), [1_323_432_600_000_000_i64, 1_323_432_600_250_000]);
        let mut frame = df!(
            "words" => [Some("销售"), None],
            "whole" => [17_850_i64, -1],
            "float" => [17_850.0_f64, 2.55],
            "small" => [0.1_f32, 1e-3],
            "flag" => [true, false],
        )
        .unwrap();
        let day = Series::new("day".into(), [15_317_i32, -1]).cast(&DataType::Date).unwrap();
        for series in [
            day,
            ticks.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap().with_name("local".into()),
            ticks
                .i64()
                .unwrap()
                .clone()
                .into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
                .into_series()
                .with_name("utc".into()),
        ] {
            frame.with_column(series.into_column()).unwrap();
        }
        let (header, found) = rows(&written(frame, 1)).unwrap();
        assert_eq!(header, ["words", "whole", "float", "small", "flag", "day", "local", "utc"]);
        let utc = ["2011-12-09 12:10:00+00:00", "2011-12-09 12:10:00.250+00:00"];
        assert_eq!(
            found,
            [
                ["销售", "17850", "17850", "0.1", "true", "2011-12-09", "2011-12-09 12:10:00", utc[0]],
                ["", "-1", "2.55", "0.001", "false", "1969-12-31", "2011-12-09 12:10:00.250", utc[1]],
            ]
        );
    }

    #[test]
    fn decimals_and_small_numbers_are_exact() {
        let small = |series: Series, kind: DataType, name: &str| {
            series.cast(&kind).unwrap().with_name(name.into()).into_column()
        };
        let mut frame = df!("d" => ["1234.56", "-0.05"]).unwrap();
        let decimal = frame.column("d").unwrap().cast(&DataType::Decimal(18, 2)).unwrap().with_name("money".into());
        frame.with_column(decimal).unwrap();
        for (kind, name) in
            [(DataType::Int8, "i8"), (DataType::Int16, "i16"), (DataType::UInt8, "u8"), (DataType::UInt16, "u16")]
        {
            frame.with_column(small(Series::new("n".into(), [7_i64, 100]), kind, name)).unwrap();
        }
        let (header, found) = rows(&written(frame, 10)).unwrap();
        assert_eq!(header, ["d", "money", "i8", "i16", "u8", "u16"]);
        assert_eq!(found, [["1234.56", "1234.56", "7", "7", "7", "7"], ["-0.05", "-0.05", "100", "100", "100", "100"]]);
    }

    #[test]
    fn reads_group_after_group_and_leaves_out_what_has_no_text() {
        let numbers: Vec<i64> = (0..1000).collect();
        let list = Series::new("list".into(), vec![Series::new("x".into(), [1_i64]); 1000]);
        let frame =
            DataFrame::new(1000, vec![Series::new("n".into(), &numbers).into_series().into(), list.into()]).unwrap();
        let file = written(frame, 300);
        let (header, found) = rows(&file).unwrap();
        assert_eq!(header, ["n"]);
        assert_eq!(found, numbers.iter().map(|number| vec![number.to_string()]).collect::<Vec<_>>());
        let opened = ParquetRows::open(Path::new("t.parquet"), &file.reopen().unwrap()).unwrap();
        assert_eq!(opened.unreadable()[0].0, "list");
    }

    #[test]
    fn garbage_is_an_error() {
        let sound = written(df!("a" => (0..2000_i64).collect::<Vec<_>>(), "b" => vec!["x"; 2000]).unwrap(), 500);
        let bytes = std::fs::read(sound.path()).unwrap();
        let damaged = |bytes: &[u8]| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            file
        };
        for bytes in [&b"PAR1"[..], b"PAR1 and nothing that follows PAR1", &bytes[..bytes.len() / 2]] {
            let error = rows(&damaged(bytes)).unwrap_err();
            assert!(error.to_string().starts_with("cannot read `t.parquet` as Parquet: "), "{error}");
        }
    }
}
