//! Makes a new ledger in fenji's own schema, and reads back what a ledger says about itself.
//!
//! Invariants: an existing file is never touched; a ledger appears under its name whole or not at all; currency, scale, zone and
//! version of the contract stand in the ledger itself, so that no file beside it can disagree. Not here: how rows come in
//! (`ledger::load`), and how a ledger of any schema is read (`ledger::source`).

use std::{
    io,
    path::{Path, PathBuf},
};

use chrono_tz::Tz;
use miette::Diagnostic;
use rusqlite::{Connection, OptionalExtension};
use thiserror::Error;

use crate::{
    ledger::schema::SQLITE as SCHEMA,
    money::{Currency, Scale},
};

/// The version of the contract (`ledger::entity`) that this program writes and reads.
pub const CONTRACT: &str = "4";

/// What a ledger says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerInfo {
    /// Currency and scale of every amount.
    pub currency: Currency,
    /// The zone in which its days begin and its clocks run.
    pub zone: Tz,
}

/// Why a ledger cannot be made.
#[derive(Debug, Error, Diagnostic)]
pub enum CreateError {
    /// Something has that name.
    #[error("`{path}` exists already")]
    #[diagnostic(
        code(ledger::exists),
        help("choose another path, or remove the file yourself: a ledger is never overwritten")
    )]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// The file cannot be written there.
    #[error("cannot write `{path}`: {cause}")]
    #[diagnostic(code(ledger::unwritable), help("check that the directory exists and that you may write in it"))]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// The system's own words.
        cause: io::Error,
    },
    /// The database refuses.
    #[error("cannot make a ledger at `{path}`: {cause}")]
    #[diagnostic(code(ledger::not_made), help("check the free space and the permissions of the directory"))]
    Database {
        /// The path.
        path: PathBuf,
        /// The database's own words.
        cause: rusqlite::Error,
    },
}

/// Why a database is not a ledger of this program.
#[derive(Debug, Error, Diagnostic)]
pub enum InfoError {
    /// It has no `ledger_info`.
    #[error("the database is not a ledger made by fenji: {cause}")]
    #[diagnostic(
        code(ledger::not_ours),
        help(
            "make one with `fenji ledger init`; a database of another make is mapped in `config/ledger.toml` and loaded by its own program"
        )
    )]
    NotALedger {
        /// The database's own words.
        cause: rusqlite::Error,
    },
    /// `ledger_info` lacks a line.
    #[error("the ledger does not say its `{name}`")]
    #[diagnostic(
        code(ledger::info_missing),
        help("the table `ledger_info` was changed: restore the ledger, or make a new one and load the files again")
    )]
    Missing {
        /// The name in `ledger_info`.
        name: &'static str,
    },
    /// `ledger_info` has a value that means nothing.
    #[error("the ledger says `{name}` is `{value}`, which means nothing here")]
    #[diagnostic(
        code(ledger::info_wrong),
        help("the table `ledger_info` was changed: restore the ledger, or make a new one and load the files again")
    )]
    Wrong {
        /// The name in `ledger_info`.
        name: &'static str,
        /// The value as found.
        value: String,
    },
    /// The ledger was made for another version of the contract.
    #[error("the ledger follows version `{found}` of the contract, this program version `{CONTRACT}`")]
    #[diagnostic(
        code(ledger::other_contract),
        help("use the fenji that made the ledger, or make a new one and load the files again")
    )]
    OtherContract {
        /// The version as found.
        found: String,
    },
}

/// Makes a new ledger with an empty table for every entity of the contract.
///
/// The file is built under another name in the same directory and then takes its own name, so a crash leaves no half ledger.
///
/// # Errors
/// [`CreateError::Exists`] when anything has that name, the others when the file cannot be made.
pub fn create(path: &Path, info: &LedgerInfo) -> Result<(), CreateError> {
    let unwritable = |cause| CreateError::Unwritable { path: path.to_owned(), cause };
    if path.symlink_metadata().is_ok() {
        return Err(CreateError::Exists { path: path.to_owned() });
    }
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let file = builder().tempfile_in(directory).map_err(unwritable)?;
    write(file.path(), info).map_err(|cause| CreateError::Database { path: path.to_owned(), cause })?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(CreateError::Exists { path: path.to_owned() })
        }
        Err(failed) => Err(unwritable(failed.error)),
    }
}

/// A new file whose permissions are those of any file the user makes, not the closed ones of a temporary file.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".fenji-ledger-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

fn write(path: &Path, info: &LedgerInfo) -> rusqlite::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    let scale = info.currency.scale.places().to_string();
    for (name, value) in [
        ("contract", CONTRACT),
        ("currency", info.currency.code.as_str()),
        ("scale", scale.as_str()),
        ("zone", info.zone.name()),
    ] {
        transaction.execute("INSERT INTO ledger_info(name, value) VALUES(?1, ?2)", [name, value])?;
    }
    transaction.commit()?;
    connection.close().map_err(|(_, cause)| cause)
}

/// Reads what a ledger says about itself.
///
/// # Errors
/// [`InfoError`] when the database is no ledger, or one of another version.
pub fn read_info(connection: &Connection) -> Result<LedgerInfo, InfoError> {
    let contract = read_line(connection, "contract")?;
    if contract != CONTRACT {
        return Err(InfoError::OtherContract { found: contract });
    }
    let code = read_line(connection, "currency")?;
    let scale = read_line(connection, "scale")?;
    let zone = read_line(connection, "zone")?;
    let Some(scale) = scale.parse().ok().and_then(|places| Scale::new(places).ok()) else {
        return Err(InfoError::Wrong { name: "scale", value: scale });
    };
    let Ok(zone) = zone.parse::<Tz>() else { return Err(InfoError::Wrong { name: "zone", value: zone }) };
    Ok(LedgerInfo { currency: Currency { code, scale }, zone })
}

fn read_line(connection: &Connection, name: &'static str) -> Result<String, InfoError> {
    connection
        .query_row("SELECT value FROM ledger_info WHERE name = ?1", [name], |row| row.get(0))
        .optional()
        .map_err(|cause| InfoError::NotALedger { cause })?
        .ok_or(InfoError::Missing { name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entity::{ColumnType, ENTITIES};

    fn info() -> LedgerInfo {
        LedgerInfo {
            currency: Currency { code: "GBP".to_owned(), scale: Scale::new(3).unwrap() },
            zone: chrono_tz::Europe::London,
        }
    }

    fn shown(error: impl Diagnostic + Send + Sync + 'static) -> String {
        let report = miette::Report::new(error);
        format!("{report} | {} | {}", report.code().unwrap(), report.help().unwrap())
    }

    #[test]
    fn a_new_ledger_says_what_it_is_and_leaves_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("ledger.db");
        create(&path, &info()).unwrap();
        let names: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["ledger.db"]);
        let connection = Connection::open(&path).unwrap();
        assert_eq!(read_info(&connection).unwrap(), info());
        let journal: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(journal, "wal");
    }

    #[test]
    fn the_schema_has_every_column_of_the_contract_with_its_storage() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        for entity in ENTITIES {
            let mut columns = connection.prepare("SELECT name, type, \"notnull\" FROM pragma_table_info(?1)").unwrap();
            let found: Vec<(String, String, bool)> = columns
                .query_map([entity.table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            let expected: Vec<(String, String, bool)> = entity
                .columns
                .iter()
                .map(|column| {
                    let storage = match column.kind {
                        ColumnType::Money
                        | ColumnType::Quantity
                        | ColumnType::Points
                        | ColumnType::Count
                        | ColumnType::Flag => "INTEGER",
                        ColumnType::Key
                        | ColumnType::Text
                        | ColumnType::Day
                        | ColumnType::Instant
                        | ColumnType::Choice(_) => "TEXT",
                    };
                    (column.name.to_owned(), storage.to_owned(), column.required)
                })
                .collect();
            assert_eq!(found, expected, "{}", entity.name);
        }
    }

    #[test]
    fn never_touches_what_is_there() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("ledger.db");
        std::fs::write(&path, "mine").unwrap();
        let text = shown(create(&path, &info()).unwrap_err());
        assert!(text.contains("exists already | ledger::exists | choose another path"), "{text}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        let text = shown(create(&home.path().join("no/such/ledger.db"), &info()).unwrap_err());
        assert!(text.contains("ledger::unwritable | check that the directory exists"), "{text}");
    }

    #[test]
    fn tells_why_a_database_is_no_ledger() {
        let connection = Connection::open_in_memory().unwrap();
        let text = shown(read_info(&connection).unwrap_err());
        assert!(text.contains("not a ledger made by fenji: no such table: ledger_info | ledger::not_ours"), "{text}");
        connection.execute_batch(SCHEMA).unwrap();
        let text = shown(read_info(&connection).unwrap_err());
        assert!(text.starts_with("the ledger does not say its `contract` | ledger::info_missing"), "{text}");
        let set = |name: &str, value: &str| {
            connection.execute("INSERT OR REPLACE INTO ledger_info VALUES(?1, ?2)", [name, value]).unwrap();
        };
        set("contract", "0");
        let text = shown(read_info(&connection).unwrap_err());
        assert!(
            text.contains("version `0` of the contract, this program version `4` | ledger::other_contract"),
            "{text}"
        );
        for (name, value) in [("contract", "4"), ("currency", "CNY"), ("scale", "9"), ("zone", "Asia/Shanghai")] {
            set(name, value);
        }
        let text = shown(read_info(&connection).unwrap_err());
        assert!(text.contains("says `scale` is `9`, which means nothing here | ledger::info_wrong"), "{text}");
        set("scale", "2");
        set("zone", "Mars");
        let text = shown(read_info(&connection).unwrap_err());
        assert!(text.contains("says `zone` is `Mars`"), "{text}");
    }
}
