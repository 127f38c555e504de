//! What is asked of a load, how far it is, and what became of every row.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use chrono::NaiveDateTime;

use super::{MapFile, Refusal, RefusalKind, refusal::Objection, write::Put};

/// What is to be loaded where.
#[derive(Debug, Clone, Copy)]
pub struct LoadRequest<'r> {
    /// The ledger, made by `ledger::create`.
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
    /// Nothing read yet; every reason of the map counts from zero.
    pub(super) fn new(request: &LoadRequest<'_>, content_digest: String) -> Self {
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

    /// Rows whose fate is known.
    pub(super) fn accounted(&self) -> u64 {
        self.added + self.present + self.repeated + self.merged + self.skipped_rows() + self.refused_rows()
    }

    /// Counts what became of a row; a row that disagrees is still to be refused.
    pub(super) fn count(&mut self, put: Put) -> Option<Objection> {
        match put {
            Put::Added => self.added += 1,
            Put::Present => self.present += 1,
            Put::Repeated => self.repeated += 1,
            Put::Differs(objection) => return Some(objection),
        }
        None
    }
}
