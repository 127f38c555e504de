//! What the reader should look at.

use std::cmp::Ordering;

use crate::{
    report::{
        Cell, Finding, Tone,
        graded::count,
        satisfaction::{
            SatisfactionInputs,
            cells::score,
            complaints::{OLD, Open},
            facts::Facts,
            faults::strangers,
            summary::{WEAKEST, grades, stands, target},
        },
    },
    text::Lang,
};

pub(super) fn findings(
    inputs: &SatisfactionInputs<'_>,
    facts: &Facts<'_>,
    complaints: Option<&Open<'_>>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = earlier(inputs, facts).into_iter().collect();
    findings.extend(overall(inputs, facts));
    findings.extend(weakest(inputs, facts));
    findings.extend(moved(inputs, facts));
    findings.extend(targets(inputs, facts));
    let told = |tone, key: &str, count: i64| {
        let number = inputs.scene.text(&Cell::Count(count));
        (count > 0).then(|| found(inputs, tone, key, &[("count", &number)]))
    };
    findings.extend(told(Tone::Neutral, "overridden", facts.overall.counts.overridden));
    findings.extend(told(Tone::Bad, "old_complaints", complaints.map_or(0, |open| open.older_than(OLD))));
    findings.extend(told(Tone::Bad, "faulty", facts.wave.answers.faulty()));
    findings.extend(told(Tone::Bad, "without_wave", inputs.without_wave));
    findings.extend(told(Tone::Bad, "strangers", count(strangers(inputs, facts).len())));
    findings
}

fn found(inputs: &SatisfactionInputs<'_>, tone: Tone, key: &str, values: &[(&str, &str)]) -> Finding {
    inputs.scene.finding(tone, &format!("satisfaction.find_{key}"), values)
}

fn join(inputs: &SatisfactionInputs<'_>, names: &[String]) -> String {
    names.join(match inputs.scene.lang {
        Lang::Chinese => "、",
        Lang::English => ", ",
    })
}

/// That the wave ended before the period began.
fn earlier(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Option<Finding> {
    let ended = facts.wave.ended_on;
    let values = [("wave", facts.wave.name.as_str()), ("ended", &ended.to_string())];
    (ended < inputs.scene.period.first_day()).then(|| found(inputs, Tone::Neutral, "earlier", &values))
}

/// How satisfied customers are, how many answered, and what became of it.
fn overall(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Vec<Finding> {
    let scene = &inputs.scene;
    let sample = &facts.overall.sample;
    let Some(mean) = sample.mean() else { return vec![found(inputs, Tone::Bad, "nobody", &[])] };
    let least = inputs.survey.least.to_string();
    let percent = inputs.survey.confidence.percent().to_string();
    let (shown, customers) = (scene.text(&Cell::Score(mean)), scene.text(&Cell::Count(sample.n)));
    let label = inputs.label(Some(mean)).unwrap_or_default();
    let half = scene.text(&score(inputs.half_width(sample)));
    let values = [
        ("score", shown.as_str()),
        ("label", &label),
        ("customers", &customers),
        ("half", &half),
        ("percent", &percent),
        ("least", &least),
    ];
    let few = sample.n < inputs.survey.least;
    let mut findings =
        vec![found(inputs, if few { Tone::Bad } else { Tone::Neutral }, if few { "few" } else { "overall" }, &values)];
    if let Some(invited) = facts.wave.invited.filter(|invited| *invited < sample.n) {
        let values = [("customers", customers.as_str()), ("invited", &scene.text(&Cell::Count(invited)))];
        findings.push(found(inputs, Tone::Bad, "more_than_invited", &values));
    }
    if let Some(change) = facts.overall_before().and_then(|before| inputs.change(sample, &before.sample)) {
        let by = scene.text(&Cell::ScoreChange(change.difference));
        let (tone, key) = match (change.real, change.difference.signum()) {
            (Some(true), 1) => (Tone::Good, "rose"),
            (Some(true), _) => (Tone::Bad, "fell"),
            (Some(false), _) => (Tone::Neutral, "noise"),
            (None, _) => (Tone::Neutral, "change_few"),
        };
        findings.push(found(inputs, tone, key, &[("change", &by), ("percent", &percent)]));
    }
    findings
}

fn weakest(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Option<Finding> {
    let named =
        |place: &usize| format!("{} {}", inputs.indicator(*place), inputs.scene.text(&score(facts.mean(*place))));
    let names: Vec<String> = facts.weakest(inputs).iter().take(WEAKEST).map(named).collect();
    (!names.is_empty()).then(|| found(inputs, Tone::Bad, "weakest", &[("indicators", &join(inputs, &names))]))
}

/// Indicators whose change is more than noise.
fn moved(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Vec<Finding> {
    let mut sides = [(1, Tone::Good, "indicators_rose", Vec::new()), (-1, Tone::Bad, "indicators_fell", Vec::new())];
    for (place, one) in facts.indicators.iter().enumerate() {
        let change = facts.sample_before(place).and_then(|before| inputs.change(&one.sample, before));
        let Some(change) = change.filter(|change| change.real == Some(true)) else { continue };
        let by = inputs.scene.text(&Cell::ScoreChange(change.difference));
        for (sign, _, _, names) in &mut sides {
            if change.difference.signum() == *sign {
                names.push(format!("{} {by}", inputs.indicator(place)));
            }
        }
    }
    let told = sides.into_iter().filter(|(.., names)| !names.is_empty());
    told.map(|(_, tone, key, names)| found(inputs, tone, key, &[("indicators", &join(inputs, &names))])).collect()
}

fn targets(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Vec<Finding> {
    let Some(groups) = grades(inputs, facts) else { return Vec::new() };
    let told = |group: &crate::satisfaction::score::GroupScore| {
        let target = target(inputs, group.key)?;
        let name = inputs.grade_name(group.key);
        let text = |cell: &Cell| inputs.scene.text(cell);
        let (mean, target) = (text(&score(group.sample.mean())), text(&Cell::Score(target)));
        let (reached, customers) = (text(&Cell::Count(group.reached)), text(&Cell::Count(group.sample.n)));
        let values = [
            ("grade", name.as_str()),
            ("score", &mean),
            ("target", &target),
            ("reached", &reached),
            ("customers", &customers),
        ];
        Some(match stands(inputs, group) {
            None => found(inputs, Tone::Neutral, "target_few", &values),
            Some(Ordering::Less) => found(inputs, Tone::Bad, "target_missed", &values),
            Some(Ordering::Equal | Ordering::Greater) => found(inputs, Tone::Good, "target_met", &values),
        })
    };
    groups.now.iter().filter_map(told).collect()
}
