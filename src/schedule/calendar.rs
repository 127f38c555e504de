//! Working days: weekdays, holidays, and the days of a weekend that are worked instead, by year. A year that is not there is not guessed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned},
    period::{days_after, parse_day},
    schedule::{NotCovered, rule::weekday},
    text::Title,
};

/// A calendar of working days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The name of its file.
    pub id: String,
    /// Its name for people.
    pub title: Title,
    /// Weekdays that are worked: 1 is Monday.
    weekdays: BTreeSet<u32>,
    years: BTreeMap<i32, Year>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Year {
    official: bool,
    holidays: BTreeSet<NaiveDate>,
    workdays: BTreeSet<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawCalendar {
    title: Title,
    weekdays: Spanned<Vec<u32>>,
    year: Vec<RawYear>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawYear {
    year: Spanned<i32>,
    official: bool,
    source: String,
    holidays: Vec<Spanned<String>>,
    workdays: Vec<Spanned<String>>,
}

impl Calendar {
    /// Checks a calendar.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, id: &str) -> Result<Self, Faults> {
        let raw: RawCalendar = file.parse()?;
        let mut faults = Vec::new();
        let weekdays: BTreeSet<u32> = raw.weekdays.get_ref().iter().copied().collect();
        if weekdays.is_empty() || weekdays.iter().any(|day| !(1..=7).contains(day)) {
            let help = "write days from 1 (Monday) to 7 (Sunday), such as `[1, 2, 3, 4, 5]`";
            faults.push(file.fault(
                "calendar::bad_weekdays",
                raw.weekdays.span(),
                "these are not days of a week",
                help,
            ));
        }
        let mut years = BTreeMap::new();
        for year in &raw.year {
            let number = *year.year.get_ref();
            if year.source.trim().is_empty() {
                let help = "name who decided these days, in `source`";
                faults.push(file.fault("calendar::no_source", year.year.span(), "nobody stands for this year", help));
            }
            let holidays = days(file, number, &year.holidays, &mut faults);
            let workdays = days(file, number, &year.workdays, &mut faults);
            for both in
                year.workdays.iter().filter(|day| parse_day(day.get_ref()).is_ok_and(|day| holidays.contains(&day)))
            {
                let message = format!("{} is a holiday and a working day", both.get_ref());
                faults.push(file.fault("calendar::both", both.span(), message, "leave one of the two out"));
            }
            let known = Year { official: year.official, holidays, workdays };
            if years.insert(number, known).is_some() {
                let message = format!("the year {number} stands here twice");
                faults.push(file.fault("calendar::year_twice", year.year.span(), message, "leave one of the two out"));
            }
        }
        Faults::none_of(faults)?;
        Ok(Self { id: id.to_owned(), title: raw.title, weekdays, years })
    }

    /// Whether a day is worked.
    ///
    /// # Errors
    /// [`NotCovered`] when the calendar lacks its year.
    pub fn works_on(&self, day: NaiveDate) -> Result<bool, NotCovered> {
        let lacking = || NotCovered { calendar: self.id.clone(), year: day.year() };
        let year = self.years.get(&day.year()).ok_or_else(lacking)?;
        let usual = self.weekdays.contains(&weekday(day));
        Ok(year.workdays.contains(&day) || (usual && !year.holidays.contains(&day)))
    }

    /// Whether it knows a year, and whether that is official: what was not decided yet may change.
    pub fn knows(&self, year: i32) -> Option<bool> {
        self.years.get(&year).map(|year| year.official)
    }
}

/// Days and spans of days (`2026-02-15..2026-02-23`) of a year.
fn days(file: &Declaration, year: i32, written: &[Spanned<String>], faults: &mut Vec<Fault>) -> BTreeSet<NaiveDate> {
    let mut all = BTreeSet::new();
    for text in written {
        let (first, last) = text.get_ref().split_once("..").unwrap_or((text.get_ref(), text.get_ref()));
        match (parse_day(first), parse_day(last)) {
            (Ok(first), Ok(last)) if first <= last && first.year() == year && last.year() == year => {
                let mut day = first;
                while day <= last {
                    all.insert(day);
                    day = days_after(day, 1);
                }
            }
            _ => {
                let message = format!("`{}` is neither a day nor a span of days of {year}", text.get_ref());
                let help = "write `2026-04-05`, or `2026-02-15..2026-02-23` with both ends";
                faults.push(file.fault("calendar::bad_day", text.span(), message, help));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHINA: &str = include_str!("../../config/calendars/china.toml");

    fn china() -> Calendar {
        Calendar::check(&Declaration::new("config/calendars/china.toml", CHINA), "china").unwrap()
    }

    #[test]
    fn holidays_and_the_weekends_worked_for_them() {
        let china = china();
        let works = |day: &str| china.works_on(parse_day(day).unwrap()).unwrap();
        for (day, worked) in [
            ("2026-01-01", false),
            ("2026-01-04", true),
            ("2026-02-14", true),
            ("2026-02-15", false),
            ("2026-02-23", false),
            ("2026-02-24", true),
            ("2026-02-28", true),
            ("2026-05-09", true),
            ("2026-09-20", true),
            ("2026-10-10", true),
            ("2026-10-11", false),
            ("2026-11-23", true),
        ] {
            assert_eq!(works(day), worked, "{day}");
        }
        let worked = |year: i32| {
            let days = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().iter_days().take_while(|day| day.year() == year);
            days.filter(|day| china.works_on(*day).unwrap()).count()
        };
        // 365 days less 104 of weekends and 19 holidays on weekdays; 6 days of weekends are worked.
        assert_eq!(worked(2026), 248);
        assert_eq!((china.knows(2026), china.knows(2027), china.knows(2031)), (Some(true), Some(false), None));
        let error = china.works_on(parse_day("2031-01-01").unwrap()).unwrap_err();
        assert_eq!(error.year, 2031);
    }

    #[test]
    fn faults_have_their_codes() {
        let codes = |text: &str| {
            let faults = Calendar::check(&Declaration::new("c", text), "c").unwrap_err();
            faults.list().iter().map(Fault::code_name).collect::<Vec<_>>()
        };
        assert_eq!(codes(&CHINA.replace("[1, 2, 3, 4, 5]", "[0]")), ["calendar::bad_weekdays"]);
        assert_eq!(codes(&CHINA.replace("2026-01-01..2026-01-03", "2026-01-03..2026-01-01")), ["calendar::bad_day"]);
        assert_eq!(codes(&CHINA.replace("year = 2027", "year = 2026")).last(), Some(&"calendar::year_twice"));
        assert_eq!(codes(&CHINA.replace("\"2026-01-04\"", "\"2026-01-02\"")), ["calendar::both"]);
    }
}
