//! The list itself, what stands behind it customer by customer, and the same for other currencies.

use crate::report::{
    Block, Cell, Column, Row, Section, Table,
    graded::{PRINTED, count, data},
    receivables::{RiskList, classes::whole, facts::Line, facts::money},
};

impl RiskList<'_> {
    /// The list: customers by what is at risk.
    pub(super) fn list(&self) -> Section {
        let blocks = vec![
            Block::Table(self.ranked(0)),
            Block::Table(self.aged(0)),
            Block::Table(self.paying(0)),
            Block::Worksheet(self.worksheet(0)),
        ];
        self.section("list", blocks)
    }

    /// Other currencies, each in tables of its own.
    pub(super) fn foreign(&self) -> Vec<Section> {
        let mut blocks = Vec::new();
        for total in self.inputs.risk.totals.iter().filter(|total| total.currency != 0) {
            let currency = total.currency;
            blocks.extend(
                [self.class_table(currency), self.bucket_table(currency)].into_iter().flatten().map(Block::Table),
            );
            blocks.extend([self.ranked(currency), self.aged(currency), self.paying(currency)].map(Block::Table));
            blocks.push(Block::Worksheet(self.worksheet(currency)));
        }
        if blocks.is_empty() { Vec::new() } else { vec![self.section("foreign", blocks)] }
    }

    /// A table of a list with the currency in its title, and in its name where it is not the ledger's.
    pub(super) fn table_in(&self, id: &'static str, currency: u16, columns: Vec<Column>, rows: Vec<Row>) -> Table {
        let code = self.currency(currency);
        let title = self.say_with(&format!("{id}_table"), &[("currency", code)]);
        let id = if currency == 0 { id.to_owned() } else { format!("{id}_{code}") };
        Table { id: id.into(), title, columns, rows, printed: Some(PRINTED), note: None }
    }

    fn ranked(&self, currency: u16) -> Table {
        let cell = money(currency);
        let row = |(place, line): (usize, &Line<'_>)| {
            let mut cells = vec![Cell::Count(count(place + 1))];
            cells.extend(self.scene.who(line.own.customer));
            cells.extend([
                cell(line.risk.open()),
                cell(line.risk.overdue),
                cell(line.risk.at_risk()),
                line.risk.class.map_or(Cell::Empty, |class| self.class(class)),
                self.reason(line),
                line.paid.map_or(Cell::Empty, |(day, _)| Cell::Date(day)),
                self.moved(line.change.as_ref()),
                line.change.map_or(Cell::Empty, |change| cell(change.open())),
                self.actions(&line.actions),
            ]);
            data(cells)
        };
        let rows = self.facts.of(currency).enumerate().map(row).collect();
        let mut columns = self.right(&["place"]);
        columns.extend(self.scene.who_columns());
        columns.extend(self.right(&["open", "overdue", "at_risk"]));
        columns.extend(self.left(&["class", "reason", "last_paid_on", "move"]));
        columns.extend(self.right(&["open_change"]));
        columns.extend(self.left(&["actions"]));
        let note = Some(self.say("risk_list_note"));
        Table { note, ..self.table_in("risk_list", currency, columns, rows) }
    }

    /// The heads of the buckets.
    pub(super) fn bucket_columns(&self) -> Vec<Column> {
        let column =
            |name: &String| Column { id: name.clone(), title: self.bucket(name), align: crate::report::Align::Right };
        self.inputs.ageing.bucket_names.iter().map(column).collect()
    }

    fn aged(&self, currency: u16) -> Table {
        let cell = money(currency);
        let row = |line: &Line<'_>| {
            let mut cells = self.scene.who(line.own.customer);
            cells.extend(line.own.buckets.iter().map(|amount| cell(*amount)));
            cells.extend([line.own.open(), line.own.unapplied, line.own.total(), line.own.disputed].map(cell));
            data(cells)
        };
        let rows = self.facts.of(currency).map(row).collect();
        let mut columns = self.scene.who_columns();
        columns.extend(self.bucket_columns());
        columns.extend(self.right(&["open", "unapplied", "owed", "disputed"]));
        self.table_in("aged", currency, columns, rows)
    }

    fn paying(&self, currency: u16) -> Table {
        let cell = money(currency);
        let row = |line: &Line<'_>| {
            let mut cells = self.scene.who(line.own.customer);
            cells.extend(self.behaviour(line));
            cells.push(line.paid.map_or(Cell::Empty, |(day, _)| Cell::Date(day)));
            cells.push(line.paid.map_or(Cell::Empty, |(_, amount)| cell(amount)));
            data(cells)
        };
        let rows = self.facts.of(currency).map(row).collect();
        let mut columns = self.scene.who_columns();
        columns.extend(self.behaviour_columns());
        columns.extend(self.left(&["last_paid_on"]));
        columns.extend(self.right(&["last_paid"]));
        self.table_in("paying", currency, columns, rows)
    }

    /// The heads over [`RiskList::behaviour`].
    pub(super) fn behaviour_columns(&self) -> Vec<Column> {
        let mut columns = self.right(&["settled", "on_time", "days_late", "long_overdue", "longest_in_window"]);
        columns.extend(self.left(&["trend"]));
        columns.extend(self.right(&["promises", "broken"]));
        columns
    }

    /// How a customer pays.
    pub(super) fn behaviour(&self, line: &Line<'_>) -> Vec<Cell> {
        let Some(own) = line.behaviour else { return vec![Cell::Empty; 8] };
        let trend = own.trend().map(|trend| Cell::Text(self.say(&format!("trend_{}", trend.name()))));
        vec![
            Cell::Count(whole(own.settled)),
            Cell::Percent(own.on_time_amount_rate()),
            Cell::Times(own.weighted_days_late()),
            Cell::Percent(own.long_overdue_rate()),
            Cell::Count(own.longest_overdue_in_window),
            trend.unwrap_or(Cell::Empty),
            Cell::Count(whole(own.promises)),
            Cell::Count(whole(own.broken_promises)),
        ]
    }
}
