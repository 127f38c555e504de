//! From an ageing to classes.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    money::{Rounding, Share, div_round},
    receivables::{
        ageing::{Ageing, CustomerAgeing, OpenItem},
        error::ReceivablesError,
        risk::{ClassTotal, CurrencyRisk, CustomerRisk, ItemRisk, Risk, RiskClass, policy::RiskPolicy},
    },
};

impl Risk {
    /// Classes everything that is open.
    ///
    /// # Errors
    /// [`ReceivablesError::ClassesDiffer`] when the classes of a currency do not come to what is open in it.
    pub fn work_out(ageing: &Ageing, policy: &RiskPolicy) -> Result<Self, ReceivablesError> {
        let pulling = pulling(ageing, policy);
        let item = |open: &OpenItem| {
            let by_days = policy.class_of(open.days_overdue);
            let pulled = pulling.contains(&open.item.customer);
            ItemRisk { by_days, class: if pulled { by_days.max(RiskClass::Substandard) } else { by_days } }
        };
        let items: Vec<ItemRisk> = ageing.items.iter().map(item).collect();
        let customers =
            ageing.customers.iter().map(|own| customer(ageing, own, &items, pulling.contains(&own.customer)));
        let risk = Self { customers: customers.collect(), totals: totals(ageing, &items, policy), items };
        for (own, total) in risk.totals.iter().zip(&ageing.totals) {
            let customers: i128 =
                risk.customers.iter().filter(|of| of.currency == own.currency).map(CustomerRisk::open).sum();
            if own.open() != total.open.amount || customers != total.open.amount {
                return Err(ReceivablesError::ClassesDiffer {
                    as_of: ageing.at.day,
                    currency: ageing.currencies.get(usize::from(own.currency)).cloned().unwrap_or_default(),
                    classes: own.open(),
                    customers,
                    open: total.open.amount,
                });
            }
        }
        Ok(risk)
    }
}

/// Customers of whose items, in one of their currencies, more than the limit is at risk by days.
fn pulling(ageing: &Ageing, policy: &RiskPolicy) -> BTreeSet<u32> {
    let Some(limit) = policy.contagion else { return BTreeSet::new() };
    let over = |own: &&CustomerAgeing| {
        let at_risk: i128 = (ageing.items_of(own).iter())
            .filter(|open| policy.class_of(open.days_overdue).at_risk())
            .map(|open| i128::from(open.item.open()))
            .sum();
        Share::new(at_risk, own.open()).compare(limit).is_some_and(std::cmp::Ordering::is_gt)
    };
    ageing.customers.iter().filter(over).map(|own| own.customer).collect()
}

fn customer(ageing: &Ageing, own: &CustomerAgeing, items: &[ItemRisk], pulled: bool) -> CustomerRisk {
    let open = ageing.items_of(own);
    let classed = items.get(own.first_item..).unwrap_or_default();
    let mut risk = CustomerRisk {
        customer: own.customer,
        currency: own.currency,
        class: None,
        by_class: [0; 5],
        overdue: 0,
        by_days: 0,
        longest_overdue: 0,
        pulled,
    };
    for (open, item) in open.iter().zip(classed) {
        let amount = i128::from(open.item.open());
        risk.class = risk.class.max(Some(item.class));
        add(&mut risk.by_class, item.class, |sum| *sum += amount);
        risk.by_days += if item.by_days.at_risk() { amount } else { 0 };
        risk.overdue += if open.days_overdue > 0 { amount } else { 0 };
        risk.longest_overdue = risk.longest_overdue.max(open.days_overdue);
    }
    risk
}

fn add<T>(by_class: &mut [T], class: RiskClass, act: impl FnMut(&mut T)) {
    by_class.get_mut(class as usize).into_iter().for_each(act);
}

fn totals(ageing: &Ageing, items: &[ItemRisk], policy: &RiskPolicy) -> Vec<CurrencyRisk> {
    let mut found: BTreeMap<u16, CurrencyRisk> = BTreeMap::new();
    let empty = |currency| CurrencyRisk { currency, classes: [ClassTotal::default(); 5], overdue: 0 };
    let mut seen: BTreeSet<(u16, u32, RiskClass)> = BTreeSet::new();
    for (open, risk) in ageing.items.iter().zip(items) {
        let amount = i128::from(open.item.open());
        let (currency, customer) = (open.item.currency, open.item.customer);
        let total = found.entry(currency).or_insert_with(|| empty(currency));
        total.overdue += if open.days_overdue > 0 { amount } else { 0 };
        add(&mut total.classes, risk.by_days, |class| class.by_days += amount);
        let first = seen.insert((currency, customer, risk.class));
        add(&mut total.classes, risk.class, |class| {
            class.items += 1;
            class.amount += amount;
            class.customers += u64::from(first);
        });
    }
    let provisions = policy.provisions();
    let currencies = ageing.totals.iter().map(|total| total.currency);
    let finished = |currency: u16| {
        let mut total = found.remove(&currency).unwrap_or_else(|| empty(currency));
        for (place, class) in total.classes.iter_mut().enumerate() {
            let percent = provisions.as_ref().and_then(|all| all.get(place).copied());
            class.provision = percent.and_then(|percent| provision(class.amount, percent));
        }
        total
    };
    currencies.map(finished).collect()
}

/// A share of an amount, rounded half up.
fn provision(amount: i128, percent: Share) -> Option<i128> {
    div_round(amount.checked_mul(percent.part)?, percent.whole, Rounding::HalfUp)
}
