//! Days and times of a file as local days and times of the ledger.
//!
//! Invariants: a local time that occurs twice (the clocks went back) is the first of the two; one that never occurs (the clocks went
//! forward) is refused; seconds are cut off, never rounded; years are 1900 to 9999, so that `24-01-02` read with `%Y` is no day. A day
//! without a time is never moved to another zone; as an instant it is midnight.

use std::fmt::Write as _;

use chrono::{
    DateTime, Datelike, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike,
    format::{Fixed, Item, Numeric, Parsed, StrftimeItems, parse},
};
use chrono_tz::Tz;

use super::RefusalKind;
use crate::ledger::entity::ColumnType;

/// What a format says about a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// A day alone.
    Day,
    /// A day and a time of day on local clocks.
    Local,
    /// A moment with its distance from UTC.
    Offset,
}

#[derive(Debug, Clone)]
enum Format {
    Pattern { items: Vec<Item<'static>>, reach: Reach },
    EpochSeconds,
    EpochMillis,
}

/// The formats of one column, tried in order.
#[derive(Debug, Clone)]
pub(super) struct Formats(Vec<Format>);

/// A moment as the file says it.
enum Said {
    Day(NaiveDate),
    Local(NaiveDateTime),
    Moment(DateTime<FixedOffset>),
}

impl Formats {
    /// Reads formats; with those that are none, by their index, and why.
    pub(super) fn read<'t>(texts: impl Iterator<Item = &'t str>) -> (Self, Vec<(usize, &'static str)>) {
        let (mut formats, mut bad) = (Vec::new(), Vec::new());
        for (index, text) in texts.enumerate() {
            match Format::read(text) {
                Ok(format) => formats.push(format),
                Err(reason) => bad.push((index, reason)),
            }
        }
        (Self(formats), bad)
    }

    /// The formats of a column that names none.
    pub(super) fn usual(kind: ColumnType) -> Self {
        let texts: &[&str] = if kind == ColumnType::Day {
            &["%Y-%m-%d"]
        } else {
            &["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M:%S%.f", "%+"]
        };
        Self::read(texts.iter().copied()).0
    }

    /// Whether a text may be a day without a time.
    pub(super) fn has_days_alone(&self) -> bool {
        self.0.iter().any(|format| matches!(format, Format::Pattern { reach: Reach::Day, .. }))
    }

    fn said(&self, text: &str) -> Option<Said> {
        self.0.iter().find_map(|format| format.said(text))
    }
}

impl Format {
    fn read(text: &str) -> Result<Self, &'static str> {
        match text {
            "epoch-seconds" => return Ok(Self::EpochSeconds),
            "epoch-millis" => return Ok(Self::EpochMillis),
            _ => {}
        }
        let items = StrftimeItems::new(text).parse_to_owned().map_err(|_| "it has an unknown `%` letter")?;
        let has = |wanted: fn(&Item<'_>) -> bool| items.iter().any(wanted);
        if has(|item| matches!(item, Item::Numeric(Numeric::Timestamp, _))) {
            return Err("for `%s` write `epoch-seconds`");
        }
        if has(|item| matches!(item, Item::Fixed(Fixed::TimezoneName))) {
            return Err("the name of a zone is not read from a text: name it as `zone`");
        }
        let reach = reach(&items).ok_or("it does not name a whole day, or names half a time of day")?;
        Ok(Self::Pattern { items, reach })
    }

    fn said(&self, text: &str) -> Option<Said> {
        match self {
            Self::EpochSeconds => Some(Said::Moment(DateTime::from_timestamp(text.parse().ok()?, 0)?.fixed_offset())),
            Self::EpochMillis => {
                Some(Said::Moment(DateTime::from_timestamp_millis(text.parse().ok()?)?.fixed_offset()))
            }
            Self::Pattern { items, reach } => {
                let mut parsed = Parsed::new();
                parse(&mut parsed, text, items.iter()).ok()?;
                match reach {
                    Reach::Day => parsed.to_naive_date().ok().map(Said::Day),
                    Reach::Local => parsed.to_naive_datetime_with_offset(0).ok().map(Said::Local),
                    Reach::Offset => parsed.to_datetime().ok().map(Said::Moment),
                }
            }
        }
    }
}

/// Finds out what a format says by writing a moment in it and reading that back.
fn reach(items: &[Item<'static>]) -> Option<Reach> {
    let sample = DateTime::from_timestamp(1_321_103_655, 0)?.fixed_offset();
    let mut text = String::new();
    write!(text, "{}", sample.format_with_items(items.iter())).ok()?;
    let mut parsed = Parsed::new();
    parse(&mut parsed, &text, items.iter()).ok()?;
    let day = parsed.to_naive_date().ok()?;
    if parsed.to_datetime().is_ok() {
        return Some(Reach::Offset);
    }
    match parsed.to_naive_time() {
        Ok(_) => Some(Reach::Local),
        Err(_) if parsed == day_alone(day, items)? => Some(Reach::Day),
        Err(_) => None,
    }
}

/// What a format makes of a day when it has nothing but the day to go by; `None` when it asks for a time.
fn day_alone(day: NaiveDate, items: &[Item<'static>]) -> Option<Parsed> {
    let mut text = String::new();
    write!(text, "{}", day.format_with_items(items.iter())).ok()?;
    let mut parsed = Parsed::new();
    parse(&mut parsed, &text, items.iter()).ok()?;
    Some(parsed)
}

/// Reads a day of the ledger.
///
/// With a time of day, the day is that of the moment in the ledger's zone; without a zone of its own the file's clocks are the ledger's.
pub(super) fn day(text: &str, formats: &Formats, zone: Option<Tz>, ledger: Tz) -> Result<NaiveDate, RefusalKind> {
    let day = match formats.said(text).ok_or(RefusalKind::NotADay)? {
        Said::Day(day) => day,
        Said::Local(local) => match zone {
            Some(zone) if zone != ledger => moved(local, zone, ledger)?.date(),
            Some(_) | None => local.date(),
        },
        Said::Moment(moment) => moment.with_timezone(&ledger).date_naive(),
    };
    plausible(day, RefusalKind::NotADay)
}

/// Reads an instant of the ledger.
pub(super) fn instant(
    text: &str,
    formats: &Formats,
    zone: Option<Tz>,
    ledger: Tz,
) -> Result<NaiveDateTime, RefusalKind> {
    let instant = match formats.said(text).ok_or(RefusalKind::NotATime)? {
        Said::Day(day) => moved(day.and_time(NaiveTime::MIN), zone.unwrap_or(ledger), ledger)?,
        Said::Local(local) => moved(local, zone.unwrap_or(ledger), ledger)?,
        Said::Moment(moment) => moment.with_timezone(&ledger).naive_local(),
    };
    plausible(instant.date(), RefusalKind::NotATime)?;
    instant.with_nanosecond(0).ok_or(RefusalKind::NotATime)
}

/// The local time in one zone as the local time in another.
fn moved(local: NaiveDateTime, from: Tz, to: Tz) -> Result<NaiveDateTime, RefusalKind> {
    match from.from_local_datetime(&local) {
        LocalResult::None => Err(RefusalKind::ClockGap),
        LocalResult::Single(_) | LocalResult::Ambiguous(_, _) if from == to => Ok(local),
        LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => Ok(moment.with_timezone(&to).naive_local()),
    }
}

fn plausible(day: NaiveDate, otherwise: RefusalKind) -> Result<NaiveDate, RefusalKind> {
    if (1900..=9999).contains(&day.year()) { Ok(day) } else { Err(otherwise) }
}

/// Writes a day as the ledger holds it.
pub(super) fn day_text(day: NaiveDate) -> String {
    let mut text = String::with_capacity(10);
    push_day(&mut text, day);
    text
}

/// Writes an instant as the ledger holds it.
pub(super) fn instant_text(instant: NaiveDateTime) -> String {
    let mut text = String::with_capacity(19);
    push_day(&mut text, instant.date());
    for (mark, number) in [(' ', instant.hour()), (':', instant.minute()), (':', instant.second())] {
        text.push(mark);
        push_two(&mut text, number);
    }
    text
}

fn push_day(text: &mut String, day: NaiveDate) {
    let year = day.year().unsigned_abs();
    push_two(text, year / 100);
    push_two(text, year % 100);
    for number in [day.month(), day.day()] {
        text.push('-');
        push_two(text, number);
    }
}

/// Writes a number below 100 with two digits.
fn push_two(text: &mut String, number: u32) {
    for digit in [number / 10, number % 10] {
        text.push(char::from_digit(digit % 10, 10).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America, Asia, Europe, UTC};

    use super::*;

    fn formats(texts: &[&str]) -> Formats {
        let (formats, bad) = Formats::read(texts.iter().copied());
        assert_eq!(bad, [], "{texts:?}");
        formats
    }

    #[test]
    fn reads_days_in_the_formats_of_the_map() {
        for (text, format, expected) in [
            ("2026-10-31", "%Y-%m-%d", Some("2026-10-31")),
            ("2024-02-29", "%Y-%m-%d", Some("2024-02-29")),
            ("2023-02-29", "%Y-%m-%d", None),
            ("2026-13-01", "%Y-%m-%d", None),
            ("0000-00-00", "%Y-%m-%d", None),
            ("0001-01-01", "%Y-%m-%d", None),
            ("24-01-02", "%Y-%m-%d", None),
            ("24-01-02", "%y-%m-%d", Some("2024-01-02")),
            ("9999-12-31", "%Y-%m-%d", Some("9999-12-31")),
            ("12026-01-01", "%Y-%m-%d", None),
            ("2026-10-31x", "%Y-%m-%d", None),
            ("2026年10月31日", "%Y年%m月%d日", Some("2026-10-31")),
            ("31/10/2026", "%d/%m/%Y", Some("2026-10-31")),
            ("20261031", "%Y%m%d", Some("2026-10-31")),
            ("2026-10-31 23:59:59", "%Y-%m-%d %H:%M:%S", Some("2026-10-31")),
            ("1793459999", "epoch-seconds", Some("2026-10-31")),
        ] {
            let found = day(text, &formats(&[format]), None, Asia::Shanghai);
            assert_eq!(found.map(day_text).ok().as_deref(), expected, "{text} as {format}");
        }
    }

    #[test]
    fn reads_instants_in_the_formats_of_the_map() {
        for (text, format, expected) in [
            ("2011-12-09 12:50:00", "%Y-%m-%d %H:%M:%S", Ok("2011-12-09 12:50:00")),
            ("12/9/2011 0:05", "%m/%d/%Y %H:%M", Ok("2011-12-09 00:05:00")),
            ("2011-12-09", "%Y-%m-%d", Ok("2011-12-09 00:00:00")),
            ("2011-12-09T04:50:00+00:00", "%+", Ok("2011-12-09 12:50:00")),
            ("2011-12-09T04:50:00Z", "%+", Ok("2011-12-09 12:50:00")),
            ("2011-12-09 04:50:00 +0100", "%Y-%m-%d %H:%M:%S %z", Ok("2011-12-09 11:50:00")),
            ("2011-12-09 12:50:00.999", "%Y-%m-%d %H:%M:%S%.f", Ok("2011-12-09 12:50:00")),
            ("1323435000", "epoch-seconds", Ok("2011-12-09 20:50:00")),
            ("1323435000999", "epoch-millis", Ok("2011-12-09 20:50:00")),
            ("-1", "epoch-millis", Ok("1970-01-01 07:59:59")),
            ("1323435000.0", "epoch-seconds", Err(RefusalKind::NotATime)),
            ("99999999999999999", "epoch-seconds", Err(RefusalKind::NotATime)),
            ("2011-12-09 25:00:00", "%Y-%m-%d %H:%M:%S", Err(RefusalKind::NotATime)),
            ("2011-12-09 12:50:60", "%Y-%m-%d %H:%M:%S", Ok("2011-12-09 12:50:59")),
        ] {
            let found = instant(text, &formats(&[format]), None, Asia::Shanghai).map(instant_text);
            assert_eq!(found.as_deref().map_err(|kind| *kind), expected, "{text} as {format}");
        }
    }

    #[test]
    fn the_usual_formats_read_what_parquet_holds() {
        let usual = Formats::usual(ColumnType::Instant);
        for (text, expected) in [
            ("2011-12-09 12:50:00", "2011-12-09 12:50:00"),
            ("2011-12-09 12:50:00.250", "2011-12-09 12:50:00"),
            ("2011-12-09T12:50:00", "2011-12-09 12:50:00"),
            ("2011-12-09 04:50:00+00:00", "2011-12-09 12:50:00"),
            ("2011-12-09T04:50:00Z", "2011-12-09 12:50:00"),
        ] {
            assert_eq!(instant(text, &usual, None, Asia::Shanghai).map(instant_text).unwrap(), expected, "{text}");
        }
        assert_eq!(instant("2011-12-09", &usual, None, UTC), Err(RefusalKind::NotATime));
    }

    #[test]
    fn clocks_that_change_are_settled_by_rule() {
        let local = formats(&["%Y-%m-%d %H:%M"]);
        for (text, from, to, expected) in [
            ("2011-07-01 12:00", Europe::London, Asia::Shanghai, Ok("2011-07-01 19:00:00")),
            ("2011-01-01 20:00", Europe::London, Asia::Shanghai, Ok("2011-01-02 04:00:00")),
            // The first of the two half past ones is still summer time.
            ("2011-10-30 01:30", Europe::London, UTC, Ok("2011-10-30 00:30:00")),
            ("2011-10-30 01:30", Europe::London, Europe::London, Ok("2011-10-30 01:30:00")),
            ("2011-03-27 01:30", Europe::London, UTC, Err(RefusalKind::ClockGap)),
            ("2011-03-27 01:30", Europe::London, Europe::London, Err(RefusalKind::ClockGap)),
            ("2011-03-27 02:00", Europe::London, UTC, Ok("2011-03-27 01:00:00")),
        ] {
            let found = instant(text, &local, Some(from), to).map(instant_text);
            assert_eq!(found.as_deref().map_err(|kind| *kind), expected, "{text}");
        }
    }

    #[test]
    fn a_day_moves_only_with_a_time_and_a_zone() {
        let timed = formats(&["%Y-%m-%d %H:%M"]);
        let late = "2011-07-01 20:00";
        let read = |zone, ledger| day(late, &timed, zone, ledger).map(day_text).unwrap();
        assert_eq!(read(Some(Europe::London), Asia::Shanghai), "2011-07-02");
        assert_eq!(read(None, Asia::Shanghai), "2011-07-01");
        // Days exported as midnights stay days where the clocks leave midnight out.
        let midnight = day("2018-11-04 00:00", &timed, None, America::Sao_Paulo).map(day_text);
        assert_eq!(midnight.unwrap(), "2018-11-04");
        assert_eq!(day("x", &timed, None, UTC), Err(RefusalKind::NotADay));
    }

    #[test]
    fn tries_the_formats_in_order() {
        let several = formats(&["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"]);
        for (text, expected) in
            [("01/02/2026", "2026-02-01"), ("01/31/2026", "2026-01-31"), ("2026-01-31", "2026-01-31")]
        {
            assert_eq!(day(text, &several, None, UTC).map(day_text).unwrap(), expected);
        }
    }

    #[test]
    fn refuses_formats_that_name_no_day() {
        let texts = ["%H:%M", "%d/%m", "%Y-%m-%d %I:%M", "%Y-%m-%d %H", "%Q", "%s", "%Y-%m-%d %H:%M %Z", "", "epoch"];
        let (good, bad) = Formats::read(texts.into_iter());
        assert_eq!(
            bad.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
            (0..texts.len()).collect::<Vec<_>>(),
            "{good:?}"
        );
        assert_eq!(bad[4].1, "it has an unknown `%` letter");
        assert_eq!(bad[5].1, "for `%s` write `epoch-seconds`");
        assert!(formats(&["%Y-%m-%d %I:%M %p"]).said("2026-01-01 01:30 PM").is_some());
        assert!(formats(&["%Y-%m-%d"]).has_days_alone());
        assert!(!formats(&["%Y-%m-%d %H:%M", "epoch-millis"]).has_days_alone());
    }
}
