//! Leases of every sixth business customer, with instalments, collateral and guarantees.

use super::{Business, Rows, day, days, text};
use crate::{
    ledger::demo::dice::Dice,
    period::{day_from_number, day_number, months_after},
};

/// Months of a lease.
const TERM: i32 = 36;

/// Signs the leases and follows them to the last day.
pub(super) fn sign(rows: &mut Rows<'_>, dice: &mut Dice, businesses: &[Business]) -> rusqlite::Result<()> {
    for business in businesses.iter().step_by(6) {
        let id = format!("L{}", business.id);
        let started = rows.day_with(dice, business);
        let rent = (business.order / 10_000 * 10_000).max(500_000);
        let (outstanding, longest) = instalments(rows, dice, business, &id, (started, rent))?;
        let class = match longest {
            ..=7 => "normal",
            8..=30 => "special-mention",
            31..=90 => "substandard",
            91..=180 => "doubtful",
            _ => "loss",
        };
        let cause = (class != "normal")
            .then(|| dice.weighted(&[("lateness", 70), ("deterioration", 15), ("other", 15)], "other"));
        rows.add(
            "leases",
            &[
                ("lease_id", text(&id)),
                ("customer_id", text(&business.id)),
                ("started_on", day(started)),
                ("original_total", (rent * i64::from(TERM)).into()),
                ("outstanding", outstanding.into()),
                ("base_class", text(class)),
                ("cause", cause.map(str::to_owned).into()),
                ("adverse_factor", dice.happens(if class == "normal" { 30_000 } else { 250_000 }).into()),
            ],
        )?;
        secure(rows, dice, &id, rent * i64::from(TERM))?;
    }
    Ok(())
}

/// Writes the instalments; returns what is still to be paid and the longest delay in days.
fn instalments(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    business: &Business,
    lease: &str,
    (started, rent): (i32, i64),
) -> rusqlite::Result<(i64, i32)> {
    let (mut outstanding, mut longest) = (0, 0);
    let Some(first) = day_from_number(started) else { return Ok((0, 0)) };
    // Whoever stops paying does not begin again.
    let stops = (business.merit < 15).then(|| days(dice.between(3, 30)));
    for number in 1..=TERM {
        let due = day_number(months_after(first, number));
        let delay =
            days(dice.weighted(&[(0, 75), (4, 10), (10, 8), (25, 5), (50, 2)], 0)).min(days(105 - business.merit));
        let paid = due + delay;
        let is_paid = paid <= rows.last && stops.is_none_or(|stop| number < stop);
        let late = if is_paid { Some(delay) } else { Some(rows.last - due).filter(|late| *late > 0) };
        if !is_paid {
            outstanding += rent;
        }
        longest = longest.max(late.unwrap_or(0));
        rows.add(
            "instalments",
            &[
                ("instalment_id", format!("{lease}-{number:02}").into()),
                ("lease_id", text(lease)),
                ("due_on", day(due)),
                ("amount", rent.into()),
                ("paid_on", if is_paid { day(paid) } else { None::<String>.into() }),
                ("days_late", late.into()),
            ],
        )?;
    }
    Ok((outstanding, longest))
}

fn secure(rows: &mut Rows<'_>, dice: &mut Dice, lease: &str, total: i64) -> rusqlite::Result<()> {
    for part in 1..=dice.between(0, 2) {
        rows.add(
            "collaterals",
            &[
                ("collateral_id", format!("{lease}-C{part}").into()),
                ("lease_id", text(lease)),
                ("kind", text(dice.one_of(&["设备", "房产", "车辆", "应收账款"], "设备"))),
                ("value", (total * dice.between(10, 70) / 100).into()),
                ("obtainable", dice.happens(800_000).into()),
                ("controllable", dice.happens(700_000).into()),
            ],
        )?;
    }
    for part in 1..=dice.between(0, 2) {
        let kind = dice.weighted(&[("personal", 50), ("corporate", 35), ("institution", 15)], "personal");
        rows.add(
            "guarantees",
            &[
                ("guarantee_id", format!("{lease}-G{part}").into()),
                ("lease_id", text(lease)),
                ("kind", text(kind)),
                ("amount", (total * dice.between(20, 100) / 100).into()),
            ],
        )?;
    }
    Ok(())
}
