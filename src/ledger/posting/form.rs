//! In which form values stand in a column, so that what is written reads as what it was.
//!
//! Invariants: a form is chosen only where there is one answer; texts take the form of the texts that stand in the column already.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::period::parse_day;

/// How days and instants are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Whether a time stands behind the day.
    timed: bool,
    separator: char,
    /// Digits of a second's fraction.
    decimals: usize,
    offset: Offset,
}

/// What tells the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offset {
    /// Nothing: the time is the ledger's.
    None,
    /// `Z`: the time is UTC.
    Zulu,
    /// Hours and minutes, such as `+08:00`.
    Hours,
}

impl Moment {
    /// A day alone.
    pub(super) const DAY: Self = Self { timed: false, separator: ' ', decimals: 0, offset: Offset::None };
    /// A local date and time.
    pub(super) const LOCAL: Self = Self { timed: true, separator: ' ', decimals: 0, offset: Offset::None };
    /// An instant that says its offset.
    pub(super) const INSTANT: Self = Self { timed: true, separator: ' ', decimals: 0, offset: Offset::Hours };

    /// The one form of some texts; the second text that is of another form, with the first, where they differ.
    pub(super) fn of_texts(texts: &[String]) -> Result<Option<Self>, String> {
        let mut found: Option<(Self, &str)> = None;
        for text in texts {
            let form =
                Self::of(text).ok_or_else(|| format!("`{}` stands there, a form that is not known", shown(text)))?;
            match &mut found {
                None => found = Some((form, text)),
                Some((first, _)) if first.but_for_decimals(form) => first.decimals = first.decimals.max(form.decimals),
                Some((_, first)) => {
                    return Err(format!("both `{}` and `{}` stand there, of two forms", shown(first), shown(text)));
                }
            }
        }
        Ok(found.map(|(form, _)| form))
    }

    fn but_for_decimals(self, other: Self) -> bool {
        Self { decimals: 0, ..self } == Self { decimals: 0, ..other }
    }

    /// The form of a text such as `2026-10-31`, `2026-10-31 18:05:09`, `2026-10-31T10:05:09.000Z`.
    fn of(text: &str) -> Option<Self> {
        parse_day(text.get(..10)?).ok()?;
        if text.len() == 10 {
            return Some(Self::DAY);
        }
        let separator = char::from(*text.as_bytes().get(10)?);
        let seconds = text.as_bytes().get(16) == Some(&b':');
        let rest = text.get(19..)?;
        let (decimals, zone) = match rest.strip_prefix('.') {
            Some(fraction) => {
                let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
                (fraction.len() - zone.len(), zone)
            }
            None => (0, rest),
        };
        let offset = match zone.as_bytes() {
            b"" => Offset::None,
            b"Z" => Offset::Zulu,
            [b'+' | b'-', _, _, b':', _, _] => Offset::Hours,
            _ => return None,
        };
        (seconds && matches!(separator, ' ' | 'T')).then_some(Self { timed: true, separator, decimals, offset })
    }

    /// Whether a time stands behind the day.
    pub(super) fn is_timed(self) -> bool {
        self.timed
    }

    /// A local time in this form; `None` for one that the zone leaves out where an offset must be told. Of one that comes twice, the first is meant.
    pub(super) fn local(self, local: NaiveDateTime, zone: Tz) -> Option<String> {
        if self.offset == Offset::None {
            return Some(self.written(local, ""));
        }
        zone.from_local_datetime(&local).earliest().map(|at| self.instant(at.with_timezone(&Utc), zone))
    }

    /// An instant in this form.
    pub(super) fn instant(self, at: DateTime<Utc>, zone: Tz) -> String {
        let local: DateTime<FixedOffset> = at.with_timezone(&zone).fixed_offset();
        match self.offset {
            Offset::None => self.written(local.naive_local(), ""),
            Offset::Zulu => self.written(at.naive_utc(), "Z"),
            Offset::Hours => self.written(local.naive_local(), &local.offset().to_string()),
        }
    }

    fn written(self, at: NaiveDateTime, offset: &str) -> String {
        if !self.timed {
            return at.format("%Y-%m-%d").to_string();
        }
        let fraction = if self.decimals == 0 { String::new() } else { format!(".{}", "0".repeat(self.decimals)) };
        format!("{}{}{}{fraction}{offset}", at.format("%Y-%m-%d"), self.separator, at.format("%H:%M:%S"))
    }
}

fn shown(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America::New_York, Asia::Shanghai};

    use super::*;

    fn at(day: &str, hour: u32, minute: u32) -> NaiveDateTime {
        parse_day(day).unwrap().and_hms_opt(hour, minute, 9).unwrap()
    }

    #[test]
    fn a_time_takes_the_form_of_those_that_stand_there() {
        for (text, written) in [
            ("2020-01-02", "2026-12-31"),
            ("2020-01-02 03:04:05", "2026-12-31 18:05:09"),
            ("2020-01-02T03:04:05", "2026-12-31T18:05:09"),
            ("2020-01-02 03:04:05.123", "2026-12-31 18:05:09.000"),
            ("2020-01-02T03:04:05Z", "2026-12-31T10:05:09Z"),
            ("2020-01-02T03:04:05.1+09:30", "2026-12-31T18:05:09.0+08:00"),
        ] {
            let form = Moment::of_texts(&[text.to_owned(), text.to_owned()]).unwrap().unwrap();
            assert_eq!(form.local(at("2026-12-31", 18, 5), Shanghai).unwrap(), written, "{text}");
        }
        assert_eq!(Moment::of_texts(&[]), Ok(None));
    }

    #[test]
    fn other_forms_and_two_forms_have_no_answer() {
        for text in
            ["2020-01-02 03:04", "2020-01-02 03:04:05 +0800", "2020-01-02T03:04:05+08", "31/12/2020 10:00:00", "", "中"]
        {
            assert!(Moment::of_texts(&[text.to_owned()]).is_err(), "{text}");
        }
        let two = |a: &str, b: &str| Moment::of_texts(&[a.to_owned(), b.to_owned()]);
        assert!(two("2020-01-02", "2020-01-02 03:04:05").is_err());
        assert!(two("2020-01-02T03:04:05", "2020-01-02 03:04:05").is_err());
        let told = two("2020-01-02T03:04:05Z", "2020-01-02T03:04:05").unwrap_err();
        assert_eq!(told, "both `2020-01-02T03:04:05Z` and `2020-01-02T03:04:05` stand there, of two forms");
        let mixed = two("2020-01-02 03:04:05.1", "2020-01-02 03:04:05.123").unwrap().unwrap();
        assert_eq!(mixed.local(at("2026-12-31", 0, 0), Shanghai).unwrap(), "2026-12-31 00:00:09.000");
    }

    #[test]
    fn an_hour_that_is_left_out_cannot_be_told_with_an_offset_and_one_that_comes_twice_is_the_first() {
        let skipped = at("2026-03-08", 2, 30);
        assert_eq!(Moment::INSTANT.local(skipped, New_York), None);
        assert_eq!(Moment::LOCAL.local(skipped, New_York).unwrap(), "2026-03-08 02:30:09");
        assert_eq!(Moment::INSTANT.local(at("2026-11-01", 1, 30), New_York).unwrap(), "2026-11-01 01:30:09-04:00");
    }
}
