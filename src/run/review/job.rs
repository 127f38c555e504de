//! The review as a job makes it: opened on its day where nobody opened it, and shown as it stands (S56, S57; E13, E14). People decide it, approve and publish it.

use chrono::{Datelike, NaiveDateTime};

use crate::{
    grading::review::{Opening, Review, ReviewError, State},
    ledger::snapshot::Snapshot,
    run::{
        error::RunError,
        home::Home,
        report::{Commission, Made},
        review::{head, opens, pack::shown, propose, some},
        store::Store,
    },
};

/// Makes the pack of the review of the period's year, and the review itself where there is none: that is kept once the report was accepted.
///
/// # Errors
/// [`RunError`] when it is too early, or a figure cannot be had.
pub(in crate::run) async fn report(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    wanted: &Commission<'_>,
    now: NaiveDateTime,
) -> Result<Made, RunError> {
    let declared = home.review(wanted.review.unwrap_or_default())?;
    let day = wanted.period.last_day();
    let head = head(&declared, day.year());
    if day < head.as_of {
        return Err(ReviewError::BeforeFigures { review: head.id, as_of: head.as_of, day }.into());
    }
    let (opens, today) = (opens(&declared, &head), now.date());
    if today < opens {
        return Err(ReviewError::TooEarly { review: head.id, opens, today }.into());
    }
    let mut warnings = Vec::new();
    let (review, opening) = if let Some(stored) = store.review(&head.id).await? {
        (stored.review, None)
    } else {
        let (grades, new) = propose(home, snapshot, store, &head).await?;
        some(&head, &new)?;
        warnings.extend(grades.warnings);
        let opening = Opening { head, provenance: new.provenance, rows: new.rows };
        warnings.push(format!(
            "review {} was opened: {} subjects are to be decided by {}",
            opening.head.id,
            opening.rows.len(),
            opening.head.closes_on
        ));
        (opening.review(now), Some(opening))
    };
    let mut report = shown(home, snapshot, store, &review, wanted.lang).await?;
    // Figures are of the review's day; how it stands is of this one.
    report.period = wanted.period;
    if day >= review.head.closes_on && review.state() != State::Published {
        warnings.push(overdue(&review));
    }
    Ok(Made { report, grades: Vec::new(), list: None, plan: None, opening, warnings })
}

/// What is said of a review that should be published by now.
fn overdue(review: &Review) -> String {
    let (id, closes, state) = (&review.head.id, review.head.closes_on, review.state().name());
    let (undecided, rows) = (review.undecided().count(), review.rows.len());
    format!("review {id} was to be published by {closes}: it is {state}, {undecided} of {rows} subjects undecided")
}
