//! The seam between posting and the databases that it is done in.

use std::fmt::Debug;

use crate::ledger::{
    error::LedgerError,
    posting::{error::PostingError, facts::TableFacts},
    source::Row,
};

/// Values that go with a statement, column by column; they never become part of its text.
pub(super) type Cells = Vec<Vec<String>>;

/// Why something on a connection went wrong.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Somebody else was in the way: the same may succeed a little later.
    Again(String),
    /// It is told.
    Told(LedgerError),
}

impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        Self::Told(error)
    }
}

impl From<PostingError> for Trouble {
    fn from(error: PostingError) -> Self {
        Self::Told(error.into())
    }
}

/// What is done with each row; whatever it objects to ends the reading.
pub(super) type Take<'t> = &'t mut dyn FnMut(&dyn Row) -> Result<(), Trouble>;

/// A connection that may write.
pub(super) trait Writer: Debug + Send {
    /// Begins a transaction; connects again where the connection is gone, and takes back what was left open.
    fn begin(&mut self) -> Result<(), Trouble>;

    /// Runs one statement and visits its rows.
    fn rows(&mut self, sql: &str, cells: &Cells, doing: &str, take: Take<'_>) -> Result<(), Trouble>;

    /// Makes what was done since the beginning stand.
    fn commit(&mut self) -> Result<(), Trouble>;

    /// Takes back what was done since the beginning.
    fn roll_back(&mut self);

    /// What the database says of a table; `None` when it may not be seen.
    fn facts(&mut self, table: &str) -> Result<Option<TableFacts>, Trouble>;

    /// Whether a table is there with the rights that a statement needs, without running it.
    fn try_out(&mut self, sql: &str, cells: &Cells) -> Result<(), Trouble>;
}
