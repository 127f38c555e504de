//! The tables: stores, days, the receipts themselves.

use chrono::Timelike;

use crate::{
    money::Share,
    period::SECONDS_A_DAY,
    report::{
        Align, Cell, Column, Row, Table,
        graded::{data, total},
        prizes::{
            PrizeInputs,
            facts::{self, Facts, Tally},
            receipts::Receipt,
        },
    },
};

/// Receipts that are printed; the workbook and the data files have all.
const PRINTED: usize = 100;

/// The columns of a tally.
const TALLY: [&str; 7] = ["receipts", "winning", "share", "with_member", "without_member", "fell", "amount"];

fn heads(inputs: &PrizeInputs<'_>, ids: &[(&str, Align)]) -> Vec<Column> {
    ids.iter().map(|(id, align)| inputs.scene.column("prizes", id, *align)).collect()
}

fn cells(tally: Tally) -> Vec<Cell> {
    vec![
        Cell::Count(tally.receipts),
        Cell::Count(tally.winning()),
        Cell::Percent(Share::new(tally.winning(), tally.receipts)),
        Cell::Count(tally.with_member),
        Cell::Count(tally.without_member),
        Cell::Count(tally.fell),
        Cell::Money(tally.amount.into()),
    ]
}

/// A table with a tally in each row and their sum.
fn tallies(inputs: &PrizeInputs<'_>, id: &'static str, by: &str, rows: Vec<(Cell, Tally)>, facts: &Facts) -> Table {
    let mut columns = heads(inputs, &[(by, Align::Left)]);
    columns.extend(heads(inputs, &TALLY.map(|id| (id, Align::Right))));
    let row = |(name, tally): (Cell, Tally)| std::iter::once(name).chain(cells(tally)).collect();
    let sum = row((Cell::Text(inputs.say("sum")), facts.sum()));
    let mut rows: Vec<Row> = rows.into_iter().map(|one| data(row(one))).collect();
    rows.push(total(sum));
    Table { id: id.into(), title: inputs.say(&format!("{id}_table")), columns, rows, printed: None, note: None }
}

pub(super) fn stores(inputs: &PrizeInputs<'_>, facts: &Facts) -> Table {
    let name = |store: &Option<String>| Cell::Text(store.clone().unwrap_or_else(|| inputs.say("no_store")));
    let rows = facts.stores.iter().map(|(store, tally)| (name(store), *tally)).collect();
    tallies(inputs, "stores", "store", rows, facts)
}

pub(super) fn days(inputs: &PrizeInputs<'_>, facts: &Facts) -> Table {
    let rows = facts.days.iter().map(|(day, tally)| (Cell::Date(*day), *tally)).collect();
    tallies(inputs, "days", "day", rows, facts)
}

/// Receipts one by one, by store and time.
pub(super) fn receipts(inputs: &PrizeInputs<'_>, id: &'static str, receipts: &[Receipt]) -> Table {
    let columns = heads(
        inputs,
        &[
            ("order_id", Align::Left),
            ("day", Align::Left),
            ("time", Align::Left),
            ("store", Align::Left),
            ("member_id", Align::Left),
            ("sold", Align::Right),
            ("back", Align::Right),
            ("total", Align::Right),
        ],
    );
    let text = |column: &'static str, code: u32| {
        let text = inputs.scene.dictionaries.text(column, code);
        text.map_or(Cell::Empty, |text| Cell::Text(text.to_owned()))
    };
    let row = |receipt: &Receipt| {
        data(vec![
            text("order_id", receipt.order),
            facts::day(receipt).map_or(Cell::Empty, Cell::Date),
            Cell::Text(time(receipt.at)),
            text("store", receipt.store),
            text("member_id", receipt.member),
            Cell::Money(receipt.sold.into()),
            Cell::Money(receipt.back.into()),
            Cell::Money(facts::total(inputs, receipt).into()),
        ])
    };
    let rows = receipts.iter().map(row).collect();
    let note = Some(inputs.say(&format!("{id}_note")));
    Table { id: id.into(), title: inputs.say(&format!("{id}_table")), columns, rows, printed: Some(PRINTED), note }
}

/// The time of day of a second: `18:05`.
fn time(at: i64) -> String {
    let second = u32::try_from(at.rem_euclid(SECONDS_A_DAY)).unwrap_or(0);
    let time = chrono::NaiveTime::from_num_seconds_from_midnight_opt(second, 0);
    time.map_or_else(String::new, |time| format!("{:02}:{:02}", time.hour(), time.minute()))
}
