//! How postings become rows: what is refused before, the cells of each, and the stored balances.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::ledger::{
    mapping::Origin,
    posting::{
        Poster, Posting,
        error::PostingError,
        sql,
        target::{Form, Written},
        writer::{Cells, Trouble},
    },
};

impl Poster {
    /// Refuses postings that make no sense, before anything is written.
    pub(super) fn check(
        &self,
        postings: &[Posting],
        wanted: &BTreeSet<&str>,
        held: Option<&BTreeSet<String>>,
    ) -> Result<(), PostingError> {
        let mut keys = BTreeSet::new();
        for posting in postings {
            let bad = |why: &str| PostingError::BadPosting { key: posting.key.clone(), why: why.to_owned() };
            if posting.key.is_empty() || !keys.insert(posting.key.as_str()) {
                return Err(bad("its key is empty or stands twice in one chunk"));
            }
            if !wanted.contains(posting.member.as_str()) {
                return Err(bad(&format!("the member `{}` is not one of the chunk", posting.member)));
            }
            if held.is_some_and(|held| !held.contains(&posting.member)) {
                return Err(PostingError::NoMember { member: posting.member.clone() });
            }
            if posting.points == 0 || posting.points == i64::MIN {
                return Err(bad("it moves no points, or more than 64 bits hold"));
            }
            if !self.target.words.contains_key(posting.kind) {
                return Err(bad(&format!("`{}` is no kind of points entry", posting.kind)));
            }
            for (name, text) in [("programme", &posting.programme), ("rule", &posting.rule)] {
                if let Some(text) = text
                    && let Some((constant, meaning)) = self.constant(name)
                    && meaning != *text
                {
                    return Err(bad(&format!(
                        "its {name} is `{text}`, and every entry has `{constant}` by the mapping"
                    )));
                }
            }
        }
        Ok(())
    }

    /// A column that is the same on every row by the mapping: what is written there, and what it means.
    fn constant(&self, name: &str) -> Option<(String, String)> {
        let column = self.mapping.entities.get(self.entity.name)?.columns.get(name)?;
        let Origin::Constant(text) = &column.from else { return None };
        Some((text.clone(), column.words.get(text).unwrap_or(text).clone()))
    }

    /// Writes what is new; its keys.
    pub(super) fn insert(&mut self, postings: &[Posting], now: DateTime<Utc>) -> Result<BTreeSet<String>, Trouble> {
        let mut groups: BTreeMap<Vec<usize>, Cells> = BTreeMap::new();
        for posting in postings {
            let mut given = (Vec::new(), Vec::new());
            for (at, column) in self.target.columns.iter().enumerate() {
                match self.cell(posting, column, now)? {
                    Some(cell) => {
                        given.0.push(at);
                        given.1.push(cell);
                    }
                    None if column.required => {
                        let why = format!("it has no {}, and every row must have `{}`", column.name, column.own);
                        return Err(PostingError::BadPosting { key: posting.key.clone(), why }.into());
                    }
                    // What is left out takes the column's own default.
                    None => {}
                }
            }
            let cells = groups.entry(given.0).or_insert_with(|| vec![Vec::new(); given.1.len()]);
            cells.iter_mut().zip(given.1).for_each(|(column, cell)| column.push(cell));
        }
        let mut new = BTreeSet::new();
        let key = self.target.column("posting_key").map_or("", |column| column.own.as_str());
        for (places, cells) in groups {
            let columns: Vec<&Written> = places.iter().filter_map(|at| self.target.columns.get(*at)).collect();
            let sql = sql::insert(self.target.dialect, &self.target.table, &columns, key);
            self.writer.rows(&sql, &cells, "when postings were written", &mut |row| {
                new.insert(row.raw(0).plain());
                Ok(())
            })?;
        }
        Ok(new)
    }

    /// What stands in a column for a posting; `None` for nothing.
    fn cell(&self, posting: &Posting, column: &Written, now: DateTime<Utc>) -> Result<Option<String>, PostingError> {
        let zone = self.mapping.zone;
        let bad = |why: String| PostingError::BadPosting { key: posting.key.clone(), why };
        let moment = |local: NaiveDateTime| match column.form {
            Form::Plain => Ok(Some(local.to_string())),
            Form::Moment(form) => {
                let text = form.local(local, zone);
                text.map(Some).ok_or_else(|| bad(format!("the local time {local} does not exist in {zone}")))
            }
        };
        Ok(match column.name {
            "posting_key" | "entry_id" => Some(posting.key.clone()),
            "member_id" => Some(posting.member.clone()),
            "kind" => self.target.words.get(posting.kind).cloned(),
            "points" => Some(posting.points.to_string()),
            "at" => moment(posting.at)?,
            "programme" => self.written(column.name, posting.programme.as_deref()).map_err(bad)?,
            "rule" => self.written(column.name, posting.rule.as_deref()).map_err(bad)?,
            "order_id" => posting.order_id.clone(),
            "reverses_id" => posting.reverses_id.clone(),
            "expires_on" => match posting.expires_on.and_then(|day| day.and_hms_opt(0, 0, 0)) {
                Some(midnight) => moment(midnight)?,
                None => None,
            },
            "recorded_at" => match column.form {
                Form::Plain => None,
                Form::Moment(form) => Some(form.instant(now, zone)),
            },
            _ => None,
        })
    }

    /// A text as the ledger writes it, where the mapping translates its words.
    fn written(&self, name: &str, text: Option<&str>) -> Result<Option<String>, String> {
        let Some(text) = text else { return Ok(None) };
        let mapped = self.mapping.entities.get(self.entity.name).and_then(|mapped| mapped.columns.get(name));
        let Some(words) = mapped.map(|column| &column.words) else { return Ok(Some(text.to_owned())) };
        let own: Vec<&String> = words.iter().filter(|(_, meaning)| *meaning == text).map(|(word, _)| word).collect();
        match own.as_slice() {
            [word] => Ok(Some((*word).clone())),
            [] if !words.contains_key(text) => Ok(Some(text.to_owned())),
            _ => Err(format!("the mapping has no single word of the ledger's for the {name} `{text}`")),
        }
    }

    /// Changes the stored balances by what is new.
    pub(super) fn add_to_balances<'p>(&mut self, new: impl Iterator<Item = &'p Posting>) -> Result<(), Trouble> {
        let Some(balances) = &self.balances else { return Ok(()) };
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        for posting in new {
            let sum = sums.entry(&posting.member).or_default();
            *sum = sum.checked_add(posting.points).ok_or_else(|| PostingError::BadPosting {
                key: posting.key.clone(),
                why: "the points of the member do not fit in 64 bits".to_owned(),
            })?;
        }
        sums.retain(|_, sum| *sum != 0);
        if sums.is_empty() {
            return Ok(());
        }
        let cells =
            vec![sums.keys().map(|member| (*member).to_owned()).collect(), sums.values().map(i64::to_string).collect()];
        let mut changed: BTreeMap<String, u32> = BTreeMap::new();
        self.writer.rows(&balances.sql, &cells, "when balances were changed", &mut |row| {
            *changed.entry(row.raw(0).plain()).or_default() += 1;
            Ok(())
        })?;
        match sums.keys().find(|member| changed.get(**member) != Some(&1)) {
            Some(member) => {
                Err(PostingError::NoBalance { table: balances.table.clone(), member: (*member).to_owned() }.into())
            }
            None => Ok(()),
        }
    }
}
