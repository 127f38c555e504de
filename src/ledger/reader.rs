//! One reader of an entity's rows: decodes them into batches, checks signs and dates, and keeps count.
//!
//! Not here: who runs the readers and what becomes of the batches (`ledger::snapshot`).

use chrono::NaiveDate;
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    ledger::{
        batch::{Batch, MISSING, NO_DAY, SharedDictionaries, Values},
        decode::{Decoder, Refusal},
        entity::{ColumnType, Entity},
        error::LedgerError,
        mapping::ColumnMapping,
        snapshot::EntityFacts,
        source::Row,
    },
    period::{SECONDS_A_DAY, day_from_number, day_number},
};

/// Columns an entity can have at most, for the fixed room of a row's fingerprint.
const MOST_COLUMNS: usize = 32;

/// Decodes rows into a batch and keeps count.
#[derive(Debug)]
pub(super) struct Reader<'m> {
    entity: &'static Entity,
    columns: Vec<&'m ColumnMapping>,
    decoders: Vec<Decoder<'m>>,
    pub(super) batch: Batch,
    pub(super) facts: EntityFacts,
    kind_and_amount: Option<(usize, usize)>,
    time: Option<usize>,
    today: NaiveDate,
}

/// Why a row was refused; its key is added by who can look it up.
#[derive(Debug)]
pub(super) enum Objection {
    /// A value.
    Value { refusal: Refusal, column: usize },
    /// The sign of an amount.
    Sign { kind: &'static str, amount: i64 },
    /// A date after today.
    Future { found: String },
}

impl<'m> Reader<'m> {
    pub(super) fn new(
        entity: &'static Entity,
        columns: &[&'m ColumnMapping],
        decoders: Vec<Decoder<'m>>,
        today: NaiveDate,
    ) -> Self {
        let batch = Batch::new(columns.iter().zip(&decoders).map(|(c, d)| (c.spec.name, d.values())).collect());
        let place = |name: &str| columns.iter().position(|column| column.spec.name == name);
        let kind_and_amount = if entity.name == "transaction" { place("kind").zip(place("amount")) } else { None };
        let time = entity.time_of_what_happened().and_then(place);
        let facts = EntityFacts::default();
        Self { entity, columns: columns.to_vec(), decoders, batch, facts, kind_and_amount, time, today }
    }

    /// Forgets the rows of the batch.
    pub(super) fn clear(&mut self) {
        self.batch.columns_mut().iter_mut().for_each(Values::clear);
        self.decoders.iter_mut().for_each(Decoder::clear);
    }

    /// Reads one row into the batch.
    pub(super) fn take(&mut self, row: &dyn Row, dictionaries: &SharedDictionaries) -> Result<(), Objection> {
        let mut marks = [0_u8; MOST_COLUMNS * 8];
        let parts = self.decoders.iter_mut().zip(self.batch.columns_mut()).zip(marks.chunks_exact_mut(8));
        for (at, ((decoder, values), room)) in parts.enumerate() {
            let mark = decoder
                .read(row.raw(at), values, dictionaries)
                .map_err(|refusal| Objection::Value { refusal, column: at })?;
            room.copy_from_slice(&mark.to_le_bytes());
        }
        let used = marks.get(..self.decoders.len() * 8).unwrap_or(&marks);
        self.facts.rows += 1;
        self.facts.fingerprint = self.facts.fingerprint.wrapping_add(xxh3_128(used));
        Ok(())
    }

    /// Completes the batch, and checks its rows against each other's columns and the calendar.
    pub(super) fn complete(&mut self, dictionaries: &SharedDictionaries) -> Result<(), Objection> {
        for (at, (decoder, values)) in self.decoders.iter_mut().zip(self.batch.columns_mut()).enumerate() {
            let completed = decoder.complete(values, dictionaries);
            completed.map_err(|refusal| Objection::Value { refusal, column: at })?;
        }
        self.check_signs(dictionaries)?;
        self.check_times()
    }

    fn check_signs(&self, dictionaries: &SharedDictionaries) -> Result<(), Objection> {
        let Some((kind, amount)) = self.kind_and_amount else { return Ok(()) };
        let (Some(Values::Codes(kinds)), Some(Values::Numbers(amounts))) =
            (self.batch.columns().get(kind), self.batch.columns().get(amount))
        else {
            return Ok(());
        };
        let (sale, refund) = (dictionaries.code("kind", "sale"), dictionaries.code("kind", "return"));
        let wrong = kinds.iter().zip(amounts).find(|(kind, amount)| {
            (Some(**kind) == sale && **amount < 0 && **amount != MISSING) || (Some(**kind) == refund && **amount > 0)
        });
        match wrong {
            Some((kind, amount)) => {
                Err(Objection::Sign { kind: if Some(*kind) == sale { "sale" } else { "return" }, amount: *amount })
            }
            None => Ok(()),
        }
    }

    fn check_times(&self) -> Result<(), Objection> {
        let last_day = day_number(self.today);
        let latest = match self.time.and_then(|time| self.batch.columns().get(time)) {
            Some(Values::Numbers(at)) => at.iter().max().map(|at| at.div_euclid(SECONDS_A_DAY)),
            Some(Values::Days(days)) => days.iter().max().map(|day| i64::from(*day)),
            _ => None,
        };
        match latest {
            Some(day) if day > i64::from(last_day) => {
                let found = i32::try_from(day).ok().and_then(day_from_number);
                Err(Objection::Future { found: found.map_or_else(String::new, |day| day.to_string()) })
            }
            _ => Ok(()),
        }
    }

    /// The day of the earliest row of the batch.
    pub(super) fn earliest_day(&self) -> Option<i32> {
        match self.entity.time.and_then(|name| self.batch.column(name)) {
            Some(Values::Numbers(at)) => {
                let first = at.iter().filter(|at| **at != MISSING).min()?;
                i32::try_from(first.div_euclid(SECONDS_A_DAY)).ok()
            }
            Some(Values::Days(days)) => days.iter().filter(|day| **day != NO_DAY).min().copied(),
            _ => None,
        }
    }

    /// What an objection is called, for a row with a key.
    pub(super) fn told(&self, objection: Objection, row: String) -> LedgerError {
        let entity = self.entity.name;
        let (refusal, at) = match objection {
            Objection::Sign { kind, amount } => return LedgerError::WrongSign { kind, row, amount },
            Objection::Future { found } => {
                let column = self.entity.time.unwrap_or_default();
                return LedgerError::InTheFuture { entity, column, row, found, today: self.today };
            }
            Objection::Value { refusal, column } => (refusal, column),
        };
        let Some(spec) = self.columns.get(at).map(|column| column.spec) else {
            return LedgerError::TooManyValues { entity, column: "" };
        };
        let (column, expected) = (spec.name, spec.kind.described());
        match refusal {
            Refusal::Empty => LedgerError::EmptyValue { entity, column, row, meaning: spec.meaning },
            Refusal::Real(found) if spec.kind == ColumnType::Money => {
                LedgerError::MoneyIsReal { entity, column, row, found }
            }
            Refusal::Real(found) => {
                let help = "store whole numbers as INTEGER or a decimal as TEXT".to_owned();
                LedgerError::WrongType { entity, column, row, found, expected, help }
            }
            Refusal::Type { found, help } => LedgerError::WrongType { entity, column, row, found, expected, help },
            Refusal::TooMany => LedgerError::TooManyValues { entity, column },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entity::ENTITIES;

    #[test]
    fn every_column_of_an_entity_has_room_in_the_fingerprint() {
        assert!(ENTITIES.iter().all(|entity| entity.columns.len() <= MOST_COLUMNS));
    }
}
