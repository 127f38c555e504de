//! What the reader should look at, most important first.

use crate::{
    money::{Share, decimal},
    report::{
        Cell, Finding, Tone,
        format::{cell, tenths_of_percent},
        tier::{
            TierInputs,
            concentration::top_share,
            facts::{Facts, Month, Way},
            tiers::names,
        },
    },
    text::say_with,
};

/// Moves of the concentration below this many tenths of a point are not worth a sentence of their own.
const NOTABLE_POINTS: i128 = 10;

pub(super) fn findings(inputs: &TierInputs<'_>, facts: &Facts) -> Vec<Finding> {
    let mut found = vec![sales(inputs, facts), members(inputs, facts), best_tiers(inputs, facts), moves(inputs, facts)];
    found.extend(concentration(inputs, facts));
    found.extend(lapsed(inputs, facts));
    found.extend(at_risk(inputs, facts));
    found.extend(unknown(inputs, facts));
    found
}

fn finding(inputs: &TierInputs<'_>, tone: Tone, key: &str, values: &[(&str, &str)]) -> Finding {
    Finding { tone, text: say_with(inputs.lang, &format!("tier.find_{key}"), values) }
}

fn shown(inputs: &TierInputs<'_>, value: &Cell) -> String {
    cell(value, inputs.currency, inputs.lang)
}

/// The changes on the month and on the year as clauses, and their direction where they agree.
fn changes(inputs: &TierInputs<'_>, facts: &Facts, of: impl Fn(&Month) -> i128) -> (i128, String) {
    let now = of(&facts.month());
    let mut directions = Vec::new();
    let mut told = String::new();
    for (months, key) in [(1, "tier.clause_month"), (12, "tier.clause_year")] {
        if let Some(before) = facts.month_before(months).map(&of).filter(|before| *before > 0) {
            let share = Share::new(now - before, before);
            directions.push(tenths_of_percent(share).unwrap_or(0).signum());
            told += &say_with(inputs.lang, key, &[("by", &shown(inputs, &Cell::PercentChange(share)))]);
        }
    }
    let agreed = directions.first().copied().filter(|first| directions.iter().all(|other| other == first));
    (agreed.unwrap_or(0), told)
}

fn tone_of(direction: i128) -> Tone {
    match direction.signum() {
        1 => Tone::Good,
        -1 => Tone::Bad,
        _ => Tone::Neutral,
    }
}

fn sales(inputs: &TierInputs<'_>, facts: &Facts) -> Finding {
    let (direction, changes) = changes(inputs, facts, |month| month.net);
    let net = shown(inputs, &Cell::Money(facts.month().net));
    let values = [("net", net.as_str()), ("currency", &inputs.currency.code), ("changes", &changes)];
    finding(inputs, tone_of(direction), "sales", &values)
}

fn members(inputs: &TierInputs<'_>, facts: &Facts) -> Finding {
    let (direction, changes) = changes(inputs, facts, |month| i128::from(month.active));
    let month = facts.month();
    let active = decimal(i128::from(month.active), 0);
    let share = shown(inputs, &Cell::Percent(Share::new(month.active, month.members)));
    let values = [("active", active.as_str()), ("share", &share), ("changes", &changes)];
    finding(inputs, tone_of(direction), "members", &values)
}

/// The upper half of the ladder: few members, how much of the sales (S10).
fn best_tiers(inputs: &TierInputs<'_>, facts: &Facts) -> Finding {
    let from = facts.tiers.len() / 2;
    let best = || facts.tiers.iter().skip(from);
    let members: i64 = best().map(|tier| tier.members).sum();
    let net: i128 = best().map(|tier| tier.net).sum();
    let name = names(inputs).get(from).cloned().unwrap_or_default();
    let members_share = shown(inputs, &Cell::Percent(Share::new(members, facts.graded())));
    let net_share = shown(inputs, &Cell::Percent(Share::new(net, facts.month().net)));
    let values = [("tier", name.as_str()), ("members_share", &members_share), ("net_share", &net_share)];
    finding(inputs, Tone::Neutral, "best_tiers", &values)
}

fn moves(inputs: &TierInputs<'_>, facts: &Facts) -> Finding {
    let (up, down) = (facts.moved(Way::Up), facts.moved(Way::Down));
    let key = if inputs.now.assessment { "moves_assessment" } else { "moves_interim" };
    let (up_text, down_text) = (decimal(i128::from(up), 0), decimal(i128::from(down), 0));
    finding(inputs, tone_of(i128::from(up - down)), key, &[("up", &up_text), ("down", &down_text)])
}

fn concentration(inputs: &TierInputs<'_>, facts: &Facts) -> Option<Finding> {
    let (now, before) = (top_share(facts, 0, 20)?, top_share(facts, 1, 20)?);
    let share = decimal(now, 1) + "%";
    let points = shown(inputs, &Cell::PointsChange(now - before));
    let tone = if now - before >= NOTABLE_POINTS { Tone::Bad } else { Tone::Neutral };
    Some(finding(inputs, tone, "concentration", &[("share", &share), ("points", &points)]))
}

fn lapsed(inputs: &TierInputs<'_>, facts: &Facts) -> Option<Finding> {
    let month = facts.month();
    let lapsed = month.lapsed.filter(|lapsed| *lapsed > 0)?;
    let tone = if lapsed > month.new { Tone::Bad } else { Tone::Good };
    let key = if lapsed > month.new { "lapsed_more" } else { "lapsed_fewer" };
    let (lapsed, new) = (decimal(i128::from(lapsed), 0), decimal(i128::from(month.new), 0));
    Some(finding(inputs, tone, key, &[("lapsed", &lapsed), ("new", &new)]))
}

fn at_risk(inputs: &TierInputs<'_>, facts: &Facts) -> Option<Finding> {
    let count = decimal(i128::from(facts.at_risk), 0);
    (facts.at_risk > 0).then(|| finding(inputs, Tone::Bad, "at_risk", &[("count", &count)]))
}

fn unknown(inputs: &TierInputs<'_>, facts: &Facts) -> Option<Finding> {
    let count = decimal(i128::from(facts.unknown.members), 0);
    let net = shown(inputs, &Cell::Money(facts.unknown.net));
    (facts.unknown.members > 0).then(|| finding(inputs, Tone::Bad, "unknown", &[("count", &count), ("net", &net)]))
}
