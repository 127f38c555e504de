//! fenji's own database: what was decided, so that it is known later. SQLite or PostgreSQL; everything of a run is kept in one transaction.
//!
//! Invariants: nothing is overwritten or deleted; what is read back is verified by its sha256. SQL stands in `sql/`, tables in `migrations/`.

mod database;
mod error;
pub mod points;
pub mod review;
pub(in crate::run) mod risk;
pub mod runs;
mod statements;

use std::{
    fmt,
    fs::{File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use crate::run::store::error::StoreError;
use crate::{
    ledger::server::Server,
    period::parse_day,
    run::store::database::{
        Control, Database, Row, Statement, Value, postgres::PostgresStore, sqlite::SqliteStore, values,
    },
};

/// The variable that holds the password of the store's user on a server.
pub const PASSWORD: &str = "FENJI_STORE_PASSWORD";

/// How often the lock of a store in a file is asked for, and the pause between: a minute in all.
const LOCK_TRIES: u32 = 3000;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// How instants stand in what people decided.
const TIME: &str = "%Y-%m-%d %H:%M:%S";

/// Grades read back from the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The day.
    pub as_of: NaiveDate,
    /// Which computation of that day, from 1.
    pub revision: i64,
    /// The version of the scheme.
    pub version_id: String,
    /// Fingerprint of that version's rules.
    pub version_hash: String,
    /// Grade names from the lowest, as they were then, joined by line feeds.
    pub grades: String,
    /// The grades as Parquet.
    pub rows: Vec<u8>,
    /// When they were kept, in the ledger's zone: `2026-11-01 08:00:00`.
    pub kept_at: String,
}

/// Grades to be kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ToKeep {
    /// The scheme.
    pub scheme: String,
    /// The day.
    pub as_of: NaiveDate,
    /// The version of the scheme.
    pub version_id: String,
    /// Fingerprint of that version's rules.
    pub version_hash: String,
    /// Whether the review could take grades away.
    pub assessment: bool,
    /// Grade names from the lowest, joined by line feeds.
    pub grades: String,
    /// Graded subjects.
    pub subjects: i64,
    /// Subjects not graded.
    pub excluded: i64,
    /// Fingerprint of the snapshot.
    pub snapshot: String,
    /// The grades as Parquet.
    pub rows: Vec<u8>,
}

/// Where a store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreAddress {
    /// A file of SQLite.
    File(PathBuf),
    /// A PostgreSQL server; the password is in the environment.
    Server(Server),
}

/// Where it is, for messages.
impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(server) => write!(f, "postgres://{server}"),
        }
    }
}

/// An open store.
#[derive(Debug)]
pub struct Store {
    at: String,
    database: Box<dyn Database>,
    /// Whether a transaction was left without an end.
    left_open: bool,
}

impl Store {
    /// Opens a store and brings it to this version's form; a file is made when it is not there.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be made, locked, reached or migrated.
    pub async fn open(address: &StoreAddress) -> Result<Self, StoreError> {
        let at = address.to_string();
        let failed = |cause| StoreError::Database { at: at.clone(), doing: "when it was opened", cause };
        let (_lock, mut database): (Option<File>, Box<dyn Database>) = match address {
            // SQLite migrations have no lock of their own: two that start together would both apply them.
            StoreAddress::File(path) => {
                (Some(lock(path).await?), Box::new(SqliteStore::open(path).await.map_err(failed)?))
            }
            StoreAddress::Server(server) => {
                let options = server.postgres_options(std::env::var(PASSWORD).ok());
                let options = options.map_err(|cause| failed(sqlx::Error::Configuration(cause.into())))?;
                (None, Box::new(PostgresStore::open(options).await.map_err(failed)?))
            }
        };
        database.migrate().await.map_err(|cause| StoreError::Migration { at: at.clone(), cause })?;
        Ok(Self { at, database, left_open: false })
    }

    /// Opens a store that is there to read it; it cannot be written.
    ///
    /// # Errors
    /// [`StoreError`] when it is not there or cannot be reached.
    pub async fn open_to_read(address: &StoreAddress) -> Result<Self, StoreError> {
        let mut store = Self::open(address).await?;
        let failed = store.failed("when it was opened");
        store.database.only_read().await.map_err(failed)?;
        Ok(store)
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError + use<> {
        let at = self.at.clone();
        move |cause| StoreError::Database { at, doing, cause }
    }

    /// The rows that a statement gives.
    async fn query(
        &mut self,
        doing: &'static str,
        statement: &Statement,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let failed = self.failed(doing);
        self.settle(doing).await?;
        self.database.query(statement, values).await.map_err(failed)
    }

    /// How many rows a statement wrote.
    async fn execute(
        &mut self,
        doing: &'static str,
        statement: &Statement,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let failed = self.failed(doing);
        self.settle(doing).await?;
        self.database.execute(statement, values).await.map_err(failed)
    }

    /// Lets the database prepare every statement, without running any: it has the tables that this version needs. Gives how many there are.
    ///
    /// # Errors
    /// [`StoreError`] for the first that it refuses.
    pub async fn prove(&mut self) -> Result<usize, StoreError> {
        for statement in statements::ALL {
            let failed = self.failed("when a statement was prepared");
            self.database.prepare(statement).await.map_err(failed)?;
        }
        Ok(statements::ALL.len())
    }

    /// Begins a transaction; it is rolled back unless it is committed.
    async fn begin(&mut self, doing: &'static str, control: Control) -> Result<Transaction<'_>, StoreError> {
        let failed = self.failed(doing);
        self.settle(doing).await?;
        // From here on somebody has to end it, even when this future is dropped.
        self.left_open = true;
        self.database.control(control).await.map_err(failed)?;
        Ok(Transaction { store: self, doing })
    }

    /// Rolls back what was left without an end.
    async fn settle(&mut self, doing: &'static str) -> Result<(), StoreError> {
        if self.left_open {
            let failed = self.failed(doing);
            self.database.control(Control::Rollback).await.map_err(failed)?;
            self.left_open = false;
        }
        Ok(())
    }

    /// The grades kept for a day: the latest revision.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn kept_on(&mut self, scheme: &str, day: NaiveDate) -> Result<Option<Kept>, StoreError> {
        self.kept(&statements::GRADES_ON, scheme, day).await
    }

    /// The grades kept for the latest day before another.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn kept_before(&mut self, scheme: &str, day: NaiveDate) -> Result<Option<Kept>, StoreError> {
        self.kept(&statements::GRADES_BEFORE, scheme, day).await
    }

    async fn kept(&mut self, statement: &Statement, scheme: &str, day: NaiveDate) -> Result<Option<Kept>, StoreError> {
        const DOING: &str = "when kept grades were read";
        let rows = self.query(DOING, statement, values![scheme, day.to_string()]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let (kept, sha) = taken(row).map_err(self.failed(DOING))?;
        let found = sha256(&kept.rows);
        if found == sha {
            return Ok(Some(kept));
        }
        Err(StoreError::Damaged { scheme: scheme.to_owned(), as_of: kept.as_of.to_string(), kept: sha, found })
    }

    /// The latest day that grades of a scheme were kept for.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn kept_last(&mut self, scheme: &str) -> Result<Option<NaiveDate>, StoreError> {
        const DOING: &str = "when kept grades were looked up";
        let rows = self.query(DOING, &statements::GRADES_LAST, values![scheme]).await?;
        let day: Option<String> = one(&rows).and_then(|row| row.get(0)).map_err(self.failed(DOING))?;
        Ok(day.and_then(|day| parse_day(&day).ok()))
    }

    /// The versions of a scheme that grades were kept for, with the fingerprints of their rules.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn kept_versions(&mut self, scheme: &str) -> Result<Vec<(String, String)>, StoreError> {
        const DOING: &str = "when kept versions were read";
        let rows = self.query(DOING, &statements::GRADES_VERSIONS, values![scheme]).await?;
        let version = |row: &Row| Ok((row.get(0)?, row.get(1)?));
        rows.iter().map(version).collect::<Result<_, _>>().map_err(self.failed(DOING))
    }

    /// Keeps grades, all or none of them; a day that has others already gets a new revision, one that has the same is left as it is.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written: then nothing is kept.
    pub async fn keep(&mut self, sets: &[ToKeep], now: NaiveDateTime) -> Result<(), StoreError> {
        let mut transaction = self.begin("when grades were kept", Control::Begin).await?;
        transaction.keep_sets(sets, now).await?;
        transaction.commit().await
    }
}

/// A transaction of a store: what it wrote stands once it was committed, and is gone otherwise.
#[derive(Debug)]
struct Transaction<'s> {
    store: &'s mut Store,
    doing: &'static str,
}

impl Transaction<'_> {
    async fn query(&mut self, statement: &Statement, values: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let failed = self.store.failed(self.doing);
        self.store.database.query(statement, values).await.map_err(failed)
    }

    async fn execute(&mut self, statement: &Statement, values: Vec<Value>) -> Result<u64, StoreError> {
        let failed = self.store.failed(self.doing);
        self.store.database.execute(statement, values).await.map_err(failed)
    }

    fn failed(&self) -> impl FnOnce(sqlx::Error) -> StoreError + use<> {
        self.store.failed(self.doing)
    }

    async fn commit(self) -> Result<(), StoreError> {
        let failed = self.failed();
        self.store.database.control(Control::Commit).await.map_err(failed)?;
        self.store.left_open = false;
        Ok(())
    }

    /// Ends the transaction at once with nothing written, so that nobody waits for it.
    async fn abandon(self) -> Result<(), StoreError> {
        let failed = self.failed();
        self.store.database.control(Control::Rollback).await.map_err(failed)?;
        self.store.left_open = false;
        Ok(())
    }

    /// Keeps grades within the transaction.
    async fn keep_sets(&mut self, sets: &[ToKeep], now: NaiveDateTime) -> Result<(), StoreError> {
        for set in sets {
            let values = values![
                &set.scheme,
                set.as_of.to_string(),
                &set.version_id,
                &set.version_hash,
                set.assessment,
                &set.grades,
                set.subjects,
                set.excluded,
                &set.snapshot,
                &set.rows,
                sha256(&set.rows),
                now.format(TIME).to_string(),
            ];
            self.execute(&statements::KEEP_GRADES, values).await?;
        }
        Ok(())
    }
}

/// The one row that a statement gives.
fn one(rows: &[Row]) -> Result<&Row, sqlx::Error> {
    rows.first().ok_or(sqlx::Error::RowNotFound)
}

/// Kept grades, and the sha256 of their rows as it was kept.
fn taken(row: &Row) -> Result<(Kept, String), sqlx::Error> {
    let kept = Kept {
        as_of: day(&row.get::<String>(0)?)?,
        revision: row.get(1)?,
        version_id: row.get(2)?,
        version_hash: row.get(3)?,
        grades: row.get(4)?,
        rows: row.get(5)?,
        kept_at: row.get(7)?,
    };
    Ok((kept, row.get(6)?))
}

/// A day as the store has it.
fn day(text: &str) -> Result<NaiveDate, sqlx::Error> {
    parse_day(text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// The sha256 of some bytes in hexadecimal.
pub(in crate::run) fn sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')));
    }
    text
}

/// Holds a lock file beside the store until it is dropped. It is asked for again and again instead of being waited for: who holds it may be another task
/// of this very thread, which a wait would stop for ever.
async fn lock(path: &Path) -> Result<File, StoreError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| StoreError::Directory { path, cause }
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed(parent))?;
    }
    let name = path.with_extension("lock");
    let file = OpenOptions::new().create(true).append(true).open(&name).map_err(failed(&name))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOCK_PAUSE).await,
            Err(TryLockError::Error(cause)) => return Err(failed(&name)(cause)),
        }
    }
    Err(failed(&name)(std::io::ErrorKind::TimedOut.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Store {
        /// Changes what no one should.
        pub(in crate::run::store) async fn spoil(&mut self, sql: &'static str) {
            let statement = Statement { name: "spoil", sqlite: sql, postgres: sql };
            self.execute("when it was spoilt", &statement, Vec::new()).await.unwrap();
        }
    }

    fn set(day: &str, rows: &[u8]) -> ToKeep {
        ToKeep {
            scheme: "s".to_owned(),
            as_of: parse_day(day).unwrap(),
            version_id: "v1".to_owned(),
            version_hash: "00".to_owned(),
            assessment: false,
            grades: "a\nb".to_owned(),
            subjects: 1,
            excluded: 0,
            snapshot: "x".to_owned(),
            rows: rows.to_vec(),
        }
    }

    #[tokio::test]
    async fn keeps_revisions_and_finds_the_latest() {
        let dir = tempfile::tempdir().unwrap();
        let path = StoreAddress::File(dir.path().join("data").join("fenji.db"));
        let now = parse_day("2026-11-01").unwrap().and_hms_opt(9, 0, 0).unwrap();
        let mut store = Store::open(&path).await.unwrap();
        assert_eq!(store.kept_before("s", now.date()).await.unwrap(), None);
        store.keep(&[set("2026-09-30", b"a"), set("2026-10-31", b"b")], now).await.unwrap();
        store.keep(&[set("2026-10-31", b"c")], now).await.unwrap();
        store.keep(&[set("2026-10-31", b"c")], now).await.unwrap();
        assert_eq!(store.kept_last("s").await.unwrap(), parse_day("2026-10-31").ok());
        drop(store);
        let mut store = Store::open(&path).await.unwrap();
        let october = store.kept_on("s", parse_day("2026-10-31").unwrap()).await.unwrap().unwrap();
        assert_eq!((october.revision, october.rows), (2, b"c".to_vec()));
        let before = store.kept_before("s", parse_day("2026-10-31").unwrap()).await.unwrap().unwrap();
        assert_eq!((before.as_of, before.revision), (parse_day("2026-09-30").unwrap(), 1));
        assert_eq!(store.kept_versions("s").await.unwrap(), [("v1".to_owned(), "00".to_owned())]);
        assert_eq!(store.kept_on("other", now.date()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn tells_when_what_was_kept_has_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = StoreAddress::File(dir.path().join("fenji.db"));
        let day = parse_day("2026-10-31").unwrap();
        let mut store = Store::open(&path).await.unwrap();
        store.keep(&[set("2026-10-31", b"a")], day.and_hms_opt(0, 0, 0).unwrap()).await.unwrap();
        store.spoil("UPDATE grade_set SET rows = x'00'").await;
        assert!(matches!(store.kept_on("s", day).await, Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn many_may_open_a_new_store_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = StoreAddress::File(dir.path().join("fenji.db"));
        let open = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(Store::open(&path)).map(drop)
        };
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            for one in all {
                one.join().unwrap().unwrap();
            }
        });
    }
}
