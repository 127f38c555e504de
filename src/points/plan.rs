//! What lapses with the end of a day (S16, S17, S18): the plan that people review and approve before anything is written.
//!
//! Invariants: a plan is about what the entries up to its day say; what happens later can only make less lapse, never more. Nothing is written here.

use chrono::NaiveDate;

use serde::{Deserialize, Serialize};

use crate::{
    ledger::{batch::identity_of, error::LedgerError, snapshot::Snapshot},
    period::{day_from_number, day_number},
    points::{
        account::Walker,
        entry::{Entry, Kind},
        members::{Classes, Member, fold},
        programme::{Lapse, Programme},
    },
};

/// How points lapse, as postings say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanKind {
    /// By lot or inactivity.
    Expire,
    /// On a day of the calendar.
    Zero,
}

impl PlanKind {
    /// How a programme lapses points on a day; `None` before its first version.
    pub fn of(programme: &Programme, day: NaiveDate) -> Option<Self> {
        Some(match programme.version_on(day)?.lapse {
            Lapse::Lot(_) | Lapse::Inactivity(_) => Self::Expire,
            Lapse::Calendar { .. } => Self::Zero,
        })
    }

    /// The word of the contract, in declarations and in keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expire => "expire",
            Self::Zero => "zero",
        }
    }

    /// The kind of a word.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Expire, Self::Zero].into_iter().find(|kind| kind.name() == name)
    }
}

/// A lot that lapses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LapsingLot {
    /// The day on which it was earned.
    pub earned: i32,
    /// Its last usable day.
    pub last: i32,
    /// How many points lapse.
    pub points: i64,
}

/// What lapses of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// The member.
    pub member: String,
    /// The class, as a place among those of the programme.
    pub class: usize,
    /// All points of the member at the end of the day, before anything lapses.
    pub balance: i64,
    /// What lapses.
    pub lapses: i64,
    /// What of it is left when the plan is made: members may have spent some since.
    pub left: i64,
    /// Points earned after the day, until the plan was made: they are kept.
    pub earned_since: i64,
    /// The lots that lapse, the first to lapse first.
    pub lots: Vec<LapsingLot>,
}

impl PlanRow {
    /// What the member keeps at the end of the day.
    pub fn kept(&self) -> i64 {
        self.balance - self.lapses
    }
}

/// What the key of a reversal begins with, before the key of what it reverses.
pub const REVERSE: &str = "reverse:";
/// Editions of a day's plan among which what a key reverses is looked for.
const MOST_EDITIONS: i64 = 50;

/// The key under which a posting of a plan stands in the ledger once: never of a run or an attempt.
pub fn posting_key(programme: &str, kind: PlanKind, day: NaiveDate, edition: i64, member: &str) -> String {
    format!("{}:{programme}:{day}:{edition}:{member}", kind.name())
}

/// What lapses with the end of a day: a row for each member who loses something, by id. Of an edition that is being posted its own entries do not count; nor do
/// lapses that were reversed, with what reversed them.
///
/// # Errors
/// [`LedgerError`] when the entries cannot be read.
pub fn lapsing(
    snapshot: &mut Snapshot,
    programme: &Programme,
    classes: &Classes,
    (on, kind): (NaiveDate, PlanKind),
    edition: i64,
) -> Result<Vec<PlanRow>, LedgerError> {
    let day = day_number(on);
    let visit = |found: &mut Vec<PlanRow>, walker: &mut Walker<'_>, member: &Member<'_>| {
        let reversed = reversed(&programme.id, member);
        if reversed.is_empty() && member.entries.iter().all(|entry| entry.key == 0) {
            return found.extend(row(walker, member, day));
        }
        let own = identity_of(&posting_key(&programme.id, kind, on, edition, member.id));
        let counts = |entry: &&Entry| entry.key != own && !reversed.contains(&entry.id);
        let others: Vec<Entry> = member.entries.iter().filter(counts).copied().collect();
        found.extend(row(walker, &Member { entries: &others, ..*member }, day));
    };
    let mut rows = fold(snapshot, programme, classes, &visit, &|all: &mut Vec<PlanRow>, some| all.extend(some))?;
    rows.sort_unstable_by(|one, other| one.member.cmp(&other.member));
    Ok(rows)
}

/// The lapses of a member that were reversed whole, and what reversed them.
fn reversed(programme: &str, member: &Member<'_>) -> Vec<u128> {
    let lapses = |entry: &&Entry| matches!(entry.kind, Kind::Expire | Kind::Zero);
    let mut found = Vec::new();
    for back in member.entries.iter().filter(lapses).filter(|back| back.points > 0) {
        let whole = |lapse: &&Entry| lapse.points == -back.points && takes_back(programme, member.id, back, lapse);
        if let Some(lapse) = member.entries.iter().filter(lapses).find(whole) {
            found.extend([lapse.id, back.id]);
        }
    }
    found
}

/// Whether an entry takes a lapse back: it names it, or, where the ledger has no column for that, its key does.
fn takes_back(programme: &str, member: &str, back: &Entry, lapse: &Entry) -> bool {
    if back.reverses != 0 || back.key == 0 {
        return back.reverses != 0 && back.reverses == lapse.id;
    }
    let kind = if lapse.kind == Kind::Zero { PlanKind::Zero } else { PlanKind::Expire };
    let Some(day) = day_from_number(lapse.day()).filter(|_| lapse.key != 0) else { return false };
    let keys = (1..=MOST_EDITIONS).map(|edition| posting_key(programme, kind, day, edition, member));
    keys.into_iter().any(|key| identity_of(&key) == lapse.key && identity_of(&format!("{REVERSE}{key}")) == back.key)
}

fn row(walker: &mut Walker<'_>, member: &Member<'_>, day: i32) -> Option<PlanRow> {
    walker.advance(member.entries, day);
    let lapses = walker.lapsing(day);
    if lapses == 0 {
        return None;
    }
    let lots = walker.lots().filter(|(_, last)| *last <= day);
    let lots = lots.map(|(lot, last)| LapsingLot { earned: lot.earned, last, points: lot.left }).collect();
    let balance = walker.lots().map(|(lot, _)| lot.left).sum::<i64>() - walker.owed();
    walker.advance(member.entries, i32::MAX);
    let since = member.entries.iter().filter(|entry| entry.day() > day && entry.points > 0);
    Some(PlanRow {
        member: member.id.to_owned(),
        class: member.class,
        balance,
        lapses,
        left: lapses.min(walker.lapsing(day)),
        earned_since: since.map(|entry| entry.points).sum(),
        lots,
    })
}
