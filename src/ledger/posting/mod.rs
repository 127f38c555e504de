//! The one place where fenji writes into a user's ledger: points postings, each exactly once (S16–S18).
//!
//! Invariants: entries are only added, each under its posting key, which a unique index makes stand once; what is decided about a member is decided while nobody else can
//! change the member's points, from the entries as they are then; a chunk stands whole or not at all. Whatever cannot be written exactly is refused before the first.

mod aside;
mod chunk;
pub mod error;
mod facts;
mod form;
mod postgres;
mod read;
mod sql;
mod sqlite;
mod target;
#[cfg(test)]
mod tests;
mod write;
mod writer;

use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime};

use crate::ledger::{
    batch::{Batch, Dictionaries},
    entity::{Entity, entity},
    error::LedgerError,
    mapping::{Database, Mapping},
    posting::{
        aside::{Balances, Held, try_out},
        error::PostingError,
        postgres::Postgres,
        sqlite::Sqlite,
        target::Target,
        writer::{Trouble, Writer},
    },
    snapshot::Snapshot,
};

/// How often a chunk is tried while others are in the way.
const TRIES: u32 = 5;
/// The pause before the second try; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The pause behind a chunk that held the whole file: who waits for a file looks for it now and then, and would never find it free.
const BREATH: Duration = Duration::from_millis(10);
/// Keys that are looked up together.
const KEYS_AT_ONCE: usize = 5_000;

/// An entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// What it is called: stands once in the ledger.
    pub key: String,
    /// The member, as the ledger writes it.
    pub member: String,
    /// The kind, in the word of the contract: `zero`, `expire`, `earn`, `reverse`, `adjust` or `redeem`.
    pub kind: &'static str,
    /// Signed points, never 0.
    pub points: i64,
    /// When the points move: local time in the ledger's zone, to the second, not after the day of the run.
    pub at: NaiveDateTime,
    /// The programme; left out where the ledger has no column for it.
    pub programme: Option<String>,
    /// The rule that it comes from; left out where the ledger has no column for it.
    pub rule: Option<String>,
    /// The order; left out where the ledger has no column for it.
    pub order_id: Option<String>,
    /// The entry that is taken back; where the ledger has no column for it, the key alone tells.
    pub reverses_id: Option<String>,
    /// The last day on which the points can be used; left out where the ledger has no column for it.
    pub expires_on: Option<NaiveDate>,
}

/// An entry that stands in the ledger under its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The key.
    pub key: String,
    /// The member.
    pub member: String,
    /// The entry, as the ledger calls it.
    pub entry_id: String,
    /// The kind, in the word of the contract.
    pub kind: String,
    /// Signed points.
    pub points: i64,
    /// When they moved: local time in the ledger's zone.
    pub at: NaiveDateTime,
}

/// Says what is to be written for some members, from all of their entries. It may be asked again about the same members when others were in the way.
pub type Decide<'d> = &'d mut dyn FnMut(&Batch, &Dictionaries) -> Vec<Posting>;

/// A ledger that is open for posting.
#[derive(Debug)]
pub struct Poster {
    mapping: Mapping,
    entity: &'static Entity,
    chunk: usize,
    today: NaiveDate,
    writer: Box<dyn Writer>,
    target: Target,
    held: Held,
    balances: Option<Balances>,
}

impl Poster {
    /// Opens the ledger for writing and checks everything that posting needs (S16–S18); nothing is written. Entries dated after `today` are refused.
    ///
    /// # Errors
    /// [`LedgerError::Posting`] when the mapping does not ask for posting, when postings could not be written exactly or would not stand once, or when a right is
    /// missing; else as [`Snapshot::open`].
    pub fn open(mapping: Mapping, today: NaiveDate) -> Result<Self, LedgerError> {
        let settings = mapping.posting.clone().ok_or(PostingError::NotConfigured)?;
        let not_mapped = || LedgerError::EntityNotMapped { entity: "points_entry", needed_for: "posting".to_owned() };
        let entity = entity("points_entry").ok_or_else(not_mapped)?;
        if matches!(settings.database, Database::MySql(_)) {
            return Err(PostingError::OtherDatabase { database: "MariaDB or MySQL" }.into());
        }
        let snapshot = Snapshot::open(mapping.clone(), today)?;
        snapshot.check_mapped(entity, &[], "posting points")?;
        let mut writer: Box<dyn Writer> = match &settings.database {
            Database::Postgres(server) => Box::new(Postgres::open(server, mapping.zone)?),
            Database::Sqlite(path) => Box::new(Sqlite::open(path)?),
            Database::MySql(_) => return Err(PostingError::OtherDatabase { database: "MariaDB or MySQL" }.into()),
        };
        let checked = again(&mut |_| {
            writer.begin()?;
            let target = Target::find(&snapshot, &mut *writer, entity, &settings)?;
            let held = Held::find(&snapshot, &mut *writer, &settings, &target)?;
            let balances = Balances::find(&mut *writer, &settings, &target)?;
            try_out(&mut *writer, &mapping, &target, &held, balances.as_ref())?;
            Ok((target, held, balances))
        });
        writer.roll_back();
        let (target, held, balances) = checked?;
        Ok(Self { mapping, entity, chunk: settings.chunk, today, writer, target, held, balances })
    }

    /// How many members belong in a chunk, by the settings.
    pub fn chunk(&self) -> usize {
        self.chunk
    }

    /// Posts for some members in one transaction: locks them, reads some columns of all of their entries as [`by_subject`](crate::ledger::partition::by_subject) gives
    /// them, asks what is to be written, writes what is new and leaves what stands. Gives what stands now under the keys that were asked for, in their order (S16–S18).
    ///
    /// # Errors
    /// [`LedgerError`] for entries that reading refuses and for whatever stops the transaction, of which nothing stands then. Where the connection was cut as it was
    /// committed, it may stand: posting the same once more tells, and does no harm.
    pub fn post(
        &mut self,
        members: &[String],
        columns: &[&'static str],
        decide: Decide<'_>,
    ) -> Result<Vec<Posted>, LedgerError> {
        let posted = again(&mut |_| {
            self.writer.begin()?;
            let posted = self.decided(members, columns, decide);
            match posted {
                Ok(posted) => self.writer.commit().map(|()| posted),
                Err(trouble) => Err(trouble),
            }
            .inspect_err(|_| self.writer.roll_back())
        });
        if matches!(self.held, Held::Everything) {
            std::thread::sleep(BREATH);
        }
        posted
    }

    /// What stands under some keys, in their order; keys that do not stand are left out (S18).
    ///
    /// # Errors
    /// [`LedgerError`] for entries that reading refuses, and for whatever the database answers.
    pub fn read_back(&mut self, keys: &[String]) -> Result<Vec<Posted>, LedgerError> {
        let mut posted = Vec::new();
        for some in keys.chunks(KEYS_AT_ONCE) {
            posted.extend(again(&mut |_| {
                self.writer.begin()?;
                let standing = self.standing(some);
                self.writer.roll_back();
                standing
            })?);
        }
        Ok(posted)
    }
}

/// Does something until others are not in the way any more, with growing pauses, a few times.
fn again<T>(work: &mut dyn FnMut(u32) -> Result<T, Trouble>) -> Result<T, LedgerError> {
    let mut pause = FIRST_PAUSE;
    for tried in 1.. {
        match work(tried) {
            Ok(done) => return Ok(done),
            Err(Trouble::Told(error)) => return Err(error),
            Err(Trouble::Again(cause)) if tried >= TRIES => {
                return Err(PostingError::Busy { tries: tried, cause }.into());
            }
            Err(Trouble::Again(_)) => std::thread::sleep(pause),
        }
        pause *= 2;
    }
    Err(PostingError::Busy { tries: TRIES, cause: String::new() }.into())
}
