//! The members of the demo ledger: who they are, when they registered, and how they start.
//!
//! Invariants: members are numbered in the order of registration; a referrer registered no later than the member referred; a member's
//! home store was open when they registered. Not here: what they do in the window (`trade`), their cards (`papers`).

use rusqlite::{Transaction, params};

use super::{
    DemoPlan,
    behaviour::{self, Habit},
    calendar::{Calendar, YEAR},
    dice::Dice,
    names::{self, Sex},
    papers,
    points::Purse,
    shops::{BUSINESS_DEPARTMENT, Store, Stores},
    write::{customer_id, member_id},
};
use crate::period::{day_from_number, day_number, days_after};

/// A member while the trade goes on.
#[derive(Debug)]
pub(super) struct Member {
    /// Day of registration.
    pub(super) registered: i32,
    /// The member who referred this one, by number.
    pub(super) referrer: Option<u32>,
    /// The business customer, by number.
    pub(super) customer: Option<u32>,
    /// Home store.
    pub(super) home: &'static Store,
    /// How they shop.
    pub(super) habit: Habit,
    /// Average time between visits on the calendar's clock.
    pub(super) pace: u64,
    /// The calendar's clock at the next visit; beyond the calendar's end for a member who has left.
    pub(super) clock: u64,
    /// The last day on which they were seen.
    pub(super) seen: i32,
    /// First day on which they may not buy any more.
    pub(super) blocked: Option<i32>,
    /// Tier at the start of the window.
    pub(super) tier: &'static str,
    /// Points.
    pub(super) purse: Purse,
}

/// Members per business customer.
const BUSINESS_EVERY: u32 = 67;

/// Members per blocked one.
const BLOCKED_EVERY: u32 = 900;

/// How many lines the orders of a member come to on the whole, in per mille of the member's orders: lines per order, returns, sales
/// to others, less what those who leave would have bought.
const LINES_PER_ORDER: u64 = 2_500;

/// Draws the members and writes them, together with the business customers.
///
/// # Errors
/// What the database says when it refuses a row.
pub(super) fn settle(
    transaction: &Transaction<'_>,
    dice: &mut Dice,
    plan: &DemoPlan,
    calendar: &Calendar,
    stores: Stores,
) -> rusqlite::Result<Vec<Member>> {
    let days = registrations(dice, plan, calendar);
    let mut members = Vec::with_capacity(days.len());
    let mut registrar = Registrar::new(transaction, plan, calendar)?;
    for (number, registered) in (1..).zip(days) {
        let business = number % BUSINESS_EVERY == BUSINESS_EVERY / 2;
        let home = stores.anywhere(dice, registered);
        let customer = business.then_some(number / BUSINESS_EVERY + 1);
        let blocked = (number % BLOCKED_EVERY == BLOCKED_EVERY / 3)
            .then(|| i32::try_from(dice.between(i64::from(registered) + 30, i64::from(registrar.last))).unwrap_or(0));
        let referrer = (number > 1 && dice.happens(120_000)).then(|| 1 + dice.below(number - 1));
        let mut member = Member {
            registered,
            referrer,
            customer,
            home,
            habit: Habit::business(dice),
            pace: 0,
            clock: 0,
            seen: registered,
            blocked,
            tier: papers::tier(0),
            purse: Purse::default(),
        };
        let person = registrar.add_member(dice, number, &member)?;
        if let Some(customer) = customer {
            registrar.add_customer(dice, customer, &member)?;
        } else {
            member.habit = Habit::private(dice, person);
        }
        members.push(member);
    }
    set_paces(&mut members, plan, calendar);
    let first = day_number(calendar.first());
    for member in &mut members {
        if member.registered < first {
            set_out(dice, member, calendar);
        } else {
            member.clock = calendar.clock_before(member.registered) + 1;
        }
    }
    Ok(members)
}

/// The days of registration in order: most before the window, more and more towards it, the others within, by how busy a day is.
fn registrations(dice: &mut Dice, plan: &DemoPlan, calendar: &Calendar) -> Vec<i32> {
    let within = u64::from(plan.members) * u64::from((plan.months * 8).min(400)) / 1_000;
    let first = day_number(calendar.first());
    let mut days: Vec<i32> = (0..u64::from(plan.members))
        .map(|place| {
            if place < within {
                let clock = u64::from(dice.below(u32::try_from(calendar.end()).unwrap_or(u32::MAX))) + 1;
                let day = calendar.index_at(clock).and_then(|index| calendar.days().get(index));
                day.map_or(first, |day| day.number)
            } else {
                let earlier = dice.along(&[
                    (0, 1),
                    (220_000, 250),
                    (420_000, 560),
                    (600_000, 900),
                    (760_000, 1_320),
                    (880_000, 1_800),
                    (960_000, 2_400),
                    (1_000_000, 3_300),
                ]);
                first - i32::try_from(earlier).unwrap_or(1)
            }
        })
        .collect();
    days.sort_unstable();
    days
}

/// Sets how often each member comes, so that the ledger as a whole has about the lines which the plan asks for.
fn set_paces(members: &mut [Member], plan: &DemoPlan, calendar: &Calendar) {
    let end = calendar.end();
    let visits = |member: &Member| (end - calendar.clock_before(member.registered)) * u64::from(member.habit.visits);
    let orders = members.iter().map(visits).sum::<u64>() / (100 * YEAR);
    let lines = orders * LINES_PER_ORDER / 1_000;
    let wanted = u64::from(plan.members) * u64::from(plan.lines_per_member);
    for member in members {
        let usual = 100 * u128::from(YEAR) / u128::from(member.habit.visits.max(1));
        let pace = usual * u128::from(lines) / u128::from(wanted.max(1));
        member.pace = u64::try_from(pace).unwrap_or(u64::MAX).max(1);
    }
}

/// Sets when a member who registered before the window was last seen and comes next. Some have already left, a few of them come back.
fn set_out(dice: &mut Dice, member: &mut Member, calendar: &Calendar) {
    let first = day_number(calendar.first());
    let known = member.registered.abs_diff(first);
    let mut days_ago = |most: u32| first - 1 - i32::try_from(dice.below(most.min(known))).unwrap_or(0);
    let (left, present) = (days_ago(1_400), days_ago(120));
    if dice.happens(50_000) {
        member.seen = left;
        let back = u64::from(dice.below(u32::try_from(calendar.end()).unwrap_or(u32::MAX))) + 1;
        member.clock = if dice.happens(150_000) { back } else { calendar.end() + 1 };
    } else {
        member.seen = present;
        let wait = behaviour::gap(dice, member.pace);
        // The gap in which a day falls is longer than the average gap, here by a third.
        member.clock = wait * u64::from(dice.below(1_333)) / 1_000 + 1;
    }
}

/// Writes members and business customers.
struct Registrar<'transaction> {
    member: rusqlite::Statement<'transaction>,
    customer: rusqlite::Statement<'transaction>,
    members: u32,
    year: i32,
    last: i32,
}

impl<'transaction> Registrar<'transaction> {
    fn new(transaction: &'transaction Transaction<'_>, plan: &DemoPlan, calendar: &Calendar) -> rusqlite::Result<Self> {
        Ok(Self {
            member: transaction.prepare(
                "INSERT INTO members(member_id, customer_id, name, phone, email, birthday, sex, registered_on, region_id, \
                 department_id, store, referrer_id, blocked) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            )?,
            customer: transaction.prepare(
                "INSERT INTO customers(customer_id, name, kind, industry, region_id, department_id, salesperson, started_on, \
                 status) VALUES (?,?,'business',?,?,?,?,?,?)",
            )?,
            members: plan.members,
            year: chrono::Datelike::year(&calendar.first()),
            last: day_number(calendar.last()),
        })
    }

    /// Writes a member; returns the year of birth.
    fn add_member(&mut self, dice: &mut Dice, number: u32, member: &Member) -> rusqlite::Result<i32> {
        let sex = if dice.happens(610_000) { Sex::Female } else { Sex::Male };
        let age = dice.along(&[(0, 18), (250_000, 29), (500_000, 38), (750_000, 49), (950_000, 68), (1_000_000, 82)]);
        let birthday = chrono::NaiveDate::from_ymd_opt(self.year - i32::try_from(age).unwrap_or(40), 1, 1)
            .map(|january| days_after(january, dice.between(0, 364)));
        let born = birthday.map_or(self.year - 40, |day| chrono::Datelike::year(&day));
        let name = match number {
            _ if number == self.members / 3 => names::RARE_NAMES[0].to_owned(),
            _ if number == self.members / 3 * 2 => names::RARE_NAMES[1].to_owned(),
            _ => names::person(dice, sex, born),
        };
        let id = member_id(number);
        let phone = dice.happens(940_000).then(|| names::phone(number));
        let email = dice.happens(380_000).then(|| format!("{}@example.com", id.to_lowercase()));
        let department = if member.customer.is_some() { BUSINESS_DEPARTMENT } else { member.home.department };
        self.member.execute(params![
            id,
            member.customer.map(customer_id),
            name,
            phone,
            email,
            birthday.filter(|_| dice.happens(910_000)).map(|day| day.to_string()),
            dice.happens(970_000).then_some(sex.word()),
            day_from_number(member.registered).map(|day| day.to_string()),
            member.home.region,
            department,
            member.home.name,
            member.referrer.map(member_id),
            member.blocked.is_some(),
        ])?;
        Ok(born)
    }

    /// Writes the business customer to whom a member belongs.
    fn add_customer(&mut self, dice: &mut Dice, number: u32, member: &Member) -> rusqlite::Result<()> {
        let (name, industry) = names::company(number - 1);
        let salesperson = dice.weighted(&member.home.salespeople, "");
        let started = member.registered - i32::try_from(dice.below(60)).unwrap_or(0);
        let status = if member.blocked.is_some() {
            "blocked"
        } else {
            dice.weighted(&[("active", 93), ("development", 7)], "active")
        };
        self.customer.execute(params![
            customer_id(number),
            name,
            industry,
            member.home.region,
            BUSINESS_DEPARTMENT,
            salesperson,
            day_from_number(started).map(|day| day.to_string()),
            status,
        ])?;
        Ok(())
    }
}
