use std::{io::Cursor, sync::Arc};

use calamine::Reader;
use chrono::{NaiveDate, NaiveDateTime};

use super::*;
use crate::{
    report::{
        Block, Report, RowKind,
        format::{self, one_line},
    },
    text::Lang,
};

fn fonts() -> (Arc<fontdb::Database>, String) {
    let fonts = font::Fonts::load(&font::FontChoice::default()).unwrap();
    (fonts.database(), fonts.family().to_owned())
}

fn created() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 11, 1).unwrap().and_hms_opt(0, 0, 0).unwrap()
}

fn page_of(report: &Report) -> String {
    html::page(report, &Templates::load(None).unwrap()).unwrap()
}

fn mail_body(report: &Report) -> email::EmailBody {
    let (database, family) = fonts();
    let pictures = email::Pictures { fonts: &database, family: &family };
    email::body(report, &Templates::load(None).unwrap(), pictures, "您在名单“运营部”中。").unwrap()
}

/// The text of an XHTML page, element by element, without its styles.
fn texts_of(page: &str) -> Vec<String> {
    let page = page.trim_start_matches("<!DOCTYPE html>");
    let document = roxmltree::Document::parse(page).unwrap();
    let seen =
        document.descendants().filter(|node| node.is_text() && !node.parent_element().unwrap().has_tag_name("style"));
    let texts: Vec<String> = seen.map(|node| node.text().unwrap().trim().to_owned()).collect();
    texts.into_iter().filter(|text| !text.is_empty()).collect()
}

#[test]
fn the_page_is_well_formed_and_needs_nothing_from_outside() {
    let page = page_of(&sample::report());
    let document = roxmltree::Document::parse(page.trim_start_matches("<!DOCTYPE html>\n")).unwrap();
    assert_eq!(document.root_element().attribute("lang"), Some("zh-CN"));
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        assert!(!["script", "link", "img", "iframe", "object"].contains(&node.tag_name().name()));
        for attribute in node.attributes() {
            let outside = ["href", "src"].contains(&attribute.name()) && !attribute.value().starts_with('#');
            assert!(!outside && !attribute.name().starts_with("on"), "{attribute:?}");
        }
    }
    assert!(!page.contains("@import") && !page.contains("url("));
    let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    for link in document.descendants().filter_map(|node| node.attribute("href")) {
        assert!(ids.contains(&&link[1..]), "{link}");
    }
}

#[test]
fn a_report_without_a_template_of_its_own_uses_the_generic_one() {
    let own = page_of(&sample::report());
    let generic = page_of(&Report { id: "receivables", ..sample::report() });
    assert!(own.contains("<section id=\"tiers\" class=\"keep\">") && generic.contains("<section id=\"tiers\">"));
    assert_eq!(texts_of(&own), texts_of(&generic));
}

#[test]
fn a_user_template_that_is_not_xml_is_refused_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("report")).unwrap();
    std::fs::write(dir.path().join("report/tier.html"), "<!doctype html>\n<html><p>{{ title }}<br></p></html>")
        .unwrap();
    let error = html::page(&sample::report(), &Templates::load(Some(dir.path())).unwrap()).unwrap_err();
    let RenderError::NotWellFormed { template, line, near, .. } = &error else { panic!("{error}") };
    assert!(template.ends_with("report/tier.html") && near.contains("<br>"), "{error}");
    assert_eq!(*line, 1);
}

#[test]
fn every_format_shows_the_same_figures() {
    let report = sample::report();
    let page = texts_of(&page_of(&report));
    let plain = text::page(&report);
    let value: serde_json::Value = serde_json::from_str(&json::page(&report).unwrap()).unwrap();
    let json_text = value.to_string();
    let body = mail_body(&report);
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(xlsx::workbook(&report, created()).unwrap())).unwrap();
    let figures = book.worksheet_range("关键指标").unwrap();
    let Block::Figures(cards) = &report.sections[0].blocks[0] else { panic!() };
    for (row, card) in cards.iter().enumerate() {
        let shown = format::cell(&card.value, &report.currency, report.lang);
        assert!(page.contains(&shown), "{shown} in the page");
        assert!(plain.lines().any(|line| line.contains(&card.label) && line.contains(&shown)), "{shown} in the text");
        assert!(json_text.contains(&format!("\"text\":\"{shown}\"")), "{shown} in the JSON");
        assert!(body.html.contains(&format!(">{shown}</div>")), "{shown} in the mail");
        assert!(body.text.lines().any(|line| line.contains(&shown)), "{shown} in the mail's text");
        let at = (u32::try_from(row).unwrap() + 3, 2);
        let places = |text: String| format!("{:.4}", text.parse::<f64>().unwrap());
        let stored = places(figures.get_value(at).unwrap().to_string());
        assert_eq!(stored, places(csv::field(&card.value, &report.currency)), "{} in the workbook and as CSV", card.id);
    }
}

#[test]
fn every_cell_of_every_table_is_on_the_page_and_in_the_text() {
    let report = sample::report();
    let page = page_of(&report);
    let document = roxmltree::Document::parse(page.trim_start_matches("<!DOCTYPE html>\n")).unwrap();
    let plain = text::page(&report);
    for block in report.sections.iter().flat_map(|section| &section.blocks) {
        let Block::Table(table) = block else { continue };
        let id = format!("table-{}", table.id);
        let element = document.descendants().find(|node| node.attribute("id") == Some(&id)).unwrap();
        let body = element.children().find(|node| node.has_tag_name("tbody")).unwrap();
        let rows: Vec<_> = body.children().filter(|node| node.has_tag_name("tr")).collect();
        assert_eq!(rows.len(), table.rows.len());
        for (row, shown) in table.rows.iter().zip(rows) {
            assert_eq!(shown.attribute("class") == Some("total"), row.kind == RowKind::Total);
            let cells: Vec<_> = shown.children().filter(|node| node.has_tag_name("td")).collect();
            for (cell, shown) in row.cells.iter().zip(cells) {
                let text = format::cell(cell, &report.currency, report.lang);
                assert_eq!(shown.text().unwrap_or_default(), text);
                assert!(plain.contains(text.trim_end()), "{text:?}");
            }
        }
    }
}

#[test]
fn hostile_text_stays_text_on_the_page_and_in_the_mail() {
    let mut report = sample::report();
    let Block::Table(list) = report.sections[2].blocks[2].clone() else { panic!() };
    report.title = sample::HOSTILE.join(" ");
    report.organisation.clone_from(&report.title);
    report.example = Some(report.title.clone());
    report.findings[0].text.clone_from(&report.title);
    report.notes[0].label.clone_from(&report.title);
    report.sections[0].title.clone_from(&report.title);
    // The mail shows the first table and the first chart.
    report.sections[1].blocks.insert(0, Block::Table(list));
    if let Block::Chart(chart) = &mut report.sections[0].blocks[1] {
        chart.title = sample::HOSTILE.join(" ");
        chart.categories[11] = sample::HOSTILE.join(" ");
        chart.series[0].name = sample::HOSTILE.join(" ");
    }
    let page = page_of(&report);
    let cleaned = one_line(&report.title);
    assert!(texts_of(&page).iter().any(|text| text == cleaned.trim()));
    let body = mail_body(&report);
    for (name, markup) in [("page", &page), ("mail", &body.html)] {
        assert!(markup.contains("&lt;script&gt;"), "{name}");
        assert!(!markup.to_lowercase().contains("<script"), "{name}");
        assert!(!markup.contains(['\u{202E}', '\u{0}', '\u{FFFE}', '\r']), "{name}");
        assert!(markup.contains('璟') && markup.contains('𠮷') && markup.contains('😀'), "{name}");
    }
    assert!(!body.text.contains(['\u{202E}', '\u{0}', '\r', '\t']));
    assert!(!body.text.lines().any(|line| line.trim_start().starts_with("Bcc:")));
}

#[test]
fn two_renders_are_the_same() {
    let report = sample::report();
    assert_eq!(page_of(&report), page_of(&report));
    assert_eq!(text::page(&report), text::page(&report));
    assert_eq!(json::page(&report).unwrap(), json::page(&report).unwrap());
    assert_eq!(mail_body(&report), mail_body(&report));
}

#[test]
fn the_mail_shows_the_first_rows_and_says_so() {
    let mut report = sample::report();
    let list = report.sections[2].blocks.remove(2);
    report.sections[1].blocks.insert(0, list);
    let body = mail_body(&report);
    assert!(body.html.contains("前 50 行 / 共 300 行") && body.text.contains("前 50 行 / 共 300 行"));
    assert!(body.html.contains("M00049") && !body.html.contains("M00050"));
    assert!(body.html.len() < 100_000, "mail programs cut longer mails: {}", body.html.len());
    assert!(body.html.contains("您在名单“运营部”中。") && body.text.contains("您在名单“运营部”中。"));
    for wanted in ["截至 2026-10-31", "2026 年 10 月", "sha256 3f9a6c…b1", "等级门槛为示例值"] {
        assert!(body.html.contains(wanted) && body.text.contains(wanted), "{wanted}");
    }
}

#[test]
fn the_mail_has_its_styles_on_its_elements_and_its_picture_inside() {
    let body = mail_body(&sample::report());
    assert_eq!(body.images.len(), 1);
    assert_eq!(body.images[0].content_id, "chart-trend@fenji");
    assert!(body.images[0].bytes.starts_with(b"\x89PNG"));
    assert!(body.html.contains("src=\"cid:chart-trend@fenji\""));
    assert!(body.html.contains("<td class=\"total") || body.html.contains("style=\""));
    assert!(body.html.contains("@media") && !body.html.contains(".band {"), "only media queries stay in the head");
    assert!(!body.html.contains("http://") && !body.html.contains("https://"));
}

#[test]
fn a_report_with_nothing_in_it_still_renders() {
    let empty = Report {
        findings: Vec::new(),
        sections: Vec::new(),
        notes: Vec::new(),
        checks: Vec::new(),
        example: None,
        lang: Lang::English,
        ..sample::report()
    };
    let page = page_of(&empty);
    assert!(page.contains("October 2026") && page.contains("as of 2026-10-31") && page.contains("yuan renminbi (CNY)"));
    assert!(!page.contains('⟦'), "every word is in the catalogue");
    assert!(text::page(&empty).contains("October 2026"));
    assert!(json::page(&empty).unwrap().contains("\"sections\":[]"));
    assert!(xlsx::workbook(&empty, created()).is_ok());
    let body = mail_body(&empty);
    assert!(body.images.is_empty() && body.text.contains("October 2026"));
}

#[test]
fn a_picture_without_a_font_is_an_error_rather_than_a_picture_without_words() {
    let none = Arc::new(fontdb::Database::new());
    let error = png::png("<svg xmlns=\"http://www.w3.org/2000/svg\"/>", &none, "Nosuch", 1).unwrap_err();
    assert!(error.to_string().contains("Nosuch"), "{error}");
}

#[test]
fn a_picture_reads_no_files() {
    let (database, family) = fonts();
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("a.svg");
    let inner = r##"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="#f00"/></svg>"##;
    std::fs::write(&secret, inner).unwrap();
    let outer = |href: &str| {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image width="9" height="9" href="{href}"/></svg>"#
        )
    };
    let with = png::png(&outer(secret.to_str().unwrap()), &database, &family, 1).unwrap();
    let without = png::png(&outer("nowhere"), &database, &family, 1).unwrap();
    assert_eq!(with, without);
    assert!(png::png(&outer("x").replace("width=\"9\"", "width=\"99999\""), &database, &family, 1).is_err());
    assert!(png::png("<svg", &database, &family, 1).is_err());
}
