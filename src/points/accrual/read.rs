//! What an audit needs of the ledger, read with memory for the members and the orders of the period.
//!
//! Invariants: what comes out does not depend on the order of rows, nor on how many readers there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use crate::{
    ledger::{
        batch::{Batch, SharedDictionaries, Values, identity_of},
        decode::Texts,
        dictionary::NOTHING,
        entity::{Entity, entity},
        error::LedgerError,
        snapshot::Snapshot,
    },
    points::{
        accrual::{
            Expected, Rules,
            entries::{Found, Posted, Why},
            person::{Referred, attended},
            purchase::{Line, LineKind, OrderKey, day_of},
        },
        entry::points_entry,
    },
};

/// What reading is for, in messages.
const PURPOSE: &str = "expected points";
/// Members whose orders are looked up together.
const TOGETHER: usize = 400;

type Columns = Vec<(&'static str, Texts)>;

/// The columns that must be there, and those of the others that are.
fn columns(snapshot: &Snapshot, entity: &Entity, must: &Columns, may: &[&'static str]) -> Columns {
    let there = may.iter().filter(|name| snapshot.has(entity, name)).map(|name| (*name, Texts::ToldApart));
    must.iter().copied().chain(there).collect()
}

fn identity(batch: &Batch, column: &str, row: usize) -> u128 {
    match batch.column(column) {
        Some(Values::Identities(values)) => values.get(row).copied().unwrap_or(0),
        _ => 0,
    }
}

/// The trade that a period needs.
#[derive(Debug, Default)]
pub struct Trade {
    /// Lines of the period, and those before it of the same orders.
    pub lines: Vec<Line>,
    /// The day of the first paid order of each member by code.
    first_paid: Vec<i32>,
}

impl Trade {
    fn paid(&mut self, line: &Line) {
        let Ok(at) = usize::try_from(line.member) else { return };
        if line.kind != LineKind::Sale || line.amount <= 0 || line.member == NOTHING {
            return;
        }
        if self.first_paid.len() <= at {
            self.first_paid.resize(at + 1, i32::MAX);
        }
        if let Some(first) = self.first_paid.get_mut(at) {
            *first = line.day().min(*first);
        }
    }

    fn first_paid(&self, member: u32) -> Option<i32> {
        let day = usize::try_from(member).ok().and_then(|at| self.first_paid.get(at)).copied();
        day.filter(|day| *day != i32::MAX)
    }
}

/// Reads the trade of a period: once over all lines for those of the period, once more for what their orders were before it.
///
/// # Errors
/// [`LedgerError`] when transactions cannot be read.
pub fn trade(snapshot: &mut Snapshot, rules: &Rules<'_>) -> Result<Trade, LedgerError> {
    let mut trade = Trade::default();
    let all = Mutex::new(&mut trade);
    scan_lines(snapshot, &|lines| {
        let mut trade = all.lock().unwrap_or_else(PoisonError::into_inner);
        for line in lines {
            trade.paid(&line);
            if rules.holds(line.day()) {
                trade.lines.push(line);
            }
        }
    })?;
    let named = |line: &Line| [line.own.id(), line.of];
    let touched: BTreeSet<u128> = trade.lines.iter().flat_map(named).filter(|id| *id != 0).collect();
    if touched.is_empty() {
        return Ok(trade);
    }
    let before = Mutex::new(Vec::new());
    scan_lines(snapshot, &|lines| {
        let of_them = |line: &Line| named(line).iter().any(|id| touched.contains(id));
        let found = lines.into_iter().filter(|line| line.day() < rules.days.0 && of_them(line));
        before.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
    })?;
    trade.lines.extend(before.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(trade)
}

fn scan_lines(snapshot: &mut Snapshot, visit: &(dyn Fn(Vec<Line>) + Sync)) -> Result<(), LedgerError> {
    let Some(entity) = entity("transaction") else { return Ok(()) };
    let must: Columns = vec![
        ("member_id", Texts::Coded),
        ("at", Texts::Coded),
        ("kind", Texts::Coded),
        ("amount", Texts::Coded),
        ("line_id", Texts::ToldApart),
    ];
    let columns = columns(snapshot, entity, &must, &["order_id", "returns_order_id"]);
    snapshot.scan(entity, &columns, PURPOSE, &|batch, dictionaries| visit(lines(batch, dictionaries)))
}

fn lines(batch: &Batch, dictionaries: &SharedDictionaries) -> Vec<Line> {
    let kinds = [("sale", LineKind::Sale), ("adjustment", LineKind::Adjustment), ("return", LineKind::Return)];
    let kinds: Vec<(u32, LineKind)> =
        kinds.iter().filter_map(|(name, kind)| Some((dictionaries.code("kind", name)?, *kind))).collect();
    let (members, codes) = (batch.codes("member_id"), batch.codes("kind"));
    let (times, amounts) = (batch.numbers("at"), batch.numbers("amount"));
    let mut found = Vec::with_capacity(batch.len());
    for (row, (((member, code), at), amount)) in members.iter().zip(codes).zip(times).zip(amounts).enumerate() {
        // A cancelled line is none.
        let Some((_, kind)) = kinds.iter().find(|(known, _)| known == code) else { continue };
        let own = match identity(batch, "order_id", row) {
            0 => OrderKey::Line(identity(batch, "line_id", row)),
            id => OrderKey::Id(id),
        };
        let of = identity(batch, "returns_order_id", row);
        found.push(Line { own, of, member: *member, at: *at, kind: *kind, amount: *amount });
    }
    found
}

/// Reads which members were referred.
///
/// # Errors
/// [`LedgerError`] when members cannot be read, or the ledger does not say who referred them.
pub fn referred(snapshot: &mut Snapshot, trade: &Trade) -> Result<Vec<Referred>, LedgerError> {
    let Some(entity) = entity("member") else { return Ok(Vec::new()) };
    let mut names = vec!["member_id", "referrer_id"];
    names.extend(Some("blocked").filter(|name| snapshot.has(entity, name)));
    let batch = snapshot.read(entity, &names, PURPOSE)?;
    let blocked = batch.codes("blocked");
    let dictionaries = snapshot.dictionaries();
    let rows = batch.codes("member_id").iter().zip(batch.codes("referrer_id")).enumerate();
    let one = |(row, (member, by)): (usize, (&u32, &u32))| {
        let flag = blocked.get(row).and_then(|code| dictionaries.text("blocked", *code));
        Referred { member: *member, by: *by, blocked: flag == Some("1"), paid: trade.first_paid(*member) }
    };
    Ok(rows.map(one).filter(|one| one.by != NOTHING).collect())
}

/// Reads who attended events of the period, and tells what is expected for it.
///
/// # Errors
/// [`LedgerError`] when attendances cannot be read, or the ledger does not say which member attended.
pub fn events(snapshot: &mut Snapshot, rules: &Rules<'_>, tell: &mut dyn FnMut(Expected)) -> Result<(), LedgerError> {
    let Some(entity) = entity("attendance") else { return Ok(()) };
    let batch = snapshot.read(entity, &["member_id", "event", "attended_on"], PURPOSE)?;
    let rows = batch.codes("member_id").iter().zip(batch.codes("event")).zip(batch.days("attended_on"));
    for ((member, event), day) in rows {
        let event = snapshot.dictionaries().text("event", *event).unwrap_or_default();
        attended(rules, (*member, event, *day), tell);
    }
    Ok(())
}

/// Reads what the ledger has in the period.
///
/// # Errors
/// [`LedgerError`] when the entries cannot be read.
pub fn entries(snapshot: &mut Snapshot, rules: &Rules<'_>) -> Result<Found, LedgerError> {
    let (mut found, mut open) = (Found::default(), Vec::new());
    let all = Mutex::new((&mut found, &mut open));
    let needed = |day: i32, _: u128, key: u128| key != 0 || rules.holds(day);
    scan_entries(snapshot, rules, &needed, &|entry| {
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        let (found, open) = &mut *all;
        if entry.key != 0 && entry.kind != EntryKind::Adjust {
            found.keys.insert(entry.key);
        }
        let posted = entry.posted;
        if !rules.holds(posted.day) {
            return;
        }
        match entry.kind {
            EntryKind::Adjust => found.adjusted.add(posted.points),
            // What it is for may stand with the entry that it takes back.
            EntryKind::Reverse if posted.reverses != 0 && (posted.why.rule.is_none() || posted.why.order == 0) => {
                open.push(posted);
            }
            EntryKind::Earn | EntryKind::Reverse => found.add(rules, &posted),
        }
    })?;
    if open.is_empty() {
        return Ok(found);
    }
    let wanted: BTreeSet<u128> = open.iter().map(|posted| posted.reverses).collect();
    let origins: Mutex<BTreeMap<u128, Why>> = Mutex::new(BTreeMap::new());
    scan_entries(snapshot, rules, &|_, id, _| wanted.contains(&id), &|entry| {
        origins.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.id, entry.posted.why);
    })?;
    let origins = origins.into_inner().unwrap_or_else(PoisonError::into_inner);
    for mut posted in open {
        if let Some(origin) = origins.get(&posted.reverses) {
            posted.why.rule = posted.why.rule.or_else(|| origin.rule.clone());
            posted.why.order = if posted.why.order == 0 { origin.order } else { posted.why.order };
        }
        found.add(rules, &posted);
    }
    Ok(found)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryKind {
    Earn,
    Reverse,
    Adjust,
}

/// Which entries are needed, by day, id and key of posting.
type Needed<'n> = dyn Fn(i32, u128, u128) -> bool + Sync + 'n;

/// An entry of the programme that may have to do with what was earned.
struct Row {
    kind: EntryKind,
    id: u128,
    key: u128,
    posted: Posted,
}

fn scan_entries(
    snapshot: &mut Snapshot,
    rules: &Rules<'_>,
    needed: &Needed<'_>,
    visit: &(dyn Fn(Row) + Sync),
) -> Result<(), LedgerError> {
    let Some(entity) = points_entry() else { return Ok(()) };
    let mut must: Columns = vec![
        ("member_id", Texts::Coded),
        ("at", Texts::Coded),
        ("kind", Texts::Coded),
        ("points", Texts::Coded),
        ("entry_id", Texts::ToldApart),
    ];
    must.extend(rules.programme.entries.is_some().then_some(("programme", Texts::Coded)));
    must.extend(snapshot.has(entity, "rule").then_some(("rule", Texts::Coded)));
    let columns = columns(snapshot, entity, &must, &["order_id", "reverses_id", "posting_key"]);
    snapshot.scan(entity, &columns, PURPOSE, &|batch, dictionaries| {
        rows(batch, dictionaries, rules.programme.entries.as_deref(), (needed, visit));
    })
}

fn rows(
    batch: &Batch,
    dictionaries: &SharedDictionaries,
    programme: Option<&str>,
    (needed, visit): (&Needed<'_>, &dyn Fn(Row)),
) {
    let kinds = [("earn", EntryKind::Earn), ("reverse", EntryKind::Reverse), ("adjust", EntryKind::Adjust)];
    let kinds: Vec<(u32, EntryKind)> =
        kinds.iter().filter_map(|(name, kind)| Some((dictionaries.code("kind", name)?, *kind))).collect();
    let own = programme.map(|name| dictionaries.code("programme", name).unwrap_or(u32::MAX));
    let (programmes, written) = (batch.codes("programme"), batch.codes("rule"));
    let (members, codes) = (batch.codes("member_id"), batch.codes("kind"));
    let (times, points) = (batch.numbers("at"), batch.numbers("points"));
    for (row, (((member, code), at), points)) in members.iter().zip(codes).zip(times).zip(points).enumerate() {
        let Some((_, kind)) = kinds.iter().find(|(known, _)| known == code) else { continue };
        if own.is_some_and(|own| programmes.get(row) != Some(&own)) {
            continue;
        }
        let (day, id, key) = (day_of(*at), identity(batch, "entry_id", row), identity(batch, "posting_key", row));
        if !needed(day, id, key) {
            continue;
        }
        let rule = written.get(row).and_then(|code| dictionaries.text("rule", *code));
        visit(Row {
            kind: *kind,
            id,
            key,
            posted: Posted {
                member: *member,
                day,
                points: *points,
                reverse: *kind == EntryKind::Reverse,
                why: Why { rule, order: identity(batch, "order_id", row) },
                reverses: identity(batch, "reverses_id", row),
            },
        });
    }
}

/// Reads the ids of some orders back, as the lines and entries of some members write them.
///
/// # Errors
/// [`LedgerError`] when they cannot be read.
pub fn order_ids(
    snapshot: &mut Snapshot,
    members: &BTreeSet<String>,
    wanted: &BTreeSet<u128>,
) -> Result<BTreeMap<u128, String>, LedgerError> {
    let mut found = BTreeMap::new();
    let members: Vec<&str> = if wanted.is_empty() { Vec::new() } else { members.iter().map(String::as_str).collect() };
    let written = [("transaction", "order_id"), ("transaction", "returns_order_id"), ("points_entry", "order_id")];
    for (name, column) in written {
        let Some(entity) = entity(name).filter(|entity| snapshot.has(entity, column)) else { continue };
        for some in members.chunks(TOGETHER) {
            let batch = snapshot.read_of(entity, &[column], ("member_id", some), PURPOSE)?;
            for code in batch.codes(column) {
                let Some(text) = snapshot.dictionaries().text(column, *code) else { continue };
                let id = identity_of(text);
                if wanted.contains(&id) && !found.contains_key(&id) {
                    found.insert(id, text.to_owned());
                }
            }
        }
    }
    Ok(found)
}
