//! What people think of business customers each spring, and the sales they hope for.

use super::{Business, Rows, class, day, days, on, text};
use crate::ledger::demo::dice::Dice;

/// What is judged with a class from A to E.
const ASPECTS: [&str; 6] =
    ["industry-position", "outlook", "price-terms", "conduct", "growth-potential", "local-influence"];

/// Each spring people judge the customers whom they knew at the start of the year.
pub(super) fn assess(rows: &mut Rows<'_>, dice: &mut Dice, businesses: &[Business]) -> rusqlite::Result<()> {
    let last = rows.last;
    for year in rows.years().filter(|year| on(*year, 3, 25) <= last) {
        let effective = on(year, 3, 25);
        for business in businesses.iter().filter(|business| business.started < on(year, 1, 1)) {
            for aspect in ASPECTS {
                // Now and then nobody judged.
                if dice.happens(930_000) {
                    let class = class(dice, business.merit);
                    judge(rows, business, (aspect, effective), Some(class), None)?;
                }
            }
            let breadth = ["many", "some", "few"].get(usize::try_from(business.merit / 40).unwrap_or(0)).copied();
            judge(rows, business, ("market-breadth", effective), breadth, None)?;
            let satisfied = ["dissatisfied", "satisfied", "fairly-satisfied", "very-satisfied"];
            let word = satisfied.get(usize::try_from(business.merit / 26).unwrap_or(0)).copied();
            judge(rows, business, ("overall-satisfaction", effective), word, None)?;
            let probability = (business.merit + dice.between(-10, 10)).clamp(0, 100) * 10;
            judge(rows, business, ("repurchase-probability", effective), None, Some(probability))?;
            let failing = business.merit < 6 && dice.happens(500_000);
            judge(rows, business, ("failing", effective), Some(if failing { "yes" } else { "no" }), None)?;
        }
    }
    Ok(())
}

/// Writes one judgement; the figure is in thousandths.
fn judge(
    rows: &mut Rows<'_>,
    business: &Business,
    (aspect, effective): (&str, i32),
    class: Option<&str>,
    figure: Option<i64>,
) -> rusqlite::Result<()> {
    rows.add(
        "assessments",
        &[
            ("customer_id", text(&business.id)),
            ("aspect", text(aspect)),
            ("effective_on", day(effective)),
            ("class", class.map(str::to_owned).into()),
            ("figure", figure.into()),
            ("decided_by", text(&business.salesperson)),
        ],
    )
}

/// Possible sales, of which those of the last months are open.
pub(super) fn hope(rows: &mut Rows<'_>, dice: &mut Dice, businesses: &[Business]) -> rusqlite::Result<()> {
    for (number, business) in (1..).zip(businesses.iter().filter(|business| business.merit % 3 == 0)) {
        for part in 1..=dice.between(1, 3) {
            let recorded = rows.day_with(dice, business);
            let expected = recorded + days(dice.between(20, 240));
            let grade = class(dice, business.merit);
            let status = match expected > rows.last {
                true => "open",
                false if dice.happens(450_000) => "won",
                false => "lost",
            };
            let lost = status == "lost";
            let reason = lost.then(|| dice.one_of(&["价格", "交期", "关系", "质量"], "价格").to_owned());
            rows.add(
                "opportunities",
                &[
                    ("opportunity_id", format!("O{number:04}-{part}").into()),
                    ("customer_id", text(&business.id)),
                    ("recorded_on", day(recorded)),
                    ("expected_on", if dice.happens(900_000) { day(expected) } else { None::<String>.into() }),
                    ("need_clear", dice.happens(600_000).into()),
                    ("amount", (business.order * dice.between(5, 40) / 10).into()),
                    ("status", text(status)),
                    ("lost_reason", reason.into()),
                    ("competitor", lost.then(|| "同城商贸".to_owned()).into()),
                    ("salesperson", text(&business.salesperson)),
                    ("grade", text(grade)),
                ],
            )?;
        }
    }
    Ok(())
}
