//! A report with every cell already a text and a class, so that a template only places things.
//!
//! Invariants: every string is on one line and free of characters that XML does not allow; tables keep their rows and order.
//! Not here: the words of cells (`report::format`), the markup (`templates/`).

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::{
    money::Currency,
    period::{Period, Unit},
    render::chart,
    report::{
        self, Align, Block, Cell, Check, Finding, Report, RowKind, Section, Table, Tone,
        format::{self, one_line},
    },
    text::{Lang, say, say_with},
};

/// Width of charts for desks, print and mail, in pixels.
pub const CHART_WIDE: u32 = 720;
/// Width of charts for telephones, in pixels.
pub const CHART_NARROW: u32 = 340;
/// Half-width characters that fit across an upright A4 page.
const PORTRAIT_CHARS: usize = 108;

/// The words of the frame around a report, which templates use as `words.findings`.
const WORDS: [&str; 25] = [
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
    "good",
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
    pub id: &'static str,
    /// Title.
    pub title: String,
    /// What a reader must know.
    pub note: Option<String>,
    /// Columns.
    pub columns: Vec<CellView>,
    /// Rows.
    pub rows: Vec<RowView>,
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
            Block::Figures(_) | Block::Chart(_) | Block::Text(_) => 0,
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

/// A period in words: `2026 年 10 月`, `October 2026`.
pub fn period_words(period: Period, lang: Lang) -> String {
    let first = period.first_day();
    let year = first.year().to_string();
    let month = match lang {
        Lang::Chinese => first.month().to_string(),
        Lang::English => first.format("%B").to_string(),
    };
    match period.unit() {
        Unit::Day => first.to_string(),
        Unit::Month => say_with(lang, "render.period-month", &[("year", &year), ("month", &month)]),
        Unit::Quarter => {
            let quarter = (first.month0() / 3 + 1).to_string();
            say_with(lang, "render.period-quarter", &[("year", &year), ("quarter", &quarter)])
        }
        Unit::Year => say_with(lang, "render.period-year", &[("year", &year)]),
    }
}

/// The as-of day in words: `截至 2026-10-31`.
pub fn as_of_words(day: NaiveDate, lang: Lang) -> String {
    say_with(lang, "render.as-of", &[("day", &day.to_string())])
}

/// In what amounts are: `人民币元（CNY）`, or the bare code of a currency without a name here.
pub fn currency_words(currency: &Currency, lang: Lang) -> String {
    match currency.code.as_str() {
        "CNY" | "USD" | "EUR" | "GBP" | "JPY" | "HKD" => {
            let name = say(lang, &format!("render.currency-{}", currency.code));
            say_with(lang, "render.currency-with-code", &[("name", &name), ("code", &currency.code)])
        }
        _ => one_line(&currency.code),
    }
}

/// The class of a tone.
pub fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "neutral",
        Tone::Good => "good",
        Tone::Bad => "bad",
    }
}

/// The word for a change of a tone: `好转`, `转差`, or nothing.
pub fn verdict(change: &report::Change, lang: Lang) -> String {
    match (change.tone, &change.by) {
        (_, Cell::Empty) | (Tone::Neutral, _) => String::new(),
        (Tone::Good, _) => say(lang, "render.better"),
        (Tone::Bad, _) => say(lang, "render.worse"),
    }
}

fn finding_view(finding: &Finding, lang: Lang) -> FindingView {
    let class = tone_class(finding.tone);
    FindingView { class, tone: say(lang, &format!("render.{class}")), text: one_line(&finding.text) }
}

fn section_view(section: &Section, report: &Report) -> SectionView {
    SectionView {
        id: section.id,
        title: one_line(&section.title),
        lead: section.lead.as_deref().map(one_line),
        blocks: section.blocks.iter().map(|block| block_view(block, report)).collect(),
    }
}

fn block_view(block: &Block, report: &Report) -> BlockView {
    match block {
        Block::Figures(figures) => {
            BlockView::Figures { figures: figures.iter().map(|figure| figure_view(figure, report)).collect() }
        }
        Block::Table(table) => BlockView::Table { table: table_view(table, report, usize::MAX) },
        Block::Chart(chart) => BlockView::Chart { chart: chart_view(chart, report) },
        Block::Text(text) => BlockView::Text { text: one_line(text) },
    }
}

/// A key figure as templates see it.
pub fn figure_view(figure: &report::Figure, report: &Report) -> FigureView {
    let shown = |cell: &Cell| format::cell(cell, &report.currency, report.lang);
    FigureView {
        id: figure.id,
        label: one_line(&figure.label),
        value: shown(&figure.value),
        changes: figure
            .changes
            .iter()
            .map(|change| ChangeView {
                label: one_line(&change.label),
                by: shown(&change.by),
                class: tone_class(change.tone),
                verdict: verdict(change, report.lang),
            })
            .collect(),
    }
}

/// The first `most` rows of a table as templates see it.
pub fn table_view(table: &Table, report: &Report, most: usize) -> TableView {
    let aligns: Vec<Align> = table.columns.iter().map(|column| column.align).collect();
    let cell_view = |(cell, align): (&Cell, &Align)| CellView {
        text: format::cell(cell, &report.currency, report.lang),
        class: cell_class(cell, *align),
    };
    TableView {
        id: table.id,
        title: one_line(&table.title),
        note: table.note.as_deref().map(one_line),
        columns: table
            .columns
            .iter()
            .map(|column| CellView {
                text: one_line(&column.title),
                class: if column.align == Align::Right { "num" } else { "" },
            })
            .collect(),
        rows: table
            .rows
            .iter()
            .take(most)
            .map(|row| RowView {
                class: if row.kind == RowKind::Total { "total" } else { "" },
                cells: row.cells.iter().zip(&aligns).map(cell_view).collect(),
            })
            .collect(),
        shaded: table.rows.iter().flat_map(|row| &row.cells).any(|cell| matches!(cell, Cell::Shaded { .. })),
    }
}

fn cell_class(cell: &Cell, align: Align) -> &'static str {
    match (cell, align) {
        (Cell::Shaded { shade, .. }, _) => match shade {
            0 => "num shade-0",
            1 => "num shade-1",
            2 => "num shade-2",
            3 => "num shade-3",
            _ => "num shade-4",
        },
        (Cell::Empty, Align::Right) => "num muted",
        (Cell::Empty, Align::Left) => "muted",
        (_, Align::Right) => "num",
        (_, Align::Left) => "",
    }
}

fn chart_view(drawing: &report::Chart, report: &Report) -> ChartView {
    let svg = |width| chart::svg(drawing, &report.currency, report.lang, width);
    ChartView {
        id: drawing.id,
        title: one_line(&drawing.title),
        svg: svg(CHART_WIDE),
        svg_narrow: svg(CHART_NARROW),
        summary: one_line(&chart::summary(drawing, &report.currency, report.lang)),
    }
}

fn check_view(check: &Check, report: &Report) -> CheckView {
    let shown = |cell: &Cell| format::cell(cell, &report.currency, report.lang);
    CheckView { equation: one_line(&check.equation), left: shown(&check.left), right: shown(&check.right) }
}

/// Half-width characters that a table needs across, with its padding.
fn table_chars(table: &Table, report: &Report) -> usize {
    let of = |index: usize| {
        let cells = table.rows.iter().take(200).filter_map(|row| row.cells.get(index));
        let widest = cells.map(|cell| format::cell(cell, &report.currency, report.lang).width().min(30)).max();
        // A head may stand on two lines.
        let head = table.columns.get(index).map_or(0, |column| column.title.width().div_ceil(2));
        widest.unwrap_or(0).max(head) + 2
    };
    (0..table.columns.len()).map(of).sum()
}
