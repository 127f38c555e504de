//! What stands in a ledger: rows, ranges, trade by kind, and ids that nobody knows.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    ledger::{
        batch::{Batch, MISSING, NO_DAY, SharedDictionaries, Values},
        decode::Texts,
        dictionary::NOTHING,
        entity::{ENTITIES, Entity},
        error::LedgerError,
        snapshot::Snapshot,
    },
    period::{SECONDS_A_DAY, day_from_number},
};

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
    /// Its rows; or why they cannot be read, for each column that cannot.
    pub state: Result<Range, Vec<LedgerError>>,
    /// Its columns, in the order of the contract.
    pub columns: Vec<ColumnOverview>,
}

/// One column of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnOverview {
    /// Name in the contract.
    pub name: &'static str,
    /// Rows that have a value in it.
    pub filled: u64,
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
    /// Rows with any id.
    pub of_rows: u64,
    /// The first of the ids.
    pub sample: Vec<String>,
}

/// A column that names a row of another entity. Entities stand in the contract before those that refer to them.
const REFERENCES: &[(&str, &str, &str)] = &[
    ("member", "region_id", "region"),
    ("card", "member_id", "member"),
    ("tier_history", "member_id", "member"),
    ("transaction", "member_id", "member"),
    ("transaction", "region_id", "region"),
    ("transaction", "department_id", "department"),
    ("points_entry", "member_id", "member"),
    ("assessment", "customer_id", "customer"),
    ("product_margin", "customer_id", "customer"),
    ("payment", "customer_id", "customer"),
    ("terms_part", "terms_id", "terms"),
    ("invoice", "customer_id", "customer"),
    ("invoice", "terms_id", "terms"),
    ("invoice_part", "invoice_id", "invoice"),
    ("credit_note", "customer_id", "customer"),
    ("allocation", "invoice_id", "invoice"),
    ("allocation", "payment_id", "payment"),
    ("allocation", "credit_note_id", "credit_note"),
    ("dispute", "invoice_id", "invoice"),
    ("promise", "customer_id", "customer"),
    ("claim", "customer_id", "customer"),
    ("quality_problem", "customer_id", "customer"),
    ("delivery", "customer_id", "customer"),
    ("price_contract", "customer_id", "customer"),
    ("special_policy", "customer_id", "customer"),
    ("credit", "customer_id", "customer"),
    ("lease", "customer_id", "customer"),
    ("balance", "customer_id", "customer"),
    ("complaint", "customer_id", "customer"),
    ("service_visit", "customer_id", "customer"),
    ("attendance", "customer_id", "customer"),
    ("response", "customer_id", "customer"),
    ("response", "wave", "survey"),
    ("response", "department_id", "department"),
    ("visit", "customer_id", "customer"),
    ("visit", "physician_id", "physician"),
    ("opportunity", "customer_id", "customer"),
    ("instalment", "lease_id", "lease"),
    ("collateral", "lease_id", "lease"),
    ("guarantee", "lease_id", "lease"),
];

/// Reads every mapped entity once, every column of it, so that every value is checked. What is wrong with one does not hide the others.
pub fn overview(snapshot: &mut Snapshot) -> Overview {
    let mut found = Overview::default();
    let mut known = BTreeMap::new();
    for entity in ENTITIES {
        if !snapshot.mapping().entities.contains_key(entity.name) {
            continue;
        }
        let mut look = Look::new(snapshot, entity, &known);
        let columns: Vec<(&'static str, Texts)> = entity
            .columns
            .iter()
            .filter(|column| snapshot.has(entity, column.name))
            .map(|column| (column.name, texts(entity, column.name)))
            .collect();
        let read = snapshot.scan_in_order(entity, &columns, "`ledger show`", &mut |batch, dictionaries| {
            look.take(batch, dictionaries);
        });
        let Look { range, tally, keys, references, columns: filled, .. } = look;
        let orphans: Vec<Orphans> =
            references.into_iter().map(|reference| reference.orphans).filter(|orphans| orphans.rows > 0).collect();
        let state = match read {
            Ok(()) => {
                found.trade.extend(tally.finish());
                found.orphans.extend(orphans);
                known.insert(entity.name, keys);
                Ok(range)
            }
            Err(error) => Err(each_fault(snapshot, entity, &columns, error)),
        };
        found.entities.push(EntityOverview { entity, state, columns: filled });
    }
    found
}

/// What is wrong with each column alone; the one fault that was found when it lies in none of them.
fn each_fault(
    snapshot: &mut Snapshot,
    entity: &'static Entity,
    columns: &[(&'static str, Texts)],
    error: LedgerError,
) -> Vec<LedgerError> {
    if !error.is_about_a_value() {
        return vec![error];
    }
    let mut faults = Vec::new();
    for column in columns {
        let alone = snapshot.scan_in_order(entity, &[*column], "`ledger show`", &mut |_, _| {});
        faults.extend(alone.err());
    }
    if faults.is_empty() { vec![error] } else { faults }
}

/// Codes are needed of columns that name rows of another entity, and of those that are counted by word.
fn texts(entity: &Entity, column: &str) -> Texts {
    let is_key = entity.key == [column] && REFERENCES.iter().any(|(.., of)| *of == entity.name);
    let names = REFERENCES.iter().any(|(from, name, _)| *from == entity.name && *name == column);
    if is_key || names || column == "kind" { Texts::Coded } else { Texts::ToldApart }
}

/// One entity while it is read.
struct Look<'k> {
    entity: &'static Entity,
    range: Range,
    tally: Tally,
    keys: Marks,
    references: Vec<Reference<'k>>,
    columns: Vec<ColumnOverview>,
}

/// A column that refers to an entity that was read.
struct Reference<'k> {
    known: &'k Marks,
    told: Marks,
    orphans: Orphans,
}

impl<'k> Look<'k> {
    fn new(snapshot: &Snapshot, entity: &'static Entity, known: &'k BTreeMap<&'static str, Marks>) -> Self {
        let references = REFERENCES
            .iter()
            .filter(|(from, column, _)| *from == entity.name && snapshot.has(entity, column))
            .filter_map(|(from, column, of)| {
                let orphans = Orphans { entity: from, column, of, rows: 0, of_rows: 0, sample: Vec::new() };
                Some(Reference { known: known.get(of)?, told: Marks::default(), orphans })
            })
            .collect();
        let columns = entity.columns.iter().filter(|column| snapshot.has(entity, column.name));
        let columns = columns.map(|column| ColumnOverview { name: column.name, filled: 0 }).collect();
        Self { entity, range: Range::default(), tally: Tally::default(), keys: Marks::default(), references, columns }
    }

    fn take(&mut self, batch: &Batch, dictionaries: &SharedDictionaries) {
        self.range.take(self.entity, batch);
        if self.entity.name == "transaction" {
            self.tally.take(batch, dictionaries);
        }
        if let [key] = self.entity.key {
            batch.codes(key).iter().for_each(|code| _ = self.keys.mark(*code));
        }
        for reference in &mut self.references {
            reference.take(batch, dictionaries);
        }
        for column in &mut self.columns {
            let filled = match batch.column(column.name) {
                Some(Values::Codes(values)) => values.iter().filter(|value| **value != NOTHING).count(),
                Some(Values::Identities(values)) => values.iter().filter(|value| **value != 0).count(),
                Some(Values::Numbers(values)) => values.iter().filter(|value| **value != MISSING).count(),
                Some(Values::Days(values)) => values.iter().filter(|value| **value != NO_DAY).count(),
                None => 0,
            };
            column.filled += u64::try_from(filled).unwrap_or(0);
        }
    }
}

impl Reference<'_> {
    fn take(&mut self, batch: &Batch, dictionaries: &SharedDictionaries) {
        let column = self.orphans.column;
        let named = batch.codes(column).iter().filter(|code| **code != NOTHING).count();
        self.orphans.of_rows += u64::try_from(named).unwrap_or(0);
        for code in batch.codes(column).iter().filter(|code| **code != NOTHING && !self.known.has(**code)) {
            self.orphans.rows += 1;
            if self.orphans.sample.len() < SAMPLE && self.told.mark(*code) {
                self.orphans.sample.extend(dictionaries.text(column, *code));
            }
        }
    }
}

impl Range {
    fn take(&mut self, entity: &Entity, batch: &Batch) {
        self.rows += u64::try_from(batch.len()).unwrap_or(0);
        let days: Box<dyn Iterator<Item = i32> + '_> = match entity.time.and_then(|time| batch.column(time)) {
            Some(Values::Days(days)) => Box::new(days.iter().copied().filter(|day| *day != NO_DAY)),
            Some(Values::Numbers(at)) => Box::new(
                at.iter()
                    .filter(|at| **at != MISSING)
                    .filter_map(|at| i32::try_from(at.div_euclid(SECONDS_A_DAY)).ok()),
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
struct Tally(BTreeMap<(u32, bool), (Trade, Different, Marks)>);

impl Tally {
    fn take(&mut self, batch: &Batch, dictionaries: &SharedDictionaries) {
        let (kinds, amounts) = (batch.codes("kind"), batch.numbers("amount"));
        let orders =
            if let Some(Values::Identities(orders)) = batch.column("order_id") { orders.as_slice() } else { &[] };
        let members = batch.codes("member_id");
        for (row, (kind, amount)) in kinds.iter().zip(amounts).enumerate() {
            let member = members.get(row).copied().unwrap_or(NOTHING);
            let order = orders.get(row).copied().unwrap_or(0);
            let with_member = member != NOTHING;
            let (trade, seen_orders, seen_members) = self.0.entry((*kind, with_member)).or_insert_with(|| {
                let kind = dictionaries.text("kind", *kind).unwrap_or_default();
                (Trade { kind, with_member, ..Trade::default() }, Different::default(), Marks::default())
            });
            trade.lines += 1;
            trade.amount += i128::from(*amount);
            if order == 0 {
                trade.orders += 1;
            } else {
                seen_orders.take(order);
            }
            trade.members += u64::from(with_member && seen_members.mark(member));
        }
    }

    fn finish(self) -> Vec<Trade> {
        let finished = self.0.into_values().map(|(mut trade, orders, _)| {
            trade.orders += orders.count();
            trade
        });
        let mut trade: Vec<Trade> = finished.collect();
        let order = |kind: &str| ["sale", "return", "adjustment", "cancelled"].iter().position(|known| *known == kind);
        trade.sort_by_key(|trade| (order(&trade.kind), !trade.with_member));
        trade
    }
}

/// Values that are only told apart, each held once but for the last that came.
#[derive(Default)]
struct Different {
    values: Vec<u128>,
    sorted: usize,
}

impl Different {
    fn take(&mut self, value: u128) {
        // The lines of an order mostly stand together.
        if self.values.last() == Some(&value) {
            return;
        }
        if self.values.len() > 2 * self.sorted + (1 << 20) {
            self.sort();
        }
        self.values.push(value);
    }

    fn sort(&mut self) {
        self.values.sort_unstable();
        self.values.dedup();
        self.sorted = self.values.len();
    }

    fn count(mut self) -> u64 {
        self.sort();
        u64::try_from(self.sorted).unwrap_or(0)
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
