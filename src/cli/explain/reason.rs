//! Why a grade is what it is, in a sentence with the days and settings that decided.

use chrono::NaiveDate;

use crate::{
    grading::ladder::Reason,
    period::{days_after, months_after},
    run::explain::Explanation,
    scheme::Demotion,
};

/// The reason of a grade; of a subject that was not graded, that it has no figure.
pub(super) fn why(found: &Explanation) -> String {
    let Some(reason) = found.reason else { return "it was not graded: a figure is missing".to_owned() };
    let version = found.grades.bound.versions.get(found.grades.now.version);
    let ladder = version.and_then(|version| version.ladder());
    let held = found.held.unwrap_or(crate::grading::ladder::Held { rank: 0, since: None, valid_to: None });
    let day = |day: Option<NaiveDate>, none: &str| day.map_or_else(|| none.to_owned(), |day| day.to_string());
    let to = day(held.valid_to, "the next assessment");
    match reason {
        Reason::First => "it was never graded before".to_owned(),
        Reason::Kept => "the figures give the grade that is held".to_owned(),
        Reason::Promoted => "the figures give a better grade than was held".to_owned(),
        Reason::Demoted => "the figures give a lower grade than was held, and nothing keeps it".to_owned(),
        Reason::Changed => "the figures give another grade than was held".to_owned(),
        Reason::Given => "somebody gave it outside the reviews (tier_history)".to_owned(),
        Reason::Confirmed => "people confirmed it in a review".to_owned(),
        Reason::Overridden => "people gave it in a review, other than the figures".to_owned(),
        Reason::HeldBack => "people held the grade before in a review".to_owned(),
        Reason::Retained => {
            let test = ladder.and_then(|ladder| version?.dimensions.get(ladder.retention?));
            let test = test.map_or("", |dimension| dimension.id.as_str());
            format!("less was earned, but the retention test `{test}` is passed: valid to {to}")
        }
        Reason::Grace => {
            let end = held.valid_to.zip(ladder).map(|(end, ladder)| days_after(end, i64::from(ladder.grace_days)));
            format!("less was earned and it was valid to {to}, but days of grace run to {}", day(end, "an unknown day"))
        }
        Reason::Held => match ladder {
            Some(ladder) if ladder.demotion == Demotion::Never => {
                format!("less was earned, but this scheme takes no grade away: valid to {to}")
            }
            Some(ladder) if held.valid_to.is_some_and(|end| end <= found.as_of) => {
                let least = held.since.map(|since| months_after(since, i32::from(ladder.min_hold_months)));
                let (months, least) = (ladder.min_hold_months, day(least, "an unknown day"));
                format!(
                    "less was earned and it was valid to {to}, but it is held for {months} months at least, to {least}"
                )
            }
            Some(_) | None => format!("less was earned, but it is valid to {to}"),
        },
    }
}
