//! Chooses a table for every entity, and turns what speaks for its columns into a proposal.
//!
//! Invariants: a table serves one entity; what is below likely is not in force, and a required column that is not in force is a gap.

use std::collections::BTreeSet;

use crate::ledger::{
    entity::{ColumnType, ENTITIES, Entity},
    propose::{
        ColumnProposal, Confidence, EntityProposal, Gap, Proposal,
        draft::{Draft, Taken},
        fit::Change,
        gap, query,
        schema::{Schema, Table},
        score::{self, LIKELY, SURE},
    },
    source::Dialect,
};

/// What must speak for a table in all before it is proposed.
const LEAST: i32 = 45;
/// How near another table must come to be told.
const NEAR: i32 = 6;

/// Proposes a mapping for a schema.
pub(super) fn propose(schema: &Schema) -> Proposal {
    let drafts: Vec<Draft<'_>> = ENTITIES
        .iter()
        .flat_map(|entity| schema.tables.iter().filter_map(|table| Draft::new(schema, table, entity)))
        .filter(|draft| draft.total() >= LEAST)
        .collect();
    let mut order: Vec<&Draft<'_>> = drafts.iter().collect();
    order.sort_by_key(|draft| (-draft.total(), draft.table.name.as_str()));
    let mut tables = BTreeSet::new();
    let mut chosen: Vec<&Draft<'_>> = Vec::new();
    for draft in order {
        let taken =
            chosen.iter().any(|other| other.entity == draft.entity) || tables.contains(draft.table.name.as_str());
        if taken {
            continue;
        }
        tables.insert(draft.table.name.as_str());
        tables.extend(draft.head.iter().map(|head| head.table.name.as_str()));
        chosen.push(draft);
    }
    chosen.sort_by_key(|draft| ENTITIES.iter().position(|entity| entity == draft.entity));
    let entities: Vec<EntityProposal> = chosen
        .iter()
        .map(|draft| {
            let near = |other: &&Draft<'_>| {
                other.entity == draft.entity
                    && !tables.contains(other.table.name.as_str())
                    && other.total() > draft.total() - NEAR
            };
            let others: Vec<&str> = drafts.iter().filter(near).map(|other| other.table.name.as_str()).collect();
            entity(schema.dialect, draft, &others)
        })
        .collect();
    let found = |entity: &&'static Entity| entities.iter().any(|proposal| proposal.entity == *entity);
    let absent = ENTITIES.iter().filter(|entity| !found(entity)).collect();
    Proposal { entities, absent }
}

/// Whether a table may be an entity by its name, so that it is worth a look at its rows.
pub(in crate::ledger) fn is_of_use(table: &Table) -> bool {
    ENTITIES.iter().any(|entity| score::table(entity, table).is_some())
}

fn entity(dialect: Dialect, draft: &Draft<'_>, others: &[&str]) -> EntityProposal {
    let turned = gap::turned(draft);
    let needs_query = |taken: &Taken<'_>| {
        let changes = taken.candidate.change != Change::None;
        taken.candidate.spec.required && changes && taken.candidate.score >= LIKELY
    };
    let by_query = draft.head.is_some() || !turned.is_empty() || draft.taken.iter().any(needs_query);
    let columns: Vec<ColumnProposal> = draft.taken.iter().map(|taken| column(taken, by_query)).collect();
    let gaps = gap::gaps(draft, &columns);
    let required = |column: &&ColumnProposal| column.spec.required && !column.in_force;
    let doubtful = columns.iter().any(|column| required(&column)) || !gaps.is_empty();
    let weakest =
        columns.iter().filter(|column| column.spec.required && column.in_force).map(|column| column.confidence);
    let certain = !doubtful && others.is_empty() && weakest.min() == Some(Confidence::Sure);
    let confidence = match draft.name_score {
        SURE.. if certain => Confidence::Sure,
        LIKELY.. => Confidence::Likely,
        _ => Confidence::Guess,
    };
    let mut notes = gap::notes(draft, &turned);
    if !others.is_empty() {
        notes.push(format!("these tables speak for it almost as much: {}", crate::declaration::quoted(others)));
    }
    let heads = draft.head.iter().map(|head| head.table.name.clone());
    EntityProposal {
        entity: draft.entity,
        tables: std::iter::once(draft.table.name.clone()).chain(heads).collect(),
        confidence,
        reason: draft.reason.clone(),
        query: by_query.then(|| query::query(dialect, draft, &columns, &turned)),
        columns,
        gaps,
        notes,
    }
}

fn column(taken: &Taken<'_>, by_query: bool) -> ColumnProposal {
    let candidate = &taken.candidate;
    let spec = candidate.spec;
    let confidence = Confidence::of(candidate.score);
    let mut reasons = vec![candidate.reason.clone()];
    if taken.in_head {
        reasons.push("it stands in the head of the order".to_owned());
    }
    reasons.extend(candidate.note.map(str::to_owned));
    if !taken.others.is_empty() {
        reasons.push(format!("also possible: {}", crate::declaration::quoted(&taken.others)));
    }
    if candidate.words.from_comment {
        reasons.push("its comment explains the words".to_owned());
    }
    let unit_missing = spec.kind == ColumnType::Money && taken.unit.is_none();
    if unit_missing {
        reasons.push("nothing says whether whole numbers are minor or major units".to_owned());
    }
    let strange = &candidate.words.unknown;
    if !strange.is_empty() {
        reasons.push(format!("nothing says what these mean: {}", shown(strange)));
    }
    let changed = candidate.change != Change::None && !by_query;
    if changed {
        reasons.push("it needs a query instead of the table".to_owned());
    }
    let in_force = confidence > Confidence::Guess && !unit_missing && strange.is_empty() && !changed;
    let from = if by_query { spec.name.to_owned() } else { candidate.column.name.clone() };
    let words = candidate.words.known.clone();
    ColumnProposal { spec, from, confidence, reason: reasons.join("; "), unit: taken.unit, words, in_force }
}

/// Words as they are told, without anything that could leave the line.
pub(super) fn shown(words: &[String]) -> String {
    words.iter().map(|word| format!("`{}`", word.escape_debug())).collect::<Vec<_>>().join(", ")
}

/// A gap of a required column that no column of the database fills.
pub(super) fn gap(column: &'static str, why: impl Into<String>, idea: impl Into<String>) -> Gap {
    Gap { column, why: why.into(), idea: idea.into() }
}
