//! A ledger in a SQLite file, read through rusqlite: sqlx pays a channel hop for every row, which makes big entities six times slower.
//!
//! Invariants: the file is opened read-only and one transaction holds for the life of the source, so that every read sees the
//! same snapshot.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, types::ValueRef};

use crate::{
    declaration::did_you_mean,
    ledger::{
        decode::Raw,
        error::LedgerError,
        mapping::{ColumnMapping, EntityMapping, Origin, Rows},
        source::{duplicate_sql, quoted, select_sql},
    },
};

/// An open read-only transaction on a SQLite file.
#[derive(Debug)]
pub(in crate::ledger) struct Sqlite {
    connection: Connection,
}

fn doing(what: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> LedgerError {
    let doing = what.into();
    move |cause| LedgerError::Database { doing, cause }
}

impl Sqlite {
    pub(in crate::ledger) fn open(path: &Path) -> Result<Self, LedgerError> {
        if !path.is_file() {
            return Err(LedgerError::NoLedger { path: path.to_owned() });
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(doing("when it was opened"))?;
        connection.execute_batch("BEGIN").map_err(doing("when a snapshot was begun"))?;
        // The snapshot is taken by the first read, and only a read tells whether the file is a database at all.
        connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
            .map_err(doing("when a snapshot was begun"))?;
        Ok(Self { connection })
    }

    /// A setting of a ledger that fenji made; `None` for other ledgers.
    pub(in crate::ledger) fn info(&self, name: &str) -> Result<Option<String>, LedgerError> {
        if self.columns("ledger_info")?.is_empty() {
            return Ok(None);
        }
        let found =
            self.connection.query_row("SELECT value FROM ledger_info WHERE name = ?1", [name], |row| row.get(0));
        match found {
            Ok(value) => Ok(Some(value)),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(cause) => Err(doing("when its settings were read")(cause)),
        }
    }

    /// Checks that the rows and the columns of a mapping exist.
    pub(in crate::ledger) fn check(&self, mapping: &EntityMapping) -> Result<(), LedgerError> {
        let (name, known) = match &mapping.rows {
            Rows::Table(table) => (table.clone(), self.columns(table)?),
            Rows::Query { file, .. } => (file.display().to_string(), self.query_columns(mapping)?),
        };
        if known.is_empty() {
            let tables = self.tables()?;
            let help = did_you_mean(&name, tables.iter().map(String::as_str));
            return Err(LedgerError::MissingTable { entity: mapping.entity.name, table: name, help });
        }
        for column in mapping.columns.values() {
            if let Origin::Column(wanted) = &column.from
                && !known.iter().any(|found| found.eq_ignore_ascii_case(wanted))
            {
                let help = did_you_mean(wanted, known.iter().map(String::as_str));
                return Err(LedgerError::MissingColumn {
                    entity: mapping.entity.name,
                    name: column.spec.name,
                    column: wanted.clone(),
                    rows: name,
                    help,
                });
            }
        }
        Ok(())
    }

    fn columns(&self, table: &str) -> Result<Vec<String>, LedgerError> {
        self.names("SELECT name FROM pragma_table_xinfo(?1)", [table])
    }

    fn tables(&self) -> Result<Vec<String>, LedgerError> {
        self.names("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name", [])
    }

    fn names(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<String>, LedgerError> {
        let read = || {
            let mut statement = self.connection.prepare(sql)?;
            let names = statement.query_map(parameters, |row| row.get(0))?;
            names.collect::<Result<Vec<String>, _>>()
        };
        read().map_err(doing("when its tables were listed"))
    }

    fn query_columns(&self, mapping: &EntityMapping) -> Result<Vec<String>, LedgerError> {
        let Rows::Query { file, sql } = &mapping.rows else { return Ok(Vec::new()) };
        let refused = |cause: String| LedgerError::Query { file: file.clone(), cause };
        let statement = self.connection.prepare(sql).map_err(|error| refused(error.to_string()))?;
        if !statement.readonly() {
            return Err(refused("it would write to the ledger".to_owned()));
        }
        if statement.column_count() == 0 {
            return Err(refused("it gives no columns".to_owned()));
        }
        Ok(statement.column_names().into_iter().map(str::to_owned).collect())
    }

    /// Visits every row of an entity: the columns asked for, and a way to name the row.
    pub(in crate::ledger) fn scan(
        &self,
        mapping: &EntityMapping,
        columns: &[&ColumnMapping],
        visit: &mut dyn FnMut(&SqliteRow<'_>) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let failed = || doing(format!("when `{}` was read", mapping.entity.name));
        let mut statement = self.connection.prepare(&select_sql(mapping, columns)).map_err(failed())?;
        let width = columns.len();
        let mut rows = statement.query([]).map_err(failed())?;
        while let Some(row) = rows.next().map_err(failed())? {
            visit(&SqliteRow { row, width })?;
        }
        Ok(())
    }

    /// One key of the entity that stands more than once, with how often; `None` when a unique index rules it out or no key does.
    pub(in crate::ledger) fn duplicate(&self, mapping: &EntityMapping) -> Result<Option<(String, i64)>, LedgerError> {
        if self.key_is_unique(mapping)? {
            return Ok(None);
        }
        let failed = || doing(format!("when the keys of `{}` were counted", mapping.entity.name));
        let mut statement = self.connection.prepare(&duplicate_sql(mapping)).map_err(failed())?;
        let mut rows = statement.query([]).map_err(failed())?;
        let Some(row) = rows.next().map_err(failed())? else { return Ok(None) };
        let count = row.get(0).map_err(failed())?;
        Ok(Some((SqliteRow { row, width: 1 }.name(), count)))
    }

    fn key_is_unique(&self, mapping: &EntityMapping) -> Result<bool, LedgerError> {
        let Rows::Table(table) = &mapping.rows else { return Ok(false) };
        let mut key = Vec::new();
        for name in mapping.entity.key {
            match mapping.columns.get(name).map(|column| &column.from) {
                Some(Origin::Column(column)) => key.push(column.to_lowercase()),
                _ => return Ok(false),
            }
        }
        let indexes =
            self.names("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" = 1 AND partial = 0", [table])?;
        for index in indexes {
            let columns = self.names("SELECT coalesce(name, '') FROM pragma_index_info(?1)", [index])?;
            if columns.iter().all(|column| key.contains(&column.to_lowercase())) {
                return Ok(true);
            }
        }
        let primary = self.names("SELECT name FROM pragma_table_info(?1) WHERE pk > 0", [table])?;
        Ok(!primary.is_empty() && primary.iter().all(|column| key.contains(&column.to_lowercase())))
    }

    /// How many rows an entity has.
    pub(in crate::ledger) fn count(&self, mapping: &EntityMapping) -> Result<i64, LedgerError> {
        let sql = match &mapping.rows {
            Rows::Table(table) => format!("SELECT count(*) FROM {}", quoted(table)),
            Rows::Query { sql, .. } => format!("SELECT count(*) FROM (\n{sql}\n)"),
        };
        self.connection
            .query_row(&sql, [], |row| row.get(0))
            .map_err(doing(format!("when the rows of `{}` were counted", mapping.entity.name)))
    }
}

/// One row under the cursor.
#[derive(Debug)]
pub(in crate::ledger) struct SqliteRow<'r> {
    row: &'r rusqlite::Row<'r>,
    width: usize,
}

impl SqliteRow<'_> {
    /// The raw value of the column at a place.
    pub(in crate::ledger) fn raw(&self, at: usize) -> Raw<'_> {
        match self.row.get_ref(at) {
            Ok(ValueRef::Null) => Raw::Null,
            Ok(ValueRef::Integer(value)) => Raw::Integer(value),
            Ok(ValueRef::Real(value)) => Raw::Real(value),
            Ok(ValueRef::Text(bytes)) => {
                std::str::from_utf8(bytes).map_or(Raw::Other("text that is not UTF-8"), Raw::Text)
            }
            Ok(ValueRef::Blob(_)) => Raw::Other("a blob"),
            Err(_) => Raw::Other("a value that cannot be read"),
        }
    }

    /// The row's key, for messages.
    pub(in crate::ledger) fn name(&self) -> String {
        let mut parts = Vec::new();
        let mut at = self.width;
        while let Ok(value) = self.row.get_ref(at) {
            parts.push(match value {
                ValueRef::Null => "(empty)".to_owned(),
                ValueRef::Integer(value) => format!("`{value}`"),
                ValueRef::Real(value) => format!("`{value:?}`"),
                ValueRef::Text(bytes) => format!("`{}`", String::from_utf8_lossy(bytes).escape_debug()),
                ValueRef::Blob(_) => "(blob)".to_owned(),
            });
            at += 1;
        }
        parts.join(", ")
    }
}
