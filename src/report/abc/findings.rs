//! What the reader should look at.

use crate::report::{
    Cell, Finding, Tone,
    abc::{AbcInputs, facts::Facts, force::gap},
};

/// A gap of so many tenths of a percentage point is worth a sentence.
const WIDE_GAP: i128 = 100;

pub(super) fn findings(inputs: &AbcInputs<'_>, facts: &Facts) -> Vec<Finding> {
    let scene = &inputs.scene;
    let graded = &inputs.graded;
    let all = graded.graded();
    let number = |count: i64| scene.text(&Cell::Count(count));
    let name = |rank: u8| graded.grade(rank, scene.lang);
    let mut findings = Vec::new();
    if let Some(best) = facts.classes.first() {
        let values = [
            ("class", &*name(best.rank)),
            ("customers", &number(best.customers)),
            ("customers_share", &scene.percent(best.customers, all)),
            ("figure_share", &scene.percent(best.figure, facts.total)),
        ];
        findings.push(scene.finding(Tone::Neutral, "abc.find_best", &values));
    }
    let (customers, share) = facts.top();
    let share = scene.text(&Cell::Percent(share));
    findings.push(scene.finding(
        Tone::Neutral,
        "abc.find_top",
        &[("customers", &number(customers)), ("share", &share)],
    ));
    // Time spent where little comes from (S37).
    for class in &facts.classes {
        let Some(wide) = gap(facts, class).filter(|gap| gap.abs() >= WIDE_GAP) else { continue };
        let best = facts.classes.first().is_some_and(|best| best.rank == class.rank);
        let key = if wide > 0 { "abc.find_more_effort" } else { "abc.find_less_effort" };
        let tone = if (wide > 0) == best { Tone::Neutral } else { Tone::Bad };
        let points = scene.text(&Cell::PointsChange(wide));
        findings.push(scene.finding(tone, key, &[("class", &name(class.rank)), ("points", &points)]));
    }
    let idle = all - facts.positive;
    if idle > 0 {
        let values = [("customers", &*number(idle)), ("share", &scene.percent(idle, all))];
        findings.push(scene.finding(Tone::Neutral, "abc.find_not_positive", &values));
    }
    findings
}
