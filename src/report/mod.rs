//! A report as a plain value: figures, tables, charts, findings, notes, checks. No markup, no bytes.
//!
//! Invariants: amounts are minor units of the report's currency; shares are exact pairs; every string is already in the report's
//! language. Not here: how cells look (`report::format`), how pages look (`render`).

pub mod abc;
pub mod activity;
pub mod discounts;
pub mod entitlements;
pub mod equation;
pub mod error;
pub mod format;
pub mod graded;
pub mod list;
pub mod points;
pub mod prizes;
pub mod receivables;
pub mod regions;
pub mod register;
pub mod review;
pub mod rfm;
pub mod satisfaction;
pub mod service_desk;
pub mod tier;
pub mod top;

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::{
    money::{Currency, Share},
    period::Period,
    text::Lang,
};

/// One report, complete, before it has a look.
#[derive(Debug, Clone)]
pub struct Report {
    /// Stable name of the kind of report, such as `tier`.
    pub id: &'static str,
    /// Title on the cover, without the period.
    pub title: String,
    /// The company whose ledger it is.
    pub organisation: String,
    /// Language of every string in the report.
    pub lang: Lang,
    /// The period that the report is about.
    pub period: Period,
    /// Figures are of the end of this day in the ledger's zone.
    pub as_of: NaiveDate,
    /// Currency and scale of every [`Cell::Money`].
    pub currency: Currency,
    /// True when the thresholds or the data are marked as an example; every format says so on its first page.
    pub example: Option<String>,
    /// What the reader should look at, most important first.
    pub findings: Vec<Finding>,
    /// The body, in reading order.
    pub sections: Vec<Section>,
    /// Where the figures come from: as-of, snapshot, scheme versions, definitions.
    pub notes: Vec<Note>,
    /// Equations that were tested before the report was let out.
    pub checks: Vec<Check>,
}

/// One sentence that says what moved and by how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is good, bad or merely so. Never the only carrier of the meaning.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
}

/// The weight of a finding or a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    Neutral,
    /// Good for the company.
    Good,
    /// Asks for attention.
    Bad,
}

/// A titled part of a report.
#[derive(Debug, Clone)]
pub struct Section {
    /// Stable name within the report, used for links and sheet order.
    pub id: &'static str,
    /// Title as printed.
    pub title: String,
    /// One sentence under the title that says what the part shows.
    pub lead: Option<String>,
    /// Contents in reading order.
    pub blocks: Vec<Block>,
}

/// One piece of a section.
#[derive(Debug, Clone)]
pub enum Block {
    /// A row of key figures.
    Figures(Vec<Figure>),
    /// A table.
    Table(Table),
    /// A table that workbooks and data files have, and pages have not: too wide for paper, and made to be worked in.
    Worksheet(Table),
    /// A chart.
    Chart(Chart),
    /// A paragraph.
    Text(String),
}

/// One key figure with its changes.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Stable name, such as `active_members`.
    pub id: &'static str,
    /// What it is.
    pub label: String,
    /// How much.
    pub value: Cell,
    /// Against which earlier figures, in order: on the month, on the year.
    pub changes: Vec<Change>,
}

/// How a figure stands against an earlier one.
#[derive(Debug, Clone)]
pub struct Change {
    /// Against what: `较上月`.
    pub label: String,
    /// By how much, or [`Cell::Empty`] where there is nothing to compare with.
    pub by: Cell,
    /// Whether the change is good, bad or neither.
    pub tone: Tone,
}

/// A table of typed cells.
#[derive(Debug, Clone)]
pub struct Table {
    /// Stable name within the report: the sheet, the CSV file and the JSON key.
    pub id: Cow<'static, str>,
    /// Title as printed, also the sheet's name.
    pub title: String,
    /// Columns from left to right.
    pub columns: Vec<Column>,
    /// Rows from top to bottom; each has one cell a column.
    pub rows: Vec<Row>,
    /// Rows shown on paper and screen, where it has more than people read; workbooks and data files have all. `None` for all.
    pub printed: Option<usize>,
    /// What a reader must know to read it: definitions, the order.
    pub note: Option<String>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Stable name: the CSV head and the JSON key.
    pub id: String,
    /// Title as printed, with its unit where it has one.
    pub title: String,
    /// How cells stand: words to the left, figures to the right.
    pub align: Align,
}

/// Where cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Figures.
    Right,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Whether it is data or sums data up.
    pub kind: RowKind,
    /// One cell a column.
    pub cells: Vec<Cell>,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// A row of data.
    Data,
    /// The total of the rows above.
    Total,
}

/// One typed value.
#[derive(Debug, Clone)]
pub enum Cell {
    /// Nothing to say; printed as a dash, never as zero.
    Empty,
    /// Words, taken from data or the catalogue; always escaped when shown.
    Text(String),
    /// A whole number of things.
    Count(i64),
    /// Minor units of the report's currency.
    Money(i128),
    /// Minor units of another currency, which the table names; of the same scale.
    Foreign(i128),
    /// A share shown in per cent with one decimal.
    Percent(Share),
    /// A multiple shown with two decimals: `2.35`.
    Times(Share),
    /// A calendar day.
    Date(NaiveDate),
    /// A difference of counts, always with its sign.
    CountChange(i64),
    /// A relative change in per cent with one decimal, always with its sign.
    PercentChange(Share),
    /// A difference of two shares in percentage points with one decimal, always with its sign; in tenths of a point.
    PointsChange(i128),
    /// A score of satisfaction in millionths of a point, shown with two decimals: `78.43`.
    Score(i128),
    /// A difference of two scores in millionths of a point, shown with two decimals and always with its sign.
    ScoreChange(i128),
    /// A count shaded by its weight in a matrix: 0 (none) to 4 (most).
    Shaded {
        /// The count.
        count: i64,
        /// Depth of the shade, 0 to 4.
        shade: u8,
    },
}

/// A chart of exact values.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Stable name within the report.
    pub id: &'static str,
    /// Title that says what to see.
    pub title: String,
    /// The form.
    pub kind: ChartKind,
    /// Names along the category axis.
    pub categories: Vec<String>,
    /// One or more series, each with one value a category.
    pub series: Vec<Series>,
}

/// The form of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// Upright columns, grouped when there are several series.
    Columns,
    /// Lying bars, grouped when there are several series; good for long names.
    Bars,
    /// Lines over time.
    Lines,
    /// Columns for the first series on the left axis, lines for the others on the right axis.
    ColumnsAndLine,
    /// A Pareto chart: columns for the first series on the left axis, a line for the second on the right one, and level lines for the others.
    Pareto,
}

/// One series of a chart.
#[derive(Debug, Clone)]
pub struct Series {
    /// Name in the legend, with its unit.
    pub name: String,
    /// How values are to be read.
    pub unit: ChartUnit,
    /// One value a category; `None` is a gap, not a zero.
    pub values: Vec<Option<i128>>,
}

/// How the values of a series are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartUnit {
    /// Whole things.
    Count,
    /// Minor units of the report's currency.
    Money,
    /// Tenths of a per cent.
    Permille,
    /// Hundredths of a point of a score.
    Score,
}

/// A stated fact about the report: what and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub label: String,
    /// The fact.
    pub text: String,
}

/// An equation that was tested; a report exists only when all hold.
#[derive(Debug, Clone)]
pub struct Check {
    /// The equation in words.
    pub equation: String,
    /// The left side.
    pub left: Cell,
    /// The right side.
    pub right: Cell,
}
