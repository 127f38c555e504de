//! The columns of one table for one entity: each column of the database is taken once, by the column of the contract it speaks for most.
//!
//! Invariants: who bought, when and what kind of trade may come from the head of an order; amounts never do, because a head stands
//! beside every one of its lines.

use std::collections::BTreeSet;

use crate::ledger::{
    entity::{ColumnType, Entity},
    mapping::AmountUnit,
    propose::{
        concept::Concept,
        fit::Change,
        head::{Head, head_of},
        names::parts,
        schema::{Column, ColumnKind, Schema, Table},
        score::{self, Candidate, LIKELY, Place, SURE},
    },
};

/// A column of the contract with the column it would come from.
#[derive(Debug, Clone)]
pub(super) struct Taken<'s> {
    pub(super) candidate: Candidate<'s>,
    /// Whether it stands in the head of the order.
    pub(super) in_head: bool,
    pub(super) unit: Option<AmountUnit>,
    /// Other columns that speak for it almost as much.
    pub(super) others: Vec<&'s str>,
}

/// A table as an entity.
#[derive(Debug, Clone)]
pub(super) struct Draft<'s> {
    pub(super) entity: &'static Entity,
    pub(super) table: &'s Table,
    pub(super) name_score: i32,
    pub(super) reason: String,
    pub(super) taken: Vec<Taken<'s>>,
    pub(super) head: Option<Head<'s>>,
}

/// Columns of a transaction that may stand in the head of its order.
const OF_THE_HEAD: &[&str] =
    &["member_id", "customer_id", "at", "kind", "store", "salesperson", "department_id", "region_id"];

/// How near another column must come to be told.
const NEAR: i32 = 8;

impl<'s> Draft<'s> {
    /// Takes a table for an entity, when its name speaks for it.
    pub(super) fn new(schema: &'s Schema, table: &'s Table, entity: &'static Entity) -> Option<Self> {
        let (name_score, reason) = score::table(entity, table)?;
        let place = Place { schema, table, entity };
        let mut taken = take(&place);
        let mut head = None;
        if entity.name == "transaction"
            && let Some(found) = head_of(&place)
        {
            head = from_head(schema, entity, &found, &mut taken).then_some(found);
        }
        key_of_several(table, entity, &mut taken);
        Some(Self { entity, table, name_score, reason, taken, head })
    }

    /// What speaks for the table in all.
    pub(super) fn total(&self) -> i32 {
        let of = |name: &str| self.taken.iter().find(|taken| taken.candidate.spec.name == name);
        let required = self.entity.columns.iter().filter(|spec| spec.required);
        let scores: Vec<i32> =
            required.map(|spec| of(spec.name).map_or(0, |taken| taken.candidate.score.min(100))).collect();
        let count = i32::try_from(scores.len()).unwrap_or(1).max(1);
        let gaps = i32::try_from(scores.iter().filter(|score| **score < LIKELY).count()).unwrap_or(0);
        let found = i32::try_from(self.taken.len()).unwrap_or(0);
        self.name_score / 2 + scores.iter().sum::<i32>() * 2 / (count * 5) + found.min(10) - gaps * 6
    }
}

/// Gives each column of the table to the column of the contract it speaks for most.
fn take<'s>(place: &Place<'s>) -> Vec<Taken<'s>> {
    let all: Vec<Candidate<'s>> = place.entity.columns.iter().flat_map(|spec| place.candidates(spec)).collect();
    let mut order: Vec<&Candidate<'s>> = all.iter().collect();
    order.sort_by_key(|candidate| (-candidate.score, !candidate.spec.required));
    let mut used = BTreeSet::new();
    let mut filled = BTreeSet::new();
    let mut taken: Vec<Taken<'s>> = Vec::new();
    for candidate in order {
        if filled.contains(candidate.spec.name) || used.contains(candidate.column.name.as_str()) {
            continue;
        }
        filled.insert(candidate.spec.name);
        used.insert(candidate.column.name.as_str());
        let unit = unit(candidate);
        taken.push(Taken { candidate: candidate.clone(), in_head: false, unit, others: Vec::new() });
    }
    for taken in &mut taken {
        let own = &taken.candidate;
        let near = |other: &&Candidate<'s>| {
            other.spec == own.spec && !used.contains(other.column.name.as_str()) && other.score > own.score - NEAR
        };
        let others: Vec<&Candidate<'s>> = all.iter().filter(near).collect();
        let tie = others.iter().any(|other| other.score > own.score - 3);
        taken.others = others.iter().map(|other| other.column.name.as_str()).collect();
        if tie {
            taken.candidate.score = taken.candidate.score.min(SURE - 1);
        }
    }
    sort(place.entity, &mut taken);
    taken
}

fn sort(entity: &Entity, taken: &mut [Taken<'_>]) {
    taken.sort_by_key(|taken| entity.columns.iter().position(|spec| *spec == *taken.candidate.spec));
}

/// Takes from the head what the lines lack; tells whether anything was.
fn from_head<'s>(schema: &'s Schema, entity: &'static Entity, head: &Head<'s>, taken: &mut Vec<Taken<'s>>) -> bool {
    let place = Place { schema, table: head.table, entity };
    let mut any = false;
    for mut of_head in take(&place) {
        let name = of_head.candidate.spec.name;
        if !OF_THE_HEAD.contains(&name) || of_head.candidate.column.name == head.key {
            continue;
        }
        let own = taken.iter().position(|taken| taken.candidate.spec.name == name);
        let own_score = own.and_then(|at| taken.get(at)).map_or(0, |own| own.candidate.score);
        // A line knows when it was written; only its head may know when it was sold.
        let better = of_head.candidate.score > own_score + NEAR && own_score < SURE;
        if !better {
            continue;
        }
        if let Some(at) = own {
            taken.remove(at);
        }
        of_head.in_head = true;
        taken.push(of_head);
        any = true;
    }
    // Without its time a line is worth nothing; a head that has none is no head.
    any &= taken.iter().any(|taken| taken.candidate.spec.name == "at");
    if !any {
        taken.retain(|taken| !taken.in_head);
    }
    sort(entity, taken);
    any
}

/// Joins the columns of a primary key that has several, when no single column names a row.
fn key_of_several<'s>(table: &'s Table, entity: &'static Entity, taken: &mut Vec<Taken<'s>>) {
    let [key] = entity.key else { return };
    let Some(spec) = entity.column(key) else { return };
    let known = taken.iter().position(|taken| taken.candidate.spec.name == *key);
    let unique =
        known.and_then(|at| taken.get(at)).is_some_and(|taken| table.names_one_row(&taken.candidate.column.name));
    if table.primary.len() < 2 || unique {
        return;
    }
    let Some(first) = table.primary.first().and_then(|name| table.column(name)) else { return };
    let others = table.primary.iter().skip(1).cloned().collect();
    let candidate = Candidate {
        spec,
        column: first,
        score: SURE,
        change: Change::Key(others),
        words: super::words::Words::default(),
        reason: "the columns of the primary key together".to_owned(),
        note: Some("the query joins the columns of the primary key with `-`"),
    };
    if let Some(at) = known {
        taken.remove(at);
    }
    taken.push(Taken { candidate, in_head: false, unit: None, others: Vec::new() });
    sort(entity, taken);
}

/// The unit of an amount or quantity; `None` when nothing tells it.
fn unit(candidate: &Candidate<'_>) -> Option<AmountUnit> {
    if candidate.spec.kind == ColumnType::Quantity {
        return Some(AmountUnit::Major);
    }
    (candidate.spec.kind == ColumnType::Money).then(|| money_unit(candidate.column)).flatten()
}

fn money_unit(column: &Column) -> Option<AmountUnit> {
    let says = |concept: Concept| parts(&column.name).iter().any(|part| part.contains(&concept));
    let comment: String = column.comment.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let beside = |unit: &str| {
        [
            format!("({unit})"),
            format!("（{unit}）"),
            format!("单位{unit}"),
            format!("单位:{unit}"),
            format!("单位：{unit}"),
            format!("以{unit}"),
        ]
        .iter()
        .any(|text| comment.contains(text.as_str()))
    };
    let minor = says(Concept::Minor) || beside("分") || comment.contains("cents") || comment.contains("minorunit");
    let major = says(Concept::Major) || beside("元");
    let has_places = match column.kind {
        ColumnKind::Decimal { scale } => scale != Some(0),
        ColumnKind::Text { .. } => column.values().any(|value| value.contains('.')),
        ColumnKind::Real => true,
        ColumnKind::Integer
        | ColumnKind::Day
        | ColumnKind::Instant { .. }
        | ColumnKind::Flag
        | ColumnKind::Uuid
        | ColumnKind::Other => false,
    };
    match (has_places, minor, major) {
        (true, ..) | (_, false, true) => Some(AmountUnit::Major),
        (_, true, false) => Some(AmountUnit::Minor),
        _ => None,
    }
}
