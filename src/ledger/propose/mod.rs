//! Proposes a mapping for a database that nobody mapped yet: tables and columns with confidence, reason, and what is missing.
//!
//! Invariants: a proposal is made of names, comments, types, keys and a small sample, and of nothing else; what is only guessed is never
//! in force; sampled values are told only where they are words of a choice. Not here: how the description of a schema is read
//! (`ledger::inspect`).

mod choose;
mod concept;
mod draft;
mod fit;
mod gap;
mod head;
mod hints;
mod names;
mod query;
mod render;
pub(super) mod schema;
mod score;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use crate::ledger::{
    entity::{ColumnSpec, Entity},
    error::LedgerError,
    inspect::inspect,
    mapping::{AmountUnit, Database},
    source,
};

pub(super) use choose::is_of_use;
use choose::propose;
pub use render::{Head, QueryFile};

/// How far a proposal can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Perhaps: written commented out.
    Guess,
    /// Probably: in force, to be looked at.
    Likely,
    /// Name, type and sample agree.
    Sure,
}

impl Confidence {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Guess => "guess",
            Self::Likely => "likely",
            Self::Sure => "sure",
        }
    }

    fn of(score: i32) -> Self {
        match score {
            score::SURE.. => Self::Sure,
            score::LIKELY.. => Self::Likely,
            _ => Self::Guess,
        }
    }
}

/// A proposed mapping.
#[derive(Debug, Clone)]
pub(super) struct Proposal {
    /// The entities for which a table was found, in the order of the contract.
    pub(super) entities: Vec<EntityProposal>,
    /// The entities without one.
    pub(super) absent: Vec<&'static Entity>,
}

/// A table proposed for an entity.
#[derive(Debug, Clone)]
pub(super) struct EntityProposal {
    pub(super) entity: &'static Entity,
    /// The table, and the table of heads where lines are joined to one.
    pub(super) tables: Vec<String>,
    pub(super) confidence: Confidence,
    pub(super) reason: String,
    pub(super) columns: Vec<ColumnProposal>,
    pub(super) gaps: Vec<Gap>,
    pub(super) notes: Vec<String>,
    /// The query that the entity is read by, where a table alone does not do.
    pub(super) query: Option<String>,
}

impl EntityProposal {
    /// Whether it can be written in force.
    pub(super) fn is_complete(&self) -> bool {
        self.gaps.is_empty() && self.confidence > Confidence::Guess
    }

    /// How many columns are in force and how many the contract has, of the required or of the optional ones.
    pub(super) fn counts(&self, required: bool) -> (usize, usize) {
        let of = self.entity.columns.iter().filter(|spec| spec.required == required).count();
        let found = self.columns.iter().filter(|column| column.in_force && column.spec.required == required).count();
        (found, of)
    }
}

/// A column proposed for one of the contract.
#[derive(Debug, Clone)]
pub(super) struct ColumnProposal {
    pub(super) spec: &'static ColumnSpec,
    /// The column as the mapping names it.
    pub(super) from: String,
    pub(super) confidence: Confidence,
    pub(super) reason: String,
    pub(super) unit: Option<AmountUnit>,
    pub(super) words: BTreeMap<String, String>,
    /// Whether it is written in force.
    pub(super) in_force: bool,
}

/// What an entity lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) column: &'static str,
    /// Why it is missing.
    pub(super) why: String,
    /// What would fill it.
    pub(super) idea: String,
}

/// One line of the report for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryLine {
    /// The entity.
    pub entity: &'static str,
    /// Its tables; empty when none was found.
    pub tables: String,
    /// How far the table can be believed; `None` when there is none.
    pub confidence: Option<Confidence>,
    /// Required columns found, and all of them.
    pub required: (usize, usize),
    /// Optional columns found, and all of them.
    pub optional: (usize, usize),
    /// The required columns that are missing, with why and what would fill them.
    pub missing: Vec<(&'static str, String)>,
}

/// A proposed mapping as files and as a report.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The text of `config/ledger.toml`.
    pub toml: String,
    /// The files of queries that it names.
    pub queries: Vec<QueryFile>,
    /// The report for people: a line an entity.
    pub summary: Vec<SummaryLine>,
}

/// Looks at a database and proposes a mapping for it.
///
/// # Errors
/// [`LedgerError`] when the database cannot be reached or asked.
pub fn look_at(database: &Database, head: &Head) -> Result<Proposed, LedgerError> {
    let source = source::open(database)?;
    let proposal = propose(&inspect(&*source)?);
    let (toml, queries) = (render::toml(&proposal, head), render::queries(&proposal));
    Ok(Proposed { toml, queries, summary: proposal.summary() })
}

impl Proposal {
    /// The report for people: a line an entity.
    pub(super) fn summary(&self) -> Vec<SummaryLine> {
        let found = |proposal: &EntityProposal| SummaryLine {
            entity: proposal.entity.name,
            tables: proposal.tables.join(" + "),
            confidence: Some(proposal.confidence),
            required: proposal.counts(true),
            optional: proposal.counts(false),
            missing: proposal.gaps.iter().map(|gap| (gap.column, format!("{}; {}", gap.why, gap.idea))).collect(),
        };
        let absent = |entity: &&'static Entity| SummaryLine {
            entity: entity.name,
            tables: String::new(),
            confidence: None,
            required: (0, entity.columns.iter().filter(|spec| spec.required).count()),
            optional: (0, entity.columns.iter().filter(|spec| !spec.required).count()),
            missing: Vec::new(),
        };
        self.entities.iter().map(found).chain(self.absent.iter().map(absent)).collect()
    }
}
