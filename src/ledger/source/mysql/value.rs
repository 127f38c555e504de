//! One value of a prepared statement's row, as the server sent it → a raw value.
//!
//! Invariants: nothing is rounded and nothing is guessed: what has no exact counterpart is told as what it is.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use sqlx::{
    Column, Decode, MySql, Row as _, Type, TypeInfo,
    mysql::{MySqlRow, MySqlTypeInfo},
};

use crate::{
    ledger::{raw::Raw, source::Row},
    period::{SECONDS_A_DAY, day_number},
};

/// A row, and how its columns are read.
pub(super) struct MySqlRead<'r> {
    /// The row.
    pub(super) row: &'r MySqlRow,
    /// What each column is.
    pub(super) kinds: &'r [Kind],
    /// Seconds by which the session's zone is ahead of UTC.
    pub(super) offset: i64,
}

/// How a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Signed,
    Unsigned,
    /// Bits, the highest first.
    Bits,
    Decimal,
    Single,
    Double,
    Text,
    Day,
    /// A date and time as it was written, without a zone.
    Local,
    /// An instant, in the zone of the session: UTC.
    Utc,
    /// Something no column of the contract can hold.
    Other(&'static str),
}

/// How the columns of a row are read.
pub(super) fn kinds(row: &MySqlRow) -> Vec<Kind> {
    row.columns().iter().map(|column| kind(column.type_info())).collect()
}

fn kind(column: &MySqlTypeInfo) -> Kind {
    match column.name() {
        "BIT" => Kind::Bits,
        "YEAR" => Kind::Unsigned,
        "DECIMAL" => Kind::Decimal,
        "FLOAT" => Kind::Single,
        "DOUBLE" => Kind::Double,
        "DATE" => Kind::Day,
        "DATETIME" => Kind::Local,
        "TIMESTAMP" => Kind::Utc,
        "TIME" => Kind::Other("a time of day"),
        "JSON" => Kind::Other("a JSON value"),
        "GEOMETRY" => Kind::Other("a geometry"),
        _ if <u64 as Type<MySql>>::compatible(column) => Kind::Unsigned,
        _ if <i64 as Type<MySql>>::compatible(column) => Kind::Signed,
        _ if <str as Type<MySql>>::compatible(column) => Kind::Text,
        _ => Kind::Other("a binary value"),
    }
}

impl Row for MySqlRead<'_> {
    fn raw(&self, at: usize) -> Raw<'_> {
        let Some(kind) = self.kinds.get(at) else { return Raw::Null };
        // Asked for an `Option`, sqlx takes zero dates for nulls.
        match self.row.try_get_raw(at).map(<&[u8] as Decode<MySql>>::decode) {
            Ok(Ok(bytes)) => {
                let value = raw(*kind, bytes);
                if let Raw::Utc(at) = value { Raw::Utc(at - self.offset) } else { value }
            }
            Ok(Err(_)) | Err(_) => Raw::Null,
        }
    }
}

fn raw(kind: Kind, bytes: &[u8]) -> Raw<'_> {
    match kind {
        Kind::Signed => signed(bytes).map_or(Raw::Other("a whole number that cannot be read"), Raw::Integer),
        Kind::Unsigned => unsigned(bytes.iter().rev()),
        Kind::Bits => unsigned(bytes.iter()),
        Kind::Decimal => decimal(bytes),
        Kind::Single => <[u8; 4]>::try_from(bytes).map_or(Raw::Other("a number that cannot be read"), |bytes| {
            Raw::Real(f64::from(f32::from_le_bytes(bytes)))
        }),
        Kind::Double => <[u8; 8]>::try_from(bytes)
            .map_or(Raw::Other("a number that cannot be read"), |bytes| Raw::Real(f64::from_le_bytes(bytes))),
        Kind::Text => std::str::from_utf8(bytes).map_or(Raw::Other("text that is not UTF-8"), Raw::Text),
        Kind::Day => match moment(bytes) {
            Ok(at) => Raw::Day(day_number(at.date())),
            Err(what) => Raw::Other(what),
        },
        Kind::Local | Kind::Utc => match moment(bytes) {
            Ok(at) if kind == Kind::Utc => Raw::Utc(seconds(at)),
            Ok(at) => Raw::Local(seconds(at)),
            Err(what) => Raw::Other(what),
        },
        Kind::Other(what) => Raw::Other(what),
    }
}

fn signed(bytes: &[u8]) -> Option<i64> {
    match *bytes {
        [byte] => Some(i64::from(i8::from_le_bytes([byte]))),
        [a, b] => Some(i64::from(i16::from_le_bytes([a, b]))),
        [a, b, c, d] => Some(i64::from(i32::from_le_bytes([a, b, c, d]))),
        _ => <[u8; 8]>::try_from(bytes).ok().map(i64::from_le_bytes),
    }
}

/// A number whose bytes come highest first.
fn unsigned<'b>(bytes: impl Iterator<Item = &'b u8>) -> Raw<'b> {
    let value = bytes.fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    i64::try_from(value).map_or(Raw::Other("a whole number above 9,223,372,036,854,775,807"), Raw::Integer)
}

/// A decimal number as the server writes it; zeros at the end of its fraction that do not fit are left out.
fn decimal(bytes: &[u8]) -> Raw<'_> {
    let (negative, digits) = match bytes.split_first() {
        Some((b'-', digits)) => (true, digits),
        _ => (false, bytes),
    };
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, mut fraction) = match point {
        Some(at) => (digits.get(..at).unwrap_or_default(), digits.get(at + 1..).unwrap_or_default()),
        None => (digits, &[][..]),
    };
    loop {
        if let Some(mantissa) = mantissa(whole, fraction, negative) {
            return match u8::try_from(fraction.len()) {
                Ok(places) => Raw::Decimal { mantissa, places },
                Err(_) => Raw::Other("a number with too many decimal places"),
            };
        }
        match fraction.split_last() {
            Some((b'0', shorter)) => fraction = shorter,
            _ => return Raw::Other("a number with more digits than 64 bits hold"),
        }
    }
}

fn mantissa(whole: &[u8], fraction: &[u8], negative: bool) -> Option<i64> {
    whole.iter().chain(fraction).try_fold(0_i64, |value, byte| {
        let digit = i64::from(byte.checked_sub(b'0').filter(|digit| *digit < 10)?);
        value.checked_mul(10)?.checked_add(if negative { -digit } else { digit })
    })
}

/// The date and time of a value whose first byte says how many follow; or what stands there instead.
fn moment(bytes: &[u8]) -> Result<NaiveDateTime, &'static str> {
    let Some((_, parts)) = bytes.split_first() else { return Err("a date that cannot be read") };
    let [low, high, month, day, ..] = *parts else { return Err("the zero date 0000-00-00") };
    let (hour, minute, second) = match *parts {
        [_, _, _, _, hour, minute, second, ..] => (hour, minute, second),
        _ => (0, 0, 0),
    };
    let year = u16::from_le_bytes([low, high]);
    if year == 0 && month == 0 && day == 0 {
        return Err("the zero date 0000-00-00");
    }
    if month == 0 || day == 0 {
        return Err("a date without a month or a day");
    }
    let date = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
    let time = NaiveTime::from_hms_opt(u32::from(hour), u32::from(minute), u32::from(second));
    date.zip(time).map(|(date, time)| date.and_time(time)).ok_or("a date that is not in the calendar")
}

/// Seconds since 1970; a part of a second is left out.
fn seconds(at: NaiveDateTime) -> i64 {
    let midnight = i64::from(day_number(at.date())) * SECONDS_A_DAY;
    let time = at.time();
    midnight + i64::from(chrono::Timelike::num_seconds_from_midnight(&time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: Kind, bytes: &[u8]) -> String {
        raw(kind, bytes).describe()
    }

    #[test]
    fn whole_numbers_keep_their_sign_and_their_width() {
        for (bytes, expected) in [
            (&[0x80_u8][..], i64::from(i8::MIN)),
            (&[0xff, 0x7f], i64::from(i16::MAX)),
            (&[0, 0, 0, 0x80], i64::from(i32::MIN)),
            (&i64::MIN.to_le_bytes(), i64::MIN),
            (&i64::MAX.to_le_bytes(), i64::MAX),
        ] {
            assert_eq!(told(Kind::Signed, bytes), format!("the whole number {expected}"));
        }
        assert_eq!(told(Kind::Unsigned, &[0xff]), "the whole number 255");
        assert_eq!(told(Kind::Unsigned, &[0, 1]), "the whole number 256");
        assert_eq!(told(Kind::Unsigned, &i64::MAX.to_le_bytes()), format!("the whole number {}", i64::MAX));
        assert!(told(Kind::Unsigned, &u64::MAX.to_le_bytes()).starts_with("a whole number above"));
        assert_eq!(told(Kind::Bits, &[1, 0]), "the whole number 256");
    }

    #[test]
    fn decimals_are_exact_or_told() {
        for (text, mantissa, places) in [
            ("0", 0, 0),
            ("-0.05", -5, 2),
            ("12.30", 1230, 2),
            ("000012.30", 1230, 2),
            ("9223372036854775807", i64::MAX, 0),
            ("-92233720368547758.08", i64::MIN, 2),
            ("123456789012.340000000000000000", 1_234_567_890_123_400_000, 7),
            ("0.00000000000000000000000000000000000001", 1, 38),
        ] {
            let Raw::Decimal { mantissa: found, places: shown } = decimal(text.as_bytes()) else { panic!("{text}") };
            assert_eq!((found, shown), (mantissa, places), "{text}");
        }
        for text in
            ["9223372036854775808", "92233720368547758.081", "12345678901234567890123456789012345678", "NaN", "1e5"]
        {
            assert!(matches!(decimal(text.as_bytes()), Raw::Other(_)), "{text}");
        }
    }

    #[test]
    fn dates_are_in_the_calendar_or_told() {
        assert_eq!(told(Kind::Day, &[4, 0xea, 0x07, 10, 31]), "the day 2026-10-31");
        assert_eq!(told(Kind::Day, &[4, 0, 0, 1, 1]), "the day 0000-01-01");
        assert_eq!(told(Kind::Local, &[4, 0xea, 0x07, 10, 31]), "the local time 2026-10-31 00:00:00");
        assert_eq!(told(Kind::Utc, &[7, 0xb1, 0x07, 12, 31, 23, 59, 59]), "the time 1969-12-31 23:59:59 UTC");
        assert_eq!(
            told(Kind::Local, &[11, 0xb1, 0x07, 12, 31, 23, 59, 59, 1, 0, 0, 0]),
            "the local time 1969-12-31 23:59:59"
        );
        for (bytes, what) in [
            (&[0_u8][..], "the zero date 0000-00-00"),
            (&[4, 0, 0, 0, 0], "the zero date 0000-00-00"),
            (&[4, 0xea, 0x07, 0, 0], "a date without a month or a day"),
            (&[4, 0xea, 0x07, 2, 30], "a date that is not in the calendar"),
        ] {
            assert_eq!(told(Kind::Day, bytes), what);
            assert_eq!(told(Kind::Local, bytes), what);
        }
    }
}
