//! Writes the query of an entity that a table alone does not give.
//!
//! Invariants: names are quoted and words written by the dialect; every column of the query carries its name in the contract.

use crate::ledger::{
    propose::{
        ColumnProposal,
        draft::{Draft, Taken},
        fit::{Change, flag_word},
    },
    source::Dialect,
};

/// The query that gives the columns of an entity that are in force.
pub(super) fn query(dialect: Dialect, draft: &Draft<'_>, columns: &[ColumnProposal], turned: &[String]) -> String {
    let lines: Vec<String> = draft
        .taken
        .iter()
        .zip(columns)
        .filter(|(_, column)| column.in_force)
        .map(|(taken, column)| {
            let value = expression(dialect, draft, taken, turned);
            format!("  {value} AS {}", dialect.quoted(column.spec.name))
        })
        .collect();
    let join = draft.head.as_ref().map_or_else(String::new, |head| {
        let (table, key, from) = (dialect.table(&head.table.name), dialect.quoted(head.key), dialect.quoted(head.from));
        format!("\nLEFT JOIN {table} AS head ON head.{key} = line.{from}")
    });
    format!("SELECT\n{}\nFROM {} AS line{join}\n", lines.join(",\n"), dialect.table(&draft.table.name))
}

fn expression(dialect: Dialect, draft: &Draft<'_>, taken: &Taken<'_>, turned: &[String]) -> String {
    let side = if taken.in_head { "head" } else { "line" };
    let column = |name: &str| format!("{side}.{}", dialect.quoted(name));
    let mut value = column(&taken.candidate.column.name);
    if taken.candidate.spec.name == "amount" && !turned.is_empty() {
        value = turn(dialect, draft, &value, turned);
    }
    match &taken.candidate.change {
        Change::None => value,
        Change::Round(places) => rounded(dialect, &value, *places),
        Change::Whole => whole(dialect, &value),
        Change::Seconds => seconds(dialect, &value),
        Change::Milliseconds if dialect == Dialect::MySql => seconds(dialect, &format!("{value} DIV 1000")),
        Change::Milliseconds => seconds(dialect, &format!("{value} / 1000")),
        Change::Digits => digits(dialect, &value),
        Change::Flag => flag(dialect, taken, &value),
        Change::Key(others) => {
            let all: Vec<String> = std::iter::once(value).chain(others.iter().map(|name| column(name))).collect();
            match dialect {
                Dialect::MySql => format!("CONCAT({})", all.join(", '-', ")),
                Dialect::Sqlite | Dialect::Postgres => {
                    all.iter().map(|part| format!("CAST({part} AS text)")).collect::<Vec<_>>().join(" || '-' || ")
                }
            }
        }
    }
}

/// An amount that is negative on a return.
fn turn(dialect: Dialect, draft: &Draft<'_>, value: &str, turned: &[String]) -> String {
    let kind = draft.taken.iter().find(|taken| taken.candidate.spec.name == "kind");
    let kind = kind.map_or_else(String::new, |kind| dialect.quoted(&kind.candidate.column.name));
    let words: Vec<String> = turned.iter().map(|word| dialect.literal(word)).collect();
    let kind = dialect.exactly(&format!("line.{kind}"));
    format!("CASE WHEN {kind} IN ({}) THEN -abs({value}) ELSE {value} END", words.join(", "))
}

fn rounded(dialect: Dialect, value: &str, places: u8) -> String {
    match dialect {
        // Without the test nothing would become 0.00.
        Dialect::Sqlite => format!("CASE WHEN ({value}) IS NOT NULL THEN printf('%.{places}f', {value}) END"),
        Dialect::Postgres => format!("round(CAST({value} AS numeric), {places})"),
        Dialect::MySql => format!("CAST({value} AS DECIMAL(20, {places}))"),
    }
}

fn whole(dialect: Dialect, value: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("CAST(round({value}) AS INTEGER)"),
        Dialect::Postgres => format!("CAST({value} AS bigint)"),
        Dialect::MySql => format!("CAST({value} AS SIGNED)"),
    }
}

fn seconds(dialect: Dialect, value: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("strftime('%Y-%m-%dT%H:%M:%SZ', {value}, 'unixepoch')"),
        Dialect::Postgres => format!("to_timestamp({value})"),
        // FROM_UNIXTIME would answer in the zone of the session.
        Dialect::MySql => {
            format!("DATE_FORMAT(TIMESTAMP '1970-01-01 00:00:00' + INTERVAL ({value}) SECOND, '%Y-%m-%dT%H:%i:%sZ')")
        }
    }
}

fn digits(dialect: Dialect, value: &str) -> String {
    match dialect {
        Dialect::Sqlite => {
            format!("substr({value}, 1, 4) || '-' || substr({value}, 5, 2) || '-' || substr({value}, 7, 2)")
        }
        Dialect::Postgres => format!("to_date(CAST({value} AS text), 'YYYYMMDD')"),
        Dialect::MySql => format!("STR_TO_DATE({value}, '%Y%m%d')"),
    }
}

/// Words become 1 and 0; any other word stays, and is refused when it is read.
fn flag(dialect: Dialect, taken: &Taken<'_>, value: &str) -> String {
    let cases: Vec<String> = taken
        .candidate
        .column
        .distinct()
        .into_iter()
        .filter_map(|word| flag_word(word).map(|means| (word, means)))
        .map(|(word, means)| format!(" WHEN {} THEN '{}'", dialect.literal(word), i32::from(means)))
        .collect();
    format!("CASE {}{} ELSE {value} END", dialect.exactly(value), cases.concat())
}
