//! The roll-forward of a programme, and what its points are worth.

use crate::{
    ledger::snapshot::Snapshot,
    period::Period,
    points::{
        flow::{RollForward, check, roll_forward},
        members::Classes,
        programme::Programme,
    },
    run::{
        error::RunError,
        home::Home,
        points::{classes, tiers},
        store::Store,
    },
};

/// A roll-forward with what its places mean.
#[derive(Debug)]
pub struct Told {
    /// The periods, the earliest first.
    pub periods: Vec<Period>,
    /// The names of tiers by place, from 1; a member without a tier is at 0.
    pub tiers: Vec<String>,
    /// The figures; they add up.
    pub found: RollForward,
}

/// Works out the flows of a period and so many before it. Members count for the tier of the last day.
///
/// # Errors
/// [`RunError`] when the period has not ended, grades cannot be had, or the figures do not add up.
pub async fn work_out(
    home: &Home,
    snapshot: &mut Snapshot,
    store: &mut Store,
    programme: &Programme,
    (last, before): (Period, u16),
) -> Result<Told, RunError> {
    let mut periods = vec![last];
    for _ in 0..before {
        let earliest = periods.last().copied().unwrap_or(last);
        periods.push(earliest.previous());
    }
    periods.reverse();
    let day = last.last_day();
    let classes = classes(home, snapshot, store, programme, day).await?;
    let (by_tier, names) = match &programme.tiers {
        Some(scheme) => tiers(home, snapshot, store, scheme, day).await?,
        None => (Classes::default(), Vec::new()),
    };
    let found = roll_forward(snapshot, programme, (&classes, &by_tier), &periods)?;
    check(&programme.id, &periods, &found)?;
    Ok(Told { periods, tiers: names, found })
}
