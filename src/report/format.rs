//! How a cell looks in every format that shows text: HTML, PDF, plain text and e-mail show the very same characters.
//!
//! Invariants: rounding is half up and only here; a missing figure is a dash. Not here: typed cells for XLSX, CSV and JSON (`render`).

use crate::{
    money::{Currency, Rounding, Share, decimal, div_round},
    report::Cell,
    text::{Lang, say},
};

/// Places shown for a percentage.
const PERCENT_PLACES: u8 = 1;
/// Places shown for a multiple.
const TIMES_PLACES: u8 = 2;

/// Decimal places that a score has in data.
pub const SCORE_PLACES: u8 = 6;
/// Places shown for a score.
const SCORE_SHOWN: u8 = 2;
/// Millionths of a point in one unit of the last place that is shown of a score.
const SCORE_STEP: i128 = 10_000;

/// The text of a cell.
pub fn cell(cell: &Cell, currency: &Currency, lang: Lang) -> String {
    let none = || say(lang, "format.none");
    match cell {
        Cell::Empty => none(),
        Cell::Text(text) => one_line(text),
        Cell::Count(count) | Cell::Shaded { count, .. } => decimal(i128::from(*count), 0),
        Cell::Money(minor) | Cell::Foreign(minor) => decimal(*minor, currency.scale.places()),
        Cell::Percent(share) => tenths_of_percent(*share).map_or_else(none, percent),
        Cell::Times(share) => {
            share.scaled(u32::from(TIMES_PLACES)).map_or_else(none, |value| decimal(value, TIMES_PLACES))
        }
        Cell::Date(day) => day.to_string(),
        Cell::CountChange(count) => signed(i128::from(*count), 0),
        Cell::PercentChange(share) => {
            tenths_of_percent(*share).map_or_else(none, |value| signed(value, PERCENT_PLACES) + "%")
        }
        Cell::Score(millionths) => score(*millionths).map_or_else(none, |value| decimal(value, SCORE_SHOWN)),
        Cell::ScoreChange(millionths) => score(*millionths).map_or_else(none, |value| signed(value, SCORE_SHOWN)),
        Cell::PointsChange(tenths) => format!("{} {}", signed(*tenths, 1), say(lang, "format.points")),
    }
}

/// A share in tenths of a per cent, rounded half up.
pub fn tenths_of_percent(share: Share) -> Option<i128> {
    share.scaled(u32::from(PERCENT_PLACES) + 2)
}

/// A score in hundredths of a point, rounded half up.
pub fn score(millionths: i128) -> Option<i128> {
    div_round(millionths, SCORE_STEP, Rounding::HalfUp)
}

fn percent(tenths: i128) -> String {
    decimal(tenths, PERCENT_PLACES) + "%"
}

fn signed(value: i128, places: u8) -> String {
    let text = decimal(value, places);
    if value > 0 { format!("+{text}") } else { text }
}

/// Text from data on one line: control characters (CR, LF, NUL, …) and direction overrides become spaces or vanish.
pub fn one_line(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => None,
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFFE}' | '\u{FFFF}') => Some(' '),
            c => Some(c),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Scale;

    fn shown(value: &Cell) -> String {
        let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
        cell(value, &currency, Lang::Chinese)
    }

    #[test]
    fn shows_every_kind_of_cell() {
        for (value, expected) in [
            (Cell::Empty, "—"),
            (Cell::Text("a\r\nb\u{202E}\u{0}".to_owned()), "a  b "),
            (Cell::Count(-1234), "-1,234"),
            (Cell::Money(123_456), "1,234.56"),
            (Cell::Percent(Share::new(1, 3)), "33.3%"),
            (Cell::Percent(Share::new(1, 0)), "—"),
            (Cell::Percent(Share::new(1235, 10_000)), "12.4%"),
            (Cell::Times(Share::new(7, 3)), "2.33"),
            (Cell::CountChange(12), "+12"),
            (Cell::CountChange(0), "0"),
            (Cell::PercentChange(Share::new(-1, 8)), "-12.5%"),
            (Cell::PercentChange(Share::new(1, 8)), "+12.5%"),
            (Cell::PointsChange(-15), "-1.5 个百分点"),
            (Cell::Score(78_425_000), "78.43"),
            (Cell::Score(100_000_000), "100.00"),
            (Cell::ScoreChange(1_234_999), "+1.23"),
            (Cell::ScoreChange(-4_999), "0.00"),
            (Cell::ScoreChange(-5_000), "-0.01"),
            (Cell::Shaded { count: 5000, shade: 3 }, "5,000"),
        ] {
            assert_eq!(shown(&value), expected);
        }
    }
}
