//! All formats of one run show the same numbers: each is read back by a reader of its own.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use calamine::{Data, Reader, Xlsx, open_workbook};
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::Value;

use crate::{
    support::{World, absent},
    tier_report::table,
};

struct Run {
    _world: World,
    out: PathBuf,
    report: Value,
}

fn run() -> Run {
    let world = World::with_demo_ledger();
    let out = world.home().join("out");
    world
        .fenji(&["job", "run", "monthly-tier-report", "--period", "2026-10", "--out", out.to_str().unwrap()])
        .succeeded();
    let report =
        serde_json::from_str(&fs::read_to_string(out.join("monthly-tier-report-2026-10.json")).unwrap()).unwrap();
    Run { _world: world, out, report }
}

impl Run {
    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.out.join(name)).unwrap()
    }

    /// Label and text of every key figure.
    fn figures(&self) -> Vec<(String, String)> {
        let sections = self.report["sections"].as_array().unwrap().iter();
        sections
            .flat_map(|section| section["blocks"].as_array().unwrap())
            .filter_map(|block| block["figures"].as_array())
            .flatten()
            .map(|figure| {
                (figure["label"].as_str().unwrap().to_owned(), figure["value"]["text"].as_str().unwrap().to_owned())
            })
            .collect()
    }

    /// Texts of the cells of a table, row by row.
    fn cells(&self, id: &str) -> Vec<Vec<String>> {
        let columns = self.columns(id);
        let row = |row: &Value| {
            columns.iter().map(|column| row["cells"][column]["text"].as_str().unwrap().to_owned()).collect()
        };
        table(&self.report, id).iter().map(row).collect()
    }

    fn columns(&self, id: &str) -> Vec<String> {
        let sections = self.report["sections"].as_array().unwrap().iter();
        let found =
            sections.flat_map(|section| section["blocks"].as_array().unwrap()).find(|block| block["id"] == id).unwrap();
        found["columns"].as_array().unwrap().iter().map(|column| column["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// The words of a text with all white space gone, since lines may break anywhere.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn html_and_text_show_the_figures_and_every_row() {
    let run = run();
    let html = run.text("monthly-tier-report-2026-10.html");
    let page = html.trim_start_matches("<!DOCTYPE html>");
    let document = roxmltree::Document::parse(page).unwrap();
    let rows: Vec<Vec<String>> = document
        .descendants()
        .filter(|node| node.has_tag_name("tr"))
        .map(|row| {
            row.children()
                .filter(|cell| cell.has_tag_name("td") || cell.has_tag_name("th"))
                .map(|cell| all_text(cell))
                .collect()
        })
        .collect();
    for id in ["tiers", "migration", "concentration", "trend"] {
        for row in run.cells(id) {
            assert!(rows.contains(&row), "{id}: {row:?} is not in the page");
        }
    }
    let words = squeezed(&run.text("monthly-tier-report-2026-10.txt"));
    let shown = squeezed(&all_text(document.root_element()));
    for (label, value) in run.figures() {
        for (format, words) in [("html", &shown), ("text", &words)] {
            assert!(words.contains(&squeezed(&format!("{label}{value}"))), "{format}: {label} {value}");
        }
    }
    for row in run.cells("tiers").iter().chain(&run.cells("trend")) {
        assert!(words.contains(&squeezed(&row.concat())), "{row:?}");
    }
}

fn all_text(node: roxmltree::Node<'_, '_>) -> String {
    node.descendants()
        .filter(roxmltree::Node::is_text)
        .filter_map(|node| node.text())
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The words of an HTML text.
fn without_tags(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let words: String = body.split('<').filter_map(|part| part.split_once('>')).map(|(_, words)| words).collect();
    words.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&")
}

#[test]
fn the_workbook_has_the_same_figures_as_numbers() {
    let run = run();
    let mut workbook: Xlsx<_> = open_workbook(run.out.join("monthly-tier-report-2026-10.xlsx")).unwrap();
    let sheets: BTreeMap<String, Vec<Vec<Data>>> = workbook
        .worksheets()
        .into_iter()
        .map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect()))
        .collect();
    let all: Vec<&Vec<Data>> = sheets.values().flatten().collect();
    for id in ["tiers", "migration", "moved_up", "concentration", "trend"] {
        let columns = run.columns(id);
        for row in table(&run.report, id) {
            let expected: Vec<Option<Number>> = columns.iter().map(|column| number(&row["cells"][column])).collect();
            let found = all.iter().any(|cells| matches_row(cells, &expected, row, &columns));
            assert!(found, "{id}: {row} is not in the workbook");
        }
    }
    let figures = sheets.values().flatten().filter(|row| row.iter().any(|cell| *cell == "净销售额")).count();
    assert!(figures > 0, "the key figures have a sheet");
}

#[derive(Debug, Clone, Copy)]
struct Number(f64);

/// A cell of the JSON as the number that a spreadsheet should hold; `None` for words and blanks.
fn number(cell: &Value) -> Option<Number> {
    let parse = |value: &Value| value.as_str().and_then(|text| text.parse::<f64>().ok()).or_else(|| value.as_f64());
    match cell["kind"].as_str().unwrap() {
        "count" | "money" | "count-change" | "shaded" => parse(&cell["value"]).map(Number),
        "percent" | "times" | "percent-change" => {
            let (part, whole) = (parse(&cell["part"])?, parse(&cell["whole"])?);
            (whole != 0.0).then(|| Number(part / whole))
        }
        _ => None,
    }
}

fn matches_row(cells: &[Data], expected: &[Option<Number>], row: &Value, columns: &[String]) -> bool {
    cells.len() >= expected.len()
        && expected.iter().zip(cells).zip(columns).all(|((expected, cell), column)| match (expected, cell) {
            (Some(Number(value)), Data::Float(found)) => (value - found).abs() <= value.abs() * 1e-12 + 1e-12,
            (Some(Number(value)), Data::Int(found)) => (*value - *found as f64).abs() < 1e-9,
            (Some(_), _) => false,
            (None, Data::String(found)) if row["cells"][column]["kind"] == "text" => {
                row["cells"][column]["value"].as_str() == Some(found.as_str())
            }
            (None, _) => true,
        })
}

#[test]
fn the_data_files_have_machine_values() {
    let run = run();
    for id in ["tiers", "migration", "moved_up", "moved_down", "concentration", "trend"] {
        let bytes = fs::read(run.out.join("monthly-tier-report-2026-10").join(format!("{id}.csv"))).unwrap();
        assert_eq!(&bytes[..3], b"\xEF\xBB\xBF", "Excel needs the mark");
        let mut reader = csv::Reader::from_reader(&bytes[3..]);
        let columns = run.columns(id);
        assert_eq!(reader.headers().unwrap().len(), columns.len());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let expected = table(&run.report, id);
        assert_eq!(rows.len(), expected.len(), "{id}");
        for (row, expected) in rows.iter().zip(expected) {
            for (field, column) in row.iter().zip(&columns) {
                let cell = &expected["cells"][column];
                match cell["kind"].as_str().unwrap() {
                    "money" => assert_eq!(Some(field), cell["value"].as_str()),
                    "count" | "count-change" | "shaded" => assert_eq!(field, cell["value"].to_string()),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn the_mail_has_the_figures_in_both_parts_and_the_files() {
    let run = run();
    let bytes = fs::read(run.out.join("monthly-tier-report-2026-10.eml")).unwrap();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.subject(), Some("会员等级月报 2026-10｜示例公司"));
    let text = squeezed(&mail.body_text(0).unwrap());
    let shown = squeezed(&without_tags(&mail.body_html(0).unwrap()));
    let mut in_text = 0;
    for (label, value) in run.figures().iter().take(6) {
        let both = squeezed(&format!("{label}{value}"));
        in_text += usize::from(text.contains(&both));
        assert!(shown.contains(&both), "html part: {label} {value}");
    }
    assert_eq!(in_text, 6, "text part");
    for row in run.cells("tiers") {
        assert!(shown.contains(&squeezed(&row.concat())), "{row:?}");
    }
    let attachments: Vec<(String, &[u8])> =
        mail.attachments().filter_map(|part| Some((part.attachment_name()?.to_owned(), part.contents()))).collect();
    for (name, file) in [
        ("会员等级月报-2026-10.pdf", "monthly-tier-report-2026-10.pdf"),
        ("会员等级月报-2026-10.xlsx", "monthly-tier-report-2026-10.xlsx"),
    ] {
        let found =
            attachments.iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("{name}: {attachments:?}"));
        assert_eq!(found.1, fs::read(run.out.join(file)).unwrap(), "{name}");
    }
}

#[test]
fn the_pdf_has_every_row_as_text() {
    let run = run();
    let Ok(output) = Command::new("pdftotext")
        .args(["-layout", "monthly-tier-report-2026-10.pdf", "-"])
        .current_dir(&run.out)
        .output()
    else {
        absent("pdftotext (Debian package poppler-utils)");
        return;
    };
    let text = squeezed(&String::from_utf8(output.stdout).unwrap());
    for (_, value) in run.figures() {
        assert!(text.contains(&squeezed(&value)), "{value}");
    }
    for id in ["tiers", "migration", "concentration", "trend"] {
        for row in run.cells(id) {
            assert!(text.contains(&squeezed(&row.concat())), "{id}: {row:?}");
        }
    }
    let pages = text.matches("/共").count();
    let counted =
        Command::new("pdfinfo").arg("monthly-tier-report-2026-10.pdf").current_dir(&run.out).output().unwrap();
    let counted = String::from_utf8(counted.stdout).unwrap();
    let counted: usize = counted.lines().find_map(|line| line.strip_prefix("Pages:")).unwrap().trim().parse().unwrap();
    assert_eq!(pages, counted, "every page has its number");
    assert!((4..=8).contains(&counted), "{counted} pages");
}
