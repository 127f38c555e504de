//! Figures of metrics as cells.

use crate::{
    grading::bound::BoundMetric,
    ledger::batch::Dictionaries,
    metrics::definition::{Metric, MetricUnit},
    money::Share,
    period::day_from_number,
    report::Cell,
};

/// How whole figures that are ordered and summed are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Minor units of the currency.
    Money,
    /// Whole things, points or days.
    Count,
    /// Thousandths of a unit of goods.
    Quantity,
}

impl Unit {
    /// The unit of a metric whose figures can be summed.
    pub fn of(metric: &Metric) -> Option<Self> {
        match metric.unit() {
            MetricUnit::Money => Some(Self::Money),
            MetricUnit::Points | MetricUnit::Count => Some(Self::Count),
            MetricUnit::Quantity => Some(Self::Quantity),
            MetricUnit::Days | MetricUnit::Day | MetricUnit::Ratio | MetricUnit::Word => None,
        }
    }

    /// A figure as a cell.
    pub fn cell(self) -> fn(i128) -> Cell {
        match self {
            Self::Money => Cell::Money,
            Self::Count => |figure| i64::try_from(figure).map_or(Cell::Empty, Cell::Count),
            Self::Quantity => |figure| Cell::Times(Share::new(figure, 1000)),
        }
    }
}

/// The figure of a bound metric as a cell.
pub fn figure_cell(bound: &BoundMetric, figure: Option<(i64, i64)>, dictionaries: &Dictionaries) -> Cell {
    let Some((part, whole)) = figure else { return Cell::Empty };
    match &bound.parts {
        Some((of, per)) if of.unit() == per.unit() => Cell::Percent(bound.share((part, whole))),
        Some(_) => Cell::Times(bound.share((part, whole))),
        None => metric_cell(&bound.metric, part, dictionaries),
    }
}

/// The figure of a metric that is no ratio as a cell.
pub fn metric_cell(metric: &Metric, figure: i64, dictionaries: &Dictionaries) -> Cell {
    match metric.unit() {
        MetricUnit::Money => Cell::Money(i128::from(figure)),
        MetricUnit::Quantity => Cell::Times(Share::new(figure, 1000)),
        MetricUnit::Points | MetricUnit::Count | MetricUnit::Days | MetricUnit::Ratio => Cell::Count(figure),
        MetricUnit::Day => i32::try_from(figure).ok().and_then(day_from_number).map_or(Cell::Empty, Cell::Date),
        MetricUnit::Word => {
            let word = metric.words().and_then(|words| words.word(dictionaries, figure));
            word.map_or(Cell::Empty, |word| Cell::Text(word.to_owned()))
        }
    }
}
