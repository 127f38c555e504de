//! Buckets and unapplied credits must come to the movements, which are added up here without looking at any allocation, and to the general ledger.

use std::collections::BTreeMap;

use crate::{
    period::day_number,
    receivables::{
        ageing::Ageing,
        error::ReceivablesError,
        settle::{Scene, Settled},
    },
};

/// Customers that a refusal names.
const NAMED: usize = 10;

/// What each customer owes in each currency.
type Balances = BTreeMap<(u16, u32), i128>;

/// Refuses an ageing that does not come to the movements or to the general ledger.
pub(super) fn reconcile(
    scene: &Scene<'_>,
    settled: &Settled,
    ageing: &Ageing,
    with_control: bool,
) -> Result<(), ReceivablesError> {
    let expected = balances(scene, settled);
    let found: Balances = ageing.customers.iter().map(|own| ((own.currency, own.customer), own.total())).collect();
    for currency in 0..scene.movements.currencies.len() {
        let currency = u16::try_from(currency).unwrap_or(u16::MAX);
        let differing = differing(currency, &expected, &found);
        if !differing.is_empty() {
            return Err(not_reconciled(scene, currency, &expected, &found, &differing));
        }
    }
    if with_control && scene.at.known_to.is_none() { control(scene, &found) } else { Ok(()) }
}

/// Invoices less payments and credit notes. What one customer paid for another moves from the one to the other.
fn balances(scene: &Scene<'_>, settled: &Settled) -> Balances {
    // By place of the currency and code of the customer: a ledger has many more movements than customers.
    let mut sums: Vec<Vec<i128>> = vec![Vec::new(); scene.movements.currencies.len()];
    let mut add = |currency: u16, customer: u32, amount: i64| {
        let (Some(own), Ok(at)) = (sums.get_mut(usize::from(currency)), usize::try_from(customer)) else { return };
        if own.len() <= at {
            own.resize(at + 1, 0);
        }
        own.get_mut(at).into_iter().for_each(|sum| *sum += i128::from(amount));
    };
    for invoice in scene.movements.invoices.iter().filter(|invoice| invoice.when.counts(scene.at)) {
        add(invoice.currency, invoice.customer, invoice.amount);
    }
    for credit in scene.movements.credits.iter().filter(|credit| credit.when.counts(scene.at)) {
        add(credit.currency, credit.customer, 0_i64.saturating_sub(credit.amount));
    }
    for (payer, debtor, currency, amount) in &settled.crossed {
        add(*currency, *payer, *amount);
        add(*currency, *debtor, 0_i64.saturating_sub(*amount));
    }
    let mut balances = Balances::new();
    for (currency, own) in sums.into_iter().enumerate() {
        for (customer, sum) in own.into_iter().enumerate().filter(|(_, sum)| *sum != 0) {
            if let (Ok(currency), Ok(customer)) = (u16::try_from(currency), u32::try_from(customer)) {
                balances.insert((currency, customer), sum);
            }
        }
    }
    balances
}

/// Customers whose balances differ, with both.
fn differing(currency: u16, expected: &Balances, found: &Balances) -> Vec<(u32, i128, i128)> {
    let of = |balances: &Balances, customer: u32| balances.get(&(currency, customer)).copied().unwrap_or(0);
    let mut customers: Vec<u32> = expected
        .keys()
        .chain(found.keys())
        .filter(|(own, _)| *own == currency)
        .map(|(_, customer)| *customer)
        .collect();
    customers.sort_unstable();
    customers.dedup();
    let both = customers.into_iter().map(|customer| (customer, of(found, customer), of(expected, customer)));
    both.filter(|(_, found, expected)| found != expected).collect()
}

fn total(balances: &Balances, currency: u16) -> i128 {
    balances.iter().filter(|((own, _), _)| *own == currency).map(|(_, amount)| amount).sum()
}

fn not_reconciled(
    scene: &Scene<'_>,
    currency: u16,
    expected: &Balances,
    found: &Balances,
    differing: &[(u32, i128, i128)],
) -> ReceivablesError {
    let told = |(customer, found, expected): &(u32, i128, i128)| {
        let customer = scene.text("customer_id", *customer);
        format!("`{customer}` {} and {}", scene.money_of(*found), scene.money_of(*expected))
    };
    let mut customers: Vec<String> = differing.iter().take(NAMED).map(told).collect();
    if differing.len() > NAMED {
        customers.push(format!("and {} more", differing.len() - NAMED));
    }
    ReceivablesError::NotReconciled {
        as_of: scene.at.day,
        currency: scene.currency(currency).to_owned(),
        items: scene.money_of(total(found, currency)),
        movements: scene.money_of(total(expected, currency)),
        customers: customers.join(", "),
    }
}

/// Holds what is owed against the general ledger, in each currency of which it has a balance for the day.
fn control(scene: &Scene<'_>, found: &Balances) -> Result<(), ReceivablesError> {
    let day = day_number(scene.at.day);
    for control in scene.movements.controls.iter().filter(|control| control.as_of == day) {
        let (items, control_amount) = (total(found, control.currency), i128::from(control.amount));
        if items != control_amount {
            return Err(ReceivablesError::ControlDiffers {
                as_of: scene.at.day,
                currency: scene.currency(control.currency).to_owned(),
                items: scene.money_of(items),
                control: scene.money_of(control_amount),
                difference: scene.money_of(items - control_amount),
            });
        }
    }
    Ok(())
}
