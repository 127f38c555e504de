//! What business customers owe: an invoice for each order, what was set against it, credits, disputes, promises, and the general ledger.
//!
//! Invariants: each payment settles the invoice of its order, on its day and with its due day, so that days late are the same by both; the balances of
//! the general ledger are those of the rows.

use rusqlite::{OptionalExtension, types::Value};

use super::{Business, Rows, day, days, money::Bill, orders::Order, text};
use crate::{
    ledger::demo::dice::Dice,
    period::{Period, Unit, day_from_number, day_number},
};

/// Terms of payment: their id, days, whether they begin at the end of the month, and what they are called.
const TERMS: [(&str, i64, bool, &str); 5] = [
    ("N30", 30, false, "30天"),
    ("N60", 60, false, "60天"),
    ("N90", 90, false, "90天"),
    ("M30", 30, true, "月结30天"),
    ("S3", 90, false, "分三期"),
];

/// Orders whose invoice is to be paid in three instalments, in a million.
const IN_PARTS: u32 = 60_000;

/// Days after which a credit is paid out.
const PAID_OUT_AFTER: i32 = 120;

/// What stands to a customer's credit or debit, for the general ledger: the day and the amount.
type Book = Vec<(i32, i64)>;

/// Writes all that is owed.
pub(super) fn owe(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    businesses: &[Business],
    orders: &[Order],
    bills: &[Bill],
) -> rusqlite::Result<()> {
    for (id, count, end_of_month, title) in TERMS {
        let values = [
            ("terms_id", text(id)),
            ("days", count.into()),
            ("end_of_month", end_of_month.into()),
            ("title", text(title)),
        ];
        rows.add("payment_terms", &values)?;
    }
    for (part, weight) in [(1_i64, 30_i64), (2, 40), (3, 30)] {
        let values =
            [("terms_id", text("S3")), ("part", part.into()), ("days", (part * 30).into()), ("weight", weight.into())];
        rows.add("terms_parts", &values)?;
    }
    let mut book = Book::new();
    for bill in bills {
        let Some((order, business)) = orders.get(bill.order).and_then(|of| Some((of, businesses.get(of.customer)?)))
        else {
            continue;
        };
        book.push((order.day, order.amount));
        invoice(rows, dice, business, order, bill)?;
        match bill.paid {
            Some(paid) => {
                book.push((paid, -order.amount));
                settle(rows, dice, order, paid)?;
                if paid > bill.due + 10 && dice.happens(400_000) {
                    promise(rows, dice, business, order, bill)?;
                }
            }
            None => chase(rows, dice, business, order, bill)?,
        }
        take_back(rows, business, order, bill, &mut book)?;
    }
    for business in businesses.iter().filter(|business| business.merit < 35) {
        old_fees(rows, dice, business, &mut book)?;
    }
    close_months(rows, &book)
}

/// The invoice of an order. A few of those not paid yet are to be paid in instalments, or do not say when.
fn invoice(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    business: &Business,
    order: &Order,
    bill: &Bill,
) -> rusqlite::Result<()> {
    let id = format!("F{}", order.id);
    let delay = bill.due - order.day;
    let open = bill.paid.is_none();
    let in_parts = dice.happens(IN_PARTS) && open && delay == 90;
    let silent = dice.happens(40_000) && open && delay == 30;
    let from_terms = dice.happens(300_000);
    let due = if silent || in_parts || from_terms { None::<String>.into() } else { day(bill.due) };
    let terms: Value = match delay {
        _ if silent => None::<String>.into(),
        90 if in_parts => text("S3"),
        30 => text("N30"),
        60 => text("N60"),
        _ => text("N90"),
    };
    rows.add(
        "invoices",
        &[
            ("invoice_id", text(&id)),
            ("customer_id", text(&business.id)),
            ("issued_on", day(order.day)),
            ("due_on", due),
            ("terms_id", terms),
            ("amount", order.amount.into()),
            ("number", format!("3100{}", order.id.trim_start_matches('G')).into()),
        ],
    )?;
    if in_parts {
        let third = order.amount / 3;
        for (part, amount) in [(1, third), (2, third), (3, order.amount - third * 2)] {
            let values = [
                ("invoice_id", text(&id)),
                ("part", part.into()),
                ("due_on", day(order.day + 30 * part)),
                ("amount", amount.into()),
            ];
            rows.add("invoice_parts", &values)?;
        }
    }
    Ok(())
}

/// A payment is set against its invoice; of a few only a part, because the customer wrote no number.
fn settle(rows: &mut Rows<'_>, dice: &mut Dice, order: &Order, paid: i32) -> rusqlite::Result<()> {
    let unclear = dice.happens(60_000) && paid + 45 > rows.last;
    let amount = if unclear { order.amount * 60 / 100 } else { order.amount };
    rows.add(
        "allocations",
        &[
            ("allocation_id", format!("H{}", order.id).into()),
            ("payment_id", format!("P{}", order.id).into()),
            ("invoice_id", format!("F{}", order.id).into()),
            ("amount", amount.into()),
            ("allocated_on", day(paid)),
        ],
    )
}

/// What is not paid is disputed by some, and promised by others.
fn chase(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    business: &Business,
    order: &Order,
    bill: &Bill,
) -> rusqlite::Result<()> {
    let opened = order.day + days(dice.between(10, 40));
    if dice.happens(if business.merit < 40 { 160_000 } else { 40_000 }) && rows.holds(opened) {
        let closed = opened + days(dice.between(15, 60));
        let reason = dice.weighted(&[("数量不符", 40), ("质量异议", 35), ("价格不符", 25)], "数量不符");
        rows.add(
            "disputes",
            &[
                ("dispute_id", format!("Y{}", order.id).into()),
                ("invoice_id", format!("F{}", order.id).into()),
                ("opened_on", day(opened)),
                ("closed_on", if rows.holds(closed) { day(closed) } else { None::<String>.into() }),
                ("amount", (order.amount * dice.between(1, 10) / 10).into()),
                ("reason", text(reason)),
            ],
        )?;
    }
    if dice.happens(500_000) { promise(rows, dice, business, order, bill) } else { Ok(()) }
}

/// A promise some days after the due day.
fn promise(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    business: &Business,
    order: &Order,
    bill: &Bill,
) -> rusqlite::Result<()> {
    let promised = bill.due + days(dice.between(3, 15));
    if rows.holds(promised) {
        rows.add(
            "promises",
            &[
                ("promise_id", format!("N{}", order.id).into()),
                ("customer_id", text(&business.id)),
                ("promised_on", day(promised)),
                ("due_on", day(promised + days(dice.between(5, 20)))),
                ("amount", order.amount.into()),
            ],
        )?;
    }
    Ok(())
}

/// Goods that came back are credited: against the invoice while it is open, else to the customer's account, from which they are paid out after a
/// while; of what was paid out no credit is written.
fn take_back(
    rows: &mut Rows<'_>,
    business: &Business,
    order: &Order,
    bill: &Bill,
    book: &mut Book,
) -> rusqlite::Result<()> {
    for (number, (back, amount)) in order.returned.iter().enumerate() {
        if bill.paid.is_some() && back + PAID_OUT_AFTER < rows.last {
            continue;
        }
        let id = format!("K{}-{number}", order.id);
        credit(rows, &id, business, (*back, *amount), "退货")?;
        book.push((*back, -*amount));
        if bill.paid.is_none() {
            offset(rows, &id, &format!("F{}", order.id), (*back, *amount))?;
        }
    }
    Ok(())
}

/// Fees for installation and freight that weak customers left unpaid for long; a few were written off.
fn old_fees(rows: &mut Rows<'_>, dice: &mut Dice, business: &Business, book: &mut Book) -> rusqlite::Result<()> {
    for number in 0..dice.between(0, 2) {
        let issued = rows.last - days(dice.between(110, 520));
        let amount = (business.order * dice.between(4, 30) / 100 / 100 * 100).max(20_000);
        let written_off = issued + days(dice.between(300, 420));
        let gives_up = dice.happens(250_000) && rows.holds(written_off);
        if issued < business.started.max(rows.first) {
            continue;
        }
        let id = format!("E{}-{number}", business.id);
        rows.add(
            "invoices",
            &[
                ("invoice_id", text(&id)),
                ("customer_id", text(&business.id)),
                ("issued_on", day(issued)),
                ("due_on", day(issued + 30)),
                ("terms_id", text("N30")),
                ("amount", amount.into()),
                ("number", text(&id)),
            ],
        )?;
        book.push((issued, amount));
        if gives_up {
            let note = format!("K{id}");
            credit(rows, &note, business, (written_off, amount), "坏账核销")?;
            offset(rows, &note, &id, (written_off, amount))?;
            book.push((written_off, -amount));
        }
    }
    Ok(())
}

fn credit(
    rows: &mut Rows<'_>,
    id: &str,
    business: &Business,
    (on, amount): (i32, i64),
    reason: &str,
) -> rusqlite::Result<()> {
    rows.add(
        "credit_notes",
        &[
            ("credit_note_id", text(id)),
            ("customer_id", text(&business.id)),
            ("issued_on", day(on)),
            ("amount", amount.into()),
            ("reason", text(reason)),
        ],
    )
}

fn offset(rows: &mut Rows<'_>, note: &str, invoice: &str, (on, amount): (i32, i64)) -> rusqlite::Result<()> {
    rows.add(
        "allocations",
        &[
            ("allocation_id", format!("H{note}").into()),
            ("credit_note_id", text(note)),
            ("invoice_id", text(invoice)),
            ("amount", amount.into()),
            ("allocated_on", day(on)),
        ],
    )
}

/// The balance of the general ledger at the end of each month that is over.
fn close_months(rows: &mut Rows<'_>, book: &Book) -> rusqlite::Result<()> {
    let sql = "SELECT value FROM ledger_info WHERE name = 'currency'";
    let known: Option<String> = rows.connection.query_row(sql, [], |row| row.get(0)).optional()?;
    let currency = known.unwrap_or_else(|| "CNY".to_owned());
    let mut end = day_from_number(rows.first).map(|first| Period::holding(Unit::Month, first).last_day());
    while let Some(last) = end.filter(|end| day_number(*end) <= rows.last) {
        let number = day_number(last);
        let balance: i64 = book.iter().filter(|(on, _)| *on <= number).map(|(_, amount)| amount).sum();
        let values = [("as_of", day(number)), ("currency", text(&currency)), ("amount", balance.into())];
        rows.add("control_totals", &values)?;
        end = day_from_number(number + 1).map(|next| Period::holding(Unit::Month, next).last_day());
    }
    Ok(())
}
