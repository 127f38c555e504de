//! Evaluations of staff, read from the answers of customers.

use chrono::NaiveDate;

use crate::{
    ledger::{batch::NO_DAY, dictionary::NOTHING, entity::entity, error::LedgerError, snapshot::Snapshot},
    period::{Period, day_from_number, day_number},
    satisfaction::questionnaire::CommentKind,
};

/// One evaluation. Codes are those of the snapshot's dictionaries, [`NOTHING`] where a column is empty or not mapped.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub(super) staff: u32,
    pub(super) customer: u32,
    pub(super) on: i32,
    pub(super) indicator: u32,
    pub(super) level: u32,
    pub(super) comment: u32,
    /// What the comment is, where there is one.
    pub(super) kind: Option<CommentKind>,
}

impl Entry {
    /// Reads the evaluations of staff in some periods, each by day and id (S23). Answers that name no member of staff are left out.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger has no answers or a row cannot be read.
    pub fn read<const N: usize>(snapshot: &mut Snapshot, periods: [Period; N]) -> Result<[Vec<Self>; N], LedgerError> {
        const NEEDED: [&str; 6] = ["response_id", "staff", "customer_id", "answered_on", "indicator", "level"];
        let mut found = periods.map(|_| Vec::new());
        let Some(response) = entity("response") else { return Ok(found) };
        let optional = ["comment", "comment_kind"].into_iter().filter(|column| snapshot.has(response, column));
        let columns: Vec<&'static str> = NEEDED.into_iter().chain(optional).collect();
        let rows = snapshot.read(response, &columns, "evaluations of staff")?;
        let dictionaries = snapshot.dictionaries();
        let code = |column: &str, row: usize| rows.codes(column).get(row).copied().unwrap_or(NOTHING);
        let mut order: Vec<usize> = (0..rows.len()).filter(|row| code("staff", *row) != NOTHING).collect();
        let day = |row: usize| rows.days("answered_on").get(row).copied().unwrap_or(NO_DAY);
        let id = |row: usize| dictionaries.text("response_id", code("response_id", row)).map(str::to_owned);
        order.sort_by_cached_key(|row| (day(*row), id(*row)));
        for row in order {
            let within =
                |period: &Period| (day_number(period.first_day())..day_number(period.end())).contains(&day(row));
            let Some(entries) = periods.iter().position(within).and_then(|place| found.get_mut(place)) else {
                continue;
            };
            let said = dictionaries.text("comment", code("comment", row)).is_some_and(|text| !text.trim().is_empty());
            let name = dictionaries.text("comment_kind", code("comment_kind", row)).unwrap_or_default();
            let kind = CommentKind::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or(CommentKind::Untyped);
            entries.push(Self {
                staff: code("staff", row),
                customer: code("customer_id", row),
                on: day(row),
                indicator: code("indicator", row),
                level: code("level", row),
                comment: code("comment", row),
                kind: said.then_some(kind),
            });
        }
        Ok(found)
    }

    pub(super) fn day(&self) -> Option<NaiveDate> {
        day_from_number(self.on)
    }
}
