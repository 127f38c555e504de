//! What is done for business customers, and what they complain about: visits, complaints, services, events.

use super::{Business, Rows, day, days, on, text};
use crate::ledger::demo::dice::Dice;

/// Visits: more to those who buy more.
pub(super) fn visit(rows: &mut Rows<'_>, dice: &mut Dice, businesses: &[Business]) -> rusqlite::Result<()> {
    let mut number = 0;
    for business in businesses {
        for _ in 0..dice.between(1, 2 + business.orders / 3) {
            number += 1;
            let visited = rows.day_with(dice, business);
            let rank = dice.weighted(&[("senior", 10), ("marketing-manager", 25), ("sales", 65)], "sales");
            rows.add(
                "visits",
                &[
                    ("visit_id", format!("V{number:05}").into()),
                    ("customer_id", text(&business.id)),
                    ("visited_on", day(visited)),
                    ("visitor", text(&business.salesperson)),
                    ("visitor_rank", text(rank)),
                    ("minutes", (dice.between(3, 24) * 5).into()),
                    ("content", text(dice.one_of(&["年度回访", "新品介绍", "价格协商", "催款"], "年度回访"))),
                    ("result", text(dice.one_of(&["满意", "待跟进", "无结果"], "待跟进"))),
                ],
            )?;
        }
    }
    Ok(())
}

/// Complaints, services and events.
pub(super) fn serve(rows: &mut Rows<'_>, dice: &mut Dice, businesses: &[Business]) -> rusqlite::Result<()> {
    for business in businesses {
        complain(rows, dice, business)?;
        for part in 1..=dice.between(0, 6) {
            rows.add(
                "service_visits",
                &[
                    ("service_id", format!("W{}-{part}", business.id).into()),
                    ("customer_id", text(&business.id)),
                    ("serviced_on", day(rows.day_with(dice, business))),
                    ("on_schedule", dice.happens(700_000).into()),
                    ("designated", dice.happens(850_000).into()),
                ],
            )?;
        }
        let last = rows.last;
        for year in rows.years().filter(|year| on(*year, 6, 30) <= last) {
            attend(rows, dice, business, year)?;
        }
    }
    Ok(())
}

fn complain(rows: &mut Rows<'_>, dice: &mut Dice, business: &Business) -> rusqlite::Result<()> {
    for part in 1..=dice.weighted(&[(0, 70), (1, 20), (2, 7), (4, 3)], 0) {
        let opened = rows.day_with(dice, business);
        let closed = opened + days(dice.between(1, 40));
        let solved = closed <= rows.last && dice.happens(900_000);
        rows.add(
            "complaints",
            &[
                ("complaint_id", format!("X{}-{part}", business.id).into()),
                ("customer_id", text(&business.id)),
                ("opened_on", day(opened)),
                ("about", text(dice.one_of(&["vehicle", "adviser", "workshop", "event"], "adviser"))),
                ("solved", solved.into()),
                ("closed_on", if solved { day(closed) } else { None::<String>.into() }),
            ],
        )?;
    }
    Ok(())
}

/// The fair of each May.
fn attend(rows: &mut Rows<'_>, dice: &mut Dice, business: &Business, year: i32) -> rusqlite::Result<()> {
    let fair = on(year, 5, 18);
    if !rows.holds(fair) || business.started > fair || !dice.happens(350_000) {
        return Ok(());
    }
    rows.add(
        "attendances",
        &[
            ("attendance_id", format!("Y{}-{year}", business.id).into()),
            ("customer_id", text(&business.id)),
            ("event", format!("{year}年春季订货会").into()),
            ("attended_on", day(fair)),
            ("brought", dice.weighted(&[(0, 70), (1, 18), (2, 8), (5, 4)], 0).into()),
        ],
    )
}
