//! Dates and times as databases give them → seconds since 1970 of local time.
//!
//! Invariants: a text that names a moment in no known form is refused, never guessed; an instant with an offset is moved into the ledger's zone.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use crate::period::{SECONDS_A_DAY, day_number};

/// Days from 1970 on whose offset from UTC is remembered.
const REMEMBERED_DAYS: usize = 60_000;
/// A day whose offset was not looked up.
const UNKNOWN: i32 = i32::MAX;
/// A day on which the offset changes.
const CHANGES: i32 = i32::MAX - 1;

/// Reads moments of one zone, and remembers what repeats: the last day that was read and the zone's offset on every day.
#[derive(Debug)]
pub(super) struct Clock {
    zone: Tz,
    offsets: Vec<i32>,
    last_day: ([u8; 10], i64),
}

impl Clock {
    pub(super) fn new(zone: Tz) -> Self {
        Self { zone, offsets: Vec::new(), last_day: (*b"1970-01-01", 0) }
    }

    /// Local seconds since 1970 of an instant; `None` outside the calendar.
    pub(super) fn local(&mut self, utc: i64) -> Option<i64> {
        let day = utc.div_euclid(SECONDS_A_DAY);
        let Some(place) = usize::try_from(day).ok().filter(|day| *day < REMEMBERED_DAYS) else {
            return in_zone(utc, self.zone);
        };
        if self.offsets.is_empty() {
            self.offsets.resize(REMEMBERED_DAYS, UNKNOWN);
        }
        let offset = self.offsets.get_mut(place)?;
        if *offset == UNKNOWN {
            *offset = offset_of_day(day, self.zone)?;
        }
        if *offset == CHANGES { in_zone(utc, self.zone) } else { Some(utc + i64::from(*offset)) }
    }

    /// Local seconds since 1970 of `2026-10-31`, `2026-10-31 18:05[:09[.5]]`, `2026-10-31T18:05:09Z` or with an offset.
    pub(super) fn text(&mut self, text: &str) -> Option<i64> {
        let bytes = text.as_bytes();
        let midnight = self.midnight(bytes.first_chunk::<10>()?)?;
        if bytes.len() == 10 {
            return Some(midnight);
        }
        let two = |at: usize| two_digits(bytes.get(at..at + 2)?);
        let mark = |at: usize, expected: &[u8]| bytes.get(at).is_some_and(|b| expected.contains(b));
        if !(mark(10, b" T") && mark(13, b":")) {
            return None;
        }
        let (hour, minute) = (two(11)?, two(14)?);
        let (second, mut at) = if mark(16, b":") { (two(17)?, 19) } else { (0, 16) };
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        if mark(at, b".") {
            at += 1;
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
        }
        let local = midnight + i64::from(hour * 3600 + minute * 60 + second);
        match text.get(at..)? {
            "" => Some(local),
            offset => in_zone(local - offset_seconds(offset)?, self.zone),
        }
    }

    /// Midnight of `2026-10-31`.
    fn midnight(&mut self, day: &[u8; 10]) -> Option<i64> {
        if self.last_day.0 == *day {
            return Some(self.last_day.1);
        }
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *day else { return None };
        let year = two_digits(&[y1, y2])? * 100 + two_digits(&[y3, y4])?;
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, two_digits(&[m1, m2])?, two_digits(&[d1, d2])?)?;
        let midnight = i64::from(day_number(date)) * SECONDS_A_DAY;
        self.last_day = (*day, midnight);
        Some(midnight)
    }
}

fn two_digits(bytes: &[u8]) -> Option<u32> {
    let [tens, ones] = *bytes else { return None };
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
}

/// The zone's offset on a day of UTC in seconds, or [`CHANGES`]; `None` outside the calendar.
fn offset_of_day(day: i64, zone: Tz) -> Option<i32> {
    let offset =
        |seconds: i64| in_zone(day * SECONDS_A_DAY + seconds, zone).map(|at| at - day * SECONDS_A_DAY - seconds);
    let first = offset(0)?;
    // No zone has changed its offset twice within six hours.
    let same = (1..=4).all(|quarter| offset(quarter * SECONDS_A_DAY / 4) == Some(first));
    if same { i32::try_from(first).ok() } else { Some(CHANGES) }
}

/// The zone's offset from UTC in seconds, when it has kept the same since 1992.
pub(super) fn fixed_offset(zone: Tz) -> Option<i64> {
    // Weeks from 1992 to 2100: no zone has left its offset for less.
    let offset = |week: i64| in_zone(week * 7 * SECONDS_A_DAY, zone).map(|local| local - week * 7 * SECONDS_A_DAY);
    let first = offset(1_148)?;
    (1_148..6_783).all(|week| offset(week) == Some(first)).then_some(first)
}

fn offset_seconds(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    if !text.bytes().skip(1).all(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest.replace(':', "")),
        ("-", rest) => (-1, rest.replace(':', "")),
        _ => return None,
    };
    let padded = if digits.len() == 2 { digits + "00" } else { digits };
    let (hours, minutes) = (padded.get(..2)?.parse::<i64>().ok()?, padded.get(2..)?.parse::<i64>().ok()?);
    (padded.len() == 4 && hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn in_zone(utc_seconds: i64, zone: Tz) -> Option<i64> {
    let epoch: NaiveDateTime = NaiveDate::from_ymd_opt(1970, 1, 1)?.and_hms_opt(0, 0, 0)?;
    let utc = epoch.checked_add_signed(TimeDelta::try_seconds(utc_seconds)?)?.and_utc();
    Some(utc.with_timezone(&zone).naive_local().signed_duration_since(epoch).num_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn moments_are_local() {
        let cases = [
            ("1970-01-02", Some(86_400)),
            ("1970-01-01 00:01", Some(60)),
            ("1970-01-01 00:00:09.75", Some(9)),
            ("1970-01-01T08:00:00+08:00", Some(28_800)),
            ("1970-01-01T00:00:00Z", Some(28_800)),
            ("1969-12-31 23:59:59", Some(-1)),
            ("1969-12-31 16:00:00+00", Some(0)),
            ("2026-02-30", None),
            ("2026-10-31 24:00:00", None),
            ("2026-10-31 12", None),
            ("31/10/2026", None),
            ("2026-10-31 12:00:00 CST", None),
            ("2026-10-31 12:00:00++1:00", None),
            ("2026-1-31", None),
            ("", None),
        ];
        let mut clock = Clock::new(chrono_tz::Asia::Shanghai);
        for (text, expected) in cases {
            assert_eq!(clock.text(text), expected, "{text}");
        }
    }

    #[test]
    fn some_zones_keep_their_offset() {
        assert_eq!(fixed_offset(chrono_tz::Asia::Shanghai), Some(28_800));
        assert_eq!(fixed_offset(chrono_tz::Asia::Kolkata), Some(19_800));
        assert_eq!(fixed_offset(chrono_tz::Europe::Berlin), None);
        assert_eq!(fixed_offset(chrono_tz::Africa::Casablanca), None);
    }

    proptest! {
        #[test]
        fn remembered_offsets_are_those_of_the_zone(utc in -3_000_000_000_i64..6_000_000_000, zone in 0_usize..4) {
            use chrono_tz::{America::New_York, Asia::Shanghai, Australia::Lord_Howe, Pacific::Apia};
            let zone = [Shanghai, New_York, Lord_Howe, Apia][zone];
            let mut clock = Clock::new(zone);
            prop_assert_eq!(clock.local(utc), in_zone(utc, zone));
            let transition = 1_394_348_400 + utc % 100_000;
            prop_assert_eq!(clock.local(transition), in_zone(transition, zone));
        }
    }
}
