//! A member's points as lots: what each still holds after everything that the ledger says happened.
//!
//! The rules. What is spent comes from usable lots, the one that lapses first before others, then the one earned first. What is spent beyond them, where the ledger's word
//! holds, comes from pending lots, then from lots that lapsed without a posting, and is owed beyond that; new points pay what is owed first. A return takes from the lot that
//! it names, or from those of its order, the newest first; what is gone from there it takes from the newest lots. A lapse takes from the lots that lapse first. What is given
//! back goes to the lots that it came from, the last taken first, and lapses when they do; on its way it pays what is owed, and what a lapse took in vain.
//! Invariants: no lot ever holds less than nothing; what all lots hold, less what is owed and was not met, is the sum of the entries. Not here: which lots lapse on a day (`plan`).

use crate::{
    ledger::batch::NO_DAY,
    points::{
        entry::{Entry, Kind},
        programme::{BeyondBalance, Programme},
        rulebook::{ALIVE, Rulebook},
    },
};

/// The place of a class among those of the programme: 0 for members without one.
pub type ClassPlace = usize;

/// What stands for points that no lot held.
const DEBT: usize = usize::MAX;
/// Lots that may be empty before they are taken out of the queue.
const EMPTY_LOTS: usize = 32;

/// Points earned together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// The entry that earned them.
    pub id: u128,
    /// Its order; 0 for none.
    pub order: u128,
    /// When, in seconds since 1970 of local time.
    pub at: i64,
    /// The day.
    pub earned: i32,
    /// The first day on which they can be used.
    pub from: i32,
    /// The last day on which they can be used; [`crate::points::rulebook::FOREVER`] for ever.
    pub last: i32,
    /// How many were earned.
    pub points: i64,
    /// How many are left.
    pub left: i64,
    /// Whether the queue holds it.
    queued: bool,
}

/// Points taken from a lot.
#[derive(Debug, Clone, Copy)]
struct Draw {
    entry: u128,
    lapse: bool,
    lot: usize,
    points: i64,
}

/// Pairs what a member did with the lots.
#[derive(Debug)]
pub struct Walker<'p> {
    rulebook: Rulebook<'p>,
    beyond: BeyondBalance,
    class: ClassPlace,
    lots: Vec<Lot>,
    /// Places of lots that may hold something, in the order in which they lapse.
    queue: Vec<usize>,
    empty: usize,
    draws: Vec<Draw>,
    logged: bool,
    next: usize,
    owed: i64,
    unmet: i64,
    /// The last day of everything, where points lapse by inactivity.
    alive_until: i32,
}

impl<'p> Walker<'p> {
    /// A walker under the rules of a programme.
    pub fn new(programme: &'p Programme) -> Self {
        Self {
            rulebook: Rulebook::new(programme),
            beyond: programme.beyond_balance,
            class: 0,
            lots: Vec::new(),
            queue: Vec::new(),
            empty: 0,
            draws: Vec::new(),
            logged: false,
            next: 0,
            owed: 0,
            unmet: 0,
            alive_until: NO_DAY,
        }
    }

    /// Begins with a member of a class.
    pub fn begin(&mut self, class: ClassPlace) {
        self.class = class;
        self.lots.clear();
        self.queue.clear();
        self.draws.clear();
        (self.empty, self.next, self.owed, self.unmet, self.alive_until) = (0, 0, 0, 0, NO_DAY);
    }

    /// Goes on through the entries, which are in order, to the end of a day.
    pub fn advance(&mut self, entries: &[Entry], until: i32) {
        // Where nothing is ever given back there is no need to know what was taken from where.
        let gives_back =
            |entry: &Entry| entry.points > 0 && matches!(entry.kind, Kind::Redeem | Kind::Expire | Kind::Zero);
        self.logged = entries.iter().any(gives_back);
        while let Some(entry) = entries.get(self.next).filter(|entry| entry.day() <= until) {
            self.next += 1;
            self.take_in(entry);
        }
        self.end_inactive(until);
    }

    fn take_in(&mut self, entry: &Entry) {
        let day = entry.day();
        self.end_inactive(day);
        match (entry.kind, entry.points) {
            (_, 0) => {}
            (Kind::Earn | Kind::Adjust | Kind::Reverse, 1..) => self.add(entry, entry.points),
            (Kind::Redeem, 1..) => self.give_back(entry, false),
            (Kind::Expire | Kind::Zero, 1..) => self.give_back(entry, true),
            (Kind::Redeem | Kind::Adjust, _) => self.spend(entry, day),
            (Kind::Earn | Kind::Reverse, _) => self.take_back(entry),
            (Kind::Expire | Kind::Zero, _) => self.lapse(entry),
        }
        // A return is no earning, and what is given back was not redeemed.
        if matches!((entry.kind, entry.points.signum()), (Kind::Earn, 1) | (Kind::Redeem, -1)) {
            self.keep_alive(day);
        }
    }

    fn keep_alive(&mut self, day: i32) {
        self.alive_until = self.rulebook.alive_until(day).unwrap_or(self.alive_until);
    }

    /// Where points lapse by inactivity and the member was not active in time, fixes the day on which all of them lapsed.
    fn end_inactive(&mut self, day: i32) {
        if self.alive_until == NO_DAY || day <= self.alive_until {
            return;
        }
        let mut fixed = false;
        for lot in self.lots.iter_mut().filter(|lot| lot.last == ALIVE) {
            lot.last = self.alive_until;
            fixed = true;
        }
        if fixed {
            let lots = &self.lots;
            self.queue.sort_by_key(|at| lots.get(*at).map(|lot| (lot.last, lot.at, *at)));
        }
    }

    fn add(&mut self, entry: &Entry, points: i64) {
        let earned = entry.day();
        let paid = points.min(self.owed);
        self.owed -= paid;
        let last = self.rulebook.last_day(self.class, earned, entry.expires_on);
        if last == ALIVE && self.alive_until < earned {
            // Points given to a member who was never active, or no longer is: their time begins with them.
            self.keep_alive(earned);
        }
        let pending = if entry.kind == Kind::Earn { self.rulebook.pending_days(earned) } else { 0 };
        let from = if entry.usable_from == NO_DAY { earned.saturating_add(pending) } else { entry.usable_from };
        let (id, order, at) = (entry.id, entry.order, entry.at);
        let left = points - paid;
        self.lots.push(Lot { id, order, at, earned, from, last, points, left, queued: false });
        self.enqueue(self.lots.len() - 1);
    }

    fn enqueue(&mut self, lot: usize) {
        let key = |lots: &[Lot], at: usize| lots.get(at).map(|lot| (lot.last, lot.at, at));
        let own = key(&self.lots, lot);
        // New lots mostly lapse last: their place is near the end.
        let behind = self.queue.iter().rev().take_while(|at| key(&self.lots, **at) > own).count();
        self.queue.insert(self.queue.len() - behind, lot);
        if let Some(lot) = self.lots.get_mut(lot) {
            lot.queued = true;
            self.empty += usize::from(lot.left == 0);
        }
    }

    /// Takes points from a lot, at most what it holds; gives how many.
    fn draw(&mut self, entry: &Entry, lot: usize, wanted: i64) -> i64 {
        let Some(held) = self.lots.get_mut(lot).filter(|held| held.left > 0) else { return 0 };
        let points = wanted.min(held.left);
        held.left -= points;
        self.empty += usize::from(held.left == 0);
        self.log(entry, lot, points);
        points
    }

    fn log(&mut self, entry: &Entry, lot: usize, points: i64) {
        if self.logged && points > 0 {
            let lapse = matches!(entry.kind, Kind::Expire | Kind::Zero);
            self.draws.push(Draw { entry: entry.id, lapse, lot, points });
        }
    }

    /// Takes points from those lots of the queue, from a place on, that a test allows; gives how many are missing.
    fn draw_from_queue(&mut self, entry: &Entry, wanted: i64, from: usize, allowed: impl Fn(&Lot) -> bool) -> i64 {
        let mut missing = wanted;
        let mut place = from;
        while missing > 0 {
            let Some(at) = self.queue.get(place).copied() else { break };
            place += 1;
            if self.lots.get(at).is_some_and(&allowed) {
                missing -= self.draw(entry, at, missing);
            }
        }
        if self.empty > EMPTY_LOTS && self.empty * 2 > self.queue.len() {
            self.tidy();
        }
        missing
    }

    /// Takes empty lots out of the queue.
    fn tidy(&mut self) {
        let lots = &mut self.lots;
        self.queue.retain(|at| {
            let Some(lot) = lots.get_mut(*at) else { return false };
            lot.queued = lot.left > 0;
            lot.queued
        });
        self.empty = 0;
    }

    fn spend(&mut self, entry: &Entry, day: i32) {
        let lots = &self.lots;
        let usable = self.queue.partition_point(|at| lots.get(*at).is_some_and(|lot| lot.last < day));
        let mut missing = self
            .draw_from_queue(entry, entry.points.saturating_neg(), usable, |lot| lot.from <= day && day <= lot.last);
        if missing > 0 && self.beyond == BeyondBalance::Honour {
            missing = self.draw_from_queue(entry, missing, 0, |lot| lot.from > day);
            missing = self.draw_from_queue(entry, missing, 0, |lot| lot.last < day);
        }
        self.miss(entry, missing);
    }

    fn lapse(&mut self, entry: &Entry) {
        let missing = self.draw_from_queue(entry, entry.points.saturating_neg(), 0, |_| true);
        self.miss(entry, missing);
    }

    fn take_back(&mut self, entry: &Entry) {
        let mut missing = entry.points.saturating_neg();
        let named = |lot: &Lot| match (entry.reverses, entry.order) {
            (0, 0) => false,
            (0, order) => lot.order == order,
            (id, _) => lot.id == id,
        };
        for at in (0..self.lots.len()).rev() {
            if missing > 0 && self.lots.get(at).is_some_and(named) {
                missing -= self.draw(entry, at, missing);
            }
        }
        for at in (0..self.lots.len()).rev() {
            if missing == 0 {
                break;
            }
            missing -= self.draw(entry, at, missing);
        }
        self.miss(entry, missing);
    }

    /// Notes what no lot held.
    fn miss(&mut self, entry: &Entry, points: i64) {
        match self.beyond {
            BeyondBalance::Honour => self.owed = self.owed.saturating_add(points),
            BeyondBalance::Refuse => self.unmet = self.unmet.saturating_add(points),
        }
        self.log(entry, DEBT, points);
    }

    fn give_back(&mut self, entry: &Entry, lapse: bool) {
        let mut rest = entry.points;
        for at in (0..self.draws.len()).rev() {
            let Some(draw) = self.draws.get_mut(at).filter(|_| rest > 0) else { break };
            if draw.lapse != lapse || draw.points == 0 || (entry.reverses != 0 && draw.entry != entry.reverses) {
                continue;
            }
            let points = rest.min(draw.points);
            draw.points -= points;
            rest -= points;
            let lot = draw.lot;
            self.restore(entry, lot, points);
        }
        if rest > 0 {
            self.add(entry, rest);
        }
    }

    fn restore(&mut self, entry: &Entry, lot: usize, points: i64) {
        if lot == DEBT {
            // What was owed may have been paid by later points: those come back as new ones.
            let (unmet, owed) = (points.min(self.unmet), points.min(self.owed));
            match self.beyond {
                BeyondBalance::Refuse => self.unmet -= unmet,
                BeyondBalance::Honour => self.owed -= owed,
            }
            let rest = points - if self.beyond == BeyondBalance::Refuse { unmet } else { owed };
            if rest > 0 {
                self.add(entry, rest);
            }
            return;
        }
        let points = points - self.settle(lot, points);
        let Some(held) = self.lots.get_mut(lot).filter(|_| points > 0) else { return };
        self.empty -= usize::from(held.queued && held.left == 0);
        held.left += points;
        if !held.queued {
            self.enqueue(lot);
        }
    }

    /// Pays out of points that return to a lot what is owed, the last first, as if it had been taken from there; where beyond the balance nothing counts, what lapses took
    /// in vain alone: else it would lapse once more. Gives how many points that needs.
    fn settle(&mut self, lot: usize, points: i64) -> i64 {
        let honour = self.beyond == BeyondBalance::Honour;
        let missing = if honour { &mut self.owed } else { &mut self.unmet };
        let mut rest = points.min(*missing);
        let mut moved = Vec::new();
        for draw in self.draws.iter_mut().rev().filter(|draw| draw.lot == DEBT && (honour || draw.lapse)) {
            let taken = rest.min(draw.points);
            (draw.points, rest) = (draw.points - taken, rest - taken);
            *missing -= taken;
            moved.extend((taken > 0).then_some(Draw { lot, points: taken, ..*draw }));
        }
        let paid = moved.iter().map(|draw| draw.points).sum();
        self.draws.extend(moved);
        paid
    }

    /// The last day of a lot.
    fn last(&self, lot: &Lot) -> i32 {
        if lot.last == ALIVE { self.alive_until } else { lot.last }
    }

    /// The lots that hold something, in the order in which they lapse, each with its last day.
    pub fn lots(&self) -> impl Iterator<Item = (&Lot, i32)> {
        let held = self.queue.iter().filter_map(|at| self.lots.get(*at)).filter(|lot| lot.left > 0);
        held.map(|lot| (lot, self.last(lot)))
    }

    /// Points that the ledger says were spent and nothing was there for.
    pub fn owed(&self) -> i64 {
        self.owed
    }

    /// Points spent beyond the balance that were not counted.
    pub fn unmet(&self) -> i64 {
        self.unmet
    }

    /// What the member can use now or later, at the end of a day.
    pub fn balance(&self, day: i32) -> i64 {
        self.lots().filter(|(_, last)| *last >= day).map(|(lot, _)| lot.left).sum()
    }

    /// What cannot be used yet at the end of a day, as part of the balance.
    pub fn pending(&self, day: i32) -> i64 {
        self.lots().filter(|(lot, last)| *last >= day && lot.from > day).map(|(lot, _)| lot.left).sum()
    }

    /// What lapsed before a day and no entry says so.
    pub fn lapsed(&self, day: i32) -> i64 {
        self.lots().filter(|(_, last)| *last < day).map(|(lot, _)| lot.left).sum()
    }

    /// What lapses with the end of a day, and lapsed before it without a posting.
    pub fn lapsing(&self, day: i32) -> i64 {
        self.lots().filter(|(_, last)| *last <= day).map(|(lot, _)| lot.left).sum()
    }
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
