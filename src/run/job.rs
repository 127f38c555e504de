//! What a job makes: ledger → grades → report → files, and what of it is to be kept. Nothing is written here.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use tracing::{info, warn};

use crate::{
    grading::review::Opening,
    job::{Department, Format, Job},
    ledger::snapshot::Snapshot,
    period::Period,
    points::{decision::Plan, kept::to_parquet},
    receivables::risk::change::List,
    report::Report,
    run::{
        artifacts::{self, Addressing, Artifact, Artifacts},
        error::RunError,
        home::Home,
        report::{Commission, Made, make},
        review::refuse_to_keep,
        store::{Store, ToKeep},
    },
    text::Lang,
};

/// What a job is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// The period that the report is about.
    pub period: Period,
    /// The time of the run.
    pub now: DateTime<Utc>,
}

/// What a job made, and what of it is to be kept.
#[derive(Debug)]
pub struct Work {
    /// The files.
    pub files: Vec<Artifact>,
    /// The grades.
    pub grades: Vec<ToKeep>,
    /// The receivable risk list, with the fingerprint of the snapshot.
    pub risk_list: Option<(List, String)>,
    /// The points plan, its rows and its lots.
    pub plan: Option<(Plan, Vec<u8>, Vec<u8>)>,
    /// The review that was opened.
    pub opening: Option<Opening>,
    /// The time of the run in the ledger's zone.
    pub local: NaiveDateTime,
    /// What the operator should know.
    pub warnings: Vec<String>,
}

/// The day of a time in the ledger's zone.
pub fn today(home: &Home, now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&home.mapping.zone).date_naive()
}

/// Works a job out. The store is only read.
///
/// # Errors
/// [`RunError`]: then there is nothing to be kept.
pub async fn work(home: &Home, job: &Job, store: &mut Store, order: &Order) -> Result<Work, RunError> {
    let today = today(home, order.now);
    if order.period.last_day() >= today {
        let (period, end) = (order.period.to_string(), order.period.last_day());
        return Err(RunError::PeriodNotOver { period, end, today });
    }
    let mut snapshot = Snapshot::open(home.mapping.clone(), today)?;
    let lang: Lang = job.language.unwrap_or(home.settings.language);
    let commission = commission(job, order.period, lang);
    let local = order.now.with_timezone(&home.mapping.zone).naive_local();
    info!(job = job.id, period = %order.period, report = job.report.id, "begins");
    let Made { report, grades, list, plan, opening, warnings: told } =
        make(home, &mut snapshot, store, &commission, local).await?;
    log_read(&snapshot);
    let mut made = own_pack(home, job, &report, order.now)?;
    for department in &job.departments {
        let wanted = Commission { lang: department.language.unwrap_or(lang), ..commission };
        let pack = pack(home, job, department, (&report, &mut snapshot, &mut *store), &wanted, order.now).await?;
        made.files.extend(pack.files);
        made.warnings.extend(pack.warnings);
    }
    made.warnings.dedup();
    log_made(&made);
    let mut warnings = made.warnings;
    warnings.extend(told);
    let mut sets = Vec::new();
    // A day between two reviews is only looked at: nobody holds the grades of it.
    for grades in grades.iter().filter(|grades| grades.is_review()) {
        // People decide about these: publishing keeps them, a report does not.
        if let Err(refused) = refuse_to_keep(home, &grades.bound.scheme.id) {
            warnings.push(format!("nothing was kept: {refused}"));
            continue;
        }
        sets.extend(grades.to_be_kept(&snapshot, local)?);
        if grades.restated.is_some_and(|count| count > 0) {
            warnings.extend(revised(store, &grades.bound.scheme.id, order.period).await?);
        }
    }
    let plan = match plan {
        Some(made) => {
            let (rows, lots) = to_parquet(&made.rows)?;
            Some((made.plan, rows, lots))
        }
        None => None,
    };
    warnings.extend(grades.iter().flat_map(|grades| grades.warnings.iter().cloned()));
    for warning in &warnings {
        warn!("{warning}");
    }
    for set in &sets {
        info!(scheme = set.scheme, as_of = %set.as_of, "grades to be kept");
    }
    let risk_list = list.map(|list| (list, snapshot.fingerprint()));
    Ok(Work { files: made.files, grades: sets, risk_list, plan, opening, local, warnings })
}

/// The report that a job wants.
fn commission(job: &Job, period: Period, lang: Lang) -> Commission<'_> {
    Commission {
        shows: job.report.shows,
        scheme: &job.scheme,
        list: job.list.as_deref(),
        survey: job.survey.as_deref(),
        review: job.review.as_deref(),
        beside: job.beside.as_deref(),
        programme: job.programme.as_deref(),
        period,
        lang,
    }
}

/// The pack of the job itself. Where departments get the e-mail, it may have nobody to send one to.
fn own_pack(home: &Home, job: &Job, report: &Report, now: DateTime<Utc>) -> Result<Artifacts, RunError> {
    let addressing = Addressing { job: job.id.clone(), recipients: job.recipients.clone(), department: None };
    let sends = |format: &Format| *format != Format::Eml || !job.recipients.is_empty();
    let formats: Vec<Format> = job.formats.iter().copied().filter(sends).collect();
    artifacts::render(home, report, &formats, &addressing, now)
}

/// The pack of a department, of the same snapshot; in another language the report is made again.
async fn pack(
    home: &Home,
    job: &Job,
    department: &Department,
    (report, snapshot, store): (&Report, &mut Snapshot, &mut Store),
    wanted: &Commission<'_>,
    now: DateTime<Utc>,
) -> Result<Artifacts, RunError> {
    let addressing = Addressing {
        job: job.id.clone(),
        recipients: department.recipients.clone(),
        department: Some(department.id.clone()),
    };
    let formats = department.formats(&job.formats);
    if wanted.lang == report.lang {
        return artifacts::render(home, report, formats, &addressing, now);
    }
    let local = now.with_timezone(&home.mapping.zone).naive_local();
    let translated = make(home, snapshot, store, wanted, local).await?.report;
    artifacts::render(home, &translated, formats, &addressing, now)
}

/// Logs what was read.
fn log_read(snapshot: &Snapshot) {
    for (entity, facts) in snapshot.facts() {
        info!(entity, rows = facts.rows, fingerprint = format!("{:032x}", facts.fingerprint), "read");
    }
}

/// Logs what was made.
fn log_made(made: &Artifacts) {
    for file in &made.files {
        info!(file = %file.name.display(), bytes = file.bytes.len(), "made");
    }
}

/// What the operator should know of grades that were kept again, other than before.
async fn revised(store: &mut Store, scheme: &str, period: Period) -> Result<Vec<String>, RunError> {
    let mut told =
        vec![format!("a new revision of the grades of `{scheme}` of {period} was kept beside the earlier one")];
    if let Some(last) = store.kept_last(scheme).await?.filter(|last| *last > period.last_day()) {
        told.push(format!(
            "reviews up to {last} were built on the earlier revision: run their periods again, in order"
        ));
    }
    Ok(told)
}
