//! Reads what a database says of its tables, with a small sample of those that may be of use.
//!
//! Invariants: at most [`SAMPLE`] rows of a table are read, never a whole one, and none of a view, whose first row may need all of its
//! tables; what may not be seen is not there. Not here: what is made of it (`ledger::propose`).

mod storage;

use std::collections::BTreeMap;

use crate::ledger::{
    error::LedgerError,
    propose::{
        is_of_use,
        schema::{Column, ColumnKind, ForeignKey, Schema, Table},
    },
    raw::Raw,
    source::{Dialect, Row, Source},
};
use storage::Storage;

/// Rows that are read of a table.
const SAMPLE: usize = 200;
/// Characters that are read of a text.
const CHARACTERS: usize = 200;

/// The statements that describe a schema, each with the same columns for every database.
struct Statements {
    tables: &'static str,
    columns: &'static str,
    keys: &'static str,
    references: &'static str,
}

fn statements(dialect: Dialect) -> Statements {
    match dialect {
        Dialect::Sqlite => Statements {
            tables: include_str!("sqlite/tables.sql"),
            columns: include_str!("sqlite/columns.sql"),
            keys: include_str!("sqlite/keys.sql"),
            references: include_str!("sqlite/references.sql"),
        },
        Dialect::Postgres => Statements {
            tables: include_str!("postgres/tables.sql"),
            columns: include_str!("postgres/columns.sql"),
            keys: include_str!("postgres/keys.sql"),
            references: include_str!("postgres/references.sql"),
        },
        Dialect::MySql => Statements {
            tables: include_str!("mariadb/tables.sql"),
            columns: include_str!("mariadb/columns.sql"),
            keys: include_str!("mariadb/keys.sql"),
            references: include_str!("mariadb/references.sql"),
        },
    }
}

/// Describes the tables and views of a database that can be seen.
///
/// # Errors
/// What the database answers when it cannot be asked.
pub(in crate::ledger) fn inspect(source: &dyn Source) -> Result<Schema, LedgerError> {
    let dialect = source.dialect();
    let statements = statements(dialect);
    let mut tables = BTreeMap::new();
    for [name, kind, comment, rows] in texts(source, statements.tables)? {
        let (columns, primary, unique, foreign) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (view, rows) = (kind == "view", rows.parse().ok());
        tables.insert(name.clone(), Table { name, view, comment, rows, columns, primary, unique, foreign });
    }
    for [table, name, sql_type, nullable, comment] in texts(source, statements.columns)? {
        let Some(table) = tables.get_mut(&table) else { continue };
        let kind = ColumnKind::of(dialect, &sql_type);
        let nullable = nullable == "1";
        table.columns.push(Column { name, sql_type, kind, nullable, comment, samples: Vec::new() });
    }
    keys(&mut tables, texts(source, statements.keys)?);
    references(&mut tables, texts(source, statements.references)?);
    let mut schema = Schema { dialect, tables: tables.into_values().collect() };
    for table in schema.tables.iter_mut().filter(|table| !table.view && is_of_use(table)) {
        sample(source, table)?;
    }
    Ok(schema)
}

fn keys(tables: &mut BTreeMap<String, Table>, rows: Vec<[String; 4]>) {
    let mut found: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for [table, index, primary, column] in rows {
        found.entry((table, primary, index)).or_default().push(column);
    }
    for ((table, primary, _), columns) in found {
        let Some(table) = tables.get_mut(&table) else { continue };
        if columns.iter().any(String::is_empty) {
            continue;
        }
        if primary == "1" {
            table.primary = columns;
        } else {
            table.unique.push(columns);
        }
    }
}

fn references(tables: &mut BTreeMap<String, Table>, rows: Vec<[String; 5]>) {
    let mut found: BTreeMap<(String, String), ForeignKey> = BTreeMap::new();
    for [table, key, column, other, to] in rows {
        let foreign = || ForeignKey { columns: Vec::new(), table: other, to: Vec::new() };
        let key = found.entry((table, key)).or_insert_with(foreign);
        key.columns.push(column);
        key.to.push(to);
    }
    for ((table, _), mut key) in found {
        if key.to.iter().any(String::is_empty) {
            key.to = tables.get(&key.table).map(|other| other.primary.clone()).unwrap_or_default();
        }
        if let Some(table) = tables.get_mut(&table) {
            table.foreign.push(key);
        }
    }
}

/// The rows of a statement whose columns are all texts; nothing is an empty one.
fn texts<const WIDTH: usize>(source: &dyn Source, sql: &str) -> Result<Vec<[String; WIDTH]>, LedgerError> {
    let mut found = Vec::new();
    source.query(sql, "when its tables were described", &mut |row| {
        found.push(std::array::from_fn(|at| {
            let raw = row.raw(at);
            if matches!(raw, Raw::Null) { String::new() } else { raw.plain() }
        }));
        Ok(())
    })?;
    Ok(found)
}

/// Fills the samples of a table.
fn sample(source: &dyn Source, table: &mut Table) -> Result<(), LedgerError> {
    let dialect = source.dialect();
    let read = |column: &&mut Column| dialect == Dialect::Sqlite || column.kind != ColumnKind::Other;
    let mut columns: Vec<&mut Column> = table.columns.iter_mut().filter(read).collect();
    if columns.is_empty() {
        return Ok(());
    }
    let values: Vec<String> = columns.iter().map(|column| short(dialect, column)).collect();
    let sql = format!("SELECT {} FROM {} LIMIT {SAMPLE}", values.join(", "), dialect.table(&table.name));
    let mut storage = vec![Storage::default(); columns.len()];
    source.query(&sql, &format!("when rows of `{}` were looked at", table.name), &mut |row: &dyn Row| {
        for (at, (column, storage)) in columns.iter_mut().zip(&mut storage).enumerate() {
            let raw = row.raw(at);
            storage.see(raw);
            column.samples.push(value(raw));
        }
        Ok(())
    })?;
    if dialect == Dialect::Sqlite {
        for (column, storage) in columns.iter_mut().zip(&storage) {
            column.kind = storage.kind(&column.sql_type);
        }
    }
    Ok(())
}

/// A column as it is sampled: of a text its beginning, of bytes nothing.
fn short(dialect: Dialect, column: &Column) -> String {
    let name = dialect.quoted(&column.name);
    match (dialect, column.kind) {
        (Dialect::Sqlite, _) => format!(
            "CASE typeof({name}) WHEN 'text' THEN substr({name}, 1, {CHARACTERS}) WHEN 'blob' THEN zeroblob(0) ELSE {name} END"
        ),
        (Dialect::Postgres, ColumnKind::Text { .. }) => format!("left(CAST({name} AS text), {CHARACTERS})"),
        (Dialect::MySql, ColumnKind::Text { .. }) => format!("left({name}, {CHARACTERS})"),
        (Dialect::Postgres | Dialect::MySql, _) => name,
    }
}

fn value(raw: Raw<'_>) -> Option<String> {
    match raw {
        Raw::Null | Raw::Other(_) => None,
        // As the words of a choice are written in a mapping.
        Raw::Flag(value) => Some(i32::from(value).to_string()),
        Raw::Integer(_)
        | Raw::Real(_)
        | Raw::Decimal { .. }
        | Raw::Text(_)
        | Raw::Day(_)
        | Raw::Local(_)
        | Raw::Utc(_)
        | Raw::Uuid(_) => Some(raw.plain()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::source::sqlite::Sqlite;

    const TABLES: &str = "
        CREATE TABLE members(id INTEGER PRIMARY KEY, no VARCHAR(20) NOT NULL UNIQUE, paid DECIMAL(10,2), joined DATE, photo BLOB);
        INSERT INTO members VALUES(1, 'M1', 12.5, '2020-01-02', x'00'), (2, 'M2', 3, NULL, NULL);
        CREATE TABLE orders(no TEXT, line INTEGER, member INTEGER REFERENCES members, at TEXT, PRIMARY KEY(no, line));
        CREATE UNIQUE INDEX once ON orders(lower(no));
        CREATE VIEW sales AS SELECT * FROM orders;
        CREATE TABLE weather(day TEXT);
        INSERT INTO weather VALUES('2020-01-02');";

    #[test]
    fn a_sqlite_file_is_described_with_a_sample() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("erp.db");
        rusqlite::Connection::open(&path).unwrap().execute_batch(TABLES).unwrap();
        let schema = inspect(&Sqlite::open(&path).unwrap()).unwrap();
        let names: Vec<&str> = schema.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["members", "orders", "sales", "weather"]);
        let [members, orders, sales, weather] = schema.tables.as_slice() else { panic!("{names:?}") };
        assert_eq!(members.primary, ["id"]);
        assert_eq!(members.unique, [["no"]]);
        let kinds: Vec<ColumnKind> = members.columns.iter().map(|column| column.kind).collect();
        // SQLite keeps decimals as floating-point numbers, whatever the table says.
        let text = ColumnKind::Text { length: None };
        assert_eq!(kinds, [ColumnKind::Integer, text, ColumnKind::Real, text, ColumnKind::Other]);
        assert_eq!(members.columns[1].samples, [Some("M1".to_owned()), Some("M2".to_owned())]);
        assert!(!members.columns[1].nullable && members.columns[2].nullable);
        assert_eq!(orders.primary, ["no", "line"]);
        assert!(orders.unique.is_empty(), "an index of an expression says nothing of the column");
        let key =
            ForeignKey { columns: vec!["member".to_owned()], table: "members".to_owned(), to: vec!["id".to_owned()] };
        assert_eq!(orders.foreign, [key]);
        assert!(sales.view && sales.columns.len() == 4);
        assert!(weather.columns[0].samples.is_empty(), "a table that is no entity is not read");
    }
}
