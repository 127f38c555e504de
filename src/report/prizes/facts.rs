//! Which receipts win, by store and day.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    ledger::dictionary::NOTHING,
    period::{SECONDS_A_DAY, day_from_number},
    report::{
        graded::count,
        prizes::{PrizeInputs, policy::Returns, receipts::Receipt},
    },
};

/// Receipts of a store or a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) receipts: i64,
    /// Those that win, with a member and without.
    pub(super) with_member: i64,
    pub(super) without_member: i64,
    /// Those that would win, had nothing come back.
    pub(super) fell: i64,
    /// What those that win come to.
    pub(super) amount: i64,
}

impl Tally {
    pub(super) fn winning(self) -> i64 {
        self.with_member + self.without_member
    }

    fn add(&mut self, other: Self) {
        self.receipts += other.receipts;
        self.with_member += other.with_member;
        self.without_member += other.without_member;
        self.fell += other.fell;
        self.amount += other.amount;
    }
}

/// Everything that the report shows.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Receipts that win, by store and time.
    pub(super) winning: Vec<Receipt>,
    /// Receipts that fell below the amount by what came back.
    pub(super) fell: Vec<Receipt>,
    /// By the name of the store; those without one come last.
    pub(super) stores: Vec<(Option<String>, Tally)>,
    /// By day, every day of the period that had a receipt.
    pub(super) days: BTreeMap<NaiveDate, Tally>,
    /// All receipts of the period.
    pub(super) all: i64,
    /// Receipts below the amount, whatever came back.
    pub(super) below: i64,
    /// Orders of customers in their own name that were left out.
    pub(super) own_name: i64,
    /// Receipts whose lines name several stores or members.
    pub(super) mixed: i64,
}

impl Facts {
    pub(super) fn gather(inputs: &PrizeInputs<'_>) -> Self {
        let rules = inputs.rules;
        let mut facts = Self::default();
        let mut stores: BTreeMap<(bool, Option<String>), Tally> = BTreeMap::new();
        for receipt in &inputs.receipts.rows {
            if receipt.own_name && !rules.own_name_orders {
                facts.own_name += 1;
                continue;
            }
            facts.all += 1;
            facts.mixed += i64::from(receipt.mixed);
            let wins = total(inputs, receipt) >= rules.least_amount;
            let fell = !wins && receipt.sold >= rules.least_amount;
            let with_member = receipt.member != NOTHING;
            let tally = Tally {
                receipts: 1,
                with_member: i64::from(wins && with_member),
                without_member: i64::from(wins && !with_member),
                fell: i64::from(fell),
                amount: if wins { total(inputs, receipt) } else { 0 },
            };
            let store = inputs.scene.dictionaries.text("store", receipt.store).map(str::to_owned);
            stores.entry((store.is_none(), store)).or_default().add(tally);
            if let Some(day) = day(receipt) {
                facts.days.entry(day).or_default().add(tally);
            }
            match (wins, fell) {
                (true, _) => facts.winning.push(*receipt),
                (false, true) => facts.fell.push(*receipt),
                (false, false) => facts.below += 1,
            }
        }
        facts.stores = stores.into_iter().map(|((_, store), tally)| (store, tally)).collect();
        let texts = inputs.scene.dictionaries;
        let order = |receipt: &Receipt| {
            let store = texts.text("store", receipt.store);
            (store.is_none(), store, receipt.at, texts.text("order_id", receipt.order))
        };
        facts.winning.sort_by_cached_key(order);
        facts.fell.sort_by_cached_key(order);
        facts
    }

    pub(super) fn sum(&self) -> Tally {
        let mut sum = Tally::default();
        self.stores.iter().for_each(|(_, tally)| sum.add(*tally));
        sum
    }

    pub(super) fn winners(&self) -> i64 {
        count(self.winning.len())
    }
}

/// What is held against the limit.
pub(super) fn total(inputs: &PrizeInputs<'_>, receipt: &Receipt) -> i64 {
    match inputs.rules.returns {
        Returns::Reduce => receipt.sold.saturating_add(receipt.back),
        Returns::Ignore => receipt.sold,
    }
}

/// The day on which a receipt begins.
pub(super) fn day(receipt: &Receipt) -> Option<NaiveDate> {
    i32::try_from(receipt.at.div_euclid(SECONDS_A_DAY)).ok().and_then(day_from_number)
}
