//! What the ledger says of the subjects of a review beside their figures: names, regions, salespeople, special terms (S60, S61).
//!
//! Not kept: names stay in the ledger and are read whenever a review is shown.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    grading::review::moves::Terms,
    ledger::{
        batch::{Batch, NO_DAY},
        entity::{Entity, entity},
        error::LedgerError,
        snapshot::Snapshot,
    },
    period::day_number,
    scheme::SubjectKind,
};

/// What is shown of a subject beside its grades.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// Full name.
    pub name: Option<String>,
    /// Name of the region, or its id where the ledger has no names.
    pub region: Option<String>,
    /// Person in charge.
    pub salesperson: Option<String>,
    /// Special terms in force on the day.
    pub terms: Terms,
}

/// Reads what is to be shown of every subject, by id.
///
/// # Errors
/// [`LedgerError`] when the ledger cannot be read.
pub fn people(
    snapshot: &mut Snapshot,
    kind: SubjectKind,
    as_of: NaiveDate,
) -> Result<BTreeMap<String, Person>, LedgerError> {
    let (name, key) = kind.entity_and_key();
    let Some(found) = entity(name) else { return Ok(BTreeMap::new()) };
    let wanted = ["name", "region_id", "salesperson"];
    let columns = wanted.into_iter().filter(|column| found.column(column).is_some() && snapshot.has(found, column));
    let columns: Vec<&'static str> = std::iter::once(key).chain(columns).collect();
    let rows = snapshot.read(found, &columns, "the names in a review")?;
    let regions = regions(snapshot)?;
    let read = |row: usize, column: &'static str| text(snapshot, &rows, row, column);
    let person = |row: usize| {
        let region = read(row, "region_id").map(|id| regions.get(&id).cloned().unwrap_or(id));
        let person =
            Person { name: read(row, "name"), region, salesperson: read(row, "salesperson"), terms: Terms::default() };
        Some((read(row, key)?, person))
    };
    let mut people: BTreeMap<String, Person> = (0..rows.len()).filter_map(person).collect();
    if kind == SubjectKind::Customer {
        terms(snapshot, as_of, &mut people)?;
    }
    Ok(people)
}

fn text(snapshot: &Snapshot, rows: &Batch, row: usize, column: &'static str) -> Option<String> {
    let code = rows.codes(column).get(row)?;
    snapshot.dictionaries().text(column, *code).map(str::to_owned)
}

fn regions(snapshot: &mut Snapshot) -> Result<BTreeMap<String, String>, LedgerError> {
    let Some(region) = entity("region").filter(|region| snapshot.has(region, "name")) else {
        return Ok(BTreeMap::new());
    };
    let rows = snapshot.read(region, &["region_id", "name"], "the regions in a review")?;
    let pair = |row: usize| Some((text(snapshot, &rows, row, "region_id")?, text(snapshot, &rows, row, "name")?));
    Ok((0..rows.len()).filter_map(pair).collect())
}

/// Marks customers with policies or settlement terms that are in force on the day.
fn terms(snapshot: &mut Snapshot, as_of: NaiveDate, people: &mut BTreeMap<String, Person>) -> Result<(), LedgerError> {
    let granted = |policy: &&'static Entity| snapshot.has(policy, "granted_on") && snapshot.has(policy, "kind");
    let Some(policy) = entity("special_policy").filter(granted) else { return Ok(()) };
    let columns = ["customer_id", "kind", "granted_on", "ends_on"];
    let columns: Vec<&'static str> = columns.into_iter().filter(|column| snapshot.has(policy, column)).collect();
    let rows = snapshot.read(policy, &columns, "special policies in a review")?;
    let today = day_number(as_of);
    for row in 0..rows.len() {
        let day = |column: &str| rows.days(column).get(row).copied().unwrap_or(NO_DAY);
        let ended = day("ends_on") != NO_DAY && day("ends_on") < today;
        let customer = text(snapshot, &rows, row, "customer_id");
        let Some(person) = customer.and_then(|customer| people.get_mut(&customer)) else { continue };
        if day("granted_on") > today || ended {
            continue;
        }
        match text(snapshot, &rows, row, "kind").as_deref() {
            Some("settlement") => person.terms.settlement = true,
            _ => person.terms.policy = true,
        }
    }
    Ok(())
}
