//! How strongly a table or column speaks for an entity or column of the contract, and why.
//!
//! Invariants: a score is made of the name, the comment, keys and references, and the sample only ever lowers it or rules it out
//! (`ledger::propose::fit`); everything that counted is told in the reason.

use crate::ledger::{
    entity::{ColumnSpec, ColumnType, Entity},
    propose::{
        concept::Concept,
        fit::{Change, fit},
        hints::{self, Hint, UNITS},
        names::{Part, label, parts},
        schema::{Column, Schema, Table},
        words::{Words, words},
    },
};

/// A score from which a column is sure.
pub(super) const SURE: i32 = 85;
/// A score from which a column is likely.
pub(super) const LIKELY: i32 = 60;
/// A score below which nothing is even a guess.
pub(super) const GUESS: i32 = 42;

/// A column of the database that may be one of the contract.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'s> {
    pub(super) spec: &'static ColumnSpec,
    pub(super) column: &'s Column,
    pub(super) score: i32,
    pub(super) change: Change,
    pub(super) words: Words,
    pub(super) reason: String,
    pub(super) note: Option<&'static str>,
}

/// What a name says: how strongly, and by which meanings.
type Said = (i32, Vec<Concept>);

/// The strongest hint that a name follows; `None` when it follows none or says what it must not.
fn said(parts: &[Part], hints: &[Hint], implied: &[Concept], never: &[Concept]) -> Option<Said> {
    hints.iter().filter_map(|hint| follows(parts, hint, implied, never)).max_by_key(|(score, _)| *score)
}

fn follows(parts: &[Part], (needs, base): &Hint, implied: &[Concept], never: &[Concept]) -> Option<Said> {
    let mut left: Vec<&Part> = parts.iter().collect();
    let mut score = *base;
    let mut spoken = Vec::new();
    for need in *needs {
        let at = left.iter().enumerate().filter(|(_, part)| part.contains(need)).min_by_key(|(_, part)| part.len());
        if let Some((at, _)) = at {
            left.remove(at);
            spoken.push(*need);
        } else if implied.contains(need) {
            score -= 6;
        } else {
            return None;
        }
    }
    if spoken.is_empty() {
        return None;
    }
    for part in left {
        let free = part.iter().any(|concept| implied.contains(concept) || UNITS.contains(concept));
        let forbidden = part.iter().filter(|concept| never.contains(concept)).count();
        score -= match (part.len(), forbidden) {
            _ if free => 0,
            (0, _) => 12,
            (all, forbidden) if all == forbidden => return None,
            (_, 0) => 30,
            _ => 35,
        };
    }
    Some((score, spoken))
}

fn told(spoken: &[Concept]) -> String {
    spoken.iter().map(|concept| format!("{concept:?}").to_lowercase()).collect::<Vec<_>>().join(" ")
}

/// The score of a table's name and comment for an entity, with the reason; `None` when they speak against it.
pub(super) fn table(entity: &'static Entity, table: &Table) -> Option<(i32, String)> {
    let hints = hints::table(entity.name);
    let implied = hints::subject(entity.name);
    let never = hints::never_table(entity.name);
    let of = |text: &str| said(&parts(text), hints, implied, never);
    // The part before the dot is a schema's name.
    let bare = table.name.rsplit('.').next().unwrap_or(&table.name);
    let (name, comment) = (of(bare), of(label(&table.comment)));
    let reason = match (&name, &comment) {
        (_, Some(_)) => format!("comment “{}”", label(&table.comment).escape_debug()),
        (Some((_, spoken)), None) => format!("its name reads as {}", told(spoken)),
        (None, None) => return None,
    };
    let score = name.map_or(0, |(score, _)| score).max(comment.map_or(0, |(score, _)| score));
    Some((score - stale(bare, table), reason))
}

/// What is taken from tables that look like copies, and from empty ones.
fn stale(name: &str, table: &Table) -> i32 {
    let lower = name.to_lowercase();
    let copy = ["bak", "backup", "copy", "tmp", "temp", "test", "备份", "临时", "测试"]
        .iter()
        .any(|word| lower.contains(word));
    let dated = lower.bytes().filter(u8::is_ascii_digit).count() >= 4;
    i32::from(copy || dated) * 30 + i32::from(table.rows == Some(0)) * 15 + i32::from(table.view) * 2
}

/// What is known of a table while its columns are looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'s> {
    pub(super) schema: &'s Schema,
    pub(super) table: &'s Table,
    pub(super) entity: &'static Entity,
}

impl<'s> Place<'s> {
    /// Every column of the table that may be the one of the contract, best first.
    pub(super) fn candidates(&self, spec: &'static ColumnSpec) -> Vec<Candidate<'s>> {
        let mut found: Vec<Candidate<'s>> =
            self.table.columns.iter().filter_map(|column| self.candidate(spec, column)).collect();
        found.sort_by_key(|candidate| -candidate.score);
        found
    }

    fn candidate(&self, spec: &'static ColumnSpec, column: &'s Column) -> Option<Candidate<'s>> {
        let fit = fit(spec, column)?;
        let (mut score, mut reasons) = self.spoken(spec, column).unwrap_or((0, Vec::new()));
        score += self.keys(spec, column, score, &mut reasons)?;
        if spec.name == "member_id" && self.is_nobodys_user(column) {
            score -= 30;
            reasons.push("but no table is of members or users".to_owned());
        }
        let words = self.words(spec, column);
        if matches!(spec.kind, ColumnType::Choice(_)) && score > 0 && !column.distinct().is_empty() {
            score += if words.unknown.is_empty() { 6 } else { -8 };
        }
        score -= fit.doubt;
        let empty = column.samples.iter().filter(|value| value.as_deref().is_none_or(str::is_empty)).count();
        if spec.required && column.nullable && empty > 0 {
            reasons.push(format!(
                "but it is empty in {empty} of {} sampled rows, and every row needs it",
                column.samples.len()
            ));
            score = (score - 20).min(SURE - 1);
        }
        if score < GUESS {
            return None;
        }
        let reason = reasons.join(", ");
        Some(Candidate { spec, column, score, change: fit.change, words, reason, note: fit.note })
    }

    fn words(&self, spec: &ColumnSpec, column: &Column) -> Words {
        let choice = matches!(spec.kind, ColumnType::Choice(_));
        if choice { words(self.entity.name, spec.name, column) } else { Words::default() }
    }

    /// What the name and the comment say.
    fn spoken(&self, spec: &ColumnSpec, column: &Column) -> Option<(i32, Vec<String>)> {
        let hints = hints::column(self.entity.name, spec.name);
        let mut implied = hints::subject(self.entity.name).to_vec();
        let bare = self.table.name.rsplit('.').next().unwrap_or_default();
        implied.extend(parts(bare).into_iter().filter(|part| part.len() == 1).flatten());
        if spec.name == "member_id" && self.entity.name != "member" {
            // In a table of cards a bare number is the card's.
            implied.retain(|concept| *concept != Concept::Member);
        }
        let never: Vec<Concept> = hints::never(self.entity.name, spec.name)
            .iter()
            .copied()
            .filter(|concept| !implied.contains(concept))
            .collect();
        let name = said(&parts(&column.name), hints, &implied, &never);
        let words = label(&column.comment);
        let usable = !words.is_empty() && !words.contains(|c: char| c.is_ascii_digit());
        let understood = usable.then(|| parts(words)).filter(|parts| !parts.is_empty());
        let comment = understood.as_ref().and_then(|parts| said(parts, hints, &implied, &never));
        let mut reasons = Vec::new();
        if let Some((_, spoken)) = &name {
            reasons.push(format!("its name reads as {}", told(spoken)));
        }
        if comment.is_some() {
            reasons.push(format!("comment “{}”", words.escape_debug()));
        }
        let score = match (name, comment) {
            (Some((name, _)), Some((comment, _))) => name.max(comment) + 4,
            (None, Some((comment, _))) => comment,
            (Some((name, _)), None) => {
                let contradicts = understood.is_some_and(|parts| parts.iter().all(|part| !part.is_empty()));
                if contradicts {
                    reasons.push(format!("but its comment says “{}”", words.escape_debug()));
                }
                name - i32::from(contradicts) * 40
            }
            (None, None) => return None,
        };
        Some((score, reasons))
    }

    /// What primary, unique and foreign keys add; `None` when they rule the column out.
    fn keys(&self, spec: &ColumnSpec, column: &Column, spoken: i32, reasons: &mut Vec<String>) -> Option<i32> {
        let mut score = 0;
        if matches!(self.entity.key, [only] if *only == spec.name) {
            let primary = matches!(self.table.primary.as_slice(), [only] if *only == column.name);
            if primary {
                reasons.push("it is the primary key".to_owned());
                score += if spoken == 0 { LIKELY } else { 12 };
            } else if self.table.names_one_row(&column.name) {
                reasons.push("it is unique".to_owned());
                score += 4;
            } else if spoken > 0 {
                reasons.push("nothing makes it unique".to_owned());
                score -= 20;
            }
            if spoken >= LIKELY && self.table.names_one_row(&column.name) && self.is_referred_to_by_name(column) {
                reasons.push("other tables have a column of the same name".to_owned());
                score += 30;
            }
        }
        let alone =
            self.table.foreign.iter().find(|key| matches!(key.columns.as_slice(), [only] if *only == column.name));
        if let Some(key) = alone
            && let Some(entity) = subject_of(self.schema, &key.table)
        {
            let id = entity.key.first().copied().unwrap_or_default();
            if id == spec.name && entity.name != self.entity.name {
                reasons.push(format!("it refers to `{}`", key.table));
                score += if spoken == 0 { SURE } else { 15 };
            } else if matches!(spec.name, "member_id" | "customer_id" | "region_id" | "department_id")
                && spec.name != id
            {
                return None;
            }
        }
        Some(score)
    }

    /// Whether a column is of users, who may be the staff, in a database without a table of members or users.
    fn is_nobodys_user(&self, column: &Column) -> bool {
        let of_user = parts(&column.name).iter().any(|part| part.contains(&Concept::User));
        let members =
            |table: &Table| subject_of(self.schema, &table.name).is_some_and(|entity| entity.name == "member");
        of_user && !self.schema.tables.iter().any(members)
    }

    fn is_referred_to_by_name(&self, column: &Column) -> bool {
        let generic = column.name.eq_ignore_ascii_case("id") || column.name.eq_ignore_ascii_case("code");
        let elsewhere = |table: &&Table| table.name != self.table.name && table.column(&column.name).is_some();
        !generic && self.schema.tables.iter().any(|table| elsewhere(&table))
    }
}

/// Which of the entities that others refer to a table is, by its name.
fn subject_of(schema: &Schema, name: &str) -> Option<&'static Entity> {
    let found = schema.tables.iter().find(|table| table.name == name)?;
    ["region", "department", "customer", "member"]
        .iter()
        .filter_map(|entity| crate::ledger::entity::entity(entity))
        .filter_map(|entity| table(entity, found).map(|(score, _)| (score, entity)))
        .filter(|(score, _)| *score >= LIKELY)
        .max_by_key(|(score, _)| *score)
        .map(|(_, entity)| entity)
}
