//! Writes a proposal as the text of `config/ledger.toml`.
//!
//! Invariants: the text can be read as it stands; what is a guess, and every entity with a gap, is commented out; a name or word of the
//! database cannot leave its quotes or its comment.

use std::fmt::Write;

use crate::ledger::{
    entity::ColumnType,
    mapping::AmountUnit,
    propose::{ColumnProposal, EntityProposal, Gap, Proposal},
};

/// What stands at the head of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The database, as the mapping writes it: without a password.
    pub database: String,
    /// The file of the authority that vouches for the server, relative to `config/`.
    pub certificate: Option<String>,
    /// The currency, or the assumed one.
    pub currency: String,
    /// Its decimal places.
    pub scale: u8,
    /// The zone, or the assumed one.
    pub zone: String,
}

/// A file of the proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryFile {
    /// Its name, relative to `config/`.
    pub name: String,
    /// The SQL.
    pub sql: String,
}

impl Head {
    /// The lines before the entities.
    pub fn toml(&self) -> String {
        let line = |path: &String| format!("certificate = {}\n", quoted(path));
        let certificate = self.certificate.as_ref().map_or_else(String::new, line);
        format!(
            "database = {}\n{certificate}\
             currency = {}  # assumed: check it\n\
             scale = {}  # decimal places of the currency\n\
             zone = {}  # assumed: the zone in which days begin, and of times that name none\n\
             layout = \"mapped\"\n",
            quoted(&self.database),
            quoted(&self.currency),
            self.scale,
            quoted(&self.zone),
        )
    }
}

/// The queries that entities in force are read by.
pub(super) fn queries(proposal: &Proposal) -> Vec<QueryFile> {
    let complete = proposal.entities.iter().filter(|entity| entity.is_complete());
    complete
        .filter_map(|entity| {
            let notes: Vec<String> = entity.notes.iter().map(|note| format!("-- {}\n", plain(note))).collect();
            let title =
                format!("-- `{}` of {}: proposed by `fenji ledger map`.\n", entity.entity.name, named(&entity.tables));
            entity.query.as_ref().map(|sql| QueryFile { name: query_name(entity), sql: title + &notes.concat() + sql })
        })
        .collect()
}

fn query_name(entity: &EntityProposal) -> String {
    format!("queries/{}.sql", entity.entity.name)
}

/// The text of `config/ledger.toml`.
pub(super) fn toml(proposal: &Proposal, head: &Head) -> String {
    let mut parts = vec![
        "# Proposed by `fenji ledger map` from names, comments, types, keys and a small sample. Look at every line before you use it.\n\
         # sure: name, type and sample agree. likely: in force, check it. guess: commented out.\n"
            .to_owned(),
        head.toml(),
    ];
    for entity in &proposal.entities {
        parts.push("\n".to_owned());
        parts.extend(section(entity).iter().map(|line| format!("{line}\n")));
    }
    if !proposal.absent.is_empty() {
        let names: Vec<&str> = proposal.absent.iter().map(|entity| entity.name).collect();
        parts.push(format!("\n# No table was found for: {}.\n", names.join(", ")));
    }
    parts.concat()
}

/// The lines of an entity.
fn section(proposal: &EntityProposal) -> Vec<String> {
    let (entity, tables) = (proposal.entity, named(&proposal.tables));
    let mut lines = vec![
        format!("# {}: {}", entity.name, entity.meaning),
        format!("# {}: {tables}: {}", proposal.confidence.word(), plain(&proposal.reason)),
    ];
    lines.extend(proposal.notes.iter().map(|note| format!("# note: {}", plain(note))));
    let missing = |gap: &Gap| format!("# missing: {}: {}; {}", gap.column, plain(&gap.why), plain(&gap.idea));
    lines.extend(proposal.gaps.iter().map(missing));
    if proposal.is_complete() {
        lines.extend(body(proposal));
        return lines;
    }
    if proposal.gaps.is_empty() {
        lines.push("# the table is only a guess: if it is right, remove the `# ` below".to_owned());
    }
    lines.extend(body(proposal).iter().map(|line| format!("# {line}")));
    if let Some(sql) = &proposal.query {
        lines.push(format!("# {} (add what is missing):", query_name(proposal)));
        lines.extend(sql.lines().map(|line| format!("# {line}")));
    }
    lines
}

/// The lines of an entity as they are in force.
fn body(proposal: &EntityProposal) -> Vec<String> {
    let name = proposal.entity.name;
    let table = proposal.tables.first().map_or("", String::as_str);
    let rows = match &proposal.query {
        Some(_) => format!("sql = {}", quoted(&query_name(proposal))),
        None => format!("table = {}", quoted(table)),
    };
    let mut lines = vec![format!("[entity.{name}]"), rows, format!("[entity.{name}.columns]")];
    for column in &proposal.columns {
        let mark = if column.in_force { "" } else { "# " };
        let (own, word) = (column.spec.name, column.confidence.word());
        lines.push(format!("{mark}{own} = {}  # {word}: {}", value(column), plain(&column.reason)));
    }
    let proposed = |name: &str| proposal.columns.iter().any(|column| column.spec.name == name);
    let optional = proposal.entity.columns.iter().filter(|spec| !spec.required && !proposed(spec.name));
    let absent: Vec<&str> = optional.map(|spec| spec.name).collect();
    if !absent.is_empty() {
        lines.push(format!("# not found, not needed: {}", absent.join(", ")));
    }
    lines
}

fn value(column: &ColumnProposal) -> String {
    let mut more = String::new();
    if let Some(unit) = column.unit.filter(|_| column.spec.kind == ColumnType::Money) {
        let unit = if unit == AmountUnit::Minor { "minor" } else { "major" };
        let _infallible = write!(more, ", unit = \"{unit}\"");
    }
    if !column.words.is_empty() {
        let words: Vec<String> =
            column.words.iter().map(|(from, to)| format!("{} = {}", quoted(from), quoted(to))).collect();
        let _infallible = write!(more, ", words = {{ {} }}", words.join(", "));
    }
    if more.is_empty() { quoted(&column.from) } else { format!("{{ column = {}{more} }}", quoted(&column.from)) }
}

fn named(tables: &[String]) -> String {
    tables.iter().map(|table| format!("`{}`", plain(table))).collect::<Vec<_>>().join(" and ")
}

/// A text that stays on its line.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text as a TOML string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => {
                let _infallible = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted + "\""
}
