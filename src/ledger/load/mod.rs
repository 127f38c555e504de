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
mod outcome;
mod refusal;
mod refused_file;
mod source;
mod statements;
mod words;
mod write;

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

pub use self::{
    error::LoadError,
    map::MapFile,
    outcome::{LoadOutcome, LoadRequest, Loaded, Phase, Progress},
    refusal::{Refusal, RefusalKind},
};
use self::{
    evaluate::{Evaluator, Verdict},
    refused_file::RefusedFile,
    source::{Row, Source},
    write::{Staging, Writer},
};
use crate::ledger::create::{LedgerInfo, read_info};

/// How often progress is told, in rows.
const TELL_EVERY: u64 = 4096;

/// The database's cache in the unit of `PRAGMA cache_size`: 64 MiB.
const CACHE: i64 = -65_536;

/// How long another writer is waited for.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 50 } else { 5000 });

/// How many refused rows an outcome quotes.
const QUOTED: usize = 10;

/// Loads a file into the ledger.
///
/// # Errors
/// [`LoadError`]; nothing was added then, except under [`LoadError::RefusedNotKept`].
pub fn load(request: &LoadRequest<'_>, progress: &mut dyn FnMut(Progress)) -> Result<LoadOutcome, LoadError> {
    let mut connection = open(request.ledger)?;
    let ledger = read_info(&connection)?;
    connection.pragma_update(None, "cache_size", CACHE)?;
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

/// Writes the line of `ledger_load`, whose counts add up to the rows read.
fn record(connection: &Connection, request: &LoadRequest<'_>, loaded: &Loaded) -> rusqlite::Result<()> {
    let sql = "INSERT INTO ledger_load(loaded_at, entity, file, content_sha256, map_sha256, \
               rows_read, rows_added, rows_present, rows_repeated, rows_merged, rows_skipped, rows_refused) \
               VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)";
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
            count(loaded.present),
            count(loaded.repeated),
            count(loaded.merged),
            count(loaded.skipped_rows()),
            count(loaded.refused_rows()),
        ],
    )?;
    Ok(())
}

fn locked(request: &LoadRequest<'_>, cause: rusqlite::Error) -> LoadError {
    match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            LoadError::Busy { path: request.ledger.to_owned() }
        }
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
