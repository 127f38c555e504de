//! The monthly tier report for executives (S01, S05, S10, S55).
//!
//! Facts in, a [`Report`] out; every equation on it was tested or the report is refused. Not here: where the facts come from (`run::tier`), how the
//! pages look (`render`).

mod concentration;
mod facts;
mod findings;
mod metrics;
mod moves;
mod notes;
mod overview;
mod tiers;
mod trend;

use std::collections::BTreeMap;

use crate::{
    grading::{set::GradeSet, subjects::Subjects},
    ledger::{batch::Dictionaries, snapshot::EntityFacts},
    metrics::compute::Computed,
    money::Currency,
    period::Period,
    report::{Report, error::ReportError, tier::facts::Facts},
    scheme::Scheme,
    text::{Lang, say},
};

pub use metrics::requests;

/// Everything the report is made of.
#[derive(Debug)]
pub struct TierInputs<'a> {
    /// Language of the report.
    pub lang: Lang,
    /// The company.
    pub organisation: &'a str,
    /// The month that the report is about.
    pub period: Period,
    /// Currency and scale of the ledger.
    pub currency: &'a Currency,
    /// Name of the ledger's zone.
    pub zone: &'static str,
    /// The scheme that grades.
    pub scheme: &'a Scheme,
    /// Every member of the ledger.
    pub subjects: &'a Subjects,
    /// Names by member code, where the ledger has them.
    pub names: &'a BTreeMap<u32, u32>,
    /// Grades at the end of the period.
    pub now: &'a GradeSet,
    /// Grades at the end of the period before.
    pub before: &'a GradeSet,
    /// Figures asked for by [`requests`].
    pub computed: &'a Computed,
    /// Texts of the codes.
    pub dictionaries: &'a Dictionaries,
    /// What was read of the ledger.
    pub read: &'a BTreeMap<&'static str, EntityFacts>,
    /// Fingerprint of the snapshot.
    pub fingerprint: &'a str,
    /// How many grades of this day differ from those kept for it earlier; `None` when none were.
    pub restated: Option<i64>,
}

/// Makes the report.
///
/// # Errors
/// [`ReportError::NotReconciled`] when an equation does not hold, [`ReportError::Nothing`] when there are no members.
pub fn build(inputs: &TierInputs<'_>) -> Result<Report, ReportError> {
    let facts = Facts::gather(inputs)?;
    let checks = notes::checks(inputs, &facts)?;
    Ok(Report {
        id: "tier",
        title: say(inputs.lang, "tier.title"),
        organisation: inputs.organisation.to_owned(),
        lang: inputs.lang,
        period: inputs.period,
        as_of: inputs.period.last_day(),
        currency: inputs.currency.clone(),
        example: inputs.scheme.example.as_ref().map(|title| title.in_lang(inputs.lang).to_owned()),
        findings: findings::findings(inputs, &facts),
        sections: vec![
            overview::section(inputs, &facts),
            tiers::section(inputs, &facts),
            moves::section(inputs, &facts),
            concentration::section(inputs, &facts),
            trend::section(inputs, &facts),
        ],
        notes: notes::notes(inputs),
        checks,
    })
}
