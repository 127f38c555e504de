//! A report with every cell already a text and a class, so that a template only places things.
//!
//! Invariants: every string is on one line and free of characters that XML does not allow; tables keep their rows and order.
//! Not here: the words of cells (`report::format`), the markup (`templates/`).

mod blocks;
mod words;

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;

pub use blocks::{figure_view, table_view};
pub use words::{as_of_words, currency_words, period_words, tone_class};

use crate::{
    report::{Block, Report, format::one_line},
    text::say,
};
use blocks::{check_view, finding_view, section_view, table_chars};

/// Width of charts for desks, print and mail, in pixels.
pub const CHART_WIDE: u32 = 720;
/// Width of charts for telephones, in pixels.
pub const CHART_NARROW: u32 = 340;
/// Half-width characters that fit across an upright A4 page.
const PORTRAIT_CHARS: usize = 124;

/// The words of the frame around a report, which templates use as `words.findings`.
const WORDS: [&str; 24] = [
    "organisation",
    "period",
    "as-of-label",
    "currency",
    "example",
    "contents",
    "findings",
    "key-figures",
    "figure",
    "value",
    "change",
    "text",
    "notes",
    "checks",
    "check-equation",
    "check-left",
    "check-right",
    "check-holds",
    "no-rows",
    "no-data",
    "shade-legend",
    "category",
    "mail-reason",
    "mail-more",
];

/// A report as templates see it: the variables of `report/*.html`.
#[derive(Debug, Serialize)]
pub struct View {
    /// Stable name of the kind of report.
    pub id: &'static str,
    /// Title without the period.
    pub title: String,
    /// The company.
    pub organisation: String,
    /// Language tag of the document: `zh-CN` or `en`.
    pub lang: &'static str,
    /// The period in words: `2026 年 10 月`.
    pub period: String,
    /// The as-of day as `2026-10-31`.
    pub as_of: String,
    /// The as-of day in words: `截至 2026-10-31`.
    pub as_of_words: String,
    /// In what amounts are: `人民币元（CNY）`.
    pub currency: String,
    /// The notice that this is an example.
    pub example: Option<String>,
    /// True when a table is too wide for an upright page.
    pub landscape: bool,
    /// What to look at.
    pub findings: Vec<FindingView>,
    /// The body.
    pub sections: Vec<SectionView>,
    /// Where figures come from.
    pub notes: Vec<NoteView>,
    /// What was tested.
    pub checks: Vec<CheckView>,
    /// The words of the frame by their keys, `-` written as `_`.
    pub words: BTreeMap<String, String>,
}

/// A finding.
#[derive(Debug, Serialize)]
pub struct FindingView {
    /// `good`, `bad` or `neutral`.
    pub class: &'static str,
    /// The tone in a word, since colour alone says nothing to some readers.
    pub tone: String,
    /// The sentence.
    pub text: String,
}

/// A section.
#[derive(Debug, Serialize)]
pub struct SectionView {
    /// Anchor within the page.
    pub id: &'static str,
    /// Title.
    pub title: String,
    /// The sentence under the title.
    pub lead: Option<String>,
    /// Contents.
    pub blocks: Vec<BlockView>,
}

/// A block; `kind` is `figures`, `table`, `chart` or `text`.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum BlockView {
    /// Key figures.
    Figures {
        /// The cards from left to right.
        figures: Vec<FigureView>,
        /// How many stand side by side, so that the last row is not left with one.
        columns: u8,
    },
    /// A table.
    Table {
        /// The table.
        table: TableView,
    },
    /// A chart.
    Chart {
        /// The chart.
        chart: ChartView,
    },
    /// A paragraph.
    Text {
        /// The paragraph.
        text: String,
    },
}

/// A key figure.
#[derive(Debug, Serialize)]
pub struct FigureView {
    /// Stable name.
    pub id: &'static str,
    /// What it is.
    pub label: String,
    /// How much.
    pub value: String,
    /// Changes against earlier figures.
    pub changes: Vec<ChangeView>,
}

/// A change of a key figure.
#[derive(Debug, Serialize)]
pub struct ChangeView {
    /// Against what.
    pub label: String,
    /// By how much.
    pub by: String,
    /// `good`, `bad` or `neutral`.
    pub class: &'static str,
    /// `好转`, `转差` or nothing.
    pub verdict: String,
}

/// A table.
#[derive(Debug, Serialize)]
pub struct TableView {
    /// Stable name.
    pub id: Cow<'static, str>,
    /// Title.
    pub title: String,
    /// What a reader must know.
    pub note: Option<String>,
    /// Columns.
    pub columns: Vec<CellView>,
    /// Rows.
    pub rows: Vec<RowView>,
    /// How many rows are shown and where the others are; empty when all are shown.
    pub left_out: String,
    /// True when cells are shaded.
    pub shaded: bool,
}

/// A row.
#[derive(Debug, Serialize)]
pub struct RowView {
    /// `total` or nothing.
    pub class: &'static str,
    /// Cells.
    pub cells: Vec<CellView>,
}

/// A cell or a column head.
#[derive(Debug, Serialize)]
pub struct CellView {
    /// The text.
    pub text: String,
    /// Classes: `num`, `shade-0` to `shade-4`, `muted`, or nothing.
    pub class: &'static str,
}

/// A chart.
#[derive(Debug, Serialize)]
pub struct ChartView {
    /// Stable name.
    pub id: &'static str,
    /// Title.
    pub title: String,
    /// SVG for desks, print and mail.
    pub svg: String,
    /// SVG for telephones.
    pub svg_narrow: String,
    /// The chart in words.
    pub summary: String,
}

/// A note.
#[derive(Debug, Serialize)]
pub struct NoteView {
    /// What it is about.
    pub label: String,
    /// The fact.
    pub text: String,
}

/// An equation that holds.
#[derive(Debug, Serialize)]
pub struct CheckView {
    /// The equation in words.
    pub equation: String,
    /// The left side.
    pub left: String,
    /// The right side.
    pub right: String,
}

impl View {
    /// Lays a report out as texts and classes.
    pub fn of(report: &Report) -> Self {
        let widest = report.sections.iter().flat_map(|section| &section.blocks).map(|block| match block {
            Block::Table(table) => table_chars(table, report),
            Block::Figures(_) | Block::Worksheet(_) | Block::Chart(_) | Block::Text(_) => 0,
        });
        Self {
            landscape: widest.max().unwrap_or(0) > PORTRAIT_CHARS,
            sections: report.sections.iter().map(|section| section_view(section, report)).collect(),
            ..Self::frame(report)
        }
    }

    /// The same without the sections, for e-mails that show only the first figures and rows.
    pub fn frame(report: &Report) -> Self {
        let lang = report.lang;
        Self {
            id: report.id,
            title: one_line(&report.title),
            organisation: one_line(&report.organisation),
            lang: lang.tag(),
            period: period_words(report.period, lang),
            as_of: report.as_of.to_string(),
            as_of_words: as_of_words(report.as_of, lang),
            currency: currency_words(&report.currency, lang),
            example: report.example.as_deref().map(one_line),
            landscape: false,
            findings: report.findings.iter().map(|finding| finding_view(finding, lang)).collect(),
            sections: Vec::new(),
            notes: report
                .notes
                .iter()
                .map(|note| NoteView { label: one_line(&note.label), text: one_line(&note.text) })
                .collect(),
            checks: report.checks.iter().map(|check| check_view(check, report)).collect(),
            words: WORDS.iter().map(|word| (word.replace('-', "_"), say(lang, &format!("render.{word}")))).collect(),
        }
    }
}
