//! One run of a job: ledger → grades → report → files → store, and the e-mail where a relay is given.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    deliver::smtp::{check_url, send_smtp},
    job::{Format, Job},
    ledger::snapshot::Snapshot,
    period::Period,
    run::{
        artifacts::{self, Addressing, Artifact},
        error::RunError,
        home::Home,
        points::plan::keep,
        report::{Commission, Made, make},
        review::refuse_to_keep,
        store::Store,
    },
    text::Lang,
};

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Order<'o> {
    /// The period that the report is about.
    pub period: Period,
    /// Where files go.
    pub out: &'o Path,
    /// The relay that sends the e-mail; without it the e-mail is a file only.
    pub smtp: Option<&'o str>,
    /// The time of the run.
    pub now: DateTime<Utc>,
}

/// What a run did.
#[derive(Debug)]
pub struct Outcome {
    /// The files, in the order of their formats.
    pub files: Vec<(Format, PathBuf)>,
    /// What the operator should know.
    pub warnings: Vec<String>,
    /// How many recipients the e-mail was handed to the relay for.
    pub sent: usize,
}

/// The day of a time in the ledger's zone.
pub fn today(home: &Home, now: DateTime<Utc>) -> NaiveDate {
    now.with_timezone(&home.mapping.zone).date_naive()
}

/// Runs a job. Files are written when everything was made; grades are kept when the files are there; then the e-mail goes.
///
/// # Errors
/// [`RunError`]: before the first file was written nothing is left behind.
pub async fn run(home: &Home, job: &Job, order: &Order<'_>) -> Result<Outcome, RunError> {
    let today = today(home, order.now);
    if order.period.last_day() >= today {
        let (period, end) = (order.period.to_string(), order.period.last_day());
        return Err(RunError::PeriodNotOver { period, end, today });
    }
    if let Some(url) = order.smtp {
        check_url(url)?;
    }
    let mut snapshot = Snapshot::open(home.mapping.clone(), today)?;
    let mut store = Store::open(&home.settings.store).await?;
    let lang: Lang = job.language.unwrap_or(home.settings.language);
    let commission = Commission {
        shows: job.report.shows,
        scheme: &job.scheme,
        list: job.list.as_deref(),
        survey: job.survey.as_deref(),
        beside: job.beside.as_deref(),
        programme: job.programme.as_deref(),
        period: order.period,
        lang,
    };
    let local = order.now.with_timezone(&home.mapping.zone).naive_local();
    let Made { report, grades, list, plan } = make(home, &mut snapshot, &mut store, &commission, local).await?;
    let addressing = Addressing { job: job.id.clone(), recipients: job.recipients.clone() };
    let made = artifacts::render(home, &report, &job.formats, &addressing, order.now)?;
    let paths = artifacts::write(&made.files, order.out)?;
    let mut warnings = made.warnings;
    // A day between two reviews is only looked at: nobody holds the grades of it.
    for grades in grades.iter().filter(|grades| grades.is_review()) {
        // People decide about these: publishing keeps them, a report does not.
        if let Err(refused) = refuse_to_keep(home, &grades.bound.scheme.id) {
            warnings.push(format!("nothing was kept: {refused}"));
            continue;
        }
        grades.keep(&snapshot, &mut store, order.now.with_timezone(&home.mapping.zone).naive_local()).await?;
        if grades.restated.is_some_and(|count| count > 0) {
            warnings.extend(revised(&mut store, &grades.bound.scheme.id, order.period).await?);
        }
    }
    if let Some(list) = &list {
        store.keep_risk_list(list, &snapshot.fingerprint(), local).await?;
    }
    if let Some(plan) = &plan {
        let id = keep(&mut store, plan).await?;
        warnings.push(format!("points plan {id} waits for approval: `fenji points show {id}`"));
    }
    warnings.extend(grades.iter().flat_map(|grades| grades.warnings.iter().cloned()));
    let mut sent = 0;
    if let Some(url) = order.smtp {
        for mail in made.files.iter().filter(|file| file.format == Format::Eml) {
            sent += send(home, job, url, mail).await?;
        }
    }
    let files = made.files.iter().map(|file| file.format).zip(paths).collect();
    Ok(Outcome { files, warnings, sent })
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

async fn send(home: &Home, job: &Job, url: &str, mail: &Artifact) -> Result<usize, RunError> {
    send_smtp(url, &home.settings.mail_from.address, &job.recipients, &mail.bytes).await?;
    Ok(job.recipients.len())
}
