//! What happens inside the transaction of a chunk.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::ledger::{
    batch::{Batch, Dictionaries},
    error::LedgerError,
    mapping::ColumnMapping,
    partition::in_order,
    posting::{
        Decide, Posted, Poster, Posting,
        aside::{Held, members},
        error::PostingError,
        read::{Rows, read},
        sql,
        writer::{Cells, Trouble},
    },
    raw::Raw,
};

/// The columns by which a posting is known again.
const TOLD: [&str; 6] = ["posting_key", "member_id", "entry_id", "kind", "points", "at"];

impl Poster {
    /// Locks, reads, decides, writes, and reads back what stands.
    pub(super) fn decided(
        &mut self,
        members: &[String],
        columns: &[&'static str],
        decide: Decide<'_>,
    ) -> Result<Vec<Posted>, Trouble> {
        let wanted: BTreeSet<&str> = members.iter().map(String::as_str).collect();
        let held = self.lock(&wanted)?;
        let (entries, dictionaries) = self.entries(&wanted, columns)?;
        let postings = decide(&entries, &dictionaries);
        drop((entries, dictionaries));
        self.check(&postings, &wanted, held.as_ref())?;
        if postings.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.now()?;
        let new = self.insert(&postings, now)?;
        let keys: Vec<String> = postings.iter().map(|posting| posting.key.clone()).collect();
        let posted = self.standing(&keys)?;
        as_written(&postings, &posted, &new)?;
        self.add_to_balances(postings.iter().filter(|posting| new.contains(&posting.key)))?;
        Ok(posted)
    }

    /// Keeps the members still; those whose rows were found, where rows are locked.
    fn lock(&mut self, wanted: &BTreeSet<&str>) -> Result<Option<BTreeSet<String>>, Trouble> {
        let doing = "when members were locked";
        match &self.held {
            Held::Everything => Ok(None),
            Held::Entries => {
                let sql = sql::lock_table(&self.target.table, false);
                self.writer.rows(&sql, &Cells::new(), doing, &mut |_| Ok(()))?;
                Ok(None)
            }
            Held::Members { rest } => {
                let Some((mapped, column)) = members(&self.mapping) else { return Ok(None) };
                let cells = one_column(wanted.iter().copied());
                let rows = Rows { mapped, columns: &[column], rest, cells: &cells, doing };
                let place = (&self.mapping, self.target.dialect, self.today);
                let (batch, dictionaries) = read(&mut *self.writer, place, rows)?;
                let texts = batch.codes("member_id").iter().filter_map(|code| dictionaries.text("member_id", *code));
                Ok(Some(texts.map(str::to_owned).collect()))
            }
        }
    }

    /// All entries of the members, those of each together.
    fn entries(&mut self, wanted: &BTreeSet<&str>, columns: &[&'static str]) -> Result<(Batch, Dictionaries), Trouble> {
        let others = columns.iter().copied().filter(|name| *name != "member_id");
        let names: Vec<&'static str> = std::iter::once("member_id").chain(others).collect();
        let own = self.target.column("member_id").map_or("", |column| column.own.as_str());
        let rest = format!(" WHERE {}", sql::among(self.target.dialect, own, &self.target.member_cast));
        let cells = one_column(wanted.iter().copied());
        let (batch, dictionaries) = self.read(&names, &rest, &cells, "when the entries of members were read")?;
        // A column may take two texts for one that fenji tells apart.
        let ours = |code: &u32| dictionaries.text("member_id", *code).is_some_and(|member| wanted.contains(member));
        let rows = batch.codes("member_id").iter().enumerate().filter(|(_, code)| ours(code)).map(|(row, _)| row);
        let batch = in_order(&batch, rows.collect(), "member_id", &dictionaries);
        Ok((batch, dictionaries))
    }

    fn read(
        &mut self,
        names: &[&'static str],
        rest: &str,
        cells: &Cells,
        doing: &str,
    ) -> Result<(Batch, Dictionaries), Trouble> {
        let entity = self.entity;
        let mapped = self.mapping.entities.get(entity.name).ok_or_else(|| LedgerError::EntityNotMapped {
            entity: entity.name,
            needed_for: "posting points".to_owned(),
        })?;
        let wanted = |name: &&'static str| {
            mapped.columns.get(name).ok_or_else(|| LedgerError::ColumnNotMapped {
                entity: entity.name,
                column: (*name).to_owned(),
                needed_for: "posting points".to_owned(),
            })
        };
        let columns: Vec<&ColumnMapping> = names.iter().map(wanted).collect::<Result<_, _>>()?;
        let rows = Rows { mapped, columns: &columns, rest, cells, doing };
        read(&mut *self.writer, (&self.mapping, self.target.dialect, self.today), rows)
    }

    /// The clock of the database.
    fn now(&mut self) -> Result<DateTime<Utc>, Trouble> {
        let (doing, mut found) = ("when its clock was read", None);
        self.writer.rows(sql::now(self.target.dialect), &Cells::new(), doing, &mut |row| {
            if let Raw::Integer(seconds) = row.raw(0) {
                found = DateTime::from_timestamp(seconds, 0);
            }
            Ok(())
        })?;
        let unknown = || PostingError::Stopped { doing: doing.to_owned(), cause: "it gave no time".to_owned() };
        Ok(found.ok_or_else(unknown)?)
    }

    /// What stands under some keys, in their order.
    pub(super) fn standing(&mut self, keys: &[String]) -> Result<Vec<Posted>, Trouble> {
        let Some(key) = self.target.column("posting_key") else { return Ok(Vec::new()) };
        let rest = format!(" WHERE {}", sql::among(self.target.dialect, &key.own, &key.cast));
        let cells = one_column(keys.iter().map(String::as_str));
        let (batch, dictionaries) = self.read(&TOLD, &rest, &cells, "when postings were read back")?;
        let text = |name: &'static str, row: usize| {
            let code = batch.codes(name).get(row);
            code.and_then(|code| dictionaries.text(name, *code)).unwrap_or_default().to_owned()
        };
        let mut found: BTreeMap<String, Posted> = BTreeMap::new();
        for (row, (points, at)) in batch.numbers("points").iter().zip(batch.numbers("at")).enumerate() {
            let Some(at) = DateTime::from_timestamp(*at, 0) else { continue };
            let posted = Posted {
                key: text("posting_key", row),
                member: text("member_id", row),
                entry_id: text("entry_id", row),
                kind: text("kind", row),
                points: *points,
                at: at.naive_utc(),
            };
            found.insert(posted.key.clone(), posted);
        }
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }
}

fn one_column<'t>(texts: impl Iterator<Item = &'t str>) -> Cells {
    vec![texts.map(str::to_owned).collect()]
}

/// Every posting stands, and what is new reads as it was written.
fn as_written(postings: &[Posting], posted: &[Posted], new: &BTreeSet<String>) -> Result<(), PostingError> {
    let standing: BTreeMap<&str, &Posted> = posted.iter().map(|posted| (posted.key.as_str(), posted)).collect();
    for posting in postings {
        let wrote = told(&posting.member, posting.kind, posting.points, posting.at);
        let found = standing.get(posting.key.as_str()).map_or_else(
            || "nothing".to_owned(),
            |posted| told(&posted.member, &posted.kind, posted.points, posted.at),
        );
        let must_be_same = new.contains(&posting.key) || !standing.contains_key(posting.key.as_str());
        if must_be_same && wrote != found {
            return Err(PostingError::NotAsWritten { key: posting.key.clone(), wrote, found });
        }
    }
    Ok(())
}

fn told(member: &str, kind: &str, points: i64, at: NaiveDateTime) -> String {
    format!("{points} points, `{kind}`, of the member `{member}` at {at}")
}
