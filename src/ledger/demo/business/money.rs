//! How business customers pay, what was agreed with them, and what they hold at the bank.

use chrono::Datelike;

use super::{Business, Rows, day, days, on, orders::Order, text};
use crate::{
    ledger::demo::dice::Dice,
    period::{Period, Unit, day_from_number, day_number},
};

/// When an order is to be paid, and when it was.
pub(super) struct Bill {
    /// The place of the order.
    pub(super) order: usize,
    /// The day on which it is due.
    pub(super) due: i32,
    /// The day of its payment; `None` while it is open.
    pub(super) paid: Option<i32>,
}

/// Every order is paid some time after it, by those who do well mostly on time.
pub(super) fn pay(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    businesses: &[Business],
    orders: &[Order],
) -> rusqlite::Result<Vec<Bill>> {
    let mut bills = Vec::new();
    for (place, order) in orders.iter().enumerate().filter(|(_, order)| order.amount > 0) {
        let Some(business) = businesses.get(order.customer) else { continue };
        let due = order.day + dice.one_of(&[30, 60, 90], 30);
        let late = days(dice.between(-12, 4 + (100 - business.merit) * (100 - business.merit) / 120));
        let paid = (due + late).max(order.day);
        let by_bill = dice.happens(if business.merit < 50 { 500_000 } else { 150_000 });
        bills.push(Bill { order: place, due, paid: Some(paid).filter(|paid| *paid <= rows.last) });
        if paid > rows.last {
            continue;
        }
        rows.add(
            "payments",
            &[
                ("payment_id", format!("P{}", order.id).into()),
                ("customer_id", text(&business.id)),
                ("paid_on", day(paid)),
                ("amount", order.amount.into()),
                ("instrument", text(if by_bill { "acceptance" } else { "cash" })),
                ("due_on", day(due)),
                ("days_late", (paid - due).into()),
            ],
        )?;
    }
    Ok(bills)
}

/// Price contracts of each year, credit set in January, special policies and settlements.
pub(super) fn agree(rows: &mut Rows<'_>, dice: &mut Dice, businesses: &[Business]) -> rusqlite::Result<()> {
    for business in businesses {
        for year in rows.years().filter(|year| business.started < on(*year, 1, 1)) {
            price_contract(rows, dice, business, year)?;
            let set = on(year, 1, 1) + days(dice.between(7, 25));
            if rows.holds(set) {
                let grade = super::class(dice, business.merit);
                let limit = if grade == "E" { 0 } else { business.order * business.orders / 6 / 100_000 * 100_000 };
                rows.add(
                    "credits",
                    &[
                        ("customer_id", text(&business.id)),
                        ("set_on", day(set)),
                        ("grade", text(grade)),
                        ("credit_limit", limit.into()),
                        ("set_by", text("财务部")),
                    ],
                )?;
            }
        }
        if dice.happens(180_000) {
            special_policy(rows, dice, business)?;
        }
    }
    Ok(())
}

fn price_contract(rows: &mut Rows<'_>, dice: &mut Dice, business: &Business, year: i32) -> rusqlite::Result<()> {
    let good = business.merit > 55;
    let words = if good {
        [("agreed", 70), ("conditional", 15), ("price-cut", 5), ("refused", 2), ("ignored", 1), ("open", 7)]
    } else {
        [("agreed", 25), ("conditional", 20), ("price-cut", 20), ("refused", 15), ("ignored", 12), ("open", 8)]
    };
    let signed = on(year, 1, 1) + days(dice.between(5, if good { 60 } else { 150 }));
    let status = match dice.weighted(&words, "open") {
        "agreed" | "conditional" | "price-cut" if signed > rows.last => "open",
        status => status,
    };
    let signs = matches!(status, "agreed" | "conditional" | "price-cut");
    rows.add(
        "price_contracts",
        &[
            ("customer_id", text(&business.id)),
            ("effective_on", day(on(year, 1, 1))),
            ("status", text(status)),
            ("signed_on", if signs { day(signed) } else { None::<String>.into() }),
            ("old_price_invoicing", dice.happens(if good { 50_000 } else { 300_000 }).into()),
        ],
    )
}

fn special_policy(rows: &mut Rows<'_>, dice: &mut Dice, business: &Business) -> rusqlite::Result<()> {
    let granted = rows.day_with(dice, business);
    let (kind, content) = dice.weighted(
        &[
            (("policy", "年度返利2%"), 40),
            (("policy", "免运费"), 25),
            (("settlement", "货到60天付款"), 20),
            (("settlement", "按季结算"), 15),
        ],
        ("policy", "免运费"),
    );
    rows.add(
        "special_policies",
        &[
            ("policy_id", format!("T{}", business.id).into()),
            ("customer_id", text(&business.id)),
            ("kind", text(kind)),
            ("content", text(content)),
            ("granted_on", day(granted)),
            ("ends_on", if dice.happens(700_000) { day(granted + 365) } else { None::<String>.into() }),
            ("approver", text("总经理")),
            ("stable", dice.happens(600_000).into()),
        ],
    )
}

/// What every eighth customer holds at the bank on each day of the last month and at the ends of those before.
pub(super) fn keep(rows: &mut Rows<'_>, dice: &mut Dice, businesses: &[Business]) -> rusqlite::Result<()> {
    let Some(last) = day_from_number(rows.last) else { return Ok(()) };
    let month = day_number(Period::holding(Unit::Month, last).first_day());
    let ends = (rows.first..month).filter(|number| day_from_number(number + 1).is_some_and(|day| day.day() == 1));
    let kept: Vec<i32> = ends.chain(month.max(rows.first)..=rows.last).collect();
    for business in businesses.iter().step_by(8) {
        for product in ["deposit", "wealth", "insurance", "fund", "loan"] {
            let mut amount = business.order * dice.between(1, 60) / 10;
            if product != "deposit" && dice.happens(400_000) {
                continue;
            }
            for on_day in kept.iter().filter(|day| **day >= business.started) {
                amount = amount * dice.between(97, 103) / 100;
                rows.add(
                    "balances",
                    &[
                        ("customer_id", text(&business.id)),
                        ("product", text(product)),
                        ("on_day", day(*on_day)),
                        ("amount", amount.into()),
                    ],
                )?;
            }
        }
    }
    Ok(())
}
