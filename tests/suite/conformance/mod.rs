//! One suite for every database a ledger can stand in: the same rows are the same values, the same faults the same words.

mod failures;
mod pushdown;
mod refusals;
mod reports;
mod rows;
mod secure;
mod types;

use std::cell::Cell;

use chrono::NaiveDate;
use fenji::{
    declaration::Declaration,
    ledger::{
        batch::{Batch, Dictionaries, MISSING, NO_DAY, Values},
        entity::entity,
        error::LedgerError,
        mapping::Mapping,
        snapshot::Snapshot,
    },
    period::day_from_number,
};
use tempfile::TempDir;

use crate::servers::{Kind, PrivateServer, mariadb, postgres};

/// An empty database of one kind, and a home that names it.
pub struct Ledger {
    pub home: TempDir,
    pub server: Option<&'static PrivateServer>,
    pub database: String,
    tables: Cell<u32>,
}

/// Long enough for a busy machine.
const TIMEOUT: &str = "timeout = \"60s\"";

/// What differs between the databases: for SQLite, PostgreSQL and MariaDB.
pub type Each<'t> = [&'t str; 3];

impl Ledger {
    fn new(server: Option<&'static PrivateServer>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let database = server.map_or_else(|| "ledger.db".to_owned(), PrivateServer::database);
        let ledger = Self { home, server, database, tables: Cell::new(0) };
        if server.is_none() {
            ledger.run("CREATE TABLE first(x)");
        }
        ledger
    }

    /// One of each kind; a server that is not installed says so.
    pub fn of_each_kind() -> Vec<Self> {
        let servers = [postgres(), mariadb()];
        std::iter::once(None).chain(servers.into_iter().flatten().map(Some)).map(Self::new).collect()
    }

    /// One on each server.
    pub fn of_each_server() -> Vec<Self> {
        Self::of_each_kind().into_iter().filter(|ledger| ledger.server.is_some()).collect()
    }

    /// What differs, for this one.
    pub fn of<'t>(&self, each: Each<'t>) -> &'t str {
        each[match self.server.map(|server| server.kind) {
            None => 0,
            Some(Kind::Postgres) => 1,
            Some(Kind::MariaDb) => 2,
        }]
    }

    /// What it is called when a test fails.
    pub fn name(&self) -> &'static str {
        self.of(["SQLite", "PostgreSQL", "MariaDB"])
    }

    pub fn run(&self, sql: &str) {
        match self.server {
            Some(server) => server.run(&self.database, sql),
            None => rusqlite::Connection::open(self.home.path().join("ledger.db")).unwrap().execute_batch(sql).unwrap(),
        }
    }

    pub fn url(&self) -> String {
        self.server.map_or_else(|| format!("sqlite:{}", self.database), |server| server.url(&self.database))
    }

    /// A name for a new table.
    pub fn table(&self) -> String {
        self.tables.set(self.tables.get() + 1);
        format!("t{}", self.tables.get())
    }

    /// A snapshot by a mapping of some entities.
    pub fn snapshot(&self, zone: &str, entities: &str) -> Result<Snapshot, LedgerError> {
        self.snapshot_at(&self.url(), zone, self.of(["", TIMEOUT, TIMEOUT]), entities)
    }

    /// A snapshot of a database that is reached in another way, with more settings.
    pub fn snapshot_at(&self, url: &str, zone: &str, settings: &str, entities: &str) -> Result<Snapshot, LedgerError> {
        let text = format!(
            "database = \"{url}\"\n{settings}\ncurrency = \"CNY\"\nscale = 2\nzone = \"{zone}\"\nlayout = \"mapped\"\n{entities}"
        );
        let mapping = Mapping::check(&Declaration::new("config/ledger.toml", &text), self.home.path());
        let mapping = mapping.unwrap_or_else(|faults| panic!("{:?}\n{text}", miette::Report::new(faults)));
        Snapshot::open(mapping, today())
    }

    /// The rows of an entity as text, in the order of its key.
    pub fn read(
        &self,
        zone: &str,
        entities: &str,
        name: &str,
        columns: &[&'static str],
    ) -> Result<Vec<Vec<String>>, LedgerError> {
        let mut snapshot = self.snapshot(zone, entities)?;
        let batch = snapshot.read(entity(name).unwrap(), columns, "a test")?;
        let mut rows = texts(&batch, snapshot.dictionaries(), columns);
        rows.sort();
        Ok(rows)
    }
}

pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()
}

/// The values of a batch as text; `-` for what is not there.
pub fn texts(batch: &Batch, dictionaries: &Dictionaries, columns: &[&'static str]) -> Vec<Vec<String>> {
    let value = |name: &'static str, row: usize| match batch.column(name).unwrap() {
        Values::Codes(codes) => dictionaries.text(name, codes[row]).map_or("-".to_owned(), str::to_owned),
        Values::Numbers(numbers) if numbers[row] == MISSING => "-".to_owned(),
        Values::Numbers(numbers) => numbers[row].to_string(),
        Values::Days(days) if days[row] == NO_DAY => "-".to_owned(),
        Values::Days(days) => day_from_number(days[row]).unwrap().to_string(),
        Values::Identities(identities) => identities[row].to_string(),
    };
    (0..batch.len()).map(|row| columns.iter().map(|name| value(name, row)).collect()).collect()
}

/// An error as a person sees it, on one line.
pub fn shown(error: LedgerError) -> String {
    let shown = format!("{:?}", miette::Report::new(error));
    shown.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}
