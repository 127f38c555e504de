//! The tables: categories with their classes, classes, moves on the year before, every discount.

use crate::{
    money::Share,
    report::{
        Align, Cell, Column, Row, Table,
        discounts::{
            DiscountInputs,
            facts::{Category, Facts},
        },
        graded::{data, total},
    },
};

/// Discounts that are printed; the workbook and the data files have all.
const PRINTED: usize = 50;

fn heads(inputs: &DiscountInputs<'_>, ids: &[(&str, Align)]) -> Vec<Column> {
    ids.iter().map(|(id, align)| inputs.scene.column("discounts", id, *align)).collect()
}

fn table(inputs: &DiscountInputs<'_>, id: &'static str, columns: Vec<Column>, rows: Vec<Row>) -> Table {
    let note = Some(inputs.say(&format!("{id}_note")));
    Table { id: id.into(), title: inputs.say(&format!("{id}_table")), columns, rows, printed: None, note }
}

/// A column for each class, named as the class is.
fn class_columns<'i>(inputs: &'i DiscountInputs<'_>) -> impl Iterator<Item = Column> + 'i {
    let column = |(place, class): (usize, &super::policy::Class)| Column {
        id: format!("class_{}", place + 1),
        title: class.id.clone(),
        align: Align::Right,
    };
    inputs.rules.classes.iter().enumerate().map(column)
}

pub(super) fn categories(inputs: &DiscountInputs<'_>, facts: &Facts) -> Table {
    let mut columns = heads(inputs, &[("category", Align::Left)]);
    columns.extend(class_columns(inputs));
    let others = ["discounts", "without", "points", "amount"];
    columns.extend(heads(inputs, &others.map(|id| (id, Align::Right))));
    let row = |category: &Category| {
        let mut cells = vec![Cell::Text(category.name.clone().unwrap_or_else(|| inputs.say("uncategorised")))];
        let shown = |value: i64| if category.covered { Cell::Count(value) } else { Cell::Empty };
        cells.extend(category.by_class.iter().map(|count| shown(*count)));
        let ([points, _], [amount, _]) = (category.points, category.amount);
        cells.extend([shown(category.by_class.iter().sum()), Cell::Count(category.without)]);
        cells.extend([Cell::Count(points), Cell::Money(amount.into())]);
        data(cells)
    };
    let mut rows: Vec<Row> = facts.categories.iter().map(row).collect();
    let mut sums = vec![Cell::Text(inputs.say("sum"))];
    sums.extend((0..inputs.rules.classes.len()).map(|class| Cell::Count(facts.of_class(class))));
    let without = facts.categories.iter().map(|category| category.without).sum();
    sums.extend([Cell::Count(facts.discounts()), Cell::Count(without)]);
    sums.extend([Cell::Count(facts.points), Cell::Money(facts.amount.into())]);
    rows.push(total(sums));
    table(inputs, "categories", columns, rows)
}

pub(super) fn classes(inputs: &DiscountInputs<'_>, facts: &Facts) -> Table {
    let ids = ["from_points", "pays", "discounts", "share", "points", "amount"];
    let mut columns = heads(inputs, &[("class", Align::Left), ("discount", Align::Left)]);
    columns.extend(heads(inputs, &ids.map(|id| (id, Align::Right))));
    let share = |count: i64| Cell::Percent(Share::new(count, facts.discounts()));
    let sums = |of: &dyn Fn(usize) -> bool| {
        let own = facts.given.iter().filter(|given| of(given.class));
        own.fold((0, 0), |(points, amount), given| (points + given.points, amount + given.amount))
    };
    let row = |(place, class): (usize, &super::policy::Class)| {
        let (points, amount) = sums(&|other| other == place);
        data(vec![
            Cell::Text(class.id.clone()),
            Cell::Text(inputs.discount(place)),
            Cell::Count(class.from_points),
            Cell::Percent(class.pays()),
            Cell::Count(facts.of_class(place)),
            share(facts.of_class(place)),
            Cell::Count(points),
            Cell::Money(i128::from(amount)),
        ])
    };
    let mut rows: Vec<Row> = inputs.rules.classes.iter().enumerate().rev().map(row).collect();
    let (points, amount) = sums(&|_| true);
    let mut cells = vec![Cell::Text(inputs.say("sum")), Cell::Empty, Cell::Empty, Cell::Empty];
    cells.extend([Cell::Count(facts.discounts()), share(facts.discounts())]);
    cells.extend([Cell::Count(points), Cell::Money(i128::from(amount))]);
    rows.push(total(cells));
    table(inputs, "classes", columns, rows)
}

pub(super) fn moves(inputs: &DiscountInputs<'_>, facts: &Facts) -> Table {
    let none = Column { id: "class_0".to_owned(), title: inputs.say("none"), align: Align::Right };
    let mut columns = heads(inputs, &[("before", Align::Left)]);
    columns.push(none);
    columns.extend(class_columns(inputs));
    let row = |(place, counts): (usize, &Vec<i64>)| {
        let class = place.checked_sub(1).and_then(|place| inputs.rules.classes.get(place));
        let name = class.map_or_else(|| inputs.say("none"), |class| class.id.clone());
        // Whoever had none and has none is not looked at.
        let cell = |(now, count): (usize, &i64)| if place == 0 && now == 0 { Cell::Empty } else { Cell::Count(*count) };
        data(std::iter::once(Cell::Text(name)).chain(counts.iter().enumerate().map(cell)).collect())
    };
    let rows = facts.moves.iter().enumerate().map(row).collect();
    table(inputs, "moves", columns, rows)
}

/// Every discount, as store systems take it.
pub(super) fn given(inputs: &DiscountInputs<'_>, facts: &Facts) -> Table {
    let (from, to) = inputs.valid();
    let ids = [
        ("member_id", Align::Left),
        ("category", Align::Left),
        ("class", Align::Left),
        ("pays", Align::Right),
        ("discount", Align::Left),
        ("valid_from", Align::Left),
        ("valid_to", Align::Left),
        ("points", Align::Right),
        ("before", Align::Left),
    ];
    let name = |class: Option<usize>| {
        let class = class.and_then(|class| inputs.rules.classes.get(class));
        class.map_or(Cell::Empty, |class| Cell::Text(class.id.clone()))
    };
    let row = |given: &super::facts::Given| {
        let member = inputs.scene.dictionaries.text("member_id", given.member).unwrap_or_default();
        let category = facts.categories.get(given.category).and_then(|category| category.name.clone());
        let pays = inputs.rules.classes.get(given.class).map_or(Cell::Empty, |class| Cell::Percent(class.pays()));
        data(vec![
            Cell::Text(member.to_owned()),
            category.map_or(Cell::Empty, Cell::Text),
            name(Some(given.class)),
            pays,
            Cell::Text(inputs.discount(given.class)),
            Cell::Date(from),
            Cell::Date(to),
            Cell::Count(given.points),
            name(given.before),
        ])
    };
    let rows = facts.given.iter().map(row).collect();
    Table { printed: Some(PRINTED), ..table(inputs, "discounts", heads(inputs, &ids), rows) }
}
