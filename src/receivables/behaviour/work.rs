//! From items and promises to behaviour.

use std::collections::BTreeMap;

use crate::{
    period::{day_number, months_after},
    receivables::{
        behaviour::Behaviour,
        item::Item,
        movement::{CreditKind, Promise, When},
        settle::{Scene, Settled},
    },
};

/// The days of the window of behaviour and of the one before, as numbers.
#[derive(Debug, Clone, Copy)]
struct Windows {
    /// The as-of date.
    day: i32,
    /// The last day before the window.
    before: i32,
    /// The last day before the one before.
    before_earlier: i32,
    grace: i64,
}

impl Behaviour {
    /// The behaviour of every customer with an item or a promise, by currency and id of the customer.
    pub fn work_out(scene: &Scene<'_>, settled: &Settled) -> Vec<Self> {
        let months = scene.policy.months;
        let windows = Windows {
            day: day_number(scene.at.day),
            before: day_number(months_after(scene.at.day, -months)),
            before_earlier: day_number(months_after(scene.at.day, -months * 2)),
            grace: scene.policy.grace_days,
        };
        let mut found: BTreeMap<(u16, u32), Self> = BTreeMap::new();
        let mut of = |currency: u16, customer: u32, act: &mut dyn FnMut(&mut Self)| {
            act(found.entry((currency, customer)).or_insert_with(|| Self { customer, currency, ..Self::default() }));
        };
        for item in settled.items.iter().filter(|item| item.amount > 0) {
            of(item.currency, item.customer, &mut |own| own.take(item, windows));
        }
        let payments = payments(scene);
        let over = |promise: &&Promise| {
            let made = When { on: promise.promised_on, recorded_on: promise.promised_on };
            promise.due_on <= windows.day && made.counts(scene.at)
        };
        for promise in scene.movements.promises.iter().filter(over) {
            let kept = promise.kept.unwrap_or_else(|| kept(&payments, promise));
            of(promise.currency, promise.customer, &mut |own| {
                own.promises += 1;
                own.broken_promises += u64::from(!kept);
            });
        }
        let mut all: Vec<Self> = found.into_values().collect();
        all.sort_by_cached_key(|own| (own.currency, scene.text("customer_id", own.customer)));
        all
    }

    fn take(&mut self, item: &Item, windows: Windows) {
        let settled_on = item.settled_on.filter(|_| item.paid_in_money > 0);
        if item.settled_on.is_some() && settled_on.is_none() {
            return;
        }
        let end = settled_on.unwrap_or(windows.day);
        let overdue = item.days_overdue(end).max(0);
        if settled_on.is_some() {
            self.settle(item, end, overdue, windows);
        }
        if (windows.before + 1..=windows.day).contains(&item.due_on) {
            self.due_in_window += 1;
            self.long_overdue_in_window += u64::from(overdue > windows.grace);
        }
        if end > windows.before {
            self.longest_overdue_in_window = self.longest_overdue_in_window.max(overdue);
        }
    }

    fn settle(&mut self, item: &Item, end: i32, late: i64, windows: Windows) {
        let (amount, paid) = (i128::from(item.amount), i128::from(item.paid_in_money));
        self.settled += 1;
        self.settled_amount += amount;
        if late > 0 {
            self.late += 1;
            self.late_amount += amount;
        }
        self.days_late += late;
        self.longest_late = self.longest_late.max(late);
        self.days_to_settle += i64::from(end) - i64::from(item.issued_on);
        self.disputed += u64::from(item.ever_disputed);
        self.paid += paid;
        self.paid_days_late += item.paid_days_late;
        let window = if end > windows.before {
            &mut self.recent
        } else if end > windows.before_earlier {
            &mut self.earlier
        } else {
            return;
        };
        window.0 += paid;
        window.1 += item.paid_days_late;
    }
}

/// Payments that count: customer, currency, day and amount, in that order.
fn payments(scene: &Scene<'_>) -> Vec<(u32, u16, i32, i64)> {
    if scene.movements.promises.is_empty() {
        return Vec::new();
    }
    let payments = scene.movements.credits.iter().filter(|credit| credit.kind == CreditKind::Payment);
    let counted = payments.filter(|credit| credit.when.counts(scene.at));
    let mut all: Vec<(u32, u16, i32, i64)> =
        counted.map(|credit| (credit.customer, credit.currency, credit.when.on, credit.amount)).collect();
    all.sort_unstable();
    all
}

/// Whether the customer paid as much from the day of the promise to its last.
fn kept(payments: &[(u32, u16, i32, i64)], promise: &Promise) -> bool {
    let key = |day: i32| (promise.customer, promise.currency, day, i64::MIN);
    let first = payments.partition_point(|payment| *payment < key(promise.promised_on));
    let end = payments.partition_point(|payment| *payment < key(promise.due_on.saturating_add(1)));
    let paid: i128 = payments.get(first..end).unwrap_or_default().iter().map(|payment| i128::from(payment.3)).sum();
    paid >= i128::from(promise.amount)
}
