//! Everything about each customer in one place, ranked by what is at risk.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::{
    period::{day_from_number, day_number},
    receivables::{
        ageing::CustomerAgeing,
        behaviour::Behaviour,
        movement::CreditKind,
        risk::{CustomerRisk, change::Change, change::changes, policy::Action},
    },
    report::{
        Cell,
        receivables::{
            RiskInputs,
            actions::{Standing, suggested},
        },
    },
};

/// A customer in a currency.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// Id of the customer.
    pub(super) id: String,
    /// What is open, by bucket.
    pub(super) own: &'a CustomerAgeing,
    /// The classes of that.
    pub(super) risk: &'a CustomerRisk,
    /// How the customer pays.
    pub(super) behaviour: Option<&'a Behaviour>,
    /// The last day of a payment, and what came in on it.
    pub(super) paid: Option<(NaiveDate, i128)>,
    /// Against the last list; `None` when there is none or nothing is open.
    pub(super) change: Option<Change<'a>>,
    /// What is suggested.
    pub(super) actions: Vec<Action>,
}

/// Every customer, and what changed.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// By currency, then by what is at risk, overdue and open, the most first; then by id.
    pub(super) lines: Vec<Line<'a>>,
    /// Every customer of this list and the last, by currency and id; nothing when there was none.
    pub(super) changes: Vec<Change<'a>>,
    /// The line of each customer in which it has its worst class.
    pub(super) worst: BTreeMap<u32, usize>,
    /// What measures depend on.
    pub(super) standing: Standing,
}

impl<'a> Facts<'a> {
    pub(super) fn gather(inputs: &RiskInputs<'a>) -> Self {
        let changes = inputs.last.map_or_else(Vec::new, |last| changes(&inputs.list.rows, &last.rows));
        let by_id: BTreeMap<(&str, &str), Change<'a>> = changes
            .iter()
            .filter_map(|change| change.now.map(|now| ((now.currency.as_str(), now.customer.as_str()), *change)))
            .collect();
        let behaviour: BTreeMap<(u16, u32), &Behaviour> =
            inputs.behaviour.iter().map(|own| ((own.currency, own.customer), own)).collect();
        let paid = payments(inputs);
        let standing = Standing::of(inputs);
        let line = |(own, risk): (&'a CustomerAgeing, &'a CustomerRisk)| {
            let key = (own.currency, own.customer);
            let id = inputs.scene.dictionaries.text("customer_id", own.customer).unwrap_or_default().to_owned();
            let currency = inputs.ageing.currencies.get(usize::from(own.currency)).map_or("", String::as_str);
            Line {
                own,
                risk,
                behaviour: behaviour.get(&key).copied(),
                paid: paid.get(&key).copied(),
                change: by_id.get(&(currency, id.as_str())).copied(),
                actions: suggested(inputs, &standing, own.customer),
                id,
            }
        };
        let mut lines: Vec<Line<'a>> = inputs.ageing.customers.iter().zip(&inputs.risk.customers).map(line).collect();
        lines.sort_by(|one, other| {
            let weight = |line: &Line<'_>| (line.risk.at_risk(), line.risk.overdue, line.risk.open());
            (one.own.currency.cmp(&other.own.currency))
                .then_with(|| weight(other).cmp(&weight(one)))
                .then_with(|| one.id.cmp(&other.id))
        });
        let worst = worst(&lines);
        Self { lines, changes, worst, standing }
    }

    /// Every customer once, in the order of the lines, with the line in the ledger's currency where there is one.
    pub(super) fn customers(&self) -> Vec<(u32, Option<&Line<'a>>)> {
        let mut known = BTreeSet::new();
        // The ledger's currency stands first.
        let first = self.lines.iter().filter(|line| known.insert(line.own.customer));
        first.map(|line| (line.own.customer, Some(line).filter(|line| line.own.currency == 0))).collect()
    }

    /// The customers in a currency.
    pub(super) fn of(&self, currency: u16) -> impl Iterator<Item = &Line<'a>> {
        self.lines.iter().filter(move |line| line.own.currency == currency)
    }
}

/// The line of each customer in which it has its worst class: the first of them.
fn worst(lines: &[Line<'_>]) -> BTreeMap<u32, usize> {
    let mut worst: BTreeMap<u32, usize> = BTreeMap::new();
    for (place, line) in lines.iter().enumerate() {
        let known = worst.entry(line.own.customer).or_insert(place);
        if lines.get(*known).is_some_and(|known| line.risk.class > known.risk.class) {
            *known = place;
        }
    }
    worst
}

/// The last day on which each customer paid in each currency, with what came in on it. Money paid back is none.
fn payments(inputs: &RiskInputs<'_>) -> BTreeMap<(u16, u32), (NaiveDate, i128)> {
    let mut last: BTreeMap<(u16, u32), (i32, i128)> = BTreeMap::new();
    let counted = inputs.movements.credits.iter().filter(|credit| {
        credit.kind == CreditKind::Payment && credit.amount > 0 && credit.when.counts(inputs.ageing.at)
    });
    for credit in counted {
        let own = last.entry((credit.currency, credit.customer)).or_insert((credit.when.on, 0));
        if credit.when.on > own.0 {
            *own = (credit.when.on, 0);
        }
        if credit.when.on == own.0 {
            own.1 += i128::from(credit.amount);
        }
    }
    let dated = |(key, (day, amount)): ((u16, u32), (i32, i128))| Some((key, (day_from_number(day)?, amount)));
    last.into_iter().filter_map(dated).collect()
}

/// How amounts of a currency are shown: those of the ledger's, and others.
pub(super) fn money(currency: u16) -> fn(i128) -> Cell {
    if currency == 0 { Cell::Money } else { Cell::Foreign }
}

/// The day of the report as a number.
pub(super) fn day_of(inputs: &RiskInputs<'_>) -> i32 {
    day_number(inputs.ageing.at.day)
}
