//! The waves of a survey: which there are, their answers read from a ledger, and the report on one.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    ledger::{
        batch::NO_DAY,
        dictionary::{Dictionary, NOTHING},
        entity::entity,
        snapshot::Snapshot,
    },
    metrics::compute::compute,
    period::{Period, day_from_number},
    report::{
        Report,
        error::ReportError,
        graded::{People, names_of},
        satisfaction::{Complaint, ReportedWave, SatisfactionInputs, WAVES, build},
        service_desk::{self, DeskInputs, Entry},
    },
    run::{
        error::RunError,
        grades::{Grades, work_out},
        home::{Home, unknown},
        report::{Commission, graded, scene},
        store::Store,
    },
    satisfaction::{
        answers::{Answers, Detail, Wanted, Wave, read},
        questionnaire::Questionnaire,
    },
    scheme::SubjectKind,
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

/// Answers by the names of their waves.
#[derive(Debug)]
pub struct NamedAnswers {
    /// The waves.
    pub waves: BTreeMap<String, Wave>,
    /// Rows that name no wave.
    pub without_wave: i64,
    /// Those rows, where rows are kept one by one.
    pub strays: Vec<Detail>,
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
) -> Result<NamedAnswers, RunError> {
    let found = by_name(snapshot, questionnaire, names, details)?;
    let dictionaries = snapshot.dictionaries();
    if let Some(missing) = names.iter().find(|name| !found.waves.contains_key(*name)) {
        let known = dictionaries.of("wave").map_or_else(Vec::new, |known| {
            (1..known.len()).filter_map(|code| known.text(u32::try_from(code).ok()?).map(str::to_owned)).collect()
        });
        return Err(unknown("wave with answers", missing, &known));
    }
    Ok(found)
}

/// The waves that have answers, by their names.
fn by_name(
    snapshot: &mut Snapshot,
    questionnaire: &Questionnaire,
    names: &[String],
    details: bool,
) -> Result<NamedAnswers, RunError> {
    let Answers { waves, without_wave, strays } =
        read(snapshot, &Wanted { questionnaire, waves: Some(names), details })?;
    let dictionaries = snapshot.dictionaries();
    let name = |code: u32| dictionaries.text("wave", code).unwrap_or_default().to_owned();
    let waves = waves.into_iter().map(|(code, wave)| (name(code), wave)).collect();
    Ok(NamedAnswers { waves, without_wave, strays })
}

/// Makes the report of the wave that ended last by the end of a period, compared with those before it. Grades are those of the wave's last day.
///
/// # Errors
/// [`RunError`] when no wave had ended, a figure cannot be had or an equation does not hold.
pub async fn report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
) -> Result<(Report, Vec<Grades>), RunError> {
    let known = waves(snapshot)?;
    let survey = questionnaire(home, wanted.survey, &known, None)?;
    let waves = compared(&survey, known, wanted.period)?;
    let names: Vec<String> = waves.iter().map(|(info, _)| info.wave.clone()).collect();
    let NamedAnswers { waves: mut answers, without_wave, .. } = by_name(snapshot, &survey, &names, true)?;
    let reported = |(info, ended_on): (WaveInfo, NaiveDate)| ReportedWave {
        answers: answers.remove(&info.wave).unwrap_or_default(),
        name: info.wave,
        title: info.title,
        ended_on,
        invited: info.invited,
    };
    let waves: Vec<ReportedWave> = waves.into_iter().map(reported).collect();
    let day = waves.last().map_or(wanted.period.last_day(), |wave| wave.ended_on);
    let grades = match &survey.targets {
        Some(targets) if home.scheme(&targets.scheme)?.version_on(day).is_some() => {
            Some(work_out(home, snapshot, store, &targets.scheme, day, Vec::new()).await?)
        }
        Some(_) | None => None,
    };
    let computed = compute(snapshot, &[])?;
    let people = People::read(snapshot, SubjectKind::Customer, &[])?;
    let departments = names_of(snapshot, "department", "department_id")?;
    let complaints = Complaint::read_all(snapshot)?;
    let fingerprint = snapshot.fingerprint();
    let customers = snapshot.dictionaries().of("customer_id").map_or(0, Dictionary::len);
    let ranks = grades.as_ref().map_or_else(Vec::new, |grades| grades.now.by_code(customers));
    let report = build(&SatisfactionInputs {
        scene: scene(home, snapshot, wanted, &people, &computed, &fingerprint),
        survey: &survey,
        waves: &waves,
        without_wave,
        graded: grades.as_ref().map(graded),
        ranks: &ranks,
        departments: &departments,
        complaints: complaints.as_deref(),
    })?;
    Ok((report, grades.into_iter().collect()))
}

/// Makes the report on the comment book of the service desk (S23).
///
/// # Errors
/// [`RunError`] when the survey is not clear, the ledger cannot be read or an equation does not hold.
pub fn service_desk(home: &Home, snapshot: &mut Snapshot, wanted: &Commission<'_>) -> Result<Report, RunError> {
    let survey = questionnaire(home, wanted.survey, &[], None)?;
    let [now, before] = Entry::read(snapshot, [wanted.period, wanted.period.previous()])?;
    let computed = compute(snapshot, &[])?;
    let people = People::default();
    let fingerprint = snapshot.fingerprint();
    let scene = scene(home, snapshot, wanted, &people, &computed, &fingerprint);
    Ok(service_desk::build(&DeskInputs { scene, survey: &survey, now: &now, before: &before })?)
}

/// The waves of a survey that are compared: the last one that ended by the end of the period, and those before it.
fn compared(
    survey: &Questionnaire,
    known: Vec<WaveInfo>,
    period: Period,
) -> Result<Vec<(WaveInfo, NaiveDate)>, RunError> {
    let own = |info: &WaveInfo| info.questionnaire.as_ref().is_none_or(|id| *id == survey.id);
    let ended = |info: WaveInfo| {
        let day = info.closed_on.or(info.opened_on)?;
        Some((info, day))
    };
    let mut waves: Vec<(WaveInfo, NaiveDate)> = known.into_iter().filter(own).filter_map(ended).collect();
    waves.sort_by(|(one, day), (other, other_day)| (day, &one.wave).cmp(&(other_day, &other.wave)));
    let told: Vec<String> = waves.iter().map(|(info, day)| format!("{} ({day})", info.wave)).collect();
    waves.retain(|(_, day)| *day <= period.last_day());
    if waves.is_empty() {
        let known = if told.is_empty() { "none".to_owned() } else { told.join(", ") };
        return Err(ReportError::NoWave { survey: survey.id.clone(), day: period.last_day(), known }.into());
    }
    let beyond = waves.len().saturating_sub(WAVES);
    Ok(waves.split_off(beyond))
}
