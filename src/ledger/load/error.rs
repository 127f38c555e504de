//! What stops the loading of a whole file. Nothing is added to the ledger then, except where a message says otherwise.

use std::{collections::BTreeMap, io, path::PathBuf};

use miette::Diagnostic;
use thiserror::Error;

use crate::{
    declaration::Faults,
    ledger::{create::InfoError, load::RefusalKind},
};

/// Why a file was not loaded.
#[derive(Debug, Error, Diagnostic)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read `{path}`: {cause}")]
    #[diagnostic(code(ledger::unreadable), help("check the path and its permissions"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's own words.
        cause: io::Error,
    },
    /// The path is a directory or a device.
    #[error("`{path}` is not a file")]
    #[diagnostic(code(ledger::not_a_file), help("give the path of one CSV or Parquet file"))]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file holds nothing.
    #[error("`{path}` is empty")]
    #[diagnostic(code(ledger::empty_file), help("export the file again: the first line has to name the columns"))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is none of the formats.
    #[error("`{path}` is {what}, not {wanted}")]
    #[diagnostic(code(ledger::not_text), help("{help}"))]
    NotText {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What was wanted.
        wanted: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// A compressed file is cut off or damaged.
    #[error("`{path}` is damaged: {cause}")]
    #[diagnostic(
        code(ledger::damaged_file),
        help("the compressed data ends or breaks before its end: fetch the file again")
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The words of the decompressor.
        cause: io::Error,
    },
    /// Bytes that the encoding does not have.
    #[error("line {line} of `{path}` has the bytes {bytes}, which are not {encoding}")]
    #[diagnostic(code(ledger::bad_encoding), help("{help}"))]
    BadEncoding {
        /// The file.
        path: PathBuf,
        /// The line.
        line: u64,
        /// The bytes in hexadecimal.
        bytes: String,
        /// The encoding that the map names.
        encoding: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// The last record is cut off.
    #[error("`{path}` is cut off: the record that begins on line {line} {how}")]
    #[diagnostic(
        code(ledger::torn_file),
        help("export or copy the file again; if nothing else is missing, complete or delete its last record")
    )]
    Torn {
        /// The file.
        path: PathBuf,
        /// The line on which the last record begins.
        line: u64,
        /// What it lacks.
        how: String,
    },
    /// A record without end.
    #[error("the record that begins on line {line} of `{path}` is longer than {limit} bytes")]
    #[diagnostic(
        code(ledger::endless_record),
        help("look for a quote on that line that is never closed, and check `quote` in the map")
    )]
    Endless {
        /// The file.
        path: PathBuf,
        /// The line on which the record begins.
        line: u64,
        /// The most that a record may have.
        limit: usize,
    },
    /// The Parquet file cannot be read.
    #[error("cannot read `{path}` as Parquet: {cause}")]
    #[diagnostic(
        code(ledger::bad_parquet),
        help("the file is damaged, or was written with a feature that is not read here: write it again")
    )]
    Parquet {
        /// The file.
        path: PathBuf,
        /// The words of the reader.
        cause: String,
    },
    /// The map does not fit the file or the ledger.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Map(#[from] Faults),
    /// There is no ledger.
    #[error("there is no ledger at `{path}`")]
    #[diagnostic(code(ledger::no_ledger), help("make one with `fenji ledger init`"))]
    NoLedger {
        /// The path.
        path: PathBuf,
    },
    /// The database is no ledger of this program.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Info(#[from] InfoError),
    /// Another program writes into the ledger.
    #[error("another program is writing into the ledger `{path}`")]
    #[diagnostic(code(ledger::busy), help("wait until it is done and load again: nothing was added"))]
    Busy {
        /// The ledger.
        path: PathBuf,
    },
    /// The database answers with an error.
    #[error("the ledger answered with an error {doing}: {cause}")]
    #[diagnostic(
        code(ledger::database),
        help("nothing was added; check the free space and that the ledger can be written")
    )]
    Database {
        /// What was being done.
        doing: &'static str,
        /// The database's own words.
        cause: rusqlite::Error,
    },
    /// More rows were refused than are allowed.
    #[error("{refused} rows were refused, {limit} are allowed: nothing was loaded ({})", reasons(counts))]
    #[diagnostic(
        code(ledger::too_many_refused),
        help("every refused row stands in `{}` with its reason: correct the map or the rows, or allow more with `--max-refused`", file.display())
    )]
    TooManyRefused {
        /// Rows refused.
        refused: u64,
        /// Rows allowed.
        limit: u64,
        /// How many by kind.
        counts: BTreeMap<RefusalKind, u64>,
        /// Where they are written down.
        file: PathBuf,
    },
    /// The refused rows cannot be written down.
    #[error("cannot write the refused rows to `{path}`: {cause}")]
    #[diagnostic(
        code(ledger::refused_unwritable),
        help("nothing was loaded; choose a directory that you may write in")
    )]
    RefusedUnwritable {
        /// The path.
        path: PathBuf,
        /// The system's own words.
        cause: io::Error,
    },
    /// The rows are in the ledger, but the refused rows could not take their name.
    #[error(
        "the file is loaded ({added} rows added), but its {refused} refused rows cannot be written to `{path}`: {cause}"
    )]
    #[diagnostic(
        code(ledger::refused_not_kept),
        help("remove what stands at that path; the refused rows were counted in the ledger")
    )]
    RefusedNotKept {
        /// The path.
        path: PathBuf,
        /// The system's own words.
        cause: io::Error,
        /// Rows added.
        added: u64,
        /// Rows refused.
        refused: u64,
    },
    /// The file was written while it was read.
    #[error("`{path}` changed while it was read")]
    #[diagnostic(code(ledger::file_changed), help("wait until the file is complete and load again: nothing was added"))]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The counts of the load disagree; a defect of this program.
    #[error("{read} rows were read, but {accounted} are accounted for")]
    #[diagnostic(
        code(ledger::load_does_not_add_up),
        help("nothing was loaded; this is a defect of fenji: please report it with the map")
    )]
    DoesNotAddUp {
        /// Rows read.
        read: u64,
        /// Rows added, present, left out and refused.
        accounted: u64,
    },
}

impl From<rusqlite::Error> for LoadError {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Database { doing: "while rows were added", cause }
    }
}

/// Counts by reason in one line.
fn reasons(counts: &BTreeMap<RefusalKind, u64>) -> String {
    counts.iter().map(|(kind, count)| format!("{count} × {kind}")).collect::<Vec<_>>().join(", ")
}
