//! Counts the rows that reading would refuse, before anything is folded.

use crate::{
    ledger::{
        aggregate::Aggregate,
        entity::ColumnType,
        error::LedgerError,
        pushdown::{
            Grouping,
            kinds::{Kind, Kinds, Obstacle},
            sql::Writer,
        },
        raw::Raw,
        snapshot::Snapshot,
        source::Dialect,
    },
    period::days_after,
};

/// What SQLite's magnitudes are counted in.
const THOUSAND_MILLION: i128 = 1_000_000_000;

/// Texts of SQLite that are a local day or time as SQL compares them: no offset, no fraction, a day of the calendar.
const LOCAL_TEXT: &str = include_str!("local_text.sql");

/// The number of rows; the obstacle when some of them are not as the contract wants them, or a sum could pass 64 bits.
pub(super) fn audit(
    snapshot: &Snapshot,
    grouping: &Grouping,
    kinds: &Kinds,
) -> Result<Result<u64, Obstacle>, LedgerError> {
    let writer = Writer::new(snapshot, grouping, kinds)?;
    let faults = faults(snapshot, grouping, kinds, &writer);
    let mut columns = vec!["COUNT(*)".to_owned()];
    columns.push(if faults.is_empty() {
        "0".to_owned()
    } else {
        format!("COUNT(CASE WHEN {} THEN 1 END)", faults.join("\n  OR "))
    });
    let summed = summed(grouping);
    columns.extend(summed.iter().map(|name| magnitude(&writer, name)));
    let sql = format!("SELECT {}\nFROM {}", columns.join(",\n  "), writer.rows());
    let (mut rows, mut wrong, mut fit) = (0, 0, true);
    let doing = format!("when the rows of `{}` were checked", grouping.entity.name);
    snapshot.source().query(&sql, &doing, &mut |row| {
        if let (Raw::Integer(all), Raw::Integer(bad)) = (row.raw(0), row.raw(1)) {
            rows = all;
            wrong = bad;
        }
        fit = (0..summed.len()).all(|at| fits(writer.dialect, row.raw(at + 2), rows));
        Ok(())
    })?;
    if wrong > 0 {
        return Ok(Err(Obstacle::Rows { rows: wrong }));
    }
    Ok(if fit { Ok(u64::try_from(rows).unwrap_or(0)) } else { Err(Obstacle::TooLarge) })
}

/// The conditions of which none may hold for any row.
fn faults(snapshot: &Snapshot, grouping: &Grouping, kinds: &Kinds, writer: &Writer<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, kind) in kinds {
        let Some(column) = snapshot.mapped_column(grouping.entity, name) else { continue };
        if column.spec.required {
            faults.push(writer.is_empty(name));
        }
        faults.extend(beyond(writer, name, *kind));
        match (column.spec.kind, *kind == Kind::Decimal, *kind == Kind::Text) {
            (ColumnType::Choice(known), ..) => faults.push(unknown_word(writer, name, known)),
            (ColumnType::Flag, ..) => faults.push(unknown_word(writer, name, &["0", "1"])),
            (ColumnType::Money | ColumnType::Quantity | ColumnType::Points | ColumnType::Count, true, _) => {
                let number = writer.number(name);
                let whole = if writer.dialect == Dialect::MySql { "TRUNCATE" } else { "trunc" };
                faults.push(format!("{number} <> {whole}({number}, 0)"));
            }
            (ColumnType::Day | ColumnType::Instant, _, true) => {
                faults.push(LOCAL_TEXT.trim_end().replace("{column}", &writer.plain(name)));
            }
            (
                ColumnType::Key
                | ColumnType::Text
                | ColumnType::Money
                | ColumnType::Quantity
                | ColumnType::Points
                | ColumnType::Count
                | ColumnType::Day
                | ColumnType::Instant,
                ..,
            ) => {}
        }
    }
    if let Some(time) = grouping.entity.time_of_what_happened() {
        faults.push(writer.between_days(time, Some(days_after(snapshot.today(), 1)), None));
    }
    if grouping.entity.name == "transaction" && kinds.contains_key("kind") && kinds.contains_key("amount") {
        let amount = writer.number("amount");
        for (kind, sign) in [("sale", "<"), ("return", ">")] {
            faults.push(format!("({} AND {amount} {sign} 0)", writer.one_of("kind", std::iter::once(kind))));
        }
    }
    faults
}

/// The condition that a value is on no calendar and on no number line, where a database has such values.
fn beyond(writer: &Writer<'_>, name: &'static str, kind: Kind) -> Option<String> {
    let plain = writer.plain(name);
    match (writer.dialect, kind) {
        (Dialect::Postgres, Kind::Day | Kind::Local | Kind::Utc) => Some(format!("NOT isfinite({plain})")),
        (Dialect::Postgres, Kind::Decimal) => Some(format!("{plain}::text IN ('NaN', 'Infinity', '-Infinity')")),
        (Dialect::MySql, Kind::Day | Kind::Local) => {
            Some(format!("(YEAR({plain}) = 0 OR MONTH({plain}) = 0 OR DAY({plain}) = 0)"))
        }
        _ => None,
    }
}

fn unknown_word(writer: &Writer<'_>, name: &'static str, known: &[&str]) -> String {
    let one_of = writer.one_of(name, known.iter().copied());
    format!("(NOT ({}) AND NOT ({one_of}))", writer.is_empty(name))
}

/// The columns that are summed.
fn summed(grouping: &Grouping) -> Vec<&'static str> {
    let mut columns: Vec<&'static str> = grouping
        .cells
        .iter()
        .filter_map(|cell| if let Aggregate::Sum(column) = cell.aggregate { Some(column) } else { None })
        .collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

/// The sum of the magnitudes of a column: in SQLite in thousand millions, since there a sum that does not fit ends the statement.
fn magnitude(writer: &Writer<'_>, name: &'static str) -> String {
    let number = writer.number(name);
    if writer.dialect == Dialect::Sqlite {
        format!("SUM(ABS({number} / {THOUSAND_MILLION}))")
    } else {
        format!("SUM(ABS({number}))")
    }
}

/// Whether the magnitudes of so many rows together fit in 64 bits.
fn fits(dialect: Dialect, sum: Raw<'_>, rows: i64) -> bool {
    match (dialect, sum) {
        // Each row lost less than a thousand million.
        (Dialect::Sqlite, Raw::Integer(sum)) => {
            (i128::from(sum) + i128::from(rows)) * THOUSAND_MILLION <= i128::from(i64::MAX)
        }
        (_, Raw::Null | Raw::Integer(_) | Raw::Decimal { .. }) => true,
        (_, Raw::Text(text)) => text.parse::<i64>().is_ok(),
        (_, Raw::Real(_) | Raw::Flag(_) | Raw::Day(_) | Raw::Local(_) | Raw::Utc(_) | Raw::Uuid(_) | Raw::Other(_)) => {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_refused_before_they_could_wrap() {
        // 2^63 - 1 is 9,223,372,036 thousand millions and some.
        assert!(fits(Dialect::Sqlite, Raw::Integer(9_223_372_000), 36));
        assert!(!fits(Dialect::Sqlite, Raw::Integer(9_223_372_000), 37));
        assert!(!fits(Dialect::Sqlite, Raw::Real(1.0), 1), "an amount in fen that did not fit");
        assert!(fits(Dialect::MySql, Raw::Text("9223372036854775807"), 1));
        assert!(!fits(Dialect::MySql, Raw::Text("9223372036854775808"), 1));
        assert!(!fits(Dialect::Postgres, Raw::Other("NaN"), 1));
    }
}
