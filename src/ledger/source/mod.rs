//! The databases a ledger can stand in, one file each; each yields raw values inside one read-only transaction.
//!
//! A source knows SQL and nothing of the contract's types (`ledger::decode`). SQL is put together here and only from names quoted
//! by [`quoted`] and numbers; values are never part of a statement.

pub(super) mod sqlite;

use crate::ledger::mapping::{ColumnMapping, EntityMapping, Origin, Rows};

/// A name as SQL wants it, whatever stands in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The rows of an entity as something that can stand after `FROM`.
pub(super) fn rows_sql(mapping: &EntityMapping) -> String {
    match &mapping.rows {
        Rows::Table(table) => quoted(table),
        Rows::Query { sql, .. } => format!("(\n{sql}\n) AS mapped"),
    }
}

/// The statement that reads some columns of an entity, and behind them the key columns, for messages.
pub(super) fn select_sql(mapping: &EntityMapping, columns: &[&ColumnMapping]) -> String {
    let keys = mapping.entity.key.iter().filter_map(|name| mapping.columns.get(name));
    let all: Vec<String> = columns.iter().copied().chain(keys).map(column_sql).collect();
    format!("SELECT {} FROM {}", all.join(", "), rows_sql(mapping))
}

/// The statement that finds one key that stands more than once.
pub(super) fn duplicate_sql(mapping: &EntityMapping) -> String {
    let keys: Vec<String> =
        mapping.entity.key.iter().filter_map(|name| mapping.columns.get(name)).map(column_sql).collect();
    let keys = keys.join(", ");
    format!("SELECT count(*), {keys} FROM {} GROUP BY {keys} HAVING count(*) > 1 LIMIT 1", rows_sql(mapping))
}

fn column_sql(column: &ColumnMapping) -> String {
    match &column.from {
        Origin::Column(name) => quoted(name),
        Origin::Constant(text) => format!("'{}'", text.replace('\'', "''")),
    }
}
