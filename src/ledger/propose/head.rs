//! Finds the table of the heads of orders for a table of their lines.
//!
//! Invariants: a head is named by one column that is unique in its table, so that joining it never repeats a line.

use crate::ledger::propose::{
    concept::Concept,
    names::parts,
    schema::Table,
    score::{self, LIKELY, Place},
};

/// The heads of the orders whose lines stand in another table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'s> {
    pub(super) table: &'s Table,
    /// The column of the head that names it.
    pub(super) key: &'s str,
    /// The column of the line that refers to it.
    pub(super) from: &'s str,
    /// Whether the database itself says so.
    pub(super) declared: bool,
}

/// The head of a table of lines, by a foreign key or by names.
pub(super) fn head_of<'s>(lines: &Place<'s>) -> Option<Head<'s>> {
    let heads = || lines.schema.tables.iter().filter(|table| table.name != lines.table.name && is_head(lines, table));
    for key in &lines.table.foreign {
        let ([from], [to]) = (key.columns.as_slice(), key.to.as_slice()) else { continue };
        if let Some(table) = heads().find(|table| table.name == key.table && table.names_one_row(to)) {
            return Some(Head { table, key: to, from, declared: true });
        }
    }
    let spec = lines.entity.column("order_id")?;
    let from = lines.candidates(spec).into_iter().find(|candidate| candidate.score >= LIKELY)?.column;
    let mut found: Vec<(i32, Head<'s>)> = heads()
        .filter_map(|table| {
            let key = table
                .columns
                .iter()
                .filter(|column| table.names_one_row(&column.name) && column.kind == from.kind)
                .find(|column| column.name == from.name || is_key_of(table, &column.name, lines.table))?;
            let (score, _) = score::table(lines.entity, table)?;
            Some((score, Head { table, key: &key.name, from: &from.name, declared: false }))
        })
        .collect();
    found.sort_by_key(|(score, _)| -score);
    found.first().map(|(_, head)| *head)
}

/// Whether a table is of orders and not itself of lines.
fn is_head(lines: &Place<'_>, table: &Table) -> bool {
    let of_lines = |text: &str| parts(text).iter().any(|part| part.as_slice() == [Concept::Line]);
    let speaks = score::table(lines.entity, table).is_some_and(|(score, _)| score >= LIKELY);
    speaks && !of_lines(&table.name) && !of_lines(&table.comment)
}

/// Whether a column is a plain `id` of a table whose name begins the name of the table of lines.
fn is_key_of(head: &Table, key: &str, lines: &Table) -> bool {
    let stem = head.name.to_lowercase();
    let stem = stem.strip_suffix('s').unwrap_or(&stem);
    key.eq_ignore_ascii_case("id") && lines.name.to_lowercase().starts_with(stem)
}
