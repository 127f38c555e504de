//! One pass over an entity's rows by one reader or several.
//!
//! Invariants: every row is read once; what the readers count is added up whatever the order in which they read. When a row is refused its key is
//! looked up by reading that part once more, so that keys cost nothing as long as all is well.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::{
    ledger::{
        batch::SharedDictionaries,
        decode::{Decoder, Texts},
        error::LedgerError,
        mapping::{ColumnMapping, EntityMapping, Rows},
        reader::{Objection, Reader},
        snapshot::EntityFacts,
        source::{self, Part, Source},
    },
    money::Currency,
};

/// Rows decoded before they are handed on.
const BATCH_ROWS: usize = 65_536;

/// How many readers may read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    /// One, in the order of the database.
    One,
    /// As many as the database allows, where its table can be read in parts.
    All,
}

/// What is done with a reader's batch.
pub(super) type Visitor<'v> = &'v (dyn Fn(&Reader<'_>, &SharedDictionaries) + Sync);

/// What is read, and what becomes of it.
pub(super) struct Plan<'p> {
    pub(super) source: &'p dyn Source,
    pub(super) mapped: &'p EntityMapping,
    pub(super) wanted: Vec<&'p ColumnMapping>,
    pub(super) texts: Vec<Texts>,
    pub(super) currency: &'p Currency,
    pub(super) zone: Tz,
    pub(super) today: NaiveDate,
    pub(super) dictionaries: &'p SharedDictionaries,
    pub(super) visit: Visitor<'p>,
    /// A condition in SQL that rows must meet, where only some are wanted.
    pub(super) only: Option<String>,
}

impl Plan<'_> {
    /// Reads every row.
    pub(super) fn run(&self, readers: Readers) -> Result<EntityFacts, LedgerError> {
        let parts = match (&self.mapped.rows, readers) {
            (Rows::Table(table), Readers::All) if self.source.readers() > 1 => self.source.parts(table)?,
            _ => vec![Part::Whole],
        };
        let queue = Queue { parts: &parts, next: AtomicUsize::new(0), stopped: AtomicBool::new(false) };
        let together = Mutex::new(Together::default());
        let read = || {
            let mut reader = self.reader();
            let failed = queue.each(|part| self.read_part(&mut reader, part)).err();
            let mut together = together.lock().unwrap_or_else(PoisonError::into_inner);
            together.facts.rows += reader.facts.rows;
            together.facts.fingerprint = together.facts.fingerprint.wrapping_add(reader.facts.fingerprint);
            // Whoever was first, what is told is what stands first in the table.
            if let Some((at, error)) = failed
                && together.failed.as_ref().is_none_or(|(first, _)| at < *first)
            {
                together.failed = Some((at, error));
            }
        };
        let readers = parts.len().min(self.source.readers());
        if readers == 1 {
            read();
        } else {
            std::thread::scope(|scope| (0..readers).for_each(|_| drop(scope.spawn(read))));
        }
        let Together { facts, failed } = together.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, error)) = failed {
            return Err(error);
        }
        if facts.rows == 0 {
            (self.visit)(&self.reader(), self.dictionaries);
        }
        Ok(facts)
    }

    fn reader(&self) -> Reader<'_> {
        let decoders =
            self.wanted.iter().zip(&self.texts).map(|(c, texts)| Decoder::new(c, *texts, self.currency, self.zone));
        Reader::new(self.mapped.entity, &self.wanted, decoders.collect(), self.today)
    }

    fn read_part(&self, reader: &mut Reader<'_>, part: Part) -> Result<(), LedgerError> {
        let sql = self.sql(&self.wanted, part);
        let mut objection = None;
        let mut full = 0;
        let read = self.source.query(&sql, &self.doing(), &mut |row| {
            if let Err(found) = reader.take(row, self.dictionaries) {
                objection = Some(found);
                return Err(stopped());
            }
            full += 1;
            if full == BATCH_ROWS {
                full = 0;
                if let Err(found) = reader.complete(self.dictionaries) {
                    objection = Some(found);
                    return Err(stopped());
                }
                (self.visit)(reader, self.dictionaries);
                reader.clear();
            }
            Ok(())
        });
        if objection.is_none() && read.is_ok() {
            objection = reader.complete(self.dictionaries).err();
        }
        if let Some(objection) = objection {
            return Err(self.named(part, objection));
        }
        read?;
        if full > 0 {
            (self.visit)(reader, self.dictionaries);
            reader.clear();
        }
        Ok(())
    }

    fn sql(&self, columns: &[&ColumnMapping], part: Part) -> String {
        let all = source::select_sql(self.source.dialect(), self.mapped, columns, part);
        self.only.as_ref().map_or(all.clone(), |only| format!("{all} WHERE {only}"))
    }

    fn doing(&self) -> String {
        format!("when `{}` was read", self.mapped.entity.name)
    }

    /// An objection with the key of the first row of a part that it holds against.
    fn named(&self, part: Part, objection: Objection) -> LedgerError {
        let keys = self.mapped.entity.key.iter().filter_map(|name| self.mapped.columns.get(name));
        let columns: Vec<&ColumnMapping> = self.wanted.iter().copied().chain(keys).collect();
        let sql = self.sql(&columns, part);
        let mut reader = self.reader();
        let mut found = None;
        let again = self.source.query(&sql, &self.doing(), &mut |row| {
            reader.clear();
            let taken = reader.take(row, self.dictionaries).and_then(|()| reader.complete(self.dictionaries));
            if let Err(objection) = taken {
                let key: Vec<String> = (self.wanted.len()..columns.len()).map(|at| row.raw(at).as_key()).collect();
                found = Some((objection, key.join(", ")));
                return Err(stopped());
            }
            Ok(())
        });
        match (found, again) {
            (Some((objection, key)), _) => reader.told(objection, key),
            // The row did not come again: the objection stands without its key.
            (None, _) => reader.told(objection, "(unknown)".to_owned()),
        }
    }
}

/// Ends a query whose end is explained elsewhere.
fn stopped() -> LedgerError {
    LedgerError::Database { doing: "while reading was stopped".to_owned(), cause: "stopped".into() }
}

/// What the readers found together.
#[derive(Default)]
struct Together {
    facts: EntityFacts,
    /// The first part that failed, and why.
    failed: Option<(usize, LedgerError)>,
}

/// The parts that are still to be read.
struct Queue<'q> {
    parts: &'q [Part],
    next: AtomicUsize,
    stopped: AtomicBool,
}

impl Queue<'_> {
    /// Takes part after part until none is left or one fails, here or elsewhere; which one failed here. Parts are taken in order, so that all before
    /// one that fails are read to their end.
    fn each(&self, mut read: impl FnMut(Part) -> Result<(), LedgerError>) -> Result<(), (usize, LedgerError)> {
        while !self.stopped.load(Ordering::Relaxed) {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = self.parts.get(at) else { break };
            if let Err(error) = read(*part) {
                self.stopped.store(true, Ordering::Relaxed);
                return Err((at, error));
            }
        }
        Ok(())
    }
}
