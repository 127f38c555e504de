//! Numbers of a file as whole units: money in minor units, quantities in thousandths, points and counts.
//!
//! Invariants: nothing is rounded; a number has a sign, digits and one decimal point at most, as in `money::parse_minor`.

use rust_decimal::Decimal;

use super::{
    RefusalKind,
    map::{Sign, Unit},
};
use crate::{
    ledger::entity::ColumnType,
    money::{MoneyError, Scale, parse_minor},
};

/// The decimal places in which a column is held.
pub(super) fn places(kind: ColumnType, unit: Unit, money: Scale) -> Scale {
    let thousandths = Scale::new(3);
    match (kind, unit) {
        (ColumnType::Money, Unit::Major) => money,
        (ColumnType::Quantity, _) => thousandths.unwrap_or(money),
        _ => Scale::new(0).unwrap_or(money),
    }
}

/// Reads one number as units of `10^-places`.
pub(super) fn units(text: &str, strip: &[char], sign: Sign, places: Scale) -> Result<i64, RefusalKind> {
    let read = match stripped(text, strip) {
        Some(text) => parse_minor(&text, places),
        None => parse_minor(text, places),
    };
    signed(read.map_err(|error| kind(&error))?, sign)
}

/// Multiplies numbers and reads the product as units of `10^-places`.
pub(super) fn product<'t>(
    texts: impl IntoIterator<Item = &'t str>,
    strip: &[char],
    sign: Sign,
    places: Scale,
) -> Result<i64, RefusalKind> {
    let mut result = Decimal::ONE;
    for text in texts {
        let factor = match stripped(text, strip) {
            Some(text) => exact(&text)?,
            None => exact(text)?,
        };
        result = multiplied(result, factor).ok_or(RefusalKind::TooLarge)?;
    }
    let result = result.normalize();
    let missing = u32::from(places.places()).checked_sub(result.scale()).ok_or(RefusalKind::TooFine)?;
    let units = result.mantissa().checked_mul(10_i128.pow(missing)).and_then(|units| i64::try_from(units).ok());
    signed(units.ok_or(RefusalKind::TooLarge)?, sign)
}

/// Reads a decimal without rounding it.
pub(super) fn exact(text: &str) -> Result<Decimal, RefusalKind> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return Err(RefusalKind::NotANumber);
    }
    let mut mantissa: i128 = 0;
    let fraction = fraction.trim_end_matches('0');
    for digit in whole.bytes().chain(fraction.bytes()) {
        let step = i128::from(digit - b'0');
        mantissa = mantissa.checked_mul(10).and_then(|m| m.checked_add(step)).ok_or(RefusalKind::TooLarge)?;
    }
    let mantissa = if text.starts_with('-') { -mantissa } else { mantissa };
    let places = u32::try_from(fraction.len()).map_err(|_| RefusalKind::TooFine)?;
    Decimal::try_from_i128_with_scale(mantissa, places)
        .map_err(|_| if places > 28 { RefusalKind::TooFine } else { RefusalKind::TooLarge })
}

/// The exact product; `None` where it has more digits than a decimal can hold.
fn multiplied(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    if a.is_zero() || b.is_zero() {
        return Some(Decimal::ZERO);
    }
    a.checked_mul(b).filter(|product| product.scale() == a.scale() + b.scale())
}

fn stripped(text: &str, strip: &[char]) -> Option<String> {
    text.contains(strip).then(|| text.replace(strip, ""))
}

fn signed(units: i64, sign: Sign) -> Result<i64, RefusalKind> {
    match sign {
        Sign::Kept => Ok(units),
        Sign::Turned => units.checked_neg().ok_or(RefusalKind::TooLarge),
    }
}

fn kind(error: &MoneyError) -> RefusalKind {
    match error {
        MoneyError::NotAnAmount { .. } => RefusalKind::NotANumber,
        MoneyError::TooFine { .. } => RefusalKind::TooFine,
        MoneyError::TooLarge { .. } | MoneyError::BadScale { .. } => RefusalKind::TooLarge,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scale(places: u8) -> Scale {
        Scale::new(places).unwrap()
    }

    #[test]
    fn reads_numbers_as_people_write_them() {
        use RefusalKind::{NotANumber, TooFine, TooLarge};
        for (text, strip, sign, expected) in [
            ("12.5", "", Sign::Kept, Ok(1250)),
            ("¥1,234.50", "¥,", Sign::Kept, Ok(123_450)),
            ("-¥1", "¥", Sign::Turned, Ok(100)),
            ("12.50元", "元", Sign::Turned, Ok(-1250)),
            ("1,234", "", Sign::Kept, Err(NotANumber)),
            ("(12)", "", Sign::Kept, Err(NotANumber)),
            ("1e3", "", Sign::Kept, Err(NotANumber)),
            ("NaN", "", Sign::Kept, Err(NotANumber)),
            ("１２", "", Sign::Kept, Err(NotANumber)),
            ("1.005", "", Sign::Kept, Err(TooFine)),
            ("92233720368547758.08", "", Sign::Kept, Err(TooLarge)),
            ("-92233720368547758.08", "", Sign::Turned, Err(TooLarge)),
        ] {
            let strip: Vec<char> = strip.chars().collect();
            assert_eq!(units(text, &strip, sign, scale(2)), expected, "{text}");
        }
    }

    #[test]
    fn products_are_exact_or_refused() {
        use RefusalKind::{NotANumber, TooFine, TooLarge};
        let huge = "9".repeat(40);
        for (texts, expected) in [
            (&["6", "2.55"][..], Ok(15_300)),
            (&["-1", "38970"], Ok(-38_970_000)),
            (&["0", "0.0000001"], Ok(0)),
            (&["0.5", "0.002"], Ok(1)),
            (&["0.5", "0.001"], Err(TooFine)),
            (&["2", "3", "0.5"], Ok(3000)),
            (&["80995", "1.04"], Ok(84_234_800)),
            (&["1", "x"], Err(NotANumber)),
            (&["1", ""], Err(NotANumber)),
            (&["9223372036854775.808", "1"], Err(TooLarge)),
            (&["1", &huge], Err(TooLarge)),
            (&["3333333333333333.1", "3333333333333333.3"], Err(TooLarge)),
            (&["0.00000000000000000001", "0.00000000000000000001"], Err(TooLarge)),
        ] {
            assert_eq!(product(texts.iter().copied(), &[], Sign::Kept, scale(3)), expected, "{texts:?}");
        }
    }

    #[test]
    fn every_column_has_its_places() {
        for (kind, unit, expected) in [
            (ColumnType::Money, Unit::Major, 2),
            (ColumnType::Money, Unit::Minor, 0),
            (ColumnType::Quantity, Unit::Major, 3),
            (ColumnType::Points, Unit::Major, 0),
        ] {
            assert_eq!(places(kind, unit, scale(2)), scale(expected), "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn a_product_by_one_is_the_number(minor: i64) {
            let text = crate::money::plain(i128::from(minor), 3);
            prop_assert_eq!(product([text.as_str(), "1.000"], &[], Sign::Kept, scale(3)), Ok(minor));
        }

        #[test]
        fn products_agree_with_whole_numbers(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000) {
            let (left, right) = (crate::money::plain(a.into(), 2), crate::money::plain(b.into(), 1));
            prop_assert_eq!(product([left.as_str(), &right], &[], Sign::Kept, scale(3)), Ok(a * b));
        }
    }
}
