//! One pass over the entries of a programme, member by member.
//!
//! Invariants: each member is visited once; what is gathered does not depend on the order of visits when joining does not; sums of what all members did fit in 64 bits.

use std::sync::{Mutex, PoisonError};

use crate::{
    ledger::{batch::Batch, batch::Dictionaries, error::LedgerError, partition::by_subject, snapshot::Snapshot},
    points::{
        account::{ClassPlace, Walker},
        entry::{Entries, Entry, columns, points_entry},
        programme::Programme,
    },
};

/// What reading the entries is for, in messages.
const PURPOSE: &str = "points";

/// The most points that all entries move together: an opening, what moved and a closing still fit in 64 bits.
const MOST_POINTS: u64 = i64::MAX.unsigned_abs() / 8;

/// A member at whose entries is looked.
#[derive(Debug, Clone, Copy)]
pub struct Member<'m> {
    /// Its code (`member_id`).
    pub code: u32,
    /// Its id.
    pub id: &'m str,
    /// Its class.
    pub class: ClassPlace,
    /// Its entries of the programme, in order.
    pub entries: &'m [Entry],
}

/// Classes of members by code, as places among those of a programme.
#[derive(Debug, Clone, Default)]
pub struct Classes(Vec<ClassPlace>);

impl Classes {
    /// Takes the class of each member by code.
    pub fn new(by_code: Vec<ClassPlace>) -> Self {
        Self(by_code)
    }

    /// The class of a member; 0 for one without.
    pub fn of(&self, member: u32) -> ClassPlace {
        usize::try_from(member).ok().and_then(|code| self.0.get(code)).copied().unwrap_or(0)
    }
}

/// Visits every member who has entries in the ledger, with a walker of its own for each thread, and joins what was gathered.
///
/// # Errors
/// [`LedgerError`] when the entries cannot be read, or their sums could pass 64 bits.
pub fn fold<A: Default + Send>(
    snapshot: &mut Snapshot,
    programme: &Programme,
    classes: &Classes,
    visit: &(dyn Fn(&mut A, &mut Walker<'_>, &Member<'_>) + Sync),
    join: &(dyn Fn(&mut A, A) + Sync),
) -> Result<A, LedgerError> {
    let Some(entity) = points_entry() else { return Ok(A::default()) };
    let columns = columns(snapshot, programme);
    let all = Mutex::new((A::default(), 0_u64));
    by_subject(snapshot, entity, "member_id", &columns, PURPOSE, &|batch, dictionaries| {
        let mut gathered = A::default();
        let moved =
            each(batch, dictionaries, programme, classes, &mut |walker, member| visit(&mut gathered, walker, member));
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        all.1 = all.1.saturating_add(moved);
        if all.1 <= MOST_POINTS {
            join(&mut all.0, gathered);
        }
    })?;
    let (all, moved) = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    if moved > MOST_POINTS { Err(LedgerError::SumTooLarge("points_entry.points")) } else { Ok(all) }
}

/// Visits the members of a batch, as long as their sums fit in 64 bits; gives how many points were moved, whichever way.
pub fn each(
    batch: &Batch,
    dictionaries: &Dictionaries,
    programme: &Programme,
    classes: &Classes,
    visit: &mut dyn FnMut(&mut Walker<'_>, &Member<'_>),
) -> u64 {
    let mut walker = Walker::new(programme);
    let mut rows = Entries::new(batch, dictionaries, programme);
    let mut entries = Vec::new();
    let mut moved = 0_u64;
    while let Some(code) = rows.next(&mut entries) {
        if entries.is_empty() {
            continue;
        }
        moved = entries.iter().fold(moved, |sum, entry: &Entry| sum.saturating_add(entry.points.unsigned_abs()));
        if moved > MOST_POINTS {
            break;
        }
        let id = dictionaries.text("member_id", code).unwrap_or_default();
        let class = classes.of(code);
        walker.begin(class);
        visit(&mut walker, &Member { code, id, class, entries: &entries });
    }
    moved
}
