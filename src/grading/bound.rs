//! A scheme bound to the metrics of a home: every figure has its unit, every metric and dimension is a place.

use std::collections::BTreeMap;

use crate::{
    declaration::Fault,
    metrics::{
        definition::{Condition, Measure, Metric, MetricUnit},
        file::Metrics,
    },
    money::{Scale, Share},
    scheme::{Ladder, Movement, Provisional, Scheme, rule::Dimension},
};

/// A scheme whose figures have units.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The scheme.
    pub scheme: Scheme,
    /// Which subjects it is about: all conditions on their own columns must hold.
    pub conditions: Vec<Condition>,
    /// Its versions, in the same order.
    pub versions: Vec<BoundVersion>,
    /// The other schemes that it takes grades from, by id.
    pub others: BTreeMap<String, Bound>,
    /// Figures that nobody decided, by the place of their version.
    pub(super) missing: Vec<(usize, Fault)>,
}

/// A version whose figures have units.
#[derive(Debug, Clone)]
pub struct BoundVersion {
    /// Every metric it needs, once.
    pub metrics: Vec<BoundMetric>,
    /// The dimensions, in the order of the file.
    pub dimensions: Vec<Dimension<usize, Figure>>,
    /// The places of the dimensions in an order in which each stands behind those it is made of.
    pub order: Vec<usize>,
    /// The dimension that gives the grade.
    pub result: usize,
    /// How a grade moves from one review to the next.
    pub movement: Movement,
    /// Until when grades are provisional; its metric is a place in `metrics`.
    pub provisional: Option<Provisional<usize>>,
}

/// A metric of a version.
#[derive(Debug, Clone)]
pub struct BoundMetric {
    /// The metric.
    pub metric: Metric,
    /// For a ratio, the two metrics it is made of.
    pub parts: Option<(Metric, Metric)>,
    /// Minor units in a major unit of the figure's part and of its whole: a ratio is held against limits in major units.
    pub(super) factors: (i64, i64),
    /// Minor units in a major unit of the figure.
    pub minor: i64,
}

/// An exact figure of a rule, in the unit of its metric.
#[derive(Debug, Clone, Copy)]
pub enum Figure {
    /// A number; days of the calendar by their number.
    Number(Share),
    /// So many days as there are between the as-of date and the same day so many months before (for days since) or after it (for days until).
    Months {
        /// How many months.
        count: u16,
        /// On which side of the as-of date.
        side: Side,
    },
}

/// A side of the as-of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before it.
    Before,
    /// After it.
    After,
}

impl BoundMetric {
    /// A metric with what it is made of; `None` when it is made of a metric that is not there.
    pub fn new(metric: &Metric, metrics: &Metrics, scale: Scale) -> Option<Self> {
        let parts = match &metric.measure {
            Measure::Ratio { of, per, .. } => Some((metrics.get(of)?.clone(), metrics.get(per)?.clone())),
            Measure::Rows(_) => None,
        };
        let minor = metric.unit().minor(scale);
        let factors = parts.as_ref().map_or((1, 1), |(of, per)| (of.unit().minor(scale), per.unit().minor(scale)));
        Some(Self { metric: metric.clone(), parts, factors, minor })
    }

    /// A figure as it is held against limits.
    pub fn share(&self, (part, whole): (i64, i64)) -> Share {
        let (of_part, of_whole) = self.factors;
        Share::new(i128::from(part) * i128::from(of_whole), i128::from(whole) * i128::from(of_part))
    }

    /// The entities that the figure is taken from.
    pub fn entities(&self) -> Vec<&'static str> {
        let of = |metric: &Metric| match &metric.measure {
            Measure::Rows(rows) => Some(rows.entity.name),
            Measure::Ratio { .. } => None,
        };
        let parts = self.parts.iter().flat_map(|(of, per)| [of, per]);
        std::iter::once(&self.metric).chain(parts).filter_map(of).collect()
    }

    /// Whether its figures stand for words.
    pub fn is_word(&self) -> bool {
        self.metric.unit() == MetricUnit::Word
    }
}

impl BoundVersion {
    /// The dimension that gives the grade.
    pub fn result(&self) -> Option<&Dimension<usize, Figure>> {
        self.dimensions.get(self.result)
    }

    /// The metric that a dimension holds against limits by itself, where it does.
    pub fn metric_of(&self, dimension: &Dimension<usize, Figure>) -> Option<&BoundMetric> {
        self.metrics.get(*dimension.rule.metric()?)
    }

    /// The rules of a ladder, where grades move on one.
    pub fn ladder(&self) -> Option<&Ladder> {
        match &self.movement {
            Movement::Ladder(ladder) => Some(ladder),
            Movement::Free => None,
        }
    }
}
