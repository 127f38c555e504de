//! Texts as small numbers: each distinct text of a domain is held once and columns hold its code.
//!
//! Invariants: code 0 means nothing; a code never changes; columns of one domain (`member_id` of members, transactions and
//! points) share their codes, so that joining them is indexing.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use crate::ledger::lookup::written_number;

/// The code of no text at all.
pub const NOTHING: u32 = 0;

/// Whole numbers below this have their codes by place.
const BY_PLACE: i64 = 1 << 24;

/// The distinct texts of one domain.
#[derive(Debug, Default)]
pub struct Dictionary {
    bytes: String,
    ends: Vec<usize>,
    table: HashTable<u32>,
    /// Codes of texts that are written like small whole numbers, by number.
    by_place: Vec<u32>,
}

impl Dictionary {
    /// The code of a text, which is given one when it is new. `None` when there are more than four billion texts.
    pub fn intern(&mut self, text: &str) -> Option<u32> {
        if let Some(place) = place(text) {
            return self.intern_at(place, text);
        }
        let hash = xxh3_64(text.as_bytes());
        let (bytes, ends) = (&self.bytes, &self.ends);
        if let Some(code) = self.table.find(hash, |code| text_of(bytes, ends, *code) == Some(text)) {
            return Some(*code);
        }
        let code = self.add(text)?;
        let (bytes, ends) = (&self.bytes, &self.ends);
        let rehash = |code: &u32| xxh3_64(text_of(bytes, ends, *code).unwrap_or_default().as_bytes());
        self.table.insert_unique(hash, code, rehash);
        Some(code)
    }

    /// The code of a whole number as text, which is given one when it is new.
    pub fn intern_number(&mut self, number: i64) -> Option<u32> {
        let place = usize::try_from(number).ok().filter(|_| number < BY_PLACE);
        match place.and_then(|place| self.by_place.get(place)).filter(|code| **code != NOTHING) {
            Some(code) => Some(*code),
            None => self.intern(&number.to_string()),
        }
    }

    fn intern_at(&mut self, place: usize, text: &str) -> Option<u32> {
        if self.by_place.len() <= place {
            self.by_place.resize((place + 1).next_power_of_two(), NOTHING);
        }
        match self.by_place.get(place) {
            Some(code) if *code != NOTHING => Some(*code),
            _ => {
                let code = self.add(text)?;
                *self.by_place.get_mut(place)? = code;
                Some(code)
            }
        }
    }

    fn add(&mut self, text: &str) -> Option<u32> {
        let code = u32::try_from(self.ends.len() + 1).ok()?;
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        Some(code)
    }

    /// The code of a text that is already known.
    pub fn code(&self, text: &str) -> Option<u32> {
        if let Some(place) = place(text) {
            return self.by_place.get(place).copied().filter(|code| *code != NOTHING);
        }
        let hash = xxh3_64(text.as_bytes());
        self.table.find(hash, |code| text_of(&self.bytes, &self.ends, *code) == Some(text)).copied()
    }

    /// The text of a code; `None` for [`NOTHING`] and for a code that was never given.
    pub fn text(&self, code: u32) -> Option<&str> {
        text_of(&self.bytes, &self.ends, code)
    }

    /// One more than the highest code: the length of an array indexed by code.
    pub fn len(&self) -> usize {
        self.ends.len() + 1
    }

    /// Whether no text was seen.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// The place of a text that is written like a small whole number.
fn place(text: &str) -> Option<usize> {
    written_number(text).filter(|number| (0..BY_PLACE).contains(number)).and_then(|number| usize::try_from(number).ok())
}

fn text_of<'t>(bytes: &'t str, ends: &[usize], code: u32) -> Option<&'t str> {
    let index = usize::try_from(code).ok()?.checked_sub(1)?;
    let end = *ends.get(index)?;
    let start = index.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied())?;
    bytes.get(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_leads_back_to_its_text(texts in proptest::collection::vec(".{0,6}|-?[0-9]{1,3}", 0..200)) {
            let mut dictionary = Dictionary::default();
            let codes: Vec<u32> = texts.iter().map(|text| dictionary.intern(text).unwrap()).collect();
            for (text, code) in texts.iter().zip(&codes) {
                prop_assert!(*code != NOTHING);
                prop_assert_eq!(dictionary.text(*code), Some(text.as_str()));
                prop_assert_eq!(dictionary.code(text), Some(*code));
            }
            let distinct: std::collections::BTreeSet<&String> = texts.iter().collect();
            prop_assert_eq!(dictionary.len(), distinct.len() + 1);
        }
    }

    #[test]
    fn nothing_has_no_text() {
        assert_eq!(Dictionary::default().text(NOTHING), None);
        assert_eq!(Dictionary::default().code(""), None);
    }
}
