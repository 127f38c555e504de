//! How the databases differ in writing SQL.

/// The SQL of one kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MariaDB and MySQL.
    MySql,
}

/// Some of the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum Part {
    /// All of them.
    Whole,
    /// Those that stand at places `from..=to`: rowids of SQLite, blocks of PostgreSQL.
    Places {
        /// The first place.
        from: i64,
        /// The last place.
        to: i64,
    },
}

impl Dialect {
    /// A name as SQL wants it, whatever stands in it.
    pub(in crate::ledger) fn quoted(self, name: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::MySql => format!("`{}`", name.replace('`', "``")),
        }
    }

    /// A table as SQL wants it: on servers, a name before the first dot is the schema's.
    pub(in crate::ledger) fn table(self, name: &str) -> String {
        match (self, name.split_once('.')) {
            (Self::Postgres | Self::MySql, Some((schema, table))) => {
                format!("{}.{}", self.quoted(schema), self.quoted(table))
            }
            _ => self.quoted(name),
        }
    }

    /// A text as a literal: the one place where a value becomes part of a statement.
    pub(in crate::ledger) fn literal(self, text: &str) -> String {
        let doubled = text.replace('\'', "''");
        match self {
            Self::Sqlite => format!("'{doubled}'"),
            // Without a backslash the plain form means the same under every setting of the server.
            Self::Postgres if !text.contains('\\') => format!("'{doubled}'"),
            Self::Postgres => format!("E'{}'", doubled.replace('\\', "\\\\")),
            // Hexadecimal digits mean the same under every SQL mode, and a literal takes the collation of what it is compared with.
            Self::MySql => {
                let digits = |byte: u8| {
                    [byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0'))
                };
                format!("_utf8mb4 X'{}'", text.bytes().flat_map(digits).collect::<String>())
            }
        }
    }

    /// An expression whose texts are told apart byte by byte, as the contract's keys are, whatever the column's collation.
    pub(in crate::ledger) fn exactly(self, expression: &str) -> String {
        match self {
            Self::Sqlite => format!("{expression} COLLATE BINARY"),
            Self::Postgres => format!("({expression})::text COLLATE \"C\""),
            Self::MySql => format!("BINARY CONVERT({expression} USING utf8mb4)"),
        }
    }

    /// An expression beside others that are grouped by [`Dialect::exactly`]: PostgreSQL takes nothing but what it groups by, and what MariaDB groups by is
    /// no text any more.
    pub(in crate::ledger) fn grouped(self, expression: &str) -> String {
        match self {
            Self::Postgres => self.exactly(expression),
            Self::Sqlite | Self::MySql => expression.to_owned(),
        }
    }

    /// The condition that a row stands in a part; `None` for the whole.
    pub(in crate::ledger) fn in_part(self, part: Part) -> Option<String> {
        let Part::Places { from, to } = part else { return None };
        match self {
            Self::Sqlite => Some(format!("rowid BETWEEN {from} AND {to}")),
            Self::Postgres => {
                let after = to.saturating_add(1);
                Some(format!("ctid >= '({from},0)'::tid AND ctid < '({after},0)'::tid"))
            }
            Self::MySql => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_cannot_leave_their_quotes() {
        let evil = "a\"b`c'd\\";
        assert_eq!(Dialect::Sqlite.quoted(evil), "\"a\"\"b`c'd\\\"");
        assert_eq!(Dialect::MySql.quoted(evil), "`a\"b``c'd\\`");
        assert_eq!(Dialect::Sqlite.literal(evil), "'a\"b`c''d\\'");
        assert_eq!(Dialect::Postgres.literal(evil), "E'a\"b`c''d\\\\'");
        assert_eq!(Dialect::Postgres.literal("a'b"), "'a''b'");
        assert_eq!(Dialect::MySql.literal("é'"), "_utf8mb4 X'c3a927'");
    }

    #[test]
    fn a_dot_names_the_schema_on_servers() {
        assert_eq!(Dialect::Postgres.table("erp.orders"), "\"erp\".\"orders\"");
        assert_eq!(Dialect::MySql.table("erp.orders"), "`erp`.`orders`");
        assert_eq!(Dialect::Sqlite.table("erp.orders"), "\"erp.orders\"");
    }

    #[test]
    fn parts_are_ranges_of_places() {
        let part = Part::Places { from: 1, to: 9 };
        assert_eq!(Dialect::Sqlite.in_part(part).as_deref(), Some("rowid BETWEEN 1 AND 9"));
        assert_eq!(Dialect::Postgres.in_part(part).as_deref(), Some("ctid >= '(1,0)'::tid AND ctid < '(10,0)'::tid"));
        assert_eq!(Dialect::Postgres.in_part(Part::Whole), None);
    }
}
