//! The codes of values that one reader has met, so that the dictionaries that all readers share are asked once for each distinct value.
//!
//! Invariants: a value is told apart exactly: whole numbers and short texts by all of their bits, longer texts by comparing them. Whole numbers and the texts that
//! are written like them (`42`) are one value.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use crate::ledger::dictionary::Dictionary;

/// Whole numbers below this are looked up by place.
const BY_PLACE: i64 = 1 << 24;
/// Bytes of a text that fit into a key beside their number.
const SHORT: usize = 15;

/// A value with its code and its part in the fingerprint of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) code: u32,
    pub(super) mark: u64,
}

/// The values that one reader has met in one column.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    by_place: Vec<u32>,
    short: HashTable<(u128, Known)>,
    long: Dictionary,
    long_known: Vec<Known>,
}

impl Lookup {
    /// What is known of a whole number.
    pub(super) fn number(&self, number: i64) -> Option<Known> {
        if (0..BY_PLACE).contains(&number) {
            let code = usize::try_from(number).ok().and_then(|at| self.by_place.get(at)).copied()?;
            return (code != 0).then(|| Known { code, mark: number_mark(number) });
        }
        self.short(number_key(number))
    }

    /// What is known of a text that is not written like a whole number.
    pub(super) fn text(&self, text: &str) -> Option<Known> {
        match short_key(text) {
            Some(key) => self.short(key),
            None => {
                let at = usize::try_from(self.long.code(text)?).ok()?.checked_sub(1)?;
                self.long_known.get(at).copied()
            }
        }
    }

    /// Remembers a whole number.
    pub(super) fn learn_number(&mut self, number: i64, known: Known) {
        let Some(at) = usize::try_from(number).ok().filter(|_| number < BY_PLACE && known.mark == number_mark(number))
        else {
            self.learn(number_key(number), known);
            return;
        };
        if self.by_place.len() <= at {
            self.by_place.resize((at + 1).next_power_of_two(), 0);
        }
        if let Some(place) = self.by_place.get_mut(at) {
            *place = known.code;
        }
    }

    /// Remembers a text that is not written like a whole number.
    pub(super) fn learn_text(&mut self, text: &str, known: Known) {
        match short_key(text) {
            Some(key) => self.learn(key, known),
            None => {
                if self.long.code(text).is_none() && self.long.intern(text).is_some() {
                    self.long_known.push(known);
                }
            }
        }
    }

    fn short(&self, key: u128) -> Option<Known> {
        self.short.find(hash(key), |(known, _)| *known == key).map(|(_, known)| *known)
    }

    fn learn(&mut self, key: u128, known: Known) {
        self.short.insert_unique(hash(key), (key, known), |(key, _)| hash(*key));
    }
}

/// The whole number that a text is written like: `42` and `-7`, not `042`, `+7` or `-0`.
pub(super) fn written_number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let first = digits.bytes().next()?;
    let canonical = first.is_ascii_digit() && (first != b'0' || text == "0") && digits.len() <= 19;
    if canonical { text.parse().ok() } else { None }
}

/// The part of a whole number in the fingerprint of its row.
pub(super) fn number_mark(number: i64) -> u64 {
    mixed(number.cast_unsigned())
}

/// The part of a text in the fingerprint of its row: the same for a text that is written like a whole number as for that number.
pub(super) fn text_mark(text: &str) -> u64 {
    written_number(text).map_or_else(|| xxh3_64(text.as_bytes()), number_mark)
}

/// A value as 128 bits: exact for whole numbers and texts of at most 15 bytes; longer texts by a hash of which a wrong hit among a
/// thousand million values is less likely than one in 10^20. Never 0.
pub(super) fn identity(text: &str) -> u128 {
    match written_number(text) {
        Some(number) => number_key(number),
        None => short_key(text).unwrap_or_else(|| xxhash_rust::xxh3::xxh3_128(text.as_bytes()) | (1 << 127)),
    }
}

/// A whole number as 128 bits: the same as [`identity`] of its digits.
pub(super) fn number_key(number: i64) -> u128 {
    (1 << 126) | u128::from(number.cast_unsigned())
}

/// A short text with its length in the highest byte.
fn short_key(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    if bytes.len() > SHORT {
        return None;
    }
    let mut key = [0; 16];
    key.get_mut(..bytes.len())?.copy_from_slice(bytes);
    let [.., last] = &mut key;
    *last = u8::try_from(bytes.len()).ok()? + 1;
    Some(u128::from_le_bytes(key))
}

fn hash(key: u128) -> u64 {
    let [a, b, c, d, e, f, g, h, rest @ ..] = key.to_le_bytes();
    mixed(u64::from_le_bytes([a, b, c, d, e, f, g, h]) ^ mixed(u64::from_le_bytes(rest)))
}

/// The finaliser of splitmix64: every bit of the input moves every bit of the output.
fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_value_that_was_learned_is_known_and_no_other(
            texts in proptest::collection::vec("[a-c0-2-]{0,4}|[a-b]{14,18}", 1..80),
            other in "[a-c0-2-]{0,4}|[a-b]{14,18}",
        ) {
            let mut lookup = Lookup::default();
            let mut expected = BTreeMap::new();
            for (at, text) in texts.iter().enumerate() {
                if expected.contains_key(text) {
                    continue;
                }
                let known = Known { code: u32::try_from(at).unwrap() + 1, mark: text_mark(text) };
                match written_number(text) {
                    Some(number) => lookup.learn_number(number, known),
                    None => lookup.learn_text(text, known),
                }
                expected.insert(text.clone(), known);
            }
            for text in texts.iter().chain([&other]) {
                let found = written_number(text).map_or_else(|| lookup.text(text), |number| lookup.number(number));
                prop_assert_eq!(found, expected.get(text).copied(), "{}", text);
            }
        }

        #[test]
        fn identities_tell_texts_apart(one in "[a-b0-1-]{0,3}|[a-b]{14,18}", other in "[a-b0-1-]{0,3}|[a-b]{14,18}") {
            prop_assert_eq!(one == other, identity(&one) == identity(&other));
        }
    }

    #[test]
    fn numbers_are_written_in_one_way() {
        for (text, number) in [
            ("0", Some(0)),
            ("42", Some(42)),
            ("-7", Some(-7)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("042", None),
            ("+7", None),
            ("-0", None),
            ("-", None),
            ("", None),
            ("4 2", None),
            ("４２", None),
        ] {
            assert_eq!(written_number(text), number, "{text}");
        }
        assert_ne!(identity(""), 0);
    }
}
