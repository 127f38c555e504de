//! Business customers who buy in their own name, with all that is told of them; and what stands beside: leases, physicians, reservations.
//!
//! Invariants: every part draws from a stream of its own, so that one part may change without the others; nothing that happened is dated outside the
//! plan's window. How well a customer does (`merit`) shows in all that is told of them. Not here: the shops' trade with members (`demo::trade`).

mod judged;
mod leases;
mod money;
mod orders;
mod others;
mod owed;
mod service;
mod survey;

use chrono::{Datelike, NaiveDate};
use rusqlite::{Connection, types::Value};

use super::{
    DemoPlan,
    dice::Dice,
    names::{self, Sex, company},
    shops::BUSINESS_DEPARTMENT,
};
use crate::period::{day_from_number, day_number};

/// Where the names of these companies begin among all: those of members' companies stand before.
const FIRST_NAME: u32 = 6_000;

/// Regions by how many of the customers are there.
const REGION_WEIGHTS: [(&str, u32); 5] = [("R01", 40), ("R02", 20), ("R03", 16), ("R04", 14), ("R05", 10)];

/// What customers mainly buy.
const CATEGORIES: [&str; 7] = ["办公用品", "劳保用品", "食品礼盒", "电脑数码", "办公家具", "工具类软件", "管理类软件"];

/// A business customer.
struct Business {
    id: String,
    /// The first day of the cooperation, as a number.
    started: i32,
    region: &'static str,
    category: &'static str,
    salesperson: String,
    /// What an order comes to, in fen.
    order: i64,
    /// Orders in a year.
    orders: i64,
    /// How well they do, from 0 to 100.
    merit: i64,
    consignment: bool,
}

/// Writes rows and counts them.
struct Rows<'c> {
    connection: &'c Connection,
    /// The first day of the window, as a number.
    first: i32,
    /// The last day of the window, as a number.
    last: i32,
    added: u64,
}

/// Writes the business customers of a plan with all their rows; returns how many rows, and how many of them are transaction lines.
///
/// # Errors
/// What the database says when it refuses a row.
pub(super) fn settle(connection: &Connection, plan: &DemoPlan) -> rusqlite::Result<(u64, u64)> {
    if plan.businesses == 0 {
        return Ok((0, 0));
    }
    let (first, last) = (day_number(plan.first_day()), day_number(plan.last_day));
    let mut rows = Rows { connection, first, last, added: 0 };
    connection.set_prepared_statement_cache_capacity(64);
    let dice = |part: &str| Dice::named(plan.seed, part);
    let businesses = customers(&mut rows, &mut dice("business"), plan)?;
    let before = rows.added;
    let orders = orders::place(&mut rows, &mut dice("business orders"), &businesses)?;
    let lines = rows.added - before;
    orders::margins(&mut rows, &orders)?;
    let bills = money::pay(&mut rows, &mut dice("payments"), &businesses, &orders)?;
    owed::owe(&mut rows, &mut dice("receivables"), &businesses, &orders, &bills)?;
    money::agree(&mut rows, &mut dice("agreements"), &businesses)?;
    money::keep(&mut rows, &mut dice("balances"), &businesses)?;
    orders::deliver(&mut rows, &mut dice("deliveries"), &businesses, &orders)?;
    orders::object(&mut rows, &mut dice("claims"), &businesses, &orders)?;
    judged::assess(&mut rows, &mut dice("assessments"), &businesses)?;
    judged::hope(&mut rows, &mut dice("opportunities"), &businesses)?;
    service::visit(&mut rows, &mut dice("visits"), &businesses)?;
    service::serve(&mut rows, &mut dice("services"), &businesses)?;
    survey::ask(&mut rows, &mut dice("surveys"), &businesses)?;
    leases::sign(&mut rows, &mut dice("leases"), &businesses)?;
    others::prescribe(&mut rows, &mut dice("physicians"), plan.businesses / 4 + 1)?;
    others::reserve(&mut rows, &mut dice("reservations"), plan.businesses / 2 + 1)?;
    Ok((rows.added, lines))
}

fn customers(rows: &mut Rows<'_>, dice: &mut Dice, plan: &DemoPlan) -> rusqlite::Result<Vec<Business>> {
    let mut businesses = Vec::new();
    for number in 1..=plan.businesses {
        let region = dice.weighted(&REGION_WEIGHTS, "R01");
        let size = dice.along(&[(0, 1), (500_000, 6), (850_000, 30), (970_000, 120), (1_000_000, 600)]);
        // One in seven is new within the window, the others were there before.
        let started = if dice.happens(140_000) {
            i32::try_from(dice.between(rows.first.into(), rows.last.into())).unwrap_or(rows.first)
        } else {
            rows.first - i32::try_from(dice.between(1, 3_000)).unwrap_or(1)
        };
        let business = Business {
            id: format!("B{number:05}"),
            started,
            region,
            category: dice.one_of(&CATEGORIES, CATEGORIES[0]),
            salesperson: names::person(dice, Sex::Female, 1988),
            order: i64::from(size) * dice.between(50_000, 90_000),
            orders: i64::from(dice.along(&[(0, 1), (400_000, 4), (800_000, 12), (1_000_000, 40)])),
            merit: dice.between(0, 100),
            consignment: dice.happens(150_000),
        };
        describe(rows, dice, number, i64::from(size), &business)?;
        businesses.push(business);
    }
    Ok(businesses)
}

/// Writes a customer with what is known of them.
fn describe(rows: &mut Rows<'_>, dice: &mut Dice, number: u32, size: i64, business: &Business) -> rusqlite::Result<()> {
    let (name, industry) = company(FIRST_NAME + number);
    let organisations = [
        ("party-government", 8),
        ("pillar-enterprise", 7),
        ("medium-enterprise", 25),
        ("institution", 15),
        ("small-enterprise", 30),
        ("ordinary-group", 15),
    ];
    let trades = [("普通商", 50), ("加盟商", 20), ("OEM商", 8), ("contractor", 10), ("owner", 7), ("intermediary", 5)];
    let channels = [("展会", 20), ("转介绍", 35), ("电话", 25), ("网络", 20)];
    let (good, large) = (business.merit > 70, size > 60);
    let status = match business.merit {
        0..4 => "blocked",
        4..12 => "development",
        _ => "active",
    };
    let mut odds = |likely: bool| dice.happens(if likely { 600_000 } else { 40_000 });
    let flags = [odds(large), odds(large && good), odds(large), odds(large), odds(large && good), odds(good)];
    let [influential, benchmark, central, top_ten, top_three, key_person] = flags;
    let star = (business.merit / 16 + 1).min(6);
    rows.add(
        "customers",
        &[
            ("customer_id", text(&business.id)),
            ("name", name.into()),
            ("kind", text("business")),
            ("industry", text(industry)),
            ("region_id", text(business.region)),
            ("department_id", text(BUSINESS_DEPARTMENT)),
            ("salesperson", text(&business.salesperson)),
            ("started_on", day(business.started)),
            ("status", text(status)),
            ("trade_type", text(dice.weighted(&trades, "普通商"))),
            ("organisation_type", text(dice.weighted(&organisations, "small-enterprise"))),
            ("legal_entity", dice.happens(930_000).into()),
            ("registered_capital", (size * dice.between(20, 400) * 1_000_000).into()),
            ("source_channel", text(dice.weighted(&channels, "转介绍"))),
            ("category", text(business.category)),
            ("influential", influential.into()),
            ("industry_benchmark", benchmark.into()),
            ("central_soe", central.into()),
            ("top_ten", (top_ten || top_three).into()),
            ("top_three", top_three.into()),
            ("key_person", key_person.into()),
            ("estimating_staff", (size / 4 + dice.between(0, 6)).into()),
            ("software_users", (size / 3 + dice.between(0, 10)).into()),
            ("sales_mode", text(if business.consignment { "consignment" } else { "direct" })),
            ("invoicing_allowed", dice.happens(if good { 800_000 } else { 300_000 }).into()),
            ("payment_risk", dice.happens(if business.merit < 20 { 500_000 } else { 15_000 }).into()),
            (
                "service_level",
                text(["1", "2", "3"].get(usize::from(good) + usize::from(large)).copied().unwrap_or("1")),
            ),
            ("star", star.into()),
        ],
    )
}

impl Rows<'_> {
    /// Adds a row: columns with their values.
    fn add(&mut self, table: &str, values: &[(&str, Value)]) -> rusqlite::Result<()> {
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        let places = vec!["?"; names.len()].join(",");
        let mut statement =
            self.connection.prepare_cached(&format!("INSERT INTO {table}({}) VALUES({places})", names.join(",")))?;
        statement.execute(rusqlite::params_from_iter(values.iter().map(|(_, value)| value)))?;
        self.added += 1;
        Ok(())
    }

    /// A day of the window on which a customer was there.
    fn day_with(&self, dice: &mut Dice, business: &Business) -> i32 {
        let from = business.started.max(self.first);
        i32::try_from(dice.between(from.into(), self.last.into())).unwrap_or(self.last)
    }

    /// The calendar years that the window touches.
    fn years(&self) -> std::ops::RangeInclusive<i32> {
        let year = |number| day_from_number(number).map_or(1970, |day| day.year());
        year(self.first)..=year(self.last)
    }

    /// Whether a day is in the window.
    fn holds(&self, number: i32) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

fn text(text: &str) -> Value {
    text.to_owned().into()
}

/// A day as it stands in the ledger.
fn day(number: i32) -> Value {
    day_from_number(number).map(|day| day.to_string()).into()
}

/// The number of a day of the calendar.
fn on(year: i32, month: u32, day: u32) -> i32 {
    NaiveDate::from_ymd_opt(year, month, day).map_or(0, day_number)
}

/// A number of days.
fn days(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(0)
}

/// A class from A, the best, to E, that is mostly that of a merit.
fn class(dice: &mut Dice, merit: i64) -> &'static str {
    let seen = (merit + dice.between(-15, 15)).clamp(0, 99);
    ["E", "D", "C", "B", "A"].get(usize::try_from(seen / 20).unwrap_or(0)).copied().unwrap_or("C")
}
