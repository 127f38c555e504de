//! Key figures with their change on the month and on the year.

use crate::{
    money::Share,
    report::{
        Block, Cell, Change, Figure, Section, Tone,
        format::tenths_of_percent,
        tier::{
            TierInputs,
            facts::{Facts, Month},
        },
    },
    text::say,
};

pub(super) fn section(inputs: &TierInputs<'_>, facts: &Facts) -> Section {
    let lang = inputs.lang;
    let count = |id, value: fn(&Month) -> i64| {
        figure(inputs, facts, id, Cell::Count(value(&facts.month())), &|month| i128::from(value(month)))
    };
    let money = |id, value: fn(&Month) -> i128| figure(inputs, facts, id, Cell::Money(value(&facts.month())), &value);
    let first = vec![
        money("net_sales", |month| month.net),
        count("orders", |month| month.orders),
        average(inputs, facts),
        card_share(inputs, facts),
        count("members", |month| month.members),
        count("active_members", |month| month.active),
        count("new_members", |month| month.new),
        lapsed(inputs, facts),
    ];
    Section {
        id: "overview",
        title: say(lang, "tier.overview"),
        lead: Some(say(lang, "tier.overview_lead")),
        blocks: vec![Block::Figures(first)],
    }
}

/// The average order value in minor units: gross sales over orders, rounded half up.
pub(super) fn average_order(gross: i128, orders: i64) -> Option<i128> {
    Share::new(gross, orders).scaled(0)
}

fn figure(
    inputs: &TierInputs<'_>,
    facts: &Facts,
    id: &'static str,
    value: Cell,
    of: &dyn Fn(&Month) -> i128,
) -> Figure {
    let now = of(&facts.month());
    let against = |months: usize| match facts.month_before(months).map(of) {
        Some(before) if before > 0 => Cell::PercentChange(Share::new(now - before, before)),
        _ => Cell::Empty,
    };
    let good_when_up = true;
    with_changes(inputs, id, value, [against(1), against(12)], good_when_up)
}

fn with_changes(inputs: &TierInputs<'_>, id: &'static str, value: Cell, by: [Cell; 2], good_when_up: bool) -> Figure {
    let lang = inputs.lang;
    let labels = [say(lang, "tier.on_month"), say(lang, "tier.on_year")];
    let changes =
        labels.into_iter().zip(by).map(|(label, by)| Change { label, tone: tone(&by, good_when_up), by }).collect();
    Figure { id, label: say(lang, &format!("tier.{id}")), value, changes }
}

fn tone(by: &Cell, good_when_up: bool) -> Tone {
    let direction = if let Cell::PercentChange(share) = by {
        tenths_of_percent(*share).unwrap_or(0).signum()
    } else if let Cell::PointsChange(tenths) = by {
        tenths.signum()
    } else {
        0
    };
    match (direction, good_when_up) {
        (0, _) => Tone::Neutral,
        (1, true) | (-1, false) => Tone::Good,
        _ => Tone::Bad,
    }
}

fn average(inputs: &TierInputs<'_>, facts: &Facts) -> Figure {
    let of = |month: &Month| average_order(month.gross, month.orders);
    let now = of(&facts.month());
    let against = |months: usize| match (now, facts.month_before(months).and_then(of)) {
        (Some(now), Some(before)) if before > 0 => Cell::PercentChange(Share::new(now - before, before)),
        _ => Cell::Empty,
    };
    with_changes(inputs, "average_order", now.map_or(Cell::Empty, Cell::Money), [against(1), against(12)], true)
}

fn card_share(inputs: &TierInputs<'_>, facts: &Facts) -> Figure {
    let of = |month: &Month| tenths_of_percent(Share::new(month.net_card, month.net));
    let month = facts.month();
    let against = |months: usize| match (of(&month), facts.month_before(months).and_then(of)) {
        (Some(now), Some(before)) => Cell::PointsChange(now - before),
        _ => Cell::Empty,
    };
    let value = Cell::Percent(Share::new(month.net_card, month.net));
    with_changes(inputs, "card_share", value, [against(1), against(12)], true)
}

fn lapsed(inputs: &TierInputs<'_>, facts: &Facts) -> Figure {
    let now = facts.month().lapsed.unwrap_or(0);
    let against = |months: usize| match facts.month_before(months).and_then(|month| month.lapsed) {
        Some(before) if before > 0 => Cell::PercentChange(Share::new(now - before, before)),
        _ => Cell::Empty,
    };
    with_changes(inputs, "lapsed_members", Cell::Count(now), [against(1), against(12)], false)
}
