//! What customers say of each member of staff.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    money::Share,
    report::service_desk::{DeskInputs, book::Entry},
    satisfaction::questionnaire::{CommentKind, Questionnaire},
};

/// Evaluations of somebody.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// Those that count.
    pub(super) answers: i64,
    /// Those without a level, or that do not apply.
    pub(super) left_out: i64,
    /// Those whose level or indicator nobody defined.
    pub(super) unknown: i64,
    /// Those that count lower because of a comment.
    pub(super) lowered: i64,
    /// Those that count, by level.
    pub(super) levels: Vec<i64>,
    /// Comments that praise, and all others.
    pub(super) praise: i64,
    pub(super) remarks: i64,
    /// Who said so.
    pub(super) customers: BTreeSet<u32>,
    /// The sum of what counts, in units of the scale.
    sum: i128,
}

impl Tally {
    /// The mean of what counts, in millionths of a point; `None` without any.
    pub(super) fn mean(&self, survey: &Questionnaire) -> Option<i128> {
        Share::new(self.sum, i128::from(self.answers) * i128::from(survey.scale.unit)).scaled(6)
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.answers += other.answers;
        self.left_out += other.left_out;
        self.unknown += other.unknown;
        self.lowered += other.lowered;
        self.praise += other.praise;
        self.remarks += other.remarks;
        self.sum += other.sum;
        self.customers.extend(&other.customers);
        self.levels.resize(self.levels.len().max(other.levels.len()), 0);
        self.levels.iter_mut().zip(&other.levels).for_each(|(own, count)| *own += count);
    }

    /// Adds an evaluation; returns the level that counts.
    fn add(&mut self, inputs: &DeskInputs<'_>, entry: &Entry) -> Option<usize> {
        let survey = inputs.survey;
        match entry.kind {
            Some(CommentKind::Praise) => self.praise += 1,
            Some(_) => self.remarks += 1,
            None => {}
        }
        self.customers.insert(entry.customer);
        let word = |column, code| inputs.scene.dictionaries.text(column, code).unwrap_or_default().trim();
        let level = word("level", entry.level);
        if survey.indicator(word("indicator", entry.indicator)).is_none() {
            self.unknown += 1;
            return None;
        }
        if level.is_empty() || survey.not_applicable.iter().any(|known| known == level) {
            self.left_out += 1;
            return None;
        }
        let Some(chosen) = survey.scale.level(level) else {
            self.unknown += 1;
            return None;
        };
        let lower = survey.comments.as_ref().filter(|_| survey.lowers(chosen, entry.kind));
        let counted = lower.map_or(chosen, |comments| comments.counts_as);
        self.answers += 1;
        self.lowered += i64::from(counted != chosen);
        self.sum += survey.scale.levels.get(counted).map_or(0, |level| i128::from(level.score));
        self.levels.resize(survey.scale.levels.len(), 0);
        self.levels.get_mut(counted).into_iter().for_each(|count| *count += 1);
        Some(counted)
    }
}

/// Everything that the report shows.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// Each member of staff, the best mean first, then by name; those without an answer that counts come last.
    pub(super) staff: Vec<(u32, Tally)>,
    /// The same of the period before.
    pub(super) before: BTreeMap<u32, Tally>,
    /// Evaluations with a comment, by day, with the level that counts.
    pub(super) comments: Vec<(&'a Entry, Option<usize>)>,
    levels: usize,
}

impl<'a> Facts<'a> {
    pub(super) fn gather(inputs: &DeskInputs<'a>) -> Self {
        let of = |entries: &'a [Entry]| {
            let (mut staff, mut comments): (BTreeMap<u32, Tally>, Vec<_>) = (BTreeMap::new(), Vec::new());
            for entry in entries {
                let levels = vec![0; inputs.survey.scale.levels.len()];
                let tally = staff.entry(entry.staff).or_insert_with(|| Tally { levels, ..Tally::default() });
                let counted = tally.add(inputs, entry);
                if entry.kind.is_some() {
                    comments.push((entry, counted));
                }
            }
            (staff, comments)
        };
        let (now, comments) = of(inputs.now);
        let (before, _) = of(inputs.before);
        let mut staff: Vec<(u32, Tally)> = now.into_iter().collect();
        let name = |code: u32| inputs.scene.dictionaries.text("staff", code).map(str::to_owned);
        staff.sort_by_cached_key(|(code, tally)| {
            let mean = tally.mean(inputs.survey);
            (mean.is_none(), Reverse(mean), name(*code))
        });
        Self { staff, before, comments, levels: inputs.survey.scale.levels.len() }
    }

    /// All of them together.
    pub(super) fn sum(&self) -> Tally {
        let mut sum = Tally { levels: vec![0; self.levels], ..Tally::default() };
        self.staff.iter().for_each(|(_, tally)| sum.merge(tally));
        sum
    }
}
