//! What a metric is: entity, subject, aggregate, conditions, window.

pub use crate::ledger::aggregate::{Aggregate, Condition, Test};
use crate::{
    ledger::entity::{ColumnType, Entity},
    metrics::window::Window,
    money::Scale,
    text::Title,
};

/// One figure per subject and as-of date.
#[derive(Debug, Clone)]
pub struct Metric {
    /// Name in `config/metrics.toml`, in schemes and in reports.
    pub id: String,
    /// Name for readers.
    pub title: Title,
    /// How it is computed.
    pub measure: Measure,
}

/// How a metric is computed.
#[derive(Debug, Clone)]
pub enum Measure {
    /// From the rows of an entity.
    Rows(RowMeasure),
    /// From two other metrics of the same subject: `of` divided by `per`, kept as an exact pair.
    Ratio {
        /// The metric that is divided.
        of: String,
        /// The metric it is divided by.
        per: String,
        /// The column that names the subject.
        subject: &'static str,
    },
}

/// A figure taken from the rows of an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMeasure {
    /// The entity.
    pub entity: &'static Entity,
    /// Whose figure it is.
    pub subject: Subject,
    /// What is done with the rows.
    pub aggregate: Aggregate,
    /// Which rows count: all conditions must hold.
    pub conditions: Vec<Condition>,
    /// Rows of which days count.
    pub window: Window,
}

impl RowMeasure {
    /// The columns of the entity that the figure is taken from, its time apart.
    pub fn columns(&self) -> Vec<&'static str> {
        let subject = match self.subject {
            Subject::Column(column) => Some(column),
            Subject::Everyone => None,
        };
        let conditions = self.conditions.iter().map(|condition| condition.column);
        subject.into_iter().chain(self.aggregate.column()).chain(conditions).collect()
    }
}

/// Whose figure a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// One figure for each value of a key or text column; rows without a value count for nobody.
    Column(&'static str),
    /// One figure over all rows.
    Everyone,
}

/// The unit of a metric's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricUnit {
    /// Minor units of the ledger's currency.
    Money,
    /// Whole points.
    Points,
    /// Things counted.
    Count,
    /// Thousandths of a unit of goods.
    Quantity,
    /// A number of days.
    Days,
    /// A calendar day.
    Day,
    /// A ratio of two figures.
    Ratio,
}

impl MetricUnit {
    /// Minor units in one major unit of a figure.
    pub fn minor(self, scale: Scale) -> i64 {
        match self {
            Self::Money => scale.unit(),
            Self::Quantity => 1000,
            Self::Points | Self::Count | Self::Days | Self::Day | Self::Ratio => 1,
        }
    }

    /// The name of the unit in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Points => "points",
            Self::Count => "count",
            Self::Quantity => "quantity",
            Self::Days => "days",
            Self::Day => "day",
            Self::Ratio => "ratio",
        }
    }
}

impl Metric {
    /// Whether a subject without rows has a figure all the same: sums and counts are 0.
    pub fn always_has_a_figure(&self) -> bool {
        match &self.measure {
            Measure::Rows(rows) => {
                matches!(rows.aggregate, Aggregate::Sum(_) | Aggregate::Count | Aggregate::CountDistinct(_))
            }
            Measure::Ratio { .. } => false,
        }
    }

    /// The unit of the figures.
    pub fn unit(&self) -> MetricUnit {
        let Measure::Rows(rows) = &self.measure else { return MetricUnit::Ratio };
        match rows.aggregate {
            Aggregate::Sum(column) | Aggregate::Min(column) | Aggregate::Max(column) => {
                match rows.entity.column(column).map(|spec| spec.kind) {
                    Some(ColumnType::Money) => MetricUnit::Money,
                    Some(ColumnType::Points) => MetricUnit::Points,
                    _ => MetricUnit::Quantity,
                }
            }
            Aggregate::Count | Aggregate::CountDistinct(_) => MetricUnit::Count,
            Aggregate::FirstDay | Aggregate::LastDay => MetricUnit::Day,
            Aggregate::DaysSince => MetricUnit::Days,
        }
    }
}

impl Metric {
    /// The column that names whose figure it is; `None` when it is everyone's.
    pub fn subject(&self) -> Option<&'static str> {
        match &self.measure {
            Measure::Rows(rows) => match rows.subject {
                Subject::Column(column) => Some(column),
                Subject::Everyone => None,
            },
            Measure::Ratio { subject, .. } => Some(subject),
        }
    }
}
