//! What is suggested for customers (S70, S77). Nothing is held back by a report: people decide.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    receivables::risk::{
        RiskClass,
        policy::{Action, Condition},
    },
    report::{
        Block, Cell, Section,
        graded::data,
        receivables::{RiskInputs, RiskList, facts::Line, facts::money},
    },
};

/// What measures depend on, besides grades.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The worst class of each customer in any currency.
    classes: BTreeMap<u32, RiskClass>,
    /// Customers with goods on consignment that are not invoiced.
    consigned: BTreeSet<u32>,
}

impl Standing {
    pub(super) fn of(inputs: &RiskInputs<'_>) -> Self {
        let mut standing = Self { consigned: inputs.papers.consigned(), ..Self::default() };
        for own in &inputs.risk.customers {
            if let Some(class) = own.class {
                let worst = standing.classes.entry(own.customer).or_insert(class);
                *worst = class.max(*worst);
            }
        }
        standing
    }
}

/// What is suggested for a customer, the gravest first: one of the terms of supply, and what stands beside them.
pub(super) fn suggested(inputs: &RiskInputs<'_>, standing: &Standing, customer: u32) -> Vec<Action> {
    let class = standing.classes.get(&customer).copied();
    let holds = |(action, condition): &(Action, Condition)| {
        let consigned = *action != Action::CancelConsignment || standing.consigned.contains(&customer);
        let by_class = condition.from_class.is_some_and(|from| class.is_some_and(|class| class >= from));
        consigned && (by_class || because_of_grade(inputs, condition, customer).is_some())
    };
    choose(inputs.rules.actions.iter().filter(|own| holds(own)).map(|(action, _)| *action))
}

/// Of the terms of supply the gravest, and what stands beside it: ending consignment always, a deposit only where none of them holds.
fn choose(holding: impl Iterator<Item = Action>) -> Vec<Action> {
    let mut chosen: Vec<Action> = Vec::new();
    for action in holding {
        let supplied = chosen.iter().any(|known| known.is_term());
        if action == Action::CancelConsignment || !supplied {
            chosen.push(action);
        }
    }
    chosen
}

/// The name of the scheme and of the grade for which a measure holds.
fn because_of_grade(inputs: &RiskInputs<'_>, condition: &Condition, customer: u32) -> Option<(String, String)> {
    let held = |(scheme, grades): &(String, Vec<String>)| {
        let beside = inputs.schemes.iter().find(|beside| beside.id == scheme)?;
        let (id, title) = beside.grade(customer)?;
        let holds = grades.iter().any(|grade| grade == id);
        holds.then(|| (beside.title.clone(), title.in_lang(inputs.scene.lang).to_owned()))
    };
    condition.grades.iter().find_map(held)
}

impl RiskList<'_> {
    /// The measures in words.
    pub(super) fn actions(&self, actions: &[Action]) -> Cell {
        if actions.is_empty() {
            return Cell::Empty;
        }
        let words: Vec<String> = actions.iter().map(|action| self.say(&format!("action_{}", action.name()))).collect();
        Cell::Text(words.join(&self.say("join")))
    }

    /// Everybody for whom something is suggested, by measure.
    pub(super) fn suggested(&self) -> Section {
        let mut blocks = vec![Block::Text(self.say("actions_note"))];
        let mut any = false;
        for (action, condition) in &self.inputs.rules.actions {
            let rows = self.holders(*action);
            if rows.is_empty() {
                continue;
            }
            any = true;
            let row = |customer: &u32| {
                let line = self.worst(*customer);
                let mut cells = self.scene.who(*customer);
                let code = line.map_or(0, |line| line.own.currency);
                let cell = money(code);
                cells.push(Cell::Text(self.currency(code).to_owned()));
                cells.push(line.map_or(Cell::Empty, |line| cell(line.risk.open())));
                cells.push(line.map_or(Cell::Empty, |line| cell(line.risk.at_risk())));
                cells.push(line.and_then(|line| line.risk.class).map_or(Cell::Empty, |class| self.class(class)));
                cells.push(self.because(*action, condition, *customer));
                data(cells)
            };
            let mut columns = self.scene.who_columns();
            columns.extend(self.left(&["currency"]));
            columns.extend(self.right(&["open", "at_risk"]));
            columns.extend(self.left(&["class", "because"]));
            let mut table = self.table(id_of(*action), columns, rows.iter().map(row).collect());
            table.note = Some(self.say("action_note"));
            blocks.push(Block::Table(table));
        }
        if !any {
            blocks.push(Block::Text(self.say("no_actions")));
        }
        self.section("actions", blocks)
    }

    /// The customers for whom a measure is suggested: those who owe by what is at risk, then others by id.
    fn holders(&self, wanted: Action) -> Vec<u32> {
        let mut holders: Vec<u32> = Vec::new();
        let mut known = BTreeSet::new();
        for line in &self.facts.lines {
            if known.insert(line.own.customer) && line.actions.contains(&wanted) {
                holders.push(line.own.customer);
            }
        }
        let mut others: Vec<u32> = (self.inputs.schemes.iter())
            .filter_map(|beside| beside.graded.as_ref().ok())
            .flat_map(|graded| graded.now.subjects.iter().copied())
            .filter(|customer| {
                known.insert(*customer) && suggested(self.inputs, &self.facts.standing, *customer).contains(&wanted)
            })
            .collect();
        others.sort_by_cached_key(|customer| self.scene.dictionaries.text("customer_id", *customer).map(str::to_owned));
        holders.extend(others);
        holders
    }

    /// Where a customer has its worst class.
    pub(super) fn worst(&self, customer: u32) -> Option<&Line<'_>> {
        self.facts.worst.get(&customer).and_then(|place| self.facts.lines.get(*place))
    }

    /// Why a measure is suggested.
    fn because(&self, action: Action, condition: &Condition, customer: u32) -> Cell {
        let mut words = Vec::new();
        let class: Option<RiskClass> = self.worst(customer).and_then(|line| line.risk.class);
        if let (Some(class), Some(from)) = (class, condition.from_class)
            && class >= from
        {
            words.push(self.say_with("because_class", &[("class", &self.class_name(class))]));
        }
        if let Some((scheme, grade)) = because_of_grade(self.inputs, condition, customer) {
            words.push(self.say_with("because_grade", &[("scheme", &scheme), ("grade", &grade)]));
        }
        if action == Action::CancelConsignment {
            words.push(self.say("because_consignment"));
        }
        Cell::Text(words.join(&self.say("join")))
    }
}

/// The stable name of the table of a measure.
fn id_of(action: Action) -> &'static str {
    match action {
        Action::HoldShipment => "hold_shipment",
        Action::Prepayment => "prepayment",
        Action::CashOnDelivery => "cash_on_delivery",
        Action::CancelConsignment => "cancel_consignment",
        Action::Deposit => "deposit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_terms_of_supply_is_suggested_and_a_deposit_where_none_is() {
        use Action::{CancelConsignment, CashOnDelivery, Deposit, HoldShipment, Prepayment};
        for (holding, chosen) in [
            (&[][..], &[][..]),
            (&Action::ALL[..], &[HoldShipment, CancelConsignment][..]),
            (&[Prepayment, CashOnDelivery], &[Prepayment]),
            (&[CashOnDelivery, Deposit], &[CashOnDelivery]),
            (&[CancelConsignment, Deposit], &[CancelConsignment, Deposit]),
            (&[Deposit], &[Deposit]),
        ] {
            assert_eq!(choose(holding.iter().copied()), chosen);
        }
    }
}
