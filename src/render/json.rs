//! A report as JSON for programs, in a shape that only grows.
//!
//! The document has `schema` (`fenji.report/1`), `id`, `title`, `organisation`, `lang`, `period` (`name`, `first_day`, `last_day`), `as_of`, `currency` (`code`,
//! `scale`), `example`, `findings` (`tone`, `text`), `sections` (`id`, `title`, `lead`, `blocks`), `notes` and `checks`. A block has a `kind`: `figures`, `table`,
//! `chart` or `text`. Every cell is `{"kind": …, "text": …}` with `value` where there is one: counts are numbers, amounts are decimal strings in
//! major units, days are ISO strings; shares have `part` and `whole` as strings instead. Rows of tables are objects under the stable
//! names of the columns.
//!
//! Invariants: the order of keys is fixed; no amount passes through a float. Not here: how figures read (`report::format`).

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    money::{Currency, Share, plain},
    render::{RenderError, view::tone_class},
    report::{
        self, Align, Block, Cell, ChartKind, ChartUnit, Report, RowKind,
        format::{self, SCORE_PLACES, one_line},
    },
    text::Lang,
};

/// The name of the shape; a change that would break a reader gets the next number.
pub const SCHEMA: &str = "fenji.report/1";

/// The whole report on one line, ending in a line feed.
///
/// # Errors
/// [`RenderError::Data`] when the JSON library refuses a value.
pub fn page(report: &Report) -> Result<String, RenderError> {
    let text = serde_json::to_string(&Document::of(report));
    text.map(|text| text + "\n").map_err(|error| RenderError::Data { format: "JSON", cause: error.to_string() })
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    id: &'static str,
    title: String,
    organisation: String,
    lang: Lang,
    period: PeriodDoc,
    as_of: String,
    currency: CurrencyDoc<'a>,
    example: Option<String>,
    findings: Vec<FindingDoc>,
    sections: Vec<SectionDoc<'a>>,
    notes: Vec<NoteDoc>,
    checks: Vec<CheckDoc>,
}

#[derive(Serialize)]
struct PeriodDoc {
    name: String,
    first_day: String,
    last_day: String,
}

#[derive(Serialize)]
struct CurrencyDoc<'a> {
    code: &'a str,
    scale: u8,
}

#[derive(Serialize)]
struct FindingDoc {
    tone: &'static str,
    text: String,
}

#[derive(Serialize)]
struct SectionDoc<'a> {
    id: &'static str,
    title: String,
    lead: Option<String>,
    blocks: Vec<BlockDoc<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum BlockDoc<'a> {
    Figures { figures: Vec<FigureDoc> },
    Table { id: &'a str, title: String, note: Option<String>, columns: Vec<ColumnDoc<'a>>, rows: Vec<RowDoc<'a>> },
    Chart { id: &'static str, title: String, form: &'static str, categories: Vec<String>, series: Vec<SeriesDoc> },
    Text { text: String },
}

#[derive(Serialize)]
struct FigureDoc {
    id: &'static str,
    label: String,
    value: CellDoc,
    changes: Vec<ChangeDoc>,
}

#[derive(Serialize)]
struct ChangeDoc {
    label: String,
    by: CellDoc,
    tone: &'static str,
}

#[derive(Serialize)]
struct ColumnDoc<'a> {
    id: &'a str,
    title: String,
    align: &'static str,
}

#[derive(Serialize)]
struct RowDoc<'a> {
    kind: &'static str,
    #[serde(serialize_with = "in_order")]
    cells: Vec<(&'a str, CellDoc)>,
}

#[derive(Serialize)]
struct SeriesDoc {
    name: String,
    unit: &'static str,
    values: Vec<Option<String>>,
}

#[derive(Serialize)]
struct NoteDoc {
    label: String,
    text: String,
}

#[derive(Serialize)]
struct CheckDoc {
    equation: String,
    left: CellDoc,
    right: CellDoc,
}

#[derive(Serialize)]
struct CellDoc {
    kind: &'static str,
    #[serde(flatten)]
    value: ValueDoc,
    text: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ValueDoc {
    Nothing {},
    Number { value: i64 },
    Words { value: String },
    Share { part: String, whole: String },
    Shaded { value: i64, shade: u8 },
}

fn in_order<S: Serializer>(cells: &[(&str, CellDoc)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(cells.len()))?;
    for (id, cell) in cells {
        map.serialize_entry(id, cell)?;
    }
    map.end()
}

impl<'a> Document<'a> {
    fn of(report: &'a Report) -> Self {
        let cell = |cell: &Cell| cell_doc(cell, report);
        Self {
            schema: SCHEMA,
            id: report.id,
            title: one_line(&report.title),
            organisation: one_line(&report.organisation),
            lang: report.lang,
            period: PeriodDoc {
                name: report.period.to_string(),
                first_day: report.period.first_day().to_string(),
                last_day: report.period.last_day().to_string(),
            },
            as_of: report.as_of.to_string(),
            currency: CurrencyDoc { code: &report.currency.code, scale: report.currency.scale.places() },
            example: report.example.as_deref().map(one_line),
            findings: report
                .findings
                .iter()
                .map(|finding| FindingDoc { tone: tone_class(finding.tone), text: one_line(&finding.text) })
                .collect(),
            sections: report
                .sections
                .iter()
                .map(|section| SectionDoc {
                    id: section.id,
                    title: one_line(&section.title),
                    lead: section.lead.as_deref().map(one_line),
                    blocks: section.blocks.iter().map(|block| block_doc(block, report)).collect(),
                })
                .collect(),
            notes: report
                .notes
                .iter()
                .map(|note| NoteDoc { label: one_line(&note.label), text: one_line(&note.text) })
                .collect(),
            checks: report
                .checks
                .iter()
                .map(|check| CheckDoc {
                    equation: one_line(&check.equation),
                    left: cell(&check.left),
                    right: cell(&check.right),
                })
                .collect(),
        }
    }
}

fn block_doc<'a>(block: &'a Block, report: &Report) -> BlockDoc<'a> {
    match block {
        Block::Figures(figures) => {
            BlockDoc::Figures { figures: figures.iter().map(|figure| figure_doc(figure, report)).collect() }
        }
        Block::Table(table) | Block::Worksheet(table) => table_doc(table, report),
        Block::Chart(chart) => chart_doc(chart, &report.currency),
        Block::Text(text) => BlockDoc::Text { text: one_line(text) },
    }
}

fn figure_doc(figure: &report::Figure, report: &Report) -> FigureDoc {
    let changes = figure.changes.iter().map(|change| ChangeDoc {
        label: one_line(&change.label),
        by: cell_doc(&change.by, report),
        tone: tone_class(change.tone),
    });
    FigureDoc {
        id: figure.id,
        label: one_line(&figure.label),
        value: cell_doc(&figure.value, report),
        changes: changes.collect(),
    }
}

fn table_doc<'a>(table: &'a report::Table, report: &Report) -> BlockDoc<'a> {
    let columns = table.columns.iter().map(|column| ColumnDoc {
        id: &column.id,
        title: one_line(&column.title),
        align: if column.align == Align::Right { "right" } else { "left" },
    });
    let rows = table.rows.iter().map(|row| RowDoc {
        kind: if row.kind == RowKind::Total { "total" } else { "data" },
        cells: table.columns.iter().map(|c| c.id.as_str()).zip(row.cells.iter().map(|c| cell_doc(c, report))).collect(),
    });
    BlockDoc::Table {
        id: &table.id,
        title: one_line(&table.title),
        note: table.note.as_deref().map(one_line),
        columns: columns.collect(),
        rows: rows.collect(),
    }
}

fn chart_doc<'a>(chart: &report::Chart, currency: &Currency) -> BlockDoc<'a> {
    let series = chart.series.iter().map(|series| {
        let (unit, places) = match series.unit {
            ChartUnit::Count => ("count", 0),
            ChartUnit::Money => ("money", currency.scale.places()),
            ChartUnit::Permille => ("percent", 1),
            ChartUnit::Score => ("score", 2),
        };
        let values = series.values.iter().map(|value| value.map(|value| plain(value, places)));
        SeriesDoc { name: one_line(&series.name), unit, values: values.collect() }
    });
    BlockDoc::Chart {
        id: chart.id,
        title: one_line(&chart.title),
        form: match chart.kind {
            ChartKind::Columns => "columns",
            ChartKind::Bars => "bars",
            ChartKind::Lines => "lines",
            ChartKind::ColumnsAndLine => "columns-and-line",
            ChartKind::Pareto => "pareto",
        },
        categories: chart.categories.iter().map(|name| one_line(name)).collect(),
        series: series.collect(),
    }
}

fn cell_doc(cell: &Cell, report: &Report) -> CellDoc {
    let share = |share: &Share| ValueDoc::Share { part: share.part.to_string(), whole: share.whole.to_string() };
    let (kind, value) = match cell {
        Cell::Empty => ("empty", ValueDoc::Nothing {}),
        Cell::Text(text) => ("text", ValueDoc::Words { value: one_line(text) }),
        Cell::Count(count) => ("count", ValueDoc::Number { value: *count }),
        Cell::Money(minor) => ("money", ValueDoc::Words { value: plain(*minor, report.currency.scale.places()) }),
        Cell::Foreign(minor) => {
            ("foreign-money", ValueDoc::Words { value: plain(*minor, report.currency.scale.places()) })
        }
        Cell::Percent(of) => ("percent", share(of)),
        Cell::Times(of) => ("times", share(of)),
        Cell::Date(day) => ("date", ValueDoc::Words { value: day.to_string() }),
        Cell::CountChange(count) => ("count-change", ValueDoc::Number { value: *count }),
        Cell::PercentChange(of) => ("percent-change", share(of)),
        Cell::PointsChange(tenths) => ("points-change", ValueDoc::Words { value: plain(*tenths, 1) }),
        Cell::Score(millionths) => ("score", ValueDoc::Words { value: plain(*millionths, SCORE_PLACES) }),
        Cell::ScoreChange(millionths) => ("score-change", ValueDoc::Words { value: plain(*millionths, SCORE_PLACES) }),
        Cell::Shaded { count, shade } => ("shaded", ValueDoc::Shaded { value: *count, shade: *shade }),
    };
    CellDoc { kind, value, text: format::cell(cell, &report.currency, report.lang) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn has_the_documented_shape() {
        let text = page(&sample::report()).unwrap();
        assert!(text.starts_with("{\"schema\":\"fenji.report/1\",\"id\":\"tier\",\"title\":"), "{text}");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["period"]["last_day"], "2026-10-31");
        assert_eq!(value["currency"]["scale"], 2);
        let figures = &value["sections"][0]["blocks"][0]["figures"];
        assert_eq!(figures[1]["value"]["value"], "18765432.10");
        assert_eq!(figures[1]["value"]["text"], "18,765,432.10");
        assert_eq!(figures[1]["changes"][0]["tone"], "bad");
        assert_eq!(figures[2]["value"]["part"], "6013");
        assert_eq!(figures[3]["changes"][1]["by"], serde_json::json!({ "kind": "empty", "text": "—" }));
        let list = &value["sections"][2]["blocks"][2]["rows"];
        assert_eq!(list.as_array().unwrap().len(), 300);
        assert_eq!(list[0]["cells"]["name"]["value"], "=cmd()|'/c calc'!A1");
        let trend = &value["sections"][0]["blocks"][1];
        assert_eq!(trend["series"][1]["values"][3], serde_json::Value::Null);
        assert_eq!(trend["series"][1]["values"][0], "11.8");
    }
}
