//! The scripts that make our own tables, one for each kind of database.
//!
//! Invariants: every script has the tables and columns of the contract under their own names, and nothing optional is required. Not here:
//! running the one of SQLite (`ledger::create`); on servers the owner of the database runs it, fenji never writes there.

/// The script for SQLite.
pub const SQLITE: &str = include_str!("sqlite.sql");
/// The script for PostgreSQL.
pub const POSTGRES: &str = include_str!("postgres.sql");
/// The script for MariaDB and MySQL.
pub const MARIADB: &str = include_str!("mariadb.sql");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entity::{ColumnType, ENTITIES, Entity};

    /// The parts of a table's definition: what stands between commas outside of brackets.
    fn definitions<'s>(script: &'s str, table: &str) -> Vec<&'s str> {
        let (_, rest) = script.split_once(&format!("CREATE TABLE {table}(")).unwrap();
        let (mut depth, mut start, mut found, mut quoted) = (1, 0, Vec::new(), false);
        for (at, c) in rest.char_indices() {
            quoted ^= c == '\'';
            if quoted {
                continue;
            }
            depth += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            if depth == 0 || (depth == 1 && c == ',') {
                found.push(rest[start..at].trim());
                start = at + 1;
            }
            if depth == 0 {
                break;
            }
        }
        found.retain(|part| !part.starts_with("CHECK") && !part.starts_with("PRIMARY KEY"));
        found
    }

    /// Name, type and whether nothing is refused, as the script has them.
    fn columns(script: &str, entity: &Entity) -> Vec<(String, String, bool)> {
        let column = |part: &&str| {
            let mut words = part.split_whitespace();
            let (name, kind) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
            (name, kind, part.contains("NOT NULL") || part.contains("PRIMARY KEY"))
        };
        definitions(script, entity.table).iter().map(column).collect()
    }

    fn postgres(kind: ColumnType) -> &'static str {
        match kind {
            ColumnType::Key | ColumnType::Text | ColumnType::Choice(_) => "text",
            ColumnType::Money | ColumnType::Quantity | ColumnType::Points | ColumnType::Count => "bigint",
            ColumnType::Day => "date",
            ColumnType::Instant => "timestamp(0)",
            ColumnType::Flag => "boolean",
        }
    }

    fn mariadb(kind: ColumnType) -> &'static str {
        match kind {
            ColumnType::Key | ColumnType::Choice(_) => "VARCHAR(64)",
            ColumnType::Text => "VARCHAR(255)",
            ColumnType::Money | ColumnType::Quantity | ColumnType::Points | ColumnType::Count => "BIGINT",
            ColumnType::Day => "DATE",
            ColumnType::Instant => "DATETIME",
            ColumnType::Flag => "TINYINT",
        }
    }

    #[test]
    fn the_scripts_have_every_column_of_the_contract() {
        for (script, on_postgres) in [(POSTGRES, true), (MARIADB, false)] {
            let kind = |of: ColumnType| if on_postgres { postgres(of) } else { mariadb(of) };
            for entity in ENTITIES {
                let spec = |spec: &crate::ledger::entity::ColumnSpec| {
                    (spec.name.to_owned(), kind(spec.kind).to_owned(), spec.required)
                };
                let expected: Vec<_> = entity.columns.iter().map(spec).collect();
                assert_eq!(columns(script, entity), expected, "{}", entity.name);
            }
            assert_eq!(script.matches("CREATE TABLE").count(), ENTITIES.len() + 1, "and ledger_info");
        }
    }

    #[test]
    fn the_scripts_know_every_word_of_the_contract() {
        for script in [SQLITE, POSTGRES, MARIADB] {
            for entity in ENTITIES {
                for column in entity.columns {
                    let ColumnType::Choice(words) = column.kind else { continue };
                    let table = definitions(script, entity.table);
                    let own = table.iter().find(|part| part.split_whitespace().next() == Some(column.name)).unwrap();
                    for word in words {
                        assert!(own.contains(&format!("'{word}'")), "{}.{}: {word}", entity.name, column.name);
                    }
                }
            }
        }
    }
}
