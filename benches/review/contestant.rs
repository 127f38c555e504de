//! Who takes part, against which limits, and how each is started as a process of its own.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ledger::Bench, ours, server, sqlite};

/// The root of the project.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// One way to the answer, or a bound below which none can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contestant {
    FenjiPostgres,
    DuckdbPostgres,
    PolarsAdbc,
    PostgresSql,
    PostgresCopy,
    FenjiSqlite,
    DuckdbSqlite,
    SqliteScan,
}

/// What a contestant says when it is done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Result {
    pub(crate) milliseconds: u64,
    /// `None` for work that is done inside a server.
    pub(crate) peak_kilobytes: Option<u64>,
    /// `None` for a bare scan.
    pub(crate) answer: Option<Value>,
}

impl Contestant {
    pub(crate) const ALL: [Self; 8] = [
        Self::FenjiPostgres,
        Self::DuckdbPostgres,
        Self::PolarsAdbc,
        Self::PostgresSql,
        Self::PostgresCopy,
        Self::FenjiSqlite,
        Self::DuckdbSqlite,
        Self::SqliteScan,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FenjiPostgres => "fenji-postgres",
            Self::DuckdbPostgres => "duckdb-postgres",
            Self::PolarsAdbc => "polars-adbc",
            Self::PostgresSql => "postgres-sql",
            Self::PostgresCopy => "postgres-copy",
            Self::FenjiSqlite => "fenji-sqlite",
            Self::DuckdbSqlite => "duckdb-sqlite",
            Self::SqliteScan => "sqlite-scan",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|contestant| contestant.name() == name)
    }

    pub(crate) fn described(self) -> &'static str {
        match self {
            Self::FenjiPostgres => "fenji, ledger in PostgreSQL",
            Self::DuckdbPostgres => "DuckDB, postgres scanner",
            Self::PolarsAdbc => "polars-python with ADBC",
            Self::PostgresSql => "the review as SQL inside PostgreSQL",
            Self::PostgresCopy => "COPY … TO '/dev/null' by the server",
            Self::FenjiSqlite => "fenji, ledger in SQLite",
            Self::DuckdbSqlite => "DuckDB, sqlite scanner",
            Self::SqliteScan => "bare scan of SQLite",
        }
    }

    pub(crate) fn on_postgres(self) -> bool {
        self.ours() == Self::FenjiPostgres
    }

    /// Which of ours it is the measure of.
    pub(crate) fn ours(self) -> Self {
        match self {
            Self::FenjiPostgres | Self::DuckdbPostgres | Self::PolarsAdbc | Self::PostgresSql | Self::PostgresCopy => {
                Self::FenjiPostgres
            }
            Self::FenjiSqlite | Self::DuckdbSqlite | Self::SqliteScan => Self::FenjiSqlite,
        }
    }

    /// How much of this contestant's time ours may take, in hundredths.
    pub(crate) fn limit(self) -> Option<u64> {
        match self {
            Self::FenjiPostgres | Self::FenjiSqlite => None,
            Self::DuckdbPostgres => Some(75),
            Self::PolarsAdbc => Some(45),
            Self::PostgresSql => Some(25),
            Self::PostgresCopy => Some(180),
            Self::DuckdbSqlite => Some(95),
            Self::SqliteScan => Some(210),
        }
    }

    fn is_python(self) -> bool {
        matches!(self, Self::DuckdbPostgres | Self::PolarsAdbc | Self::DuckdbSqlite)
    }

    /// Why it cannot take part on this machine; `None` when it can.
    pub(crate) fn absent(self, bench: &Bench) -> Option<String> {
        if self.on_postgres()
            && let Err(cause) = &bench.postgres
        {
            return Some(format!("no PostgreSQL ({cause}); name one in FENJI_BENCH_POSTGRES"));
        }
        if self.is_python() && !python().exists() {
            return Some("the Python peers are not set up; run benches/peers/setup.sh".to_owned());
        }
        None
    }

    /// The process that measures it.
    pub(crate) fn process(self, bench: &Bench) -> Command {
        let ledger = if self.on_postgres() { bench.postgres_url() } else { bench.sqlite().display().to_string() };
        let mut command;
        if self.is_python() {
            command = Command::new(python());
            // Nothing is left beside the sources.
            command.arg("-B").arg(Path::new(ROOT).join("benches/peers/review.py")).arg(self.name()).arg(ledger);
        } else if let Some(scan) = (self == Self::SqliteScan).then(|| sqlite::scan_program(bench)).flatten() {
            command = Command::new(scan);
            command.arg(ledger);
        } else {
            command = Command::new(std::env::current_exe().unwrap());
            command.args(["--contestant", self.name()]);
        }
        command
    }

    /// Does the work in this process and prints the result.
    pub(crate) fn run(self, bench: &Bench) {
        let start = Instant::now();
        let answer = match self {
            Self::FenjiPostgres => Some(ours::review(&bench.our_url(), "major")),
            Self::FenjiSqlite => Some(ours::review(&format!("sqlite:{}", bench.sqlite().display()), "minor")),
            Self::PostgresSql => Some(server::review(&bench.postgres_url())),
            Self::PostgresCopy => {
                server::copy(&bench.postgres_url());
                None
            }
            Self::SqliteScan => {
                sqlite::scan(&bench.sqlite());
                None
            }
            Self::DuckdbPostgres | Self::PolarsAdbc | Self::DuckdbSqlite => panic!("{} is Python", self.name()),
        };
        let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap();
        let inside = matches!(self, Self::PostgresSql | Self::PostgresCopy);
        let peak_kilobytes = if inside { None } else { peak_kilobytes() };
        println!("{}", serde_json::to_string(&Result { milliseconds, peak_kilobytes, answer }).unwrap());
    }
}

fn python() -> PathBuf {
    Path::new(ROOT).join("target/bench/peers-venv/bin/python")
}

/// The peak of this process's memory, as Linux tells it.
fn peak_kilobytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse().ok())
}
