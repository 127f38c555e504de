//! The figures of the report, and what must hold among them.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    report::{
        Cell,
        equation::Equation,
        graded::count,
        satisfaction::{ReportedWave, SatisfactionInputs},
    },
    satisfaction::{
        answers::{Detail, Sheet, Wave},
        cell::Answer,
        comments::comments,
        score::{CustomerScore, GroupScore, IndicatorScore, by_customer, by_group, by_indicator, weakest},
        statistics::Sample,
    },
};

/// Decimal places of a score.
const PLACES: u32 = 6;

/// What the reported wave says, and what the one before said.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// The reported wave.
    pub(super) wave: &'a ReportedWave,
    /// The scores of every question, in the order of the survey.
    pub(super) indicators: Vec<IndicatorScore>,
    /// Those of the wave before.
    pub(super) before: Option<Vec<IndicatorScore>>,
    /// The scores of every customer who was asked.
    pub(super) customers: Vec<CustomerScore>,
    /// All of them.
    pub(super) overall: GroupScore,
    /// All of each wave, the earliest first.
    pub(super) waves: Vec<GroupScore>,
    /// Rows with a comment on an answer that is one, each question of a sheet once, in the order of their ids.
    pub(super) comments: Vec<&'a Detail>,
}

/// Groups of customers in two waves.
#[derive(Debug)]
pub(super) struct Groups {
    /// The groups, the best first; those with too few customers stand last.
    pub(super) now: Vec<GroupScore>,
    /// Their scores in the wave before.
    pub(super) before: BTreeMap<u32, Sample>,
}

impl<'a> Facts<'a> {
    /// Gathers the figures; `None` without a wave.
    pub(super) fn gather(inputs: &SatisfactionInputs<'a>) -> Option<Self> {
        let (wave, earlier) = inputs.waves.split_last()?;
        let whole = |wave: &ReportedWave| {
            let customers = by_customer(inputs.survey, &wave.answers, |_| Some(0));
            let all = by_group(&customers, |_| None).first().copied();
            (customers, all.unwrap_or_else(nobody))
        };
        let (customers, overall) = whole(wave);
        let mut waves: Vec<GroupScore> = earlier.iter().map(|wave| whole(wave).1).collect();
        waves.push(overall);
        Some(Self {
            wave,
            indicators: by_indicator(inputs.survey, &wave.answers),
            before: earlier.last().map(|before| by_indicator(inputs.survey, &before.answers)),
            customers,
            overall,
            waves,
            comments: comments(&wave.answers, inputs.scene.dictionaries),
        })
    }

    /// Customers who answered anything.
    pub(super) fn answered(&self) -> i64 {
        self.overall.sample.n
    }

    /// All of the wave before.
    pub(super) fn overall_before(&self) -> Option<&GroupScore> {
        self.waves.len().checked_sub(2).and_then(|place| self.waves.get(place))
    }

    /// The exact mean of a question, rounded half up to a millionth of a point.
    pub(super) fn mean(&self, place: usize) -> Option<i128> {
        self.indicators.get(place).and_then(|indicator| indicator.mean().scaled(PLACES))
    }

    /// The answers to a question in the wave before.
    pub(super) fn sample_before(&self, place: usize) -> Option<&Sample> {
        self.before.as_ref().and_then(|before| before.get(place)).map(|before| &before.sample)
    }

    /// The questions with enough answers to be ranked, the weakest first; equal ones in the order of the survey.
    pub(super) fn weakest(&self, inputs: &SatisfactionInputs<'_>) -> Vec<usize> {
        weakest(&self.indicators, inputs.survey.least)
    }

    /// The groups that a key makes of the sheets; those with equal means stand by `name`, which tells them apart.
    pub(super) fn groups(
        &self,
        inputs: &SatisfactionInputs<'_>,
        key: impl Fn(&Sheet) -> u32,
        name: impl Fn(u32) -> String,
        target: impl Fn(u32) -> Option<i128>,
    ) -> Groups {
        let of = |wave: &Wave| by_group(&by_customer(inputs.survey, wave, |sheet| Some(key(sheet))), &target);
        let mut now = of(&self.wave.answers);
        let least = inputs.survey.least;
        now.sort_by_cached_key(|group| (group.sample.n < least, Reverse(group.sample.mean()), name(group.key)));
        let before = inputs.waves.iter().rev().nth(1).map(|before| of(&before.answers)).unwrap_or_default();
        Groups { now, before: before.into_iter().map(|group| (group.key, group.sample)).collect() }
    }

    /// What must hold.
    pub(super) fn equations(&self, inputs: &SatisfactionInputs<'_>) -> Vec<Equation> {
        let wave = &self.wave.answers;
        let all = &self.overall.counts;
        let said = |key: &str| inputs.say(&format!("check_{key}"));
        let sum = |of: &dyn Fn(&IndicatorScore) -> i64| -> i64 { self.indicators.iter().map(of).sum() };
        let scored = self.customers.iter().filter(|customer| customer.score.is_some()).count();
        let overridden = self.comments.iter().filter(|detail| detail.cell.overridden()).count();
        let mut equations = vec![
            Equation::counts(said("rows"), all.answers + all.blank + all.not_applicable + wave.faulty(), wave.rows),
            Equation::counts(said("indicators"), sum(&|one| one.counts.answers), all.answers),
            Equation::counts(said("levels"), sum(&|one| one.counted.iter().sum()), all.answers),
            Equation::counts(said("chosen"), sum(&|one| one.chosen.iter().sum()), all.answers),
            Equation::counts(said("customers"), count(scored), self.answered()),
            Equation::counts(said("overridden"), count(overridden), all.overridden),
        ];
        let parted = |key: &dyn Fn(&Sheet) -> u32| -> i64 {
            let groups = by_group(&by_customer(inputs.survey, wave, |sheet| Some(key(sheet))), |_| None);
            groups.iter().map(|group| group.counts.answers).sum()
        };
        equations.push(Equation::counts(said("departments"), parted(&|sheet| sheet.department), all.answers));
        equations.push(Equation::counts(said("products"), parted(&|sheet| sheet.product), all.answers));
        equations.push(Equation::counts(said("staff"), parted(&|sheet| sheet.staff), all.answers));
        if inputs.graded.is_some() {
            let grades = self.groups(inputs, |sheet| inputs.grade_key(sheet), |_| String::new(), |_| None);
            let customers = grades.now.iter().map(|group| group.customers).sum();
            equations.push(Equation::counts(said("grades"), customers, self.overall.customers));
        }
        equations
    }

    /// The share of the customers who were asked that answered; nothing where nobody knows how many were.
    pub(super) fn response(&self) -> Cell {
        response(self.wave, &self.overall)
    }
}

/// The share of the customers who were asked in a wave that answered.
pub(super) fn response(wave: &ReportedWave, all: &GroupScore) -> Cell {
    let invited = wave.invited.filter(|invited| *invited > 0);
    invited.map_or(Cell::Empty, |invited| Cell::Percent(crate::money::Share::new(all.sample.n, invited)))
}

fn nobody() -> GroupScore {
    GroupScore {
        key: 0,
        customers: 0,
        sample: Sample::default(),
        reached: 0,
        counts: crate::satisfaction::score::Counts::default(),
    }
}

/// The place of the level that was chosen.
pub(super) fn chosen(detail: &Detail) -> Option<usize> {
    if let Answer::Level(place) = detail.cell.answer() { Some(place) } else { None }
}
