//! What the reader should look at.

use crate::{
    money::Share,
    receivables::risk::{change::Move, policy::Action},
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
}
