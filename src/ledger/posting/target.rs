//! Where postings go: the table, what is written into each of its columns and in which form; checked against what the database says.
//!
//! Not here: the lock and the stored balance (`posting::aside`).

use std::collections::BTreeMap;

use crate::ledger::{
    entity::{ColumnType, Entity},
    mapping::{ColumnMapping, EntityMapping, Origin, PostingSettings, Rows},
    posting::{
        error::PostingError,
        facts::{ColumnFacts, Storage, TableFacts},
        form::Moment,
        writer::{Trouble, Writer},
    },
    raw::Raw,
    snapshot::Snapshot,
    source::Dialect,
};

/// The columns without which nothing is posted.
pub(super) const NEEDED: [&str; 6] = ["posting_key", "member_id", "kind", "points", "at", "entry_id"];
/// The columns that are written where the ledger has them. The last is always there, the others when a posting has them.
const OPTIONAL: [&str; 6] = ["programme", "rule", "order_id", "reverses_id", "expires_on", "recorded_at"];
/// Columns of which every posting could be made to have one.
const MAY_BE_REQUIRED: [&str; 3] = ["programme", "rule", "recorded_at"];
/// How many texts tell the form of a column.
const SAMPLE: usize = 200;

/// How values stand in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are.
    Plain,
    /// As a day or a time.
    Moment(Moment),
}

/// A column that is written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// Its name in the contract.
    pub(super) name: &'static str,
    /// The user's column.
    pub(super) own: String,
    /// Its type as a cast names it.
    pub(super) cast: String,
    /// How values stand in it.
    pub(super) form: Form,
    /// Whether every row must have one, and the database makes none.
    pub(super) required: bool,
}

/// Where postings go.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) dialect: Dialect,
    /// The table, as the mapping names it.
    pub(super) table: String,
    /// The columns, those that are always written first.
    pub(super) columns: Vec<Written>,
    /// The user's word for each kind.
    pub(super) words: BTreeMap<&'static str, String>,
    /// The type of the column of members, as a cast names it.
    pub(super) member_cast: String,
}

impl Target {
    /// The column of the contract that is written.
    pub(super) fn column(&self, name: &str) -> Option<&Written> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Checks everything that can be checked without writing.
    pub(super) fn find(
        snapshot: &Snapshot,
        writer: &mut dyn Writer,
        entity: &'static Entity,
        settings: &PostingSettings,
    ) -> Result<Self, Trouble> {
        snapshot.check_mapped(entity, &NEEDED, "posting points")?;
        let mapped = snapshot.mapped(entity, "posting points")?;
        let table = table(mapped)?;
        snapshot.check_rows(entity, "posting points")?;
        let facts = table_facts(writer, entity, table)?;
        let dialect = snapshot.source().dialect();
        let mut target = Self {
            dialect,
            table: table.to_owned(),
            columns: Vec::new(),
            words: BTreeMap::new(),
            member_cast: String::new(),
        };
        for name in NEEDED.into_iter().chain(OPTIONAL) {
            let Some(column) = mapped.columns.get(name) else { continue };
            target.add(snapshot, mapped, column, &facts)?;
        }
        let key = own(mapped, "posting_key").unwrap_or_default();
        if !facts.column(key).is_some_and(|column| column.unique) {
            let (quoted, own_table) = (dialect.quoted(key), dialect.table(table));
            let statement = format!("CREATE UNIQUE INDEX fenji_posting_key ON {own_table} ({quoted})");
            return Err(PostingError::NoUniqueKey { table: table.to_owned(), column: key.to_owned(), statement }.into());
        }
        target.member_cast = target.column("member_id").map_or_else(String::new, |column| column.cast.clone());
        if let Some(column) = mapped.columns.get("kind") {
            target.words = words(column, settings, &facts)?;
        }
        every_required_column_is_written(&facts, &target)?;
        Ok(target)
    }

    /// Takes a column among those that are written.
    fn add(
        &mut self,
        snapshot: &Snapshot,
        mapped: &EntityMapping,
        column: &ColumnMapping,
        facts: &TableFacts,
    ) -> Result<(), Trouble> {
        let name = column.spec.name;
        let needed = NEEDED.contains(&name);
        let refused = |own: &str, why: String| PostingError::NotWritable { column: name, own: own.to_owned(), why };
        let own = match &column.from {
            Origin::Column(own) => own,
            Origin::Constant(text) if needed => {
                return Err(refused(text, "it is a constant of the mapping, not a column".to_owned()).into());
            }
            Origin::Constant(_) => return Ok(()),
        };
        let Some(fact) = facts.column(own) else { return Ok(()) };
        if name == "entry_id" {
            // The database makes it, or it is the posting's key, which may stand in that very column.
            let key = self.column("posting_key").is_some_and(|key| key.own == fact.name);
            if fact.made || key {
                return Ok(());
            }
            if fact.storage != Storage::Text {
                return Err(PostingError::NoEntryId { column: own.clone(), kind: fact.storage.described() }.into());
            }
        }
        if self.columns.iter().any(|written| written.own == fact.name) {
            // Two names of the contract for one column: what it needs most stands in it.
            return if needed {
                Err(refused(own, "another needed column stands there".to_owned()).into())
            } else {
                Ok(())
            };
        }
        if fact.computed {
            return Err(refused(own, "the database works it out itself".to_owned()).into());
        }
        let required = fact.required && !fact.made;
        if required && !needed && !MAY_BE_REQUIRED.contains(&name) {
            return Err(PostingError::MustBeGiven { table: self.table.clone(), column: own.clone() }.into());
        }
        let form = form(snapshot, mapped, column, fact)?.map_err(|why| refused(own, why))?;
        self.columns.push(Written { name, own: fact.name.clone(), cast: fact.cast.clone(), form, required });
        Ok(())
    }
}

/// The table of an entity.
pub(super) fn table(mapped: &EntityMapping) -> Result<&str, PostingError> {
    match &mapped.rows {
        Rows::Table(table) => Ok(table),
        Rows::Query { file, .. } => {
            let rows = format!("the query `{}`", file.display());
            Err(PostingError::NotATable { entity: mapped.entity.name, rows })
        }
    }
}

/// What the database says of the table of an entity.
pub(super) fn table_facts(writer: &mut dyn Writer, entity: &Entity, table: &str) -> Result<TableFacts, Trouble> {
    match writer.facts(table)? {
        Some(facts) if facts.plain => Ok(facts),
        Some(_) => {
            let rows = format!("`{table}`, which is a view or no table of the database's own");
            Err(PostingError::NotATable { entity: entity.name, rows }.into())
        }
        None => Err(PostingError::MayNotWrite { cause: format!("the role cannot see the table `{table}`") }.into()),
    }
}

/// The user's column behind one of the contract.
pub(super) fn own<'m>(mapped: &'m EntityMapping, name: &str) -> Option<&'m str> {
    match mapped.columns.get(name).map(|column| &column.from) {
        Some(Origin::Column(own)) => Some(own),
        _ => None,
    }
}

/// The form in which values of a column are written, or why there is none.
fn form(
    snapshot: &Snapshot,
    mapped: &EntityMapping,
    column: &ColumnMapping,
    fact: &ColumnFacts,
) -> Result<Result<Form, String>, Trouble> {
    let on_sqlite = snapshot.source().dialect() == Dialect::Sqlite;
    let cannot = || Err(format!("it holds a {}", fact.storage.described()));
    let kind = column.spec.kind;
    let sampled = || sampled(snapshot, mapped, column);
    Ok(match (kind, &fact.storage) {
        (ColumnType::Key, Storage::Text) => Ok(Form::Plain),
        (ColumnType::Key, Storage::Whole | Storage::Numeric | Storage::Uuid) if column.spec.name != "posting_key" => {
            Ok(Form::Plain)
        }
        (ColumnType::Text | ColumnType::Choice(_), Storage::Text | Storage::Enum)
        | (ColumnType::Choice(_) | ColumnType::Points, Storage::Whole | Storage::Numeric) => Ok(Form::Plain),
        (ColumnType::Day, Storage::Day) => Ok(Form::Moment(Moment::DAY)),
        (ColumnType::Day | ColumnType::Instant, Storage::Local) => Ok(Form::Moment(Moment::LOCAL)),
        (ColumnType::Day | ColumnType::Instant, Storage::Instant) => Ok(Form::Moment(Moment::INSTANT)),
        (ColumnType::Day, Storage::Text) => sampled()?.map(|form| Form::Moment(form.unwrap_or(Moment::DAY))),
        (ColumnType::Instant, Storage::Text) => timed(sampled()?),
        // Declared as DATE or DATETIME, SQLite's columns hold texts as they are.
        (ColumnType::Day, Storage::Numeric) if on_sqlite => {
            sampled()?.map(|form| Form::Moment(form.unwrap_or(Moment::DAY)))
        }
        (ColumnType::Instant, Storage::Numeric) if on_sqlite => timed(sampled()?),
        _ => cannot(),
    })
}

fn timed(sampled: Result<Option<Moment>, String>) -> Result<Form, String> {
    let form = sampled?.unwrap_or(Moment::LOCAL);
    if form.is_timed() { Ok(Form::Moment(form)) } else { Err("days without a time stand there".to_owned()) }
}

/// The form of the texts that stand in a column; `None` when there are none.
fn sampled(
    snapshot: &Snapshot,
    mapped: &EntityMapping,
    column: &ColumnMapping,
) -> Result<Result<Option<Moment>, String>, Trouble> {
    let source = snapshot.source();
    let (Ok(table), Origin::Column(own)) = (table(mapped), &column.from) else { return Ok(Ok(None)) };
    let (own, table) = (source.dialect().quoted(own), source.dialect().table(table));
    let sql = format!("SELECT {own} FROM {table} WHERE {own} IS NOT NULL LIMIT {SAMPLE}");
    let (mut texts, mut other) = (Vec::new(), None);
    source.query(&sql, "when the form of its texts was looked at", &mut |row| {
        match row.raw(0) {
            Raw::Text("") => {}
            Raw::Text(text) => texts.push(text.to_owned()),
            raw => other = Some(format!("{} stands there", raw.describe())),
        }
        Ok(())
    })?;
    Ok(match other {
        Some(why) => Err(why),
        None => Moment::of_texts(&texts),
    })
}

/// The user's word for each kind.
fn words(
    column: &ColumnMapping,
    settings: &PostingSettings,
    facts: &TableFacts,
) -> Result<BTreeMap<&'static str, String>, PostingError> {
    let ColumnType::Choice(kinds) = column.spec.kind else { return Ok(BTreeMap::new()) };
    let mut found = BTreeMap::new();
    for kind in kinds {
        let known: Vec<&str> =
            column.words.iter().filter(|(_, meaning)| meaning == kind).map(|(word, _)| word.as_str()).collect();
        let word = match (settings.words.get(kind), known.as_slice()) {
            (Some(word), _) => word.clone(),
            (None, [word]) => (*word).to_owned(),
            (None, []) if column.words.is_empty() => (*kind).to_owned(),
            (None, []) => return Err(PostingError::NoWord { kind }),
            (None, several) => {
                return Err(PostingError::ManyWords { kind, words: crate::declaration::quoted(several) });
            }
        };
        found.insert(*kind, word);
    }
    let Origin::Column(own) = &column.from else { return Ok(found) };
    let numbers = facts.column(own).is_some_and(|fact| match fact.storage {
        Storage::Whole => true,
        Storage::Numeric => !fact.cast.is_empty(),
        _ => false,
    });
    match found.values().find(|word| numbers && word.parse::<i64>().is_err()) {
        Some(word) => {
            let why = format!("it holds whole numbers, and the word `{word}` is none");
            Err(PostingError::NotWritable { column: "kind", own: own.clone(), why })
        }
        None => Ok(found),
    }
}

/// Every column that a row must have is written, or the database gives it a value.
fn every_required_column_is_written(facts: &TableFacts, target: &Target) -> Result<(), PostingError> {
    let written = |name: &str| target.columns.iter().any(|column| column.own == name);
    let missing = facts
        .columns
        .iter()
        .find(|column| column.required && !column.made && !column.computed && !written(&column.name));
    match missing {
        Some(column) => Err(PostingError::MustBeGiven { table: target.table.clone(), column: column.name.clone() }),
        None => Ok(()),
    }
}
