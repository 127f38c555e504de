//! What members make use of besides shopping: the services of the best card, and now and then one that a card does not give.
//!
//! Invariants: draws of its own, so that the trade does not depend on it; holders of the best card use services on days of that card, within the
//! window. Not here: who has a right to what (`config/entitlements.toml`).

use chrono::NaiveDate;
use rusqlite::{Transaction, params};

use super::{
    calendar::Calendar,
    dice::Dice,
    members::Member,
    papers::{TIERS, validity},
    write::member_id,
};
use crate::period::{Period, Unit, day_from_number, day_number};

/// Services with how many times a year the holder of a best card uses them, by weight.
const SERVICES: [(&str, &[(u32, u32)]); 7] = [
    ("生日贺卡", &[(0, 12), (1, 88)]),
    ("免费体检", &[(0, 34), (1, 62), (2, 4)]),
    ("健康咨询", &[(0, 70), (1, 25), (2, 5)]),
    ("机场贵宾厅", &[(0, 45), (1, 25), (2, 18), (4, 12)]),
    ("住宿优惠", &[(0, 60), (1, 25), (3, 15)]),
    ("俱乐部活动", &[(0, 40), (1, 35), (2, 25)]),
    ("VIP窗口", &[(0, 55), (1, 30), (2, 15)]),
];

/// Odds in a million that a member uses a service in a year that the card does not give: of the tier below the best, and of all others.
const WITHOUT_RIGHT: (u32, u32) = (30_000, 2_000);

/// Writes the uses of every year of the window; returns how many.
///
/// # Errors
/// What the database says when it refuses a row.
pub(super) fn use_services(
    transaction: &Transaction<'_>,
    seed: u64,
    members: &[Member],
    calendar: &Calendar,
) -> rusqlite::Result<u64> {
    let mut dice = Dice::named(seed, "entitlements");
    let mut insert = transaction.prepare(
        "INSERT INTO entitlement_uses(use_id, member_id, service, used_on) VALUES ('E' || printf('%07d', ?), ?, ?, ?)",
    )?;
    let mut uses = 0_u64;
    let (first, last) = (day_number(calendar.first()), day_number(calendar.last()));
    for (number, member) in (1_u32..).zip(members).filter(|(_, member)| member.blocked.is_none()) {
        let mut used = drawn(&mut dice, member, calendar);
        if number == 1 {
            // A ledger as small as can be has one, too.
            used.push((member.registered.clamp(first, last), "机场贵宾厅"));
        }
        used.sort_unstable();
        for (day, service) in used {
            uses += 1;
            let day = day_from_number(day).map(|day| day.to_string());
            insert.execute(params![i64::try_from(uses).unwrap_or(0), member_id(number), service, day])?;
        }
    }
    Ok(uses)
}

/// What a member uses, with the days.
fn drawn(dice: &mut Dice, member: &Member, calendar: &Calendar) -> Vec<(i32, &'static str)> {
    let (from, to) = validity(member);
    let best = TIERS.last().is_some_and(|(label, _)| *label == member.tier);
    let second = TIERS.iter().rev().nth(1).is_some_and(|(label, _)| *label == member.tier);
    let odds = if second { WITHOUT_RIGHT.0 } else { WITHOUT_RIGHT.1 };
    let mut used = Vec::new();
    let mut year = Period::holding(Unit::Year, calendar.first());
    while year.first_day() <= calendar.last() {
        if let Some((from, to)) = within(year, (from, to), (calendar.first(), calendar.last())) {
            let day = |dice: &mut Dice| i32::try_from(dice.between(from.into(), to.into())).unwrap_or(from);
            if best {
                for (service, times) in SERVICES {
                    (0..dice.weighted(times, 0)).for_each(|_| used.push((day(dice), service)));
                }
            } else if dice.happens(odds) {
                let service = dice.one_of(&["免费体检", "机场贵宾厅"], "免费体检");
                used.push((day(dice), service));
            }
        }
        year = Period::holding(Unit::Year, year.end());
    }
    used
}

/// The days of a year on which a card is valid within the window.
fn within(year: Period, card: (NaiveDate, NaiveDate), window: (NaiveDate, NaiveDate)) -> Option<(i32, i32)> {
    let from = year.first_day().max(card.0).max(window.0);
    let to = year.last_day().min(card.1).min(window.1);
    (from <= to).then(|| (day_number(from), day_number(to)))
}
