//! What the reader should look at.

use crate::{
    money::Share,
    receivables::risk::{CurrencyRisk, change::Move, policy::Action},
    report::{Cell, Finding, Tone, graded::count, receivables::RiskList},
};

impl RiskList<'_> {
    pub(super) fn findings(&self) -> Vec<Finding> {
        let scene = self.scene;
        let mut findings = Vec::new();
        let finding = |tone, key: &str, values: &[(&str, &str)]| scene.finding(tone, &format!("risk.{key}"), values);
        if let Some(risk) = self.inputs.risk.totals.iter().find(|risk| risk.currency == 0) {
            let values = [
                ("open", &*scene.text(&Cell::Money(risk.open()))),
                ("overdue", &scene.text(&Cell::Percent(Share::new(risk.overdue, risk.open())))),
                ("at_risk", &scene.text(&Cell::Money(risk.at_risk()))),
                ("share", &scene.percent(risk.at_risk(), risk.open())),
            ];
            let tone = if risk.at_risk() > 0 { Tone::Bad } else { Tone::Good };
            findings.push(finding(tone, "find_total", &values));
        }
        findings.extend(self.foreign_findings());
        if self.inputs.last.is_some() {
            let of = |kind| self.facts.changes.iter().filter(|change| change.kind() == kind).count();
            let number = |kind| scene.text(&Cell::Count(count(of(kind))));
            let values = [
                ("worse", &*number(Move::Worse)),
                ("better", &number(Move::Better)),
                ("new", &number(Move::New)),
                ("gone", &number(Move::Gone)),
            ];
            let tone = match of(Move::Worse).cmp(&of(Move::Better)) {
                std::cmp::Ordering::Greater => Tone::Bad,
                std::cmp::Ordering::Equal => Tone::Neutral,
                std::cmp::Ordering::Less => Tone::Good,
            };
            findings.push(finding(tone, "find_moves", &values));
        }
        let held = self.facts.lines.iter().filter(|line| line.actions.contains(&Action::HoldShipment)).count();
        if held > 0 {
            findings.push(finding(Tone::Bad, "find_hold", &[("customers", &scene.text(&Cell::Count(count(held))))]));
        }
        let problems = self.inputs.ageing.problems.len();
        if problems > 0 {
            findings.push(finding(Tone::Bad, "find_problems", &[("rows", &scene.text(&Cell::Count(count(problems))))]));
        }
        let strangers = self.strangers();
        if strangers > 0 {
            let values = [("customers", &*scene.text(&Cell::Count(strangers)))];
            findings.push(finding(Tone::Bad, "find_strangers", &values));
        }
        let undated = self.inputs.ageing.undated();
        if undated > 0 {
            findings.push(finding(
                Tone::Neutral,
                "find_undated",
                &[("items", &scene.text(&Cell::Count(count(undated))))],
            ));
        }
        if !self.inputs.rules.undecided.is_empty() {
            findings.push(finding(Tone::Neutral, "find_undecided", &[]));
        }
        findings
    }

    /// What is open and at risk in each other currency.
    fn foreign_findings(&self) -> Vec<Finding> {
        let told = |risk: &CurrencyRisk| {
            let text = |amount: i128| self.scene.text(&Cell::Foreign(amount));
            let values = [
                ("currency", self.currency(risk.currency)),
                ("open", &*text(risk.open())),
                ("at_risk", &text(risk.at_risk())),
            ];
            let tone = if risk.at_risk() > 0 { Tone::Bad } else { Tone::Neutral };
            self.scene.finding(tone, "risk.find_foreign", &values)
        };
        self.inputs.risk.totals.iter().filter(|risk| risk.currency != 0).map(told).collect()
    }

    /// Customers of the list whom the ledger does not have among its customers.
    fn strangers(&self) -> i64 {
        let (_, row) = self.scene.people.rows();
        count(self.facts.customers().into_iter().filter(|(customer, _)| row(*customer).is_none()).count())
    }
}
