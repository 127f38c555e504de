//! The tables: services, tiers, departments with managers, uses, uses without a right, rights that are unused.

use std::collections::BTreeMap;

use crate::report::{
    Align, Cell, Column, Row, Table,
    entitlements::{
        EntitlementInputs,
        facts::{Facts, Judged, Unused},
    },
    graded::{data, total},
};

/// Rows of a list that are printed; the workbook and the data files have all.
const PRINTED: usize = 50;

fn heads(inputs: &EntitlementInputs<'_>, ids: &[(&str, Align)]) -> Vec<Column> {
    ids.iter().map(|(id, align)| inputs.scene.column("entitlements", id, *align)).collect()
}

fn table(inputs: &EntitlementInputs<'_>, id: &'static str, columns: Vec<Column>, rows: Vec<Row>) -> Table {
    let note = Some(inputs.say(&format!("{id}_note")));
    Table { id: id.into(), title: inputs.say(&format!("{id}_table")), columns, rows, printed: None, note }
}

fn service(inputs: &EntitlementInputs<'_>, place: Option<usize>) -> Cell {
    let service = place.and_then(|place| inputs.rules.services.get(place));
    service.map_or(Cell::Empty, |service| Cell::Text(inputs.title(&service.title)))
}

fn tier(inputs: &EntitlementInputs<'_>, place: Option<usize>) -> Cell {
    let tier = place.and_then(|place| inputs.rules.tiers.get(place));
    tier.map_or(Cell::Empty, |tier| Cell::Text(inputs.title(&tier.title)))
}

pub(super) fn services(inputs: &EntitlementInputs<'_>, facts: &Facts) -> Table {
    let ids = ["limit", "entitled", "used", "unused", "uses", "wrong"];
    let mut columns = heads(inputs, &[("service", Align::Left), ("tiers", Align::Left)]);
    columns.extend(heads(inputs, &ids.map(|id| (id, Align::Right))));
    let mut rows = Vec::new();
    for (place, (own, tally)) in inputs.rules.services.iter().zip(&facts.services).enumerate() {
        let giving = inputs.rules.tiers.iter().filter(|tier| tier.services.contains(&place));
        let giving: Vec<String> = giving.map(|tier| inputs.title(&tier.title)).collect();
        rows.push(data(vec![
            Cell::Text(inputs.title(&own.title)),
            Cell::Text(giving.join(" · ")),
            own.uses_a_year.map_or(Cell::Empty, Cell::Count),
            Cell::Count(tally.entitled),
            Cell::Count(tally.used),
            Cell::Count(tally.unused),
            Cell::Count(tally.uses),
            Cell::Count(tally.wrong),
        ]));
    }
    let undefined = Cell::Count(facts.undefined());
    if facts.undefined() > 0 {
        let mut cells = vec![Cell::Text(inputs.say("undefined"))];
        cells.extend((0..5).map(|_| Cell::Empty));
        cells.extend([undefined.clone(), undefined]);
        rows.push(data(cells));
    }
    let sum = |of: fn(&super::facts::Tally) -> i64| Cell::Count(facts.services.iter().map(of).sum());
    rows.push(total(vec![
        Cell::Text(inputs.say("sum")),
        Cell::Empty,
        Cell::Empty,
        sum(|tally| tally.entitled),
        sum(|tally| tally.used),
        sum(|tally| tally.unused),
        Cell::Count(super::count(facts.uses.len())),
        Cell::Count(facts.wrong()),
    ]));
    table(inputs, "services", columns, rows)
}

pub(super) fn tiers(inputs: &EntitlementInputs<'_>, facts: &Facts) -> Table {
    let ids = ["members", "gives", "uses", "wrong"];
    let mut columns = heads(inputs, &[("tier", Align::Left)]);
    columns.extend(heads(inputs, &ids.map(|id| (id, Align::Right))));
    let uses = |place: Option<usize>| {
        let own = facts.uses.iter().filter(|judged| judged.tier == place);
        let wrong = own.clone().filter(|judged| !judged.is_right()).count();
        [Cell::Count(super::count(own.count())), Cell::Count(super::count(wrong))]
    };
    let row = |(place, (own, members)): (usize, (&super::policy::Tier, &i64))| {
        let mut cells = vec![Cell::Text(inputs.title(&own.title)), Cell::Count(*members)];
        cells.push(Cell::Count(super::count(own.services.len())));
        cells.extend(uses(Some(place)));
        data(cells)
    };
    let mut rows: Vec<Row> = inputs.rules.tiers.iter().zip(&facts.tiers).enumerate().rev().map(row).collect();
    let held: i64 = facts.tiers.iter().sum();
    let members = super::count(inputs.members.len());
    let mut none = vec![Cell::Text(inputs.say("no_tier")), Cell::Count(members - held), Cell::Count(0)];
    none.extend(uses(None));
    rows.push(data(none));
    let mut sums = vec![Cell::Text(inputs.say("sum")), Cell::Count(members), Cell::Empty];
    sums.extend([Cell::Count(super::count(facts.uses.len())), Cell::Count(facts.wrong())]);
    rows.push(total(sums));
    table(inputs, "tiers", columns, rows)
}

/// What happens in a department under a manager.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    entitled: i64,
    uses: i64,
    wrong: i64,
    unused: i64,
}

/// Departments with their managers; without a department or a manager come last.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<(Name, Name), Tally>);

/// A name; none comes last.
type Name = (bool, Option<String>);

impl Groups {
    pub(super) fn of(inputs: &EntitlementInputs<'_>, facts: &Facts) -> Self {
        let mut groups = Self::default();
        for member in &facts.entitled {
            groups.entry(inputs, *member).entitled += 1;
        }
        for unused in &facts.unused {
            groups.entry(inputs, unused.member).unused += 1;
        }
        for judged in &facts.uses {
            let tally = groups.entry(inputs, judged.used.member);
            tally.uses += 1;
            tally.wrong += i64::from(!judged.is_right());
        }
        groups
    }

    fn entry(&mut self, inputs: &EntitlementInputs<'_>, member: u32) -> &mut Tally {
        let name = |name: Option<String>| (name.is_none(), name);
        self.0.entry((name(department(inputs, member)), name(manager(inputs, member)))).or_default()
    }

    pub(super) fn uses(&self) -> i64 {
        self.0.values().map(|tally| tally.uses).sum()
    }

    pub(super) fn table(&self, inputs: &EntitlementInputs<'_>) -> Table {
        let mut columns = heads(inputs, &[("department", Align::Left), ("manager", Align::Left)]);
        columns.extend(heads(inputs, &["entitled", "uses", "wrong", "reminders"].map(|id| (id, Align::Right))));
        let cells = |tally: &Tally| [tally.entitled, tally.uses, tally.wrong, tally.unused].map(Cell::Count);
        let row = |((department, manager), tally): (&(Name, Name), &Tally)| {
            let names = [department, manager].map(|(_, name)| name.clone().map_or(Cell::Empty, Cell::Text));
            data(names.into_iter().chain(cells(tally)).collect())
        };
        let mut rows: Vec<Row> = self.0.iter().map(row).collect();
        let mut sum = Tally::default();
        for tally in self.0.values() {
            sum.entitled += tally.entitled;
            sum.uses += tally.uses;
            sum.wrong += tally.wrong;
            sum.unused += tally.unused;
        }
        rows.push(total([Cell::Text(inputs.say("sum")), Cell::Empty].into_iter().chain(cells(&sum)).collect()));
        table(inputs, "groups", columns, rows)
    }
}

/// The department in charge of a member: its name, else its id.
fn department(inputs: &EntitlementInputs<'_>, member: u32) -> Option<String> {
    let code = inputs.scene.people.code(member, "department_id")?;
    let text = |column, code| inputs.scene.dictionaries.text(column, code).map(str::to_owned);
    match inputs.departments.get(&code) {
        Some(name) => text("name", *name),
        None => text("department_id", code),
    }
}

/// The VIP service manager: the person in charge of the customer to whom a member belongs.
fn manager(inputs: &EntitlementInputs<'_>, member: u32) -> Option<String> {
    let customer = inputs.scene.people.code(member, "customer_id")?;
    inputs.customers.text(customer, "salesperson", inputs.scene.dictionaries)
}

/// Who a member is, and who is in charge.
fn who_columns(inputs: &EntitlementInputs<'_>) -> Vec<Column> {
    let mut columns = inputs.scene.who_columns();
    columns.extend(heads(inputs, &[("department", Align::Left), ("manager", Align::Left)]));
    columns
}

fn who(inputs: &EntitlementInputs<'_>, member: u32) -> Vec<Cell> {
    let mut cells = inputs.scene.who(member);
    let names = [department(inputs, member), manager(inputs, member)];
    cells.extend(names.map(|name| name.map_or(Cell::Empty, Cell::Text)));
    cells
}

pub(super) fn wrong(inputs: &EntitlementInputs<'_>, facts: &Facts) -> Table {
    let rows: Vec<Row> =
        facts.uses.iter().filter(|judged| !judged.is_right()).map(|one| use_row(inputs, one)).collect();
    Table { printed: Some(PRINTED), ..table(inputs, "without_right", use_columns(inputs), rows) }
}

pub(super) fn uses(inputs: &EntitlementInputs<'_>, facts: &Facts) -> Table {
    let rows = facts.uses.iter().map(|judged| use_row(inputs, judged)).collect();
    Table { printed: Some(PRINTED), ..table(inputs, "uses", use_columns(inputs), rows) }
}

fn use_columns(inputs: &EntitlementInputs<'_>) -> Vec<Column> {
    let mut columns = heads(inputs, &[("use_id", Align::Left), ("used_on", Align::Left), ("service", Align::Left)]);
    columns.extend(who_columns(inputs));
    columns.extend(heads(inputs, &[("tier", Align::Left), ("verdict", Align::Left)]));
    columns
}

fn use_row(inputs: &EntitlementInputs<'_>, judged: &Judged) -> Row {
    let text = |column: &'static str, code: u32| {
        let text = inputs.scene.dictionaries.text(column, code);
        text.map_or(Cell::Empty, |text| Cell::Text(text.to_owned()))
    };
    let mut cells = vec![text("use_id", judged.used.id), judged.day().map_or(Cell::Empty, Cell::Date)];
    // What nobody defined is shown as the ledger has it.
    cells.push(match judged.service {
        Some(place) => service(inputs, Some(place)),
        None => text("service", judged.used.service),
    });
    cells.extend(who(inputs, judged.used.member));
    cells.extend([tier(inputs, judged.tier), Cell::Text(inputs.say(judged.verdict.name()))]);
    data(cells)
}

pub(super) fn unused(inputs: &EntitlementInputs<'_>, facts: &Facts) -> Table {
    let mut columns = who_columns(inputs);
    columns.extend(heads(inputs, &[("tier", Align::Left), ("service", Align::Left)]));
    let row = |one: &Unused| {
        let mut cells = who(inputs, one.member);
        cells.extend([tier(inputs, Some(one.tier)), service(inputs, Some(one.service))]);
        data(cells)
    };
    let rows = facts.unused.iter().map(row).collect();
    Table { printed: Some(PRINTED), ..table(inputs, "unused", columns, rows) }
}
