//! A table as CSV for programs and spreadsheets.
//!
//! Invariants: UTF-8 with a byte order mark, CRLF, heads are the stable names of columns; figures are plain decimals without
//! separators, shares are fractions with [`SHARE_PLACES`] places, days are ISO, nothing is an empty field. A text that a spreadsheet
//! would take for a formula gets a leading `'`; a figure never does. Not here: figures as people read them (`text`).

use crate::{
    money::{Currency, Share, plain},
    render::RenderError,
    report::{
        Cell, Table,
        format::{SCORE_PLACES, one_line},
    },
};

/// Decimal places of shares and multiples: 12.5 % is `0.125000`.
pub const SHARE_PLACES: u8 = 6;

/// The table with one line of heads.
///
/// # Errors
/// [`RenderError::Data`] when the CSV library refuses a row.
pub fn table(table: &Table, currency: &Currency) -> Result<Vec<u8>, RenderError> {
    let fault = |cause: String| RenderError::Data { format: "CSV", cause };
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{FEFF}".as_bytes().to_vec());
    let heads = table.columns.iter().map(|column| guarded(&column.id));
    writer.write_record(heads).map_err(|error| fault(error.to_string()))?;
    for row in &table.rows {
        let fields = row.cells.iter().map(|cell| field(cell, currency));
        writer.write_record(fields).map_err(|error| fault(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| fault(error.to_string()))
}

/// The value of a cell for a program.
pub fn field(cell: &Cell, currency: &Currency) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => guarded(text),
        Cell::Count(count) | Cell::CountChange(count) | Cell::Shaded { count, .. } => count.to_string(),
        Cell::Money(minor) | Cell::Foreign(minor) => plain(*minor, currency.scale.places()),
        Cell::Percent(share) | Cell::Times(share) | Cell::PercentChange(share) => fraction(*share),
        // Tenths of a percentage point are thousandths.
        Cell::PointsChange(tenths) => plain(*tenths, 3),
        Cell::Score(millionths) | Cell::ScoreChange(millionths) => plain(*millionths, SCORE_PLACES),
        Cell::Date(day) => day.to_string(),
    }
}

fn fraction(share: Share) -> String {
    share.scaled(u32::from(SHARE_PLACES)).map(|value| plain(value, SHARE_PLACES)).unwrap_or_default()
}

fn guarded(text: &str) -> String {
    let line = one_line(text);
    if starts_like_a_formula(text) || starts_like_a_formula(&line) { format!("'{line}") } else { line }
}

/// Whether a spreadsheet may take a text for a formula.
pub(crate) fn starts_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{render::sample, report::Block};
    use chrono::NaiveDate;

    #[test]
    fn every_kind_of_cell_is_plain() {
        for (cell, expected) in [
            (Cell::Empty, ""),
            (Cell::Count(-1_234), "-1234"),
            (Cell::Money(-123_456), "-1234.56"),
            (Cell::Money(10_i128.pow(20)), "1000000000000000000.00"),
            (Cell::Percent(Share::new(1, 3)), "0.333333"),
            (Cell::Percent(Share::new(1, 0)), ""),
            (Cell::Times(Share::new(7, 2)), "3.500000"),
            (Cell::PercentChange(Share::new(-1, 8)), "-0.125000"),
            (Cell::PointsChange(-15), "-0.015"),
            (Cell::Score(66_666_667), "66.666667"),
            (Cell::ScoreChange(-1_500_000), "-1.500000"),
            (Cell::CountChange(12), "12"),
            (Cell::Shaded { count: 5_000, shade: 2 }, "5000"),
            (Cell::Date(NaiveDate::from_ymd_opt(2026, 10, 31).unwrap()), "2026-10-31"),
            (Cell::Text("-".to_owned()), "'-"),
            (Cell::Text("\t=1".to_owned()), "' =1"),
            (Cell::Text("\u{202E}=1".to_owned()), "'=1"),
            (Cell::Text("a=1".to_owned()), "a=1"),
            (Cell::Text("007".to_owned()), "007"),
        ] {
            assert_eq!(field(&cell, &sample::cny()), expected, "{cell:?}");
        }
    }

    #[test]
    fn a_table_reads_back_row_by_row() {
        let report = sample::report();
        let Block::Table(list) = &report.sections[2].blocks[2] else { panic!() };
        let bytes = table(list, &report.currency).unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        assert!(text.starts_with("\u{FEFF}member,name,from,to,sales,last,reason\r\n"));
        let mut reader = csv::Reader::from_reader(&bytes[3..]);
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 300);
        assert_eq!(&rows[0][1], "'=cmd()|'/c calc'!A1");
        assert_eq!(&rows[1][1], "<script>alert(1)</script>");
        assert_eq!(&rows[2][1], "Eve  Bcc: x@y");
        assert_eq!(&rows[0][4], "98000.00");
        assert!(
            rows.iter()
                .all(|row| row.iter().all(|field| !starts_like_a_formula(field) || field.parse::<f64>().is_ok()))
        );
    }
}
