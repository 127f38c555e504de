//! The uses of services in a year, by day and id.

use chrono::NaiveDate;

use crate::{
    ledger::{dictionary::NOTHING, entity::entity, error::LedgerError, snapshot::Snapshot},
    period::day_number,
};

/// A use of a service. Codes are those of the snapshot's dictionaries.
#[derive(Debug, Clone, Copy)]
pub struct Use {
    pub(super) id: u32,
    pub(super) member: u32,
    /// The code of the service's name.
    pub(super) service: u32,
    pub(super) on: i32,
}

impl Use {
    /// Reads the uses from one day to another, both included, in the order of their days and ids (S09).
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger has no uses or a row cannot be read.
    pub fn read(snapshot: &mut Snapshot, from: NaiveDate, to: NaiveDate) -> Result<Vec<Self>, LedgerError> {
        let Some(found) = entity("entitlement_use") else { return Ok(Vec::new()) };
        let rows = snapshot.read(found, &["use_id", "member_id", "service", "used_on"], "entitlements")?;
        let code = |column: &str, row: usize| rows.codes(column).get(row).copied().unwrap_or(NOTHING);
        let (from, to) = (day_number(from), day_number(to));
        let days = rows.days("used_on").iter().enumerate().filter(|(_, day)| (from..=to).contains(day));
        let mut uses: Vec<Self> = days
            .map(|(row, day)| Self {
                id: code("use_id", row),
                member: code("member_id", row),
                service: code("service", row),
                on: *day,
            })
            .collect();
        let dictionaries = snapshot.dictionaries();
        uses.sort_by_cached_key(|one| (one.on, dictionaries.text("use_id", one.id).map(str::to_owned)));
        Ok(uses)
    }
}
