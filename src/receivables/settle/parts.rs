//! The instalments of an invoice: its own, those of its terms, or the invoice itself.

use crate::{
    ledger::dictionary::NOTHING,
    money::{Rounding, div_round},
    period::{day_from_number, day_number, days_after},
    receivables::{
        item::DueFrom,
        movement::{Invoice, Part, Terms},
        problem::{Detail, Problem, ProblemKind},
        settle::{Scene, fill::Portion, resolve::Known},
    },
};

/// The instalments of the invoices of a ledger.
pub(super) struct Parts<'s> {
    scene: &'s Scene<'s>,
}

impl<'s> Parts<'s> {
    /// Looks first whether all instalments have an invoice.
    pub(super) fn new(scene: &'s Scene<'s>, known: &Known, problems: &mut Vec<Problem>) -> Self {
        let mut before = NOTHING;
        for part in &scene.movements.parts {
            if part.invoice != before && known.invoices.of(part.invoice).is_none() {
                let detail = Detail::new("part_alone", [("amount", scene.money(part.amount))]);
                problems.push(scene.problem_of(
                    "invoice_id",
                    ProblemKind::PartWithoutInvoice,
                    "invoice_part",
                    part.invoice,
                    detail,
                ));
            }
            before = part.invoice;
        }
        Self { scene }
    }

    /// Puts the instalments of an invoice by due day and number; says where their due days come from.
    pub(super) fn of(&self, invoice: &Invoice, portions: &mut Vec<Portion>, problems: &mut Vec<Problem>) -> DueFrom {
        portions.clear();
        let mut problem = |kind, detail| {
            problems.push(self.scene.problem_of("invoice_id", kind, "invoice", invoice.code, detail));
        };
        if invoice.amount < 0 {
            let amount = self.scene.money(invoice.amount);
            problem(ProblemKind::NegativeInvoice, Detail::new("amount", [("amount", amount)]));
        }
        let own = self.own(invoice.code);
        if !own.is_empty() {
            let sum: i128 = own.iter().map(|part| i128::from(part.amount)).sum();
            if sum != i128::from(invoice.amount) || own.iter().any(|part| part.amount < 0) {
                let (amount, sum) = (self.scene.money(invoice.amount), self.scene.money_of(sum));
                problem(ProblemKind::PartsDiffer, Detail::new("parts", [("amount", amount), ("sum", sum)]));
            }
            portions.extend(own.iter().map(|part| Portion::new(part.number, part.due_on, part.amount)));
            portions.sort_unstable_by_key(|portion| (portion.due_on, portion.number));
            return DueFrom::Stated;
        }
        if let Some(due_on) = invoice.due_on {
            portions.push(Portion::new(1, due_on, invoice.amount));
            return DueFrom::Stated;
        }
        let issued = day_from_number(invoice.when.on).unwrap_or_default();
        let terms = self.scene.movements.terms.get(&invoice.terms);
        if let Some(terms) = terms.filter(|terms| !terms.parts.is_empty()) {
            if !split(terms, invoice, portions) {
                let id = self.scene.text("terms_id", invoice.terms);
                problem(ProblemKind::TermsWithoutWeight, Detail::new("weights", [("id", id)]));
            }
            return DueFrom::Terms;
        }
        if let Some(delay) = terms.and_then(|terms| terms.delay) {
            portions.push(Portion::new(1, day_number(delay.due(issued)), invoice.amount));
            return DueFrom::Terms;
        }
        if invoice.terms != NOTHING {
            let id = self.scene.text("terms_id", invoice.terms);
            problem(ProblemKind::UnknownTerms, Detail::new("no_terms", [("id", id)]));
        }
        let due = self.scene.policy.default_terms.due(issued);
        portions.push(Portion::new(1, day_number(due), invoice.amount));
        DueFrom::Default
    }

    /// The instalments that the ledger has of an invoice.
    fn own(&self, invoice: u32) -> &'s [Part] {
        let parts = self.scene.movements.parts.as_slice();
        let first = parts.partition_point(|part| part.invoice < invoice);
        let rest = parts.get(first..).unwrap_or_default();
        rest.get(..rest.partition_point(|part| part.invoice == invoice)).unwrap_or_default()
    }
}

/// Splits an invoice by the weights of its terms. The end of each instalment is rounded half up, so that all come to the whole.
fn split(terms: &Terms, invoice: &Invoice, portions: &mut Vec<Portion>) -> bool {
    let whole: i128 = terms.parts.iter().map(|(_, _, weight)| i128::from(*weight)).sum();
    if whole <= 0 || terms.parts.iter().any(|(_, _, weight)| *weight < 0) {
        return false;
    }
    let issued = day_from_number(invoice.when.on).unwrap_or_default();
    let (mut weight, mut before) = (0_i128, 0_i64);
    for (number, days, own) in &terms.parts {
        weight += i128::from(*own);
        let end = div_round(i128::from(invoice.amount) * weight, whole, Rounding::HalfUp);
        let end = end.and_then(|end| i64::try_from(end).ok()).unwrap_or(before);
        portions.push(Portion::new(*number, day_number(days_after(issued, *days)), end - before));
        before = end;
    }
    portions.sort_unstable_by_key(|portion| (portion.due_on, portion.number));
    true
}
