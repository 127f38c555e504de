//! `fenji demo`: a home with a believable ledger, in which every shipped job can run at once.

use std::path::Path;

use chrono::{Datelike, NaiveDate};
use rusqlite::Connection;

use crate::{
    deliver::file::write_atomically,
    job::Job,
    ledger::{
        create::{LedgerInfo, create},
        demo::{DemoCounts, DemoPlan, generate},
    },
    period::{Period, Unit},
    run::{error::RunError, home::Home},
};

/// The organisation of the shipped settings, and the one of the demo.
const ORGANISATION: (&str, &str) = (
    "organisation = { zh = \"示例公司\", en = \"Example Company\" }",
    "organisation = { zh = \"江城百货（演示数据）\", en = \"Jiangcheng Department Stores (demonstration data)\" }",
);

/// The last month that is over on a day.
pub fn last_full_month(today: NaiveDate) -> Period {
    Period::holding(Unit::Month, today).previous()
}

/// The last period of a job that the ledger of the demo has: with a review, the last day of its figures.
///
/// # Errors
/// Every fault of the declaration of the review.
pub fn last_period(home: &Home, job: &Job, today: NaiveDate) -> Result<Period, RunError> {
    let last = last_full_month(today).last_day();
    if let Some(review) = &job.review {
        let declared = home.review(review)?;
        let of = |year| declared.as_of.in_year(year);
        let day = if of(last.year()) <= last { of(last.year()) } else { of(last.year() - 1) };
        return Ok(Period::holding(job.period, day));
    }
    let period = Period::holding(job.period, last);
    // A year that is not over yet is not reported on: the one before is.
    Ok(if period.last_day() < today { period } else { period.previous() })
}

/// Makes a home in a new or empty directory and fills its ledger up to the last full month.
///
/// # Errors
/// [`RunError::NotEmpty`], or [`RunError::Demo`] when the ledger cannot be made.
pub fn make(root: &Path, today: NaiveDate, progress: &mut dyn FnMut(u64, u64)) -> Result<(Home, DemoCounts), RunError> {
    Home::init(root)?;
    let path = root.join("config").join("fenji.toml");
    if let Some(settings) = Home::files().get("config/fenji.toml") {
        write_atomically(&path, settings.replace(ORGANISATION.0, ORGANISATION.1).as_bytes())?;
    }
    let home = Home::open(root)?;
    let failed = |cause: &dyn std::fmt::Display| RunError::Demo { cause: cause.to_string() };
    let ledger = home.mapping.database.file().map_err(|cause| failed(&cause))?;
    if let Some(parent) = ledger.parent() {
        std::fs::create_dir_all(parent).map_err(|cause| failed(&cause))?;
    }
    let info = LedgerInfo { currency: home.mapping.currency.clone(), zone: home.mapping.zone };
    create(ledger, &info).map_err(|cause| failed(&cause))?;
    let mut connection = Connection::open(ledger).map_err(|cause| failed(&cause))?;
    let plan = DemoPlan::demo(last_full_month(today).last_day());
    let counts = generate(&mut connection, &plan, progress).map_err(|cause| failed(&cause))?;
    Ok((home, counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_has_a_last_period_in_every_month() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("home");
        Home::init(&root).unwrap();
        let home = Home::open(&root).unwrap();
        for month in 1..=12 {
            let today = NaiveDate::from_ymd_opt(2027, month, 10).unwrap();
            let last = last_full_month(today).last_day();
            for id in home.jobs() {
                let job = home.job(&id).unwrap();
                let period = last_period(&home, &job, today).unwrap();
                assert!(period.last_day() < today && period.first_day() <= last, "{id} on {today}: {period}");
                if job.review.is_some() {
                    let expected = if month < 4 { "2026-03-25" } else { "2027-03-25" };
                    assert_eq!(period.to_string(), expected, "{today}");
                }
            }
        }
    }

    #[test]
    fn the_shipped_settings_name_the_organisation_that_the_demo_replaces() {
        assert!(Home::files()["config/fenji.toml"].contains(ORGANISATION.0));
    }
}
