//! Rows of one entity as typed columns.
//!
//! Invariants: all columns of a batch have the same length; a missing number is [`MISSING`], a missing day [`NO_DAY`], a missing
//! text [`NOTHING`](crate::ledger::dictionary::NOTHING).

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::ledger::{dictionary::Dictionary, lookup::identity};

/// A number that is not there. No amount can have this value: reading one is refused as too large.
pub const MISSING: i64 = i64::MIN;
/// A day that is not there.
pub const NO_DAY: i32 = i32::MIN;

/// One column of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// Codes of texts: keys, words, choices, flags (`0`/`1` as text).
    Codes(Vec<u32>),
    /// Minor units, thousandths, points, counts, or seconds of an instant since 1970 in local time.
    Numbers(Vec<i64>),
    /// Days since 1970-01-01.
    Days(Vec<i32>),
    /// Keys and texts that are only told apart, in 128 bits; 0 for nothing.
    Identities(Vec<u128>),
}

impl Values {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Codes(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::Days(values) => values.len(),
            Self::Identities(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the rows and keeps the room.
    pub fn clear(&mut self) {
        match self {
            Self::Codes(values) => values.clear(),
            Self::Numbers(values) => values.clear(),
            Self::Days(values) => values.clear(),
            Self::Identities(values) => values.clear(),
        }
    }
}

/// Some rows of one entity.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    names: Vec<&'static str>,
    columns: Vec<Values>,
}

impl Batch {
    /// A batch of named columns.
    pub fn new(columns: Vec<(&'static str, Values)>) -> Self {
        let (names, columns) = columns.into_iter().unzip();
        Self { names, columns }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Values::len)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&Values> {
        self.names.iter().position(|known| *known == name).and_then(|at| self.columns.get(at))
    }

    /// The codes of a text column; empty when there is no such column.
    pub fn codes(&self, name: &str) -> &[u32] {
        match self.column(name) {
            Some(Values::Codes(values)) => values,
            _ => &[],
        }
    }

    /// The numbers of a column; empty when there is no such column.
    pub fn numbers(&self, name: &str) -> &[i64] {
        match self.column(name) {
            Some(Values::Numbers(values)) => values,
            _ => &[],
        }
    }

    /// The days of a column; empty when there is no such column.
    pub fn days(&self, name: &str) -> &[i32] {
        match self.column(name) {
            Some(Values::Days(values)) => values,
            _ => &[],
        }
    }

    pub(super) fn columns(&self) -> &[Values] {
        &self.columns
    }

    pub(super) fn columns_mut(&mut self) -> &mut [Values] {
        &mut self.columns
    }

    /// A batch of the same columns without rows.
    pub(super) fn empty(&self) -> Self {
        self.rows(&[])
    }

    /// Some of the rows, in the order of their places.
    pub(super) fn rows(&self, places: &[usize]) -> Self {
        fn chosen<T: Copy>(values: &[T], places: &[usize]) -> Vec<T> {
            places.iter().filter_map(|place| values.get(*place).copied()).collect()
        }
        let columns = self.columns.iter().map(|column| match column {
            Values::Codes(values) => Values::Codes(chosen(values, places)),
            Values::Numbers(values) => Values::Numbers(chosen(values, places)),
            Values::Days(values) => Values::Days(chosen(values, places)),
            Values::Identities(values) => Values::Identities(chosen(values, places)),
        });
        Self { names: self.names.clone(), columns: columns.collect() }
    }

    /// Compares two rows of one subject, column by column, by value; the column of the subject itself does not count.
    pub(super) fn compare(&self, one: usize, other: usize, subject: &str, dictionaries: &Dictionaries) -> Ordering {
        let others = self.names.iter().zip(&self.columns).filter(|(name, _)| **name != subject);
        let compared = others.map(|(name, column)| match column {
            Values::Codes(values) => {
                let text = |row: usize| values.get(row).and_then(|code| dictionaries.text(name, *code));
                text(one).cmp(&text(other))
            }
            Values::Numbers(values) => values.get(one).cmp(&values.get(other)),
            Values::Days(values) => values.get(one).cmp(&values.get(other)),
            Values::Identities(values) => values.get(one).cmp(&values.get(other)),
        });
        let mut differing = compared.filter(|compared| *compared != Ordering::Equal);
        differing.next().unwrap_or(Ordering::Equal)
    }

    /// Appends the rows of another batch of the same columns.
    pub(super) fn extend(&mut self, other: &Self) {
        for (mine, theirs) in self.columns.iter_mut().zip(&other.columns) {
            match (mine, theirs) {
                (Values::Codes(mine), Values::Codes(theirs)) => mine.extend_from_slice(theirs),
                (Values::Numbers(mine), Values::Numbers(theirs)) => mine.extend_from_slice(theirs),
                (Values::Days(mine), Values::Days(theirs)) => mine.extend_from_slice(theirs),
                (Values::Identities(mine), Values::Identities(theirs)) => mine.extend_from_slice(theirs),
                _ => {}
            }
        }
    }
}

/// What a key or text is as one of [`Values::Identities`].
pub fn identity_of(text: &str) -> u128 {
    identity(text)
}

/// The dictionaries of a snapshot, one a domain.
#[derive(Debug, Default)]
pub struct Dictionaries(BTreeMap<&'static str, Dictionary>);

/// The dictionaries of a snapshot while several readers add to them.
#[derive(Debug)]
pub struct SharedDictionaries(BTreeMap<&'static str, Mutex<Dictionary>>);

impl Dictionaries {
    /// The domain of a column: columns that name the same kind of thing share one.
    pub fn domain(column: &'static str) -> &'static str {
        match column {
            "referrer_id" => "member_id",
            "returns_order_id" => "order_id",
            "reverses_id" => "entry_id",
            other => other,
        }
    }

    /// The dictionary of a column, if anything was read into it.
    pub fn of(&self, column: &'static str) -> Option<&Dictionary> {
        self.0.get(Self::domain(column))
    }

    /// The text of a code of a column.
    pub fn text(&self, column: &'static str, code: u32) -> Option<&str> {
        self.of(column)?.text(code)
    }

    /// Gives the dictionaries to readers of some columns.
    pub(super) fn share(mut self, columns: impl IntoIterator<Item = &'static str>) -> SharedDictionaries {
        for column in columns {
            self.0.entry(Self::domain(column)).or_default();
        }
        SharedDictionaries(self.0.into_iter().map(|(name, dictionary)| (name, Mutex::new(dictionary))).collect())
    }
}

impl SharedDictionaries {
    /// The code of a text of a column, if it was met.
    pub fn code(&self, column: &'static str, text: &str) -> Option<u32> {
        self.of(column)?.code(text)
    }

    /// The text of a code of a column.
    pub fn text(&self, column: &'static str, code: u32) -> Option<String> {
        self.of(column)?.text(code).map(str::to_owned)
    }

    /// One more than the highest code of a column.
    pub fn len(&self, column: &'static str) -> usize {
        self.of(column).map_or(1, |dictionary| dictionary.len())
    }

    pub(super) fn of(&self, column: &'static str) -> Option<MutexGuard<'_, Dictionary>> {
        let dictionary = self.0.get(Dictionaries::domain(column))?;
        Some(dictionary.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the dictionaries back from the readers.
    pub(super) fn unshare(self) -> Dictionaries {
        let inner = |dictionary: Mutex<Dictionary>| dictionary.into_inner().unwrap_or_else(PoisonError::into_inner);
        Dictionaries(self.0.into_iter().map(|(name, dictionary)| (name, inner(dictionary))).collect())
    }
}
