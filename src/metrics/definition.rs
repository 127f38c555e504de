//! What a metric is: entity, subject, aggregate, conditions, window.

use chrono::NaiveDate;

pub use crate::ledger::aggregate::{Aggregate, Condition, Side, Test};
use crate::{
    ledger::{
        batch::Dictionaries,
        entity::{ColumnSpec, ColumnType, Entity},
    },
    metrics::window::{Lag, Window},
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
    /// How far the as-of date is moved back first.
    pub lag: Option<Lag>,
}

impl RowMeasure {
    /// The day from which the rows are seen for an as-of date: the date itself, or so much earlier as the lag says.
    pub fn seen_from(&self, as_of: NaiveDate) -> NaiveDate {
        self.lag.map_or(as_of, |lag| lag.before(as_of))
    }

    /// The first day that counts for an as-of date; `None` when every earlier day does.
    pub fn first_day(&self, as_of: NaiveDate) -> Option<NaiveDate> {
        self.window.first_day(self.seen_from(as_of))
    }

    /// The last day that counts for an as-of date; `None` when every later day does.
    pub fn last_day(&self, as_of: NaiveDate) -> Option<NaiveDate> {
        self.window.last_day(self.seen_from(as_of))
    }

    /// The columns of the entity that the figure is taken from.
    pub fn columns(&self) -> Vec<&'static str> {
        let subject = match self.subject {
            Subject::Column(column) => Some(column),
            Subject::Everyone => None,
        };
        let conditions = self.conditions.iter().map(|condition| condition.column);
        let time = self.entity.time.filter(|_| self.window != Window::Always);
        subject.into_iter().chain(self.aggregate.column()).chain(conditions).chain(time).collect()
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
    /// The code of a word, see [`Words`]: codes are only the same or not.
    Word,
}

impl MetricUnit {
    /// Minor units in one major unit of a figure.
    pub fn minor(self, scale: Scale) -> i64 {
        match self {
            Self::Money => scale.unit(),
            Self::Quantity => 1000,
            Self::Points | Self::Count | Self::Days | Self::Day | Self::Ratio | Self::Word => 1,
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
            Self::Word => "word",
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
            Aggregate::Sum(column) | Aggregate::Min(column) | Aggregate::Max(column) | Aggregate::Latest(column) => {
                rows.entity.column(column).map_or(MetricUnit::Count, |spec| unit_of(spec.kind))
            }
            Aggregate::Count | Aggregate::CountDistinct(_) => MetricUnit::Count,
            Aggregate::FirstDay(_) | Aggregate::LastDay(_) => MetricUnit::Day,
            Aggregate::DaysSince(_) | Aggregate::DaysUntil(_) => MetricUnit::Days,
        }
    }

    /// The words that the figures are codes of, for a metric of unit `word`.
    pub fn words(&self) -> Option<Words> {
        let Measure::Rows(rows) = &self.measure else { return None };
        let Aggregate::Latest(column) = rows.aggregate else { return None };
        rows.entity.column(column).filter(|spec| unit_of(spec.kind) == MetricUnit::Word).map(Words)
    }

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

/// The unit of a value as it stands in a column.
fn unit_of(kind: ColumnType) -> MetricUnit {
    match kind {
        ColumnType::Money => MetricUnit::Money,
        ColumnType::Quantity => MetricUnit::Quantity,
        ColumnType::Points => MetricUnit::Points,
        ColumnType::Count => MetricUnit::Count,
        ColumnType::Day | ColumnType::Instant => MetricUnit::Day,
        ColumnType::Key | ColumnType::Text | ColumnType::Flag | ColumnType::Choice(_) => MetricUnit::Word,
    }
}

/// The words of the column that a metric of unit `word` is taken from.
///
/// A figure is the code of its word in the column's dictionary. Codes depend on the order in which rows were read: they may be compared for being the
/// same, and for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(&'static ColumnSpec);

/// The words of a flag as people write them, and as dictionaries hold them.
pub(super) const FLAG_WORDS: [(&str, &str); 2] = [("yes", "1"), ("no", "0")];

impl Words {
    /// The column, whose domain the codes belong to ([`Dictionaries::of`]).
    pub fn column(self) -> &'static ColumnSpec {
        self.0
    }

    /// All words there can be; `None` for a column of any text.
    pub fn known(self) -> Option<Vec<&'static str>> {
        match self.0.kind {
            ColumnType::Choice(known) => Some(known.to_vec()),
            ColumnType::Flag => Some(FLAG_WORDS.iter().map(|(word, _)| *word).collect()),
            ColumnType::Key
            | ColumnType::Text
            | ColumnType::Money
            | ColumnType::Quantity
            | ColumnType::Points
            | ColumnType::Count
            | ColumnType::Day
            | ColumnType::Instant => None,
        }
    }

    /// The figure of a word; `None` for a word that no row has.
    pub fn figure(self, dictionaries: &Dictionaries, word: &str) -> Option<i64> {
        let held = if self.0.kind == ColumnType::Flag {
            FLAG_WORDS.iter().find(|(written, _)| *written == word)?.1
        } else {
            word
        };
        dictionaries.of(self.0.name)?.code(held).map(i64::from)
    }

    /// The word of a figure.
    pub fn word(self, dictionaries: &Dictionaries, figure: i64) -> Option<&str> {
        let held = dictionaries.text(self.0.name, u32::try_from(figure).ok()?)?;
        if self.0.kind == ColumnType::Flag {
            FLAG_WORDS.iter().find(|(_, flag)| *flag == held).map(|(written, _)| *written)
        } else {
            Some(held)
        }
    }
}
