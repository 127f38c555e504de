//! What a posting needs beside the table of entries: the rows that keep members still meanwhile, and the balance that the ledger keeps itself.

use crate::ledger::{
    entity::entity,
    error::LedgerError,
    mapping::{ColumnMapping, EntityMapping, Lock, Mapping, PostingSettings, StoredBalance},
    posting::{
        error::PostingError,
        facts::{ColumnFacts, Storage},
        sql,
        target::{Target, own, table, table_facts},
        writer::{Cells, Trouble, Writer},
    },
    snapshot::Snapshot,
    source::{self, Dialect, Part},
};

/// What is locked before a chunk is decided.
#[derive(Debug)]
pub(super) enum Held {
    /// The whole file is the transaction's own.
    Everything,
    /// The table of entries.
    Entries,
    /// The rows of the members, found by a condition on their key.
    Members {
        /// The condition and the lock behind the select.
        rest: String,
    },
}

/// The stored balances.
#[derive(Debug)]
pub(super) struct Balances {
    /// The table, for messages.
    pub(super) table: String,
    /// The statement that adds to them.
    pub(super) sql: String,
}

/// The members as rows to lock: the entity with the column of its key.
pub(super) fn members(mapping: &Mapping) -> Option<(&EntityMapping, &ColumnMapping)> {
    let mapped = mapping.entities.get("member")?;
    mapped.columns.get("member_id").map(|column| (mapped, column))
}

impl Held {
    /// Checks what is needed for the lock.
    pub(super) fn find(
        snapshot: &Snapshot,
        writer: &mut dyn Writer,
        settings: &PostingSettings,
        target: &Target,
    ) -> Result<Self, Trouble> {
        if target.dialect != Dialect::Postgres {
            return Ok(Self::Everything);
        }
        if settings.lock == Lock::Entries {
            // Held by somebody just now, it may be locked all the same.
            return match writer.rows(
                &sql::lock_table(&target.table, true),
                &Cells::new(),
                "when the entries were locked",
                &mut |_| Ok(()),
            ) {
                Ok(()) | Err(Trouble::Again(_)) => Ok(Self::Entries),
                Err(told) => Err(told),
            };
        }
        let cannot = |why: &str| PostingError::CannotLock { why: why.to_owned() };
        let Some((mapped, _)) = members(snapshot.mapping()) else {
            return Err(cannot("`member` is not mapped").into());
        };
        let (Ok(table), Some(own)) = (table(mapped), own(mapped, "member_id")) else {
            return Err(cannot("`member` is read by a query").into());
        };
        if let Some(entity) = entity("member") {
            snapshot.check_rows(entity, "locking members")?;
        }
        let facts = match table_facts(writer, mapped.entity, table) {
            Err(Trouble::Told(LedgerError::Posting(PostingError::NotATable { .. }))) => {
                return Err(cannot(&format!("`{table}` is a view or no table of the database's own")).into());
            }
            facts => facts?,
        };
        let cast = facts.column(own).map_or("text", |column| column.cast.as_str());
        let among = sql::among(target.dialect, own, cast);
        Ok(Self::Members { rest: format!(" WHERE {among} ORDER BY {} FOR UPDATE", target.dialect.quoted(own)) })
    }
}

impl Balances {
    /// Checks the stored balance, if there is one.
    pub(super) fn find(
        writer: &mut dyn Writer,
        settings: &PostingSettings,
        target: &Target,
    ) -> Result<Option<Self>, Trouble> {
        let Some(StoredBalance { table, key, column }) = &settings.balance else { return Ok(None) };
        let refused =
            |own: &str, why: String| PostingError::NotWritable { column: "balance", own: own.to_owned(), why };
        let facts = match writer.facts(table)? {
            Some(facts) if facts.plain => facts,
            _ => return Err(refused(table, "there is no such table that the role can see".to_owned()).into()),
        };
        let find = |name: &str| -> Result<ColumnFacts, PostingError> {
            let found = facts.column(name).cloned();
            found.ok_or_else(|| refused(&format!("{table}.{name}"), "there is no such column".to_owned()))
        };
        let (key, points) = (find(key)?, find(column)?);
        if !matches!(key.storage, Storage::Text | Storage::Whole | Storage::Numeric | Storage::Uuid) {
            return Err(refused(&key.name, format!("it holds a {}", key.storage.described())).into());
        }
        if !matches!(points.storage, Storage::Whole | Storage::Numeric) || points.computed {
            return Err(refused(&points.name, format!("it holds a {}", points.storage.described())).into());
        }
        let sql = sql::add(target.dialect, table, (&key.name, &key.cast), &points.name);
        Ok(Some(Self { table: table.clone(), sql }))
    }
}

/// Tries out every statement of a chunk, without running one that writes.
pub(super) fn try_out(
    writer: &mut dyn Writer,
    mapping: &Mapping,
    target: &Target,
    held: &Held,
    balances: Option<&Balances>,
) -> Result<(), Trouble> {
    let key = target.column("posting_key").map_or("", |column| column.own.as_str());
    let columns: Vec<_> = target.columns.iter().collect();
    let nothing = |columns: usize| vec![Vec::new(); columns];
    let insert = sql::insert(target.dialect, &target.table, &columns, key);
    writer.try_out(&insert, &nothing(columns.len()))?;
    if let (Held::Members { rest }, Some((mapped, column))) = (held, members(mapping)) {
        let lock = source::select_sql(target.dialect, mapped, &[column], Part::Whole) + rest;
        writer.try_out(&lock, &nothing(1))?;
    }
    if let Some(balances) = balances {
        writer.try_out(&balances.sql, &nothing(2))?;
    }
    Ok(())
}
