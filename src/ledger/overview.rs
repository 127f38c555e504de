//! What stands in a ledger: rows, ranges, trade by kind, and ids that nobody knows.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    ledger::{
        batch::{Batch, Dictionaries, MISSING, NO_DAY, Values},
        dictionary::NOTHING,
        entity::{ENTITIES, Entity, entity},
        error::LedgerError,
        snapshot::Snapshot,
    },
    period::day_from_number,
};

const SECONDS_A_DAY: i64 = 86_400;
/// Ids shown of those that nobody knows.
const SAMPLE: usize = 5;

/// What stands in a ledger.
#[derive(Debug, Default)]
pub struct Overview {
    /// Every mapped entity.
    pub entities: Vec<EntityOverview>,
    /// Transactions by kind and by whether a member bought.
    pub trade: Vec<Trade>,
    /// Ids that stand in a column and not in the entity they name.
    pub orphans: Vec<Orphans>,
}

/// One entity.
#[derive(Debug)]
pub struct EntityOverview {
    /// The entity.
    pub entity: &'static Entity,
    /// Its rows, or why they cannot be read.
    pub state: Result<Range, LedgerError>,
}

/// Rows with their first and last day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Range {
    /// How many rows.
    pub rows: u64,
    /// Day of the first.
    pub first: Option<NaiveDate>,
    /// Day of the last.
    pub last: Option<NaiveDate>,
}

/// Transactions of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trade {
    /// `sale`, `return`, `cancelled` or `adjustment`.
    pub kind: String,
    /// Whether they name a member.
    pub with_member: bool,
    /// How many lines.
    pub lines: u64,
    /// How many different orders; lines without one count once each.
    pub orders: u64,
    /// How many different members.
    pub members: u64,
    /// Sum in minor units.
    pub amount: i128,
}

/// Ids that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphans {
    /// Where they stand.
    pub entity: &'static str,
    /// In which column.
    pub column: &'static str,
    /// The entity that should have them.
    pub of: &'static str,
    /// Rows with such an id.
    pub rows: u64,
    /// The first of the ids.
    pub sample: Vec<String>,
}

/// A column that names a row of another entity.
const REFERENCES: &[(&str, &str, &str)] = &[
    ("transaction", "member_id", "member"),
    ("points_entry", "member_id", "member"),
    ("card", "member_id", "member"),
    ("tier_history", "member_id", "member"),
    ("member", "region_id", "region"),
    ("transaction", "region_id", "region"),
    ("transaction", "department_id", "department"),
];

/// Looks at every mapped entity. What is wrong with one does not hide the others.
///
/// # Errors
/// [`LedgerError`] only where the database itself fails while references are followed.
pub fn overview(snapshot: &mut Snapshot) -> Result<Overview, LedgerError> {
    let mut found = Overview::default();
    let mapped: Vec<&'static Entity> =
        ENTITIES.iter().filter(|entity| snapshot.mapping().entities.contains_key(entity.name)).collect();
    for entity in mapped {
        let state = look(snapshot, entity, &mut found.trade);
        found.entities.push(EntityOverview { entity, state });
    }
    let readable = |name: &str| found.entities.iter().any(|e| e.entity.name == name && e.state.is_ok());
    for (name, column, of) in REFERENCES {
        if readable(name) && readable(of) {
            found.orphans.extend(orphans(snapshot, name, column, of)?);
        }
    }
    Ok(found)
}

fn look(snapshot: &mut Snapshot, entity: &'static Entity, trade: &mut Vec<Trade>) -> Result<Range, LedgerError> {
    // Every mapped column is read, so that every value is checked.
    let columns: Vec<&'static str> =
        entity.columns.iter().map(|column| column.name).filter(|name| snapshot.has(entity, name)).collect();
    let mut range = Range::default();
    let mut tally = Tally::default();
    snapshot.scan(entity, &columns, "`ledger show`", &mut |batch, dictionaries| {
        range.take(entity, batch);
        if entity.name == "transaction" {
            tally.take(batch, dictionaries);
        }
        Ok(())
    })?;
    if entity.name == "transaction" {
        *trade = tally.finish();
    }
    Ok(range)
}

impl Range {
    fn take(&mut self, entity: &Entity, batch: &Batch) {
        self.rows += u64::try_from(batch.len()).unwrap_or(0);
        let days: Box<dyn Iterator<Item = i32> + '_> = match entity.time.and_then(|time| batch.column(time)) {
            Some(Values::Days(days)) => Box::new(days.iter().copied().filter(|day| *day != NO_DAY)),
            Some(Values::Numbers(at)) => Box::new(
                at.iter().filter(|at| **at != MISSING).filter_map(|at| i32::try_from(at.div_euclid(SECONDS_A_DAY)).ok()),
            ),
            _ => return,
        };
        for day in days.filter_map(day_from_number) {
            self.first = Some(self.first.map_or(day, |first| first.min(day)));
            self.last = Some(self.last.map_or(day, |last| last.max(day)));
        }
    }
}

/// Counts by kind code and by whether a member bought.
#[derive(Default)]
struct Tally(BTreeMap<(u32, bool), (Trade, Marks, Marks)>);

impl Tally {
    fn take(&mut self, batch: &Batch, dictionaries: &Dictionaries) {
        let (kinds, amounts) = (batch.codes("kind"), batch.numbers("amount"));
        let (orders, members) = (batch.codes("order_id"), batch.codes("member_id"));
        for (row, (kind, amount)) in kinds.iter().zip(amounts).enumerate() {
            let member = members.get(row).copied().unwrap_or(NOTHING);
            let order = orders.get(row).copied().unwrap_or(NOTHING);
            let with_member = member != NOTHING;
            let (trade, seen_orders, seen_members) = self.0.entry((*kind, with_member)).or_insert_with(|| {
                let kind = dictionaries.text("kind", *kind).unwrap_or_default().to_owned();
                (Trade { kind, with_member, ..Trade::default() }, Marks::default(), Marks::default())
            });
            trade.lines += 1;
            trade.amount += i128::from(*amount);
            trade.orders += u64::from(order == NOTHING || seen_orders.mark(order));
            trade.members += u64::from(with_member && seen_members.mark(member));
        }
    }

    fn finish(self) -> Vec<Trade> {
        let mut trade: Vec<Trade> = self.0.into_values().map(|(trade, ..)| trade).collect();
        let order = |kind: &str| ["sale", "return", "adjustment", "cancelled"].iter().position(|known| *known == kind);
        trade.sort_by_key(|trade| (order(&trade.kind), !trade.with_member));
        trade
    }
}

/// Codes that were seen.
#[derive(Default)]
struct Marks(Vec<bool>);

impl Marks {
    /// Marks a code; true when it was not marked before.
    fn mark(&mut self, code: u32) -> bool {
        let Ok(at) = usize::try_from(code) else { return false };
        if self.0.len() <= at {
            self.0.resize((at + 1).next_power_of_two(), false);
        }
        self.0.get_mut(at).is_some_and(|seen| !std::mem::replace(seen, true))
    }

    fn has(&self, code: u32) -> bool {
        usize::try_from(code).ok().and_then(|at| self.0.get(at).copied()).unwrap_or(false)
    }
}

fn orphans(snapshot: &mut Snapshot, name: &'static str, column: &'static str, of: &'static str) -> Result<Option<Orphans>, LedgerError> {
    let (Some(from), Some(target)) = (entity(name), entity(of)) else { return Ok(None) };
    let Some(key) = target.key.first() else { return Ok(None) };
    if !snapshot.has(from, column) {
        return Ok(None);
    }
    let mut known = Marks::default();
    snapshot.scan(target, &[key], "`ledger show`", &mut |batch, _| {
        batch.codes(key).iter().for_each(|code| {
            known.mark(*code);
        });
        Ok(())
    })?;
    let mut rows = 0;
    let mut told = Marks::default();
    let mut sample = Vec::new();
    snapshot.scan(from, &[column], "`ledger show`", &mut |batch, dictionaries| {
        for code in batch.codes(column).iter().filter(|code| **code != NOTHING && !known.has(**code)) {
            rows += 1;
            if sample.len() < SAMPLE && told.mark(*code) {
                sample.extend(dictionaries.text(column, *code).map(str::to_owned));
            }
        }
        Ok(())
    })?;
    Ok((rows > 0).then_some(Orphans { entity: name, column, of, rows, sample }))
}
