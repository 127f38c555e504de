//! Loads a CSV or Parquet file into fenji's own ledger, through a map.
//!
//! Invariants: a file is loaded whole or not at all, in one transaction; every row read is added, present, merged, left out or refused,
//! and the counts say so or the load fails; a row of the ledger is never changed; the same content with the same map adds nothing the
//! second time. Not here: how a ledger is made (`ledger::create`) and read (`ledger::source`), and the command line (`cli`).

mod error;
mod evaluate;
mod map;
mod moment;
mod number;
mod refusal;
mod refused_file;
mod source;
mod statements;
mod words;
mod write;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::NaiveDateTime;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

pub use self::{
    error::LoadError,
    map::MapFile,
    refusal::{Refusal, RefusalKind},
};
use self::{
    evaluate::{Evaluator, Verdict},
    refused_file::RefusedFile,
    source::{Row, Source},
    write::{Put, Staging, Writer},
};
use crate::ledger::create::{LedgerInfo, read_info};

/// How often progress is told, in rows.
const TELL_EVERY: u64 = 4096;

/// How long another writer is waited for.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 5000 });

/// How many refused rows an outcome quotes.
const QUOTED: usize = 10;

/// What is to be loaded where.
#[derive(Debug, Clone, Copy)]
pub struct LoadRequest<'r> {
    /// The ledger, a SQLite file made by `ledger::create`.
    pub ledger: &'r Path,
    /// The file.
    pub file: &'r Path,
    /// The map, which names the entity.
    pub map: &'r MapFile,
    /// Where refused rows are written down.
    pub refused: &'r Path,
    /// How many rows may be refused before nothing is loaded; `None` for any number.
    pub max_refused: Option<u64>,
    /// The present in the ledger's zone.
    pub now: NaiveDateTime,
}

/// What a load is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The file is read once for its digest and its encoding.
    Checking,
    /// The rows are read and added.
    Loading,
}

/// How far a load is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Bytes of the file that are behind it.
    pub bytes_done: u64,
    /// Bytes of the file.
    pub bytes_total: u64,
    /// Rows read.
    pub rows: u64,
}

/// How a load ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadOutcome {
    /// The file was loaded.
    Loaded(Loaded),
    /// The same content was loaded with the same map before; nothing was added.
    AlreadyLoaded {
        /// When, as the ledger holds it.
        loaded_at: String,
        /// The file of that time.
        file: String,
        /// Rows that were added then.
        rows_added: u64,
    },
}

/// What became of every row of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Rows of the file.
    pub read: u64,
    /// Rows that are new in the ledger.
    pub added: u64,
    /// Rows that the ledger had, with the same values.
    pub present: u64,
    /// Rows that say the same as an earlier row of the file.
    pub repeated: u64,
    /// Rows that stand back behind another row of the same key (`[unique]`).
    pub merged: u64,
    /// Rows left out by the map, by reason; every reason of the map is there.
    pub skipped: BTreeMap<String, u64>,
    /// Rows refused, by kind.
    pub refused: BTreeMap<RefusalKind, u64>,
    /// The first refused rows.
    pub first_refused: Vec<Refusal>,
    /// Where all of them are written down; `None` when there are none.
    pub refused_file: Option<PathBuf>,
    /// How many were allowed; `None` for any number.
    pub max_refused: Option<u64>,
    /// The SHA-256 of the content.
    pub content_digest: String,
}

impl Loaded {
    fn new(request: &LoadRequest<'_>, content_digest: String) -> Self {
        let skipped = request.map.skips.iter().map(|skip| (skip.reason.clone(), 0)).collect();
        Self { skipped, max_refused: request.max_refused, content_digest, ..Self::default() }
    }

    /// How many rows were left out by the map.
    pub fn skipped_rows(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// How many rows were refused.
    pub fn refused_rows(&self) -> u64 {
        self.refused.values().sum()
    }

    fn accounted(&self) -> u64 {
        self.added + self.present + self.repeated + self.merged + self.skipped_rows() + self.refused_rows()
    }

    /// Counts what became of a row; a row that disagrees is still to be refused.
    fn count(&mut self, put: Put) -> Option<refusal::Objection> {
        match put {
            Put::Added => self.added += 1,
            Put::Present => self.present += 1,
            Put::Repeated => self.repeated += 1,
            Put::Differs(objection) => return Some(objection),
        }
        None
    }
}

/// Loads a file into the ledger.
///
/// # Errors
/// [`LoadError`]; nothing was added then, except under [`LoadError::RefusedNotKept`].
pub fn load(request: &LoadRequest<'_>, progress: &mut dyn FnMut(Progress)) -> Result<LoadOutcome, LoadError> {
    let mut connection = open(request.ledger)?;
    let ledger = read_info(&connection)?;
    let mut file = Source::open(request.file, &request.map.file, progress)?;
    let digest = file.digest().to_owned();
    let evaluator = Evaluator::bind(request.map, &file, &ledger, request.now)?;
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|cause| locked(request, cause))?;
    if let Some(outcome) = already_loaded(&transaction, request, &digest)? {
        return Ok(outcome);
    }
    let refused = RefusedFile::new(request.refused, file.header());
    let mut run = Run { request, evaluator, refused, loaded: Loaded::new(request, digest) };
    run.rows(&transaction, &ledger, &mut file, progress)?;
    file.finish()?;
    let Run { refused, loaded, .. } = run;
    finish(request, transaction, refused, loaded)
}

/// Closes the books of a load, commits it, and publishes the refused rows.
fn finish(
    request: &LoadRequest<'_>,
    transaction: Transaction<'_>,
    refused: RefusedFile,
    mut loaded: Loaded,
) -> Result<LoadOutcome, LoadError> {
    if loaded.accounted() != loaded.read {
        return Err(LoadError::DoesNotAddUp { read: loaded.read, accounted: loaded.accounted() });
    }
    let unwritable = |cause| LoadError::RefusedUnwritable { path: request.refused.to_owned(), cause };
    let settled = refused.settle().map_err(unwritable)?;
    if let Some(limit) = request.max_refused.filter(|limit| loaded.refused_rows() > *limit) {
        drop(transaction);
        settled.publish().map_err(unwritable)?;
        let file = request.refused.to_owned();
        return Err(LoadError::TooManyRefused { refused: loaded.refused_rows(), limit, counts: loaded.refused, file });
    }
    record(&transaction, request, &loaded)
        .and_then(|()| transaction.commit())
        .map_err(|cause| LoadError::Database { doing: "while the load was recorded", cause })?;
    loaded.refused_file = settled.publish().map_err(|cause| LoadError::RefusedNotKept {
        path: request.refused.to_owned(),
        cause,
        added: loaded.added,
        refused: loaded.refused_rows(),
    })?;
    Ok(LoadOutcome::Loaded(loaded))
}

fn open(path: &Path) -> Result<Connection, LoadError> {
    if !path.is_file() {
        return Err(LoadError::NoLedger { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        Ok(connection)
    };
    open().map_err(|cause| LoadError::Database { doing: "while it was opened", cause })
}

/// The load of the same content with the same map, if there was one.
fn already_loaded(
    connection: &Connection,
    request: &LoadRequest<'_>,
    digest: &str,
) -> Result<Option<LoadOutcome>, LoadError> {
    let sql = "SELECT loaded_at, file, rows_added FROM ledger_load WHERE entity = ?1 AND content_sha256 = ?2 AND map_sha256 = ?3";
    connection
        .query_row(sql, [request.map.entity().name, digest, request.map.digest()], |row| {
            Ok(LoadOutcome::AlreadyLoaded {
                loaded_at: row.get(0)?,
                file: row.get(1)?,
                rows_added: u64::try_from(row.get::<_, i64>(2)?).unwrap_or_default(),
            })
        })
        .optional()
        .map_err(|cause| LoadError::Database { doing: "while earlier loads were looked up", cause })
}

/// Writes the line of `ledger_load`. Repeated rows count as present there, merged rows as left out.
fn record(connection: &Connection, request: &LoadRequest<'_>, loaded: &Loaded) -> rusqlite::Result<()> {
    let sql = "INSERT INTO ledger_load(loaded_at, entity, file, content_sha256, map_sha256, \
               rows_read, rows_added, rows_present, rows_skipped, rows_refused) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)";
    let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
    let name = request.file.file_name().unwrap_or(request.file.as_os_str()).to_string_lossy();
    connection.execute(
        sql,
        rusqlite::params![
            moment::instant_text(request.now),
            request.map.entity().name,
            name,
            loaded.content_digest,
            request.map.digest(),
            count(loaded.read),
            count(loaded.added),
            count(loaded.present + loaded.repeated),
            count(loaded.skipped_rows() + loaded.merged),
            count(loaded.refused_rows()),
        ],
    )?;
    Ok(())
}

fn locked(request: &LoadRequest<'_>, cause: rusqlite::Error) -> LoadError {
    match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LoadError::Busy { path: request.ledger.to_owned() },
        _ => LoadError::Database { doing: "while it was opened for writing", cause },
    }
}

/// One load on its way.
struct Run<'r> {
    request: &'r LoadRequest<'r>,
    evaluator: Evaluator<'r>,
    refused: RefusedFile,
    loaded: Loaded,
}

impl Run<'_> {
    fn rows(
        &mut self,
        transaction: &Transaction<'_>,
        ledger: &LedgerInfo,
        file: &mut Source,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), LoadError> {
        let mut writer = Writer::new(transaction, self.request.map, ledger)?;
        let staging = self.request.map.unique.map(|keep| Staging::new(transaction, self.request.map, keep));
        let mut staging = staging.transpose()?;
        let mut row = Row::default();
        while file.next(&mut row)? {
            self.loaded.read += 1;
            self.row(&row, &mut writer, staging.as_mut())?;
            if self.loaded.read.is_multiple_of(TELL_EVERY) {
                progress(self.progress(file));
            }
        }
        if let Some(staging) = staging {
            self.staged(staging, &mut writer)?;
        }
        progress(self.progress(file));
        Ok(())
    }

    fn row(&mut self, row: &Row, writer: &mut Writer<'_>, staging: Option<&mut Staging<'_>>) -> Result<(), LoadError> {
        let objection = match self.evaluator.row(row) {
            Ok(Verdict::Skipped(skip)) => {
                if let Some(skip) = self.request.map.skips.get(skip) {
                    *self.loaded.skipped.entry(skip.reason.clone()).or_default() += 1;
                }
                return Ok(());
            }
            Ok(Verdict::Row(values)) => match staging {
                Some(staging) => return Ok(staging.stage(&values, row)?),
                None => match self.loaded.count(writer.put(&values)?) {
                    Some(objection) => objection,
                    None => return Ok(()),
                },
            },
            Err(objection) => objection,
        };
        self.refuse(objection.at(row.line), row.fields())
    }

    /// Adds the rows that count of those that share a key.
    fn staged(&mut self, staging: Staging<'_>, writer: &mut Writer<'_>) -> Result<(), LoadError> {
        let merged = staging.drain(|staged| match self.loaded.count(writer.put(&staged.values)?) {
            Some(objection) => self.refuse(objection.at(staged.line), staged.fields.into_iter()),
            None => Ok(()),
        })?;
        self.loaded.merged += merged;
        Ok(())
    }

    fn refuse<'t>(&mut self, refusal: Refusal, fields: impl Iterator<Item = &'t str>) -> Result<(), LoadError> {
        let path = self.request.refused;
        self.refused
            .add(&refusal, fields)
            .map_err(|cause| LoadError::RefusedUnwritable { path: path.to_owned(), cause })?;
        *self.loaded.refused.entry(refusal.kind).or_default() += 1;
        if self.loaded.first_refused.len() < QUOTED {
            self.loaded.first_refused.push(refusal);
        }
        Ok(())
    }

    fn progress(&self, file: &Source) -> Progress {
        Progress {
            phase: Phase::Loading,
            bytes_done: file.bytes_done(),
            bytes_total: file.bytes_total(),
            rows: self.loaded.read,
        }
    }
}

#[cfg(test)]
mod tests;
