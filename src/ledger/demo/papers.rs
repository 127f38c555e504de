//! What members hold when the window starts and ends: the tier they were given, and their card.
//!
//! Invariants: a tier follows from what a member's habit would have spent in the year before the window; a card is renewed every two
//! years for as long as its holder is seen. Not here: tiers within the window, which fenji grades itself.

use chrono::NaiveDate;
use rusqlite::{Transaction, params};

use super::{
    calendar::{Calendar, YEAR},
    dice::Dice,
    goods::{self, Level, Profile},
    members::Member,
    write::member_id,
};
use crate::period::{day_from_number, day_number, days_after, months_after};

/// The scheme to which the tiers at the start belong.
const SCHEME: &str = "member-tier";

/// Labels of the tiers with the twelve-month net spend in fen from which each is reached, the lowest first.
pub(super) const TIERS: [(&str, i64); 5] = [
    ("普通会员", 0),
    ("银卡会员", 300_000),
    ("金卡会员", 1_000_000),
    ("白金卡会员", 3_000_000),
    ("钻石卡会员", 8_000_000),
];

/// The label for a spend of twelve months in fen.
pub(super) fn tier(spend: i64) -> &'static str {
    TIERS.iter().rev().find(|(_, from)| spend >= *from).map_or(TIERS[0].0, |(label, _)| label)
}

/// Gives every member the tier at the start and writes those of members registered by then; returns how many.
///
/// # Errors
/// What the database says when it refuses a row.
pub(super) fn grant_tiers(
    transaction: &Transaction<'_>,
    dice: &mut Dice,
    members: &mut [Member],
    calendar: &Calendar,
) -> rusqlite::Result<u64> {
    let mut history = transaction.prepare(
        "INSERT INTO tier_history(member_id, scheme_id, tier, effective_on, reason) VALUES (?, ?, ?, ?, '期初等级')",
    )?;
    let orders = Expectation::new();
    let first = day_number(calendar.first());
    let effective_on = calendar.first().to_string();
    let mut granted = 0;
    for (number, member) in (1..).zip(members).filter(|(_, member)| member.registered < first) {
        member.tier = tier(orders.year_before(dice, member, first));
        history.execute(params![member_id(number), SCHEME, member.tier, effective_on])?;
        granted += 1;
    }
    Ok(granted)
}

/// Writes the card that each member holds after the last day; returns how many.
///
/// # Errors
/// What the database says when it refuses a row.
pub(super) fn issue_cards(
    transaction: &Transaction<'_>,
    dice: &mut Dice,
    members: &[Member],
    calendar: &Calendar,
) -> rusqlite::Result<u64> {
    let mut cards = transaction.prepare(
        "INSERT INTO cards(card_id, member_id, tier, issued_on, valid_from, valid_to, fee, status) VALUES (?,?,?,?,?,?,0,?)",
    )?;
    let mut issued = 0;
    for (number, member) in (1_u32..).zip(members) {
        let (from, to) = validity(member);
        let (issued_on, status) = (from.to_string(), status(dice, member, to, calendar.last()));
        let card = format!("K{number:08}");
        cards.execute(params![card, member_id(number), member.tier, issued_on, issued_on, to.to_string(), status])?;
        issued += 1;
    }
    Ok(issued)
}

/// First and last day of the card that a member had when last seen.
pub(super) fn validity(member: &Member) -> (NaiveDate, NaiveDate) {
    let registered = day_from_number(member.registered).unwrap_or(NaiveDate::MIN);
    let mut issued = registered;
    for renewal in 1..=50 {
        let next = months_after(registered, renewal * 24);
        if day_number(next) > member.seen {
            break;
        }
        issued = next;
    }
    (issued, days_after(months_after(issued, 24), -1))
}

fn status(dice: &mut Dice, member: &Member, valid_to: NaiveDate, last: NaiveDate) -> &'static str {
    if member.blocked.is_some() {
        "cancelled"
    } else if valid_to < last {
        "expired"
    } else {
        dice.weighted(&[("active", 994), ("lost", 6)], "active")
    }
}

/// What an order of each kind of member comes to.
struct Expectation(Vec<(Profile, Level, i64)>);

impl Expectation {
    fn new() -> Self {
        let mut orders = Vec::new();
        for profile in [Profile::Household, Profile::Young, Profile::Senior, Profile::Parent, Profile::Business] {
            for level in [Level::Thrifty, Level::Middle, Level::Comfortable, Level::Affluent] {
                let lines = if profile == Profile::Business { 192 } else { 245 };
                orders.push((profile, level, goods::typical_line(profile, level) * lines / 100));
            }
        }
        Self(orders)
    }

    /// What a member would have spent in the year before the first day, in fen.
    fn year_before(&self, dice: &mut Dice, member: &Member, first: i32) -> i64 {
        if member.seen < first - 365 {
            return 0;
        }
        let habit = member.habit;
        let order = self.0.iter().find(|(profile, level, _)| (*profile, *level) == (habit.profile, habit.level));
        let days = i128::from(member.registered.abs_diff(first).min(365));
        let clock = i128::from(YEAR) * days / 365;
        let usual = order.map_or(0, |(_, _, amount)| i128::from(*amount)) * clock / i128::from(member.pace.max(1));
        i64::try_from(usual * i128::from(dice.between(80, 150)) / 100).unwrap_or(i64::MAX)
    }
}
