//! From movements to items: which of them count as of a day, what was set against what, and what is left of payments.
//!
//! Invariants: every item is paid between nothing and its amount; of a payment never more is used than it came to. Nothing depends on the order in
//! which rows were read.

mod fill;
mod parts;
mod resolve;

use std::cmp::Reverse;

use crate::{
    ledger::batch::Dictionaries,
    money::plain,
    receivables::{
        item::{AsOf, Item},
        movement::{CreditKind, Movements, When},
        policy::Policy,
        problem::{Detail, Problem, ProblemKind},
        settle::{
            fill::{Portion, fill},
            parts::Parts,
            resolve::{Applied, Known, resolve},
        },
    },
};

/// What is left of a payment or credit note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unapplied {
    /// Which of the two.
    pub kind: CreditKind,
    /// Its code.
    pub code: u32,
    /// Code of the customer.
    pub customer: u32,
    /// Place of the currency.
    pub currency: u16,
    /// Its day, as a number.
    pub on: i32,
    /// What is set against nothing.
    pub left: i64,
}

/// Items, and what is left of payments.
#[derive(Debug, Clone, Default)]
pub struct Settled {
    /// Every item whose invoice counts, in the order of the invoices as read.
    pub items: Vec<Item>,
    /// Payments and credit notes of which something is left.
    pub unapplied: Vec<Unapplied>,
    /// Rows that do not fit together.
    pub problems: Vec<Problem>,
    /// What payments of one customer came to on invoices of another: payer, debtor, place of the currency, amount.
    pub crossed: Vec<(u32, u32, u16, i64)>,
}

/// What everything here looks at.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'s> {
    /// The movements.
    pub movements: &'s Movements,
    /// How receivables are aged.
    pub policy: &'s Policy,
    /// As of when.
    pub at: AsOf,
    /// The texts behind the codes.
    pub dictionaries: &'s Dictionaries,
    /// Decimal places of amounts.
    pub places: u8,
}

impl Scene<'_> {
    pub(super) fn text(&self, column: &'static str, code: u32) -> String {
        self.dictionaries.text(column, code).unwrap_or_default().to_owned()
    }

    pub(super) fn currency(&self, place: u16) -> &str {
        self.movements.currencies.get(usize::from(place)).map_or("", String::as_str)
    }

    /// The ranks of customers by id, by code.
    pub(super) fn ranks(&self, customers: impl Iterator<Item = u32>) -> Vec<usize> {
        let mut seen: Vec<bool> = Vec::new();
        for at in customers.filter_map(|code| usize::try_from(code).ok()) {
            if seen.len() <= at {
                seen.resize(at + 1, false);
            }
            seen.get_mut(at).into_iter().for_each(|seen| *seen = true);
        }
        let mut ids: Vec<usize> = seen.iter().enumerate().filter(|(_, seen)| **seen).map(|(at, _)| at).collect();
        ids.sort_by_cached_key(|at| u32::try_from(*at).ok().map(|code| self.text("customer_id", code)));
        let mut ranks = vec![0; seen.len()];
        for (rank, at) in ids.into_iter().enumerate() {
            ranks.get_mut(at).into_iter().for_each(|own| *own = rank);
        }
        ranks
    }

    pub(super) fn money(&self, amount: i64) -> String {
        self.money_of(i128::from(amount))
    }

    pub(super) fn money_of(&self, amount: i128) -> String {
        plain(amount, self.places)
    }

    fn problem(&self, kind: ProblemKind, entity: &'static str, code: u32, detail: Detail) -> Problem {
        self.problem_of("allocation_id", kind, entity, code, detail)
    }

    fn problem_of(
        &self,
        key: &'static str,
        kind: ProblemKind,
        entity: &'static str,
        code: u32,
        detail: Detail,
    ) -> Problem {
        Problem { kind, entity, row: self.text(key, code), detail }
    }
}

/// Works out the items of a ledger as of a day.
pub fn settle(scene: &Scene<'_>) -> Settled {
    let movements = scene.movements;
    let mut settled = Settled::default();
    let known = Known::new(movements);
    let mut applied = resolve(scene, &known, &mut settled.problems);
    settled.unapplied = unapplied(scene, &applied);
    settled.crossed = crossed(movements, &applied);
    let disputed = disputes(scene, &known, &mut settled.problems);
    // Within a day taking back comes last, and what names an instalment first.
    applied
        .sort_unstable_by_key(|of| (of.invoice, of.day, of.amount < 0, of.part.is_none(), of.part, Reverse(of.amount)));
    let parts = Parts::new(scene, &known, &mut settled.problems);
    let mut portions: Vec<Portion> = Vec::new();
    let mut rest = applied.as_slice();
    settled.items.reserve(movements.invoices.len());
    for (place, invoice) in movements.invoices.iter().enumerate() {
        let (own, later) = rest.split_at(rest.partition_point(|of| of.invoice <= place));
        rest = later;
        if !invoice.when.counts(scene.at) {
            continue;
        }
        let due_from = parts.of(invoice, &mut portions, &mut settled.problems);
        fill(scene, &mut portions, own, &mut settled.problems);
        let (disputed, ever_disputed) = disputed.get(place).copied().unwrap_or_default();
        settled.items.extend(portions.iter().map(|portion| Item {
            customer: invoice.customer,
            invoice: invoice.code,
            part: portion.number,
            currency: invoice.currency,
            issued_on: invoice.when.on,
            due_on: portion.due_on,
            due_from,
            amount: portion.amount,
            paid: portion.paid,
            paid_in_money: portion.paid_in_money,
            paid_days_late: portion.paid_days_late,
            settled_on: portion.settled_on,
            disputed,
            ever_disputed,
        }));
    }
    settled.problems.sort_unstable();
    settled
}

/// What is left of each payment and credit note.
fn unapplied(scene: &Scene<'_>, applied: &[Applied]) -> Vec<Unapplied> {
    let mut left: Vec<i64> = scene.movements.credits.iter().map(|credit| credit.amount).collect();
    for found in applied {
        left.get_mut(found.credit).into_iter().for_each(|left| *left -= found.amount);
    }
    let credits = scene.movements.credits.iter().zip(left);
    let open = credits.filter(|(credit, left)| *left != 0 && credit.when.counts(scene.at));
    open.map(|(credit, left)| Unapplied {
        kind: credit.kind,
        code: credit.code,
        customer: credit.customer,
        currency: credit.currency,
        on: credit.when.on,
        left,
    })
    .collect()
}

/// What was paid by one customer for another.
fn crossed(movements: &Movements, applied: &[Applied]) -> Vec<(u32, u32, u16, i64)> {
    let crossing = |found: &Applied| {
        let (credit, invoice) = (movements.credits.get(found.credit)?, movements.invoices.get(found.invoice)?);
        let found = (credit.customer, invoice.customer, invoice.currency, found.amount);
        (credit.customer != invoice.customer).then_some(found)
    };
    applied.iter().filter_map(crossing).collect()
}

/// For each invoice whether a dispute is open, and whether there ever was one.
fn disputes(scene: &Scene<'_>, known: &Known, problems: &mut Vec<Problem>) -> Vec<(bool, bool)> {
    let mut flags = vec![(false, false); scene.movements.invoices.len()];
    let seen = |on: i32| When { on, recorded_on: on }.counts(scene.at);
    for dispute in scene.movements.disputes.iter().filter(|dispute| seen(dispute.opened_on)) {
        if let Some(flags) = known.invoices.of(dispute.invoice).and_then(|place| flags.get_mut(place)) {
            *flags = (flags.0 || !dispute.closed_on.is_some_and(seen), true);
        } else {
            let detail = Detail::new("no_invoice", [("id", scene.text("invoice_id", dispute.invoice))]);
            let kind = ProblemKind::DisputeWithoutInvoice;
            problems.push(scene.problem_of("dispute_id", kind, "dispute", dispute.code, detail));
        }
    }
    flags
}

#[cfg(test)]
mod tests;
