//! The points entries of a ledger, member by member, in the order in which they happened.
//!
//! Invariants: entries of one second come in a fixed order: what adds before what takes, and lapses last. Not here: what they do to a member's lots (`points::account`).

use crate::{
    ledger::{
        batch::{Batch, Dictionaries, NO_DAY, Values},
        decode::Texts,
        dictionary::Dictionary,
        entity::{Entity, entity},
        snapshot::Snapshot,
    },
    period::SECONDS_A_DAY,
    points::programme::Programme,
};

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Points earned.
    Earn,
    /// Points spent; positive: given back.
    Redeem,
    /// Points that lapsed by lot; positive: taken back.
    Expire,
    /// Points that were zeroed; positive: taken back.
    Zero,
    /// Earned points taken back with a return.
    Reverse,
    /// Adjusted by hand.
    Adjust,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Earn, Self::Redeem, Self::Expire, Self::Zero, Self::Reverse, Self::Adjust];

    /// The word of the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Earn => "earn",
            Self::Redeem => "redeem",
            Self::Expire => "expire",
            Self::Zero => "zero",
            Self::Reverse => "reverse",
            Self::Adjust => "adjust",
        }
    }
}

/// One movement of a member's points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// When, in seconds since 1970 of local time.
    pub at: i64,
    /// Signed points.
    pub points: i64,
    /// What it is.
    pub kind: Kind,
    /// What tells it apart from others.
    pub id: u128,
    /// The entry that it takes back; 0 for none.
    pub reverses: u128,
    /// Its order; 0 for none.
    pub order: u128,
    /// The key of a posting of fenji's; 0 for none.
    pub key: u128,
    /// The last day that it says itself; [`NO_DAY`] for none.
    pub expires_on: i32,
    /// The first day that it says itself; [`NO_DAY`] for none.
    pub usable_from: i32,
}

impl Entry {
    /// The day on which it happened.
    pub fn day(&self) -> i32 {
        i32::try_from(self.at.div_euclid(SECONDS_A_DAY)).unwrap_or(i32::MAX)
    }

    /// The place among entries of one second.
    fn rank(&self) -> u8 {
        match (self.kind, self.points < 0) {
            (Kind::Expire | Kind::Zero, true) => 2,
            (Kind::Expire | Kind::Zero, false) => 3,
            (_, true) => 1,
            (_, false) => 0,
        }
    }
}

/// The entity: the contract has it.
pub fn points_entry() -> Option<&'static Entity> {
    entity("points_entry")
}

/// The columns that are read, as far as the ledger has them: what names a row is only told apart.
pub fn columns(snapshot: &Snapshot, programme: &Programme) -> Vec<(&'static str, Texts)> {
    let must = [("at", Texts::Coded), ("points", Texts::Coded), ("kind", Texts::Coded), ("entry_id", Texts::ToldApart)];
    let own = programme.entries.is_some().then_some(("programme", Texts::Coded));
    let may = [
        ("reverses_id", Texts::ToldApart),
        ("order_id", Texts::ToldApart),
        ("posting_key", Texts::ToldApart),
        ("expires_on", Texts::Coded),
        ("usable_from", Texts::Coded),
    ];
    let has = |name: &str| points_entry().is_some_and(|entity| snapshot.has(entity, name));
    must.into_iter().chain(own).chain(may.into_iter().filter(|(name, _)| has(name))).collect()
}

/// Reads the entries of members out of a batch.
#[derive(Debug)]
pub struct Entries<'b> {
    members: &'b [u32],
    at: &'b [i64],
    points: &'b [i64],
    /// Kinds by code.
    kinds: Vec<Option<Kind>>,
    kind: &'b [u32],
    id: Option<&'b Values>,
    reverses: Option<&'b Values>,
    order: Option<&'b Values>,
    key: Option<&'b Values>,
    expires_on: &'b [i32],
    usable_from: &'b [i32],
    /// The code of the programme and the column, where only some entries are of it.
    own: Option<(u32, &'b [u32])>,
    next: usize,
}

impl<'b> Entries<'b> {
    /// Takes a batch in which the rows of a member stand together.
    pub fn new(batch: &'b Batch, dictionaries: &Dictionaries, programme: &Programme) -> Self {
        let named = |code: usize| {
            let text = dictionaries.text("kind", u32::try_from(code).ok()?)?;
            Kind::ALL.into_iter().find(|kind| kind.name() == text)
        };
        let codes = dictionaries.of("kind").map_or(0, Dictionary::len);
        let own = programme.entries.as_ref().map(|name| {
            let code = dictionaries.of("programme").and_then(|dictionary| dictionary.code(name));
            (code.unwrap_or(u32::MAX), batch.codes("programme"))
        });
        Self {
            members: batch.codes("member_id"),
            at: batch.numbers("at"),
            points: batch.numbers("points"),
            kinds: (0..codes).map(named).collect(),
            kind: batch.codes("kind"),
            id: batch.column("entry_id"),
            reverses: batch.column("reverses_id"),
            order: batch.column("order_id"),
            key: batch.column("posting_key"),
            expires_on: batch.days("expires_on"),
            usable_from: batch.days("usable_from"),
            own,
            next: 0,
        }
    }

    /// Reads the entries of the next member into a list, in order; gives the code of the member.
    pub fn next(&mut self, entries: &mut Vec<Entry>) -> Option<u32> {
        entries.clear();
        let member = *self.members.get(self.next)?;
        let rows = self.members.get(self.next..).unwrap_or_default();
        let count = rows.iter().take_while(|code| **code == member).count();
        for row in self.next..self.next + count {
            if self.own.is_none_or(|(code, column)| column.get(row) == Some(&code)) {
                entries.extend(self.entry(row));
            }
        }
        self.next += count;
        entries.sort_unstable_by_key(|entry| (entry.at, entry.rank(), entry.id));
        Some(member)
    }

    fn entry(&self, row: usize) -> Option<Entry> {
        let kind = *self.kind.get(row)?;
        let day = |column: &[i32]| column.get(row).copied().unwrap_or(NO_DAY);
        Some(Entry {
            at: *self.at.get(row)?,
            points: *self.points.get(row)?,
            kind: self.kinds.get(usize::try_from(kind).ok()?).copied().flatten()?,
            id: identity(self.id, row),
            reverses: identity(self.reverses, row),
            order: identity(self.order, row),
            key: identity(self.key, row),
            expires_on: day(self.expires_on),
            usable_from: day(self.usable_from),
        })
    }
}

fn identity(column: Option<&Values>, row: usize) -> u128 {
    match column {
        Some(Values::Identities(values)) => values.get(row).copied().unwrap_or(0),
        Some(Values::Codes(values)) => values.get(row).copied().map_or(0, u128::from),
        _ => 0,
    }
}
