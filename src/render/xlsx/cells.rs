//! Single cells of a workbook: their value, number format and look.
//!
//! Invariants: a number is written only where its digits survive as a binary fraction; a text that a spreadsheet could take for a
//! formula once it is edited carries the quote prefix; a text too long for a cell says that it was cut.
//! Not here: where cells stand (`sheet`, `mod`).

use std::collections::{BTreeMap, btree_map::Entry};

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{Color, ExcelDateTime, Format, FormatAlign, FormatBorder, Worksheet, XlsxError};

use crate::{
    money::{Currency, Share, plain},
    render::csv::starts_like_a_formula,
    report::{
        Cell,
        format::{self, SCORE_PLACES, one_line},
    },
    text::{Lang, say, say_with},
};

/// Excel's limit of UTF-16 units in a cell.
const CELL_LIMIT: usize = 32_767;
/// Figures of at least this many units have more digits than a spreadsheet keeps.
const EXACT: u128 = 10_u128.pow(15);
/// Digits after the point with which a share is handed over.
const SHARE_PLACES: u8 = 12;

/// The look of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Style {
    /// The title of a sheet.
    Title,
    /// A label on the cover.
    Label,
    /// A column head over words.
    Head,
    /// A column head over figures.
    HeadRight,
    /// Words on one line.
    Plain,
    /// Words on as many lines as they need.
    Wrapped,
    /// The notice that this is an example.
    Notice,
    /// Words that explain.
    Note,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Text { style: Style, quoted: bool, total: bool },
    Figure { number: String, shade: Option<u8>, total: bool },
}

/// The formats of one workbook, each made once.
pub(super) struct Looks {
    currency: Currency,
    lang: Lang,
    made: BTreeMap<Look, Format>,
}

impl Looks {
    pub(super) fn new(currency: &Currency, lang: Lang) -> Self {
        Self { currency: currency.clone(), lang, made: BTreeMap::new() }
    }

    /// Writes words.
    pub(super) fn text(
        &mut self,
        page: &mut Worksheet,
        at: (u32, u16),
        text: &str,
        style: Style,
    ) -> Result<(), XlsxError> {
        self.words(page, at, text, style, false)
    }

    fn words(
        &mut self,
        page: &mut Worksheet,
        at: (u32, u16),
        text: &str,
        style: Style,
        total: bool,
    ) -> Result<(), XlsxError> {
        let line = one_line(text);
        let quoted = starts_like_a_formula(text) || starts_like_a_formula(&line);
        let kept = fitting(&line, self.lang);
        page.write_string_with_format(at.0, at.1, kept, self.look(Look::Text { style, quoted, total }))?;
        Ok(())
    }

    /// Writes a cell of a report; `total` for rows that sum others up.
    pub(super) fn cell(
        &mut self,
        page: &mut Worksheet,
        at: (u32, u16),
        cell: &Cell,
        total: bool,
    ) -> Result<(), XlsxError> {
        if let Cell::Text(text) = cell {
            return self.words(page, at, text, Style::Plain, total);
        }
        let (number, shade) = self.number_format(cell);
        let look = Look::Figure { number, shade, total };
        if let Cell::Date(day) = cell
            && let Some(date) = excel_day(*day)
        {
            page.write_datetime_with_format(at.0, at.1, date, self.look(look))?;
        } else if let Some(value) = self.value(cell) {
            page.write_number_with_format(at.0, at.1, value, self.look(look))?;
        } else {
            let text = format::cell(cell, &self.currency, self.lang);
            let look = Look::Figure { number: "@".to_owned(), shade, total };
            page.write_string_with_format(at.0, at.1, text, self.look(look))?;
        }
        Ok(())
    }

    /// The value as a number, where a spreadsheet holds it exactly or as near as a share can be held.
    fn value(&self, cell: &Cell) -> Option<f64> {
        let exact = |units: i128, places: u8| {
            (units.unsigned_abs() < EXACT).then(|| plain(units, places)).and_then(|text| text.parse::<f64>().ok())
        };
        let near = |share: &Share| plain(share.scaled(u32::from(SHARE_PLACES))?, SHARE_PLACES).parse::<f64>().ok();
        match cell {
            Cell::Count(count) | Cell::CountChange(count) | Cell::Shaded { count, .. } => exact(i128::from(*count), 0),
            Cell::Money(minor) | Cell::Foreign(minor) => exact(*minor, self.currency.scale.places()),
            Cell::Percent(share) | Cell::Times(share) | Cell::PercentChange(share) => near(share),
            Cell::PointsChange(tenths) => exact(*tenths, 1),
            Cell::Score(millionths) | Cell::ScoreChange(millionths) => exact(*millionths, SCORE_PLACES),
            Cell::Empty | Cell::Text(_) | Cell::Date(_) => None,
        }
    }

    fn number_format(&self, cell: &Cell) -> (String, Option<u8>) {
        let signed = |format: &str, unit: &str| format!("+{format}{unit};-{format}{unit};{format}{unit}");
        let format = match cell {
            Cell::Empty | Cell::Text(_) => "General".to_owned(),
            Cell::Count(_) => "#,##0".to_owned(),
            Cell::Shaded { shade, .. } => return ("#,##0".to_owned(), Some(*shade)),
            Cell::Money(_) | Cell::Foreign(_) => match usize::from(self.currency.scale.places()) {
                0 => "#,##0".to_owned(),
                places => format!("#,##0.{}", "0".repeat(places)),
            },
            Cell::Percent(_) => "0.0%".to_owned(),
            Cell::Times(_) | Cell::Score(_) => "0.00".to_owned(),
            Cell::Date(_) => "yyyy-mm-dd".to_owned(),
            Cell::CountChange(_) => "+#,##0;-#,##0;0".to_owned(),
            Cell::PercentChange(_) => signed("0.0%", ""),
            Cell::ScoreChange(_) => signed("0.00", ""),
            Cell::PointsChange(_) => signed("0.0", &format!("\" {}\"", say(self.lang, "format.points"))),
        };
        (format, None)
    }

    fn look(&mut self, look: Look) -> &Format {
        match self.made.entry(look) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(place) => {
                let format = made(place.key());
                place.insert(format)
            }
        }
    }
}

fn made(look: &Look) -> Format {
    let navy = Color::RGB(0x001F_3A5F);
    let base = Format::new().set_align(FormatAlign::Top);
    let with_total = |format: Format, total: bool| {
        if total {
            format.set_bold().set_border_top(FormatBorder::Thin).set_background_color(Color::RGB(0x00F3_F5F8))
        } else {
            format
        }
    };
    match look {
        Look::Text { style, quoted, total } => {
            let head = || {
                Format::new().set_bold().set_text_wrap().set_font_color(navy).set_border_bottom(FormatBorder::Medium)
            };
            let format = match style {
                Style::Title => base.set_bold().set_font_size(16).set_font_color(navy),
                Style::Label => base.set_bold().set_font_color(Color::RGB(0x0046_515F)),
                Style::Head => head(),
                Style::HeadRight => head().set_align(FormatAlign::Right),
                Style::Plain => base.set_num_format("@"),
                Style::Wrapped => base.set_text_wrap(),
                Style::Notice => base.set_text_wrap().set_bold().set_background_color(Color::RGB(0x00FF_F3D6)),
                Style::Note => base.set_font_color(Color::RGB(0x005B_6675)),
            };
            let format = if *quoted { format.set_quote_prefix() } else { format };
            with_total(format, *total)
        }
        Look::Figure { number, shade, total } => {
            let format = base.set_num_format(number).set_align(FormatAlign::Right);
            let format = match shade {
                None | Some(0) => format,
                Some(1) => format.set_background_color(Color::RGB(0x00EA_F0F7)),
                Some(2) => format.set_background_color(Color::RGB(0x00CD_DCEC)),
                Some(3) => format.set_background_color(Color::RGB(0x009D_BBD9)),
                Some(_) => format.set_background_color(Color::RGB(0x002F_5F95)).set_font_color(Color::White),
            };
            with_total(format, *total)
        }
    }
}

fn excel_day(day: NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok().filter(|year| (1900..=9999).contains(year))?;
    ExcelDateTime::from_ymd(year, u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?).ok()
}

/// A text that a cell can hold; a longer one is cut and says how long it was.
fn fitting(text: &str, lang: Lang) -> String {
    if text.encode_utf16().count() <= CELL_LIMIT {
        return text.to_owned();
    }
    let ending = say_with(lang, "render.cut", &[("chars", &text.chars().count().to_string())]);
    let room = CELL_LIMIT - ending.encode_utf16().count();
    let mut units = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= room
        })
        .collect();
    kept + &ending
}
