//! A neutral description of a database's schema: what the proposal of a mapping looks at.
//!
//! Invariants: nothing here is dialect SQL, and the samples of a table's columns are of the same rows in the same order. Not here:
//! how a description is read from a server (`ledger::inspect`), and what is made of it (`ledger::propose`).

use crate::ledger::source::Dialect;

/// The tables and views of a database.
#[derive(Debug, Clone)]
pub(in crate::ledger) struct Schema {
    /// Whose SQL the database speaks.
    pub(in crate::ledger) dialect: Dialect,
    /// Tables and views, in the order of their names.
    pub(in crate::ledger) tables: Vec<Table>,
}

/// A table or view.
#[derive(Debug, Clone)]
pub(in crate::ledger) struct Table {
    /// Its name, as the mapping writes it.
    pub(in crate::ledger) name: String,
    /// Whether it is a view.
    pub(in crate::ledger) view: bool,
    /// What the database says it is; often the best hint there is.
    pub(in crate::ledger) comment: String,
    /// About how many rows it has, where the database keeps count.
    pub(in crate::ledger) rows: Option<u64>,
    /// Its columns in order.
    pub(in crate::ledger) columns: Vec<Column>,
    /// The columns of the primary key, in order.
    pub(in crate::ledger) primary: Vec<String>,
    /// The columns of each unique index.
    pub(in crate::ledger) unique: Vec<Vec<String>>,
    /// The foreign keys.
    pub(in crate::ledger) foreign: Vec<ForeignKey>,
}

/// A reference to another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct ForeignKey {
    /// The columns that refer.
    pub(in crate::ledger) columns: Vec<String>,
    /// The table that is referred to.
    pub(in crate::ledger) table: String,
    /// The columns that are referred to.
    pub(in crate::ledger) to: Vec<String>,
}

/// A column.
#[derive(Debug, Clone)]
pub(in crate::ledger) struct Column {
    /// Its name.
    pub(in crate::ledger) name: String,
    /// Its type in the database's own words.
    pub(in crate::ledger) sql_type: String,
    /// What the type holds.
    pub(in crate::ledger) kind: ColumnKind,
    /// Whether it may be null.
    pub(in crate::ledger) nullable: bool,
    /// What the database says it is.
    pub(in crate::ledger) comment: String,
    /// Values of the sampled rows as texts; `None` where null.
    pub(in crate::ledger) samples: Vec<Option<String>>,
}

/// What a SQL type holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum ColumnKind {
    /// Whole numbers.
    Integer,
    /// Exact decimals.
    Decimal {
        /// Decimal places; `None` when the type sets none.
        scale: Option<u8>,
    },
    /// Floating-point numbers.
    Real,
    /// Words.
    Text {
        /// The longest allowed; `None` when there is no limit.
        length: Option<u32>,
    },
    /// Calendar days.
    Day,
    /// Dates with a time.
    Instant {
        /// Whether the moment is absolute.
        zoned: bool,
    },
    /// Yes or no.
    Flag,
    /// UUIDs.
    Uuid,
    /// Anything else: bytes, JSON, arrays, shapes.
    Other,
}

impl ColumnKind {
    /// Reads the name of a SQL type, with its length or precision where it has one.
    pub(in crate::ledger) fn of(dialect: Dialect, sql_type: &str) -> Self {
        let text = sql_type.trim().to_lowercase();
        let base = text.split(['(', ' ']).next().unwrap_or_default();
        if text.ends_with("[]") {
            return Self::Other;
        }
        match base {
            "bool" | "boolean" => Self::Flag,
            "bit" if text == "bit(1)" || text == "bit" => Self::Flag,
            "int" | "integer" | "bigint" | "smallint" | "tinyint" | "mediumint" | "int2" | "int4" | "int8"
            | "serial" | "bigserial" | "smallserial" | "year" => Self::Integer,
            "decimal" | "numeric" | "dec" | "number" => Self::Decimal { scale: Self::scale(dialect, &text) },
            "real" | "float" | "float4" | "float8" | "double" => Self::Real,
            "char" | "character" | "varchar" | "varchar2" | "nchar" | "nvarchar" | "bpchar" => {
                Self::Text { length: arguments(&text).first().copied() }
            }
            "text" | "tinytext" | "mediumtext" | "longtext" | "clob" | "citext" | "name" | "enum" | "set" => {
                Self::Text { length: None }
            }
            "date" => Self::Day,
            "timestamp" => Self::Instant { zoned: dialect == Dialect::MySql || text.contains("with time zone") },
            "timestamptz" => Self::Instant { zoned: true },
            "datetime" => Self::Instant { zoned: false },
            "uuid" => Self::Uuid,
            _ => Self::Other,
        }
    }

    fn scale(dialect: Dialect, text: &str) -> Option<u8> {
        match arguments(text).as_slice() {
            [_, scale, ..] => u8::try_from(*scale).ok(),
            [_] => Some(0),
            // MariaDB's bare DECIMAL is DECIMAL(10,0); the others keep any number of places.
            [] if dialect == Dialect::MySql => Some(0),
            [] => None,
        }
    }
}

/// The numbers in the brackets of a type.
fn arguments(text: &str) -> Vec<u32> {
    let inside = text.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inside, _)| inside);
    inside.split(',').filter_map(|part| part.trim().parse().ok()).collect()
}

impl Table {
    /// The column of a name.
    pub(in crate::ledger) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether the primary key or a unique index is this one column.
    pub(in crate::ledger) fn names_one_row(&self, column: &str) -> bool {
        let alone = |columns: &Vec<String>| matches!(columns.as_slice(), [only] if only == column);
        alone(&self.primary) || self.unique.iter().any(alone)
    }
}

impl Column {
    /// The different values of the sample, without empty ones, in their order.
    pub(in crate::ledger) fn distinct(&self) -> Vec<&str> {
        let mut found: Vec<&str> = self.values().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The values of the sample, without empty ones.
    pub(in crate::ledger) fn values(&self) -> impl Iterator<Item = &str> {
        self.samples.iter().flatten().map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Whether the sample has values and all of them pass; `None` without values.
    pub(in crate::ledger) fn all(&self, passes: impl Fn(&str) -> bool) -> Option<bool> {
        let mut values = self.values().peekable();
        values.peek()?;
        Some(values.all(passes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_three_databases_are_understood() {
        use Dialect::{MySql, Postgres, Sqlite};
        let cases = [
            (Postgres, "numeric(12,2)", ColumnKind::Decimal { scale: Some(2) }),
            (Postgres, "numeric", ColumnKind::Decimal { scale: None }),
            (MySql, "decimal", ColumnKind::Decimal { scale: Some(0) }),
            (MySql, "decimal(18,4) unsigned", ColumnKind::Decimal { scale: Some(4) }),
            (MySql, "bigint(20) unsigned", ColumnKind::Integer),
            (MySql, "bit(1)", ColumnKind::Flag),
            (MySql, "bit(8)", ColumnKind::Other),
            (MySql, "timestamp", ColumnKind::Instant { zoned: true }),
            (MySql, "enum('a','b')", ColumnKind::Text { length: None }),
            (Postgres, "timestamp without time zone", ColumnKind::Instant { zoned: false }),
            (Postgres, "timestamp(3) with time zone", ColumnKind::Instant { zoned: true }),
            (Postgres, "character varying(30)", ColumnKind::Text { length: Some(30) }),
            (Postgres, "double precision", ColumnKind::Real),
            (Postgres, "text[]", ColumnKind::Other),
            (Postgres, "money", ColumnKind::Other),
            (Sqlite, "VARCHAR(20)", ColumnKind::Text { length: Some(20) }),
            (Sqlite, "", ColumnKind::Other),
        ];
        for (dialect, text, expected) in cases {
            assert_eq!(ColumnKind::of(dialect, text), expected, "{text}");
        }
    }
}
