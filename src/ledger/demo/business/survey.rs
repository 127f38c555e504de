//! Surveys of satisfaction: a wave in June and one in December, answered by some of the customers who were asked.

use super::{Business, Rows, class, day, days, on, text};
use crate::ledger::demo::dice::Dice;

/// What is asked, and how much worse or better it is judged than a customer judges all in all.
const INDICATORS: [(&str, i64); 14] = [
    ("外观质量", 8),
    ("包装质量", 10),
    ("稳定性", 4),
    ("安全性", 14),
    ("易操作性", 6),
    ("易维修性", -4),
    ("技术咨询及资料提供", 0),
    ("产品交付及时性", -14),
    ("安装调试服务态度", 10),
    ("配件提供", -8),
    ("配件质量", 2),
    ("售后服务及时性", -10),
    ("售后服务质量", 2),
    ("培训提供", -2),
];

const LEVELS: [(&str, &str); 5] = [("A", "很满意"), ("B", "满意"), ("C", "一般"), ("D", "不满意"), ("E", "很不满意")];

/// Comments with what they are; some are not marked.
const COMMENTS: [((&str, &str), u32); 7] = [
    (("suggestion", "希望缩短交期"), 24),
    (("opinion", "配件经常缺货"), 20),
    (("suggestion", "建议增加操作培训"), 14),
    (("opinion", "售后电话难打通"), 14),
    (("praise", "服务热情，沟通顺畅"), 14),
    (("", "说明书再详细一些"), 8),
    (("", "请尽快处理上次反馈的问题"), 6),
];

/// Days for which a wave is open.
const OPEN_DAYS: i32 = 25;

/// Writes the waves of the window that are over, with their answers.
pub(super) fn ask(rows: &mut Rows<'_>, dice: &mut Dice, businesses: &[Business]) -> rusqlite::Result<()> {
    let years: Vec<i32> = rows.years().collect();
    for (number, (year, month)) in (0..).zip(years.into_iter().flat_map(|year| [(year, 6), (year, 12)])) {
        let (opened, closed) = (on(year, month, 1), on(year, month, 1) + OPEN_DAYS);
        if !rows.holds(opened) || !rows.holds(closed) {
            continue;
        }
        let wave = format!("{year}-{month:02}");
        let asked: Vec<&Business> = businesses.iter().filter(|business| business.started < opened).collect();
        let invited = i64::try_from(asked.len()).unwrap_or(0);
        let title = format!("{year}年{}半年顾客满意度调查", if month == 6 { "上" } else { "下" });
        rows.add(
            "surveys",
            &[
                ("wave", text(&wave)),
                ("questionnaire", text("customer-satisfaction")),
                ("title", title.into()),
                ("opened_on", day(opened)),
                ("closed_on", day(closed)),
                ("invited", invited.into()),
            ],
        )?;
        for business in asked {
            if dice.happens(620_000) {
                answer(rows, dice, business, (&wave, opened, number))?;
            }
        }
    }
    Ok(())
}

/// The sheet of a customer. Deliveries get better from wave to wave.
fn answer(
    rows: &mut Rows<'_>,
    dice: &mut Dice,
    business: &Business,
    (wave, opened, number): (&str, i32, i64),
) -> rusqlite::Result<()> {
    let answered = opened + days(dice.between(0, OPEN_DAYS.into()));
    for (place, (indicator, shift)) in (1..).zip(INDICATORS) {
        let better = if indicator == "产品交付及时性" { 3 * number } else { 0 };
        let judged = class(dice, (business.merit / 2 + 40 + shift + better).clamp(0, 99));
        let level = LEVELS.iter().find(|(class, _)| *class == judged).map_or("一般", |(_, level)| *level);
        let level = match dice.between(0, 99) {
            0..3 => None,
            3..9 => Some("不适用"),
            _ => Some(level),
        };
        let (kind, comment) = match level {
            Some("不适用") | None => ("", None),
            Some(_) if dice.happens(45_000) => {
                let (kind, comment) = dice.weighted(&COMMENTS, COMMENTS[0].0);
                (kind, Some(comment))
            }
            Some(_) => ("", None),
        };
        rows.add(
            "responses",
            &[
                ("response_id", format!("Z{}-{wave}-{place}", business.id).into()),
                ("customer_id", text(&business.id)),
                ("answered_on", day(answered)),
                ("indicator", text(indicator)),
                ("level", level.map(str::to_owned).into()),
                ("comment", comment.map(str::to_owned).into()),
                ("comment_kind", Some(kind.to_owned()).filter(|kind| !kind.is_empty()).into()),
                ("wave", text(wave)),
                ("department_id", text(super::BUSINESS_DEPARTMENT)),
                ("product", text(business.category)),
                ("staff", text(&business.salesperson)),
            ],
        )?;
    }
    Ok(())
}
