//! Adds rows to the ledger, and tells rows that are there already from rows that disagree with it.
//!
//! Invariants: a row of the ledger is never changed; rows that this load added are told from older ones by their number, since the
//! database numbers rows upwards and a load only adds. Nothing here commits.

use rusqlite::{Connection, Statement, types::ValueRef};

use super::{
    LoadError, RefusalKind,
    evaluate::Value,
    map::{Keep, MapFile},
    refusal::Objection,
    source::Row,
    statements::Statements,
};
use crate::ledger::{create::LedgerInfo, entity::ColumnSpec};

/// What became of a row that was to be added.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It is new.
    Added,
    /// The ledger has had it, with the same values.
    Present,
    /// An earlier row of the same file is the same.
    Repeated,
    /// The key has other values.
    Differs(Objection),
}

/// Adds rows of one entity.
pub(super) struct Writer<'c> {
    columns: Vec<&'static ColumnSpec>,
    /// Where the columns of the key stand among the values.
    key: Vec<usize>,
    ledger: &'c LedgerInfo,
    insert: Statement<'c>,
    find: Statement<'c>,
    last_row: i64,
}

impl<'c> Writer<'c> {
    /// Prepares to add rows with the columns of a map.
    pub(super) fn new(connection: &'c Connection, map: &MapFile, ledger: &'c LedgerInfo) -> rusqlite::Result<Self> {
        let columns = columns(map);
        let statements = Statements::of(map.entity(), &columns);
        let place = |name: &&str| columns.iter().position(|column| column.name == *name);
        Ok(Self {
            key: map.entity().key.iter().filter_map(place).collect(),
            columns,
            ledger,
            insert: connection.prepare(&statements.insert)?,
            find: connection.prepare(&statements.find)?,
            last_row: connection.query_row(&statements.last_row, [], |row| row.get(0))?,
        })
    }

    /// Adds a row unless its key is there.
    pub(super) fn put(&mut self, values: &[Value<'_>]) -> rusqlite::Result<Put> {
        for (index, value) in values.iter().enumerate() {
            self.insert.raw_bind_parameter(index + 1, value)?;
        }
        if self.insert.raw_execute()? == 1 { Ok(Put::Added) } else { self.compare(values) }
    }

    fn compare(&mut self, values: &[Value<'_>]) -> rusqlite::Result<Put> {
        let key = self.key.iter().filter_map(|place| values.get(*place));
        let mut rows = self.find.query(rusqlite::params_from_iter(key))?;
        let Some(row) = rows.next()? else { return Err(rusqlite::Error::QueryReturnedNoRows) };
        let earlier_in_file = row.get::<_, i64>(0)? > self.last_row;
        let where_it_is = if earlier_in_file { "in an earlier row" } else { "in the ledger" };
        let (mut names, mut both) = (Vec::new(), Vec::new());
        for (index, (spec, value)) in self.columns.iter().zip(values).enumerate() {
            let held = held(row.get_ref(index + 1)?);
            if held != *value {
                names.push(spec.name);
                let (here, there) = (value.shown(spec, self.ledger), held.shown(spec, self.ledger));
                both.push(format!("{here} in this row, {there} {where_it_is}"));
            }
        }
        Ok(match (names.is_empty(), earlier_in_file) {
            (true, true) => Put::Repeated,
            (true, false) => Put::Present,
            (false, true) => Put::Differs(Objection::new(RefusalKind::RepeatedKey, names.join(", "), both.join("; "))),
            (false, false) => {
                Put::Differs(Objection::new(RefusalKind::DiffersFromLedger, names.join(", "), both.join("; ")))
            }
        })
    }
}

/// A value as the database holds it.
fn held(value: ValueRef<'_>) -> Value<'_> {
    match value {
        ValueRef::Null => Value::Nothing,
        ValueRef::Integer(number) => Value::Whole(number),
        ValueRef::Text(text) | ValueRef::Blob(text) => Value::Text(String::from_utf8_lossy(text)),
        ValueRef::Real(number) => Value::Text(number.to_string().into()),
    }
}

fn columns(map: &MapFile) -> Vec<&'static ColumnSpec> {
    map.columns.iter().map(|column| column.spec).collect()
}

/// Rows of the file that share keys, kept on disk until the file is read.
pub(super) struct Staging<'c> {
    connection: &'c Connection,
    statements: Statements,
    stage: Statement<'c>,
    columns: usize,
    staged: u64,
}

/// A row that was kept, as it comes back: its values, its line and its fields.
pub(super) struct Staged<'r> {
    pub(super) values: Vec<Value<'r>>,
    pub(super) line: u64,
    pub(super) fields: Vec<&'r str>,
}

/// Stands between the fields of a staged row; a row that has it is refused before.
const BETWEEN: &str = "\0";

impl<'c> Staging<'c> {
    pub(super) fn new(connection: &'c Connection, map: &MapFile, keep: Keep) -> rusqlite::Result<Self> {
        let columns = columns(map);
        let statements = Statements::of(map.entity(), &columns);
        connection.execute_batch(&statements.make_staged)?;
        let stage = match keep {
            Keep::First => connection.prepare(&statements.stage_first)?,
            Keep::Last => connection.prepare(&statements.stage_last)?,
        };
        Ok(Self { connection, statements, stage, columns: columns.len(), staged: 0 })
    }

    /// Keeps a row unless another with its key counts instead.
    pub(super) fn stage(&mut self, values: &[Value<'_>], row: &Row) -> rusqlite::Result<()> {
        for (index, value) in values.iter().enumerate() {
            self.stage.raw_bind_parameter(index + 1, value)?;
        }
        let fields: Vec<&str> = row.fields().collect();
        self.stage.raw_bind_parameter(self.columns + 1, i64::try_from(row.line).unwrap_or(i64::MAX))?;
        self.stage.raw_bind_parameter(self.columns + 2, fields.join(BETWEEN))?;
        self.stage.raw_execute()?;
        self.staged += 1;
        Ok(())
    }

    /// Gives back the rows that count, in the order of the file, and tells how many there were besides.
    pub(super) fn drain(self, mut each: impl FnMut(Staged<'_>) -> Result<(), LoadError>) -> Result<u64, LoadError> {
        let mut kept = 0;
        {
            let mut read = self.connection.prepare(&self.statements.read_staged)?;
            let mut rows = read.query([])?;
            while let Some(row) = rows.next()? {
                let values = (0..self.columns).map(|index| row.get_ref(index).map(held));
                let fields = row.get_ref(self.columns + 1)?.as_str().unwrap_or_default();
                kept += 1;
                each(Staged {
                    values: values.collect::<rusqlite::Result<_>>()?,
                    line: u64::try_from(row.get::<_, i64>(self.columns)?).unwrap_or_default(),
                    fields: fields.split(BETWEEN).collect(),
                })?;
            }
        }
        drop(self.stage);
        self.connection.execute_batch(self.statements.drop_staged)?;
        Ok(self.staged - kept)
    }
}
