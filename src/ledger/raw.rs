//! A value as a database gives it, before anything is known of the contract.
//!
//! Not here: what it means for a column (`ledger::decode`).

use crate::period::SECONDS_A_DAY;

/// A value as a database gives it.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) enum Raw<'a> {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// A decimal number: `mantissa` divided by ten to the power of `places`.
    Decimal {
        /// Its digits.
        mantissa: i64,
        /// How many of them stand behind the point.
        places: u8,
    },
    /// Words.
    Text(&'a str),
    /// Yes or no.
    Flag(bool),
    /// Days since 1970-01-01.
    Day(i32),
    /// Seconds since 1970 of a date and time that names no zone: local.
    Local(i64),
    /// Seconds since 1970 of an instant, in UTC.
    Utc(i64),
    /// A UUID.
    Uuid([u8; 16]),
    /// Something no column of the contract can hold.
    Other(&'static str),
}

impl Raw<'_> {
    /// What the value is, in messages.
    pub(in crate::ledger) fn describe(self) -> String {
        match self {
            Raw::Null => "empty".to_owned(),
            Raw::Integer(value) => format!("the whole number {value}"),
            Raw::Real(value) => format!("the floating-point number {value:?}"),
            Raw::Decimal { mantissa, places } => format!("the number {}", decimal_text(mantissa, places)),
            Raw::Text(text) => {
                format!("the text `{}`", text.chars().take(60).flat_map(char::escape_debug).collect::<String>())
            }
            Raw::Flag(value) => format!("the flag {value}"),
            Raw::Day(day) => format!("the day {}", day_text(i64::from(day) * SECONDS_A_DAY)),
            Raw::Local(at) => format!("the local time {}", instant_text(at)),
            Raw::Utc(at) => format!("the time {} UTC", instant_text(at)),
            Raw::Uuid(bytes) => format!("the UUID {}", uuid_text(bytes)),
            Raw::Other(what) => what.to_owned(),
        }
    }

    /// The value as a key is shown in messages.
    pub(in crate::ledger) fn as_key(self) -> String {
        match self {
            Raw::Null | Raw::Other(_) => format!("({})", self.plain()),
            Raw::Text(text) => format!("`{}`", text.escape_debug()),
            Raw::Integer(_)
            | Raw::Real(_)
            | Raw::Decimal { .. }
            | Raw::Flag(_)
            | Raw::Day(_)
            | Raw::Local(_)
            | Raw::Utc(_)
            | Raw::Uuid(_) => format!("`{}`", self.plain()),
        }
    }

    /// The value as text.
    pub(in crate::ledger) fn plain(self) -> String {
        match self {
            Raw::Null => "empty".to_owned(),
            Raw::Integer(value) => value.to_string(),
            Raw::Real(value) => format!("{value:?}"),
            Raw::Decimal { mantissa, places } => decimal_text(mantissa, places),
            Raw::Text(text) => text.to_owned(),
            Raw::Flag(value) => value.to_string(),
            Raw::Day(day) => day_text(i64::from(day) * SECONDS_A_DAY),
            Raw::Local(at) | Raw::Utc(at) => instant_text(at),
            Raw::Uuid(bytes) => uuid_text(bytes),
            Raw::Other(what) => what.to_owned(),
        }
    }
}

fn decimal_text(mantissa: i64, places: u8) -> String {
    let places = usize::from(places);
    let digits = format!("{:0width$}", mantissa.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if mantissa < 0 { "-" } else { "" };
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn instant_text(seconds: i64) -> String {
    let at = chrono::DateTime::from_timestamp(seconds, 0);
    at.map_or_else(|| seconds.to_string(), |at| at.format("%Y-%m-%d %H:%M:%S").to_string())
}

fn day_text(seconds: i64) -> String {
    instant_text(seconds).split(' ').next().unwrap_or_default().to_owned()
}

fn uuid_text(bytes: [u8; 16]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default().concat();
    [part(0..4), part(4..6), part(6..8), part(8..10), part(10..16)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_as_a_person_would_write_them() {
        for (raw, told) in [
            (Raw::Null, "(empty)"),
            (Raw::Decimal { mantissa: -5, places: 2 }, "`-0.05`"),
            (Raw::Decimal { mantissa: 1200, places: 0 }, "`1200`"),
            (Raw::Text("a\nb"), "`a\\nb`"),
            (Raw::Day(1), "`1970-01-02`"),
            (Raw::Local(86_399), "`1970-01-01 23:59:59`"),
            (Raw::Uuid([0xab; 16]), "`abababab-abab-abab-abab-abababababab`"),
            (Raw::Other("a blob"), "(a blob)"),
        ] {
            assert_eq!(raw.as_key(), told);
        }
    }
}
