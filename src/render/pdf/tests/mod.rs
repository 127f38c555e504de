//! Whole documents, read back: what a reader of the PDF sees and what a program finds in it.

mod read;

use std::collections::BTreeSet;

use lopdf::{Document, Object};

use self::read::{Read, outline, words};
use super::*;
use crate::render::font::FontChoice;

fn fonts() -> Fonts {
    Fonts::load(&FontChoice::Bundled).expect("the bundled font loads")
}

fn settings() -> PdfSettings {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day");
    PdfSettings {
        title: "会员等级月报".to_owned(),
        author: "财务部".to_owned(),
        subject: "会员等级".to_owned(),
        keywords: vec!["会员".to_owned(), "等级".to_owned()],
        lang: "zh-CN".to_owned(),
        created: day.and_hms_opt(8, 30, 0).expect("a time"),
        page: PageSize::A4Portrait,
        header_left: "会员等级月报 2026年10月".to_owned(),
        header_right: "财务部".to_owned(),
        footer_left: "内部资料".to_owned(),
        page_number: "第 {page} 页 / 共 {total} 页".to_owned(),
        watermark: None,
    }
}

fn made(xhtml: &str) -> (Pdf, Read) {
    let pdf = render(xhtml, &settings(), &fonts()).expect("rendered");
    let read = Read::new(&pdf.bytes);
    (pdf, read)
}

fn rows(count: usize) -> String {
    let row = |number| {
        format!("<tr><td>C{number:05}</td><td>上海璟曜商贸有限公司</td><td class=\"num\">{}.00</td></tr>", number * 37)
    };
    (1..=count).map(row).collect()
}

fn table(count: usize) -> String {
    let head = "<thead><tr><th>客户号</th><th>名称</th><th class=\"num\">金额</th></tr></thead>";
    let foot = "<tfoot><tr><td colspan=\"2\">合计</td><td class=\"num\">9,999.00</td></tr></tfoot>";
    format!("<div><h2>明细</h2><table>{head}<tbody>{}</tbody>{foot}</table></div>", rows(count))
}

#[test]
fn every_page_has_its_head_foot_and_number() {
    let (pdf, read) = made(&table(150));
    assert!(pdf.pages > 3 && pdf.pages == read.pages.len(), "{}", pdf.pages);
    assert!(pdf.warnings.is_empty(), "{:?}", pdf.warnings);
    for page in 0..pdf.pages {
        let text = read.text(page);
        for wanted in
            ["会员等级月报 2026年10月", "财务部", "内部资料", &format!("第 {} 页 / 共 {} 页", page + 1, pdf.pages)]
        {
            assert!(text.contains(wanted), "page {page} lacks `{wanted}`: {text}");
        }
    }
}

#[test]
fn a_table_repeats_its_head_keeps_all_rows_and_ends_in_company() {
    let (pdf, read) = made(&table(150));
    let (mut seen, mut last_page_rows) = (Vec::new(), 0);
    for page in 0..pdf.pages {
        let text = read.text(page);
        assert_eq!(text.matches("客户号").count(), 1, "page {page}");
        let numbers: Vec<&str> = text.lines().filter(|line| line.starts_with('C') && line.len() == 6).collect();
        last_page_rows = numbers.len();
        seen.extend(numbers.into_iter().map(str::to_owned));
    }
    let wanted: Vec<String> = (1..=150).map(|number| format!("C{number:05}")).collect();
    assert_eq!(seen, wanted);
    let last = read.text(pdf.pages - 1);
    assert!(last.contains("合计") && last_page_rows >= 1, "the total stands alone: {last}");
    // Whatever the number of rows, no page begins with the total or holds a single row.
    for count in 40..52 {
        let (pdf, read) = made(&table(count));
        for page in 0..pdf.pages {
            let rows = read.text(page).lines().filter(|line| line.starts_with('C') && line.len() == 6).count();
            assert!(rows >= 2, "{count} rows: {rows} on page {page}");
        }
    }
}

#[test]
fn nothing_stands_outside_of_the_margins() {
    let cells = (0..14).map(|number| format!("<td class=\"num\">{number},123,456.00</td>"));
    let wide = cells.collect::<Vec<_>>().concat();
    let long = "INV2026103100001".repeat(12);
    let text = format!(
        "<body class=\"landscape\"><p>{long}</p><table><tr>{wide}</tr></table>\
         <table><tr><td>{long}</td><td>很长的说明文字{}</td><td class=\"num\">1.00</td></tr></table></body>",
        "需要折行".repeat(60)
    );
    let (_, read) = made(&text);
    assert!((read.width() - 841.89).abs() < 0.1, "{}", read.width());
    let fonts = fonts();
    for page in 0..read.pages.len() {
        for shown in read.shown(page) {
            let units = f64::from(fonts.width(&shown.text, crate::render::font::Weight::Regular));
            let right = f64::from(shown.x) + units * f64::from(shown.size) / 1000.0;
            assert!(shown.x >= 51.0 && right <= 841.89 - 51.0 + 0.1, "{shown:?} ends at {right}");
            assert!(shown.y > 20.0 && shown.y < 595.28 - 20.0, "{shown:?}");
        }
    }
    let all = read.all_text().replace('\n', "");
    assert_eq!(all.matches("INV2026103100001").count(), 24, "long words are broken, not lost");
    assert!(all.contains("13,123,456.00"));
}

#[test]
fn a_row_taller_than_a_page_is_split_and_kept_whole_otherwise() {
    let text =
        format!("<table><tr><th>说明</th></tr><tr><td>{}</td></tr></table>", "第一条规则内容。<br/>".repeat(130));
    let (pdf, read) = made(&text);
    assert!(pdf.pages >= 3);
    assert_eq!(read.all_text().matches("第一条规则内容。").count(), 130);
    assert_eq!(read.all_text().matches("说明").count(), pdf.pages);
}

#[test]
fn fonts_are_small_subsets_and_every_character_can_be_copied() {
    let words = "客户分级 Ageing 0-30天 ¥1,234.50 61.4% ▲▼ “金卡”《章程》…—→±×℃ 璟";
    let (pdf, read) = made(&format!("<p>{words}<b>加粗</b></p>"));
    assert!(pdf.warnings.is_empty(), "{:?}", pdf.warnings);
    assert!(read.all_text().contains(words), "{}", read.all_text());
    for font in read.fonts().values() {
        let name = String::from_utf8(font.get(b"BaseFont").and_then(Object::as_name).expect("a name").to_vec())
            .expect("ASCII");
        assert!(name.ends_with("+FenjiSansGBK"), "{name}");
        let descendant =
            font.get(b"DescendantFonts").and_then(Object::as_array).expect("one")[0].as_dict().expect("a font");
        let descriptor =
            read.file.get_dictionary(descendant.get(b"FontDescriptor").and_then(Object::as_reference).expect("one"));
        let program = descriptor.and_then(|d| d.get(b"FontFile2")).and_then(Object::as_reference).expect("embedded");
        let program = read.file.get_object(program).and_then(Object::as_stream).expect("a stream");
        assert!(program.content.len() < 60_000, "{}", program.content.len());
    }
    assert!(pdf.bytes.len() < 100_000, "{}", pdf.bytes.len());
}

#[test]
fn rare_names_are_drawn_and_what_no_face_has_is_told() {
    let (pdf, read) =
        made("<div><p>王璟</p><p>吉野𠮷家😀</p><svg viewBox=\"0 0 100 20\"><text y=\"10\">𠮷图</text></svg></div>");
    assert!(read.all_text().contains("王璟"));
    let told =
        |character, count| PdfWarning::MissingCharacter { character, count, context: "吉野𠮷家😀".to_owned() };
    assert_eq!(pdf.warnings, [told('😀', 1), told('𠮷', 2)]);
    assert!(pdf.warnings[1].to_string().contains("U+20BB7"));
    let content = read.file.get_and_decode_page_content(read.pages[0]).expect("content");
    let boxes =
        content.operations.windows(2).filter(|pair| pair[0].operator == "re" && pair[1].operator == "S").count();
    assert_eq!(boxes, 3, "one box for each");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let text = format!("<div><h1>报表</h1><a href=\"#x\">见</a><p id=\"x\">甲</p>{}</div>", table(60));
    let mut marked = settings();
    marked.watermark = Some("样例".to_owned());
    let first = render(&text, &marked, &fonts()).expect("rendered");
    let second = render(&text, &marked, &fonts()).expect("rendered");
    assert!(first.bytes == second.bytes, "the bytes differ");
    let other = render(&text.replace('甲', "乙"), &marked, &fonts()).expect("rendered");
    let id = |pdf: &Pdf| Document::load_mem(&pdf.bytes).expect("a PDF").trailer.get(b"ID").expect("an id").clone();
    assert_ne!(id(&first), id(&other), "another content has another id");
    let read = Read::new(&first.bytes);
    assert!((0..read.pages.len()).all(|page| read.text(page).contains("样例")));
}

#[test]
fn the_file_tells_its_title_date_language_and_outline() {
    let (pdf, read) = made("<body><h1>一</h1><p>a</p><h2>二</h2><p>b</p><h3>三</h3><p>c</p><h2>四</h2><p>d</p></body>");
    assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
    let catalog = read.file.catalog().expect("a catalogue");
    assert_eq!(catalog.get(b"Lang").and_then(Object::as_str).expect("a language"), b"zh-CN");
    assert_eq!(catalog.get(b"PageMode").and_then(Object::as_name).expect("a mode"), b"UseOutlines");
    let info = read.file.trailer.get(b"Info").and_then(Object::as_reference).expect("information");
    let info = read.file.get_dictionary(info).expect("information");
    assert_eq!(info.get(b"CreationDate").and_then(Object::as_str).expect("a date"), b"D:20261101083000");
    assert_eq!(words(info.get(b"Title").expect("a title")), "会员等级月报");
    assert_eq!(words(info.get(b"Keywords").expect("keywords")), "会员, 等级");
    let root = catalog.get(b"Outlines").and_then(Object::as_reference).expect("an outline");
    assert_eq!(outline(&read.file, root), "一(二(三)四)");
}

#[test]
fn links_lead_where_they_say() {
    let (pdf, read) = made(
        "<div><p><a href=\"#there\">内</a> <a href=\"https://example.com/报\">外</a> <a href=\"#nowhere\">无</a>\
         <a href=\"javascript:alert(1)\">坏</a></p><h2 class=\"page-break\" id=\"there\">目标</h2><p>文</p></div>",
    );
    assert_eq!(pdf.warnings, [PdfWarning::UnknownTarget { id: "nowhere".to_owned() }]);
    let links = read.file.get_page_annotations(read.pages[0]).expect("links");
    assert_eq!(links.len(), 2);
    let action = |at: usize| links[at].get(b"A").and_then(Object::as_dict).expect("an action");
    let texts: Vec<&[u8]> = (0..2).map(|at| action(at).get(b"S").and_then(Object::as_name).expect("a kind")).collect();
    assert_eq!(texts, [b"URI".as_slice(), b"GoTo"]);
    assert_eq!(action(0).get(b"URI").and_then(Object::as_str).expect("an address"), b"https://example.com/%E6%8A%A5");
    let place = action(1).get(b"D").and_then(Object::as_array).expect("a place");
    assert_eq!(place[0].as_reference().expect("a page"), read.pages[1]);
    assert!(links.iter().all(|link| {
        link.get(b"Border")
            .and_then(Object::as_array)
            .expect("one")
            .iter()
            .all(|n| n.as_float().expect("a number") == 0.0)
    }));
}

#[test]
fn faults_say_where() {
    let cases = ["<div>\n<p>a<br></p></div>", "<div>\n<p>a &nosuch; b</p></div>"];
    for text in cases {
        let error = render(text, &settings(), &fonts()).expect_err(text);
        assert!(matches!(error, PdfError::Malformed { line: 2, .. }), "{error}");
        assert!(error.to_string().contains("line 2, column"), "{error}");
    }
    for text in ["<html><head><title>t</title></head><body> </body></html>", "<p class=\"screen-only\">a</p>", "<div/>"]
    {
        assert_eq!(render(text, &settings(), &fonts()).expect_err(text), PdfError::Empty);
    }
    let error = render("<div>\n\n<svg width=\"a\"><nonsense</svg></div>", &settings(), &fonts()).expect_err("no XML");
    assert!(matches!(error, PdfError::Malformed { line: 3, .. }), "{error}");
    let error = render("<div>\n<svg width=\"0\" height=\"0\"/></div>", &settings(), &fonts()).expect_err("no size");
    assert!(matches!(error, PdfError::BadPicture { line: 2, .. }), "{error}");
}

#[test]
fn unknown_elements_print_their_content_and_are_told() {
    let (pdf, read) = made(
        "<div>\n<blink>闪</blink>\n<marquee><p>走</p></marquee><blink>又</blink><p class=\"screen-only\">屏</p></div>",
    );
    let unknown = |name: &str, count, line| PdfWarning::UnknownElement { name: name.to_owned(), count, line };
    assert_eq!(pdf.warnings, [unknown("blink", 2, 2), unknown("marquee", 1, 3)]);
    let text = read.all_text();
    assert!(["闪", "走", "又"].iter().all(|word| text.contains(word)) && !text.contains('屏'), "{text}");
}

#[test]
fn a_whole_page_is_understood() {
    let text = "<!DOCTYPE html>\n<html><head><title>x</title><style>p { color: red }</style></head><body>\
        <!-- note --><header class=\"cover\"><h1>月报</h1><p class=\"subtitle\">2026年10月</p></header>\
        <p class=\"example\">样例数据</p>\
        <div class=\"figures\"><div><p class=\"label\">会员</p><p class=\"value\">5,660</p><p class=\"change good\">▲ 3.1%</p></div></div>\
        <ul class=\"findings\"><li class=\"good\">好</li><li class=\"bad\">坏</li><li>平</li></ul>\
        <div class=\"two-columns\"><div><p>左</p></div><div><p>右</p></div></div>\
        <figure><svg viewBox=\"0 0 200 100\"><rect width=\"9\" height=\"9\" fill=\"#1F3A5F\"/><text x=\"5\" y=\"50\">图中文字</text></svg><figcaption>图1</figcaption></figure>\
        <table><tr><th rowspan=\"2\">上期</th><th colspan=\"2\">本期</th></tr><tr><th>金</th><th>银</th></tr>\
        <tr><td>金</td><td class=\"shade-4\">7</td><td class=\"shade-1\">2</td></tr></table></body></html>";
    let (pdf, read) = made(text);
    assert!(pdf.warnings.is_empty(), "{:?}", pdf.warnings);
    assert_eq!(pdf.pages, 1);
    let shown = read.shown(0);
    let at =
        |word: &str| shown.iter().find(|shown| shown.text == word).unwrap_or_else(|| panic!("`{word}` in {shown:?}"));
    for word in
        ["月报", "2026年10月", "样例数据", "会员", "5,660", "▲ 3.1%", "+", "!", "=", "图中文字", "图1", "上期", "本期"]
    {
        at(word);
    }
    assert!(!read.text(0).contains("会员等级月报 2026年10月"), "the cover's page has no head");
    assert!(read.text(0).contains("第 1 页 / 共 1 页"));
    let (left, right) = (at("左"), at("右"));
    assert!((left.y - right.y).abs() < 0.01 && right.x > left.x + 200.0, "{left:?} {right:?}");
    assert!(at("图中文字").size < 16.1 && at("上期").y < at("本期").y, "a cell over two rows stands between them");
}

#[test]
fn headings_stay_with_what_follows() {
    for lines in 30..48 {
        let filler = "<p>行</p>".repeat(lines);
        let (_, read) = made(&format!("<div>{filler}<h2>标题</h2><p>正文正文</p></div>"));
        let page = (0..read.pages.len()).find(|&page| read.text(page).contains("标题")).expect("a heading");
        assert!(read.text(page).contains("正文正文"), "{lines} lines");
    }
}

#[test]
fn twenty_thousand_rows_of_eight_columns() {
    let cell =
        "<td>华东</td><td>金卡</td><td class=\"num\">1,234,567.00</td><td class=\"num\">+3.1%</td><td>2026-10-31</td>";
    let row = |number: usize| {
        format!("<tr><td class=\"num\">{number}</td><td>C{number:05}</td><td>客户第{number}号</td>{cell}</tr>")
    };
    let body: String = (1..=20_000).map(row).collect();
    let head =
        "<th>序号</th><th>客户号</th><th>名称</th><th>地区</th><th>等级</th><th>金额</th><th>同比</th><th>日期</th>";
    let text =
        format!("<body class=\"landscape\"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></body>");
    let (pdf, read) = made(&text);
    assert!((600..1000).contains(&pdf.pages), "{}", pdf.pages);
    assert!(pdf.bytes.len() < 5_000_000, "{}", pdf.bytes.len());
    let mut seen = BTreeSet::new();
    for page in [0, pdf.pages / 2, pdf.pages - 1] {
        let text = read.text(page);
        assert_eq!(text.matches("客户号").count(), 1);
        seen.extend(text.lines().filter(|line| line.starts_with('C')).map(str::to_owned));
    }
    assert!(seen.contains("C00001") && seen.contains("C20000"), "{seen:?}");
}

#[test]
fn deep_nesting_is_refused_not_a_crash() {
    let text = format!("{}<p>底</p>{}", "<div>\n".repeat(50_000), "</div>".repeat(50_000));
    let error = render(&text, &settings(), &fonts()).expect_err("too deep");
    assert!(matches!(error, PdfError::TooDeep { line: 121 }), "{error}");
}

#[test]
fn cells_over_columns_have_room_and_none_is_made_up() {
    let (pdf, read) = made(
        "<div><table><tr><td>甲</td><td class=\"num\">1.00</td></tr><tr><td colspan=\"900\">没有数据行</td></tr></table>\
         <table><tr><td>标签</td><td colspan=\"3\">这一格占据三列，应当有足够的宽度写在一行里</td></tr></table></div>",
    );
    assert!(pdf.warnings.is_empty(), "{:?}", pdf.warnings);
    let shown = read.shown(0);
    assert!(shown.iter().any(|shown| shown.text == "这一格占据三列，应当有足够的宽度写在一行里"), "{shown:?}");
    let figure = shown.iter().find(|shown| shown.text == "1.00").expect("a figure");
    assert!(figure.x > 480.0, "{figure:?}");
}

#[test]
fn long_heads_are_cut_and_tall_boxes_are_split() {
    let mut long = settings();
    long.header_left = "很长的页眉".repeat(40);
    long.footer_left = "很长的页脚".repeat(40);
    let text = format!("<div class=\"example\">{}</div>", "<p>提示𠮷</p>".repeat(80));
    let pdf = render(&text, &long, &fonts()).expect("rendered");
    let read = Read::new(&pdf.bytes);
    assert!(pdf.pages >= 2);
    assert_eq!(read.all_text().matches("提示").count(), 80);
    let missing = PdfWarning::MissingCharacter { character: '𠮷', count: 80, context: "提示𠮷".to_owned() };
    assert_eq!(pdf.warnings, [missing], "tried twice, counted once");
    for shown in read.shown(0) {
        let width = fonts().width(&shown.text, crate::render::font::Weight::Regular);
        let right = f64::from(shown.x) + f64::from(width) * f64::from(shown.size) / 1000.0;
        assert!(right <= 595.28 - 51.0 + 0.1, "{shown:?} ends at {right}");
    }
    assert!(read.text(0).contains('…') && read.text(0).contains("财务部"));
}
