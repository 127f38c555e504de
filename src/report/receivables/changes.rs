//! What changed since the last list.

use crate::{
    receivables::risk::change::{Change, List, Listed, Move},
    report::{
        Block, Cell, Row, Section, Table,
        equation::Equation,
        graded::{count, data},
        receivables::{RiskList, facts::money},
    },
};

impl RiskList<'_> {
    pub(super) fn changed(&self) -> Section {
        let Some(last) = self.inputs.last else {
            return self.section("changes", vec![Block::Text(self.say("no_last"))]);
        };
        let mut blocks = Vec::new();
        if last.rules != self.inputs.list.rules {
            let values = [("before", last.rules.as_str()), ("now", self.inputs.list.rules.as_str())];
            blocks.push(Block::Text(self.say_with("rules_changed", &values)));
        }
        blocks.push(Block::Table(self.moves()));
        blocks.push(Block::Table(self.moved_customers()));
        self.section("changes", blocks)
    }

    /// The currencies of both lists, that of the ledger first.
    fn currencies(&self) -> Vec<&str> {
        let mut codes: Vec<&str> = self.inputs.risk.totals.iter().map(|total| self.currency(total.currency)).collect();
        for change in &self.facts.changes {
            if !codes.contains(&currency_of(change)) {
                codes.push(currency_of(change));
            }
        }
        codes
    }

    fn money_of(&self, code: &str) -> fn(i128) -> Cell {
        money(u16::from(code != self.currency(0)))
    }

    fn of_kind(&self, kind: Move) -> impl Iterator<Item = &Change<'_>> {
        self.facts.changes.iter().filter(move |change| change.kind() == kind)
    }

    /// How many moved in which way, and by how much, in each currency.
    fn moves(&self) -> Table {
        let mut rows = Vec::new();
        for code in self.currencies() {
            let cell = self.money_of(code);
            for kind in Move::ALL {
                let of: Vec<&Change<'_>> = self.of_kind(kind).filter(|change| currency_of(change) == code).collect();
                rows.push(data(vec![
                    Cell::Text(self.say(&format!("move_{}", kind.name()))),
                    Cell::Text(code.to_owned()),
                    Cell::Count(count(of.len())),
                    cell(of.iter().filter_map(|change| change.before).map(|listed| listed.open).sum()),
                    cell(of.iter().filter_map(|change| change.now).map(|listed| listed.open).sum()),
                    cell(of.iter().map(|change| change.open()).sum()),
                ]));
            }
        }
        let mut columns = self.left(&["move", "currency"]);
        columns.extend(self.right(&["customers", "open_before", "open", "open_change"]));
        Table { printed: None, ..self.table("moves", columns, rows) }
    }

    /// Customers with another class, new ones and those who are gone; the gravest kind first, then the largest amounts.
    fn moved_customers(&self) -> Table {
        let mut moved: Vec<(usize, &Change<'_>)> = Vec::new();
        for (place, kind) in Move::ALL.into_iter().enumerate().filter(|(_, kind)| *kind != Move::Same) {
            moved.extend(self.of_kind(kind).map(|change| (place, change)));
        }
        let weight = |change: &Change<'_>| change.now.or(change.before).map_or(0, |listed| listed.open);
        // Stable: equal amounts stay in the order of currencies and ids.
        moved.sort_by_key(|(place, change)| (*place, std::cmp::Reverse(weight(change))));
        let rows = moved.iter().map(|(_, change)| self.change_row(change)).collect();
        let mut columns = self.left(&["move", "customer", "currency", "class_before", "class"]);
        columns.extend(self.right(&["open_before", "open", "open_change"]));
        self.table("moved", columns, rows)
    }

    fn change_row(&self, change: &Change<'_>) -> Row {
        let code = currency_of(change);
        let cell = self.money_of(code);
        let listed = change.now.or(change.before);
        let class = |of: Option<&Listed>| of.map_or(Cell::Empty, |of| self.class(of.class));
        data(vec![
            self.moved(Some(change)),
            Cell::Text(listed.map_or_else(String::new, |listed| listed.customer.clone())),
            Cell::Text(code.to_owned()),
            class(change.before),
            class(change.now),
            change.before.map_or(Cell::Empty, |before| cell(before.open)),
            change.now.map_or(Cell::Empty, |now| cell(now.open)),
            cell(change.open()),
        ])
    }

    /// New, worse, better and unchanged customers are those of this list; gone, worse, better and unchanged those of the last.
    pub(super) fn change_equations(&self) -> Vec<Equation> {
        let Some(last) = self.inputs.last else { return Vec::new() };
        let of = |kind| count(self.of_kind(kind).count());
        let both = of(Move::Worse) + of(Move::Same) + of(Move::Better);
        let mut equations = vec![
            Equation::counts(self.say("check_now"), both + of(Move::New), count(self.inputs.list.rows.len())),
            Equation::counts(self.say("check_before"), both + of(Move::Gone), count(last.rows.len())),
        ];
        for code in self.currencies() {
            let open =
                |list: &List| -> i128 { list.rows.iter().filter(|row| row.currency == code).map(|row| row.open).sum() };
            let of = self.facts.changes.iter().filter(|change| currency_of(change) == code);
            let change: i128 = of.map(Change::open).sum();
            let words = self.say_with("check_change", &[("currency", code)]);
            let (left, right) = (open(last) + change, open(self.inputs.list));
            equations.push(Equation::figures(words, left, right, self.money_of(code)));
        }
        equations
    }
}

fn currency_of<'c>(change: &Change<'c>) -> &'c str {
    change.now.or(change.before).map_or("", |listed| listed.currency.as_str())
}
