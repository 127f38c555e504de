//! The universe of a scheme: every subject the ledger knows, in the order of their ids.

use chrono::NaiveDate;

use crate::{
    ledger::{
        batch::{Batch, Dictionaries, NO_DAY},
        dictionary::NOTHING,
        entity::{Entity, entity},
        error::LedgerError,
        snapshot::Snapshot,
    },
    metrics::{definition::Condition, filter::mask},
    period::day_number,
    scheme::SubjectKind,
};

/// Subjects ordered by id, so that no result depends on the order of rows.
#[derive(Debug, Clone, Default)]
pub struct Subjects {
    codes: Vec<u32>,
    since: Vec<i32>,
}

impl Subjects {
    /// Reads the subjects of a kind for which conditions on their own columns hold.
    ///
    /// # Errors
    /// [`LedgerError`] when the entity is not mapped or cannot be read.
    pub fn read(snapshot: &mut Snapshot, kind: SubjectKind, conditions: &[Condition]) -> Result<Self, LedgerError> {
        let (name, key) = kind.entity_and_key();
        let Some(found) = entity(name) else {
            return Err(LedgerError::EntityNotMapped { entity: name, needed_for: "grading".to_owned() });
        };
        let time = found.time.filter(|time| snapshot.has(found, time));
        let mut columns: Vec<&'static str> = std::iter::once(key).chain(time).collect();
        columns.extend(conditions.iter().map(|condition| condition.column));
        columns.sort_unstable();
        columns.dedup();
        let rows = snapshot.read(found, &columns, "the subjects of a scheme")?;
        let dictionaries = snapshot.dictionaries();
        let kept = mask(conditions, &rows, |column, text| dictionaries.of(column)?.code(text));
        Self::from_rows(found, &rows, &kept, key, time, dictionaries)
    }

    fn from_rows(
        entity: &'static Entity,
        rows: &Batch,
        kept: &[bool],
        key: &'static str,
        time: Option<&'static str>,
        dictionaries: &Dictionaries,
    ) -> Result<Self, LedgerError> {
        let days = time.map_or(&[][..], |time| rows.days(time));
        let mut all: Vec<(u32, i32)> = rows
            .codes(key)
            .iter()
            .enumerate()
            .filter(|(row, code)| **code != NOTHING && kept.get(*row).copied().unwrap_or(false))
            .map(|(row, code)| (*code, days.get(row).copied().unwrap_or(NO_DAY)))
            .collect();
        all.sort_by_cached_key(|(code, _)| dictionaries.text(key, *code).map(str::to_owned));
        // A database may hold `1` and `'1'` as different keys; as texts they are one.
        if let Some(((code, _), _)) = all.iter().zip(all.iter().skip(1)).find(|((a, _), (b, _))| a == b) {
            let key = format!("`{}`", dictionaries.text(key, *code).unwrap_or_default());
            return Err(LedgerError::DuplicateKey { entity: entity.name, key, count: 2 });
        }
        let (codes, since) = all.into_iter().unzip();
        Ok(Self { codes, since })
    }

    /// All subjects by id, whenever they began.
    pub fn all(&self) -> &[u32] {
        &self.codes
    }

    /// The subjects that had begun by the end of a day, by id. A subject without a first day always had.
    pub fn on(&self, day: NaiveDate) -> impl Iterator<Item = u32> + '_ {
        let last = day_number(day);
        self.codes.iter().zip(&self.since).filter(move |(_, since)| **since <= last).map(|(code, _)| *code)
    }

    /// How many subjects began from one day to another, both included.
    pub fn begun(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let range = day_number(from)..=day_number(to);
        let count = self.since.iter().filter(|since| range.contains(since)).count();
        i64::try_from(count).unwrap_or(i64::MAX)
    }
}
