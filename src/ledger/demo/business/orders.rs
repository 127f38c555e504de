//! Orders of business customers, what they earned, and how the goods came and were found.

use std::collections::BTreeMap;

use chrono::Datelike;

use super::{Business, Rows, day, days, on, text};
use crate::{
    ledger::demo::{dice::Dice, shops::BUSINESS_DEPARTMENT},
    period::day_from_number,
};

/// Products of each category, with the share of the price that they cost, in hundredths.
const PRODUCTS: [(&str, [(&str, i64); 3]); 7] = [
    ("办公用品", [("复印纸", 78), ("硒鼓", 64), ("文具套装", 58)]),
    ("劳保用品", [("安全帽", 66), ("工作服", 61), ("防护手套", 55)]),
    ("食品礼盒", [("粽子礼盒", 60), ("月饼礼盒", 52), ("茶叶礼盒", 48)]),
    ("电脑数码", [("笔记本电脑", 91), ("显示器", 88), ("投影仪", 84)]),
    ("办公家具", [("办公桌", 67), ("人体工学椅", 62), ("文件柜", 70)]),
    ("工具类软件", [("计价软件", 31), ("算量软件", 33), ("排版软件", 36)]),
    ("管理类软件", [("项目管理系统", 28), ("成本管理系统", 30), ("采购平台", 34)]),
];

/// An order as it was placed.
pub(super) struct Order {
    pub(super) id: String,
    /// The place of the customer.
    pub(super) customer: usize,
    pub(super) day: i32,
    pub(super) amount: i64,
    /// The day and amount of each line that came back.
    pub(super) returned: Vec<(i32, i64)>,
    lines: Vec<(&'static str, i64, i64)>,
    customer_id: String,
}

/// Places the orders of the window.
pub(super) fn place(rows: &mut Rows<'_>, dice: &mut Dice, businesses: &[Business]) -> rusqlite::Result<Vec<Order>> {
    let mut orders = Vec::new();
    for (customer, business) in businesses.iter().enumerate() {
        let from = business.started.max(rows.first);
        let count = (i64::from(rows.last - from) * business.orders + dice.between(0, 364)) / 365;
        let mut placed: Vec<i32> = (0..count).map(|_| rows.day_with(dice, business)).collect();
        placed.sort_unstable();
        // Those who do badly stay away in the end, and those who do well buy more each year.
        let quits = business.merit < 15;
        let until = if quits { rows.last - 300 } else { rows.last };
        for placed in placed.into_iter().filter(|day| *day <= until) {
            let number = orders.len() + 1;
            orders.push(order(rows, dice, business, (customer, number), placed)?);
        }
    }
    Ok(orders)
}

fn order(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    business: &Business,
    (customer, number): (usize, usize),
    placed: i32,
) -> rusqlite::Result<Order> {
    let id = format!("G{number:06}");
    let growth = 100 + (business.merit - 45) * i64::from(placed - rows.first) / 1_500;
    let mut order = Order {
        id,
        customer,
        day: placed,
        amount: 0,
        returned: Vec::new(),
        lines: Vec::new(),
        customer_id: business.id.clone(),
    };
    for line in 1..=dice.weighted(&[(1, 60), (2, 30), (3, 10)], 1) {
        let category =
            if dice.happens(850_000) { business.category } else { dice.one_of(&super::CATEGORIES, "办公用品") };
        let goods = PRODUCTS.iter().find(|(name, _)| *name == category).map_or(&[][..], |(_, goods)| goods.as_slice());
        let (product, cost) = dice.one_of(goods, ("文具套装", 58));
        let amount = (business.order * growth / 100 * dice.between(50, 150) / 100 / 100 * 100).max(5_000);
        let cost = amount * (cost + dice.between(-3, 3)) / 100;
        let kind = if dice.happens(8_000) { "cancelled" } else { "sale" };
        write(rows, dice, business, &order.id, (line, placed, kind), (category, product), (amount, cost))?;
        if kind == "sale" {
            order.amount += amount;
            order.lines.push((product, amount, cost));
            let back = placed + days(dice.between(5, 25));
            if dice.happens(if business.merit < 30 { 60_000 } else { 15_000 }) && rows.holds(back) {
                let returned = format!("{}R", order.id);
                write(rows, dice, business, &returned, (line, back, "return"), (category, product), (-amount, -cost))?;
                order.returned.push((back, amount));
            }
        }
    }
    Ok(order)
}

fn write(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    business: &Business,
    order: &str,
    (line, placed, kind): (i32, i32, &str),
    (category, product): (&str, &str),
    (amount, cost): (i64, i64),
) -> rusqlite::Result<()> {
    let (hour, minute) = (dice.between(8, 17), dice.between(0, 59));
    let at = day_from_number(placed).map(|day| format!("{day} {hour:02}:{minute:02}:00"));
    let pieces = (amount / 10_000).abs().max(1) * amount.signum();
    rows.add(
        "transactions",
        &[
            ("line_id", format!("{order}-{line}").into()),
            ("order_id", text(order)),
            ("customer_id", text(&business.id)),
            ("at", at.into()),
            ("kind", text(kind)),
            ("category", text(category)),
            ("product", text(product)),
            ("salesperson", text(&business.salesperson)),
            ("department_id", text(BUSINESS_DEPARTMENT)),
            ("region_id", text(business.region)),
            ("quantity", (pieces * 1_000).into()),
            ("amount", amount.into()),
            ("cost", cost.into()),
            ("returns_order_id", order.strip_suffix('R').map(str::to_owned).into()),
        ],
    )
}

/// What each product earned with each customer in the years that are over.
pub(super) fn margins(rows: &mut Rows<'_>, orders: &[Order]) -> rusqlite::Result<()> {
    let mut earned: BTreeMap<(&str, &str, i32), (i64, i64)> = BTreeMap::new();
    for order in orders {
        let Some(year) = day_from_number(order.day).map(|day| day.year()) else { continue };
        for (product, amount, cost) in order.lines.iter().filter(|_| on(year, 12, 31) <= rows.last) {
            let (revenue, costs) = earned.entry((&order.customer_id, product, year)).or_default();
            *revenue += amount;
            *costs += cost;
        }
    }
    for ((customer, product, year), (revenue, cost)) in earned {
        rows.add(
            "product_margins",
            &[
                ("customer_id", text(customer)),
                ("product", text(product)),
                ("year_end", day(on(year, 12, 31))),
                ("revenue", revenue.into()),
                ("cost", cost.into()),
                // Freight and service come on top of the goods.
                ("profit", (revenue - cost - revenue / 20).into()),
            ],
        )?;
    }
    Ok(())
}

/// The goods come: mostly on time. What is due after the last day has not come yet.
pub(super) fn deliver(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    businesses: &[Business],
    orders: &[Order],
) -> rusqlite::Result<()> {
    for order in orders.iter().filter(|order| order.amount > 0) {
        let Some(business) = businesses.get(order.customer) else { continue };
        let due = order.day + days(dice.between(5, 20));
        let late = dice.weighted(&[(-2, 20), (-1, 20), (0, 48), (3, 7), (9, 5)], 0);
        let done = (due + late).max(order.day);
        let came = done <= rows.last;
        let invoiced = came && (!business.consignment || dice.happens(600_000));
        rows.add(
            "deliveries",
            &[
                ("delivery_id", format!("D{}", order.id).into()),
                ("customer_id", text(&business.id)),
                ("due_on", day(due)),
                ("done_on", if came { day(done) } else { None::<String>.into() }),
                ("on_time", came.then_some(late <= 0).into()),
                ("consignment", business.consignment.into()),
                ("invoiced", invoiced.into()),
                ("amount", order.amount.into()),
            ],
        )?;
    }
    Ok(())
}

/// Quality problems that were found, and claims.
pub(super) fn object(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    businesses: &[Business],
    orders: &[Order],
) -> rusqlite::Result<()> {
    for order in orders.iter().filter(|order| order.amount > 0) {
        let Some(business) = businesses.get(order.customer) else { continue };
        let found = order.day + days(dice.between(6, 60));
        if !rows.holds(found) {
            continue;
        }
        if dice.happens(30_000) {
            rows.add(
                "quality_problems",
                &[
                    ("problem_id", format!("Q{}", order.id).into()),
                    ("customer_id", text(&business.id)),
                    ("found_on", day(found)),
                    ("severity", text(dice.weighted(&[("major", 18), ("general", 82)], "general"))),
                ],
            )?;
        }
        if dice.happens(if business.merit < 30 { 60_000 } else { 12_000 }) {
            rows.add(
                "claims",
                &[
                    ("claim_id", format!("S{}", order.id).into()),
                    ("customer_id", text(&business.id)),
                    ("claimed_on", day(found)),
                    ("amount", (order.amount * dice.between(2, 30) / 100).into()),
                    ("misjudged", dice.happens(200_000).into()),
                    ("direct_invoice", dice.happens(150_000).into()),
                ],
            )?;
        }
    }
    Ok(())
}
