//! Posting an approved plan into the ledger, and reversing what was posted: in chunks, resumable, each posting once.
//!
//! Invariants: what is posted of a member is never more than was approved, and never more than is left of the lots that lapse when the member is locked; a process that
//! was overtaken by another writes nothing more, neither here nor in the ledger; totals are those of the entries as they stand in the ledger.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, NaiveTime, Timelike, Utc};

use crate::{
    ledger::{
        batch::{Batch, Dictionaries},
        decode::Texts,
        dictionary::Dictionary,
        posting::{Posted, Poster, Posting},
        snapshot::Snapshot,
    },
    period::day_number,
    points::{
        decision::{DecisionError, Plan, What},
        entry::columns,
        members::{Classes, each},
        plan::{REVERSE, posting_key},
        programme::Programme,
    },
    run::{
        error::RunError,
        home::Home,
        job::today,
        points::{
            fence::Fence,
            plan::{Decided, event, find, named, ready, rows, unchanged},
        },
        store::{
            Store,
            points::{Noted, Progress},
        },
    },
};

/// Keys looked up together.
const KEYS: usize = 500;

/// What stands in the ledger of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The plan as it stands now.
    pub plan: Plan,
    /// Entries.
    pub entries: i64,
    /// Points that they take (or, of a reversal, give back).
    pub points: i64,
}

/// What a chunk is worked out from.
struct Scene<'s> {
    programme: &'s Programme,
    plan: &'s Plan,
    /// Classes by member.
    classes: BTreeMap<&'s str, usize>,
    /// What was approved, by member.
    approved: BTreeMap<&'s str, i64>,
    at: NaiveDateTime,
}

/// Posts a plan, or goes on where a posting stopped. `told` hears how many members are done of how many.
///
/// # Errors
/// [`RunError`] when it is not approved, its inputs changed, the ledger cannot be written, or another process took over.
pub async fn post(
    home: &Home,
    store: &mut Store,
    id: i64,
    now: DateTime<Utc>,
    told: &mut dyn FnMut(usize, usize),
) -> Result<Outcome, RunError> {
    let (plan, plans) = find(store, id).await?;
    plan.may(What::Posting, &plans)?;
    let programme = home.programme(&plan.programme)?;
    ready(home, store, &programme, &plan, today(home, now)).await?;
    let mut poster = Poster::open(home.mapping.clone(), today(home, now))?;
    unchanged(home, store, &programme, &plan, now).await?;
    let plan = if plan.state() == Some(What::Posting) {
        plan
    } else {
        store.add_points_event(&plan, &event(home, &plan, What::Posting, None, now)).await?;
        find(store, id).await?.0
    };
    let rows = rows(store, id).await?;
    let scene = Scene {
        programme: &programme,
        plan: &plan,
        classes: rows.iter().map(|row| (row.member.as_str(), row.class)).collect(),
        approved: rows.iter().map(|row| (row.member.as_str(), row.lapses)).collect(),
        at: plan.day.and_time(LAST_SECOND),
    };
    let columns = names(&Snapshot::open(home.mapping.clone(), today(home, now))?, &programme);
    let members: Vec<String> = rows.iter().map(|row| row.member.clone()).collect();
    not_reversed(&mut poster, &plan, &members)?;
    let mut progress = store.take_over_posting(id).await?;
    let done = progress.cursor.as_ref().map_or(0, |cursor| members.partition_point(|member| member <= cursor));
    let local = second(home, now);
    let chunk = poster.chunk();
    let fence = Fence::new(&home.settings.store, id, progress.token);
    for (at, chunk) in members.get(done..).unwrap_or_default().chunks(chunk).enumerate() {
        // Whoever was overtaken writes nothing more.
        noted(store, id, &progress, &[], local).await?;
        // Asked while the members are locked: whoever takes over after that waits for them.
        let posted = poster.post(chunk, &columns, &mut |batch, dictionaries| {
            if fence.holds() { scene.decide(batch, dictionaries) } else { Vec::new() }
        })?;
        progress.cursor = chunk.last().cloned();
        let posted: Vec<(Posted, Option<String>)> = posted.into_iter().map(|posted| (posted, None)).collect();
        noted(store, id, &progress, &posted, local).await?;
        told(members.len().min(done + (at + 1) * poster.chunk()), members.len());
    }
    note_standing(store, &plan, &mut poster, (&progress, &members), local).await?;
    not_reversed(&mut poster, &plan, &members)?;
    finish(home, store, &plan, &mut poster, (What::Posted, None), now).await
}

fn key(plan: &Plan, member: &str) -> String {
    posting_key(&plan.programme, plan.kind, plan.day, plan.edition, member)
}

/// Refuses a plan of which somebody reversed entries: some of what is posted would be given back already.
fn not_reversed(poster: &mut Poster, plan: &Plan, members: &[String]) -> Result<(), RunError> {
    for chunk in members.chunks(KEYS) {
        let keys: Vec<String> = chunk.iter().map(|member| format!("{REVERSE}{}", key(plan, member))).collect();
        if !poster.read_back(&keys)?.is_empty() {
            return Err(DecisionError::ReversalBegan { plan: plan.id }.into());
        }
    }
    Ok(())
}

/// Notes what stands of a plan: what a process posted that was stopped before it could note it down, too.
async fn note_standing(
    store: &mut Store,
    plan: &Plan,
    poster: &mut Poster,
    (progress, members): (&Progress, &[String]),
    now: NaiveDateTime,
) -> Result<(), RunError> {
    for chunk in members.chunks(KEYS) {
        let standing = poster.read_back(&chunk.iter().map(|member| key(plan, member)).collect::<Vec<_>>())?;
        let standing: Vec<(Posted, Option<String>)> = standing.into_iter().map(|posted| (posted, None)).collect();
        noted(store, plan.id, progress, &standing, now).await?;
    }
    Ok(())
}

/// The last second of a day: what lapses with its end.
const LAST_SECOND: NaiveTime = match NaiveTime::from_hms_opt(23, 59, 59) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// The second in the ledger's zone: entries have no finer time.
fn second(home: &Home, now: DateTime<Utc>) -> NaiveDateTime {
    let local = now.with_timezone(&home.mapping.zone).naive_local();
    local.with_nanosecond(0).unwrap_or(local)
}

/// The columns that the walker needs. Keys have codes here: a chunk is small.
fn names(snapshot: &Snapshot, programme: &Programme) -> Vec<&'static str> {
    let columns = columns(snapshot, programme);
    columns.into_iter().map(|(name, _): (&'static str, Texts)| name).collect()
}

async fn noted(
    store: &mut Store,
    plan: i64,
    progress: &Progress,
    posted: &[(Posted, Option<String>)],
    now: NaiveDateTime,
) -> Result<(), RunError> {
    if store.note_postings(plan, progress, posted, now).await? {
        Ok(())
    } else {
        Err(DecisionError::TakenOver { plan }.into())
    }
}

impl Scene<'_> {
    /// What is posted of the members of a chunk, from their entries as they stand under the lock.
    fn decide(&self, batch: &Batch, dictionaries: &Dictionaries) -> Vec<Posting> {
        let day = day_number(self.plan.day);
        let codes = dictionaries.of("member_id").map_or(0, Dictionary::len);
        let class = |code: usize| {
            let id = dictionaries.text("member_id", u32::try_from(code).ok()?)?;
            self.classes.get(id).copied()
        };
        let classes = Classes::new((0..codes).map(|code| class(code).unwrap_or(0)).collect());
        let mut postings = Vec::new();
        each(batch, dictionaries, self.programme, &classes, &mut |walker, member| {
            let Some(approved) = self.approved.get(member.id) else { return };
            let plan = self.plan;
            let key = key(plan, member.id);
            // What stands already is left as it is, whatever is asked for: asking again only reads it back.
            let stands = dictionaries.of("posting_key").is_some_and(|keys| keys.code(&key).is_some());
            walker.advance(member.entries, i32::MAX);
            let lapses = if stands { *approved } else { walker.lapsing(day).min(*approved) };
            if lapses > 0 {
                postings.push(self.posting(key, member.id, lapses));
            }
        });
        postings
    }

    fn posting(&self, key: String, member: &str, lapses: i64) -> Posting {
        let plan = self.plan;
        Posting {
            key,
            member: member.to_owned(),
            kind: plan.kind.name(),
            points: -lapses,
            at: self.at,
            programme: self.programme.entries.clone(),
            rule: None,
            order_id: None,
            reverses_id: None,
            expires_on: None,
        }
    }
}

/// Holds what was noted against what stands in the ledger, and writes down that it is done.
async fn finish(
    home: &Home,
    store: &mut Store,
    plan: &Plan,
    poster: &mut Poster,
    (what, decided): (What, Option<Decided<'_>>),
    now: DateTime<Utc>,
) -> Result<Outcome, RunError> {
    let of = |noted: &&Noted| (what == What::Reversed) == noted.reverses.is_some();
    let all = store.noted_postings(plan.id).await?;
    let noted: Vec<&Noted> = all.iter().filter(of).collect();
    let (mut found, mut found_points) = (0, 0);
    for chunk in noted.chunks(KEYS) {
        let keys: Vec<String> = chunk.iter().map(|noted| noted.key.clone()).collect();
        for posted in poster.read_back(&keys)? {
            found += 1;
            found_points += posted.points;
        }
    }
    let (entries, points) = (noted.len(), noted.iter().map(|noted| noted.points).sum::<i64>());
    let entries = i64::try_from(entries).unwrap_or(i64::MAX);
    if (found, found_points) != (entries, points) {
        let plan = plan.id;
        return Err(DecisionError::Differs { plan, found, found_points, noted: entries, noted_points: points }.into());
    }
    let mut event = event(home, plan, what, decided, now);
    (event.members, event.points) = (entries, points.saturating_abs());
    store.add_points_event(plan, &event).await?;
    Ok(Outcome { plan: find(store, plan.id).await?.0, entries, points: points.saturating_abs() })
}

/// Reverses what a plan posted, by entries that give every point back to the lot it came from.
///
/// # Errors
/// [`RunError`] when nothing was posted, the ledger cannot be written, or another process took over.
pub async fn reverse(
    home: &Home,
    store: &mut Store,
    id: i64,
    decided: Decided<'_>,
    now: DateTime<Utc>,
) -> Result<Outcome, RunError> {
    let (plan, plans) = find(store, id).await?;
    named(&plan, decided)?;
    plan.may(What::Reversed, &plans)?;
    let programme = home.programme(&plan.programme)?;
    let mut poster = Poster::open(home.mapping.clone(), today(home, now))?;
    let columns = names(&Snapshot::open(home.mapping.clone(), today(home, now))?, &programme);
    // Whoever still posts is fenced out first; a chunk that is on its way holds its members, so it is over once each was held here. What is reversed then is what
    // stands, noted or not.
    let mut progress = store.take_over_posting(id).await?;
    let members: Vec<String> = rows(store, id).await?.into_iter().map(|row| row.member).collect();
    for chunk in members.chunks(poster.chunk()) {
        poster.post(chunk, &columns, &mut |_, _| Vec::new())?;
    }
    let local = second(home, now);
    loop {
        note_standing(store, &plan, &mut poster, (&progress, &members), local).await?;
        let all = store.noted_postings(id).await?;
        let reversed: BTreeSet<&str> = all.iter().filter_map(|noted| noted.reverses.as_deref()).collect();
        let open = |noted: &&Noted| noted.reverses.is_none() && !reversed.contains(noted.key.as_str());
        let open: Vec<&Noted> = all.iter().filter(open).collect();
        if open.is_empty() {
            break;
        }
        for chunk in open.chunks(poster.chunk()) {
            let members: Vec<String> = chunk.iter().map(|noted| noted.member.clone()).collect();
            let postings: Vec<Posting> = chunk.iter().map(|noted| reversal(&plan, &programme, noted, local)).collect();
            let posted = poster.post(&members, &columns, &mut |_, _| postings.clone())?;
            progress.cursor = members.last().cloned();
            let origin = |posted: Posted| {
                let reverses = posted.key.strip_prefix(REVERSE).map(str::to_owned);
                (posted, reverses)
            };
            noted(store, id, &progress, &posted.into_iter().map(origin).collect::<Vec<_>>(), local).await?;
        }
    }
    finish(home, store, &plan, &mut poster, (What::Reversed, Some(decided)), now).await
}

fn reversal(plan: &Plan, programme: &Programme, noted: &Noted, at: NaiveDateTime) -> Posting {
    Posting {
        key: format!("{REVERSE}{}", noted.key),
        member: noted.member.clone(),
        kind: plan.kind.name(),
        points: noted.points.saturating_neg(),
        at,
        programme: programme.entries.clone(),
        rule: None,
        order_id: None,
        reverses_id: Some(noted.entry_id.clone()),
        expires_on: None,
    }
}
