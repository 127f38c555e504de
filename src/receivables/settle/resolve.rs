//! Which allocations count, and for how much.

use crate::{
    ledger::dictionary::NOTHING,
    receivables::{
        movement::{Allocation, Credit, CreditKind, Invoice, Movements},
        problem::{Detail, Problem, ProblemKind},
        settle::Scene,
    },
};

/// An allocation that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Applied {
    /// Place of the invoice.
    pub(super) invoice: usize,
    /// Place of the payment or credit note.
    pub(super) credit: usize,
    /// Code of the allocation.
    pub(super) code: u32,
    /// The first day on which invoice, payment and allocation were all there.
    pub(super) day: i32,
    /// The instalment that is paid first.
    pub(super) part: Option<i64>,
    /// What is set against the invoice; negative takes back.
    pub(super) amount: i64,
}

/// The places of rows by code.
pub(super) struct Places(Vec<Option<usize>>);

impl Places {
    pub(super) fn new(codes: impl Iterator<Item = u32>) -> Self {
        let mut places = Vec::new();
        for (place, code) in codes.enumerate() {
            let at = usize::try_from(code).unwrap_or_default();
            if places.len() <= at {
                places.resize(at + 1, None);
            }
            places.get_mut(at).into_iter().for_each(|known| *known = Some(place));
        }
        Self(places)
    }

    pub(super) fn of(&self, code: u32) -> Option<usize> {
        usize::try_from(code).ok().filter(|_| code != NOTHING).and_then(|at| self.0.get(at).copied().flatten())
    }
}

/// Where invoices, payments and credit notes stand.
pub(super) struct Known {
    pub(super) invoices: Places,
    payments: Places,
    credit_notes: Places,
    first_note: usize,
}

impl Known {
    pub(super) fn new(movements: &Movements) -> Self {
        // Payments stand before credit notes.
        let first_note = movements.credits.partition_point(|credit| credit.kind == CreditKind::Payment);
        let (payments, notes) = movements.credits.split_at_checked(first_note).unwrap_or_default();
        Self {
            invoices: Places::new(movements.invoices.iter().map(|invoice| invoice.code)),
            payments: Places::new(payments.iter().map(|credit| credit.code)),
            credit_notes: Places::new(notes.iter().map(|credit| credit.code)),
            first_note,
        }
    }

    fn credit(&self, allocation: &Allocation) -> Option<usize> {
        if allocation.payment == NOTHING {
            self.credit_notes.of(allocation.credit_note).map(|place| place + self.first_note)
        } else {
            self.payments.of(allocation.payment)
        }
    }
}

/// The allocations that count as of the day, cut to what the invoice owes and the payment came to.
pub(super) fn resolve(scene: &Scene<'_>, known: &Known, problems: &mut Vec<Problem>) -> Vec<Applied> {
    let mut applied = Vec::with_capacity(scene.movements.allocations.len());
    for allocation in scene.movements.allocations.iter().filter(|allocation| allocation.when.counts(scene.at)) {
        match judge(scene, known, allocation) {
            Ok(found) => applied.extend(found),
            Err((kind, detail)) => problems.push(scene.problem(kind, "allocation", allocation.code, detail)),
        }
    }
    cut(scene, &mut applied, problems);
    for found in &applied {
        let (Some(invoice), Some(credit)) =
            (scene.movements.invoices.get(found.invoice), scene.movements.credits.get(found.credit))
        else {
            continue;
        };
        if invoice.customer != credit.customer {
            let customer = |code| scene.text("customer_id", code);
            let detail = Detail::new(
                "customers",
                [("debtor", customer(invoice.customer)), ("payer", customer(credit.customer))],
            );
            problems.push(scene.problem(ProblemKind::OtherCustomer, "allocation", found.code, detail));
        }
    }
    applied
}

/// What an allocation sets against which invoice; `None` while invoice or payment are not there yet.
fn judge(scene: &Scene<'_>, known: &Known, allocation: &Allocation) -> Result<Option<Applied>, (ProblemKind, Detail)> {
    let (payment, note) = (allocation.payment, allocation.credit_note);
    if (payment == NOTHING) == (note == NOTHING) {
        return Err((ProblemKind::NotOneSource, Detail::new(if payment == NOTHING { "neither" } else { "both" }, [])));
    }
    let credit = known.credit(allocation).and_then(|place| Some((place, scene.movements.credits.get(place)?)));
    let Some((credit_place, credit)) = credit else {
        let (key, id) = if payment == NOTHING {
            ("no_credit_note", scene.text("credit_note_id", note))
        } else {
            ("no_payment", scene.text("payment_id", payment))
        };
        return Err((ProblemKind::UnknownSource, Detail::new(key, [("id", id)])));
    };
    let invoice = known.invoices.of(allocation.invoice);
    let invoice = invoice.and_then(|place| Some((place, scene.movements.invoices.get(place)?)));
    let Some((invoice_place, invoice)) = invoice else {
        let id = scene.text("invoice_id", allocation.invoice);
        return Err((ProblemKind::UnknownInvoice, Detail::new("no_invoice", [("id", id)])));
    };
    one_currency(scene, allocation, invoice, credit)?;
    if !invoice.when.counts(scene.at) || !credit.when.counts(scene.at) || allocation.amount == 0 {
        return Ok(None);
    }
    if allocation.amount.signum() != credit.amount.signum() {
        let money = |amount| scene.money(amount);
        let detail = Detail::new("sign", [("amount", money(allocation.amount)), ("of", money(credit.amount))]);
        return Err((ProblemKind::OtherSign, detail));
    }
    Ok(Some(Applied {
        invoice: invoice_place,
        credit: credit_place,
        code: allocation.code,
        day: allocation.when.on.max(invoice.when.on).max(credit.when.on),
        part: allocation.part,
        amount: allocation.amount,
    }))
}

fn one_currency(
    scene: &Scene<'_>,
    allocation: &Allocation,
    invoice: &Invoice,
    credit: &Credit,
) -> Result<(), (ProblemKind, Detail)> {
    let own = allocation.currency.unwrap_or(invoice.currency);
    if own == invoice.currency && own == credit.currency {
        return Ok(());
    }
    let name = |place| scene.currency(place).to_owned();
    let detail = Detail::new(
        "currencies",
        [("own", name(own)), ("invoice", name(invoice.currency)), ("payment", name(credit.currency))],
    );
    Err((ProblemKind::TwoCurrencies, detail))
}

/// Cuts allocations that together come to more than the invoice or the payment, or take back more than was paid: they are taken in the order of
/// their days and ids, on a day those that take back last.
fn cut(scene: &Scene<'_>, applied: &mut Vec<Applied>, problems: &mut Vec<Problem>) {
    let movements = scene.movements;
    let mut on_invoice = vec![0_i128; movements.invoices.len()];
    let mut of_credit = vec![0_i128; movements.credits.len()];
    let mut taken_back = vec![false; movements.invoices.len()];
    for found in applied.iter() {
        if found.amount < 0 {
            taken_back.get_mut(found.invoice).into_iter().for_each(|back| *back = true);
        }
        add(&mut on_invoice, found.invoice, found.amount);
        add(&mut of_credit, found.credit, found.amount);
    }
    let invoice_amount = |found: &Applied| movements.invoices.get(found.invoice).map_or(0, |of| i128::from(of.amount));
    let credit_amount = |found: &Applied| movements.credits.get(found.credit).map_or(0, |of| i128::from(of.amount));
    let fits = |found: &Applied| {
        !taken_back.get(found.invoice).copied().unwrap_or(false)
            && get(&on_invoice, found.invoice) <= invoice_amount(found)
            && get(&of_credit, found.credit).abs() <= credit_amount(found).abs()
    };
    let mut contested: Vec<usize> =
        applied.iter().enumerate().filter(|(_, found)| !fits(found)).map(|(place, _)| place).collect();
    if contested.is_empty() {
        return;
    }
    // What is contested is taken again, in order, on top of what is not.
    for found in contested.iter().filter_map(|place| applied.get(*place)) {
        add(&mut on_invoice, found.invoice, -found.amount);
        add(&mut of_credit, found.credit, -found.amount);
    }
    contested.sort_by_cached_key(|place| {
        applied
            .get(*place)
            .map(|found| (found.day, found.amount < 0, scene.text("allocation_id", found.code), found.code))
    });
    for place in contested {
        let Some(found) = applied.get_mut(place) else { continue };
        let paid = get(&on_invoice, found.invoice);
        let room = if found.amount > 0 { invoice_amount(found) - paid } else { paid };
        let left = (credit_amount(found) - get(&of_credit, found.credit)).abs();
        let wanted = i128::from(found.amount).abs();
        let taken = wanted.min(room).min(left).max(0);
        if taken < wanted {
            let kind = if room < left { ProblemKind::MoreThanInvoice } else { ProblemKind::MoreThanSource };
            let id = scene.movements.invoices.get(found.invoice).map_or(NOTHING, |invoice| invoice.code);
            let values = [
                ("amount", scene.money(found.amount)),
                ("invoice", scene.text("invoice_id", id)),
                ("room", scene.money_of(room)),
                ("left", scene.money_of(left)),
            ];
            let detail = Detail::new("more", values);
            problems.push(scene.problem(kind, "allocation", found.code, detail));
        }
        found.amount = i64::try_from(taken).unwrap_or(0) * found.amount.signum();
        add(&mut on_invoice, found.invoice, found.amount);
        add(&mut of_credit, found.credit, found.amount);
    }
    applied.retain(|found| found.amount != 0);
}

fn add(sums: &mut [i128], place: usize, amount: i64) {
    sums.get_mut(place).into_iter().for_each(|sum| *sum += i128::from(amount));
}

fn get(sums: &[i128], place: usize) -> i128 {
    sums.get(place).copied().unwrap_or(0)
}
