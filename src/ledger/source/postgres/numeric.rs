//! Decodes PostgreSQL's binary `numeric` into a whole number and its decimal places.
//!
//! The form: four 16-bit numbers (how many digits, the weight of the first, the sign, the decimal places shown), then digits to the base 10,000.

use crate::ledger::raw::Raw;

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;
/// Digits to the base 10,000 that a 64-bit number holds in any case.
const SURE_DIGITS: usize = 4;
/// Digits to the base 10,000 that a 128-bit number holds in any case; more are never a 64-bit number, since the last of them is not zero.
const MOST_DIGITS: usize = 9;

/// The value of a field of type `numeric`; `None` when it is not of its form.
pub(super) fn numeric(bytes: &[u8]) -> Option<Raw<'_>> {
    let (count, rest) = split(bytes)?;
    let (weight, rest) = split(rest)?;
    let (sign, rest) = split(rest)?;
    let (shown, digits) = split(rest)?;
    let negative = match u16::from_be_bytes(sign) {
        0 => false,
        NEGATIVE => true,
        NAN => return Some(Raw::Other("NaN")),
        INFINITY => return Some(Raw::Other("infinity")),
        NEGATIVE_INFINITY => return Some(Raw::Other("minus infinity")),
        _ => return None,
    };
    let count = usize::from(u16::from_be_bytes(count));
    if digits.len() != count * 2 {
        return None;
    }
    let (groups, _) = digits.as_chunks::<2>();
    // The power of ten of the last digit.
    let power = 4 * (i32::from(i16::from_be_bytes(weight)) + 1 - i32::try_from(count).ok()?);
    let shown = i32::from(u16::from_be_bytes(shown));
    if count <= SURE_DIGITS && power <= 0 {
        let digits = groups.iter().fold(0_i64, |sum, group| sum * 10_000 + i64::from(u16::from_be_bytes(*group)));
        // Digits behind those that are shown are zeros that fill the last group: three at most.
        let surplus = u32::try_from(-power - shown).unwrap_or(0).min(3);
        let mantissa = digits / 10_i64.pow(surplus);
        let mantissa = if negative { -mantissa } else { mantissa };
        let places = u8::try_from(-power - i32::try_from(surplus).ok()?);
        return Some(places.map_or(Raw::Other(TOO_LONG), |places| Raw::Decimal { mantissa, places }));
    }
    Some(long(groups, power, negative).unwrap_or(Raw::Other(TOO_LONG)))
}

const TOO_LONG: &str = "a number of more than 18 digits";

fn long(groups: &[[u8; 2]], power: i32, negative: bool) -> Option<Raw<'static>> {
    if groups.len() > MOST_DIGITS {
        return None;
    }
    let digits = groups.iter().fold(0_i128, |sum, group| sum * 10_000 + i128::from(u16::from_be_bytes(*group)));
    let mut mantissa = if negative { -digits } else { digits };
    let mut power = power;
    while power < 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        power += 1;
    }
    if let Ok(more) = u32::try_from(power) {
        mantissa = if mantissa == 0 { 0 } else { mantissa.checked_mul(10_i128.checked_pow(more)?)? };
        power = 0;
    }
    Some(Raw::Decimal { mantissa: i64::try_from(mantissa).ok()?, places: u8::try_from(-power).ok()? })
}

fn split(bytes: &[u8]) -> Option<([u8; 2], &[u8])> {
    bytes.split_first_chunk::<2>().map(|(first, rest)| (*first, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(count: u16, weight: i16, sign: u16, shown: u16, digits: &[u16]) -> String {
        let mut bytes = Vec::new();
        for part in [count, weight.cast_unsigned(), sign, shown].iter().chain(digits) {
            bytes.extend_from_slice(&part.to_be_bytes());
        }
        numeric(&bytes).map_or_else(|| "not of its form".to_owned(), Raw::plain)
    }

    #[test]
    fn decodes_numbers() {
        assert_eq!(told(0, 0, 0, 0, &[]), "0");
        assert_eq!(told(0, 0, 0, 2, &[]), "0");
        assert_eq!(told(2, 0, 0, 2, &[12, 5000]), "12.50");
        assert_eq!(told(2, 0, NEGATIVE, 4, &[12, 5]), "-12.0005");
        assert_eq!(told(1, -1, 0, 2, &[100]), "0.01");
        assert_eq!(told(1, -2, 0, 8, &[1]), "0.00000001");
        assert_eq!(told(1, 1, 0, 0, &[3]), "30000");
        assert_eq!(told(1, 4, 0, 0, &[1]), "10000000000000000");
        assert_eq!(told(5, 4, 0, 0, &[922, 3372, 368, 5477, 5807]), "9223372036854775807");
        assert_eq!(told(5, 4, NEGATIVE, 0, &[922, 3372, 368, 5477, 5808]), "-9223372036854775808");
        assert_eq!(told(5, 4, 0, 0, &[922, 3372, 368, 5477, 5808]), TOO_LONG);
        assert_eq!(told(1, 100, 0, 0, &[1]), TOO_LONG);
        assert_eq!(told(1, -100, 0, 400, &[1]), TOO_LONG);
        assert_eq!(told(0, 0, NAN, 0, &[]), "NaN");
        assert_eq!(told(0, 0, INFINITY, 0, &[]), "infinity");
        assert_eq!(told(0, 0, NEGATIVE_INFINITY, 0, &[]), "minus infinity");
    }

    #[test]
    fn bytes_that_are_not_a_number_are_told_apart() {
        assert_eq!(told(2, 0, 0, 0, &[1]), "not of its form");
        assert_eq!(told(1, 0, 7, 0, &[1]), "not of its form");
        assert!(numeric(&[0; 7]).is_none());
    }
}
