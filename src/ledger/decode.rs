//! One database value → one value of the contract's type, or a refusal.
//!
//! Invariants: nothing is guessed and nothing is rounded; a floating-point amount is refused. Not here: where values come from
//! (`ledger::source`), and the row they stand in (`ledger::snapshot`).

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use crate::{
    ledger::{
        batch::{MISSING, NO_DAY, Values},
        dictionary::{Dictionary, NOTHING},
        entity::ColumnType,
        mapping::{AmountUnit, ColumnMapping},
    },
    money::{Currency, Scale, parse_minor},
    period::{SECONDS_A_DAY, day_number},
};

/// Decimal places of a quantity: thousandths.
const QUANTITY_PLACES: u8 = 3;

/// A value as a database gives it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Raw<'a> {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Words.
    Text(&'a str),
    /// Something no column of the contract can hold.
    Other(&'static str),
}

impl Raw<'_> {
    fn describe(self) -> String {
        match self {
            Raw::Null => "empty".to_owned(),
            Raw::Integer(value) => format!("the whole number {value}"),
            Raw::Real(value) => format!("the floating-point number {value:?}"),
            Raw::Text(text) => {
                format!("the text `{}`", text.chars().take(60).flat_map(char::escape_debug).collect::<String>())
            }
            Raw::Other(what) => what.to_owned(),
        }
    }
}

/// Why a value was refused; the row is added by the caller.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Empty,
    Real(String),
    Type { found: String, help: String },
    TooMany,
}

/// Reads the values of one column.
#[derive(Debug)]
pub(super) struct Decoder<'m> {
    column: &'m ColumnMapping,
    scale: Scale,
    zone: Tz,
    last: (String, u32),
}

impl<'m> Decoder<'m> {
    pub(super) fn new(column: &'m ColumnMapping, currency: &Currency, zone: Tz) -> Self {
        Self { column, scale: currency.scale, zone, last: (String::new(), NOTHING) }
    }

    /// An empty column of the right kind.
    pub(super) fn values(&self) -> Values {
        match self.column.spec.kind {
            ColumnType::Key | ColumnType::Text | ColumnType::Choice(_) | ColumnType::Flag => Values::Codes(Vec::new()),
            ColumnType::Money | ColumnType::Quantity | ColumnType::Points | ColumnType::Instant => {
                Values::Numbers(Vec::new())
            }
            ColumnType::Day => Values::Days(Vec::new()),
        }
    }

    /// Reads one value into the column, and its canonical bytes into the fingerprint's buffer.
    pub(super) fn read(
        &mut self,
        raw: Raw<'_>,
        values: &mut Values,
        dictionary: &mut Dictionary,
        canonical: &mut Vec<u8>,
    ) -> Result<(), Refusal> {
        match values {
            Values::Codes(codes) => {
                let code = self.code(raw, dictionary)?;
                codes.push(code);
                let text = dictionary.text(code).unwrap_or_default();
                canonical.extend_from_slice(&text.len().to_le_bytes());
                canonical.extend_from_slice(text.as_bytes());
            }
            Values::Numbers(numbers) => {
                let number = self.number(raw)?;
                numbers.push(number);
                canonical.extend_from_slice(&number.to_le_bytes());
            }
            Values::Days(days) => {
                let day = self.day(raw)?;
                days.push(day);
                canonical.extend_from_slice(&day.to_le_bytes());
            }
        }
        Ok(())
    }

    fn empty<T>(&self, nothing: T) -> Result<T, Refusal> {
        if self.column.spec.required { Err(Refusal::Empty) } else { Ok(nothing) }
    }

    fn code(&mut self, raw: Raw<'_>, dictionary: &mut Dictionary) -> Result<u32, Refusal> {
        let number;
        let text = match (raw, self.column.spec.kind) {
            (Raw::Null | Raw::Text(""), _) => return self.empty(NOTHING),
            (Raw::Integer(value), ColumnType::Key | ColumnType::Flag | ColumnType::Choice(_)) => {
                number = value.to_string();
                number.as_str()
            }
            (Raw::Text(text), _) => text,
            (other, _) => return Err(wrong(other, "store it as text, or map a query that casts it")),
        };
        if self.last.1 != NOTHING && self.last.0 == text {
            return Ok(self.last.1);
        }
        let meaning = self.column.words.get(text).map_or(text, String::as_str);
        match self.column.spec.kind {
            ColumnType::Choice(known) if !known.contains(&meaning) => {
                let help = format!(
                    "known words are {}; translate others with `words` in `config/ledger.toml`",
                    crate::declaration::quoted(known)
                );
                return Err(wrong(Raw::Text(text), &help));
            }
            ColumnType::Flag if !matches!(meaning, "0" | "1") => return Err(wrong(raw, "a flag is 0 or 1")),
            ColumnType::Key
            | ColumnType::Text
            | ColumnType::Money
            | ColumnType::Quantity
            | ColumnType::Points
            | ColumnType::Day
            | ColumnType::Instant
            | ColumnType::Flag
            | ColumnType::Choice(_) => {}
        }
        let code = dictionary.intern(meaning).ok_or(Refusal::TooMany)?;
        self.last = (text.to_owned(), code);
        Ok(code)
    }

    fn number(&self, raw: Raw<'_>) -> Result<i64, Refusal> {
        let kind = self.column.spec.kind;
        if kind == ColumnType::Instant {
            return self.instant(raw).map(|at| at.unwrap_or(MISSING));
        }
        if kind == ColumnType::Points {
            return self.points(raw);
        }
        let quantity = Scale::new(QUANTITY_PLACES).unwrap_or(self.scale);
        let places = if kind == ColumnType::Quantity { quantity } else { self.scale };
        let minor = self.column.unit == AmountUnit::Minor;
        let whole = Scale::new(0).unwrap_or(places);
        let too_large = || wrong(raw, "the amount does not fit in 64 bits of minor units");
        let value = match raw {
            Raw::Null | Raw::Text("") => return self.empty(MISSING),
            Raw::Integer(value) if minor => value,
            Raw::Integer(value) => value.checked_mul(places.unit()).ok_or_else(too_large)?,
            Raw::Text(text) => parse_minor(text, if minor { whole } else { places }).map_err(|error| {
                wrong(raw, &miette::Diagnostic::help(&error).map_or(String::new(), |help| help.to_string()))
            })?,
            Raw::Real(value) => return Err(Refusal::Real(format!("{value:?}"))),
            Raw::Other(_) => return Err(wrong(raw, "store whole minor units as INTEGER or a decimal as TEXT")),
        };
        if value == MISSING { Err(too_large()) } else { Ok(value) }
    }

    fn points(&self, raw: Raw<'_>) -> Result<i64, Refusal> {
        match raw {
            Raw::Null => self.empty(MISSING),
            Raw::Integer(value) if value != MISSING => Ok(value),
            Raw::Integer(_) | Raw::Real(_) | Raw::Text(_) | Raw::Other(_) => {
                Err(wrong(raw, "points are whole numbers"))
            }
        }
    }

    fn day(&self, raw: Raw<'_>) -> Result<i32, Refusal> {
        let Some(at) = self.instant(raw)? else { return Ok(NO_DAY) };
        i32::try_from(at.div_euclid(SECONDS_A_DAY)).map_err(|_| wrong(raw, "the day is outside the calendar"))
    }

    fn instant(&self, raw: Raw<'_>) -> Result<Option<i64>, Refusal> {
        match raw {
            Raw::Null | Raw::Text("") => self.empty(None),
            Raw::Text(text) => match seconds(text, self.zone) {
                Some(at) => Ok(Some(at)),
                None => Err(wrong(
                    raw,
                    "write days as `2026-10-31` and instants as `2026-10-31 18:05:09`, with an offset if not local",
                )),
            },
            Raw::Integer(_) => {
                Err(wrong(raw, "map a query with `datetime(…, 'unixepoch')`: nothing says what the number counts"))
            }
            Raw::Real(_) | Raw::Other(_) => Err(wrong(raw, "store dates as text")),
        }
    }
}

fn wrong(found: Raw<'_>, help: &str) -> Refusal {
    Refusal::Type { found: found.describe(), help: help.to_owned() }
}

/// Local seconds since 1970 of `2026-10-31`, `2026-10-31 18:05[:09[.5]]`, `2026-10-31T18:05:09Z` or with an offset.
fn seconds(text: &str, zone: Tz) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        bytes.get(range)?.iter().try_fold(0_u32, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0')))
    };
    let mark = |at: usize, expected: &[u8]| bytes.get(at).is_some_and(|b| expected.contains(b));
    if !(mark(4, b"-") && mark(7, b"-")) {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(i32::try_from(number(0..4)?).ok()?, number(5..7)?, number(8..10)?)?;
    let midnight = i64::from(day_number(day)) * SECONDS_A_DAY;
    if bytes.len() == 10 {
        return Some(midnight);
    }
    if !(mark(10, b" T") && mark(13, b":")) {
        return None;
    }
    let (hour, minute) = (number(11..13)?, number(14..16)?);
    let (second, mut at) = if mark(16, b":") { (number(17..19)?, 19) } else { (0, 16) };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if mark(at, b".") {
        at += 1;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
    }
    let local = midnight + i64::from(hour * 3600 + minute * 60 + second);
    match text.get(at..)? {
        "" => Some(local),
        offset => in_zone(local - offset_seconds(offset)?, zone),
    }
}

fn offset_seconds(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    if !text.bytes().skip(1).all(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest.replace(':', "")),
        ("-", rest) => (-1, rest.replace(':', "")),
        _ => return None,
    };
    let padded = if digits.len() == 2 { digits + "00" } else { digits };
    let (hours, minutes) = (padded.get(..2)?.parse::<i64>().ok()?, padded.get(2..)?.parse::<i64>().ok()?);
    (padded.len() == 4 && hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn in_zone(utc_seconds: i64, zone: Tz) -> Option<i64> {
    let epoch: NaiveDateTime = NaiveDate::from_ymd_opt(1970, 1, 1)?.and_hms_opt(0, 0, 0)?;
    let utc = epoch.checked_add_signed(TimeDelta::try_seconds(utc_seconds)?)?.and_utc();
    Some(utc.with_timezone(&zone).naive_local().signed_duration_since(epoch).num_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{entity::entity, mapping::Origin};
    use std::collections::BTreeMap;

    fn read(entity_name: &str, column: &str, unit: AmountUnit, raw: Raw<'_>) -> Result<Values, Refusal> {
        let spec = entity(entity_name).unwrap().column(column).unwrap();
        let words = BTreeMap::from([("销售".to_owned(), "sale".to_owned())]);
        let mapping = ColumnMapping { spec, from: Origin::Column(column.to_owned()), unit, words };
        let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
        let mut decoder = Decoder::new(&mapping, &currency, chrono_tz::Asia::Shanghai);
        let mut values = decoder.values();
        decoder.read(raw, &mut values, &mut Dictionary::default(), &mut Vec::new()).map(|()| values)
    }

    #[test]
    fn money_is_exact_or_refused() {
        let money = |unit, raw| read("transaction", "amount", unit, raw);
        assert_eq!(money(AmountUnit::Minor, Raw::Integer(1234)), Ok(Values::Numbers(vec![1234])));
        assert_eq!(money(AmountUnit::Major, Raw::Integer(12)), Ok(Values::Numbers(vec![1200])));
        assert_eq!(money(AmountUnit::Major, Raw::Text("-12.34")), Ok(Values::Numbers(vec![-1234])));
        assert_eq!(money(AmountUnit::Minor, Raw::Text("1234")), Ok(Values::Numbers(vec![1234])));
        assert!(matches!(money(AmountUnit::Minor, Raw::Text("12.34")), Err(Refusal::Type { .. })));
        assert_eq!(money(AmountUnit::Major, Raw::Real(12.34)), Err(Refusal::Real("12.34".to_owned())));
        assert_eq!(money(AmountUnit::Minor, Raw::Null), Err(Refusal::Empty));
        for raw in [Raw::Text("1.005"), Raw::Text("abc"), Raw::Integer(i64::MAX), Raw::Other("a blob")] {
            assert!(matches!(money(AmountUnit::Major, raw), Err(Refusal::Type { .. })), "{raw:?}");
        }
        assert!(matches!(money(AmountUnit::Minor, Raw::Integer(i64::MIN)), Err(Refusal::Type { .. })));
        assert_eq!(read("card", "fee", AmountUnit::Minor, Raw::Null), Ok(Values::Numbers(vec![MISSING])));
    }

    #[test]
    fn choices_are_translated_or_refused() {
        let kind = |raw| read("transaction", "kind", AmountUnit::Minor, raw);
        assert_eq!(kind(Raw::Text("销售")), kind(Raw::Text("sale")));
        assert!(matches!(kind(Raw::Text("Sale")), Err(Refusal::Type { .. })));
        assert_eq!(kind(Raw::Null), Err(Refusal::Empty));
        let flag = |raw| read("member", "blocked", AmountUnit::Minor, raw);
        assert_eq!(flag(Raw::Integer(1)), Ok(Values::Codes(vec![1])));
        assert!(matches!(flag(Raw::Integer(2)), Err(Refusal::Type { .. })));
        assert_eq!(flag(Raw::Null), Ok(Values::Codes(vec![NOTHING])));
    }

    #[test]
    fn days_and_instants_are_local() {
        let shanghai = chrono_tz::Asia::Shanghai;
        let cases = [
            ("1970-01-02", Some(86_400)),
            ("1970-01-01 00:01", Some(60)),
            ("1970-01-01 00:00:09.75", Some(9)),
            ("1970-01-01T08:00:00+08:00", Some(28_800)),
            ("1970-01-01T00:00:00Z", Some(28_800)),
            ("1969-12-31 23:59:59", Some(-1)),
            ("1969-12-31 16:00:00+00", Some(0)),
            ("2026-02-30", None),
            ("2026-10-31 24:00:00", None),
            ("2026-10-31 12", None),
            ("31/10/2026", None),
            ("2026-10-31 12:00:00 CST", None),
            ("2026-10-31 12:00:00++1:00", None),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text, shanghai), expected, "{text}");
        }
        let day = |raw| read("member", "registered_on", AmountUnit::Minor, raw);
        assert_eq!(day(Raw::Text("1970-01-03 23:59:59")), Ok(Values::Days(vec![2])));
        assert_eq!(day(Raw::Text("1969-12-31 23:59:59")), Ok(Values::Days(vec![-1])));
        assert!(matches!(day(Raw::Integer(20_000)), Err(Refusal::Type { .. })));
    }
}
