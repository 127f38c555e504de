//! What was set against an invoice fills its instalments: a named one first, then the earliest that is open.

use crate::receivables::{
    movement::CreditKind,
    problem::{Detail, Problem, ProblemKind},
    settle::{Scene, resolve::Applied},
};

/// An instalment while it is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Portion {
    pub(super) number: i64,
    pub(super) due_on: i32,
    pub(super) amount: i64,
    pub(super) paid: i64,
    pub(super) paid_in_money: i64,
    pub(super) paid_days_late: i128,
    pub(super) settled_on: Option<i32>,
}

impl Portion {
    pub(super) fn new(number: i64, due_on: i32, amount: i64) -> Self {
        Self { number, due_on, amount, paid: 0, paid_in_money: 0, paid_days_late: 0, settled_on: None }
    }

    /// Takes as much as fits; what is left.
    fn take(&mut self, amount: i64, day: i32, kind: CreditKind) -> i64 {
        let taken = amount.min(self.amount - self.paid);
        if taken <= 0 {
            return amount;
        }
        self.paid += taken;
        if kind == CreditKind::Payment {
            self.paid_in_money += taken;
            self.paid_days_late += i128::from(taken) * self.days_late(day);
        }
        if self.paid == self.amount {
            self.settled_on = Some(day);
        }
        amount - taken
    }

    /// Gives back as much as was paid; what is left. Days late of what is taken back go with it, in proportion.
    fn give_back(&mut self, amount: i64, kind: CreditKind) -> i64 {
        let given = amount.min(self.paid);
        if given <= 0 {
            return amount;
        }
        self.paid -= given;
        self.settled_on = None;
        if kind == CreditKind::Payment && self.paid_in_money > 0 {
            let left = (self.paid_in_money - given).max(0);
            self.paid_days_late = self.paid_days_late * i128::from(left) / i128::from(self.paid_in_money);
            self.paid_in_money = left;
        }
        // Money cannot be more than all that was paid.
        self.paid_in_money = self.paid_in_money.min(self.paid);
        amount - given
    }

    fn days_late(&self, day: i32) -> i128 {
        (i128::from(day) - i128::from(self.due_on)).max(0)
    }
}

/// Fills the instalments of an invoice, which stand by due day, with what was set against it, by day.
pub(super) fn fill(scene: &Scene<'_>, portions: &mut [Portion], applied: &[Applied], problems: &mut Vec<Problem>) {
    for found in applied {
        let kind = scene.movements.credits.get(found.credit).map_or(CreditKind::Payment, |credit| credit.kind);
        let named = found.part.and_then(|part| portions.iter().position(|portion| portion.number == part));
        if let (Some(part), None) = (found.part, named) {
            let detail = Detail::new("no_part", [("part", part.to_string())]);
            problems.push(scene.problem(ProblemKind::UnknownPart, "allocation", found.code, detail));
        }
        let mut rest = found.amount.abs();
        let act = |portion: &mut Portion, rest: i64| {
            if found.amount > 0 { portion.take(rest, found.day, kind) } else { portion.give_back(rest, kind) }
        };
        if let Some(portion) = named.and_then(|place| portions.get_mut(place)) {
            rest = act(portion, rest);
        }
        let all = 0..portions.len();
        let order: &mut dyn Iterator<Item = usize> = if found.amount > 0 { &mut all.clone() } else { &mut all.rev() };
        for place in order {
            rest = portions.get_mut(place).map_or(rest, |portion| act(portion, rest));
        }
    }
}
