//! The sheet that finance works in: everything about each customer on one line, with columns to be filled in.

use crate::{
    receivables::risk::RiskClass,
    report::{
        Cell, Column, Row, Table,
        graded::data,
        receivables::{RiskList, facts::Line, facts::money},
    },
};

/// Columns that people fill in.
const TO_FILL: [&str; 3] = ["decision", "decided_by", "remark"];

impl RiskList<'_> {
    pub(super) fn worksheet(&self, currency: u16) -> Table {
        let mut columns = self.scene.who_columns();
        columns.extend(self.left(&["currency"]));
        columns.extend(self.right(&["open", "overdue", "at_risk", "unapplied", "owed", "disputed"]));
        columns.extend(self.bucket_columns());
        columns.extend(RiskClass::ALL.iter().map(|class| Column {
            id: class.name().to_owned(),
            title: self.class_name(*class),
            align: crate::report::Align::Right,
        }));
        columns.extend(self.left(&["class", "reason"]));
        columns.extend(self.right(&["longest_overdue"]));
        columns.extend(self.behaviour_columns());
        columns.extend(self.left(&["last_paid_on"]));
        columns.extend(self.right(&["last_paid"]));
        columns.extend(self.inputs.rules.shown.iter().map(|id| self.scheme_column(id)));
        columns.extend(self.left(&["credit"]));
        columns.extend(self.right(&["credit_limit"]));
        columns.extend(self.left(&["move", "class_before"]));
        columns.extend(self.right(&["open_change"]));
        columns.extend(self.left(&["actions"]));
        columns.extend(self.left(&TO_FILL));
        let rows = self.facts.of(currency).map(|line| self.work_row(line)).collect();
        let table = self.table_in("worksheet", currency, columns, rows);
        Table { printed: None, note: Some(self.say("worksheet_note")), ..table }
    }

    fn scheme_column(&self, id: &str) -> Column {
        let beside = self.inputs.schemes.iter().find(|beside| beside.id == id);
        let title = beside.map_or_else(|| id.to_owned(), |beside| beside.title.clone());
        Column { id: id.to_owned(), title, align: crate::report::Align::Left }
    }

    fn work_row(&self, line: &Line<'_>) -> Row {
        let cell = money(line.own.currency);
        let mut cells = self.scene.who(line.own.customer);
        cells.push(Cell::Text(self.currency(line.own.currency).to_owned()));
        let (own, risk) = (line.own, line.risk);
        cells.extend([risk.open(), risk.overdue, risk.at_risk(), own.unapplied, own.total(), own.disputed].map(cell));
        cells.extend(own.buckets.iter().chain(&risk.by_class).map(|amount| cell(*amount)));
        cells.push(risk.class.map_or(Cell::Empty, |class| self.class(class)));
        cells.push(self.reason(line));
        cells.push(Cell::Count(risk.longest_overdue));
        cells.extend(self.behaviour(line));
        cells.push(line.paid.map_or(Cell::Empty, |(day, _)| Cell::Date(day)));
        cells.push(line.paid.map_or(Cell::Empty, |(_, amount)| cell(amount)));
        cells.extend(self.inputs.rules.shown.iter().map(|id| self.grade_of(id, own.customer)));
        let credit = self.inputs.records.of(Some(own.customer)).credit.as_ref();
        cells.push(credit.map_or(Cell::Empty, |credit| Cell::Text(credit.grade.clone())));
        let limit = credit.and_then(|credit| credit.limit);
        cells.push(limit.map_or(Cell::Empty, |limit| Cell::Money(i128::from(limit))));
        cells.push(self.moved(line.change.as_ref()));
        let before = line.change.and_then(|change| change.before);
        cells.push(before.map_or(Cell::Empty, |before| self.class(before.class)));
        cells.push(line.change.map_or(Cell::Empty, |change| cell(change.open())));
        cells.push(self.actions(&line.actions));
        cells.extend(TO_FILL.map(|_| Cell::Text(String::new())));
        data(cells)
    }

    /// The grade of a customer in a scheme.
    pub(super) fn grade_of(&self, scheme: &str, customer: u32) -> Cell {
        let beside = self.inputs.schemes.iter().find(|beside| beside.id == scheme);
        let grade = beside.and_then(|beside| beside.grade(customer));
        grade.map_or(Cell::Empty, |(_, title)| Cell::Text(title.in_lang(self.scene.lang).to_owned()))
    }
}
