//! The body of the e-mail that carries a report: the key figures, the findings, the first chart and the first rows.
//!
//! Invariants: at most [`MOST_ROWS`] rows (fewer of wide tables) and [`MOST_FIGURES`] figures, and it says so when there are more rows; styles stand on the elements;
//! pictures are parts of the mail, nothing is loaded from outside; there is always a text part with the same figures.
//! Not here: the message around it and its attachments (`deliver::mail`).

use std::sync::Arc;

use css_inline::{CSSInliner, InlineOptions};
use fontdb::Database;
use serde::Serialize;

use crate::{
    render::{
        RenderError, chart,
        png::png,
        template::Templates,
        text,
        view::{FigureView, TableView, View, figure_view, table_view},
    },
    report::{Block, Chart, Report, Table, format::one_line},
};

/// The most rows that a mail shows of its table.
pub const MOST_ROWS: usize = 50;
/// The most cells of the table, so that the mail stays below the size at which mail programs cut it.
const MOST_CELLS: usize = 420;
/// The most columns that stand side by side with room between them.
const ROOMY_COLUMNS: usize = 7;
/// The most key figures that a mail shows.
pub const MOST_FIGURES: usize = 6;
/// Width at which the chart is drawn; narrow, so that its words can be read on a telephone.
const CHART_WIDTH: u32 = 460;
/// Pixels of the picture for each pixel drawn.
const CHART_SCALE: u8 = 2;

/// The fonts with which pictures are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Pictures<'a> {
    /// The faces.
    pub fonts: &'a Arc<Database>,
    /// The family of texts, such as `Noto Sans CJK SC`.
    pub family: &'a str,
}

/// A picture that is part of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineImage {
    /// The name by which the HTML refers to it, as `cid:<content-id>`.
    pub content_id: String,
    /// PNG.
    pub bytes: Vec<u8>,
}

/// The body of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailBody {
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Pictures that the HTML refers to.
    pub images: Vec<InlineImage>,
}

/// What `email/report.html` and `email/report.txt` see besides the fields of [`View`], whose `sections` are empty.
#[derive(Debug, Serialize)]
struct EmailView {
    #[serde(flatten)]
    view: View,
    /// Why the reader gets this mail.
    reason: String,
    /// The line that mail programs show beside the subject.
    preheader: String,
    figures: Vec<FigureView>,
    /// The same in pairs, since mail programs know no grid.
    figure_rows: Vec<Vec<FigureView>>,
    figures_text: String,
    chart: Option<ChartView>,
    table: Option<TableView>,
    /// True when the table has so many columns that they must stand closer.
    dense: bool,
    table_text: String,
    /// `前 50 行 / 共 300 行`; empty when all rows are shown.
    rows_of: String,
}

#[derive(Debug, Serialize)]
struct ChartView {
    content_id: String,
    title: String,
    summary: String,
    width: u32,
}

/// The body of the mail; `reason` tells the reader why the mail comes.
///
/// # Errors
/// [`RenderError`] for a fault in a template, a chart that cannot be drawn, or styles that cannot be inlined.
pub fn body(
    report: &Report,
    templates: &Templates,
    pictures: Pictures<'_>,
    reason: &str,
) -> Result<EmailBody, RenderError> {
    let mut images = Vec::new();
    let drawing = first_chart(report);
    if let Some(drawing) = drawing {
        let svg = chart::svg(drawing, &report.currency, report.lang, CHART_WIDTH);
        let bytes = png(&svg, pictures.fonts, pictures.family, CHART_SCALE)?;
        images.push(InlineImage { content_id: content_id(drawing), bytes });
    }
    let view = email_view(report, drawing, reason);
    let page = templates.render("email/report.html", &view)?;
    let text = templates.render("email/report.txt", &view)?;
    Ok(EmailBody { text: tidy(&text), html: inlined(&page)?, images })
}

fn email_view(report: &Report, drawing: Option<&Chart>, reason: &str) -> EmailView {
    let view = View::frame(report);
    let figures = || -> Vec<FigureView> {
        let blocks = report.sections.iter().flat_map(|section| &section.blocks);
        let all = blocks.filter_map(|block| if let Block::Figures(some) = block { Some(some) } else { None });
        all.flatten().take(MOST_FIGURES).map(|figure| figure_view(figure, report)).collect()
    };
    let mut rest = figures();
    let mut figure_rows = Vec::new();
    while !rest.is_empty() {
        let tail = rest.split_off(rest.len().min(2));
        figure_rows.push(std::mem::replace(&mut rest, tail));
    }
    let table = first_table(report);
    let total = table.map_or(0, |table| table.rows.len());
    let most = table.map_or(MOST_ROWS, |table| (MOST_CELLS / table.columns.len().max(1)).clamp(1, MOST_ROWS));
    let first_finding = view.findings.first().map(|finding| finding.text.clone());
    EmailView {
        reason: one_line(reason),
        preheader: first_finding.unwrap_or_else(|| format!("{} · {}", view.period, view.as_of_words)),
        figures_text: text::figures(&figures()),
        figures: figures(),
        figure_rows,
        chart: drawing.map(|drawing| ChartView {
            content_id: content_id(drawing),
            title: one_line(&drawing.title),
            // In an attribute a bare `<` is legal HTML, but mail filters that look for tags by sight would hold the mail back.
            summary: one_line(&chart::summary(drawing, &report.currency, report.lang))
                .replace('<', "＜")
                .replace('>', "＞"),
            width: CHART_WIDTH,
        }),
        table: table.map(|table| table_view(table, report, most)),
        dense: table.is_some_and(|table| table.columns.len() > ROOMY_COLUMNS),
        table_text: table.map_or_else(String::new, |table| text::table(table, &report.currency, report.lang, most)),
        rows_of: if total > most { text::rows_of(most, total, report.lang) } else { String::new() },
        view,
    }
}

fn first_chart(report: &Report) -> Option<&Chart> {
    let mut blocks = report.sections.iter().flat_map(|section| &section.blocks);
    blocks.find_map(|block| if let Block::Chart(chart) = block { Some(chart) } else { None })
}

fn first_table(report: &Report) -> Option<&Table> {
    let mut blocks = report.sections.iter().flat_map(|section| &section.blocks);
    blocks.find_map(|block| if let Block::Table(table) = block { Some(table) } else { None })
}

fn content_id(chart: &Chart) -> String {
    format!("chart-{}@fenji", chart.id)
}

/// Moves the rules of the page's `<style>` onto its elements; media queries stay, since they cannot move.
fn inlined(page: &str) -> Result<String, RenderError> {
    let options = InlineOptions { keep_at_rules: true, load_remote_stylesheets: false, ..InlineOptions::default() };
    let inliner = CSSInliner::new(options);
    inliner.inline(page).map_err(|error| RenderError::Styles { cause: error.to_string() })
}

/// At most one empty line in a row, none at either end, one line feed at the end.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.trim().lines().map(str::trim_end) {
        if line.is_empty() && out.ends_with("\n\n") {
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}
