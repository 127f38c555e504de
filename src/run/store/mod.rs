//! fenji's own database: what was decided, so that it is known later. SQLite; everything of a run is kept in one transaction.
//!
//! Invariants: nothing is overwritten or deleted; what is read back is verified by its sha256. SQL stands in `sql/`.

pub mod points;
pub mod review;
mod risk;

use std::{
    fs::{File, OpenOptions},
    path::{Path, PathBuf},
};

use chrono::{NaiveDate, NaiveDateTime};
use miette::Diagnostic;
use sha2::{Digest, Sha256};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Row, SqlSafeStr, SqliteConnection,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous},
};
use thiserror::Error;

use crate::period::parse_day;

/// Why the store cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum StoreError {
    /// The database answers with an error.
    #[error("the store at `{path}` answered with an error {doing}: {cause}")]
    #[diagnostic(
        code(store::database),
        help(
            "check that the file's directory can be written, that the disk has room, and that no other fenji holds it locked"
        )
    )]
    Database {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// The database's own words.
        cause: sqlx::Error,
    },
    /// The store could not be brought to this version's form.
    #[error("the store at `{path}` cannot be brought up to date: {cause}")]
    #[diagnostic(
        code(store::migration),
        help("a store that a newer fenji wrote is not read by an older one: install the newer fenji again")
    )]
    Migration {
        /// The file.
        path: PathBuf,
        /// The library's words.
        cause: sqlx::migrate::MigrateError,
    },
    /// The directory or lock file of the store cannot be made.
    #[error("cannot make `{path}`: {cause}")]
    #[diagnostic(code(store::directory), help("check the permissions of the home's `data/` directory"))]
    Directory {
        /// The path.
        path: PathBuf,
        /// The system's words.
        cause: std::io::Error,
    },
    /// What was kept has changed on disk.
    #[error("the grades of `{scheme}` on {as_of} are not what was kept: sha256 {found} instead of {kept}")]
    #[diagnostic(code(store::damaged), help("restore the store from a copy: kept grades are never rewritten"))]
    Damaged {
        /// The scheme.
        scheme: String,
        /// The day.
        as_of: String,
        /// As kept.
        kept: String,
        /// As read.
        found: String,
    },
    /// A receivable risk list has changed on disk.
    #[error("the receivable risk list of {as_of} is not what was kept: sha256 {found} instead of {kept}")]
    #[diagnostic(code(store::risk_list_damaged), help("restore the store from a copy: kept lists are never rewritten"))]
    RiskListDamaged {
        /// The day.
        as_of: String,
        /// As kept.
        kept: String,
        /// As read.
        found: String,
    },
    /// A review in the store cannot be read.
    #[error("review `{review}` in the store is damaged at `{what}`")]
    #[diagnostic(
        code(store::review_damaged),
        help("restore the store from a copy: what was decided is never rewritten")
    )]
    ReviewDamaged {
        /// The review.
        review: String,
        /// What cannot be read.
        what: String,
    },
    /// A points plan in the store cannot be read.
    #[error("points plan {plan} in the store is damaged at {what}")]
    #[diagnostic(code(store::plan_damaged), help("restore the store from a copy: kept plans are never rewritten"))]
    PlanDamaged {
        /// The plan.
        plan: i64,
        /// What cannot be read.
        what: String,
    },
    /// Somebody else did something with a points plan meanwhile.
    #[error("somebody else did something with points plan {plan} in this moment")]
    #[diagnostic(
        code(store::plan_raced),
        help("nothing was written: look at it with `fenji points show {plan}`, then repeat the command")
    )]
    PlanRaced {
        /// The plan.
        plan: i64,
    },
    /// Somebody else wrote to a review meanwhile.
    #[error("somebody else changed review `{review}` in this moment")]
    #[diagnostic(
        code(store::review_raced),
        help("nothing was written: look at it with `fenji review show {review}`, then repeat the command")
    )]
    ReviewRaced {
        /// The review.
        review: String,
    },
}

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
#[derive(Debug, Clone)]
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

/// An open store.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: SqliteConnection,
}

impl Store {
    /// Opens the store at a path and brings it to this version's form; makes it when it is not there.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be made, locked, opened or migrated.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        // SQLite migrations have no lock of their own: two that start together would both apply them.
        let _lock = lock(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(std::time::Duration::from_secs(30))
            .disable_statement_logging();
        let failed = |doing| move |cause| StoreError::Database { path: path.to_owned(), doing, cause };
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed("when it was opened"))?;
        migrations()
            .run(&mut connection)
            .await
            .map_err(|cause| StoreError::Migration { path: path.to_owned(), cause })?;
        Ok(Self { path: path.to_owned(), connection })
    }

    fn failed(&self, doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError + use<> {
        let path = self.path.clone();
        move |cause| StoreError::Database { path, doing, cause }
    }

    /// The grades kept for a day: the latest revision.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn kept_on(&mut self, scheme: &str, day: NaiveDate) -> Result<Option<Kept>, StoreError> {
        self.kept(include_str!("sql/kept_on.sql"), scheme, day).await
    }

    /// The grades kept for the latest day before another.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read or what it holds is damaged.
    pub async fn kept_before(&mut self, scheme: &str, day: NaiveDate) -> Result<Option<Kept>, StoreError> {
        self.kept(include_str!("sql/kept_before.sql"), scheme, day).await
    }

    async fn kept(&mut self, sql: &'static str, scheme: &str, day: NaiveDate) -> Result<Option<Kept>, StoreError> {
        let failed = self.failed("when kept grades were read");
        let row = sqlx::query(sql).bind(scheme).bind(day.to_string()).fetch_optional(&mut self.connection).await;
        match row {
            Ok(row) => row.map(|row| taken(scheme, &row)).transpose(),
            Err(cause) => Err(failed(cause)),
        }
    }

    /// The latest day that grades of a scheme were kept for.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn kept_last(&mut self, scheme: &str) -> Result<Option<NaiveDate>, StoreError> {
        let failed = self.failed("when kept grades were looked up");
        let row = sqlx::query(include_str!("sql/kept_last.sql")).bind(scheme).fetch_one(&mut self.connection).await;
        let day: Option<String> = row.map_err(failed)?.get(0);
        Ok(day.and_then(|day| parse_day(&day).ok()))
    }

    /// The versions of a scheme that grades were kept for, with the fingerprints of their rules.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    pub async fn kept_versions(&mut self, scheme: &str) -> Result<Vec<(String, String)>, StoreError> {
        let failed = self.failed("when kept versions were read");
        let rows =
            sqlx::query(include_str!("sql/kept_versions.sql")).bind(scheme).fetch_all(&mut self.connection).await;
        Ok(rows.map_err(failed)?.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Keeps grades, all or none of them; a day that has others already gets a new revision, one that has the same is left as it is.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be written: then nothing is kept.
    pub async fn keep(&mut self, sets: &[ToKeep], now: NaiveDateTime) -> Result<(), StoreError> {
        let failed = self.failed("when grades were kept");
        keep_all(&mut self.connection, sets, now).await.map_err(failed)
    }
}

async fn keep_all(connection: &mut SqliteConnection, sets: &[ToKeep], now: NaiveDateTime) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    keep_sets(&mut transaction, sets, now).await?;
    transaction.commit().await
}

/// Keeps grades within a transaction of the caller.
async fn keep_sets(connection: &mut SqliteConnection, sets: &[ToKeep], now: NaiveDateTime) -> Result<(), sqlx::Error> {
    for set in sets {
        sqlx::query(include_str!("sql/keep.sql"))
            .bind(&set.scheme)
            .bind(set.as_of.to_string())
            .bind(&set.version_id)
            .bind(&set.version_hash)
            .bind(set.assessment)
            .bind(&set.grades)
            .bind(set.subjects)
            .bind(set.excluded)
            .bind(&set.snapshot)
            .bind(&set.rows)
            .bind(sha256(&set.rows))
            .bind(now.format("%Y-%m-%d %H:%M:%S").to_string())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn taken(scheme: &str, row: &SqliteRow) -> Result<Kept, StoreError> {
    let as_of: String = row.get(0);
    let rows: Vec<u8> = row.get(5);
    let (kept, found): (String, String) = (row.get(6), sha256(&rows));
    match parse_day(&as_of) {
        Ok(day) if kept == found => Ok(Kept {
            as_of: day,
            revision: row.get(1),
            version_id: row.get(2),
            version_hash: row.get(3),
            grades: row.get(4),
            rows,
            kept_at: row.get(7),
        }),
        _ => Err(StoreError::Damaged { scheme: scheme.to_owned(), as_of, kept, found }),
    }
}

/// The sha256 of some bytes in hexadecimal.
pub(in crate::run) fn sha256(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')));
    }
    text
}

fn migrations() -> Migrator {
    let migration = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
    };
    Migrator::with_migrations(vec![
        migration(1, "grade set", include_str!("sql/0001_grade_set.sql")),
        migration(2, "review", include_str!("sql/0002_review.sql")),
        migration(3, "risk list", include_str!("sql/0003_risk_list.sql")),
        migration(4, "points", include_str!("sql/0004_points.sql")),
    ])
}

/// Holds a lock file beside the store until it is dropped.
fn lock(path: &Path) -> Result<File, StoreError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| StoreError::Directory { path, cause }
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed(parent))?;
    }
    let name = path.with_extension("lock");
    let file = OpenOptions::new().create(true).append(true).open(&name).map_err(failed(&name))?;
    file.lock().map_err(failed(&name))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let path = dir.path().join("data").join("fenji.db");
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
        let path = dir.path().join("fenji.db");
        let day = parse_day("2026-10-31").unwrap();
        let mut store = Store::open(&path).await.unwrap();
        store.keep(&[set("2026-10-31", b"a")], day.and_hms_opt(0, 0, 0).unwrap()).await.unwrap();
        sqlx::query("UPDATE grade_set SET rows = x'00'").execute(&mut store.connection).await.unwrap();
        assert!(matches!(store.kept_on("s", day).await, Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn many_may_open_a_new_store_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fenji.db");
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
