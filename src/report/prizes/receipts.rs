//! The receipts of a period, read in one pass: what was sold under each order number, and what came back of it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    ledger::{
        batch::{Batch, MISSING, SharedDictionaries},
        decode::Texts,
        dictionary::NOTHING,
        entity::entity,
        snapshot::Snapshot,
    },
    metrics::compute::MetricError,
    period::{Period, SECONDS_A_DAY, day_number},
};

/// What is read of a line, and what of it as far as the ledger has it.
const COLUMNS: [&str; 6] = ["order_id", "member_id", "at", "kind", "store", "amount"];
const OPTIONAL: [&str; 2] = ["customer_id", "returns_order_id"];

/// What was sold under one order number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receipt {
    /// The code of the order.
    pub(super) order: u32,
    /// The second of its first line.
    pub(super) at: i64,
    /// The store and the member of that line.
    pub(super) store: u32,
    pub(super) member: u32,
    /// What was sold, as adjusted, in minor units.
    pub(super) sold: i64,
    /// What came back, never positive.
    pub(super) back: i64,
    /// Whether a customer bought in its own name.
    pub(super) own_name: bool,
    /// Whether its lines name several stores or members.
    pub(super) mixed: bool,
    /// Lines that were sold.
    lines: i64,
}

/// The receipts of a period.
#[derive(Debug, Default)]
pub struct Receipts {
    /// Those that begin in the period, by order code.
    pub(super) rows: Vec<Receipt>,
    /// Lines sold in the period without an order number.
    pub(super) unnumbered: i64,
    /// Orders of the period under which goods came back, and nobody knows of which receipt.
    pub(super) astray: i64,
    /// Whether the ledger says which order a return belongs to.
    pub(super) returns_named: bool,
}

impl Receipts {
    /// Reads the receipts of a period with what came back by its last day (S21).
    ///
    /// # Errors
    /// [`MetricError::Ledger`] when the ledger lacks a column or a row cannot be read, [`MetricError::SumTooLarge`] when sums could pass 64 bits.
    pub fn read(snapshot: &mut Snapshot, period: Period) -> Result<Self, MetricError> {
        let Some(transaction) = entity("transaction") else { return Ok(Self::default()) };
        let optional = OPTIONAL.into_iter().filter(|column| snapshot.has(transaction, column));
        let columns: Vec<(&'static str, Texts)> =
            COLUMNS.into_iter().chain(optional).map(|column| (column, Texts::Coded)).collect();
        let second = |day| i64::from(day_number(day)) * SECONDS_A_DAY;
        let work = Mutex::new(Work::new(second(period.first_day())..second(period.end())));
        snapshot.scan(transaction, &columns, "receipts with a prize", &|batch, dictionaries| {
            work.lock().unwrap_or_else(PoisonError::into_inner).add(batch, dictionaries);
        })?;
        let work = work.into_inner().unwrap_or_else(PoisonError::into_inner);
        if work.magnitude > i128::from(i64::MAX) {
            return Err(MetricError::SumTooLarge { metric: "receipts with a prize".to_owned() });
        }
        Ok(work.finish(snapshot.has(transaction, "returns_order_id")))
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, Copy)]
struct Line {
    order: u32,
    at: i64,
    store: u32,
    member: u32,
    customer: u32,
    returns: u32,
    amount: i64,
}

/// The receipts while lines are read, in any order.
#[derive(Debug)]
struct Work {
    window: std::ops::Range<i64>,
    receipts: BTreeMap<u32, Receipt>,
    /// What came back in the window by the order that it was bought under.
    back: BTreeMap<u32, i64>,
    /// A bit for each order that was sold before the window.
    earlier: Vec<u64>,
    unnumbered: i64,
    magnitude: i128,
}

impl Work {
    fn new(window: std::ops::Range<i64>) -> Self {
        let (receipts, back) = (BTreeMap::new(), BTreeMap::new());
        Self { window, receipts, back, earlier: Vec::new(), unnumbered: 0, magnitude: 0 }
    }

    fn add(&mut self, batch: &Batch, dictionaries: &SharedDictionaries) {
        let [sale, back, adjustment] = ["sale", "return", "adjustment"].map(|kind| dictionaries.code("kind", kind));
        let (orders, members, stores) = (batch.codes("order_id"), batch.codes("member_id"), batch.codes("store"));
        let (customers, returns) = (batch.codes("customer_id"), batch.codes("returns_order_id"));
        let (times, amounts) = (batch.numbers("at"), batch.numbers("amount"));
        let code = |of: &[u32], row: usize| of.get(row).copied().unwrap_or(NOTHING);
        let number = |of: &[i64], row: usize| of.get(row).copied().unwrap_or(MISSING);
        for (row, kind) in batch.codes("kind").iter().enumerate() {
            let line = Line {
                order: code(orders, row),
                at: number(times, row),
                store: code(stores, row),
                member: code(members, row),
                customer: code(customers, row),
                returns: code(returns, row),
                amount: number(amounts, row),
            };
            let kind = Some(*kind);
            if line.at < self.window.start && kind == sale {
                self.sold_before(line.order);
            }
            if !self.window.contains(&line.at) || ![sale, back, adjustment].contains(&kind) {
                continue;
            }
            self.magnitude += i128::from(line.amount.unsigned_abs());
            if kind == sale {
                self.sold(&line, dictionaries);
            } else {
                self.corrected(&line, kind == back);
            }
        }
    }

    /// Notes that an order was sold before the window: it is no receipt of the period.
    fn sold_before(&mut self, order: u32) {
        let (place, bit) = bit(order);
        if place >= self.earlier.len() {
            self.earlier.resize(place.saturating_add(1).next_power_of_two(), 0);
        }
        self.earlier.get_mut(place).into_iter().for_each(|bits| *bits |= bit);
    }

    fn entry(&mut self, line: &Line) -> &mut Receipt {
        self.receipts.entry(line.order).or_insert(Receipt {
            order: line.order,
            at: i64::MAX,
            store: NOTHING,
            member: NOTHING,
            sold: 0,
            back: 0,
            own_name: true,
            mixed: false,
            lines: 0,
        })
    }

    fn sold(&mut self, line: &Line, dictionaries: &SharedDictionaries) {
        if line.order == NOTHING {
            self.unnumbered += 1;
            return;
        }
        let receipt = self.entry(line);
        receipt.lines += 1;
        receipt.own_name &= line.customer != NOTHING && line.member == NOTHING;
        receipt.sold = receipt.sold.wrapping_add(line.amount);
        let same = (line.store, line.member) == (receipt.store, receipt.member);
        receipt.mixed |= receipt.lines > 1 && !same;
        // Lines of one second that say different things: the first by name stands, whichever was read first.
        let names = |store, member| (dictionaries.text("store", store), dictionaries.text("member_id", member));
        let earlier = line.at < receipt.at
            || (line.at == receipt.at
                && !same
                && names(line.store, line.member) < names(receipt.store, receipt.member));
        if earlier {
            receipt.at = line.at;
            receipt.store = line.store;
            receipt.member = line.member;
        }
    }

    /// Adds goods that came back, or a correction of an amount.
    fn corrected(&mut self, line: &Line, back: bool) {
        let add = |sum: &mut i64| *sum = sum.wrapping_add(line.amount);
        if back && line.returns != NOTHING && line.returns != line.order {
            add(self.back.entry(line.returns).or_default());
        } else if line.order != NOTHING {
            let receipt = self.entry(line);
            add(if back { &mut receipt.back } else { &mut receipt.sold });
        }
    }

    fn finish(self, returns_named: bool) -> Receipts {
        let Self { receipts, back, earlier, unnumbered, .. } = self;
        let before = |order: u32| {
            let (place, bit) = bit(order);
            earlier.get(place).is_some_and(|bits| bits & bit != 0)
        };
        let (mut rows, mut astray) = (Vec::new(), 0);
        for (order, mut receipt) in receipts {
            if before(order) {
                continue;
            }
            if receipt.lines == 0 {
                astray += i64::from(receipt.back != 0);
                continue;
            }
            receipt.back = receipt.back.wrapping_add(back.get(&order).copied().unwrap_or(0));
            rows.push(receipt);
        }
        Receipts { rows, unnumbered, astray, returns_named }
    }
}

/// The place and the bit of an order.
fn bit(order: u32) -> (usize, u64) {
    (usize::try_from(order / 64).unwrap_or(0), 1 << (order % 64))
}
