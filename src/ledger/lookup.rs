//! The codes of values that one reader has met, so that the dictionaries that all readers share are asked once for each distinct value.
//!
//! Invariants: a value is told apart exactly: whole numbers and short texts by all of their bits, longer texts by comparing them. Whole numbers and the texts that
//! are written like them (`42`) are one value.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use crate::ledger::{
    batch::SharedDictionaries,
    dictionary::{Dictionary, NOTHING},
};

/// Whole numbers below this are looked up by place.
const BY_PLACE: usize = 1 << 24;
/// Marks the key of a whole number.
const NUMBER: u128 = 1 << 126;
/// Bytes of a text that fit into a key beside their number.
const SHORT: usize = 15;

/// Values of a column of few words that are looked for one after the other.
const FEW: usize = 6;
/// Marks a key that holds a code already.
const RESOLVED: u128 = 1 << 125;

/// A value with its code and its part in the fingerprint of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) code: u32,
    pub(super) mark: u64,
}

/// The values that one reader has met in one column.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    few: Vec<(u128, Known)>,
    short: HashTable<(u128, Known)>,
    long: Dictionary,
    long_known: Vec<Known>,
    by_place: Vec<u32>,
}

impl Lookup {
    /// What is known of a value.
    pub(super) fn known(&self, text: &str) -> Option<Known> {
        if let Some(key) = exact_key(text) {
            return self.by_key(key);
        }
        let at = usize::try_from(self.long.code(text)?).ok()?.checked_sub(1)?;
        self.long_known.get(at).copied()
    }

    /// What is known of a whole number.
    pub(super) fn number(&self, number: i64) -> Option<Known> {
        self.by_key(number_key(number))
    }

    fn by_key(&self, key: u128) -> Option<Known> {
        if let Some((_, known)) = self.few.iter().find(|(few, _)| *few == key) {
            return Some(*known);
        }
        if self.short.is_empty() {
            return None;
        }
        self.short.find(hash(key), |(known, _)| *known == key).map(|(_, known)| *known)
    }

    /// Remembers a value that was not known.
    pub(super) fn learn(&mut self, text: &str, known: Known) {
        match exact_key(text) {
            Some(key) if self.few.len() < FEW => self.few.push((key, known)),
            Some(key) => _ = self.short.insert_unique(hash(key), (key, known), |(key, _)| hash(*key)),
            None => {
                if self.long.code(text).is_none() && self.long.intern(text).is_some() {
                    self.long_known.push(known);
                }
            }
        }
    }

    /// The key by which a text of a column of many values is resolved later, together with the others of its batch.
    pub(super) fn key(&mut self, text: &str, dictionaries: &SharedDictionaries, column: &'static str) -> Option<u128> {
        if let Some(key) = exact_key(text) {
            return Some(key);
        }
        if let Some(known) = self.known(text) {
            return Some(RESOLVED | u128::from(known.code));
        }
        let code = dictionaries.of(column)?.intern(text)?;
        self.learn(text, Known { code, mark: 0 });
        Some(RESOLVED | u128::from(code))
    }

    /// The codes of keys: in one go, so that the processor fetches many places of memory at once instead of waiting for each.
    pub(super) fn resolve(
        &mut self,
        keys: &[u128],
        codes: &mut Vec<u32>,
        dictionaries: &SharedDictionaries,
        column: &'static str,
    ) -> Option<()> {
        let first = codes.len();
        codes.extend(keys.iter().map(|key| self.code(*key)));
        let new: Vec<usize> = (first..codes.len()).filter(|at| codes.get(*at) == Some(&NOTHING)).collect();
        if new.is_empty() {
            return Some(());
        }
        let mut dictionary = dictionaries.of(column)?;
        for at in new {
            let (Some(key), Some(code)) = (keys.get(at - first), codes.get_mut(at)) else { continue };
            if *key == 0 {
                continue;
            }
            *code = self.code(*key);
            if *code == NOTHING {
                *code = match number_of_key(*key) {
                    Some(number) => dictionary.intern_number(number)?,
                    None => text_of_key(*key, |text| dictionary.intern(text))?,
                };
                self.learn_key(*key, *code);
            }
        }
        Some(())
    }

    /// The code of a key; [`NOTHING`] when it is not known.
    fn code(&self, key: u128) -> u32 {
        if let Some(place) = place(key) {
            return self.by_place.get(place).copied().unwrap_or(NOTHING);
        }
        if key & RESOLVED != 0 && key < RESOLVED << 1 {
            return u32::try_from(key ^ RESOLVED).unwrap_or(NOTHING);
        }
        self.short.find(hash(key), |(known, _)| *known == key).map_or(NOTHING, |(_, known)| known.code)
    }

    fn learn_key(&mut self, key: u128, code: u32) {
        let Some(place) = place(key) else {
            self.short.insert_unique(hash(key), (key, Known { code, mark: 0 }), |(key, _)| hash(*key));
            return;
        };
        if self.by_place.len() <= place {
            self.by_place.resize((place + 1).next_power_of_two(), NOTHING);
        }
        if let Some(known) = self.by_place.get_mut(place) {
            *known = code;
        }
    }
}

/// The place of the key of a small whole number.
fn place(key: u128) -> Option<usize> {
    usize::try_from(key ^ NUMBER).ok().filter(|place| *place < BY_PLACE)
}

/// The whole number that a key stands for.
fn number_of_key(key: u128) -> Option<i64> {
    u64::try_from(key ^ NUMBER).ok().map(u64::cast_signed)
}

/// Does something with the short text that a key stands for.
fn text_of_key<T>(key: u128, act: impl FnOnce(&str) -> T) -> T {
    let [bytes @ .., length] = key.to_le_bytes();
    let text = bytes.get(..usize::from(length.saturating_sub(1))).unwrap_or_default();
    act(std::str::from_utf8(text).unwrap_or_default())
}

/// A value as 128 bits when that is exact: a whole number, or a text of at most 15 bytes.
fn exact_key(text: &str) -> Option<u128> {
    written_number(text).map(number_key).or_else(|| short_key(text))
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
    // The finaliser leaves 0 as it is, which is the mark of nothing.
    mixed(number.cast_unsigned() ^ 0x9e37_79b9_7f4a_7c15)
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
    NUMBER | u128::from(number.cast_unsigned())
}

/// A short text with its length, and one, in the highest byte.
fn short_key(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    if bytes.len() > SHORT {
        return None;
    }
    let length = u32::try_from(bytes.len()).ok()?;
    // Two reads that overlap, for texts of 8 bytes and more; one byte after the other below.
    let key = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            let high = u128::from(u64::from_le_bytes(*last)) << (8 * (length - 8));
            high | u128::from(u64::from_le_bytes(*first))
        }
        _ => bytes.iter().rev().fold(0, |key, byte| key << 8 | u128::from(*byte)),
    };
    Some(key | u128::from(length + 1) << 120)
}

fn hash(key: u128) -> u64 {
    let (high, low) = halves(key);
    mixed(low ^ mixed(high))
}

/// The two halves of 128 bits, the high one first.
fn halves(value: u128) -> (u64, u64) {
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    (half(value >> 64), half(value))
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
    use crate::ledger::batch::Dictionaries;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_value_that_was_learned_is_known_and_no_other(
            texts in proptest::collection::vec("[a-c0-2-]{0,4}|[a-b]{7,18}|[0-9]{6,9}", 1..80),
            other in "[a-c0-2-]{0,4}|[a-b]{7,18}",
        ) {
            let mut lookup = Lookup::default();
            let mut expected = BTreeMap::new();
            for (at, text) in texts.iter().enumerate() {
                if expected.contains_key(text) {
                    continue;
                }
                let known = Known { code: u32::try_from(at).unwrap() + 1, mark: text_mark(text) };
                lookup.learn(text, known);
                expected.insert(text.clone(), known);
            }
            for text in texts.iter().chain([&other]) {
                prop_assert_eq!(lookup.known(text), expected.get(text).copied(), "{}", text);
                if let Some(number) = written_number(text) {
                    prop_assert_eq!(lookup.number(number), expected.get(text).copied(), "{}", text);
                }
            }
        }

        #[test]
        fn codes_resolved_together_lead_back_to_their_texts(
            batches in proptest::collection::vec(proptest::collection::vec("[a-c0-2-]{1,4}|[a-b]{7,18}|-?[0-9]{6,20}|中文{0,5}", 0..40), 1..5),
        ) {
            let dictionaries = Dictionaries::default().share(["member_id"]);
            let mut readers = [Lookup::default(), Lookup::default()];
            for (turn, texts) in batches.iter().enumerate() {
                let lookup = &mut readers[turn % 2];
                let keys: Vec<u128> =
                    texts.iter().map(|text| lookup.key(text, &dictionaries, "member_id").unwrap()).chain([0]).collect();
                let mut codes = vec![7];
                lookup.resolve(&keys, &mut codes, &dictionaries, "member_id").unwrap();
                prop_assert_eq!(codes.len(), texts.len() + 2);
                prop_assert_eq!(codes[codes.len() - 1], NOTHING);
                for (text, code) in texts.iter().zip(&codes[1..]) {
                    prop_assert_eq!(dictionaries.text("member_id", *code), Some(text.clone()));
                }
            }
            let distinct: std::collections::BTreeSet<&String> = batches.iter().flatten().collect();
            prop_assert_eq!(dictionaries.len("member_id"), distinct.len() + 1);
        }

        #[test]
        fn identities_tell_texts_apart(one in "[a-b0-1-]{0,9}|[a-b]{14,18}", other in "[a-b0-1-]{0,9}|[a-b]{14,18}") {
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
        assert_ne!(number_mark(0), 0, "the number nought is not nothing");
    }
}
