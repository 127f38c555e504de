//! Texts as small numbers: each distinct text of a domain is held once and columns hold its code.
//!
//! Invariants: code 0 means nothing; a code never changes; columns of one domain (`member_id` of members, transactions and
//! points) share their codes, so that joining them is indexing.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// The code of no text at all.
pub const NOTHING: u32 = 0;

/// The distinct texts of one domain.
#[derive(Debug, Default)]
pub struct Dictionary {
    bytes: String,
    ends: Vec<usize>,
    table: HashTable<u32>,
}

impl Dictionary {
    /// The code of a text, which is given one when it is new. `None` when there are more than four billion texts.
    pub fn intern(&mut self, text: &str) -> Option<u32> {
        let hash = xxh3_64(text.as_bytes());
        let (bytes, ends) = (&self.bytes, &self.ends);
        if let Some(code) = self.table.find(hash, |code| text_of(bytes, ends, *code) == Some(text)) {
            return Some(*code);
        }
        let code = u32::try_from(self.ends.len() + 1).ok()?;
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        let (bytes, ends) = (&self.bytes, &self.ends);
        let rehash = |code: &u32| xxh3_64(text_of(bytes, ends, *code).unwrap_or_default().as_bytes());
        self.table.insert_unique(hash, code, rehash);
        Some(code)
    }

    /// The code of a text that is already known.
    pub fn code(&self, text: &str) -> Option<u32> {
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
        fn a_code_leads_back_to_its_text(texts in proptest::collection::vec(".{0,6}", 0..200)) {
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
