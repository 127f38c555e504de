//! One read-only snapshot of the ledger, from which a whole run takes its figures.
//!
//! Invariants: every read sees the same state; every value that leaves is of the contract's type; each entity that was read has a row count and a
//! fingerprint that does not depend on the order of rows, nor on the database they stand in.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    ledger::{
        batch::{Batch, Dictionaries, MISSING, NO_DAY, Values},
        decode::{Decoder, Refusal},
        entity::{ColumnType, Entity},
        error::LedgerError,
        mapping::{ColumnMapping, Database, EntityMapping, Mapping},
        source::sqlite::{Sqlite, SqliteRow},
    },
    period::{SECONDS_A_DAY, day_from_number, day_number},
};

/// Rows decoded before they are handed on.
const BATCH_ROWS: usize = 65_536;

/// An open snapshot.
#[derive(Debug)]
pub struct Snapshot {
    mapping: Mapping,
    source: Sqlite,
    today: NaiveDate,
    dictionaries: Dictionaries,
    read: BTreeMap<&'static str, EntityFacts>,
}

/// What was read of one entity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntityFacts {
    /// How many rows there are.
    pub rows: u64,
    /// Fingerprint of the columns that were read, over all rows in any order.
    pub fingerprint: u128,
}

impl Snapshot {
    /// Opens the ledger of a mapping. Rows dated after `today` are refused when they are read.
    ///
    /// # Errors
    /// [`LedgerError`] when the database cannot be opened, or was made with another currency, scale or zone.
    pub fn open(mapping: Mapping, today: NaiveDate) -> Result<Self, LedgerError> {
        let Database::Sqlite(path) = &mapping.database;
        let source = Sqlite::open(path)?;
        let settings = [
            ("currency", mapping.currency.code.clone()),
            ("scale", mapping.currency.scale.places().to_string()),
            ("zone", mapping.zone.name().to_owned()),
        ];
        for (name, config) in settings {
            if let Some(ledger) = source.info(name)?
                && ledger != config
            {
                return Err(LedgerError::SettingsDiffer { name, ledger, config });
            }
        }
        Ok(Self { mapping, source, today, dictionaries: Dictionaries::default(), read: BTreeMap::new() })
    }

    /// The mapping the snapshot is read by.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The texts behind the codes of what was read so far.
    pub fn dictionaries(&self) -> &Dictionaries {
        &self.dictionaries
    }

    /// What was read so far, by entity.
    pub fn facts(&self) -> &BTreeMap<&'static str, EntityFacts> {
        &self.read
    }

    /// A fingerprint of everything that was read so far, as 32 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        let mut bytes = Vec::new();
        for (name, facts) in &self.read {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(&facts.rows.to_le_bytes());
            bytes.extend_from_slice(&facts.fingerprint.to_le_bytes());
        }
        format!("{:032x}", xxh3_128(&bytes))
    }

    /// Whether the ledger has an entity with a column.
    pub fn has(&self, entity: &Entity, column: &str) -> bool {
        self.mapping.entities.get(entity.name).is_some_and(|mapped| mapped.columns.contains_key(column))
    }

    /// What is missing of the tables and columns of the mapped entities: for each entity the first.
    pub fn missing_tables(&self) -> Vec<LedgerError> {
        self.mapping.entities.values().filter_map(|mapped| self.source.check(mapped).err()).collect()
    }

    /// Whether every column that something needs is mapped.
    ///
    /// # Errors
    /// [`LedgerError::EntityNotMapped`] or [`LedgerError::ColumnNotMapped`].
    pub fn check_mapped(
        &self,
        entity: &'static Entity,
        columns: &[&'static str],
        needed_for: &str,
    ) -> Result<(), LedgerError> {
        wanted_columns(self.mapped(entity, needed_for)?, columns, needed_for).map(drop)
    }

    /// How many rows an entity has, without reading them.
    ///
    /// # Errors
    /// [`LedgerError`] when the entity is not mapped or cannot be counted.
    pub fn count(&self, entity: &'static Entity) -> Result<i64, LedgerError> {
        let mapped = self.mapped(entity, "counting its rows")?;
        self.source.check(mapped)?;
        self.source.count(mapped)
    }

    /// The day of the earliest row of an entity; `None` when it is not mapped, has no rows or no time. Not part of the fingerprint.
    ///
    /// # Errors
    /// As [`Snapshot::scan`], for the column of its time.
    pub fn first_day(&self, entity: &'static Entity) -> Result<Option<NaiveDate>, LedgerError> {
        let (Some(mapped), Some(time)) = (self.mapping.entities.get(entity.name), entity.time) else { return Ok(None) };
        let wanted = wanted_columns(mapped, &[time], "the first day")?;
        let decoders = wanted.iter().map(|c| Decoder::new(c, &self.mapping.currency, self.mapping.zone)).collect();
        let mut reader = Reader::new(entity, &wanted, decoders, self.today);
        let mut dictionaries = Dictionaries::default();
        let mut first = i64::MAX;
        self.source.check(mapped)?;
        self.source.scan(mapped, &wanted, &mut |row| {
            reader.take(row, &mut dictionaries)?;
            first = first.min(reader.last_row_day().unwrap_or(i64::MAX));
            reader.clear();
            Ok(())
        })?;
        Ok(i32::try_from(first).ok().and_then(day_from_number))
    }

    /// Reads every row of an entity into one batch: for entities with few rows, or with one row a subject.
    ///
    /// # Errors
    /// As [`Snapshot::scan`].
    pub fn read(
        &mut self,
        entity: &'static Entity,
        columns: &[&'static str],
        needed_for: &str,
    ) -> Result<Batch, LedgerError> {
        let mut whole: Option<Batch> = None;
        self.scan(entity, columns, needed_for, &mut |batch, _| {
            match &mut whole {
                Some(whole) => whole.extend(batch),
                None => whole = Some(batch.clone()),
            }
            Ok(())
        })?;
        Ok(whole.unwrap_or_default())
    }

    /// Streams the rows of an entity through `visit`, some thousand at a time. `visit` sees at least one batch, if an empty one.
    ///
    /// # Errors
    /// [`LedgerError`] for an entity or column that is not mapped or does not exist, for a value that is not of its type, a duplicate key, a wrong
    /// sign, a date after today; whatever `visit` refuses.
    pub fn scan(
        &mut self,
        entity: &'static Entity,
        columns: &[&'static str],
        needed_for: &str,
        visit: &mut dyn FnMut(&Batch, &Dictionaries) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let mapped = self.mapping.entities.get(entity.name).ok_or_else(|| not_mapped(entity, needed_for))?;
        let wanted = wanted_columns(mapped, columns, needed_for)?;
        self.source.check(mapped)?;
        if let Some((key, count)) = self.source.duplicate(mapped)? {
            return Err(LedgerError::DuplicateKey { entity: entity.name, key, count });
        }
        let decoders =
            wanted.iter().map(|column| Decoder::new(column, &self.mapping.currency, self.mapping.zone)).collect();
        let mut reader = Reader::new(entity, &wanted, decoders, self.today);
        let dictionaries = &mut self.dictionaries;
        self.source.scan(mapped, &wanted, &mut |row| {
            reader.take(row, dictionaries)?;
            if reader.batch.len() == BATCH_ROWS {
                visit(&reader.batch, dictionaries)?;
                reader.clear();
            }
            Ok(())
        })?;
        if !reader.batch.is_empty() || reader.facts.rows == 0 {
            visit(&reader.batch, &self.dictionaries)?;
        }
        // The same entity read twice for different columns counts both readings in the fingerprint, its rows once.
        let facts = self.read.entry(entity.name).or_default();
        facts.rows = reader.facts.rows;
        facts.fingerprint = facts.fingerprint.wrapping_add(reader.facts.fingerprint);
        Ok(())
    }

    fn mapped(&self, entity: &'static Entity, needed_for: &str) -> Result<&EntityMapping, LedgerError> {
        self.mapping.entities.get(entity.name).ok_or_else(|| not_mapped(entity, needed_for))
    }
}

fn not_mapped(entity: &'static Entity, needed_for: &str) -> LedgerError {
    LedgerError::EntityNotMapped { entity: entity.name, needed_for: needed_for.to_owned() }
}

fn wanted_columns<'m>(
    mapped: &'m EntityMapping,
    columns: &[&'static str],
    needed_for: &str,
) -> Result<Vec<&'m ColumnMapping>, LedgerError> {
    columns
        .iter()
        .map(|name| {
            mapped.columns.get(name).ok_or_else(|| LedgerError::ColumnNotMapped {
                entity: mapped.entity.name,
                column: (*name).to_owned(),
                needed_for: needed_for.to_owned(),
            })
        })
        .collect()
}

/// Decodes rows into a batch and keeps count.
struct Reader<'m> {
    entity: &'static Entity,
    columns: Vec<&'m ColumnMapping>,
    decoders: Vec<Decoder<'m>>,
    batch: Batch,
    facts: EntityFacts,
    canonical: Vec<u8>,
    kind_and_amount: Option<(usize, usize)>,
    today: NaiveDate,
    last_day: i64,
}

impl<'m> Reader<'m> {
    fn new(
        entity: &'static Entity,
        columns: &[&'m ColumnMapping],
        decoders: Vec<Decoder<'m>>,
        today: NaiveDate,
    ) -> Self {
        let batch = Batch::new(columns.iter().zip(&decoders).map(|(c, d)| (c.spec.name, d.values())).collect());
        let place = |name: &str| columns.iter().position(|column| column.spec.name == name);
        let kind_and_amount = if entity.name == "transaction" { place("kind").zip(place("amount")) } else { None };
        Self {
            entity,
            columns: columns.to_vec(),
            decoders,
            batch,
            facts: EntityFacts::default(),
            canonical: Vec::new(),
            kind_and_amount,
            today,
            last_day: i64::from(day_number(today)),
        }
    }

    fn clear(&mut self) {
        self.batch.columns_mut().iter_mut().for_each(Values::clear);
    }

    fn take(&mut self, row: &SqliteRow<'_>, dictionaries: &mut Dictionaries) -> Result<(), LedgerError> {
        self.canonical.clear();
        let parts = self.columns.iter().zip(&mut self.decoders).zip(self.batch.columns_mut());
        for (at, ((column, decoder), values)) in parts.enumerate() {
            let dictionary = dictionaries.of_mut(column.spec.name);
            decoder
                .read(row.raw(at), values, dictionary, &mut self.canonical)
                .map_err(|refusal| told(refusal, self.entity, column, row))?;
        }
        self.check_sign(row, dictionaries)?;
        self.check_time(row)?;
        self.facts.rows += 1;
        self.facts.fingerprint = self.facts.fingerprint.wrapping_add(xxh3_128(&self.canonical));
        Ok(())
    }

    fn check_sign(&mut self, row: &SqliteRow<'_>, dictionaries: &Dictionaries) -> Result<(), LedgerError> {
        let Some((kind, amount)) = self.kind_and_amount else { return Ok(()) };
        let columns = self.batch.columns_mut();
        let (Some(Values::Codes(kinds)), Some(Values::Numbers(amounts))) = (columns.get(kind), columns.get(amount))
        else {
            return Ok(());
        };
        let (Some(kind), Some(amount)) = (kinds.last(), amounts.last()) else { return Ok(()) };
        let kind = match dictionaries.text("kind", *kind) {
            Some("sale") if *amount < 0 => "sale",
            Some("return") if *amount > 0 => "return",
            _ => return Ok(()),
        };
        Err(LedgerError::WrongSign { kind, row: row.name(), amount: *amount })
    }

    /// The day of the row that was read last; `None` when its time was not asked for or is not there.
    fn last_row_day(&self) -> Option<i64> {
        match self.batch.column(self.entity.time?)? {
            Values::Numbers(values) => {
                values.last().filter(|at| **at != MISSING).map(|at| at.div_euclid(SECONDS_A_DAY))
            }
            Values::Days(values) => values.last().filter(|day| **day != NO_DAY).map(|day| i64::from(*day)),
            Values::Codes(_) => None,
        }
    }

    fn check_time(&self, row: &SqliteRow<'_>) -> Result<(), LedgerError> {
        let (Some(time), Some(day)) = (self.entity.time, self.last_row_day()) else { return Ok(()) };
        // A tier may be decided before the day on which it begins.
        if day <= self.last_day || self.entity.name == "tier_history" {
            return Ok(());
        }
        let found = i32::try_from(day).ok().and_then(day_from_number).map_or_else(String::new, |day| day.to_string());
        Err(LedgerError::InTheFuture {
            entity: self.entity.name,
            column: time,
            row: row.name(),
            found,
            today: self.today,
        })
    }
}

fn told(refusal: Refusal, entity: &'static Entity, column: &ColumnMapping, row: &SqliteRow<'_>) -> LedgerError {
    let (entity, name, row) = (entity.name, column.spec.name, row.name());
    match refusal {
        Refusal::Empty => LedgerError::EmptyValue { entity, column: name, row, meaning: column.spec.meaning },
        Refusal::Real(found) if column.spec.kind == ColumnType::Money => {
            LedgerError::MoneyIsReal { entity, column: name, row, found }
        }
        Refusal::Real(found) => {
            let help = "store whole numbers as INTEGER or a decimal as TEXT".to_owned();
            LedgerError::WrongType { entity, column: name, row, found, expected: column.spec.kind.described(), help }
        }
        Refusal::Type { found, help } => {
            LedgerError::WrongType { entity, column: name, row, found, expected: column.spec.kind.described(), help }
        }
        Refusal::TooMany => LedgerError::TooManyValues { entity, column: name },
    }
}
