//! Who the subjects are: columns of their own rows.

use std::collections::BTreeMap;

use crate::{
    ledger::{
        batch::{Batch, Dictionaries, MISSING, NO_DAY, Values},
        dictionary::NOTHING,
        entity::{ColumnSpec, ColumnType, Entity, entity},
        error::LedgerError,
        snapshot::Snapshot,
    },
    money::Share,
    period::day_from_number,
    report::Cell,
    scheme::SubjectKind,
};

/// Columns of every entity that say who somebody is.
const DESCRIBED: [&str; 3] = ["name", "region_id", "salesperson"];

/// Own columns of the subjects of a kind.
#[derive(Debug, Default)]
pub struct People {
    key: &'static str,
    entity: Option<&'static Entity>,
    rows: Batch,
    /// The row of each subject code.
    places: BTreeMap<u32, usize>,
    /// The name of each region, by code.
    regions: BTreeMap<u32, u32>,
}

impl People {
    /// Reads the own columns of subjects that say who they are, and `more` of them, as far as the ledger has them.
    ///
    /// # Errors
    /// [`LedgerError`] when the entity cannot be read.
    pub fn read(snapshot: &mut Snapshot, kind: SubjectKind, more: &[&'static str]) -> Result<Self, LedgerError> {
        let (name, key) = kind.entity_and_key();
        let Some(found) = entity(name) else { return Ok(Self { key, ..Self::default() }) };
        let mut columns = vec![key];
        for column in DESCRIBED.iter().chain(more) {
            if !columns.contains(column) && found.column(column).is_some() && snapshot.has(found, column) {
                columns.push(column);
            }
        }
        let rows = snapshot.read(found, &columns, "the names on a report")?;
        let places = rows.codes(key).iter().enumerate().map(|(row, code)| (*code, row)).collect();
        let regions =
            if columns.contains(&"region_id") { names_of(snapshot, "region", "region_id")? } else { BTreeMap::new() };
        Ok(Self { key, entity: Some(found), rows, places, regions })
    }

    /// The key column.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// A column of the contract.
    pub fn column(&self, name: &str) -> Option<&'static ColumnSpec> {
        self.entity.and_then(|entity| entity.column(name))
    }

    /// The columns that say who somebody is, as far as the ledger has them.
    pub fn described(&self) -> impl Iterator<Item = &'static str> + '_ {
        DESCRIBED.into_iter().filter(|column| self.rows.column(column).is_some())
    }

    /// The code of a text column of a subject.
    pub fn code(&self, subject: u32, column: &str) -> Option<u32> {
        let row = *self.places.get(&subject)?;
        self.rows.codes(column).get(row).copied().filter(|code| *code != NOTHING)
    }

    /// The rows, for conditions on them, with the row of a subject.
    pub fn rows(&self) -> (&Batch, impl Fn(u32) -> Option<usize> + '_) {
        (&self.rows, |subject| self.places.get(&subject).copied())
    }

    /// What a column of words says of a subject, if anything.
    pub fn text(&self, subject: u32, column: &'static str, dictionaries: &Dictionaries) -> Option<String> {
        if let Cell::Text(text) = self.cell(subject, column, dictionaries) { Some(text) } else { None }
    }

    /// What a column says of a subject. A region is told by its name where it has one.
    pub fn cell(&self, subject: u32, column: &'static str, dictionaries: &Dictionaries) -> Cell {
        let Some(row) = self.places.get(&subject).copied() else { return Cell::Empty };
        let kind = self.entity.and_then(|entity| entity.column(column)).map(|spec| spec.kind);
        match (kind, self.rows.column(column)) {
            (Some(ColumnType::Flag), Some(Values::Codes(codes))) => {
                let flag = codes.get(row).and_then(|code| dictionaries.text(column, *code));
                flag.map_or(Cell::Empty, |flag| Cell::Text(if flag == "1" { "✓" } else { "✗" }.to_owned()))
            }
            (_, Some(Values::Codes(codes))) => {
                let code = codes.get(row).copied().filter(|code| *code != NOTHING);
                let region = code.filter(|_| column == "region_id").and_then(|code| self.regions.get(&code));
                let text = match region {
                    Some(name) => dictionaries.text("name", *name),
                    None => code.and_then(|code| dictionaries.text(column, code)),
                };
                text.map_or(Cell::Empty, |text| Cell::Text(text.to_owned()))
            }
            (kind, Some(Values::Numbers(numbers))) => {
                let Some(number) = numbers.get(row).copied().filter(|number| *number != MISSING) else {
                    return Cell::Empty;
                };
                match kind {
                    Some(ColumnType::Money) => Cell::Money(i128::from(number)),
                    Some(ColumnType::Quantity) => Cell::Times(Share::new(number, 1000)),
                    _ => Cell::Count(number),
                }
            }
            (_, Some(Values::Days(days))) => {
                let day = days.get(row).copied().filter(|day| *day != NO_DAY).and_then(day_from_number);
                day.map_or(Cell::Empty, Cell::Date)
            }
            _ => Cell::Empty,
        }
    }
}

/// The name of each region or department, by code: both codes of their columns; none where the ledger has no names of them.
///
/// # Errors
/// [`LedgerError`] when the entity cannot be read.
pub fn names_of(snapshot: &mut Snapshot, name: &str, key: &'static str) -> Result<BTreeMap<u32, u32>, LedgerError> {
    let Some(found) = entity(name).filter(|found| snapshot.has(found, "name")) else {
        return Ok(BTreeMap::new());
    };
    let rows = snapshot.read(found, &[key, "name"], "the names on a report")?;
    Ok(rows.codes(key).iter().copied().zip(rows.codes("name").iter().copied()).collect())
}
