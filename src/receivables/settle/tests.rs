use proptest::prelude::*;

use super::*;
use crate::{
    declaration::Declaration,
    ledger::dictionary::NOTHING,
    period::{day_from_number, day_number},
    receivables::{
        ageing::Ageing,
        movement::{Allocation, Credit, Invoice, Part},
    },
};

fn policy() -> Policy {
    let text = include_str!("../../../config/receivables.toml");
    Policy::check(&Declaration::new("config/receivables.toml", text)).unwrap()
}

fn on(day: i32) -> When {
    When { on: day, recorded_on: day }
}

fn invoice(code: u32, customer: u32, day: i32, amount: i64) -> Invoice {
    Invoice { code, customer, currency: 0, when: on(day), due_on: Some(day + 30), terms: NOTHING, amount }
}

fn credit(kind: CreditKind, code: u32, customer: u32, day: i32, amount: i64) -> Credit {
    Credit { kind, code, customer, currency: 0, when: on(day), amount }
}

fn allocation(code: u32, payment: u32, invoice: u32, day: i32, amount: i64) -> Allocation {
    Allocation { code, payment, credit_note: NOTHING, invoice, part: None, currency: None, when: on(day), amount }
}

/// What comes of movements as of a day, if it reconciles.
fn worked(movements: &Movements, day: i32) -> (Settled, Ageing) {
    let (policy, dictionaries) = (policy(), Dictionaries::default());
    let at = AsOf { day: day_from_number(day).unwrap(), known_to: None };
    let scene = Scene { movements, policy: &policy, at, dictionaries: &dictionaries, places: 2 };
    let settled = settle(&scene);
    let ageing = Ageing::work_out(&scene, &settled, true).unwrap();
    (settled, ageing)
}

fn movements(invoices: Vec<Invoice>, credits: Vec<Credit>, allocations: Vec<Allocation>) -> Movements {
    Movements { currencies: vec!["CNY".to_owned()], invoices, credits, allocations, ..Movements::default() }
}

fn paid(settled: &Settled) -> Vec<(i64, i64, Option<i32>)> {
    settled.items.iter().map(|item| (item.part, item.paid, item.settled_on)).collect()
}

#[test]
fn a_payment_fills_a_named_instalment_and_then_the_earliest() {
    let mut all = movements(
        vec![invoice(1, 1, 0, 100)],
        vec![credit(CreditKind::Payment, 1, 1, 5, 90)],
        vec![Allocation { part: Some(3), ..allocation(1, 1, 1, 5, 40) }, allocation(2, 1, 1, 7, 45)],
    );
    let part = |number, due_on, amount| Part { invoice: 1, number, due_on, amount };
    // By day the second instalment comes first.
    all.parts = vec![part(1, 60, 50), part(2, 30, 30), part(3, 90, 20)];
    let (settled, _) = worked(&all, 100);
    // 20 of 40 fill instalment 3 on day 5, the rest goes to instalment 2, which the 45 of day 7 complete.
    assert_eq!(paid(&settled), [(2, 30, Some(7)), (1, 35, None), (3, 20, Some(5))]);
    assert_eq!(settled.unapplied.iter().map(|credit| credit.left).collect::<Vec<_>>(), [5]);
    assert_eq!(worked(&all, 6).0.items.iter().map(|item| item.paid).collect::<Vec<_>>(), [20, 0, 20]);
}

#[test]
fn nothing_settles_before_invoice_payment_and_allocation_are_all_there() {
    let all = movements(
        vec![invoice(1, 1, 10, 100)],
        vec![credit(CreditKind::Payment, 1, 1, 5, 100)],
        vec![allocation(1, 1, 1, 5, 100)],
    );
    let (settled, ageing) = worked(&all, 9);
    assert_eq!((settled.items.len(), ageing.customers[0].total()), (0, -100), "an advance before the invoice");
    let (settled, ageing) = worked(&all, 10);
    assert_eq!((paid(&settled), ageing.customers.len()), (vec![(1, 100, Some(10))], 0));
}

#[test]
fn a_payment_that_comes_in_late_tells_how_late_each_part_was() {
    let all = movements(
        vec![invoice(1, 1, 0, 100)],
        vec![credit(CreditKind::Payment, 1, 1, 20, 100), credit(CreditKind::CreditNote, 1, 1, 50, 10)],
        vec![
            allocation(1, 1, 1, 25, 60), // five days early
            Allocation { payment: NOTHING, credit_note: 1, ..allocation(2, 0, 1, 50, 10) },
            allocation(3, 1, 1, 40, 30), // ten days late
        ],
    );
    let (settled, _) = worked(&all, 100);
    let item = settled.items[0];
    assert_eq!((item.paid, item.paid_in_money, item.paid_days_late, item.settled_on), (100, 90, 300, Some(50)));
}

/// Any movements: of each the place of its counterpart, days and amounts.
fn any_movements() -> impl Strategy<Value = Movements> {
    let invoices = proptest::collection::vec((1_u32..4, 0_i32..60, 0_i64..500), 1..8);
    let credits = proptest::collection::vec((1_u32..4, 0_i32..60, -200_i64..500, any::<bool>()), 1..8);
    let allocations = proptest::collection::vec((0_u32..10, 0_u32..10, 0_i32..60, -200_i64..400, 0_i64..3), 0..24);
    (invoices, credits, allocations).prop_map(|(invoices, credits, allocations)| {
        let code = |at: usize| u32::try_from(at + 1).unwrap();
        let invoices: Vec<Invoice> = invoices
            .into_iter()
            .enumerate()
            .map(|(at, (customer, day, amount))| invoice(code(at), customer, day, amount))
            .collect();
        let mut credits: Vec<Credit> = credits
            .into_iter()
            .enumerate()
            .map(|(at, (customer, day, amount, note))| {
                let kind = if note { CreditKind::CreditNote } else { CreditKind::Payment };
                credit(kind, code(at), customer, day, amount)
            })
            .collect();
        credits.sort_by_key(|credit| credit.kind);
        let allocations = allocations.into_iter().enumerate().map(|(at, (credit, invoice, day, amount, part))| {
            let found = credits.iter().find(|known| known.code == credit);
            let note = found.is_some_and(|found| found.kind == CreditKind::CreditNote);
            let (payment, credit_note) = if note { (NOTHING, credit) } else { (credit, NOTHING) };
            let part = Some(part).filter(|part| *part > 0);
            Allocation { credit_note, part, ..allocation(code(at), payment, invoice, day, amount) }
        });
        let allocations = allocations.collect();
        let mut all = movements(invoices, credits, allocations);
        for invoice in all.invoices.iter().step_by(2) {
            let half = invoice.amount / 2;
            for (number, due_on, amount) in [(1, 80, half), (2, 20, invoice.amount - half)] {
                all.parts.push(Part { invoice: invoice.code, number, due_on, amount });
            }
        }
        all
    })
}

proptest! {
    /// However movements are: the ageing reconciles (or `worked` fails), no item is paid beyond its amount, no payment used beyond its own, and the
    /// order of rows says nothing.
    #[test]
    fn any_movements_reconcile_in_any_order(all in any_movements(), day in 0_i32..70) {
        let (settled, ageing) = worked(&all, day);
        for item in &settled.items {
            prop_assert!((0..=item.amount).contains(&item.paid) && (0..=item.paid).contains(&item.paid_in_money), "{item:?}");
            prop_assert_eq!(item.settled_on.is_some(), item.paid == item.amount && item.amount > 0);
        }
        for left in &settled.unapplied {
            let credit = all.credits.iter().find(|credit| (credit.kind, credit.code) == (left.kind, left.code)).unwrap();
            prop_assert!(left.left.signum() == credit.amount.signum() && left.left.abs() <= credit.amount.abs());
        }
        let items: i128 = settled.items.iter().map(|item| i128::from(item.open())).sum();
        prop_assert_eq!(ageing.totals[0].open.amount, items);
        let mut turned = movements(
            all.invoices.iter().rev().copied().collect(),
            all.credits.iter().rev().copied().collect(),
            all.allocations.iter().rev().copied().collect(),
        );
        turned.credits.sort_by_key(|credit| credit.kind);
        turned.parts.clone_from(&all.parts);
        let (other, again) = worked(&turned, day);
        let sorted = |settled: &Settled| {
            let mut items = settled.items.clone();
            items.sort_by_key(|item| (item.invoice, item.part));
            items
        };
        prop_assert_eq!(sorted(&settled), sorted(&other));
        prop_assert_eq!(ageing.customers, again.customers);
        prop_assert_eq!(settled.problems.len(), other.problems.len());
    }

    /// Without anything that does not fit, what is open is what was invoiced less what was set against it: an obvious count.
    #[test]
    fn what_is_open_is_invoiced_less_set_against(amounts in proptest::collection::vec(1_i64..1_000, 1..20), share in 0_i64..=10, day in 0_i32..40) {
        let code = |at: usize| u32::try_from(at + 1).unwrap();
        let each = |make: &dyn Fn(usize, i64) -> (Invoice, Credit, Allocation)| {
            let made: Vec<_> = amounts.iter().enumerate().map(|(at, amount)| make(at, *amount)).collect();
            let (invoices, rest): (Vec<_>, Vec<_>) = made.into_iter().map(|(a, b, c)| (a, (b, c))).unzip();
            let (credits, allocations) = rest.into_iter().unzip();
            movements(invoices, credits, allocations)
        };
        let all = each(&|at, amount| {
            let day = i32::try_from(at).unwrap();
            let paid = credit(CreditKind::Payment, code(at), 1, day + 10, amount * share / 10);
            (invoice(code(at), 1, day, amount), paid, allocation(code(at), code(at), code(at), day + 12, paid.amount))
        });
        let (_, ageing) = worked(&all, day);
        let (mut open, mut unapplied) = (0, 0);
        for (at, amount) in (0_i32..).zip(&amounts) {
            let paid = amount * share / 10;
            open += if at <= day { *amount } else { 0 } - if at + 12 <= day { paid } else { 0 };
            unapplied -= if at + 10 <= day && day < at + 12 { paid } else { 0 };
        }
        prop_assert_eq!((ageing.totals[0].open.amount, ageing.totals[0].unapplied), (i128::from(open), i128::from(unapplied)));
        prop_assert_eq!(ageing.at.day, day_from_number(day).unwrap());
        prop_assert!(ageing.items.iter().all(|open| open.days_overdue == i64::from(day_number(ageing.at.day) - open.item.due_on)));
    }
}

#[test]
fn an_ageing_that_does_not_come_to_the_movements_is_refused() {
    let all = movements(
        vec![invoice(1, 1, 0, 100), invoice(2, 2, 0, 50)],
        vec![credit(CreditKind::Payment, 1, 1, 5, 30)],
        vec![allocation(1, 1, 1, 5, 30)],
    );
    let (policy, dictionaries) = (policy(), Dictionaries::default());
    let at = AsOf { day: day_from_number(40).unwrap(), known_to: None };
    let scene = Scene { movements: &all, policy: &policy, at, dictionaries: &dictionaries, places: 2 };
    let settled = settle(&scene);
    let refused = |spoil: &dyn Fn(&mut Settled)| {
        let mut spoilt = settled.clone();
        spoil(&mut spoilt);
        Ageing::work_out(&scene, &spoilt, true).map(drop).unwrap_err().to_string()
    };
    assert!(Ageing::work_out(&scene, &settled, true).is_ok());
    let text = refused(&|settled| settled.items[0].paid = 29);
    assert!(text.contains("come to 1.21 and the movements to 1.20; customers that differ: `` 0.71 and 0.70"), "{text}");
    let text = refused(&|settled| settled.items.truncate(1));
    assert!(text.contains("come to 0.70 and the movements to 1.20"), "{text}");
    // Two faults that cancel each other in the total are faults of two customers.
    let text = refused(&|settled| (settled.items[0].paid, settled.items[1].paid) = (29, 1));
    assert!(text.contains("come to 1.20 and the movements to 1.20") && text.contains(", `` 0.49 and 0.50"), "{text}");
}
