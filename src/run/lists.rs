//! The lists around points: category discounts (S20), receipts with a prize (S21), services of cards (S09), from a home and a period to a report.

use crate::{
    ledger::snapshot::Snapshot,
    metrics::compute::compute,
    period::Unit,
    report::{
        Report,
        discounts::{self, DiscountInputs, Spend},
        graded::People,
        prizes::{self, PrizeInputs, Receipts},
    },
    run::{
        error::RunError,
        home::Home,
        report::{Commission, scene},
    },
};

/// Makes the report on category discounts.
///
/// # Errors
/// [`RunError`] when the period is no year, the rules are wrong, the ledger cannot be read or an equation does not hold.
pub(super) fn discounts(home: &Home, snapshot: &mut Snapshot, wanted: &Commission<'_>) -> Result<Report, RunError> {
    if wanted.period.unit() != Unit::Year {
        let period = wanted.period.to_string();
        return Err(RunError::WrongPeriodUnit { report: "discounts", wanted: "year", such: "2025", period });
    }
    let rules = home.discounts()?;
    let spend = Spend::read(snapshot, wanted.period)?;
    let computed = compute(snapshot, &[])?;
    let people = People::default();
    let fingerprint = snapshot.fingerprint();
    let scene = scene(home, snapshot, wanted, &people, &computed, &fingerprint);
    Ok(discounts::build(&DiscountInputs { scene, rules: &rules, spend: &spend })?)
}

/// Makes the list of receipts that win a spin of the prize wheel.
///
/// # Errors
/// [`RunError`] when the rules are wrong, the ledger cannot be read or an equation does not hold.
pub(super) fn prize_receipts(
    home: &Home,
    snapshot: &mut Snapshot,
    wanted: &Commission<'_>,
) -> Result<Report, RunError> {
    let rules = home.prizes()?;
    let receipts = Receipts::read(snapshot, wanted.period)?;
    let computed = compute(snapshot, &[])?;
    let people = People::default();
    let fingerprint = snapshot.fingerprint();
    let scene = scene(home, snapshot, wanted, &people, &computed, &fingerprint);
    Ok(prizes::build(&PrizeInputs { scene, rules: &rules, receipts: &receipts })?)
}
