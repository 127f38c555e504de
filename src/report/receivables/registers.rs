//! Lists behind the list: items to look at, goods not invoiced, price contracts not signed, special terms and credit, leases.

use chrono::Datelike;

use crate::{
    period::day_from_number,
    receivables::{ageing::OpenItem, item::DueFrom, problem::Problem},
    report::{
        Block, Cell, Row, Section, Table,
        graded::data,
        receivables::{
            RiskList,
            facts::{day_of, money},
            open_disputes,
            papers::{Contract, Delivery, calendar, days_between},
        },
        review::facts::Kind,
    },
};

impl RiskList<'_> {
    /// Items without a due day, in dispute, and rows that do not fit.
    pub(super) fn items(&self) -> Option<Section> {
        let mut blocks = Vec::new();
        let undated: Vec<&OpenItem> =
            self.inputs.ageing.items.iter().filter(|open| open.item.due_from == DueFrom::Default).collect();
        if !undated.is_empty() {
            let rows = undated.iter().map(|open| self.item_row(open, Vec::new())).collect();
            let note = Some(self.say("undated_note"));
            blocks.push(Block::Table(Table { note, ..self.table("undated", self.item_columns(&[]), rows) }));
        }
        let disputed = self.disputed();
        if !disputed.is_empty() {
            let columns = self.item_columns(&["disputed_since"]);
            blocks.push(Block::Table(self.table("disputes", columns, disputed)));
        }
        let problems = &self.inputs.ageing.problems;
        if !problems.is_empty() {
            let row = |problem: &Problem| {
                let (lang, kind) = (self.scene.lang, problem.kind);
                let entity = self.scene.say(&format!("problem.entity_{}", problem.entity));
                let words =
                    [kind.title(lang), entity, problem.row.clone(), problem.detail.in_lang(lang), kind.done(lang)];
                data(words.map(Cell::Text).to_vec())
            };
            let columns = self.left(&["problem", "entity", "row", "detail", "done"]);
            blocks.push(Block::Table(self.table("problems", columns, problems.iter().map(row).collect())));
        }
        if blocks.is_empty() { None } else { Some(self.section("items", blocks)) }
    }

    fn disputed(&self) -> Vec<Row> {
        let mut since: std::collections::BTreeMap<u32, i32> = std::collections::BTreeMap::new();
        for dispute in open_disputes(self.inputs.movements, day_of(self.inputs)) {
            let first = since.entry(dispute.invoice).or_insert(dispute.opened_on);
            *first = (*first).min(dispute.opened_on);
        }
        let row = |open: &OpenItem| {
            let since = since.get(&open.item.invoice).copied().and_then(day_from_number);
            self.item_row(open, vec![since.map_or(Cell::Empty, Cell::Date)])
        };
        self.inputs.ageing.items.iter().filter(|open| open.item.disputed).map(row).collect()
    }

    fn item_columns(&self, more: &[&str]) -> Vec<crate::report::Column> {
        let mut columns = self.scene.who_columns();
        columns.extend(self.left(&["invoice", "part", "issued_on", "due_on", "currency"]));
        columns.extend(self.right(&["open", "days"]));
        columns.extend(self.left(more));
        columns
    }

    fn item_row(&self, open: &OpenItem, more: Vec<Cell>) -> Row {
        let item = &open.item;
        let date = |day: i32| day_from_number(day).map_or(Cell::Empty, Cell::Date);
        let mut cells = self.scene.who(item.customer);
        let invoice = self.scene.dictionaries.text("invoice_id", item.invoice).unwrap_or_default();
        cells.extend([
            Cell::Text(invoice.to_owned()),
            Cell::Count(item.part),
            date(item.issued_on),
            date(item.due_on),
            Cell::Text(self.currency(item.currency).to_owned()),
            money(item.currency)(i128::from(item.open())),
            Cell::Count(open.days_overdue),
        ]);
        cells.extend(more);
        data(cells)
    }

    /// What the ledger has of papers, terms and leases.
    pub(super) fn registers(&self) -> Vec<Section> {
        let mut found = vec![self.paper_section(), self.terms_section()];
        found.extend(self.lease_section());
        found
    }

    fn paper_section(&self) -> Section {
        let deliveries = match &self.inputs.papers.deliveries {
            Some(deliveries) => Block::Table(self.deliveries(deliveries)),
            None => Block::Text(self.say("no_deliveries")),
        };
        let contracts = match &self.inputs.papers.contracts {
            Some(contracts) => Block::Table(self.contracts(contracts)),
            None => Block::Text(self.say("no_contracts")),
        };
        self.section("papers", vec![deliveries, contracts])
    }

    fn deliveries(&self, deliveries: &[Delivery]) -> Table {
        let day = self.inputs.ageing.at.day;
        let row = |delivery: &Delivery| {
            let mut cells = self.scene.who(delivery.customer);
            let consignment = delivery.consignment.map(|yes| self.say(if yes { "yes" } else { "no" }));
            cells.extend([
                Cell::Text(delivery.id.clone()),
                Cell::Date(delivery.done_on),
                Cell::Count(days_between(delivery.done_on, day)),
                delivery.amount.map_or(Cell::Empty, |amount| Cell::Money(i128::from(amount))),
                consignment.map_or(Cell::Empty, Cell::Text),
                self.grade_of("invoicing-status", delivery.customer),
            ]);
            data(cells)
        };
        let mut columns = self.scene.who_columns();
        columns.extend(self.left(&["delivery", "done_on"]));
        columns.extend(self.right(&["days_since", "amount"]));
        columns.extend(self.left(&["consignment", "invoicing"]));
        let rows: Vec<Row> = deliveries.iter().map(row).collect();
        let sum = deliveries.iter().filter_map(|delivery| delivery.amount).map(i128::from).sum();
        let note = self.say_with("uninvoiced_note", &[("amount", &self.scene.text(&Cell::Money(sum)))]);
        Table { note: Some(note), ..self.table("uninvoiced", columns, rows) }
    }

    fn contracts(&self, contracts: &[Contract]) -> Table {
        let day = self.inputs.ageing.at.day;
        let (march, june) = calendar(day.year());
        let next = [march, june].into_iter().flatten().find(|last| *last >= day);
        let row = |contract: &Contract| {
            let mut cells = self.scene.who(contract.customer);
            let old_prices = contract.old_prices.map(|yes| self.say(if yes { "yes" } else { "no" }));
            let class = self.inputs.rules.contracts.as_ref().map(|id| self.grade_of(id, contract.customer));
            cells.extend([
                Cell::Date(contract.effective_on),
                Cell::Text(self.say(&format!("status_{}", contract.status))),
                old_prices.map_or(Cell::Empty, Cell::Text),
                class.unwrap_or(Cell::Empty),
                next.map_or_else(|| Cell::Text(self.say("past_calendar")), Cell::Date),
                next.map_or(Cell::Empty, |next| Cell::Count(days_between(day, next))),
            ]);
            data(cells)
        };
        let mut columns = self.scene.who_columns();
        columns.extend(self.left(&["effective_on", "status", "old_prices", "price_class", "next_day"]));
        columns.extend(self.right(&["days_left"]));
        let note = Some(self.say("contracts_note"));
        Table { note, ..self.table("contracts", columns, contracts.iter().map(row).collect()) }
    }

    /// Special settlement terms and policies, and the credit grades, of those who owe (S60, S61).
    fn terms_section(&self) -> Section {
        let recorded = self.inputs.records.recorded;
        let mut blocks = Vec::new();
        if recorded.has(Kind::Policy) {
            blocks.push(Block::Table(self.terms()));
        } else {
            blocks.push(Block::Text(self.scene.say("pack.no_policies")));
        }
        if recorded.has(Kind::Credit) {
            blocks.push(Block::Table(self.credits()));
        } else {
            blocks.push(Block::Text(self.scene.say("pack.no_credit")));
        }
        self.section("terms", blocks)
    }

    fn terms(&self) -> Table {
        let mut rows = Vec::new();
        for (customer, line) in self.facts.customers() {
            let record = self.inputs.records.of(Some(customer));
            for policy in &record.policies {
                let mut cells = self.scene.who(customer);
                let stable = policy.stable.map(|yes| self.say(if yes { "yes" } else { "no" }));
                cells.extend([
                    Cell::Text(self.say(if policy.settlement { "settlement" } else { "policy" })),
                    Cell::Text(policy.content.clone()),
                    policy.granted_on.map_or(Cell::Empty, Cell::Date),
                    policy.ends_on.map_or(Cell::Empty, Cell::Date),
                    stable.map_or(Cell::Empty, Cell::Text),
                    line.map_or(Cell::Empty, |line| Cell::Money(line.risk.open())),
                    line.map_or(Cell::Empty, |line| Cell::Money(line.risk.at_risk())),
                    self.worst_class(customer),
                ]);
                rows.push(data(cells));
            }
        }
        let mut columns = self.scene.who_columns();
        columns.extend(self.left(&["kind", "content", "granted_on", "ends_on", "stable"]));
        columns.extend(self.right(&["open", "at_risk"]));
        columns.extend(self.left(&["class"]));
        let note = Some(self.say("special_terms_note"));
        Table { note, ..self.table("special_terms", columns, rows) }
    }

    /// The worst class of a customer in any currency.
    fn worst_class(&self, customer: u32) -> Cell {
        self.worst(customer).and_then(|line| line.risk.class).map_or(Cell::Empty, |class| self.class(class))
    }

    fn credits(&self) -> Table {
        let row = |(customer, line): (u32, Option<&super::facts::Line<'_>>)| {
            let credit = self.inputs.records.of(Some(customer)).credit.as_ref()?;
            let limit = credit.limit.map(i128::from);
            let owed = line.map(|line| line.own.total());
            let mut cells = self.scene.who(customer);
            cells.extend([
                Cell::Text(credit.grade.clone()),
                limit.map_or(Cell::Empty, Cell::Money),
                owed.map_or(Cell::Empty, Cell::Money),
                owed.zip(limit).map_or(Cell::Empty, |(owed, limit)| Cell::Money((owed - limit).max(0))),
                self.worst_class(customer),
                credit.set_on.map_or(Cell::Empty, Cell::Date),
                credit.set_by.clone().map_or(Cell::Empty, Cell::Text),
            ]);
            Some(data(cells))
        };
        let mut columns = self.scene.who_columns();
        columns.extend(self.left(&["credit"]));
        columns.extend(self.right(&["credit_limit", "owed", "beyond_limit"]));
        columns.extend(self.left(&["class", "set_on", "set_by"]));
        let note = Some(self.say("credits_note"));
        Table { note, ..self.table("credits", columns, self.facts.customers().into_iter().filter_map(row).collect()) }
    }
}
