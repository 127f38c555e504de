//! The first page: how satisfied customers are, how sure that is, the weakest indicators, and targets by grade (S29).

use std::cmp::Ordering;

use crate::{
    money::Share,
    report::{
        Align, Block, Cell, Change, Figure, Section, Table, Tone,
        graded::data,
        satisfaction::{
            NOT_GRADED, SatisfactionInputs,
            cells::score,
            facts::{Facts, Groups},
        },
    },
    satisfaction::score::GroupScore,
};

/// How many of the weakest indicators stand on the first page.
pub(super) const WEAKEST: usize = 3;

pub(super) fn section(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Section {
    let mut blocks = vec![Block::Figures(figures(inputs, facts)), Block::Table(weakest(inputs, facts))];
    blocks.extend(targets(inputs, facts).map(Block::Table));
    Section { id: "summary", title: inputs.say("summary"), lead: Some(inputs.say("summary_lead")), blocks }
}

fn figures(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Vec<Figure> {
    let figure = |id, value, changes| {
        let label = inputs.say(&format!("fig_{id}"));
        Figure { id, label, value, changes }
    };
    let before = facts.overall_before();
    let against = |by, tone| vec![Change { label: inputs.say("on_wave"), by, tone }];
    let mean = facts.overall.sample.mean();
    let change = before.and_then(|before| inputs.change(&facts.overall.sample, &before.sample));
    let moved = change.map_or_else(Vec::new, |change| {
        let tone = match (change.real, change.difference.signum()) {
            (Some(true), 1) => Tone::Good,
            (Some(true), -1) => Tone::Bad,
            _ => Tone::Neutral,
        };
        against(Cell::ScoreChange(change.difference), tone)
    });
    let counted = |now: i64, before: Option<i64>| {
        before.map_or_else(Vec::new, |before| against(Cell::CountChange(now - before), Tone::Neutral))
    };
    let counts = &facts.overall.counts;
    vec![
        figure("overall", score(mean), moved),
        figure("label", inputs.label(mean).map_or(Cell::Empty, Cell::Text), Vec::new()),
        figure("half", score(inputs.half_width(&facts.overall.sample)), Vec::new()),
        figure(
            "answered",
            Cell::Count(facts.answered()),
            counted(facts.answered(), before.map(|before| before.sample.n)),
        ),
        figure("response", facts.response(), Vec::new()),
        figure(
            "overridden",
            Cell::Count(counts.overridden),
            counted(counts.overridden, before.map(|of| of.counts.overridden)),
        ),
    ]
}

fn weakest(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Table {
    let mut columns = inputs.columns(&[("place", Align::Right), ("indicator", Align::Left), ("answers", Align::Right)]);
    columns.extend(inputs.judged_columns());
    let ranked = facts.weakest(inputs);
    let row = |(nth, place): (usize, &usize)| {
        let sample = facts.indicators.get(*place).map(|one| one.sample).unwrap_or_default();
        let mut cells = vec![
            Cell::Count(crate::report::graded::count(nth + 1)),
            Cell::Text(inputs.indicator(*place)),
            Cell::Count(sample.n),
        ];
        cells.extend(inputs.judged(&sample, facts.mean(*place), facts.sample_before(*place)));
        data(cells)
    };
    let least = inputs.survey.least.to_string();
    Table {
        id: "weakest".into(),
        title: inputs.say("weakest_table"),
        columns,
        rows: ranked.iter().enumerate().take(WEAKEST).map(row).collect(),
        printed: None,
        note: ranked.is_empty().then(|| inputs.say_with("none_ranked", &[("least", &least)])),
    }
}

/// The target of a grade in millionths of a point.
pub(super) fn target(inputs: &SatisfactionInputs<'_>, key: u32) -> Option<i128> {
    let grade = inputs.graded?.bound.scheme.grade(u8::try_from(key).ok()?)?;
    let targets = inputs.survey.targets.as_ref()?;
    targets.least.iter().find(|(known, _)| *known == grade.id).map(|(_, least)| *least)
}

/// Customers by grade, the best grade first, those without one last.
pub(super) fn grades(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Option<Groups> {
    inputs.graded?;
    let key = |sheet: &crate::satisfaction::answers::Sheet| inputs.grade_key(sheet);
    let mut groups = facts.groups(inputs, key, |key| inputs.grade_name(key), |key| target(inputs, key));
    groups.now.sort_by_key(|group| std::cmp::Reverse(if group.key == NOT_GRADED { None } else { Some(group.key) }));
    Some(groups)
}

/// How a group stands against its target, by its mean; `None` without a target or with too few customers.
pub(super) fn stands(inputs: &SatisfactionInputs<'_>, group: &GroupScore) -> Option<Ordering> {
    let mean = group.sample.mean().filter(|_| group.sample.n >= inputs.survey.least)?;
    Some(mean.cmp(&target(inputs, group.key)?))
}

fn targets(inputs: &SatisfactionInputs<'_>, facts: &Facts<'_>) -> Option<Table> {
    let groups = grades(inputs, facts)?;
    let mut columns = inputs.columns(&[("grade", Align::Left), ("customers", Align::Right)]);
    columns.extend(inputs.judged_columns());
    columns.extend(inputs.columns(&[
        ("target", Align::Right),
        ("gap", Align::Right),
        ("reached", Align::Right),
        ("reached_share", Align::Right),
        ("verdict", Align::Left),
    ]));
    let row = |group: &GroupScore| {
        let mean = group.sample.mean();
        let target = target(inputs, group.key);
        let verdict = target.map(|_| match stands(inputs, group) {
            None => "too_few",
            Some(Ordering::Less) => "missed",
            Some(Ordering::Equal | Ordering::Greater) => "met",
        });
        let mut cells = vec![Cell::Text(inputs.grade_name(group.key)), Cell::Count(group.sample.n)];
        cells.extend(inputs.judged(&group.sample, mean, groups.before.get(&group.key)));
        cells.extend([
            score(target),
            mean.zip(target).map_or(Cell::Empty, |(mean, target)| Cell::ScoreChange(mean - target)),
            target.map_or(Cell::Empty, |_| Cell::Count(group.reached)),
            target.map_or(Cell::Empty, |_| Cell::Percent(Share::new(group.reached, group.sample.n))),
            verdict.map_or(Cell::Empty, |verdict| Cell::Text(inputs.say(verdict))),
        ]);
        data(cells)
    };
    Some(Table {
        id: "targets".into(),
        title: inputs.say("targets_table"),
        columns,
        rows: groups.now.iter().map(row).collect(),
        printed: None,
        note: Some(inputs.say("targets_note")),
    })
}
