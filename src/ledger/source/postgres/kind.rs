//! What PostgreSQL's types are to a ledger, and how their binary form is read.

use sqlx::{
    TypeInfo,
    postgres::{PgTypeInfo, PgTypeKind},
};

use crate::{
    ledger::{raw::Raw, source::postgres::numeric::numeric},
    period::SECONDS_A_DAY,
};

/// 2000-01-01, from which PostgreSQL counts, in days since 1970-01-01.
const EPOCH_DAY: i32 = 10_957;
const EPOCH: i64 = EPOCH_DAY as i64 * SECONDS_A_DAY;
const MICROSECONDS: i64 = 1_000_000;

/// How the fields of a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum Kind {
    SmallInteger,
    Integer,
    BigInteger,
    Identifier,
    Numeric,
    Real,
    Double,
    Text,
    /// Filled up with blanks that mean nothing.
    Padded,
    Flag,
    Day,
    Local,
    Utc,
    Uuid,
    /// Nothing a ledger can hold.
    Other(&'static str),
}

impl Kind {
    /// How fields of a type are read: a domain's as those of the type that it narrows.
    pub(in crate::ledger) fn of(kind: &PgTypeInfo) -> Self {
        match kind.kind() {
            PgTypeKind::Domain(base) => Self::of(base),
            PgTypeKind::Enum(_) => Self::Text,
            PgTypeKind::Array(_) => Self::Other("an array"),
            PgTypeKind::Range(_) => Self::Other("a range"),
            PgTypeKind::Composite(_) => Self::Other("a record"),
            PgTypeKind::Simple | PgTypeKind::Pseudo => Self::named(kind),
        }
    }

    fn named(kind: &PgTypeInfo) -> Self {
        match kind.name().to_ascii_lowercase().as_str() {
            "int2" => Self::SmallInteger,
            "int4" => Self::Integer,
            "int8" => Self::BigInteger,
            "oid" => Self::Identifier,
            "numeric" => Self::Numeric,
            "float4" => Self::Real,
            "float8" => Self::Double,
            "text" | "varchar" | "name" | "\"char\"" | "citext" | "unknown" => Self::Text,
            "char" | "bpchar" => Self::Padded,
            "bool" => Self::Flag,
            "date" => Self::Day,
            "timestamp" => Self::Local,
            "timestamptz" => Self::Utc,
            "uuid" => Self::Uuid,
            "money" => Self::Other("of type money: cast it to numeric in a query"),
            "json" | "jsonb" => Self::Other("a JSON value"),
            "bytea" => Self::Other("a string of bytes"),
            "interval" => Self::Other("an interval"),
            "time" | "timetz" => Self::Other("a time of day without a date"),
            _ => Self::Other("of a type that fenji does not read: cast it to text, numeric or timestamp in a query"),
        }
    }

    /// The value of a field.
    pub(in crate::ledger) fn raw(self, bytes: &[u8]) -> Raw<'_> {
        let read = match self {
            Self::SmallInteger => fixed(bytes).map(|bytes| Raw::Integer(i16::from_be_bytes(bytes).into())),
            Self::Integer => fixed(bytes).map(|bytes| Raw::Integer(i32::from_be_bytes(bytes).into())),
            Self::BigInteger => fixed(bytes).map(|bytes| Raw::Integer(i64::from_be_bytes(bytes))),
            Self::Identifier => fixed(bytes).map(|bytes| Raw::Integer(u32::from_be_bytes(bytes).into())),
            Self::Numeric => numeric(bytes),
            Self::Real => fixed(bytes).map(|bytes| Raw::Real(f32::from_be_bytes(bytes).into())),
            Self::Double => fixed(bytes).map(|bytes| Raw::Real(f64::from_be_bytes(bytes))),
            Self::Text => Some(text(bytes)),
            Self::Padded => {
                Some(std::str::from_utf8(bytes).map_or(NOT_TEXT, |padded| Raw::Text(padded.trim_end_matches(' '))))
            }
            Self::Flag => fixed(bytes).map(|[byte]: [u8; 1]| Raw::Flag(byte != 0)),
            Self::Day => fixed(bytes).map(|bytes| day(i32::from_be_bytes(bytes))),
            Self::Local => {
                fixed(bytes).map(|bytes| seconds(i64::from_be_bytes(bytes)).map_or_else(identity, Raw::Local))
            }
            Self::Utc => fixed(bytes).map(|bytes| seconds(i64::from_be_bytes(bytes)).map_or_else(identity, Raw::Utc)),
            Self::Uuid => fixed(bytes).map(Raw::Uuid),
            Self::Other(what) => Some(Raw::Other(what)),
        };
        read.unwrap_or(Raw::Other("in a form that fenji does not know"))
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn text(bytes: &[u8]) -> Raw<'_> {
    std::str::from_utf8(bytes).map_or(NOT_TEXT, Raw::Text)
}

const NOT_TEXT: Raw<'static> = Raw::Other("text that is not UTF-8");

const INFINITY: &str = "infinity";
const MINUS_INFINITY: &str = "minus infinity";

fn day(days: i32) -> Raw<'static> {
    match days {
        i32::MAX => Raw::Other(INFINITY),
        i32::MIN => Raw::Other(MINUS_INFINITY),
        days => days.checked_add(EPOCH_DAY).map_or(Raw::Other(INFINITY), Raw::Day),
    }
}

/// Seconds since 1970, without the part of a second.
fn seconds(microseconds: i64) -> Result<i64, &'static str> {
    match microseconds {
        i64::MAX => Err(INFINITY),
        i64::MIN => Err(MINUS_INFINITY),
        finite => Ok(finite.div_euclid(MICROSECONDS) + EPOCH),
    }
}

fn identity<'a>(what: &'static str) -> Raw<'a> {
    Raw::Other(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_by_their_type() {
        for (kind, bytes, told) in [
            (Kind::SmallInteger, &[0xff, 0xfe][..], "-2"),
            (Kind::Integer, &[0, 0, 1, 0], "256"),
            (Kind::BigInteger, &[0x80, 0, 0, 0, 0, 0, 0, 0], "-9223372036854775808"),
            (Kind::Identifier, &[0xff; 4], "4294967295"),
            (Kind::Real, &[0x3f, 0xc0, 0, 0], "1.5"),
            (Kind::Double, &[0x3f, 0xf8, 0, 0, 0, 0, 0, 0], "1.5"),
            (Kind::Text, "中 ".as_bytes(), "中 "),
            (Kind::Text, &[0xff], "text that is not UTF-8"),
            (Kind::Padded, b"ab\n  ", "ab\n"),
            (Kind::Flag, &[1], "true"),
            (Kind::Flag, &[0], "false"),
            (Kind::Day, &[0, 0, 0, 0], "2000-01-01"),
            (Kind::Day, &[0xff; 4], "1999-12-31"),
            (Kind::Day, &[0x7f, 0xff, 0xff, 0xff], "infinity"),
            (Kind::Day, &[0x80, 0, 0, 0], "minus infinity"),
            (Kind::Day, &[0x7f, 0xff, 0xff, 0xfe], "infinity"),
            (Kind::Local, &[0; 8], "2000-01-01 00:00:00"),
            (Kind::Utc, &[0xff; 8], "1999-12-31 23:59:59"),
            (Kind::Utc, &[0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "infinity"),
            (Kind::Local, &[0x80, 0, 0, 0, 0, 0, 0, 0], "minus infinity"),
            (Kind::Uuid, &[0xab; 16], "abababab-abab-abab-abab-abababababab"),
            (Kind::Integer, &[1], "in a form that fenji does not know"),
            (Kind::Other("an array"), &[1], "an array"),
        ] {
            assert_eq!(kind.raw(bytes).plain(), told, "{kind:?} {bytes:?}");
        }
    }
}
