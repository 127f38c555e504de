//! The SQL of loading. This is the one place where statements are put together, and they are put together only from the names of
//! tables and columns in the contract, which are constants of the program; every value is a bound parameter.

use crate::ledger::entity::{ColumnSpec, Entity};

/// The statements that load rows of an entity with some of its columns.
pub(super) struct Statements {
    /// The last row before the load.
    pub(super) last_row: String,
    /// Adds a row unless its key is there.
    pub(super) insert: String,
    /// Finds the row of a key.
    pub(super) find: String,
    /// Makes the table for rows of the file that share a key.
    pub(super) make_staged: String,
    /// Adds a row to it unless its key is there.
    pub(super) stage_first: String,
    /// Adds a row to it in place of one with the same key.
    pub(super) stage_last: String,
    /// Reads it in the order of the file.
    pub(super) read_staged: String,
    /// Removes it.
    pub(super) drop_staged: &'static str,
}

impl Statements {
    /// Puts the statements together; parameter `n` is the value of column `n`.
    pub(super) fn of(entity: &'static Entity, columns: &[&'static ColumnSpec]) -> Self {
        let table = entity.table;
        let names: Vec<&'static str> = columns.iter().map(|column| column.name).collect();
        let list = names.join(", ");
        let values = parameters(names.len());
        let staged = parameters(names.len() + 2);
        let conditions: Vec<String> =
            entity.key.iter().enumerate().map(|(index, name)| format!("{name} = ?{}", index + 1)).collect();
        Self {
            last_row: format!("SELECT coalesce(max(rowid), 0) FROM {table}"),
            insert: format!("INSERT INTO {table}({list}) VALUES({values}) ON CONFLICT DO NOTHING"),
            find: format!("SELECT rowid, {list} FROM {table} WHERE {}", conditions.join(" AND ")),
            make_staged: format!(
                "CREATE TEMP TABLE load_staged({list}, load_line, load_fields, UNIQUE({}))",
                entity.key.join(", ")
            ),
            stage_first: format!(
                "INSERT INTO temp.load_staged({list}, load_line, load_fields) VALUES({staged}) ON CONFLICT DO NOTHING"
            ),
            stage_last: format!("REPLACE INTO temp.load_staged({list}, load_line, load_fields) VALUES({staged})"),
            read_staged: format!("SELECT {list}, load_line, load_fields FROM temp.load_staged ORDER BY load_line"),
            drop_staged: "DROP TABLE temp.load_staged",
        }
    }
}

fn parameters(count: usize) -> String {
    (1..=count).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::entity::{ENTITIES, entity};

    #[test]
    fn names_of_the_contract_need_no_quoting() {
        for entity in ENTITIES {
            let names = entity.columns.iter().map(|column| column.name).chain([entity.table]);
            for name in names {
                assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
                assert!(!name.starts_with("load_") && name != "rowid", "{name}");
            }
        }
    }

    #[test]
    fn values_are_bound() {
        let history = entity("tier_history").unwrap();
        let columns: Vec<_> = history.columns.iter().take(4).collect();
        let statements = Statements::of(history, &columns);
        assert_eq!(
            statements.insert,
            "INSERT INTO tier_history(member_id, scheme_id, tier, effective_on) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING"
        );
        assert_eq!(
            statements.find,
            "SELECT rowid, member_id, scheme_id, tier, effective_on FROM tier_history \
             WHERE member_id = ?1 AND scheme_id = ?2 AND effective_on = ?3"
        );
    }
}
