//! Departments, products and members of staff (S23), and every customer.

use std::collections::BTreeMap;

use crate::{
    ledger::dictionary::NOTHING,
    report::{
        Align, Block, Cell, Section, Table,
        graded::{PRINTED, count, data},
        satisfaction::{SatisfactionInputs, cells::score, facts::Facts},
    },
    satisfaction::{answers::Sheet, score::by_customer},
};

/// What sheets are parted by.
#[derive(Debug, Clone, Copy)]
enum By {
    Department,
    Product,
    Staff,
}

impl By {
    fn id(self) -> &'static str {
        match self {
            Self::Department => "departments",
            Self::Product => "products",
            Self::Staff => "staff",
        }
    }

    fn key(self, sheet: &Sheet) -> u32 {
        match self {
            Self::Department => sheet.department,
            Self::Product => sheet.product,
            Self::Staff => sheet.staff,
        }
    }

    fn name(self, inputs: &SatisfactionInputs<'_>, key: u32) -> Option<String> {
        let text = |column, code| inputs.scene.dictionaries.text(column, code).map(str::to_owned);
        if key == NOTHING {
            return None;
        }
        match self {
            Self::Department => match inputs.departments.get(&key) {
                Some(name) => text("name", *name),
                None => text("department_id", key),
            },
            Self::Product => text("product", key),
            Self::Staff => text("staff", key),
        }
    }

    /// What stands before what among equal means: the name, then the id, since two departments may have one name.
    fn order(self, inputs: &SatisfactionInputs<'_>, key: u32) -> String {
        let id = inputs.scene.dictionaries.text("department_id", key).filter(|_| matches!(self, Self::Department));
        [self.name(inputs, key).unwrap_or_default(), id.unwrap_or_default().to_owned()].join("\0")
    }
}

pub(super) fn section(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Section {
    let judged = |by: &By| facts.wave.answers.sheets.iter().any(|sheet| by.key(sheet) != NOTHING);
    let shown = [By::Department, By::Product, By::Staff].into_iter().filter(judged);
    let mut blocks: Vec<Block> = shown.map(|by| Block::Table(table(inputs, facts, by))).collect();
    if blocks.is_empty() {
        blocks.push(Block::Text(inputs.say("no_groups")));
    }
    Section { id: "groups", title: inputs.say("groups"), lead: Some(inputs.say("groups_lead")), blocks }
}

fn table(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>, by: By) -> Table {
    let name = |key: u32| by.name(inputs, key).unwrap_or_else(|| inputs.say("not_told"));
    let groups = facts.groups(inputs, |sheet| by.key(sheet), |key| by.order(inputs, key), |_| None);
    let mut columns = inputs.columns(&[(by.id(), Align::Left), ("customers", Align::Right), ("answers", Align::Right)]);
    columns.extend(inputs.judged_columns());
    columns.push(inputs.column("rank", Align::Right));
    // Equal means have the same place; groups with too few customers have none.
    let rank = |mean: Option<i128>| groups.now.iter().position(|other| other.sample.mean() == mean);
    let row = |group: &crate::satisfaction::score::GroupScore| {
        let mean = group.sample.mean();
        let ranked = group.sample.n >= inputs.survey.least;
        let mut cells =
            vec![Cell::Text(name(group.key)), Cell::Count(group.sample.n), Cell::Count(group.counts.answers)];
        cells.extend(inputs.judged(&group.sample, mean, groups.before.get(&group.key)));
        cells.push(rank(mean).filter(|_| ranked).map_or(Cell::Empty, |place| Cell::Count(count(place + 1))));
        data(cells)
    };
    let least = inputs.survey.least.to_string();
    Table {
        id: by.id().into(),
        title: inputs.say(&format!("{}_table", by.id())),
        columns,
        rows: groups.now.iter().map(row).collect(),
        printed: Some(PRINTED),
        note: Some(inputs.say_with("groups_note", &[("least", &least)])),
    }
}

/// Every customer who answered, the least satisfied first.
pub(super) fn customers(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Section {
    let before: BTreeMap<u32, i64> = inputs.waves.iter().rev().nth(1).map_or_else(BTreeMap::new, |before| {
        let scores = by_customer(inputs.survey, &before.answers, |_| Some(0));
        scores.into_iter().filter_map(|one| Some((one.customer, one.score?))).collect()
    });
    let mut columns = inputs.scene.who_columns();
    if inputs.graded.is_some() {
        columns.push(inputs.column("grade", Align::Left));
    }
    columns.extend(inputs.columns(&[
        ("answers", Align::Right),
        ("overridden", Align::Right),
        ("score", Align::Right),
        ("label", Align::Left),
        ("before", Align::Right),
        ("change", Align::Right),
    ]));
    let mut standing: Vec<_> = facts.customers.iter().filter_map(|one| Some((one.score?, one))).collect();
    let id = |code: u32| inputs.scene.dictionaries.text("customer_id", code);
    standing.sort_by_key(|(score, one)| (*score, id(one.customer)));
    let row = |(own, one): &(i64, &crate::satisfaction::score::CustomerScore)| {
        let mean = Some(i128::from(*own));
        let before = before.get(&one.customer).copied();
        let mut cells = inputs.scene.who(one.customer);
        if inputs.graded.is_some() {
            cells
                .push(inputs.rank(one.customer).map_or(Cell::Empty, |rank| Cell::Text(inputs.grade_name(rank.into()))));
        }
        cells.extend([
            Cell::Count(one.counts.answers),
            Cell::Count(one.counts.overridden),
            score(mean),
            inputs.label(mean).map_or(Cell::Empty, Cell::Text),
            score(before.map(i128::from)),
            before.map_or(Cell::Empty, |before| Cell::ScoreChange(i128::from(own - before))),
        ]);
        data(cells)
    };
    let table = Table {
        id: "customers".into(),
        title: inputs.say("customers_table"),
        columns,
        rows: standing.iter().map(row).collect(),
        printed: Some(PRINTED),
        note: Some(inputs.say("customers_note")),
    };
    Section { id: "customers", title: inputs.say("customers"), lead: None, blocks: vec![Block::Table(table)] }
}
