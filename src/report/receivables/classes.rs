//! Classes in words, and why a customer has one.

use crate::{
    money::Share,
    receivables::risk::RiskClass,
    report::{
        Block, Cell, Chart, ChartKind, ChartUnit, Series, Table,
        graded::{data, total},
        receivables::{RiskList, facts::Line, facts::money},
    },
};

impl RiskList<'_> {
    /// The name of a class.
    pub(super) fn class_name(&self, class: RiskClass) -> String {
        let rule = self.inputs.rules.rule(class);
        rule.map_or_else(String::new, |rule| rule.title.in_lang(self.scene.lang).to_owned())
    }

    pub(super) fn class(&self, class: RiskClass) -> Cell {
        Cell::Text(self.class_name(class))
    }

    /// Why a customer has its class.
    pub(super) fn reason(&self, line: &Line<'_>) -> Cell {
        let risk = line.risk;
        if risk.class.is_none() {
            return Cell::Empty;
        }
        let days = self.scene.text(&Cell::Count(risk.longest_overdue));
        let by_days = if risk.longest_overdue > 0 {
            self.say_with("reason_days", &[("days", &days)])
        } else {
            self.say("reason_not_due")
        };
        if !risk.pulled || risk.by_days == risk.open() {
            return Cell::Text(by_days);
        }
        let share = self.scene.text(&Cell::Percent(risk.share_by_days()));
        let over = self
            .inputs
            .rules
            .contagion
            .is_some_and(|limit| risk.share_by_days().compare(limit).is_some_and(std::cmp::Ordering::is_gt));
        let key = if over { "reason_pulled" } else { "reason_pulled_elsewhere" };
        Cell::Text([by_days, self.say_with(key, &[("share", &share)])].join(&self.say("join")))
    }

    /// From and to which days overdue a class reaches.
    fn days(&self, class: RiskClass) -> Cell {
        let Some(rule) = self.inputs.rules.rule(class) else { return Cell::Empty };
        let text = match (rule.min_days, rule.max_days) {
            (None, _) => self.say("days_not_due"),
            (Some(from), Some(to)) => format!("{from}–{to}"),
            (Some(from), None) => format!("> {}", from - 1),
        };
        Cell::Text(text)
    }

    /// The classes of a currency as a table.
    pub(super) fn class_table(&self, currency: u16) -> Option<Table> {
        let risk = self.inputs.risk.totals.iter().find(|risk| risk.currency == currency)?;
        let cell = money(currency);
        let provided = risk.provision().is_some();
        let mut rows = Vec::new();
        for (class, own) in RiskClass::ALL.into_iter().zip(&risk.classes) {
            let share = self.inputs.rules.rule(class).and_then(|rule| rule.provision).filter(|_| provided);
            let mut cells = vec![
                self.class(class),
                self.days(class),
                Cell::Count(whole(own.items)),
                Cell::Count(whole(own.customers)),
                cell(own.amount),
                Cell::Percent(Share::new(own.amount, risk.open())),
                cell(own.by_days),
            ];
            if provided {
                cells.push(share.map_or(Cell::Empty, Cell::Percent));
                cells.push(own.provision.map_or(Cell::Empty, cell));
            }
            rows.push(data(cells));
        }
        let sum = |of: fn(&crate::receivables::risk::ClassTotal) -> u64| whole(risk.classes.iter().map(of).sum());
        let by_days = risk.classes.iter().map(|class| class.by_days).sum();
        let mut cells =
            vec![Cell::Text(self.say("sum")), Cell::Empty, Cell::Count(sum(|class| class.items)), Cell::Empty];
        cells.extend([cell(risk.open()), Cell::Percent(Share::new(risk.open(), risk.open())), cell(by_days)]);
        if provided {
            cells.extend([Cell::Empty, risk.provision().map_or(Cell::Empty, cell)]);
        }
        rows.push(total(cells));
        let mut columns = self.left(&["class", "days_overdue"]);
        columns.extend(self.right(&["items", "customers", "open", "share", "by_days"]));
        if provided {
            columns.extend(self.right(&["percent", "provision"]));
        }
        let id = if currency == 0 { "classes".to_owned() } else { format!("classes_{}", self.currency(currency)) };
        let title = self.say_with("classes_table", &[("currency", self.currency(currency))]);
        let note = self.say(if provided { "classes_note" } else { "classes_note_undecided" });
        Some(Table { id: id.into(), title, columns, rows, printed: None, note: Some(note) })
    }

    /// The buckets of a currency as a table, down to the general ledger.
    pub(super) fn bucket_table(&self, currency: u16) -> Option<Table> {
        let ageing = self.inputs.ageing.totals.iter().find(|own| own.currency == currency)?;
        let cell = money(currency);
        let line = |name: String, bucket: &crate::receivables::ageing::BucketTotal| {
            vec![
                Cell::Text(name),
                Cell::Count(whole(bucket.items)),
                Cell::Count(whole(bucket.customers)),
                cell(bucket.amount),
                Cell::Percent(Share::new(bucket.amount, ageing.open.amount)),
                cell(bucket.disputed_amount),
            ]
        };
        let named = self.inputs.ageing.bucket_names.iter().zip(&ageing.buckets);
        let mut rows: Vec<_> = named.map(|(name, bucket)| data(line(self.bucket(name), bucket))).collect();
        rows.push(total(line(self.say("col_open"), &ageing.open)));
        let alone = |key: &str, amount: i128| {
            vec![Cell::Text(self.say(key)), Cell::Empty, Cell::Empty, cell(amount), Cell::Empty, Cell::Empty]
        };
        rows.push(data(alone("col_unapplied", ageing.unapplied)));
        rows.push(total(alone("col_owed", ageing.total())));
        if let Some(control) = ageing.control {
            rows.push(data(alone("control", control)));
        }
        let mut columns = self.left(&["bucket"]);
        columns.extend(self.right(&["items", "customers", "open", "share", "disputed"]));
        let id = if currency == 0 { "buckets".to_owned() } else { format!("buckets_{}", self.currency(currency)) };
        let title = self.say_with("buckets_table", &[("currency", self.currency(currency))]);
        let note = self.say(if ageing.control.is_some() { "control_agrees" } else { "no_control" });
        Some(Table { id: id.into(), title, columns, rows, printed: None, note: Some(note) })
    }

    /// The name of a bucket.
    pub(super) fn bucket(&self, name: &str) -> String {
        if name == "not_due" { self.say("not_due") } else { self.say_with("bucket", &[("days", name)]) }
    }

    /// Charts of the classes and buckets in the ledger's currency.
    pub(super) fn charts(&self) -> Vec<Block> {
        let chart = |id, categories: Vec<String>, values: Vec<i128>| {
            let title = self.say(&format!("{id}_chart"));
            let values = values.into_iter().map(Some).collect();
            let series = vec![Series { name: self.say("col_open"), unit: ChartUnit::Money, values }];
            Block::Chart(Chart { id, title, kind: ChartKind::Columns, categories, series })
        };
        let mut blocks = Vec::new();
        if let Some(risk) = self.inputs.risk.totals.iter().find(|risk| risk.currency == 0) {
            let names = RiskClass::ALL.iter().map(|class| self.class_name(*class)).collect();
            blocks.push(chart("by_class", names, risk.classes.iter().map(|class| class.amount).collect()));
        }
        if let Some(ageing) = self.inputs.ageing.totals.iter().find(|own| own.currency == 0) {
            let names = self.inputs.ageing.bucket_names.iter().map(|name| self.bucket(name)).collect();
            blocks.push(chart("by_bucket", names, ageing.buckets.iter().map(|bucket| bucket.amount).collect()));
        }
        blocks
    }
}

/// A number of things as a cell has it.
pub(super) fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
