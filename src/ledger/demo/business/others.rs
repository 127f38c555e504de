//! Physicians who prescribe, with visits to them, and reservations of guests.

use super::{Rows, day, days, text};
use crate::ledger::demo::{
    dice::Dice,
    names::{Sex, person},
};

/// Writes physicians and the visits to them.
pub(super) fn prescribe(rows: &mut Rows<'_>, dice: &mut Dice, count: u32) -> rusqlite::Result<()> {
    let hospitals = [("江城第一医院", "三级甲等"), ("江城中医院", "三级乙等"), ("江城妇幼保健院", "二级甲等")];
    for number in 1..=count {
        let id = format!("H{number:04}");
        let (hospital, level) = dice.one_of(&hospitals, ("江城第一医院", "三级甲等"));
        let patients = dice.between(20, 400);
        let potential = match patients {
            ..120 => "low",
            120..260 => "medium",
            _ => "high",
        };
        let behaviour = dice.weighted(&[("first", 25), ("second", 35), ("other", 40)], "other");
        let name = person(dice, Sex::Male, 1978);
        rows.add(
            "physicians",
            &[
                ("physician_id", text(&id)),
                ("name", name.into()),
                ("hospital", text(hospital)),
                ("hospital_level", text(level)),
                ("department", text(dice.one_of(&["心内科", "内分泌科", "呼吸科"], "心内科"))),
                ("professional_title", text(dice.one_of(&["主任医师", "副主任医师", "主治医师"], "主治医师"))),
                ("behaviour", dice.happens(950_000).then(|| behaviour.to_owned()).into()),
                ("monthly_units", (patients * dice.between(5, 40) / 100).into()),
                ("patients", patients.into()),
                ("potential", dice.happens(950_000).then(|| potential.to_owned()).into()),
            ],
        )?;
        for part in 1..=dice.between(0, 8) {
            rows.add(
                "visits",
                &[
                    ("visit_id", format!("V{id}-{part}").into()),
                    ("physician_id", text(&id)),
                    ("visited_on", day(days(dice.between(rows.first.into(), rows.last.into())))),
                    ("visitor_rank", text("sales")),
                    ("minutes", (dice.between(1, 6) * 5).into()),
                ],
            )?;
        }
    }
    Ok(())
}

/// Writes reservations; some guests arrive after the last day.
pub(super) fn reserve(rows: &mut Rows<'_>, dice: &mut Dice, count: u32) -> rusqlite::Result<()> {
    let identities = [
        ("guest", 60),
        ("company-head", 12),
        ("agency-head", 6),
        ("city-leader", 5),
        ("celebrity", 4),
        ("hotel-manager", 4),
        ("culture-leader", 3),
        ("department-official", 3),
        ("provincial-leader", 2),
        ("state-leader", 1),
    ];
    let bookers =
        [("guest", 40), ("corporate", 20), ("agency", 18), ("sales", 14), ("general-manager", 6), ("owner", 2)];
    for number in 1..=count {
        let arrives = days(dice.between(rows.first.into(), i64::from(rows.last) + 30));
        let wish = dice.weighted(&[(None, 85), (Some("vc"), 8), (Some("vb"), 5), (Some("va"), 2)], None);
        let guest = person(dice, Sex::Female, 1980);
        rows.add(
            "reservations",
            &[
                ("reservation_id", format!("N{number:05}").into()),
                ("guest", guest.into()),
                ("identity", text(dice.weighted(&identities, "guest"))),
                ("booker", text(dice.weighted(&bookers, "guest"))),
                ("requested_vip", wish.map(str::to_owned).into()),
                ("arrives_on", day(arrives)),
                ("departs_on", day(arrives + days(dice.between(1, 5)))),
                ("room", format!("{}{:02}", dice.between(3, 18), dice.between(1, 30)).into()),
                ("proposed_by", wish.map(|_| "前厅部".to_owned()).into()),
            ],
        )?;
    }
    Ok(())
}
