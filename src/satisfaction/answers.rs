//! The answers of survey waves: one cell for each question on each sheet, and what could not be counted.
//!
//! Invariants: every row of a wave is a cell, or counted as what is wrong with it; what comes out does not depend on the order of rows. A question that
//! one sheet answers twice counts once where the answers are the same, and not at all where they differ.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    ledger::{
        batch::{Batch, SharedDictionaries},
        decode::Texts,
        dictionary::NOTHING,
        entity::{Entity, entity},
        error::LedgerError,
        snapshot::Snapshot,
    },
    satisfaction::{
        cell::{Answer, BLANK, COMMENTED, Cell, DIFFERENT, FIRST_LEVEL, NOT_APPLICABLE, NOT_ASKED, OVERRIDDEN},
        fault::AnswerFault,
        memo::Memo,
        questionnaire::{CommentKind, Questionnaire},
    },
};

/// What reading is for, in messages.
const PURPOSE: &str = "satisfaction";

/// What one customer answers about one thing. Codes are those of the snapshot's dictionaries, [`NOTHING`] where a column is empty or not mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sheet {
    /// The customer.
    pub customer: u32,
    /// The department that is judged.
    pub department: u32,
    /// The product.
    pub product: u32,
    /// The member of staff (S23).
    pub staff: u32,
}

/// The answers of one wave.
#[derive(Debug, Default)]
pub struct Wave {
    /// The sheets, in any order.
    pub sheets: Vec<Sheet>,
    /// How many questions a sheet has.
    width: usize,
    cells: Vec<u8>,
    /// Its rows.
    pub rows: i64,
    /// Rows about something that nobody defined.
    pub unknown_indicators: i64,
    /// Rows whose answer is not of the scale.
    pub unknown_levels: i64,
    /// Rows beyond the first of a question that one sheet answers in the same way.
    pub repeated: i64,
    /// Rows of questions that one sheet answers in different ways.
    pub different: i64,
    /// Rows with a comment or a fault, where they were asked for.
    pub details: Vec<Detail>,
}

/// A row that is shown.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// Code of the answer.
    pub response: u32,
    /// Its sheet.
    pub sheet: Sheet,
    /// The place of the indicator.
    pub indicator: Option<usize>,
    /// The code of what was asked about.
    pub asked: u32,
    /// The code of what was answered.
    pub level: u32,
    /// What it is.
    pub cell: Cell,
    /// The code of the comment.
    pub comment: u32,
    /// What the comment is.
    pub kind: Option<CommentKind>,
    /// What is wrong with it.
    pub fault: Option<AnswerFault>,
}

impl Wave {
    /// The cells of a sheet, one for each indicator.
    pub fn sheet(&self, place: usize) -> impl Iterator<Item = Cell> + '_ {
        let from = place * self.width;
        self.cells.get(from..from + self.width).unwrap_or_default().iter().map(|cell| Cell(*cell))
    }

    /// Every sheet with its cells.
    pub fn each(&self) -> impl Iterator<Item = (&Sheet, impl Iterator<Item = Cell> + '_)> + '_ {
        self.sheets.iter().enumerate().map(|(place, sheet)| (sheet, self.sheet(place)))
    }

    /// Rows that are not counted as an answer, a blank or as not applicable.
    pub fn faulty(&self) -> i64 {
        self.unknown_indicators + self.unknown_levels + self.repeated + self.different
    }
}

/// What is read.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// The survey.
    pub questionnaire: &'w Questionnaire,
    /// Only these waves; `None` for all.
    pub waves: Option<&'w [String]>,
    /// Whether rows with comments and faults are kept one by one.
    pub details: bool,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Answers {
    /// The waves, by their codes.
    pub waves: BTreeMap<u32, Wave>,
    /// Rows that name no wave.
    pub without_wave: i64,
    /// Those rows, where rows are kept one by one.
    pub strays: Vec<Detail>,
}

/// Reads the answers of waves.
///
/// # Errors
/// [`LedgerError`] when the ledger has no answers, or a value is not of its type.
pub fn read(snapshot: &mut Snapshot, wanted: &Wanted<'_>) -> Result<Answers, LedgerError> {
    let Some(response) = entity("response") else { return Ok(Answers::default()) };
    let mut columns = vec!["wave", "customer_id", "indicator", "level"];
    let optional = ["comment", "comment_kind", "department_id", "product", "staff"];
    columns.extend(optional.iter().filter(|column| snapshot.has(response, column)));
    if wanted.details {
        columns.push("response_id");
    }
    let columns: Vec<(&'static str, Texts)> = columns.into_iter().map(|column| (column, Texts::Coded)).collect();
    let mut taker = scan(snapshot, response, &columns, Taker::new(wanted))?;
    // Which rows answer a question again is known when all were read.
    if wanted.details && taker.waves.values().any(|work| work.wave.repeated + work.wave.different > 0) {
        taker.again = true;
        taker = scan(snapshot, response, &columns, taker)?;
    }
    let waves = taker.waves.into_iter().map(|(code, work)| (code, work.wave)).collect();
    Ok(Answers { waves, without_wave: taker.without_wave, strays: taker.strays })
}

/// Reads every row. Several readers decode rows, one at a time takes them: nothing that comes out depends on their order.
fn scan<'w>(
    snapshot: &mut Snapshot,
    response: &'static Entity,
    columns: &[(&'static str, Texts)],
    taker: Taker<'w>,
) -> Result<Taker<'w>, LedgerError> {
    let taker = Mutex::new(taker);
    snapshot.scan(response, columns, PURPOSE, &|batch, dictionaries| {
        taker.lock().unwrap_or_else(PoisonError::into_inner).take(batch, dictionaries);
    })?;
    Ok(taker.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// A wave that is being read.
#[derive(Default)]
struct Work {
    wave: Wave,
    #[expect(clippy::disallowed_types, reason = "places are looked up and never walked through: no order leaks")]
    places: std::collections::HashMap<Sheet, usize>,
    /// The sheet of the row before, and its place: rows of a sheet mostly stand together.
    last: Option<(Sheet, usize)>,
    /// Which cells were answered more than once in the same way, with the rows beyond the first.
    again: BTreeMap<usize, i64>,
}

struct Taker<'w> {
    wanted: &'w Wanted<'w>,
    /// Whether everything was read once, and only rows that answer a question again are looked for.
    again: bool,
    waves: BTreeMap<u32, Work>,
    without_wave: i64,
    strays: Vec<Detail>,
    asked_for: Memo<bool>,
    indicators: Memo<Option<usize>>,
    levels: Memo<Option<u8>>,
    comments: Memo<bool>,
    kinds: Memo<CommentKind>,
}

impl<'w> Taker<'w> {
    fn new(wanted: &'w Wanted<'w>) -> Self {
        Self {
            wanted,
            again: false,
            waves: BTreeMap::new(),
            without_wave: 0,
            strays: Vec::new(),
            asked_for: Memo::default(),
            indicators: Memo::default(),
            levels: Memo::default(),
            comments: Memo::default(),
            kinds: Memo::default(),
        }
    }

    fn take(&mut self, batch: &Batch, dictionaries: &SharedDictionaries) {
        let column = |name: &str| batch.codes(name);
        let code = |of: &[u32], at: usize| of.get(at).copied().unwrap_or(NOTHING);
        let (waves, customers) = (column("wave"), column("customer_id"));
        let (indicators, levels) = (column("indicator"), column("level"));
        let (comments, kinds) = (column("comment"), column("comment_kind"));
        let (departments, products, staff) = (column("department_id"), column("product"), column("staff"));
        let responses = column("response_id");
        for at in 0..batch.len() {
            let wave = code(waves, at);
            if wave != NOTHING && !self.is_asked_for(wave, dictionaries) {
                continue;
            }
            let sheet = Sheet {
                customer: code(customers, at),
                department: code(departments, at),
                product: code(products, at),
                staff: code(staff, at),
            };
            let (asked, level) = (code(indicators, at), code(levels, at));
            let comment = code(comments, at);
            let kind = self.comment(comment, code(kinds, at), dictionaries);
            let indicator = self.indicator(asked, dictionaries);
            let cell = self.cell(level, kind, dictionaries);
            let fault = match (indicator, cell) {
                (None, _) => Some(AnswerFault::UnknownIndicator),
                (Some(_), None) => Some(AnswerFault::UnknownLevel),
                (Some(_), Some(_)) => None,
            };
            let response = code(responses, at);
            let cell = cell.unwrap_or(Cell(NOT_ASKED));
            let detail = Detail { response, sheet, indicator, asked, level, cell, comment, kind, fault };
            let (width, details) = (self.wanted.questionnaire.indicators.len(), self.wanted.details);
            if wave == NOTHING {
                self.stray(detail);
                continue;
            }
            let work = self.waves.entry(wave).or_default();
            if self.again { work.look_again(&detail) } else { work.add(&detail, width, details) }
        }
    }

    /// Counts a row that names no wave, once.
    fn stray(&mut self, row: Detail) {
        if self.again {
            return;
        }
        self.without_wave += 1;
        if self.wanted.details {
            self.strays.push(Detail { fault: Some(AnswerFault::NoWave), ..row });
        }
    }

    fn is_asked_for(&mut self, wave: u32, dictionaries: &SharedDictionaries) -> bool {
        let Some(waves) = self.wanted.waves else { return true };
        self.asked_for.of(wave, || {
            let name = dictionaries.text("wave", wave).unwrap_or_default();
            waves.contains(&name)
        })
    }

    fn indicator(&mut self, asked: u32, dictionaries: &SharedDictionaries) -> Option<usize> {
        let questionnaire = self.wanted.questionnaire;
        self.indicators.of(asked, || questionnaire.indicator(dictionaries.text("indicator", asked)?.trim()))
    }

    /// What a comment is; `None` where there is none.
    fn comment(&mut self, comment: u32, kind: u32, dictionaries: &SharedDictionaries) -> Option<CommentKind> {
        let said = comment != NOTHING
            && self
                .comments
                .of(comment, || dictionaries.text("comment", comment).is_some_and(|text| !text.trim().is_empty()));
        let of_name = || {
            let name = dictionaries.text("comment_kind", kind).unwrap_or_default();
            CommentKind::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or(CommentKind::Untyped)
        };
        if said { Some(self.kinds.of(kind, of_name)) } else { None }
    }

    /// What an answer with its comment is; `None` for a word that is not of the scale.
    fn cell(&mut self, level: u32, kind: Option<CommentKind>, dictionaries: &SharedDictionaries) -> Option<Cell> {
        let questionnaire = self.wanted.questionnaire;
        let answer = self.levels.of(level, || {
            let word = dictionaries.text("level", level).unwrap_or_default();
            let word = word.trim();
            if word.is_empty() {
                Some(BLANK)
            } else if questionnaire.not_applicable.iter().any(|known| known == word) {
                Some(NOT_APPLICABLE)
            } else {
                questionnaire.scale.level(word).and_then(|place| Some(FIRST_LEVEL + u8::try_from(place).ok()?))
            }
        })?;
        let level = usize::from(answer.saturating_sub(FIRST_LEVEL));
        let lowers = answer >= FIRST_LEVEL && questionnaire.lowers(level, kind);
        Some(Cell(match (kind, lowers) {
            (None, _) => answer,
            (Some(_), true) => answer | OVERRIDDEN,
            (Some(_), false) => answer | COMMENTED,
        }))
    }
}

impl Work {
    fn add(&mut self, row: &Detail, width: usize, details: bool) {
        self.wave.width = width;
        self.wave.rows += 1;
        if details && (row.kind.is_some() || row.fault.is_some()) {
            self.wave.details.push(*row);
        }
        match row.fault {
            Some(AnswerFault::UnknownIndicator) => self.wave.unknown_indicators += 1,
            Some(AnswerFault::UnknownLevel) => self.wave.unknown_levels += 1,
            Some(AnswerFault::Repeated | AnswerFault::Different | AnswerFault::NoWave) | None => {}
        }
        let (Some(indicator), None) = (row.indicator, row.fault) else { return };
        let at = self.place(row.sheet) * width + indicator;
        let Some(cell) = self.wave.cells.get_mut(at) else { return };
        let before = Cell(*cell);
        match before.answer() {
            Answer::NotAsked => *cell = row.cell.0,
            Answer::Different => self.wave.different += 1,
            Answer::Blank | Answer::NotApplicable | Answer::Level(_) if before == row.cell => {
                self.wave.repeated += 1;
                *self.again.entry(at).or_default() += 1;
            }
            Answer::Blank | Answer::NotApplicable | Answer::Level(_) => {
                *cell = DIFFERENT;
                // The rows that seemed to be repeated are different from this one.
                let again = self.again.remove(&at).unwrap_or(0);
                self.wave.repeated -= again;
                self.wave.different += again + 2;
            }
        }
    }

    /// Keeps a row whose question its sheet answers more than once.
    fn look_again(&mut self, row: &Detail) {
        let (Some(indicator), None) = (row.indicator, row.fault) else { return };
        let at = self.place(row.sheet) * self.wave.width + indicator;
        let different = self.wave.cells.get(at).is_some_and(|cell| Cell(*cell).answer() == Answer::Different);
        if different || self.again.contains_key(&at) {
            let fault = if different { AnswerFault::Different } else { AnswerFault::Repeated };
            self.wave.details.push(Detail { fault: Some(fault), ..*row });
        }
    }

    fn place(&mut self, sheet: Sheet) -> usize {
        if let Some((last, place)) = self.last
            && last == sheet
        {
            return place;
        }
        let next = self.wave.sheets.len();
        let place = *self.places.entry(sheet).or_insert(next);
        if place == next {
            self.wave.sheets.push(sheet);
            self.wave.cells.resize((next + 1) * self.wave.width, NOT_ASKED);
        }
        self.last = Some((sheet, place));
        place
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A wave of customers with the places of the levels they chose; `None` for a blank.
    pub(in crate::satisfaction) fn wave(survey: &Questionnaire, answers: &[(u32, [Option<u8>; 2])]) -> Wave {
        let mut work = Work::default();
        for (customer, levels) in answers {
            for (indicator, level) in levels.iter().enumerate() {
                let sheet = Sheet { customer: *customer, department: 0, product: 0, staff: 0 };
                let cell = Cell(level.map_or(BLANK, |level| FIRST_LEVEL + level));
                work.add(&row(sheet, indicator, cell), survey.indicators.len(), false);
            }
        }
        work.wave
    }

    fn row(sheet: Sheet, indicator: usize, cell: Cell) -> Detail {
        let (asked, level, comment, response) = (0, 0, 0, 0);
        Detail { response, sheet, indicator: Some(indicator), asked, level, cell, comment, kind: None, fault: None }
    }

    #[test]
    fn rows_of_one_question_count_once_or_not_at_all_in_any_order() {
        let sheet = Sheet { customer: 1, department: 0, product: 0, staff: 0 };
        for (levels, repeated, different) in [
            (vec![4, 4, 4], 2, 0),
            (vec![4, 5], 0, 2),
            (vec![4, 4, 5], 0, 3),
            (vec![5, 4, 4], 0, 3),
            (vec![4, 5, 4, 5], 0, 4),
            (vec![1, 4], 0, 2),
        ] {
            let mut work = Work::default();
            for level in &levels {
                work.add(&row(sheet, 0, Cell(*level)), 1, false);
            }
            let wave = &work.wave;
            assert_eq!((wave.repeated, wave.different), (repeated, different), "{levels:?}");
            let counted = i64::from(wave.sheet(0).next().unwrap().answer() != Answer::Different);
            assert_eq!(wave.rows, counted + wave.faulty(), "{levels:?}");
        }
    }
}
