use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use chrono::NaiveDate;

use super::*;
use crate::{
    money::Share,
    render::sample,
    report::{Cell, Table},
};

fn created() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 11, 1).unwrap().and_hms_opt(1, 2, 3).unwrap()
}

fn read(report: &Report) -> Xlsx<Cursor<Vec<u8>>> {
    open_workbook_from_rs(Cursor::new(workbook(report, created()).unwrap())).unwrap()
}

fn with_cells(cells: Vec<Cell>) -> Report {
    let mut report = sample::report();
    let Block::Table(list) = &report.sections[2].blocks[2] else { panic!() };
    let columns = vec![list.columns[0].clone(); cells.len()];
    let rows = vec![crate::report::Row { kind: crate::report::RowKind::Data, cells }];
    let table = Table { id: "x".into(), title: "x".to_owned(), columns, rows, printed: None, note: None };
    report.sections.truncate(1);
    report.sections[0].blocks = vec![Block::Table(table)];
    report
}

fn row_of(report: &Report) -> Vec<Data> {
    read(report).worksheet_range("x").unwrap().rows().nth(3).unwrap().to_vec()
}

#[test]
fn has_a_sheet_for_everything() {
    let mut book = read(&sample::report());
    let names = book.sheet_names().clone();
    assert_eq!(
        names,
        [
            "封面",
            "关键指标",
            "近 12 个月会员销售额与金卡及以上占比",
            "各等级人数与销售额",
            "各等级会员数：本月与上月",
            "等级迁移（上月 → 本月，人）",
            "等级变动名单",
        ]
    );
    let tiers = book.worksheet_range("各等级人数与销售额").unwrap();
    assert_eq!(tiers.get_value((2, 0)), Some(&Data::String("等级".to_owned())));
    assert_eq!(tiers.get_value((4, 3)), Some(&Data::Float(7_021_144.10)));
    assert_eq!(tiers.get_value((7, 3)), Some(&Data::Float(18_765_432.10)));
    let list = book.worksheet_range("等级变动名单").unwrap();
    assert_eq!(list.height(), 303);
    assert!(matches!(list.get_value((4, 5)), Some(Data::DateTime(day)) if day.is_datetime()));
    let cover = book.worksheet_range("封面").unwrap();
    let texts: Vec<String> = cover.used_cells().map(|(_, _, data)| data.to_string()).collect();
    for wanted in [
        "会员等级月报",
        "2026 年 10 月",
        "人民币元（CNY）",
        "2026-10-31",
        "等级门槛为示例值，数据为生成数据，不代表任何真实客户。",
    ] {
        assert!(texts.iter().any(|text| text == wanted), "{wanted}: {texts:#?}");
    }
}

#[test]
fn hostile_text_is_stored_as_text() {
    let mut book = read(&sample::report());
    let list = book.worksheet_range("等级变动名单").unwrap();
    for (n, name) in sample::HOSTILE.iter().enumerate() {
        let expected = one_line(name);
        assert_eq!(list.get_value((3 + u32::try_from(n).unwrap(), 1)), Some(&Data::String(expected)), "{name}");
    }
    for sheet in book.sheet_names().clone() {
        let formulas = book.worksheet_formula(&sheet).unwrap();
        assert_eq!(formulas.used_cells().count(), 0, "{sheet}");
    }
}

#[test]
fn figures_keep_their_digits() {
    let cells = vec![
        Cell::Money(999_999_999_999_999),
        Cell::Money(-1_000_000_000_000_000),
        Cell::Percent(Share::new(1, 8)),
        Cell::Percent(Share::new(1, 0)),
        Cell::PointsChange(-15),
        Cell::Score(78_425_000),
        Cell::ScoreChange(-1_500_000),
        Cell::Count(i64::MAX),
        Cell::Empty,
        Cell::Text("00123".to_owned()),
        Cell::Date(NaiveDate::from_ymd_opt(1899, 1, 1).unwrap()),
    ];
    assert_eq!(
        row_of(&with_cells(cells)),
        [
            Data::Float(9_999_999_999_999.99),
            Data::String("-10,000,000,000,000.00".to_owned()),
            Data::Float(0.125),
            Data::String("—".to_owned()),
            Data::Float(-1.5),
            Data::Float(78.425),
            Data::Float(-1.5),
            Data::String("9,223,372,036,854,775,807".to_owned()),
            Data::String("—".to_owned()),
            Data::String("00123".to_owned()),
            Data::String("1899-01-01".to_owned()),
        ]
    );
}

#[test]
fn a_text_too_long_for_a_cell_says_so() {
    let row = row_of(&with_cells(vec![Cell::Text("𠮷".repeat(20_000))]));
    let Data::String(text) = &row[0] else { panic!("{row:?}") };
    assert!(text.ends_with("原文 20000 字，单元格最多 32,767 字）"), "{}", &text[text.len() - 60..]);
    assert!(text.encode_utf16().count() <= 32_767);
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let report = sample::report();
    assert_eq!(workbook(&report, created()).unwrap(), workbook(&report, created()).unwrap());
}

#[test]
fn an_empty_table_is_a_sheet_that_says_so() {
    let mut report = with_cells(vec![Cell::Count(1)]);
    let Block::Table(table) = &mut report.sections[0].blocks[0] else { panic!() };
    table.rows.clear();
    assert_eq!(row_of(&report)[0], Data::String("没有数据行".to_owned()));
}
