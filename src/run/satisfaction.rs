//! The waves of a survey: which there are, and their answers read from a ledger.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    ledger::{batch::NO_DAY, dictionary::NOTHING, entity::entity, snapshot::Snapshot},
    period::day_from_number,
    run::{
        error::RunError,
        home::{Home, unknown},
    },
    satisfaction::{
        answers::{Wanted, Wave, read},
        questionnaire::Questionnaire,
    },
};

/// A wave of a survey, as the ledger describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaveInfo {
    /// Its name.
    pub wave: String,
    /// The survey that it belongs to, where the ledger says so.
    pub questionnaire: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// Its first day.
    pub opened_on: Option<NaiveDate>,
    /// Its last day.
    pub closed_on: Option<NaiveDate>,
    /// How many customers were asked.
    pub invited: Option<i64>,
}

/// The waves that the ledger describes, the earliest first.
///
/// # Errors
/// [`RunError::Ledger`] when they cannot be read.
pub fn waves(snapshot: &mut Snapshot) -> Result<Vec<WaveInfo>, RunError> {
    let Some(survey) = entity("survey").filter(|survey| snapshot.has(survey, "wave")) else { return Ok(Vec::new()) };
    let columns = ["wave", "questionnaire", "title", "opened_on", "closed_on", "invited"];
    let columns: Vec<&'static str> = columns.into_iter().filter(|column| snapshot.has(survey, column)).collect();
    let batch = snapshot.read(survey, &columns, "the waves of surveys")?;
    let dictionaries = snapshot.dictionaries();
    let text = |column: &'static str, at: usize| {
        let code = batch.codes(column).get(at).copied().filter(|code| *code != NOTHING)?;
        dictionaries.text(column, code).map(str::to_owned)
    };
    let day = |column: &'static str, at: usize| {
        batch.days(column).get(at).copied().filter(|day| *day != NO_DAY).and_then(day_from_number)
    };
    let wave = |at: usize| {
        Some(WaveInfo {
            wave: text("wave", at)?,
            questionnaire: text("questionnaire", at),
            title: text("title", at),
            opened_on: day("opened_on", at),
            closed_on: day("closed_on", at),
            invited: batch.numbers("invited").get(at).copied().filter(|count| *count >= 0),
        })
    };
    let mut waves: Vec<WaveInfo> = (0..batch.len()).filter_map(wave).collect();
    waves.sort_by(|a, b| (a.opened_on, &a.wave).cmp(&(b.opened_on, &b.wave)));
    Ok(waves)
}

/// The survey that is meant: the one named, that of the wave, or the only one.
///
/// # Errors
/// [`RunError::UnknownName`] where it is not clear, or every fault of its file.
pub fn questionnaire(
    home: &Home,
    named: Option<&str>,
    waves: &[WaveInfo],
    wave: Option<&str>,
) -> Result<Questionnaire, RunError> {
    let own = waves.iter().find(|info| Some(info.wave.as_str()) == wave).and_then(|info| info.questionnaire.clone());
    let known = home.surveys();
    let only = if let [only] = known.as_slice() { Some(only.clone()) } else { None };
    let id = named.map(str::to_owned).or(own).or(only).ok_or_else(|| RunError::NoSurvey { known: known.join(", ") })?;
    home.survey(&id)
}

/// Reads waves by their names; every one of them must have answers.
///
/// # Errors
/// [`RunError::UnknownName`] for a wave without answers, [`RunError::Ledger`] when the ledger cannot be read.
pub fn read_waves(
    snapshot: &mut Snapshot,
    questionnaire: &Questionnaire,
    names: &[String],
    details: bool,
) -> Result<BTreeMap<String, Wave>, RunError> {
    let wanted = Wanted { questionnaire, waves: Some(names), details };
    let found = read(snapshot, &wanted)?;
    let dictionaries = snapshot.dictionaries();
    let name = |code: u32| dictionaries.text("wave", code).unwrap_or_default().to_owned();
    let found: BTreeMap<String, Wave> = found.into_iter().map(|(code, wave)| (name(code), wave)).collect();
    if let Some(missing) = names.iter().find(|name| !found.contains_key(*name)) {
        let known = dictionaries.of("wave").map_or_else(Vec::new, |known| {
            (1..known.len()).filter_map(|code| known.text(u32::try_from(code).ok()?).map(str::to_owned)).collect()
        });
        return Err(unknown("wave with answers", missing, &known));
    }
    Ok(found)
}
