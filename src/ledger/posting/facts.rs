//! What a database says of a table that postings go into.

/// What a column can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Storage {
    /// Words.
    Text,
    /// Whole numbers.
    Whole,
    /// Whole and decimal numbers; in SQLite, words too.
    Numeric,
    /// Local dates and times.
    Local,
    /// Instants.
    Instant,
    /// Days.
    Day,
    /// UUIDs.
    Uuid,
    /// Some words.
    Enum,
    /// What the database calls it.
    Other(String),
}

impl Storage {
    /// What it holds, in messages.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Whole => "whole number".to_owned(),
            Self::Numeric => "number".to_owned(),
            Self::Local => "local time".to_owned(),
            Self::Instant => "instant".to_owned(),
            Self::Day => "day without a time".to_owned(),
            Self::Uuid => "UUID".to_owned(),
            Self::Enum => "word of a fixed list".to_owned(),
            Self::Other(name) if name.is_empty() => "value of no declared type".to_owned(),
            Self::Other(name) => format!("value of the type `{name}`"),
        }
    }
}

/// What a database says of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnFacts {
    /// Its name.
    pub(super) name: String,
    /// What it can hold.
    pub(super) storage: Storage,
    /// Its type as a cast in SQL names it; empty where none is needed.
    pub(super) cast: String,
    /// Whether every row must have it.
    pub(super) required: bool,
    /// Whether the database gives it a value when nothing is written.
    pub(super) made: bool,
    /// Whether nothing can be written into it.
    pub(super) computed: bool,
    /// Whether it is unique by itself, byte by byte.
    pub(super) unique: bool,
}

/// What a database says of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableFacts {
    /// Whether it is a plain table: no view, nothing virtual or foreign.
    pub(super) plain: bool,
    /// Its columns.
    pub(super) columns: Vec<ColumnFacts>,
}

impl TableFacts {
    /// The column of a name, as the database compares names.
    pub(super) fn column(&self, name: &str) -> Option<&ColumnFacts> {
        let exact = self.columns.iter().find(|column| column.name == name);
        exact.or_else(|| {
            // SQLite does not tell `Amount` from `amount`; PostgreSQL does, and the mapping was checked there before.
            self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
        })
    }
}
