//! `config/receivables.toml`: how receivables are aged, and how payments are judged.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned},
    period::{days_after, month_end},
};

/// Buckets that can be told apart at most, besides those not due and beyond the last limit.
const MOST_BUCKETS: usize = 12;
/// The highest number of days that a limit or terms may have: ten years.
const MOST_DAYS: i64 = 3_660;
/// The most months of the window of behaviour.
const MOST_MONTHS: i64 = 60;

/// From which day the age of an item counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// From the day on which it is due.
    Due,
    /// From the day of its invoice.
    Invoice,
}

impl Basis {
    /// The name in declarations and data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Invoice => "invoice",
        }
    }
}

/// What an item is on the day on which it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DueDay {
    /// Not due yet: overdue begins the day after.
    NotDue,
    /// In the first bucket, with an age of 0 days.
    Overdue,
}

/// Days from an invoice to its due day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// Days.
    pub days: i64,
    /// Whether they begin at the end of the month of the invoice (月结).
    pub end_of_month: bool,
}

impl Delay {
    /// The due day of an invoice.
    pub fn due(self, issued: NaiveDate) -> NaiveDate {
        days_after(if self.end_of_month { month_end(issued) } else { issued }, self.days)
    }
}

/// How receivables are aged and payments judged, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// From which day age counts.
    pub basis: Basis,
    /// The last day of each bucket but the last; rising, at least one.
    pub limits: Vec<i64>,
    /// What an item is on its due day.
    pub due_day: DueDay,
    /// Terms of invoices that have neither a due day nor known terms.
    pub default_terms: Delay,
    /// Months of the window of behaviour.
    pub months: i32,
    /// Overdue for more than so many days counts for the rate of long overdue.
    pub grace_days: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawPolicy {
    ageing: RawAgeing,
    terms: RawTerms,
    behaviour: RawBehaviour,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawAgeing {
    basis: Basis,
    buckets: Spanned<Vec<Spanned<i64>>>,
    due_day: DueDay,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawTerms {
    default_days: Spanned<i64>,
    end_of_month: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawBehaviour {
    months: Spanned<i64>,
    grace_days: Spanned<i64>,
}

impl Policy {
    /// Checks the file.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration) -> Result<Self, Faults> {
        let raw: RawPolicy = file.parse()?;
        let mut faults = limit_faults(file, &raw.ageing.buckets);
        let mut within = |name: &str, value: &Spanned<i64>, least: i64, most: i64| {
            let number = *value.get_ref();
            if !(least..=most).contains(&number) {
                let message = format!("`{name}` is {number}");
                let help = format!("write a whole number from {least} to {most}");
                faults.push(file.fault("receivables::out_of_range", value.span(), message, help));
            }
            number
        };
        let default_days = within("default-days", &raw.terms.default_days, 0, MOST_DAYS);
        let months = within("months", &raw.behaviour.months, 1, MOST_MONTHS);
        let grace_days = within("grace-days", &raw.behaviour.grace_days, 0, MOST_DAYS);
        Faults::none_of(faults)?;
        Ok(Self {
            basis: raw.ageing.basis,
            limits: raw.ageing.buckets.into_inner().into_iter().map(Spanned::into_inner).collect(),
            due_day: raw.ageing.due_day,
            default_terms: Delay { days: default_days, end_of_month: raw.terms.end_of_month },
            months: i32::try_from(months).unwrap_or(i32::MAX),
            grace_days,
        })
    }

    /// The first age in days that is not `not_due`: 0 or 1. Since its own day an invoice is as old as it can be, so by the invoice it is 0.
    pub fn first_age(&self) -> i64 {
        match (self.basis, self.due_day) {
            (Basis::Due, DueDay::NotDue) => 1,
            (Basis::Invoice, _) | (Basis::Due, DueDay::Overdue) => 0,
        }
    }

    /// The place of the bucket of an age: 0 is `not_due`, the last is beyond every limit.
    pub fn bucket(&self, age: i64) -> usize {
        if age < self.first_age() { 0 } else { 1 + self.limits.partition_point(|limit| *limit < age) }
    }

    /// The names of the buckets by place: `not_due`, `1-30`, `31-60`, `61-90`, `>90`.
    pub fn bucket_names(&self) -> Vec<String> {
        let mut names = vec!["not_due".to_owned()];
        let mut from = self.first_age();
        for limit in &self.limits {
            names.push(if from == *limit { limit.to_string() } else { format!("{from}-{limit}") });
            from = limit + 1;
        }
        names.push(format!(">{}", from - 1));
        names
    }
}

/// What is wrong with the limits of the buckets.
fn limit_faults(file: &Declaration, limits: &Spanned<Vec<Spanned<i64>>>) -> Vec<Fault> {
    let list = limits.get_ref();
    let mut faults = Vec::new();
    if list.is_empty() || list.len() > MOST_BUCKETS {
        let message = format!("`buckets` has {} limits", list.len());
        let help = format!("write 1 to {MOST_BUCKETS} limits, such as `[30, 60, 90]`");
        faults.push(file.fault("receivables::bucket_count", limits.span(), message, help));
    }
    let mut before = 0;
    for limit in list {
        let number = *limit.get_ref();
        if number <= before || number > MOST_DAYS {
            let message = format!("the limit {number} stands behind {before}");
            let help = format!("limits are whole days from 1 to {MOST_DAYS} and rise, such as `[30, 60, 90]`");
            faults.push(file.fault("receivables::buckets_do_not_rise", limit.span(), message, help));
        }
        before = number;
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;

    const SHIPPED: &str = include_str!("../../config/receivables.toml");

    fn shipped() -> Policy {
        Policy::check(&Declaration::new("config/receivables.toml", SHIPPED)).unwrap()
    }

    fn codes(from: &str, to: &str) -> Vec<(&'static str, Option<usize>)> {
        assert!(SHIPPED.contains(from), "{from}");
        let faults = Policy::check(&Declaration::new("c", &SHIPPED.replace(from, to))).unwrap_err();
        faults.list().iter().map(|fault| (fault.code_name(), fault.line())).collect()
    }

    #[test]
    fn the_shipped_buckets_are_those_of_the_convention() {
        let policy = shipped();
        assert_eq!(policy.bucket_names(), ["not_due", "1-30", "31-60", "61-90", ">90"]);
        let places = [-400, 0, 1, 30, 31, 60, 61, 90, 91, 4_000].map(|age| policy.bucket(age));
        assert_eq!(places, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    }

    #[test]
    fn a_due_day_may_count_as_overdue_and_an_invoice_is_0_days_old_on_its_day() {
        for policy in [
            Policy { due_day: DueDay::Overdue, ..shipped() },
            Policy { basis: Basis::Invoice, ..shipped() },
            Policy { basis: Basis::Invoice, due_day: DueDay::Overdue, ..shipped() },
        ] {
            assert_eq!(policy.bucket_names()[1], "0-30");
            assert_eq!([-1, 0, 1].map(|age| policy.bucket(age)), [0, 1, 1]);
        }
        assert_eq!(Policy { limits: vec![1, 7], ..shipped() }.bucket_names(), ["not_due", "1", "2-7", ">7"]);
    }

    #[test]
    fn terms_count_from_the_invoice_or_from_the_end_of_its_month() {
        let issued = parse_day("2026-01-15").unwrap();
        for (days, end_of_month, due) in
            [(0, false, "2026-01-15"), (30, false, "2026-02-14"), (30, true, "2026-03-02"), (0, true, "2026-01-31")]
        {
            assert_eq!(Delay { days, end_of_month }.due(issued), parse_day(due).unwrap());
        }
    }

    #[test]
    fn all_faults_are_told_with_their_lines() {
        let wrong = SHIPPED.replace("[30, 60, 90]   #", "[0, 60, 60]   #").replace("months = 6", "months = 0");
        let faults = Policy::check(&Declaration::new("c", &wrong)).unwrap_err();
        let found: Vec<_> = faults.list().iter().map(|fault| (fault.code_name(), fault.line())).collect();
        assert_eq!(
            found,
            [
                ("receivables::buckets_do_not_rise", Some(5)),
                ("receivables::buckets_do_not_rise", Some(5)),
                ("receivables::out_of_range", Some(13)),
            ]
        );
        assert_eq!(codes("[30, 60, 90]", "[]"), [("receivables::bucket_count", Some(5))]);
        assert_eq!(codes("default-days = 30", "default-days = -1"), [("receivables::out_of_range", Some(9))]);
        assert_eq!(codes("\"due\" ", "\"paid\" "), [("declaration::syntax", Some(4))]);
    }
}
