//! `config/reviews/<id>.toml`: which scheme is reviewed when, and what each grade is promised (S56, S57, S69, S70).

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean, quoted},
    money::Share,
    period::{Unit, parse_day},
    scheme::Scheme,
    text::Title,
};

/// Ranks of visitors in the ledger (S69).
pub const VISITOR_RANKS: [&str; 3] = ["senior", "marketing-manager", "sales"];
/// A year in which every month and day but 29 February exists.
const PLAIN_YEAR: i32 = 2001;

/// A checked declaration of a yearly review.
#[derive(Debug, Clone)]
pub struct ReviewDeclaration {
    /// The file's name.
    pub id: String,
    /// Name for people.
    pub title: Title,
    /// Requirement ids.
    pub requirements: Vec<String>,
    /// The scheme that proposes grades.
    pub scheme: String,
    /// The day on which it opens.
    pub opens: MonthDay,
    /// The day by which it is to be published, in the same year.
    pub closes: MonthDay,
    /// The day at whose end figures are taken, in the same year.
    pub as_of: MonthDay,
    /// What each grade is promised and allowed, at most one a grade (S69).
    pub plan: Vec<GradePlan>,
    /// Grades that are watched between reviews (S70); `None` when none are.
    pub monitoring: Option<Monitoring>,
}

/// A day of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

/// What a grade is promised and allowed in a year (S69).
#[derive(Debug, Clone)]
pub struct GradePlan {
    /// The grade.
    pub grade: String,
    /// Visits.
    pub visits: Visits,
    /// The least share of deliveries on time, from 0 to 1; `None` where none is set.
    pub delivery_rate: Option<Share>,
    /// The most major quality problems in a year; `None` where none is set.
    pub major_problems: Option<u32>,
    /// The most general quality problems in a year; `None` where none is set.
    pub general_problems: Option<u32>,
}

/// How often a customer is visited, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visits {
    /// At least so many.
    pub least: u32,
    /// So many are aimed at; not below `least`.
    pub target: u32,
    /// In each such unit.
    pub each: Unit,
    /// Ranks of visitors that count; empty when all do.
    pub by: Vec<String>,
}

/// Grades that are watched between reviews (S70).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitoring {
    /// The grades.
    pub grades: Vec<String>,
    /// How often is reported: each month or quarter.
    pub cadence: Unit,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawReview {
    title: Title,
    requirements: Vec<String>,
    scheme: Spanned<String>,
    opens: Spanned<String>,
    closes: Spanned<String>,
    as_of: Spanned<String>,
    #[serde(default)]
    plan: Vec<RawPlan>,
    monitoring: Option<RawMonitoring>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawPlan {
    grade: Spanned<String>,
    visits: Spanned<RawVisits>,
    delivery_rate: Option<Spanned<String>>,
    major_problems: Option<u32>,
    general_problems: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawVisits {
    least: u32,
    target: Option<u32>,
    each: Unit,
    #[serde(default)]
    by: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawMonitoring {
    grades: Vec<Spanned<String>>,
    cadence: Spanned<Unit>,
}

impl MonthDay {
    /// The day in a year.
    pub fn in_year(self, year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, self.month, self.day).unwrap_or(NaiveDate::MAX)
    }
}

impl std::fmt::Display for MonthDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl ReviewDeclaration {
    /// Checks a file against its scheme; `find` looks a scheme up by its name.
    ///
    /// # Errors
    /// Every fault of the file, with its line; the faults of the scheme when that cannot be read.
    pub fn check(
        file: &Declaration,
        id: &str,
        schemes: &[String],
        find: impl FnOnce(&str) -> Result<Scheme, Faults>,
    ) -> Result<Self, Faults> {
        let raw: RawReview = file.parse()?;
        let mut checker = Checker { file, faults: Vec::new() };
        let scheme = if schemes.contains(raw.scheme.get_ref()) {
            Some(find(raw.scheme.get_ref())?)
        } else {
            let help = did_you_mean(raw.scheme.get_ref(), schemes.iter().map(String::as_str));
            let message = format!("`{}` is not a scheme of `config/schemes/`", raw.scheme.get_ref());
            checker.fault("review::unknown_scheme", &raw.scheme, message, help);
            None
        };
        let days = [&raw.opens, &raw.closes, &raw.as_of].map(|day| checker.month_day(day));
        if let [Some(opens), Some(closes), Some(as_of)] = days
            && (closes < opens || closes <= as_of)
        {
            let message = format!("the review closes on {closes}, opens on {opens} and takes figures as of {as_of}");
            let help = "it closes in the same year, not before it opens and after the day of its figures is over";
            checker.fault("review::closes_too_early", &raw.closes, message, help.to_owned());
        }
        let grades: Vec<&str> =
            scheme.iter().flat_map(|scheme| &scheme.grades).map(|grade| grade.id.as_str()).collect();
        let plan = checker.plans(&raw.plan, &grades);
        let monitoring = raw.monitoring.map(|raw| checker.monitoring(raw, &grades));
        Faults::none_of(checker.faults)?;
        let [Some(opens), Some(closes), Some(as_of)] = days else {
            return Err(file
                .whole_file_fault("review::bad_day", "a day is missing", "write `opens`, `closes` and `as-of`")
                .into());
        };
        let RawReview { title, requirements, scheme, .. } = raw;
        let (id, scheme) = (id.to_owned(), scheme.into_inner());
        Ok(Self { id, title, requirements, scheme, opens, closes, as_of, plan, monitoring })
    }

    /// The name of the review of a year.
    pub fn review_of(&self, year: i32) -> String {
        format!("{}-{year}", self.id)
    }

    /// The plan of a grade.
    pub fn plan_of(&self, grade: &str) -> Option<&GradePlan> {
        self.plan.iter().find(|plan| plan.grade == grade)
    }
}

struct Checker<'f> {
    file: &'f Declaration,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn fault<T>(&mut self, code: &'static str, at: &Spanned<T>, message: String, help: String) {
        self.faults.push(self.file.fault(code, at.span(), message, help));
    }

    fn month_day(&mut self, text: &Spanned<String>) -> Option<MonthDay> {
        let day = parse_day(&format!("{PLAIN_YEAR}-{}", text.get_ref())).ok();
        if day.is_none() {
            let message = format!("`{}` is not a day of every year", text.get_ref());
            self.fault("review::bad_day", text, message, "write month and day as `03-25`".to_owned());
        }
        day.map(|day| MonthDay { month: day.month(), day: day.day() })
    }

    /// `grades` is empty when the scheme is unknown: then nothing can be said about a grade.
    fn grade(&mut self, name: &Spanned<String>, grades: &[&str]) {
        if !grades.is_empty() && !grades.contains(&name.get_ref().as_str()) {
            let help = did_you_mean(name.get_ref(), grades.iter().copied());
            let message = format!("`{}` is not a grade of the scheme", name.get_ref());
            self.fault("review::unknown_grade", name, message, help);
        }
    }

    fn plans(&mut self, raw: &[RawPlan], grades: &[&str]) -> Vec<GradePlan> {
        let mut plans: Vec<GradePlan> = Vec::new();
        for plan in raw {
            self.grade(&plan.grade, grades);
            let grade = plan.grade.get_ref();
            if plans.iter().any(|other| other.grade == *grade) {
                let message = format!("grade `{grade}` has two plans");
                self.fault("review::duplicate_plan", &plan.grade, message, "keep one `[[plan]]` a grade".to_owned());
            }
            plans.push(GradePlan {
                grade: grade.clone(),
                visits: self.visits(&plan.visits),
                delivery_rate: plan.delivery_rate.as_ref().and_then(|rate| self.rate(rate)),
                major_problems: plan.major_problems,
                general_problems: plan.general_problems,
            });
        }
        plans
    }

    fn visits(&mut self, raw: &Spanned<RawVisits>) -> Visits {
        let visits = raw.get_ref();
        let target = visits.target.unwrap_or(visits.least);
        if visits.least == 0 || target < visits.least {
            let message = format!("at least {} visits with a target of {target}", visits.least);
            let help = "at least one visit, and a target that is not below: leave `target` out when there is none";
            self.fault("review::bad_visits", raw, message, help.to_owned());
        }
        if !matches!(visits.each, Unit::Quarter | Unit::Year) {
            let message = format!("visits are counted each {}", visits.each.name());
            self.fault("review::bad_visits", raw, message, "count them each `quarter` or `year`".to_owned());
        }
        for rank in visits.by.iter().filter(|rank| !VISITOR_RANKS.contains(&rank.get_ref().as_str())) {
            let message = format!("`{}` is not a rank of visitors", rank.get_ref());
            self.fault("review::unknown_rank", rank, message, format!("ranks are {}", quoted(&VISITOR_RANKS)));
        }
        let by = visits.by.iter().map(|rank| rank.get_ref().clone()).collect();
        Visits { least: visits.least, target, each: visits.each, by }
    }

    fn rate(&mut self, text: &Spanned<String>) -> Option<Share> {
        let rate = exact_rate(text.get_ref());
        if rate.is_none() {
            let message = format!("`{}` is not a delivery rate", text.get_ref());
            self.fault(
                "review::bad_rate",
                text,
                message,
                "write a share from 0 to 1, such as `\"0.95\"` for 95 %".to_owned(),
            );
        }
        rate
    }

    fn monitoring(&mut self, raw: RawMonitoring, grades: &[&str]) -> Monitoring {
        for grade in &raw.grades {
            self.grade(grade, grades);
        }
        let cadence = *raw.cadence.get_ref();
        if !matches!(cadence, Unit::Month | Unit::Quarter) {
            let message = format!("watched grades are reported each {}", cadence.name());
            self.fault("review::bad_cadence", &raw.cadence, message, "report each `month` or `quarter`".to_owned());
        }
        Monitoring { grades: raw.grades.into_iter().map(Spanned::into_inner).collect(), cadence }
    }
}

/// A decimal from 0 to 1 with at most four places.
fn exact_rate(text: &str) -> Option<Share> {
    let scale = crate::money::Scale::new(4).ok()?;
    let part = crate::money::parse_minor(text, scale).ok()?;
    (0..=scale.unit()).contains(&part).then(|| Share::new(part, scale.unit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEME: &str = include_str!("../../../config/schemes/two-class.toml");
    const GOOD: &str = r#"
title = { zh = "年度评审", en = "Annual review" }
requirements = ["S56"]
scheme = "two-class"
opens = "03-25"
closes = "03-30"
as-of = "03-25"
[[plan]]
grade = "vip"
visits = { least = 1, each = "quarter", by = ["senior"] }
delivery-rate = "1.00"
major-problems = 0
general-problems = 0
[[plan]]
grade = "ordinary"
visits = { least = 1, target = 2, each = "year" }
delivery-rate = "0.95"
[monitoring]
grades = ["ordinary"]
cadence = "month"
"#;

    fn check(text: &str) -> Result<ReviewDeclaration, Faults> {
        let find = |id: &str| Scheme::read(&Declaration::new("s.toml", SCHEME), id);
        ReviewDeclaration::check(&Declaration::new("r.toml", text), "annual", &["two-class".to_owned()], find)
    }

    #[test]
    fn a_sound_file_is_read_as_written() {
        let review = check(GOOD).unwrap();
        assert_eq!(review.opens.in_year(2026), parse_day("2026-03-25").unwrap());
        assert_eq!((review.closes.to_string(), review.review_of(2026)), ("03-30".to_owned(), "annual-2026".to_owned()));
        let vip = review.plan_of("vip").unwrap();
        assert_eq!(
            (vip.visits.target, vip.delivery_rate.map(|rate| (rate.part, rate.whole))),
            (1, Some((10_000, 10_000)))
        );
        assert_eq!(review.plan_of("ordinary").unwrap().visits.target, 2);
        assert_eq!(review.monitoring.unwrap().cadence, Unit::Month);
    }

    #[test]
    fn each_fault_has_its_code_and_line() {
        for (from, to, code, line) in [
            ("\"two-class\"", "\"two-clas\"", "review::unknown_scheme", 4),
            ("opens = \"03-25\"", "opens = \"02-29\"", "review::bad_day", 5),
            ("closes = \"03-30\"", "closes = \"03-24\"", "review::closes_too_early", 6),
            ("closes = \"03-30\"", "closes = \"03-25\"", "review::closes_too_early", 6),
            ("\"vip\"", "\"vp\"", "review::unknown_grade", 9),
            ("grade = \"ordinary\"", "grade = \"vip\"", "review::duplicate_plan", 15),
            ("least = 1, target", "least = 3, target", "review::bad_visits", 16),
            ("least = 1, each", "least = 0, each", "review::bad_visits", 10),
            ("\"quarter\"", "\"month\"", "review::bad_visits", 10),
            ("\"senior\"", "\"chief\"", "review::unknown_rank", 10),
            ("\"0.95\"", "\"95\"", "review::bad_rate", 17),
            ("\"0.95\"", "\"-0.5\"", "review::bad_rate", 17),
            ("[\"ordinary\"]", "[\"E\"]", "review::unknown_grade", 19),
            ("cadence = \"month\"", "cadence = \"year\"", "review::bad_cadence", 20),
            ("major-problems", "mayor-problems", "declaration::syntax", 12),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let faults = check(&GOOD.replacen(from, to, 1)).unwrap_err();
            let found: Vec<_> = faults.list().iter().map(|fault| (fault.code_name(), fault.line())).collect();
            assert_eq!(found, [(code, Some(line))], "{to}");
        }
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let text = GOOD.replace("\"1.00\"", "\"2\"").replace("opens = \"03-25\"", "opens = \"3-25\"");
        assert_eq!(check(&text).unwrap_err().list().len(), 2);
    }
}
