//! Money as integer minor units, exact shares and named rounding.
//!
//! Invariants: no float takes part; a sum never wraps silently; every division names its rounding.
//! The scale of a ledger (2 for CNY: one minor unit is one fen) is data, not a constant.
//! Not here: how a figure is laid out in a report (`report::format`).

use std::{cmp::Ordering, fmt};

use miette::Diagnostic;
use thiserror::Error;

/// Why a text is not an amount, or a figure does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Error, Diagnostic)]
pub enum MoneyError {
    /// The text has something other than a sign, digits and one point.
    #[error("`{text}` is not an amount")]
    #[diagnostic(code(money::not_an_amount), help("write digits with at most one decimal point, such as `-1234.50`"))]
    NotAnAmount {
        /// The text as found.
        text: String,
    },
    /// The amount has digits below one minor unit.
    #[error("`{text}` has more than {scale} decimal places")]
    #[diagnostic(
        code(money::too_fine),
        help(
            "raise `scale` in `config/ledger.toml`, or round the amount where it is made: fenji does not round money it reads"
        )
    )]
    TooFine {
        /// The text as found.
        text: String,
        /// The decimal places of the ledger.
        scale: u8,
    },
    /// The amount is larger than 64 bits of minor units.
    #[error("`{text}` is too large for an amount with {scale} decimal places")]
    #[diagnostic(code(money::too_large), help("lower `scale` in `config/ledger.toml`, or check the amount"))]
    TooLarge {
        /// The text as found.
        text: String,
        /// The decimal places of the ledger.
        scale: u8,
    },
    /// A scale outside 0 to 6.
    #[error("a scale of {scale} is not between 0 and 6")]
    #[diagnostic(code(money::bad_scale), help("use the decimal places of the currency: 2 for CNY, 0 for JPY"))]
    BadScale {
        /// The scale as given.
        scale: u8,
    },
}

/// Decimal places of a currency in one ledger, 0 to 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scale(u8);

impl Scale {
    /// Takes a number of decimal places.
    ///
    /// # Errors
    /// [`MoneyError::BadScale`] above 6.
    pub fn new(places: u8) -> Result<Self, MoneyError> {
        if places > 6 { Err(MoneyError::BadScale { scale: places }) } else { Ok(Self(places)) }
    }

    /// The decimal places.
    pub fn places(self) -> u8 {
        self.0
    }

    /// Minor units in one major unit: 100 for a scale of 2.
    pub fn unit(self) -> i64 {
        10_i64.pow(u32::from(self.0))
    }
}

/// A currency code with the scale of its amounts in this ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency {
    /// ISO 4217 code, such as `CNY`.
    pub code: String,
    /// Decimal places of the amounts.
    pub scale: Scale,
}

impl Currency {
    /// The sign put before an amount, or nothing where the code itself is clearer.
    pub fn sign(&self) -> &'static str {
        match self.code.as_str() {
            "CNY" | "JPY" => "¥",
            "GBP" => "£",
            "EUR" => "€",
            "USD" => "$",
            _ => "",
        }
    }
}

/// Reads a decimal text in major units as minor units: `"12.5"` at scale 2 is 1250.
///
/// # Errors
/// [`MoneyError`] when the text is no amount, is finer than the scale, or does not fit.
pub fn parse_minor(text: &str, scale: Scale) -> Result<i64, MoneyError> {
    let bad = || MoneyError::NotAnAmount { text: text.to_owned() };
    let large = || MoneyError::TooLarge { text: text.to_owned(), scale: scale.0 };
    let trimmed = text.trim();
    let (negative, digits) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, trimmed.get(1..).unwrap_or_default()),
        Some(b'+') => (false, trimmed.get(1..).unwrap_or_default()),
        _ => (false, trimmed),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return Err(bad());
    }
    let kept = fraction.trim_end_matches('0');
    if kept.len() > usize::from(scale.0) {
        return Err(MoneyError::TooFine { text: text.to_owned(), scale: scale.0 });
    }
    let mut minor: i64 = 0;
    let padding = usize::from(scale.0) - kept.len();
    for digit in whole.bytes().chain(kept.bytes()).chain(std::iter::repeat_n(b'0', padding)) {
        let step = i64::from(digit - b'0');
        minor = minor
            .checked_mul(10)
            .and_then(|m| if negative { m.checked_sub(step) } else { m.checked_add(step) })
            .ok_or_else(large)?;
    }
    Ok(minor)
}

/// How a division that does not come out even is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, a half away from zero (四舍五入).
    HalfUp,
    /// To the nearest, a half to the even neighbour.
    HalfEven,
    /// Toward zero.
    Down,
    /// Toward minus infinity.
    Floor,
}

/// Divides with a named rounding; `None` when `by` is zero.
pub fn div_round(value: i128, by: i128, rounding: Rounding) -> Option<i128> {
    let quotient = value.checked_div(by)?;
    let rest = value.checked_rem(by)?;
    if rest == 0 {
        return Some(quotient);
    }
    let away = if (rest < 0) == (by < 0) { 1 } else { -1 };
    let twice = rest.unsigned_abs().saturating_mul(2).cmp(&by.unsigned_abs());
    let step = match (rounding, twice) {
        (Rounding::Down, _) | (Rounding::HalfUp | Rounding::HalfEven, Ordering::Less) => 0,
        (Rounding::Floor, _) => -i128::from(away < 0),
        (Rounding::HalfUp, _) | (Rounding::HalfEven, Ordering::Greater) => away,
        (Rounding::HalfEven, Ordering::Equal) => away * i128::from(quotient % 2 != 0),
    };
    Some(quotient + step)
}

/// An exact part of a whole. Compared by cross-multiplication, never by its rounded look.
#[derive(Debug, Clone, Copy)]
pub struct Share {
    /// The part.
    pub part: i128,
    /// The whole; zero means that there is no share to speak of.
    pub whole: i128,
}

impl Share {
    /// A share of `part` in `whole`.
    pub fn new(part: impl Into<i128>, whole: impl Into<i128>) -> Self {
        Self { part: part.into(), whole: whole.into() }
    }

    /// The share in units of `10^-places`, rounded half up: 0.125 at 2 places is 13. `None` when the whole is zero.
    pub fn scaled(self, places: u32) -> Option<i128> {
        div_round(self.part.checked_mul(10_i128.checked_pow(places)?)?, self.whole, Rounding::HalfUp)
    }

    /// Compares two shares exactly; `None` when a whole is zero or the products do not fit.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        if self.whole == 0 || other.whole == 0 {
            return None;
        }
        let left = self.part.checked_mul(other.whole)?;
        let right = other.part.checked_mul(self.whole)?;
        let order = left.cmp(&right);
        Some(if (self.whole < 0) == (other.whole < 0) { order } else { order.reverse() })
    }
}

/// Writes `value` units of `10^-places` as a decimal with thousands separators: `-1234567` at 2 is `-12,345.67`.
pub fn decimal(value: i128, places: u8) -> String {
    let digits = value.unsigned_abs().to_string();
    let places = usize::from(places);
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    let mut out = String::with_capacity(padded.len() + padded.len() / 3 + 2);
    if value < 0 {
        out.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if places > 0 {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Writes `value` units of `10^-places` for machines: no separators, always all places.
pub fn plain(value: i128, places: u8) -> String {
    decimal(value, places).replace(',', "")
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scale(places: u8) -> Scale {
        Scale::new(places).unwrap()
    }

    #[test]
    fn reads_amounts_exactly_or_says_why_not() {
        let cases: &[(&str, u8, Result<i64, &str>)] = &[
            ("0", 2, Ok(0)),
            ("12.5", 2, Ok(1250)),
            ("-12.50", 2, Ok(-1250)),
            ("+.05", 2, Ok(5)),
            ("7.", 2, Ok(700)),
            (" 3 ", 0, Ok(3)),
            ("1.500", 1, Ok(15)),
            ("0.001", 3, Ok(1)),
            ("92233720368547758.07", 2, Ok(i64::MAX)),
            ("-92233720368547758.08", 2, Ok(i64::MIN)),
            ("92233720368547758.08", 2, Err("too large")),
            ("1.005", 2, Err("more than 2 decimal places")),
            ("", 2, Err("not an amount")),
            (".", 2, Err("not an amount")),
            ("-", 2, Err("not an amount")),
            ("1,000", 2, Err("not an amount")),
            ("1e3", 2, Err("not an amount")),
            ("１２", 2, Err("not an amount")),
            ("NaN", 2, Err("not an amount")),
        ];
        for (text, places, expected) in cases {
            let got = parse_minor(text, scale(*places));
            match expected {
                Ok(minor) => assert_eq!(got, Ok(*minor), "{text}"),
                Err(part) => assert!(got.unwrap_err().to_string().contains(part), "{text}"),
            }
        }
    }

    #[test]
    fn rounds_as_named() {
        use Rounding::{Down, Floor, HalfEven, HalfUp};
        let cases = [
            (5, 2, HalfUp, 3),
            (-5, 2, HalfUp, -3),
            (5, -2, HalfUp, -3),
            (5, 2, HalfEven, 2),
            (7, 2, HalfEven, 4),
            (-5, 2, HalfEven, -2),
            (5, 2, Down, 2),
            (-5, 2, Down, -2),
            (-5, 2, Floor, -3),
            (5, 2, Floor, 2),
            (4, 3, HalfUp, 1),
            (6, 3, Floor, 2),
        ];
        for (value, by, rounding, expected) in cases {
            assert_eq!(div_round(value, by, rounding), Some(expected), "{value}/{by} {rounding:?}");
        }
        assert_eq!(div_round(1, 0, HalfUp), None);
    }

    #[test]
    fn writes_thousands_and_places() {
        assert_eq!(decimal(0, 2), "0.00");
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(123_456_789, 2), "1,234,567.89");
        assert_eq!(decimal(1_000, 0), "1,000");
        assert_eq!(decimal(8_911_407_904, 3), "8,911,407.904");
        assert_eq!(plain(-123_456, 2), "-1234.56");
        assert_eq!(decimal(i128::from(i64::MIN), 2), "-92,233,720,368,547,758.08");
    }

    #[test]
    fn compares_shares_without_rounding() {
        assert_eq!(Share::new(1, 3).compare(Share::new(333_333, 1_000_000)), Some(Ordering::Greater));
        assert_eq!(Share::new(2, 4).compare(Share::new(1, 2)), Some(Ordering::Equal));
        assert_eq!(Share::new(-1, 3).compare(Share::new(1, -3)), Some(Ordering::Equal));
        assert_eq!(Share::new(1, 0).compare(Share::new(1, 2)), None);
        assert_eq!(Share::new(1, 8).scaled(2), Some(13));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(minor: i64, places in 0_u8..=6) {
            let text = plain(i128::from(minor), places);
            prop_assert_eq!(parse_minor(&text, scale(places)), Ok(minor));
        }

        #[test]
        fn half_up_is_never_off_by_more_than_a_half(value in -1_000_000_i128..1_000_000, by in 1_i128..1000) {
            let got = div_round(value, by, Rounding::HalfUp).unwrap();
            prop_assert!((got * by - value).abs() * 2 <= by);
        }
    }
}
