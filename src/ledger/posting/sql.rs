//! The statements of posting. Names are quoted by the dialect; values come as cells beside the statement: an array a column in PostgreSQL, one JSON text of rows in
//! SQLite.

use crate::ledger::{posting::target::Written, source::Dialect};

/// The seconds since 1970 by the clock of the database.
pub(super) fn now(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "SELECT floor(extract(epoch FROM clock_timestamp()))::bigint",
        Dialect::Sqlite | Dialect::MySql => "SELECT CAST(strftime('%s', 'now') AS INTEGER)",
    }
}

/// The condition that a column has one of the values of the first column of cells.
pub(super) fn among(dialect: Dialect, own: &str, cast: &str) -> String {
    let own = dialect.quoted(own);
    match dialect {
        Dialect::Postgres => format!("{own} = ANY($1::text[]::{cast}[])"),
        Dialect::Sqlite | Dialect::MySql => format!("{own} IN (SELECT json_extract(value, '$[0]') FROM json_each(?1))"),
    }
}

/// Locks the table of entries against the writing of others.
pub(super) fn lock_table(table: &str, now: bool) -> String {
    let table = Dialect::Postgres.table(table);
    format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE{}", if now { " NOWAIT" } else { "" })
}

/// Adds an entry for each row of cells whose key does not stand yet, and gives the keys that are new.
pub(super) fn insert(dialect: Dialect, table: &str, columns: &[&Written], key: &str) -> String {
    let names: Vec<String> = columns.iter().map(|column| dialect.quoted(&column.own)).collect();
    let casts: Vec<&str> = columns.iter().map(|column| column.cast.as_str()).collect();
    let (values, given) = given(dialect, &casts);
    // Without the condition SQLite would take `ON CONFLICT` for that of a join.
    format!(
        "INSERT INTO {} ({})\nSELECT {} FROM {given} WHERE true\nON CONFLICT ({key}) DO NOTHING\nRETURNING {key}",
        dialect.table(table),
        names.join(", "),
        values.join(", "),
        key = dialect.quoted(key),
    )
}

/// Adds the second column of cells to the balances of the members in the first, and gives those members.
pub(super) fn add(dialect: Dialect, table: &str, (key, cast): (&str, &str), column: &str) -> String {
    let number = if dialect == Dialect::Postgres { "bigint" } else { "" };
    let (values, given) = given(dialect, &[cast, number]);
    let (member, points) = (values.first().cloned().unwrap_or_default(), values.last().cloned().unwrap_or_default());
    let (table, key, column) = (dialect.table(table), dialect.quoted(key), dialect.quoted(column));
    let (points, told) = match dialect {
        Dialect::Postgres => (points, "given.f0".to_owned()),
        Dialect::Sqlite | Dialect::MySql => (format!("CAST({points} AS INTEGER)"), format!("CAST({key} AS TEXT)")),
    };
    format!(
        "UPDATE {table} AS kept SET {column} = kept.{column} + {points}\nFROM {given}\nWHERE kept.{key} = {member} AND kept.{column} IS NOT NULL\nRETURNING {told}"
    )
}

/// The cells as values, and as something that can stand after `FROM`.
fn given(dialect: Dialect, casts: &[&str]) -> (Vec<String>, String) {
    let columns = || 0..casts.len();
    let listed = |each: &dyn Fn(usize) -> String| columns().map(each).collect::<Vec<_>>().join(", ");
    match dialect {
        Dialect::Postgres => {
            let values = casts.iter().enumerate().map(|(at, cast)| format!("given.f{at}::{cast}")).collect();
            let arrays = listed(&|at| format!("${}::text[]", at + 1));
            (values, format!("unnest({arrays}) AS given ({})", listed(&|at| format!("f{at}"))))
        }
        Dialect::Sqlite | Dialect::MySql => {
            let values = columns().map(|at| format!("given.f{at}")).collect();
            let cells = listed(&|at| format!("json_extract(value, '$[{at}]') AS f{at}"));
            (values, format!("(SELECT {cells} FROM json_each(?1)) AS given"))
        }
    }
}
