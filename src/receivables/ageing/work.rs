//! From items to buckets.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    period::day_number,
    receivables::{
        ageing::{Ageing, BucketTotal, CurrencyAgeing, CustomerAgeing, OpenItem, reconcile::reconcile},
        error::ReceivablesError,
        movement::Movements,
        policy::Basis,
        settle::{Scene, Settled},
    },
    text::Lang,
};

/// Rows of a refusal that are shown.
const SHOWN: usize = 20;

impl Ageing {
    /// Ages what is open, and reconciles it.
    ///
    /// # Errors
    /// [`ReceivablesError`] when rows make no items, or the buckets do not come to the movements or the general ledger.
    pub fn work_out(scene: &Scene<'_>, settled: &Settled, with_control: bool) -> Result<Self, ReceivablesError> {
        refuse_bad_rows(settled)?;
        let items = open_items(scene, settled);
        let bucket_names = scene.policy.bucket_names();
        let mut customers = by_customer(&items, bucket_names.len());
        set_apart(scene, settled, &mut customers, bucket_names.len());
        let mut ageing = Self {
            at: scene.at,
            basis: scene.policy.basis,
            bucket_names,
            currencies: scene.movements.currencies.clone(),
            items,
            customers,
            totals: Vec::new(),
            problems: settled.problems.clone(),
        };
        ageing.totals = totals(&ageing, scene.movements);
        reconcile(scene, settled, &ageing, with_control)?;
        Ok(ageing)
    }
}

fn refuse_bad_rows(settled: &Settled) -> Result<(), ReceivablesError> {
    let stops = || settled.problems.iter().filter(|problem| problem.kind.stops());
    let count = stops().count();
    if count == 0 {
        return Ok(());
    }
    let told = |problem: &crate::receivables::problem::Problem| {
        format!("{} `{}`: {}", problem.entity, problem.row, problem.detail.in_lang(Lang::English))
    };
    let mut rows: Vec<String> = stops().take(SHOWN).map(told).collect();
    if count > SHOWN {
        rows.push(format!("and {} more", count - SHOWN));
    }
    Err(ReceivablesError::BadRows { count, rows: rows.join("\n") })
}

/// What is open, by currency, id of the customer, due day, id of the invoice and number of the instalment.
fn open_items(scene: &Scene<'_>, settled: &Settled) -> Vec<OpenItem> {
    let day = day_number(scene.at.day);
    let open = settled.items.iter().filter(|item| item.open() > 0).map(|item| {
        let days_overdue = item.days_overdue(day);
        let age = match scene.policy.basis {
            Basis::Due => days_overdue,
            Basis::Invoice => i64::from(day) - i64::from(item.issued_on),
        };
        OpenItem { item: *item, age, days_overdue, bucket: scene.policy.bucket(age) }
    });
    let items: Vec<OpenItem> = open.collect();
    let ranks = scene.ranks(items.iter().map(|open| open.item.customer));
    let key = |(at, open): (usize, &OpenItem)| {
        let item = &open.item;
        ((item.currency, rank(&ranks, item.customer), item.due_on), at)
    };
    // Small keys move while they are sorted, not items; ids are compared only within a day of a customer.
    let mut order: Vec<_> = items.iter().enumerate().map(key).collect();
    order.sort_unstable();
    for day in order.chunk_by_mut(|one, other| one.0 == other.0).filter(|day| day.len() > 1) {
        day.sort_by_cached_key(|(_, at)| {
            let item = items.get(*at).map(|open| &open.item)?;
            Some((scene.text("invoice_id", item.invoice), item.part))
        });
    }
    order.into_iter().filter_map(|(_, at)| items.get(at).copied()).collect()
}

/// One row for each customer and currency of items that stand in that order.
fn by_customer(items: &[OpenItem], buckets: usize) -> Vec<CustomerAgeing> {
    let mut customers: Vec<CustomerAgeing> = Vec::new();
    for (place, open) in items.iter().enumerate() {
        let item = &open.item;
        if customers.last().is_none_or(|last| (last.customer, last.currency) != (item.customer, item.currency)) {
            customers.push(CustomerAgeing::new(item.customer, item.currency, buckets, place));
        }
        let Some(own) = customers.last_mut() else { continue };
        let amount = i128::from(item.open());
        own.buckets.get_mut(open.bucket).into_iter().for_each(|bucket| *bucket += amount);
        own.items += 1;
        own.disputed += if item.disputed { amount } else { 0 };
        own.oldest_age = own.oldest_age.max(Some(open.age));
    }
    customers
}

/// Puts what is left of payments into its own column.
fn set_apart(scene: &Scene<'_>, settled: &Settled, customers: &mut Vec<CustomerAgeing>, buckets: usize) {
    let mut left: BTreeMap<(u16, u32), i128> = BTreeMap::new();
    for credit in &settled.unapplied {
        *left.entry((credit.currency, credit.customer)).or_default() -= i128::from(credit.left);
    }
    for own in customers.iter_mut() {
        own.unapplied = left.remove(&(own.currency, own.customer)).unwrap_or(0);
    }
    let end = settled.items.len();
    let alone = left.into_iter().filter(|(_, left)| *left != 0);
    customers.extend(alone.map(|((currency, customer), unapplied)| CustomerAgeing {
        unapplied,
        ..CustomerAgeing::new(customer, currency, buckets, end)
    }));
    let ranks = scene.ranks(customers.iter().map(|own| own.customer));
    customers.sort_by_key(|own| (own.currency, rank(&ranks, own.customer)));
}

fn rank(ranks: &[usize], customer: u32) -> Option<usize> {
    usize::try_from(customer).ok().and_then(|at| ranks.get(at).copied())
}

/// The totals of each currency.
fn totals(ageing: &Ageing, movements: &Movements) -> Vec<CurrencyAgeing> {
    let day = day_number(ageing.at.day);
    let used: BTreeSet<u16> = ageing.customers.iter().map(|own| own.currency).chain([0]).collect();
    let total = |currency: u16| {
        let mut total = CurrencyAgeing {
            currency,
            buckets: vec![BucketTotal::default(); ageing.bucket_names.len()],
            open: BucketTotal::default(),
            unapplied: 0,
            control: None,
        };
        for own in ageing.customers.iter().filter(|own| own.currency == currency) {
            total.unapplied += own.unapplied;
            let mut seen = vec![false; ageing.bucket_names.len()];
            for open in ageing.items_of(own) {
                total.open.add(open);
                total.buckets.get_mut(open.bucket).into_iter().for_each(|bucket| bucket.add(open));
                seen.get_mut(open.bucket).into_iter().for_each(|seen| *seen = true);
            }
            total.open.customers += u64::from(own.items > 0);
            total.buckets.iter_mut().zip(seen).for_each(|(bucket, seen)| bucket.customers += u64::from(seen));
        }
        let control = movements.controls.iter().find(|control| (control.currency, control.as_of) == (currency, day));
        total.control = control.map(|control| i128::from(control.amount));
        total
    };
    used.into_iter().map(total).collect()
}

impl BucketTotal {
    fn add(&mut self, open: &OpenItem) {
        let amount = i128::from(open.item.open());
        self.items += 1;
        self.amount += amount;
        if open.item.disputed {
            self.disputed_items += 1;
            self.disputed_amount += amount;
        }
    }
}

impl CustomerAgeing {
    fn new(customer: u32, currency: u16, buckets: usize, first_item: usize) -> Self {
        Self {
            customer,
            currency,
            buckets: vec![0; buckets],
            unapplied: 0,
            items: 0,
            disputed: 0,
            oldest_age: None,
            first_item,
        }
    }
}
