//! The demo trade, day by day: visits, sales to strangers, returns, adjustments, and the points that move with them.
//!
//! Invariants: rows come in the order of time; nothing happens outside the window; a purse never goes below zero, whatever the order
//! of entries of the same second. Not here: how members behave (`behaviour`), what they buy (`goods`), how rows are written (`write`).

use std::rc::Rc;

use chrono::Datelike;
use rusqlite::Connection;

use super::{
    behaviour::{self, Habit, Next},
    calendar::{Calendar, TradingDay},
    dice::Dice,
    members::Member,
    orders::{Numbers, Sale},
    points::{REFERRAL, points_for},
    shops::Stores,
    write::{Batch, DayText, Entry, Line, OrderId},
};
/// Sales without a card in a hundred sales with one, counted in lines.
const STRANGERS: u64 = 14;

/// Odds in a million that a member with enough points redeems some at a visit.
const REDEEMS: u32 = 110_000;

/// Odds in a million that a member gets points by way of apology at a visit.
const APOLOGY: u32 = 500;

/// What is to happen on a day.
enum Event {
    /// A member comes.
    Visit(u32),
    /// Somebody without a card comes.
    Stranger,
    /// Lines that follow from an earlier order: a return or an adjustment.
    FollowUp(i64, Vec<Line>),
}

/// The trade in progress.
pub(super) struct Trade<'run, 'connection> {
    dice: &'run mut Dice,
    calendar: &'run Calendar,
    stores: Stores,
    members: &'run mut [Member],
    visits: Vec<Vec<u32>>,
    follow_ups: Vec<Vec<(i64, Vec<Line>)>>,
    numbers: Numbers,
    lines: Batch<'connection, Line>,
    entries: Batch<'connection, Entry>,
    member_lines: u64,
    stranger_lines: u64,
}

/// A day as the trade sees it.
#[derive(Clone)]
struct Today {
    index: usize,
    day: TradingDay,
    text: Rc<DayText>,
}

impl<'run, 'connection> Trade<'run, 'connection> {
    /// The trade before its first day.
    ///
    /// # Errors
    /// What the database says when a table is missing.
    pub(super) fn new(
        connection: &'connection Connection,
        dice: &'run mut Dice,
        calendar: &'run Calendar,
        stores: Stores,
        members: &'run mut [Member],
    ) -> rusqlite::Result<Self> {
        let days = calendar.days().len();
        let mut visits = vec![Vec::new(); days];
        for (number, member) in (1..).zip(members.iter()) {
            if let Some(today) = calendar.index_at(member.clock).and_then(|index| visits.get_mut(index)) {
                today.push(number);
            }
        }
        Ok(Self {
            dice,
            calendar,
            stores,
            members,
            visits,
            follow_ups: vec![Vec::new(); days],
            numbers: Numbers::default(),
            lines: Batch::new(connection)?,
            entries: Batch::new(connection)?,
            member_lines: 0,
            stranger_lines: 0,
        })
    }

    /// Runs one day.
    ///
    /// # Errors
    /// What the database says when it refuses a row.
    pub(super) fn run_day(&mut self, index: usize, day: TradingDay) -> rusqlite::Result<()> {
        if day.date.ordinal() == 1 {
            self.members.iter_mut().for_each(|member| member.purse.turn_year());
        }
        let today = Today { index, day, text: Rc::new(DayText::new(day.date)) };
        self.numbers = Numbers::default();
        for (second, event) in self.plan_day(&today) {
            match event {
                Event::Visit(number) => self.visit(&today, second, number)?,
                Event::Stranger => self.stranger(&today, second)?,
                Event::FollowUp(paid, lines) => self.follow_up(&today, second, (paid, lines))?,
            }
        }
        Ok(())
    }

    /// Writes what is left; returns how many lines and points entries there are.
    ///
    /// # Errors
    /// What the database says when it refuses a row.
    pub(super) fn close(mut self) -> rusqlite::Result<(u64, u64)> {
        self.lines.flush()?;
        self.entries.flush()?;
        Ok((self.lines.added(), self.entries.added()))
    }

    /// The events of a day in the order of time.
    fn plan_day(&mut self, today: &Today) -> Vec<(u32, Event)> {
        let numbers = self.visits.get_mut(today.index).map(std::mem::take).unwrap_or_default();
        let wanted = (self.member_lines + numbers.len() as u64 * 5 / 2) * STRANGERS / 100;
        let strangers = wanted.saturating_sub(self.stranger_lines) / 2;
        let follow_ups = self.follow_ups.get_mut(today.index).map(std::mem::take).unwrap_or_default();
        let mut events: Vec<(u32, Event)> = numbers
            .into_iter()
            .map(Event::Visit)
            .chain((0..strangers).map(|_| Event::Stranger))
            .chain(follow_ups.into_iter().map(|(paid, lines)| Event::FollowUp(paid, lines)))
            .map(|event| (behaviour::second(self.dice), event))
            .collect();
        events.sort_by_key(|(second, _)| *second);
        events
    }

    fn visit(&mut self, today: &Today, second: u32, number: u32) -> rusqlite::Result<()> {
        let Some(member) = place(number).and_then(|at| self.members.get_mut(at)) else { return Ok(()) };
        let day = today.day.number;
        if member.blocked.is_some_and(|from| from <= day) {
            return Ok(());
        }
        let new = member.registered == day;
        match behaviour::next(self.dice, member.pace, new) {
            Next::Never => {}
            Next::After(wait) => {
                member.clock = (member.clock + wait).max(today.day.ends_at + 1);
                if let Some(visits) = self.calendar.index_at(member.clock).and_then(|at| self.visits.get_mut(at)) {
                    visits.push(number);
                }
            }
        }
        let Some(store) = behaviour::visited(self.dice, self.stores, member.home, day) else { return Ok(()) };
        member.seen = day;
        let habit = member.habit;
        let (customer, referrer, blocked) = (member.customer, member.referrer, member.blocked.is_some());
        let sale = Sale { member: Some(number), customer, habit, store, troublesome: blocked };
        self.redeem(today, second, number)?;
        self.member_lines += self.sell(today, second, &sale)?;
        if let Some(referrer) = referrer.filter(|_| new) {
            self.grant(today, second, (referrer, REFERRAL), ("earn", Some("referral")), None)?;
        }
        if self.dice.happens(APOLOGY) {
            let points = self.dice.one_of(&[50, 100, 200], 50);
            self.grant(today, second, (number, points), ("adjust", Some("event")), None)?;
        }
        Ok(())
    }

    fn stranger(&mut self, today: &Today, second: u32) -> rusqlite::Result<()> {
        let habit = Habit::walk_in(self.dice);
        let store = self.stores.anywhere(self.dice, today.day.number);
        let sale = Sale { member: None, customer: None, habit, store, troublesome: false };
        self.stranger_lines += self.sell(today, second, &sale)?;
        Ok(())
    }

    /// Writes an order with the points it earns and plans what follows from it; returns its lines.
    fn sell(&mut self, today: &Today, second: u32, sale: &Sale) -> rusqlite::Result<u64> {
        let order = OrderId { series: 'S', day: Rc::clone(&today.text), number: self.numbers.sale() };
        let lines = sale.lines(self.dice, today.day.occasion, &order, second);
        let total: i64 = lines.iter().filter(|line| line.kind == "sale").map(|line| line.amount).sum();
        let count = lines.len() as u64;
        for (days, lines) in sale.follow_ups(self.dice, &lines) {
            if let Some(later) = self.follow_ups.get_mut(today.index + days) {
                later.push((total, lines));
            }
        }
        for line in lines {
            self.lines.add(line)?;
        }
        let earned = points_for(total);
        if let Some(number) = sale.member.filter(|_| earned > 0) {
            self.grant(today, second, (number, earned), ("earn", Some("purchase")), Some(order))?;
        }
        Ok(count)
    }

    /// Writes a return or an adjustment of an order that was paid, with the points that it takes back or gives.
    fn follow_up(&mut self, today: &Today, second: u32, (paid, lines): (i64, Vec<Line>)) -> rusqlite::Result<()> {
        let Some(first) = lines.first() else { return Ok(()) };
        let (series, kind, member) = (first.order.series, first.kind, first.member);
        let order = OrderId { series, day: Rc::clone(&today.text), number: self.numbers.follow_up(series) };
        let moved: i64 = lines.iter().map(|line| line.amount).sum();
        for line in lines {
            self.lines.add(Line { order: order.clone(), second, ..line })?;
        }
        let Some(number) = member else { return Ok(()) };
        // A return leaves the order the points of what remains; an adjustment is in whole yuan.
        let points = if kind == "return" { points_for(paid + moved) - points_for(paid) } else { points_for(moved) };
        if points > 0 {
            return self.grant(today, second, (number, points), ("earn", Some("purchase")), Some(order));
        }
        let Some(member) = place(number).and_then(|at| self.members.get_mut(at)) else { return Ok(()) };
        let points = member.purse.reverse(-points);
        if points > 0 {
            self.post(today, second, (number, -points), ("reverse", None), Some(order))?;
        }
        Ok(())
    }

    fn redeem(&mut self, today: &Today, second: u32, number: u32) -> rusqlite::Result<()> {
        let thrift = usize::try_from(self.dice.below(3)).unwrap_or(0);
        let Some(member) = place(number).and_then(|at| self.members.get_mut(at)) else { return Ok(()) };
        let Some(points) = member.purse.redeemable(thrift) else { return Ok(()) };
        if !self.dice.happens(REDEEMS) {
            return Ok(());
        }
        let points = member.purse.redeem(points);
        self.post(today, second, (number, -points), ("redeem", None), None)
    }

    /// Adds points to a member's purse and posts them.
    fn grant(
        &mut self,
        today: &Today,
        second: u32,
        (number, points): (u32, i64),
        why: (&'static str, Option<&'static str>),
        order: Option<OrderId>,
    ) -> rusqlite::Result<()> {
        if let Some(member) = place(number).and_then(|at| self.members.get_mut(at)) {
            member.purse.earn(points);
        }
        self.post(today, second, (number, points), why, order)
    }

    fn post(
        &mut self,
        today: &Today,
        second: u32,
        (member, points): (u32, i64),
        (kind, rule): (&'static str, Option<&'static str>),
        order: Option<OrderId>,
    ) -> rusqlite::Result<()> {
        let number = self.entries.added() + 1;
        self.entries.add(Entry { number, member, day: Rc::clone(&today.text), second, kind, points, rule, order })
    }
}

/// The place of the member of a number.
fn place(number: u32) -> Option<usize> {
    usize::try_from(number.checked_sub(1)?).ok()
}
