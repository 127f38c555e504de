//! Posting on real databases.

mod forms;
mod once;
mod races;
mod refusals;
mod stops;

use std::path::PathBuf;

use chrono::{NaiveDate, NaiveDateTime};
use miette::Diagnostic;
use rusqlite::types::ValueRef;
use tempfile::TempDir;

use crate::{
    declaration::Declaration,
    ledger::{
        batch::{Batch, Dictionaries},
        error::LedgerError,
        mapping::Mapping,
        posting::{Posted, Poster, Posting},
        source::servers::{PrivateServer, postgres},
    },
    period::parse_day,
};

/// Tables of somebody else's, that every database understands.
const TABLES: &str = "CREATE TABLE vip(id TEXT PRIMARY KEY, joined TEXT NOT NULL);
    CREATE TABLE pts(no TEXT PRIMARY KEY, vip TEXT NOT NULL, at TEXT NOT NULL, type TEXT NOT NULL, n BIGINT NOT NULL, fkey TEXT UNIQUE);
    INSERT INTO vip VALUES('A', '2020-01-02'), ('B', '2020-01-02');
    INSERT INTO pts(no, vip, at, type, n) VALUES('1', 'A', '2026-01-02 03:04:05', 'earn', 100), ('2', 'B', '2026-02-02 03:04:05', 'earn', 50);";
/// Their mapping.
const MAPPED: &str = "layout = \"mapped\"\n[posting]\n[entity.member]\ntable = \"vip\"\ncolumns = { member_id = \"id\", registered_on = \"joined\" }\n\
    [entity.points_entry]\ntable = \"pts\"\n[entity.points_entry.columns]\nentry_id = \"no\"\nmember_id = \"vip\"\nat = \"at\"\nkind = \"type\"\npoints = \"n\"\nposting_key = \"fkey\"\n";

/// The columns that tests decide by.
const COLUMNS: [&str; 4] = ["at", "kind", "points", "entry_id"];

/// A ledger of a test's own.
struct Place {
    home: TempDir,
    /// The server with the database, when it is not a file.
    server: Option<(&'static PrivateServer, String)>,
}

impl Place {
    fn sqlite(sql: &str) -> Self {
        let place = Self { home: tempfile::tempdir().unwrap(), server: None };
        place.run(sql);
        place
    }

    fn postgres(sql: &str) -> Option<Self> {
        let server = postgres()?;
        let database = server.database();
        let place = Self { home: tempfile::tempdir().unwrap(), server: Some((server, database)) };
        place.run(sql);
        Some(place)
    }

    /// One of each kind.
    fn all(sql: &str) -> Vec<Self> {
        std::iter::once(Self::sqlite(sql)).chain(Self::postgres(sql)).collect()
    }

    fn is_file(&self) -> bool {
        self.server.is_none()
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("ledger.db")
    }

    fn run(&self, sql: &str) {
        match &self.server {
            None => rusqlite::Connection::open(self.file()).unwrap().execute_batch(sql).unwrap(),
            Some((server, database)) => server.run(database, sql),
        }
    }

    /// The rows of a query as texts.
    fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        if let Some((server, database)) = &self.server {
            let text = |value: Option<String>| value.unwrap_or_else(|| "NULL".to_owned());
            return server.rows(database, sql).into_iter().map(|row| row.into_iter().map(text).collect()).collect();
        }
        let connection = rusqlite::Connection::open(self.file()).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let width = statement.column_count();
        let text = |value: ValueRef<'_>| match value {
            ValueRef::Null => "NULL".to_owned(),
            ValueRef::Integer(value) => value.to_string(),
            ValueRef::Real(value) => format!("{value:?}"),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        };
        let rows = statement.query_map([], |row| Ok((0..width).map(|at| text(row.get_ref(at).unwrap())).collect()));
        rows.unwrap().map(Result::unwrap).collect()
    }

    fn one(&self, sql: &str) -> String {
        self.rows(sql)[0][0].clone()
    }

    fn database(&self) -> String {
        match &self.server {
            None => "sqlite:ledger.db".to_owned(),
            Some((server, database)) => server.url(database),
        }
    }

    fn mapping(&self, rest: &str) -> Mapping {
        let head = format!(
            "database = \"{}\"\ncurrency = \"CNY\"\nscale = 2\nzone = \"Asia/Shanghai\"\n{rest}",
            self.database()
        );
        Mapping::check(&Declaration::new("config/ledger.toml", &head), self.home.path())
            .unwrap_or_else(|faults| panic!("{:?}", miette::Report::new(faults)))
    }

    fn open(&self, rest: &str) -> Result<Poster, LedgerError> {
        Poster::open(self.mapping(rest), today())
    }

    fn poster(&self, rest: &str) -> Poster {
        self.open(rest).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
    }
}

fn today() -> NaiveDate {
    parse_day("2026-12-31").unwrap()
}

fn year_end() -> NaiveDateTime {
    today().and_hms_opt(23, 59, 59).unwrap()
}

/// A zeroing.
fn zero(key: &str, member: &str, points: i64) -> Posting {
    Posting {
        key: key.to_owned(),
        member: member.to_owned(),
        kind: "zero",
        points,
        at: year_end(),
        programme: None,
        rule: None,
        order_id: None,
        reverses_id: None,
        expires_on: None,
    }
}

fn members(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// The balance of each member in a batch.
fn balances(batch: &Batch, dictionaries: &Dictionaries) -> Vec<(String, i64)> {
    let mut found: Vec<(String, i64)> = Vec::new();
    for (code, points) in batch.codes("member_id").iter().zip(batch.numbers("points")) {
        let member = dictionaries.text("member_id", *code).unwrap();
        match found.last_mut() {
            Some((last, sum)) if last == member => *sum += points,
            _ => found.push((member.to_owned(), *points)),
        }
    }
    found
}

/// Takes away what each member has, under keys of one run.
fn zeroing(run: &str, batch: &Batch, dictionaries: &Dictionaries) -> Vec<Posting> {
    let all = balances(batch, dictionaries).into_iter().filter(|(_, sum)| *sum > 0);
    all.map(|(member, sum)| zero(&format!("zero:{run}:{member}"), &member, -sum)).collect()
}

/// Posts some postings whatever stands there.
fn post(poster: &mut Poster, postings: &[Posting]) -> Result<Vec<Posted>, LedgerError> {
    let mut members: Vec<String> = postings.iter().map(|posting| posting.member.clone()).collect();
    members.dedup();
    poster.post(&members, &COLUMNS, &mut |_, _| postings.to_vec())
}

/// The code and the words of an error.
fn told<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> (String, String) {
    let error = result.unwrap_err();
    let help = error.help().map(|help| help.to_string()).unwrap_or_default();
    (error.code().map(|code| code.to_string()).unwrap_or_default(), format!("{error} | {help}"))
}
