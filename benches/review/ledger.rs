//! The ledgers of the benchmark: where they are and how large; made once and kept.

use std::path::{Path, PathBuf};

use crate::{contestant::Contestant, rows::Size, server, sqlite};

/// What is measured on.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) size: Size,
    /// The address of a database on the server, or why there is none.
    pub(crate) postgres: Result<String, String>,
}

/// The server of this machine: by its socket where it has one, as programs on the same machine reach it, else by TCP.
fn usual_server() -> String {
    let sockets = ["/var/run/postgresql", "/tmp"].into_iter().find(|dir| Path::new(dir).join(".s.PGSQL.5432").exists());
    match sockets {
        Some(dir) => format!("postgres://postgres@localhost/postgres?host={dir}"),
        None => "postgres://postgres@127.0.0.1:5432/postgres".to_owned(),
    }
}

impl Bench {
    /// The size and the server that the environment names.
    pub(crate) fn from_environment() -> Self {
        let number = |name: &str, usual| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
        let size = Size {
            customers: number("FENJI_BENCH_CUSTOMERS", 1_000_000),
            rows: number("FENJI_BENCH_ROWS", 20_000_000),
        };
        let url = std::env::var("FENJI_BENCH_POSTGRES").unwrap_or_else(|_| usual_server());
        Self { size, postgres: server::answers(&url).map(|()| url) }
    }

    /// The folder of what is kept between runs.
    pub(crate) fn folder(&self) -> PathBuf {
        let name = format!("review-{}x{}", self.size.customers, self.size.rows);
        Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench").join(name)
    }

    /// The ledger in SQLite.
    pub(crate) fn sqlite(&self) -> PathBuf {
        self.folder().join("ledger.db")
    }

    /// The name of the database on the server.
    pub(crate) fn database(&self) -> String {
        format!("fenji_bench_{}_{}", self.size.customers, self.size.rows)
    }

    /// The address of the ledger in PostgreSQL.
    pub(crate) fn postgres_url(&self) -> String {
        let url = self.postgres.as_ref().unwrap();
        let (address, settings) = url.split_once('?').map_or((url.as_str(), None), |(a, s)| (a, Some(s)));
        let (server, _) = address.rsplit_once('/').unwrap();
        settings.map_or_else(
            || format!("{server}/{}", self.database()),
            |settings| format!("{server}/{}?{settings}", self.database()),
        )
    }

    /// The same address as fenji writes it.
    pub(crate) fn our_url(&self) -> String {
        let url = self.postgres_url();
        match url.split_once("@localhost/").zip(url.split_once("?host=")) {
            Some(((front, _), (_, dir))) => format!("{front}@/{}?socket={dir}", self.database()),
            None => url,
        }
    }

    /// Makes the ledgers that contestants need and that are not there yet.
    pub(crate) fn make_ledgers(&self, contestants: &[Contestant]) {
        if contestants.iter().any(|who| !who.on_postgres()) {
            sqlite::make(self);
        }
        if contestants.iter().any(|who| who.on_postgres()) {
            server::make(self);
        }
    }
}
