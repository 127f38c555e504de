//! A slow, obvious account of points for tests: every single point is a thing of its own with one fate.
//!
//! It shares no code with the walker: points are kept in a list, and each entry picks its points by sorting those that the rules allow.

use crate::{
    ledger::batch::NO_DAY,
    points::{
        entry::{Entry, Kind},
        programme::BeyondBalance,
    },
};

/// What became of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is there.
    Here,
    /// It was spent, lapsed or taken back by the entry.
    Gone(u128),
}

/// One point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    at: i64,
    lot: usize,
    id: u128,
    order: u128,
    pub(super) from: i32,
    pub(super) last: i32,
    pub(super) fate: Fate,
}

/// An account.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    pub(super) points: Vec<Point>,
    lots: usize,
    pub(super) owed: i64,
    pub(super) unmet: i64,
    /// What was taken, one by one: by which entry, whether it was a lapse, and which point; `None` for what nobody had.
    taken: Vec<(u128, bool, Option<usize>)>,
}

impl Oracle {
    /// Takes in one entry. Points live `life` days after the day of earning, and wait `pending` days.
    pub(super) fn take_in(&mut self, entry: &Entry, beyond: BeyondBalance, life: i32, pending: i32) {
        let day = entry.day();
        match (entry.kind, entry.points) {
            (Kind::Earn | Kind::Adjust | Kind::Reverse, 1..) => self.add(entry, entry.points, life, pending),
            (Kind::Redeem | Kind::Expire | Kind::Zero, 1..) => {
                let lapse = entry.kind != Kind::Redeem;
                let mut paid = Vec::new();
                for _ in 0..entry.points {
                    paid.extend(self.give_back(entry, lapse, (life, pending), beyond));
                }
                self.taken.extend(paid);
            }
            (kind, points) => {
                for _ in 0..-points {
                    let found = match kind {
                        Kind::Redeem | Kind::Adjust => self.to_spend(day, beyond),
                        Kind::Expire | Kind::Zero => self.first(|_| true),
                        Kind::Earn | Kind::Reverse => self.to_take_back(entry),
                    };
                    let lapse = matches!(kind, Kind::Expire | Kind::Zero);
                    self.taken.push((entry.id, lapse, found));
                    match found {
                        Some(at) => self.points[at].fate = Fate::Gone(entry.id),
                        None if beyond == BeyondBalance::Honour => self.owed += 1,
                        None => self.unmet += 1,
                    }
                }
            }
        }
    }

    fn add(&mut self, entry: &Entry, points: i64, life: i32, pending: i32) {
        let earned = entry.day();
        let wait = if entry.kind == Kind::Earn { pending } else { 0 };
        let from = if entry.usable_from == NO_DAY { earned + wait } else { entry.usable_from };
        let point = Point {
            at: entry.at,
            lot: self.lots,
            id: entry.id,
            order: entry.order,
            from,
            last: earned + life,
            fate: Fate::Here,
        };
        self.lots += 1;
        for _ in 0..points {
            if self.owed > 0 {
                self.owed -= 1;
            } else {
                self.points.push(point);
            }
        }
    }

    /// The point that lapses first among those that a test allows.
    fn first(&self, allowed: impl Fn(&Point) -> bool) -> Option<usize> {
        let here = self.points.iter().enumerate().filter(|(_, point)| point.fate == Fate::Here && allowed(point));
        here.min_by_key(|(_, point)| (point.last, point.at, point.lot)).map(|(at, _)| at)
    }

    fn to_spend(&self, day: i32, beyond: BeyondBalance) -> Option<usize> {
        let usable = self.first(|point| point.from <= day && day <= point.last);
        if usable.is_some() || beyond == BeyondBalance::Refuse {
            return usable;
        }
        self.first(|point| point.from > day).or_else(|| self.first(|point| point.last < day))
    }

    fn to_take_back(&self, entry: &Entry) -> Option<usize> {
        let newest = |allowed: &dyn Fn(&Point) -> bool| {
            let here = self.points.iter().enumerate().filter(|(_, point)| point.fate == Fate::Here && allowed(point));
            here.max_by_key(|(_, point)| point.lot).map(|(at, _)| at)
        };
        let named = newest(&|point| match (entry.reverses, entry.order) {
            (0, 0) => false,
            (0, order) => point.order == order,
            (id, _) => point.id == id,
        });
        named.or_else(|| newest(&|_| true))
    }

    /// Gives one point back. Where it pays for one that was taken in vain, gives by whom: that one took it now.
    fn give_back(
        &mut self,
        entry: &Entry,
        lapse: bool,
        (life, pending): (i32, i32),
        beyond: BeyondBalance,
    ) -> Option<(u128, bool, Option<usize>)> {
        let mine = |(by, was_lapse, _): &(u128, bool, Option<usize>)| {
            *was_lapse == lapse && (entry.reverses == 0 || *by == entry.reverses)
        };
        let Some(at) = self.taken.iter().rposition(mine) else {
            self.add_one(entry, life, pending);
            return None;
        };
        let Some(point) = self.taken.remove(at).2 else {
            match (self.owed, self.unmet) {
                (1.., _) => self.owed -= 1,
                (_, 1..) => self.unmet -= 1,
                _ => self.add_one(entry, life, pending),
            }
            return None;
        };
        let honour = beyond == BeyondBalance::Honour;
        let missing = if honour { &mut self.owed } else { &mut self.unmet };
        let vain = self.taken.iter().rposition(|(_, lapse, point)| point.is_none() && (honour || *lapse));
        if let Some(vain) = vain.filter(|_| *missing > 0) {
            *missing -= 1;
            let (by, lapse, _) = self.taken.remove(vain);
            self.points[point].fate = Fate::Gone(by);
            return Some((by, lapse, Some(point)));
        }
        self.points[point].fate = Fate::Here;
        None
    }

    /// One point of a lot of its own entry: points of one entry stand together.
    fn add_one(&mut self, entry: &Entry, life: i32, pending: i32) {
        let together = self.points.iter().rev().find(|point| point.id == entry.id).map(|point| point.lot);
        self.add(entry, 1, life, pending);
        if let (Some(lot), Some(last)) = (together, self.points.last_mut())
            && last.id == entry.id
        {
            last.lot = lot;
        }
    }

    /// How many points are there that a test allows.
    pub(super) fn count(&self, allowed: impl Fn(&Point) -> bool) -> i64 {
        let here = self.points.iter().filter(|point| point.fate == Fate::Here && allowed(point));
        i64::try_from(here.count()).unwrap()
    }
}
