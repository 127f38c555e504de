//! The figures of the report: subjects in their order, and sums by class.

use crate::{
    money::Share,
    report::{
        Cell,
        abc::{AbcInputs, MINUTES, VISITS, measured_by},
        equation::Equation,
        error::ReportError,
        graded::{Graded, Unit, count},
    },
};

/// Per cent of the lowest class that are put up for review (S36).
const REVIEWED: i64 = 5;
/// Per cent of the customers whose share is told (S55).
const TOP: i64 = 20;

/// A subject in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked {
    /// Its place among the graded subjects.
    pub(super) at: usize,
    pub(super) subject: u32,
    pub(super) rank: u8,
    /// Its figure; `None` where it has none.
    pub(super) figure: Option<i128>,
    /// The sum of the positive figures up to it; `None` for a figure that is not positive.
    pub(super) cumulative: Option<i128>,
    pub(super) visits: i64,
    pub(super) minutes: i64,
}

/// What the subjects of one class come to.
#[derive(Debug, Clone, Default)]
pub(super) struct Class {
    pub(super) rank: u8,
    pub(super) customers: i64,
    /// The sum of its positive figures.
    pub(super) figure: i128,
    /// Its lowest positive figure.
    pub(super) lowest: Option<i128>,
    pub(super) visits: i64,
    pub(super) minutes: i64,
}

#[derive(Debug)]
pub(super) struct Facts {
    pub(super) unit: Unit,
    /// The name of the figure.
    pub(super) measured: String,
    /// Graded subjects, the largest figure first, equal ones by id.
    pub(super) ranked: Vec<Ranked>,
    /// From the best.
    pub(super) classes: Vec<Class>,
    /// Classes of the scheme beside, from the best, with how many subjects it does not grade.
    pub(super) beside: Option<(Vec<Class>, Class)>,
    /// The sum of the positive figures.
    pub(super) total: i128,
    /// How many subjects have a positive figure.
    pub(super) positive: i64,
    /// The sum of the figures that are not positive.
    pub(super) negative: i128,
    /// Whether the ledger has visits.
    pub(super) has_visits: bool,
    pub(super) visits: i64,
    pub(super) minutes: i64,
}

impl Facts {
    pub(super) fn gather(inputs: &AbcInputs<'_>) -> Result<Self, ReportError> {
        let graded = &inputs.graded;
        let unsuitable = || ReportError::Unsuitable {
            report: "abc",
            scheme: graded.bound.scheme.id.clone(),
            wanted: "classes by share or by limits on a figure that can be summed, such as an amount",
        };
        let (_, version) = graded.version().ok_or_else(unsuitable)?;
        let place = measured_by(version).ok_or_else(unsuitable)?;
        let metric = graded.metric(place).ok_or_else(unsuitable)?;
        let unit = Unit::of(&metric.metric).ok_or_else(unsuitable)?;
        if graded.now.subjects.is_empty() {
            return Err(ReportError::Nothing { what: "customers to grade", as_of: graded.now.as_of });
        }
        let ranked = ranked(inputs, place);
        let total = ranked.iter().filter_map(|one| one.cumulative).max().unwrap_or(0);
        let not_positive = ranked.iter().filter(|one| one.cumulative.is_none());
        let negative = not_positive.clone().filter_map(|one| one.figure).sum();
        let positive = count(ranked.len()) - count(not_positive.count());
        let beside = inputs.beside.map(|beside| {
            let ranks = beside.now.by_code(codes(&ranked));
            let of = |one: &Ranked| place_of(one.subject).and_then(|at| ranks.get(at).copied()).flatten();
            (classes(&beside, &ranked, of), rest(&ranked, of))
        });
        Ok(Self {
            unit,
            measured: metric.metric.title.in_lang(inputs.scene.lang).to_owned(),
            classes: classes(graded, &ranked, |one| Some(one.rank)),
            beside,
            total,
            positive,
            negative,
            has_visits: inputs.scene.computed.at(VISITS, graded.now.as_of).is_ok(),
            visits: ranked.iter().map(|one| one.visits).sum(),
            minutes: ranked.iter().map(|one| one.minutes).sum(),
            ranked,
        })
    }

    /// A sum as a cell.
    pub(super) fn cell(&self, figure: i128) -> Cell {
        self.unit.cell()(figure)
    }

    /// How many customers the top 20 % are, and what they bring.
    pub(super) fn top(&self) -> (i64, Share) {
        let customers = (self.positive * TOP + 99) / 100;
        let brought = self.ranked.iter().take(usize::try_from(customers).unwrap_or(0)).filter_map(|one| one.cumulative);
        (customers, Share::new(brought.max().unwrap_or(0), self.total))
    }

    /// The last 5 % of the lowest class, rounded up, in the order of the list.
    pub(super) fn reviewed(&self) -> Vec<Ranked> {
        let lowest: Vec<Ranked> = self.ranked.iter().filter(|one| one.rank == 0).copied().collect();
        let some = usize::try_from((count(lowest.len()) * REVIEWED + 99) / 100).unwrap_or(0);
        lowest.into_iter().rev().take(some).rev().collect()
    }

    pub(super) fn equations(&self, inputs: &AbcInputs<'_>) -> Vec<Equation> {
        let say = |key: &str| inputs.scene.say(&format!("abc.check_{key}"));
        let graded = inputs.graded.graded();
        let of = |some: &dyn Fn(&Class) -> i64| self.classes.iter().map(some).sum::<i64>();
        let sum: i128 = self.classes.iter().map(|class| class.figure).sum();
        let all: i128 = self.ranked.iter().filter_map(|one| one.figure).sum();
        let excluded = count(inputs.graded.now.excluded.len());
        let mut equations = vec![
            Equation::counts(say("customers"), of(&|class| class.customers), graded),
            Equation::counts(say("subjects"), graded + excluded, inputs.graded.subjects),
            Equation::figures(say("figure"), sum, self.total, self.unit.cell()),
            Equation::figures(say("all"), sum + self.negative, all, self.unit.cell()),
        ];
        if let Some((classes, rest)) = &self.beside {
            let customers = classes.iter().map(|class| class.customers).sum::<i64>() + rest.customers;
            let figure = classes.iter().map(|class| class.figure).sum::<i128>() + rest.figure;
            equations.push(Equation::counts(say("beside_customers"), customers, graded));
            equations.push(Equation::figures(say("beside_figure"), figure, self.total, self.unit.cell()));
        }
        if self.has_visits {
            equations.push(Equation::counts(say("minutes"), of(&|class| class.minutes), self.minutes));
        }
        equations
    }
}

fn ranked(inputs: &AbcInputs<'_>, metric: usize) -> Vec<Ranked> {
    let graded = &inputs.graded;
    let sum = |id: &str, subject: u32| {
        let found = inputs.scene.computed.at(id, graded.now.as_of).ok();
        found.and_then(|(figures, at)| figures.get(subject, at)).unwrap_or(0)
    };
    let mut ranked: Vec<Ranked> = graded
        .now
        .subjects
        .iter()
        .zip(&graded.now.ranks)
        .enumerate()
        .map(|(at, (subject, rank))| Ranked {
            at,
            subject: *subject,
            rank: *rank,
            figure: graded.figure(metric, at).map(|(part, _)| i128::from(part)),
            cumulative: None,
            visits: sum(VISITS, *subject),
            minutes: sum(MINUTES, *subject),
        })
        .collect();
    // Stable: equal figures stay in the order of their ids. Nothing stands behind every figure.
    ranked.sort_by_key(|one| std::cmp::Reverse(one.figure));
    let mut sum = 0;
    for one in &mut ranked {
        if let Some(figure) = one.figure.filter(|figure| *figure > 0) {
            sum += figure;
            one.cumulative = Some(sum);
        }
    }
    ranked
}

fn classes(graded: &Graded<'_>, ranked: &[Ranked], rank_of: impl Fn(&Ranked) -> Option<u8>) -> Vec<Class> {
    let of = |rank: u8| sum(rank, ranked.iter().filter(|one| rank_of(one) == Some(rank)));
    graded.ranks().map(of).collect()
}

/// The subjects that the scheme beside does not grade.
fn rest(ranked: &[Ranked], rank_of: impl Fn(&Ranked) -> Option<u8>) -> Class {
    sum(0, ranked.iter().filter(|one| rank_of(one).is_none()))
}

fn sum<'r>(rank: u8, members: impl Iterator<Item = &'r Ranked>) -> Class {
    let mut class = Class { rank, ..Class::default() };
    for one in members {
        class.customers += 1;
        class.visits += one.visits;
        class.minutes += one.minutes;
        if let Some(figure) = one.figure.filter(|figure| *figure > 0) {
            class.figure += figure;
            class.lowest = Some(class.lowest.map_or(figure, |lowest| lowest.min(figure)));
        }
    }
    class
}

fn place_of(subject: u32) -> Option<usize> {
    usize::try_from(subject).ok()
}

fn codes(ranked: &[Ranked]) -> usize {
    ranked.iter().filter_map(|one| place_of(one.subject)).max().map_or(0, |last| last + 1)
}
