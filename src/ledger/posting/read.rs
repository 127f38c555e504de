//! Reads entries inside a posting's transaction, by the decoder of snapshots and with its refusals.

use chrono::NaiveDate;

use crate::ledger::{
    batch::{Batch, Dictionaries, SharedDictionaries},
    decode::{Decoder, Texts},
    mapping::{ColumnMapping, EntityMapping, Mapping},
    posting::writer::{Cells, Trouble, Writer},
    reader::Reader,
    source::{self, Dialect, Part},
};

/// Which rows are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'r> {
    pub(super) mapped: &'r EntityMapping,
    pub(super) columns: &'r [&'r ColumnMapping],
    /// What stands behind the select.
    pub(super) rest: &'r str,
    pub(super) cells: &'r Cells,
    pub(super) doing: &'r str,
}

/// Reads rows into one batch.
pub(super) fn read(
    writer: &mut dyn Writer,
    (mapping, dialect, today): (&Mapping, Dialect, NaiveDate),
    rows: Rows<'_>,
) -> Result<(Batch, Dictionaries), Trouble> {
    let Rows { mapped, columns, rest, cells, doing } = rows;
    let shared = Dictionaries::default().share(columns.iter().map(|column| column.spec.name));
    let decoders = columns.iter().map(|column| Decoder::new(column, Texts::Coded, &mapping.currency, mapping.zone));
    let mut reader = Reader::new(mapped.entity, columns, decoders.collect(), today);
    let keys = mapped.entity.key.iter().filter_map(|name| mapped.columns.get(name));
    let with_keys: Vec<&ColumnMapping> = columns.iter().copied().chain(keys).collect();
    let sql = source::select_sql(dialect, mapped, &with_keys, Part::Whole) + rest;
    writer.rows(&sql, cells, doing, &mut |row| {
        let key = || (columns.len()..with_keys.len()).map(|at| row.raw(at).as_key()).collect::<Vec<_>>().join(", ");
        reader.take(row, &shared).map_err(|objection| Trouble::Told(reader.told(objection, key())))
    })?;
    if let Err(objection) = reader.complete(&shared) {
        let unnamed = Trouble::Told(reader.told(objection, "(unknown)".to_owned()));
        return Err(named(writer, (&sql, rows), &mut reader, &shared).err().unwrap_or(unnamed));
    }
    Ok((std::mem::take(&mut reader.batch), shared.unshare()))
}

/// Reads the same rows one by one, so that the first that is objected to is named.
fn named(
    writer: &mut dyn Writer,
    (sql, rows): (&str, Rows<'_>),
    reader: &mut Reader<'_>,
    shared: &SharedDictionaries,
) -> Result<(), Trouble> {
    let width = rows.columns.len();
    writer.rows(sql, rows.cells, rows.doing, &mut |row| {
        reader.clear();
        reader.take(row, shared).and_then(|()| reader.complete(shared)).map_err(|objection| {
            let key = (width..width + rows.mapped.entity.key.len()).map(|at| row.raw(at).as_key());
            Trouble::Told(reader.told(objection, key.collect::<Vec<_>>().join(", ")))
        })
    })
}
