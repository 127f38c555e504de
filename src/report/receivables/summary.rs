//! How much is open, overdue and at risk, in the ledger's currency.

use crate::{
    money::Share,
    receivables::risk::change::Change,
    report::{
        Block, Cell, Change as FigureChange, Figure, Section, Table, Tone,
        graded::{count, data, total},
        receivables::{RiskList, facts::Line},
    },
};

/// Customers of the table of the largest.
const TOP: usize = 10;

impl RiskList<'_> {
    pub(super) fn summary(&self) -> Section {
        let mut blocks = vec![Block::Figures(self.figures())];
        blocks.extend(self.charts());
        blocks.extend([self.class_table(0), self.bucket_table(0)].into_iter().flatten().map(Block::Table));
        blocks.push(Block::Table(self.top()));
        self.section("summary", blocks)
    }

    fn figures(&self) -> Vec<Figure> {
        let risk = self.inputs.risk.totals.iter().find(|risk| risk.currency == 0);
        let ageing = self.inputs.ageing.totals.iter().find(|own| own.currency == 0);
        let (Some(risk), Some(ageing)) = (risk, ageing) else { return Vec::new() };
        let open = risk.open();
        let code = self.currency(0);
        let last = self.inputs.last.map(|last| last.rows.iter().filter(|listed| listed.currency == code));
        let before = last.map(|rows| rows.fold((0, 0), |sum, own| (sum.0 + own.open, sum.1 + own.at_risk)));
        let against = |now: i128, before: Option<i128>| -> Vec<FigureChange> {
            let Some(before) = before else { return Vec::new() };
            let tone = match now.cmp(&before) {
                std::cmp::Ordering::Less => Tone::Good,
                std::cmp::Ordering::Equal => Tone::Neutral,
                std::cmp::Ordering::Greater => Tone::Bad,
            };
            vec![FigureChange {
                label: self.say("on_last"),
                by: Cell::PercentChange(Share::new(now - before, before)),
                tone,
            }]
        };
        let figure = |id, value, changes| Figure { id, label: self.say(&format!("fig_{id}")), value, changes };
        let none = Vec::new;
        vec![
            figure("open", Cell::Money(open), against(open, before.map(|(open, _)| open))),
            figure("overdue", Cell::Money(risk.overdue), none()),
            figure("overdue_share", Cell::Percent(Share::new(risk.overdue, open)), none()),
            figure("at_risk", Cell::Money(risk.at_risk()), against(risk.at_risk(), before.map(|(_, at_risk)| at_risk))),
            figure("at_risk_share", Cell::Percent(Share::new(risk.at_risk(), open)), none()),
            figure("provision", risk.provision().map_or(Cell::Empty, Cell::Money), none()),
            figure("unapplied", Cell::Money(ageing.unapplied), none()),
            figure("customers", Cell::Count(super::classes::whole(ageing.open.customers)), none()),
        ]
    }

    /// The customers of whom most is at risk.
    fn top(&self) -> Table {
        let all = self.inputs.risk.totals.iter().find(|risk| risk.currency == 0);
        let (open, at_risk) = all.map_or((0, 0), |all| (all.open(), all.at_risk()));
        let lines: Vec<&Line<'_>> = self.facts.of(0).filter(|line| line.risk.open() > 0).take(TOP).collect();
        let mut reached = 0;
        let mut rows: Vec<_> = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            reached += line.risk.at_risk();
            let mut cells = vec![Cell::Count(count(place + 1))];
            cells.extend(self.scene.who(line.own.customer));
            cells.extend([
                Cell::Money(line.risk.open()),
                Cell::Money(line.risk.overdue),
                Cell::Money(line.risk.at_risk()),
                Cell::Percent(Share::new(line.risk.at_risk(), at_risk)),
                Cell::Percent(Share::new(reached, at_risk)),
                line.risk.class.map_or(Cell::Empty, |class| self.class(class)),
            ]);
            rows.push(data(cells));
        }
        let sum = |of: fn(&Line<'_>) -> i128| Cell::Money(lines.iter().map(|line| of(line)).sum());
        let mut cells = vec![Cell::Text(self.say("sum"))];
        cells.extend(self.scene.who_columns().iter().map(|_| Cell::Empty));
        cells.extend([sum(|line| line.risk.open()), sum(|line| line.risk.overdue), sum(|line| line.risk.at_risk())]);
        cells.extend([Cell::Percent(Share::new(reached, at_risk)), Cell::Empty, Cell::Empty]);
        rows.push(total(cells));
        let mut columns = self.right(&["place"]);
        columns.extend(self.scene.who_columns());
        columns.extend(self.right(&["open", "overdue", "at_risk", "of_at_risk", "reached"]));
        columns.extend(self.left(&["class"]));
        let share = |part: i128, whole: i128| self.scene.percent(part, whole);
        let own: i128 = lines.iter().map(|line| line.risk.open()).sum();
        let note = self.say_with("top_note", &[("share", &share(own, open)), ("at_risk", &share(reached, at_risk))]);
        Table { printed: None, note: Some(note), ..self.table("top", columns, rows) }
    }

    /// How a customer stands against the last list.
    pub(super) fn moved(&self, change: Option<&Change<'_>>) -> Cell {
        change.map_or(Cell::Empty, |change| Cell::Text(self.say(&format!("move_{}", change.kind().name()))))
    }
}
