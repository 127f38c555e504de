//! The days that a programme gives to points: when they can be used, until when, and how long a member counts as active.
//!
//! Invariants: a day is worked out once for each class, however many entries it has.

use crate::{
    ledger::batch::NO_DAY,
    period::{day_from_number, day_number},
    points::{
        account::ClassPlace,
        programme::{Lapse, Programme, Version, next_zeroing},
        validity::{Length, Validity},
    },
};

/// The last day of points that never lapse.
pub const FOREVER: i32 = i32::MAX;
/// The last day of points that lapse when their member is inactive: it moves.
pub(super) const ALIVE: i32 = i32::MAX - 1;
/// The last day of points on whose entry it stands.
const AS_ENTERED: i32 = i32::MAX - 2;
/// A day that was not worked out yet.
const UNKNOWN: i32 = i32::MIN;
/// The first day for which days are remembered: 1970-01-01.
const FIRST: i32 = 0;
/// How many days are remembered: to 2106.
const DAYS: usize = 50_000;

/// Last days by the day of earning, remembered.
#[derive(Debug)]
pub(super) struct Rulebook<'p> {
    programme: &'p Programme,
    /// Names of classes by place, from 1.
    classes: Vec<&'p str>,
    /// Last days by class and day of earning.
    known: Vec<Vec<i32>>,
}

impl<'p> Rulebook<'p> {
    pub(super) fn new(programme: &'p Programme) -> Self {
        let classes = programme.class_names();
        Self { programme, known: vec![Vec::new(); classes.len() + 1], classes }
    }

    fn version(&self, day: i32) -> Option<&'p Version> {
        let programme = self.programme;
        // Points older than the first version lapse by the first.
        programme.version_on(day_from_number(day)?).or_else(|| programme.versions.first())
    }

    /// The last day of points earned on a day by a member of a class, on whose entry a last day may stand.
    pub(super) fn last_day(&mut self, class: ClassPlace, earned: i32, entered: i32) -> i32 {
        let last = self.rule_of(class, earned);
        match last {
            AS_ENTERED if entered == NO_DAY => FOREVER,
            AS_ENTERED => entered,
            _ => last,
        }
    }

    fn rule_of(&mut self, class: ClassPlace, earned: i32) -> i32 {
        let place = usize::try_from(earned.saturating_sub(FIRST)).ok().filter(|place| *place < DAYS);
        let known = self.known.get(class).zip(place).and_then(|(known, place)| known.get(place).copied());
        if let Some(known) = known.filter(|known| *known != UNKNOWN) {
            return known;
        }
        let last = self.work_out(class, earned);
        if let (Some(known), Some(place)) = (self.known.get_mut(class), place) {
            if known.len() <= place {
                known.resize(place + 1, UNKNOWN);
            }
            known.get_mut(place).into_iter().for_each(|known| *known = last);
        }
        last
    }

    fn work_out(&self, class: ClassPlace, earned: i32) -> i32 {
        let (Some(version), Some(day)) = (self.version(earned), day_from_number(earned)) else { return FOREVER };
        match &version.lapse {
            Lapse::Lot(Validity { length: Length::AsEntered, .. }) => AS_ENTERED,
            Lapse::Lot(validity) => validity.last_usable(day).map_or(FOREVER, day_number),
            Lapse::Inactivity(Validity { length: Length::Unlimited, .. }) => FOREVER,
            Lapse::Inactivity(_) => ALIVE,
            Lapse::Calendar { .. } => {
                let class = class.checked_sub(1).and_then(|at| self.classes.get(at)).copied();
                next_zeroing(self.programme, class, day).map_or(FOREVER, day_number)
            }
        }
    }

    /// Until when a member who was active on a day counts as active; `None` where that does not matter. Lots keep their policy, so that the last version by inactivity says it
    /// when a later one is of another kind.
    pub(super) fn alive_until(&self, day: i32) -> Option<i32> {
        let active = day_from_number(day)?;
        let versions = &self.programme.versions;
        let known = versions.iter().rev().filter(|version| version.in_force <= active).chain(versions.first());
        let validity = known.filter_map(|version| match &version.lapse {
            Lapse::Inactivity(validity) => Some(validity),
            Lapse::Lot(_) | Lapse::Calendar { .. } => None,
        });
        validity.take(1).find_map(|validity| validity.last_usable(active)).map(day_number)
    }

    /// Days until points earned on a day can be used.
    pub(super) fn pending_days(&self, earned: i32) -> i32 {
        self.version(earned).and_then(|version| i32::try_from(version.pending_days).ok()).unwrap_or(0)
    }
}
