//! One read-only snapshot of the ledger, from which a whole run takes its figures.
//!
//! Invariants: every read sees the same state; every value that leaves is of the contract's type; each entity that was read has a row count and a
//! fingerprint that does not depend on the order of rows, nor on the database they stand in.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI32, Ordering},
    },
};

use chrono::NaiveDate;
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    ledger::{
        batch::{Batch, Dictionaries, SharedDictionaries},
        decode::Texts,
        entity::Entity,
        error::LedgerError,
        mapping::{ColumnMapping, EntityMapping, Mapping, Rows},
        pushdown::Grouped,
        scan::{Plan, Readers, Visitor},
        source::{self, Source},
    },
    period::day_from_number,
};

/// An open snapshot.
#[derive(Debug)]
pub struct Snapshot {
    mapping: Mapping,
    source: Box<dyn Source>,
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
        let source = source::open(&mapping.database)?;
        let rows = mapping.entities.values().map(|mapped| &mapped.rows);
        let tables: Vec<&str> =
            rows.filter_map(|rows| if let Rows::Table(table) = rows { Some(table.as_str()) } else { None }).collect();
        source.settle(mapping.zone, &tables)?;
        let settings = [
            ("currency", mapping.currency.code.clone()),
            ("scale", mapping.currency.scale.places().to_string()),
            ("zone", mapping.zone.name().to_owned()),
        ];
        for (name, config) in settings {
            if let Some(ledger) = source::info(&*source, name)?
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
        self.mapping.entities.values().filter_map(|mapped| source::check(&*self.source, mapped).err()).collect()
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
        source::check(&*self.source, mapped)?;
        source::count(&*self.source, mapped)
    }

    /// The day of the earliest row of an entity; `None` when it is not mapped, has no rows or no time. Not part of the fingerprint.
    ///
    /// # Errors
    /// As [`Snapshot::scan`], for the column of its time.
    pub fn first_day(&mut self, entity: &'static Entity) -> Result<Option<NaiveDate>, LedgerError> {
        let Some(time) = entity.time.filter(|_| self.mapping.entities.contains_key(entity.name)) else {
            return Ok(None);
        };
        let first = AtomicI32::new(i32::MAX);
        self.read_rows(entity, &[(time, Texts::Coded)], "the first day", Readers::All, None, &|reader, _| {
            first.fetch_min(reader.earliest_day().unwrap_or(i32::MAX), Ordering::Relaxed);
        })?;
        Ok(Some(first.into_inner()).filter(|day| *day != i32::MAX).and_then(day_from_number))
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
        let columns: Vec<(&'static str, Texts)> = columns.iter().map(|name| (*name, Texts::Coded)).collect();
        self.scan_in_order(entity, &columns, needed_for, &mut |batch, _| match &mut whole {
            Some(whole) => whole.extend(batch),
            None => whole = Some(batch.clone()),
        })?;
        Ok(whole.unwrap_or_default())
    }

    /// Reads the rows of an entity in which a column has one of some texts. They are not noted as read: all of them were before, for figures.
    ///
    /// # Errors
    /// As [`Snapshot::scan`].
    pub fn read_of(
        &mut self,
        entity: &'static Entity,
        columns: &[&'static str],
        (column, texts): (&'static str, &[&str]),
        needed_for: &str,
    ) -> Result<Batch, LedgerError> {
        let of = self.wanted_column(entity, column, needed_for)?;
        let only = source::among_sql(self.source.dialect(), of, texts);
        let columns: Vec<(&'static str, Texts)> = columns.iter().map(|name| (*name, Texts::Coded)).collect();
        let found = Mutex::new(Batch::default());
        self.read_rows(entity, &columns, needed_for, Readers::One, Some(only), &|reader, _| {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            if found.is_empty() {
                *found = reader.batch.clone();
            } else {
                found.extend(&reader.batch);
            }
        })?;
        Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Streams the rows of an entity through `visit` in the order in which the database gives them, some thousand at a time. `visit` sees at
    /// least one batch, if an empty one.
    ///
    /// # Errors
    /// As [`Snapshot::scan`].
    pub fn scan_in_order(
        &mut self,
        entity: &'static Entity,
        columns: &[(&'static str, Texts)],
        needed_for: &str,
        visit: &mut (dyn FnMut(&Batch, &SharedDictionaries) + Send),
    ) -> Result<(), LedgerError> {
        let visit = Mutex::new(visit);
        let facts = self.read_rows(entity, columns, needed_for, Readers::One, None, &|reader, dictionaries| {
            visit.lock().unwrap_or_else(PoisonError::into_inner)(&reader.batch, dictionaries);
        })?;
        self.note(entity, &facts);
        Ok(())
    }

    /// Streams the rows of an entity through `visit`, some thousand at a time, in any order and from several threads at once where the database
    /// can be read so. `visit` sees at least one batch, if an empty one.
    ///
    /// # Errors
    /// [`LedgerError`] for an entity or column that is not mapped or does not exist, for a value that is not of its type, a duplicate key, a wrong
    /// sign, a date after today; whatever the database answers.
    pub fn scan(
        &mut self,
        entity: &'static Entity,
        columns: &[(&'static str, Texts)],
        needed_for: &str,
        visit: &(dyn Fn(&Batch, &SharedDictionaries) + Sync),
    ) -> Result<(), LedgerError> {
        let facts = self.read_rows(entity, columns, needed_for, Readers::All, None, &|reader, dictionaries| {
            visit(&reader.batch, dictionaries);
        })?;
        self.note(entity, &facts);
        Ok(())
    }

    /// Remembers what was read. The same entity read twice for different columns counts both readings in the fingerprint, its rows once.
    fn note(&mut self, entity: &'static Entity, read: &EntityFacts) {
        let facts = self.read.entry(entity.name).or_default();
        facts.rows = read.rows;
        facts.fingerprint = facts.fingerprint.wrapping_add(read.fingerprint);
    }

    fn read_rows(
        &mut self,
        entity: &'static Entity,
        columns: &[(&'static str, Texts)],
        needed_for: &str,
        readers: Readers,
        only: Option<String>,
        visit: Visitor<'_>,
    ) -> Result<EntityFacts, LedgerError> {
        let mapped = self.mapping.entities.get(entity.name).ok_or_else(|| not_mapped(entity, needed_for))?;
        let names: Vec<&'static str> = columns.iter().map(|(name, _)| *name).collect();
        let wanted = wanted_columns(mapped, &names, needed_for)?;
        self.check_rows(entity, needed_for)?;
        let dictionaries = std::mem::take(&mut self.dictionaries).share(names);
        let texts = columns.iter().map(|(_, texts)| *texts).collect();
        let plan = Plan {
            source: &*self.source,
            mapped,
            wanted,
            texts,
            currency: &self.mapping.currency,
            zone: self.mapping.zone,
            today: self.today,
            dictionaries: &dictionaries,
            visit,
            only,
        };
        let facts = plan.run(readers);
        self.dictionaries = dictionaries.unshare();
        facts
    }

    /// The database.
    pub(super) fn source(&self) -> &dyn Source {
        &*self.source
    }

    /// The day of the run.
    pub(super) fn today(&self) -> NaiveDate {
        self.today
    }

    /// A column of an entity, if it is mapped.
    pub(super) fn mapped_column(&self, entity: &'static Entity, column: &str) -> Option<&ColumnMapping> {
        self.mapping.entities.get(entity.name)?.columns.get(column)
    }

    /// A column of an entity that something needs.
    pub(super) fn wanted_column(
        &self,
        entity: &'static Entity,
        column: &'static str,
        needed_for: &str,
    ) -> Result<&ColumnMapping, LedgerError> {
        let columns = wanted_columns(self.mapped(entity, needed_for)?, &[column], needed_for)?;
        columns.first().copied().ok_or_else(|| not_mapped(entity, needed_for))
    }

    /// The statement by which some columns of an entity are read.
    ///
    /// # Errors
    /// [`LedgerError`] when the entity or a column is not mapped.
    pub fn statement(&self, entity: &'static Entity, columns: &[&'static str]) -> Result<String, LedgerError> {
        let mapped = self.mapped(entity, "reading it")?;
        let wanted = wanted_columns(mapped, columns, "reading it")?;
        Ok(source::select_sql(self.source.dialect(), mapped, &wanted, source::Part::Whole))
    }

    /// The statement that tells of which kind the values of a column are.
    pub(super) fn sample_sql(&self, entity: &'static Entity, column: &ColumnMapping) -> Result<String, LedgerError> {
        let mapped = self.mapped(entity, "the kinds of its columns")?;
        Ok(source::sample_sql(self.source.dialect(), mapped, column))
    }

    /// Does something with the dictionary of a column while it may grow.
    pub(super) fn with_dictionaries<T>(
        &mut self,
        column: Option<&'static str>,
        act: impl FnOnce(&Self, &SharedDictionaries) -> T,
    ) -> T {
        let dictionaries = std::mem::take(&mut self.dictionaries).share(column);
        let result = act(self, &dictionaries);
        self.dictionaries = dictionaries.unshare();
        result
    }

    /// What reading makes sure of before it begins: the table with its columns is there, and each key stands once.
    pub(super) fn check_rows(&self, entity: &'static Entity, needed_for: &str) -> Result<(), LedgerError> {
        let mapped = self.mapped(entity, needed_for)?;
        source::check(&*self.source, mapped)?;
        match source::duplicate(&*self.source, mapped)? {
            Some((key, count)) => Err(LedgerError::DuplicateKey { entity: entity.name, key, count }),
            None => Ok(()),
        }
    }

    /// Remembers what the database folded: the fingerprint is that of the figures, since the rows were not seen.
    pub fn note_folded(&mut self, entity: &'static Entity, subject: Option<&'static str>, folded: &Grouped) {
        let mut fingerprint = 0_u128;
        for (code, figures) in &folded.figures {
            let text = subject.and_then(|column| self.dictionaries.text(column, *code)).unwrap_or_default();
            let figures = figures.iter().flat_map(|figure| figure.to_le_bytes());
            let bytes: Vec<u8> = text.bytes().chain([0]).chain(figures).collect();
            fingerprint = fingerprint.wrapping_add(xxh3_128(&bytes));
        }
        self.note(entity, &EntityFacts { rows: folded.rows, fingerprint });
    }

    pub(super) fn mapped(&self, entity: &'static Entity, needed_for: &str) -> Result<&EntityMapping, LedgerError> {
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
