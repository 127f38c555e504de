//! The rows of a plan as Parquet, for the store: one row a member, and one a lot.

use std::io::Cursor;

use miette::Diagnostic;
use polars::prelude::{
    Column, DataFrame, NamedFrom, ParquetCompression, ParquetReader, ParquetWriter, PolarsError, SerReader, Series,
};
use thiserror::Error;

use crate::points::plan::{LapsingLot, PlanRow};

/// A plan cannot be written or read.
#[derive(Debug, Error, Diagnostic)]
#[error("the rows of a points plan cannot be {doing}: {cause}")]
#[diagnostic(code(points::plan_rows), help("restore the store from a copy: kept plans are never rewritten"))]
pub struct RowsError {
    /// `read` or `written`.
    doing: &'static str,
    /// The library's words.
    cause: PolarsError,
}

/// The rows and lots of a plan as two Parquet files; the same rows give the same bytes.
///
/// # Errors
/// [`RowsError`].
pub fn to_parquet(rows: &[PlanRow]) -> Result<(Vec<u8>, Vec<u8>), RowsError> {
    let number = |of: fn(&PlanRow) -> i64| rows.iter().map(of).collect::<Vec<i64>>();
    let members: Vec<&str> = rows.iter().map(|row| row.member.as_str()).collect();
    let classes: Vec<u32> = rows.iter().map(|row| u32::try_from(row.class).unwrap_or(0)).collect();
    let of_rows = vec![
        Series::new("member".into(), members).into(),
        Series::new("class".into(), classes).into(),
        Series::new("balance".into(), number(|row| row.balance)).into(),
        Series::new("lapses".into(), number(|row| row.lapses)).into(),
        Series::new("left".into(), number(|row| row.left)).into(),
        Series::new("earned_since".into(), number(|row| row.earned_since)).into(),
    ];
    let lots = || rows.iter().enumerate().flat_map(|(at, row)| row.lots.iter().map(move |lot| (at, lot)));
    let of_lots = vec![
        Series::new("row".into(), lots().map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX)).collect::<Vec<u32>>())
            .into(),
        Series::new("earned".into(), lots().map(|(_, lot)| lot.earned).collect::<Vec<i32>>()).into(),
        Series::new("last".into(), lots().map(|(_, lot)| lot.last).collect::<Vec<i32>>()).into(),
        Series::new("points".into(), lots().map(|(_, lot)| lot.points).collect::<Vec<i64>>()).into(),
    ];
    Ok((written(of_rows)?, written(of_lots)?))
}

fn written(columns: Vec<Column>) -> Result<Vec<u8>, RowsError> {
    let failed = |cause| RowsError { doing: "written", cause };
    let mut frame = DataFrame::new_infer_height(columns).map_err(failed)?;
    let mut bytes = Vec::new();
    let writer = ParquetWriter::new(&mut bytes).with_compression(ParquetCompression::Zstd(None));
    writer.finish(&mut frame).map_err(failed)?;
    Ok(bytes)
}

/// Reads the rows of a plan back.
///
/// # Errors
/// [`RowsError`] when the bytes are no such rows.
pub fn read_parquet(rows: &[u8], lots: &[u8]) -> Result<Vec<PlanRow>, RowsError> {
    let failed = |cause| RowsError { doing: "read", cause };
    let frame = ParquetReader::new(Cursor::new(rows)).finish().map_err(failed)?;
    let numbers = |name: &str| -> Result<Vec<i64>, RowsError> {
        let column = frame.column(name).and_then(|column| column.i64()).map_err(failed)?;
        Ok(column.iter().map(Option::unwrap_or_default).collect())
    };
    let members = frame.column("member").and_then(|column| column.str()).map_err(failed)?;
    let classes = frame.column("class").and_then(|column| column.u32()).map_err(failed)?;
    let (balance, lapses) = (numbers("balance")?, numbers("lapses")?);
    let (left, earned_since) = (numbers("left")?, numbers("earned_since")?);
    let figures = balance.into_iter().zip(lapses).zip(left).zip(earned_since);
    let mut found: Vec<PlanRow> = members
        .iter()
        .zip(classes.iter())
        .zip(figures)
        .map(|((member, class), (((balance, lapses), left), earned_since))| PlanRow {
            member: member.unwrap_or_default().to_owned(),
            class: class.and_then(|class| usize::try_from(class).ok()).unwrap_or(0),
            balance,
            lapses,
            left,
            earned_since,
            lots: Vec::new(),
        })
        .collect();
    let frame = ParquetReader::new(Cursor::new(lots)).finish().map_err(failed)?;
    let of = |name: &str| frame.column(name).and_then(|column| column.i32()).map_err(failed);
    let places = frame.column("row").and_then(|column| column.u32()).map_err(failed)?;
    let points = frame.column("points").and_then(|column| column.i64()).map_err(failed)?;
    for (((row, earned), last), points) in
        places.iter().zip(of("earned")?.iter()).zip(of("last")?.iter()).zip(points.iter())
    {
        let (Some(row), Some(earned), Some(last), Some(points)) = (row, earned, last, points) else { continue };
        if let Some(row) = usize::try_from(row).ok().and_then(|row| found.get_mut(row)) {
            row.lots.push(LapsingLot { earned, last, points });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_with_their_lots() {
        let lot = |earned, points| LapsingLot { earned, last: 20_000, points };
        let row = |member: &str, lots: Vec<LapsingLot>| PlanRow {
            member: member.to_owned(),
            class: 1,
            balance: -3,
            lapses: i64::MAX,
            left: 7,
            earned_since: 1,
            lots,
        };
        let rows = [row("a'b", vec![lot(1, 2), lot(3, 4)]), row("会员", Vec::new()), row("", vec![lot(5, 6)])];
        let (one, two) = to_parquet(&rows).unwrap();
        assert_eq!(read_parquet(&one, &two).unwrap(), rows);
        assert_eq!(to_parquet(&rows).unwrap(), (one.clone(), two));
        assert!(read_parquet(&one, b"PAR1").is_err());
        let (one, two) = to_parquet(&[]).unwrap();
        assert_eq!(read_parquet(&one, &two).unwrap(), []);
    }
}
