//! What is done for business customers and what they say: visits, complaints, services, events, a survey.

use super::{Business, Rows, class, day, days, on, text};
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

/// Complaints, services, events, and the survey of each June.
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
            answer(rows, dice, business, year)?;
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

fn answer(rows: &mut Rows<'_>, dice: &mut Dice, business: &Business, year: i32) -> rusqlite::Result<()> {
    let answered = on(year, 6, 1) + days(dice.between(0, 20));
    if !rows.holds(answered) || business.started > answered || !dice.happens(550_000) {
        return Ok(());
    }
    for (number, indicator) in (1..).zip(["产品质量", "交货及时", "服务态度", "价格"]) {
        let level = match class(dice, business.merit) {
            "A" => "非常满意",
            "B" => "满意",
            "C" => "一般",
            "D" => "不满意",
            _ => "非常不满意",
        };
        let comment = dice.happens(80_000).then(|| "希望缩短交期".to_owned());
        rows.add(
            "responses",
            &[
                ("response_id", format!("Z{}-{year}-{number}", business.id).into()),
                ("customer_id", text(&business.id)),
                ("answered_on", day(answered)),
                ("indicator", text(indicator)),
                ("level", text(level)),
                ("comment", comment.into()),
            ],
        )?;
    }
    Ok(())
}
