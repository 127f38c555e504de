//! The statements that read entities, the same for every database.

use crate::{
    declaration::did_you_mean,
    ledger::{
        error::LedgerError,
        mapping::{ColumnMapping, EntityMapping, Origin, Rows},
        raw::Raw,
        source::{Dialect, Part, Source},
    },
};

/// The statement that reads some columns of some rows of an entity.
pub(in crate::ledger) fn select_sql(
    dialect: Dialect,
    mapping: &EntityMapping,
    columns: &[&ColumnMapping],
    part: Part,
) -> String {
    let columns: Vec<String> = columns.iter().map(|column| column_sql(dialect, column)).collect();
    let of_part = dialect.in_part(part).map_or_else(String::new, |condition| format!(" WHERE {condition}"));
    format!("SELECT {} FROM {}{of_part}", columns.join(", "), rows_sql(dialect, mapping))
}

/// The rows of an entity as something that can stand after `FROM`.
pub(in crate::ledger) fn rows_sql(dialect: Dialect, mapping: &EntityMapping) -> String {
    match &mapping.rows {
        Rows::Table(table) => dialect.table(table),
        Rows::Query { sql, .. } => format!("(\n{sql}\n) AS mapped"),
    }
}

/// The statement that tells of which kind the values of a column are: of the first one where a column has one type, of each kind in SQLite.
pub(in crate::ledger) fn sample_sql(dialect: Dialect, mapping: &EntityMapping, column: &ColumnMapping) -> String {
    let (name, rows) = (column_sql(dialect, column), rows_sql(dialect, mapping));
    match dialect {
        // A bare column beside min() is that of the row with the minimum.
        Dialect::Sqlite => {
            format!("SELECT {name}, min(typeof({name})) FROM {rows} WHERE {name} IS NOT NULL GROUP BY typeof({name})")
        }
        Dialect::Postgres | Dialect::MySql => format!("SELECT {name} FROM {rows} WHERE {name} IS NOT NULL LIMIT 1"),
    }
}

/// The condition that a column has one of some texts, byte by byte.
pub(in crate::ledger) fn among_sql(dialect: Dialect, column: &ColumnMapping, texts: &[&str]) -> String {
    let name = column_sql(dialect, column);
    let literals = texts.iter().map(|text| dialect.literal(text));
    let (own, literals): (String, Vec<String>) = match dialect {
        Dialect::Sqlite => (format!("CAST({name} AS TEXT)"), literals.collect()),
        Dialect::Postgres => (dialect.exactly(&name), literals.collect()),
        Dialect::MySql => (dialect.exactly(&name), literals.map(|literal| dialect.exactly(&literal)).collect()),
    };
    if literals.is_empty() { "1 = 0".to_owned() } else { format!("{own} IN ({})", literals.join(", ")) }
}

fn column_sql(dialect: Dialect, column: &ColumnMapping) -> String {
    match &column.from {
        Origin::Column(name) => dialect.quoted(name),
        Origin::Constant(text) => dialect.literal(text),
    }
}

/// A setting of a ledger that fenji made; `None` for other ledgers.
pub(in crate::ledger) fn info(source: &dyn Source, name: &str) -> Result<Option<String>, LedgerError> {
    // MariaDB denies a table that does not exist to a user who may read single tables only.
    match source.table_columns("ledger_info") {
        Ok(columns) if columns.is_empty() => return Ok(None),
        Err(LedgerError::Denied { .. }) => return Ok(None),
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let dialect = source.dialect();
    let sql = format!(
        "SELECT {} FROM {} WHERE {} = {}",
        dialect.quoted("value"),
        dialect.quoted("ledger_info"),
        dialect.quoted("name"),
        dialect.literal(name)
    );
    let mut found = None;
    source.query(&sql, "when its settings were read", &mut |row| {
        if let Raw::Text(text) = row.raw(0) {
            found = Some(text.to_owned());
        }
        Ok(())
    })?;
    Ok(found)
}

/// Checks that the rows and the columns of a mapping exist.
pub(in crate::ledger) fn check(source: &dyn Source, mapping: &EntityMapping) -> Result<(), LedgerError> {
    let (name, known) = match &mapping.rows {
        Rows::Table(table) => (table.clone(), source.table_columns(table)?),
        Rows::Query { file, sql } => {
            let refused = |cause: String| LedgerError::Query { file: file.clone(), cause };
            let columns = source.query_columns(sql)?.map_err(refused)?;
            if columns.is_empty() {
                return Err(refused("it gives no columns".to_owned()));
            }
            (file.display().to_string(), columns)
        }
    };
    if known.is_empty() {
        // Some servers do not list what the user may not read: asking for it tells that.
        let _words = source.query_columns(&format!("SELECT * FROM {}", source.dialect().table(&name)))?;
        let help = nearest_table(&name, &source.tables()?);
        return Err(LedgerError::MissingTable { entity: mapping.entity.name, table: name, help });
    }
    // PostgreSQL tells `Amount` from `amount`; the others do not.
    let same = |found: &str, wanted: &str| match source.dialect() {
        Dialect::Postgres => found == wanted,
        Dialect::Sqlite | Dialect::MySql => found.eq_ignore_ascii_case(wanted),
    };
    for column in mapping.columns.values() {
        if let Origin::Column(wanted) = &column.from
            && !known.iter().any(|found| same(found, wanted))
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
    may_be_read(source, mapping)
}

/// Checks that the columns may be read, where preparing a statement does not tell.
fn may_be_read(source: &dyn Source, mapping: &EntityMapping) -> Result<(), LedgerError> {
    if source.dialect() != Dialect::Postgres {
        return Ok(());
    }
    let columns: Vec<&ColumnMapping> = mapping.columns.values().collect();
    let sql = select_sql(source.dialect(), mapping, &columns, Part::Whole);
    let doing = format!("when `{}` was checked", mapping.entity.name);
    source.query(&format!("{sql} WHERE false"), &doing, &mut |_| Ok(()))
}

/// The table that was probably meant: one of that name in another schema, or the one whose name is nearest.
fn nearest_table(name: &str, known: &[String]) -> String {
    match known.iter().find(|known| known.split_once('.').is_some_and(|(_, table)| table == name)) {
        Some(elsewhere) => format!("did you mean `{elsewhere}`?"),
        None => did_you_mean(name, known.iter().map(String::as_str)),
    }
}

/// How many rows an entity has.
pub(in crate::ledger) fn count(source: &dyn Source, mapping: &EntityMapping) -> Result<i64, LedgerError> {
    let sql = format!("SELECT count(*) FROM {}", rows_sql(source.dialect(), mapping));
    let mut counted = 0;
    source.query(&sql, &format!("when the rows of `{}` were counted", mapping.entity.name), &mut |row| {
        if let Raw::Integer(value) = row.raw(0) {
            counted = value;
        }
        Ok(())
    })?;
    Ok(counted)
}

/// One key of the entity that stands more than once, with how often; `None` when a unique index rules it out or no key does.
pub(in crate::ledger) fn duplicate(
    source: &dyn Source,
    mapping: &EntityMapping,
) -> Result<Option<(String, i64)>, LedgerError> {
    if key_is_unique(source, mapping)? {
        return Ok(None);
    }
    let dialect = source.dialect();
    let keys: Vec<&ColumnMapping> = mapping.entity.key.iter().filter_map(|name| mapping.columns.get(name)).collect();
    let names: Vec<String> = keys.iter().map(|column| column_sql(dialect, column)).collect();
    let grouped: Vec<String> = names.iter().map(|name| dialect.exactly(name)).collect();
    let shown: Vec<String> = names.iter().map(|name| dialect.grouped(name)).collect();
    let sql = format!(
        "SELECT count(*), {} FROM {} GROUP BY {} HAVING count(*) > 1 LIMIT 1",
        shown.join(", "),
        rows_sql(dialect, mapping),
        grouped.join(", ")
    );
    let mut found = None;
    source.query(&sql, &format!("when the keys of `{}` were counted", mapping.entity.name), &mut |row| {
        if let Raw::Integer(count) = row.raw(0) {
            let parts: Vec<String> = (1..=keys.len()).map(|at| row.raw(at).as_key()).collect();
            found = Some((parts.join(", "), count));
        }
        Ok(())
    })?;
    Ok(found)
}

fn key_is_unique(source: &dyn Source, mapping: &EntityMapping) -> Result<bool, LedgerError> {
    let Rows::Table(table) = &mapping.rows else { return Ok(false) };
    let mut key = Vec::new();
    for name in mapping.entity.key {
        match mapping.columns.get(name).map(|column| &column.from) {
            Some(Origin::Column(column)) => key.push(column.to_lowercase()),
            _ => return Ok(false),
        }
    }
    let unique = source.unique_keys(table)?;
    Ok(unique
        .iter()
        .any(|columns| !columns.is_empty() && columns.iter().all(|column| key.contains(&column.to_lowercase()))))
}
