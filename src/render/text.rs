//! A report as plain text with aligned tables, for terminals and for the text part of mails.
//!
//! Invariants: East Asian characters count as two places, so columns stand under each other; nothing is cut. Charts are written
//! as tables. Not here: which part of a report a mail shows (`email`).

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::{
    money::Currency,
    render::{
        chart,
        view::{FigureView, View, figure_view},
    },
    report::{
        Align, Block, Report, RowKind, Section, Table,
        format::{self, one_line},
    },
    text::{Lang, say, say_with},
};

/// A longer cell does not widen its column; the cells after it in that row move to the right.
const WIDEST: usize = 60;

/// The whole report.
pub fn page(report: &Report) -> String {
    let view = View::frame(report);
    let words = |key: &str| say(report.lang, &format!("render.{key}"));
    let mut out = String::new();
    let title = format!("{} · {} · {}", view.title, view.period, view.as_of_words);
    let _ = writeln!(out, "{}\n{title}\n{}", view.organisation, "=".repeat(title.width()));
    let _ = writeln!(out, "{}: {}", words("currency"), view.currency);
    if let Some(example) = &view.example {
        let _ = writeln!(out, "[{}] {example}", words("example"));
    }
    if !view.findings.is_empty() {
        heading(&mut out, &words("findings"));
        for finding in &view.findings {
            let _ = writeln!(out, "- [{}] {}", finding.tone, finding.text);
        }
    }
    for part in &report.sections {
        section(&mut out, part, report);
    }
    if !view.notes.is_empty() {
        heading(&mut out, &words("notes"));
        for note in &view.notes {
            let _ = writeln!(out, "- {}: {}", note.label, note.text);
        }
    }
    if !view.checks.is_empty() {
        heading(&mut out, &words("checks"));
        for check in &view.checks {
            let _ = writeln!(out, "- {}: {} = {}, {}", check.equation, check.left, check.right, words("check-holds"));
        }
    }
    out
}

fn heading(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n{title}\n{}", "-".repeat(title.width()));
}

fn section(out: &mut String, section: &Section, report: &Report) {
    heading(out, &one_line(&section.title));
    if let Some(lead) = &section.lead {
        let _ = writeln!(out, "{}", one_line(lead));
    }
    for block in section.blocks.iter().filter(|block| !matches!(block, Block::Worksheet(_))) {
        out.push('\n');
        match block {
            Block::Worksheet(_) => {}
            Block::Figures(some) => {
                let views: Vec<FigureView> = some.iter().map(|figure| figure_view(figure, report)).collect();
                out.push_str(&figures(&views));
            }
            Block::Table(data) => out.push_str(&table(data, &report.currency, report.lang, usize::MAX)),
            Block::Chart(drawing) => {
                let data = chart::table(drawing, report.lang);
                out.push_str(&table(&data, &report.currency, report.lang, usize::MAX));
            }
            Block::Text(text) => {
                let _ = writeln!(out, "{}", one_line(text));
            }
        }
    }
}

/// Key figures on a line each: name, figure, changes.
pub fn figures(figures: &[FigureView]) -> String {
    let lines: Vec<Vec<String>> = figures
        .iter()
        .map(|figure| {
            let changes = figure.changes.iter().map(|change| {
                let verdict = if change.verdict.is_empty() { String::new() } else { format!(" {}", change.verdict) };
                format!("{} {}{verdict}", change.label, change.by)
            });
            [figure.label.clone(), figure.value.clone()].into_iter().chain(changes).collect()
        })
        .collect();
    let most = lines.iter().map(Vec::len).max().unwrap_or(0);
    let aligns: Vec<Align> = (0..most).map(|i| if i == 1 { Align::Right } else { Align::Left }).collect();
    let widths = widths(lines.iter(), &aligns);
    let mut out = String::new();
    for cells in &lines {
        line(&mut out, cells, &widths, &aligns);
    }
    out
}

/// The first `most` rows of a table under its title and heads; says so when rows are left out.
pub fn table(table: &Table, currency: &Currency, lang: Lang, most: usize) -> String {
    let most = table.printed.map_or(most, |printed| most.min(printed));
    let aligns: Vec<Align> = table.columns.iter().map(|column| column.align).collect();
    let heads: Vec<String> = table.columns.iter().map(|column| one_line(&column.title)).collect();
    let rows: Vec<(RowKind, Vec<String>)> = table
        .rows
        .iter()
        .take(most)
        .map(|row| (row.kind, row.cells.iter().map(|cell| format::cell(cell, currency, lang)).collect()))
        .collect();
    let widths = widths(std::iter::once(&heads).chain(rows.iter().map(|(_, cells)| cells)), &aligns);
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut out = String::new();
    let _ = writeln!(out, "{}", one_line(&table.title));
    line(&mut out, &heads, &widths, &aligns);
    line(&mut out, &rule, &widths, &aligns);
    for (kind, cells) in &rows {
        if *kind == RowKind::Total {
            line(&mut out, &rule, &widths, &aligns);
        }
        line(&mut out, cells, &widths, &aligns);
    }
    if table.rows.is_empty() {
        let _ = writeln!(out, "{}", say(lang, "render.no-rows"));
    }
    if rows.len() < table.rows.len() {
        let _ = writeln!(out, "{}", rows_of(rows.len(), table.rows.len(), lang));
    }
    if let Some(note) = &table.note {
        let _ = writeln!(out, "{}", one_line(note));
    }
    out
}

/// `前 50 行 / 共 300 行`.
pub fn rows_of(shown: usize, total: usize, lang: Lang) -> String {
    say_with(lang, "render.rows-of", &[("shown", &shown.to_string()), ("total", &total.to_string())])
}

fn widths<'a>(rows: impl Iterator<Item = &'a Vec<String>>, aligns: &[Align]) -> Vec<usize> {
    let mut widths = vec![0; aligns.len()];
    for cells in rows {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = cell.width().min(WIDEST).max(*width);
        }
    }
    widths
}

fn line(out: &mut String, cells: &[String], widths: &[usize], aligns: &[Align]) {
    let start = out.len();
    for ((cell, width), align) in cells.iter().zip(widths).zip(aligns) {
        if out.len() > start {
            out.push_str("  ");
        }
        let padding = " ".repeat(width.saturating_sub(cell.width()));
        match align {
            Align::Left => out.extend([cell.as_str(), &padding]),
            Align::Right => out.extend([padding.as_str(), cell]),
        }
    }
    out.truncate(out.trim_end_matches(' ').len().max(start));
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn columns_stand_under_each_other() {
        let report = sample::report();
        let text = page(&report);
        let lines: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("各等级人数")).take(8).collect();
        let ends: Vec<usize> = lines[1..].iter().take(3).map(|line| line.width()).collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{lines:#?}");
        assert!(lines[3].starts_with("钻石") && lines[3].ends_with("+12"), "{lines:#?}");
        assert!(lines[7].starts_with("----"), "{lines:#?}");
    }

    #[test]
    fn hostile_text_keeps_to_its_line() {
        let text = page(&sample::report());
        assert!(text.lines().any(|line| line.contains("Eve  Bcc: x@y")));
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")));
        assert!(!text.contains(['\u{202E}', '\u{0}', '\r', '\t']));
    }

    #[test]
    fn what_is_left_out_is_said() {
        let report = sample::report();
        let Block::Table(list) = &report.sections[2].blocks[2] else { panic!() };
        let text = table(list, &report.currency, report.lang, 50);
        assert!(text.contains("前 50 行 / 共 300 行"));
        assert_eq!(text.lines().filter(|line| line.starts_with("M0")).count(), 50);
        let none = table(&Table { rows: Vec::new(), ..list.clone() }, &report.currency, report.lang, 50);
        assert!(none.contains("没有数据行"));
    }
}
