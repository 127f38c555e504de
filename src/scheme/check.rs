//! Raw scheme → checked scheme: names, order, completeness.

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean},
    period::{Unit, parse_day},
    scheme::{
        Dimension, Example, Grade, Limit, Movement, Scheme, Version,
        file::{RawDimension, RawExample, RawMovement, RawScheme, RawVersion},
    },
};

/// The word for a limit that nobody decided.
const REQUIRED: &str = "required";

pub(super) fn check(file: &Declaration, id: &str) -> Result<Scheme, Faults> {
    let raw: RawScheme = file.parse()?;
    let mut checker = Checker { file, grades: Vec::new(), faults: Vec::new() };
    checker.grades(&raw);
    let mut versions = Vec::new();
    for raw_version in &raw.version {
        versions.extend(checker.version(raw_version));
    }
    if raw.version.is_empty() {
        checker.whole(
            "scheme::no_version",
            "the scheme has no version",
            "add a `[[version]]` with the day it comes into force",
        );
    }
    for (before, after) in versions.iter().zip(versions.iter().skip(1)) {
        if after.in_force <= before.in_force {
            let message =
                format!("version `{}` is in force from {}, not after {}", after.id, after.in_force, before.in_force);
            let help = "write versions in the order of their days; each day has one version";
            checker.faults.push(file.fault("scheme::versions_do_not_rise", after.span.clone(), message, help));
        }
    }
    for (place, version) in versions.iter().enumerate() {
        if versions.iter().take(place).any(|other: &Version| other.id == version.id) {
            let message = format!("two versions are called `{}`", version.id);
            let help = "give each version a name of its own: grades are kept under it";
            checker.faults.push(file.fault("scheme::duplicate_version", version.span.clone(), message, help));
        }
    }
    let Checker { grades, faults, .. } = checker;
    Faults::none_of(faults)?;
    let RawScheme { title, requirements, subject, example, .. } = raw;
    Ok(Scheme { id: id.to_owned(), title, requirements, subject, example, grades, versions, file: file.clone() })
}

struct Checker<'f> {
    file: &'f Declaration,
    grades: Vec<Grade>,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn whole(&mut self, code: &'static str, message: &str, help: &str) {
        self.faults.push(self.file.whole_file_fault(code, message, help));
    }

    fn grades(&mut self, raw: &RawScheme) {
        if raw.grade.len() < 2 || raw.grade.len() > 100 {
            let message = format!("the scheme has {} grades", raw.grade.len());
            self.whole("scheme::grade_count", &message, "write between 2 and 100 `[[grade]]`, the lowest first");
        }
        for grade in &raw.grade {
            if raw.grade.iter().filter(|other| other.id.get_ref() == grade.id.get_ref()).count() > 1 {
                let message = format!("two grades are called `{}`", grade.id.get_ref());
                self.faults.push(self.file.fault(
                    "scheme::duplicate_grade",
                    grade.id.span(),
                    message,
                    "give each grade a name of its own",
                ));
            }
            self.grades.push(Grade { id: grade.id.get_ref().clone(), title: grade.title.clone() });
        }
    }

    fn rank(&mut self, name: &str, at: std::ops::Range<usize>) -> Option<u8> {
        let found = self.grades.iter().position(|grade| grade.id == name).and_then(|rank| u8::try_from(rank).ok());
        if found.is_none() {
            let help = did_you_mean(name, self.grades.iter().map(|grade| grade.id.as_str()));
            self.faults.push(self.file.fault(
                "scheme::unknown_grade",
                at,
                format!("`{name}` is not a grade of this scheme"),
                help,
            ));
        }
        found
    }

    fn version(&mut self, raw: &Spanned<RawVersion>) -> Option<Version> {
        let span = raw.span();
        let raw = raw.get_ref();
        let in_force = parse_day(raw.in_force.get_ref());
        if let Err(error) = &in_force {
            let help = "write a day of the calendar as `2026-10-31`";
            self.faults.push(self.file.fault("scheme::bad_day", raw.in_force.span(), error.to_string(), help));
        }
        if raw.dimension.is_empty() {
            let message = format!("version `{}` has no dimension", raw.id);
            let help = "add a `[[version.dimension]]` with a metric and its limits";
            self.faults.push(self.file.fault("scheme::no_dimension", span.clone(), message, help));
        }
        if raw.cadence == Unit::Day {
            let message = format!("version `{}` is reviewed every day", raw.id);
            let help = "review at the end of each `month`, `quarter` or `year`";
            self.faults.push(self.file.fault("scheme::bad_cadence", span.clone(), message, help));
        }
        let movement = self.movement(&raw.movement, raw.cadence, &span);
        let dimensions: Vec<Dimension> =
            raw.dimension.iter().filter_map(|dimension| self.dimension(dimension)).collect();
        let examples: Vec<Example> = raw.example.iter().filter_map(|example| self.example(example)).collect();
        if examples.is_empty() {
            let message = format!("version `{}` has no example", raw.id);
            let help = "add a `[[version.example]]` at each edge: they are worked whenever the file is read";
            self.faults.push(self.file.fault("scheme::no_example", span.clone(), message, help));
        }
        Some(Version {
            id: raw.id.clone(),
            in_force: in_force.ok()?,
            decided_by: raw.decided_by.clone(),
            reason: raw.reason.clone(),
            cadence: raw.cadence,
            boundary: raw.boundary,
            without_figure: raw.without_figure,
            combine: raw.combine,
            dimensions,
            movement,
            examples,
            hash: String::new(),
            span,
        })
    }

    fn movement(&mut self, raw: &RawMovement, cadence: Unit, span: &std::ops::Range<usize>) -> Movement {
        match raw {
            RawMovement::Free => Movement::Free,
            RawMovement::Ladder { assessment_months, demotion } => {
                if assessment_months.is_empty() || assessment_months.iter().any(|month| !(1..=12).contains(month)) {
                    let message = format!("`assessment-months = {assessment_months:?}` is not a list of months");
                    let help = "write the months at whose end grades may be taken away, such as `[12]` or `[6, 12]`";
                    self.faults.push(self.file.fault("scheme::bad_assessment_months", span.clone(), message, help));
                }
                let every = match cadence {
                    Unit::Year => 12,
                    Unit::Quarter => 3,
                    Unit::Month | Unit::Day => 1,
                };
                if let Some(month) =
                    assessment_months.iter().find(|month| (1..=12).contains(*month) && *month % every != 0)
                {
                    let message = format!(
                        "an assessment at the end of month {month} never comes: reviews are each {}",
                        cadence.name()
                    );
                    let help = "name months at whose end a review is due";
                    self.faults.push(self.file.fault("scheme::assessment_never_due", span.clone(), message, help));
                }
                Movement::Ladder { assessment_months: assessment_months.clone(), demotion: *demotion }
            }
        }
    }

    fn dimension(&mut self, raw: &Spanned<RawDimension>) -> Option<Dimension> {
        let span = raw.span();
        let raw = raw.get_ref();
        if raw.kind.get_ref() != "bands" {
            let message = format!("`{}` is not a kind of dimension", raw.kind.get_ref());
            self.faults.push(self.file.fault(
                "scheme::unknown_kind",
                raw.kind.span(),
                message,
                did_you_mean(raw.kind.get_ref(), ["bands"]),
            ));
            return None;
        }
        let mut limits = Vec::new();
        for (name, figure) in &raw.limits {
            let rank = self.rank(name.get_ref(), name.span())?;
            if rank == 0 {
                let message = format!("the lowest grade `{}` has a limit", name.get_ref());
                let help = "the lowest grade begins where no other does; remove its limit";
                self.faults.push(self.file.fault("scheme::lowest_has_limit", name.span(), message, help));
            }
            let text = figure.get_ref();
            limits.push(Limit { rank, figure: (text != REQUIRED).then(|| text.clone()), span: figure.span() });
        }
        limits.sort_by_key(|limit| limit.rank);
        for (rank, grade) in self.grades.iter().enumerate().skip(1) {
            if !limits.iter().any(|limit| usize::from(limit.rank) == rank) {
                let message = format!("dimension `{}` has no limit for the grade `{}`", raw.id, grade.id);
                let help = format!(
                    "add `{} = \"…\"` to the limits, or `{} = \"required\"` while nobody has decided it",
                    grade.id, grade.id
                );
                self.faults.push(self.file.fault("scheme::limit_not_stated", span.clone(), message, help));
            }
        }
        Some(Dimension {
            id: raw.id.clone(),
            metric: raw.metric.get_ref().clone(),
            metric_span: raw.metric.span(),
            limits,
        })
    }

    fn example(&mut self, raw: &Spanned<RawExample>) -> Option<Example> {
        let span = raw.span();
        let raw = raw.get_ref();
        let expected = self.rank(&raw.grade, span.clone())?;
        let before = match &raw.before {
            Some(before) => Some(self.rank(before, span.clone())?),
            None => None,
        };
        let metrics = raw.metrics.iter().map(|(name, figure)| (name.clone(), figure.clone())).collect();
        Some(Example { metrics, before, assessment: raw.assessment, expected, span })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../config/schemes/member-tier.toml");

    fn codes(text: &str) -> Vec<&'static str> {
        check(&Declaration::new("config/schemes/x.toml", text), "x")
            .unwrap_err()
            .list()
            .iter()
            .map(Fault::code_name)
            .collect()
    }

    #[test]
    fn the_shipped_scheme_is_sound() {
        let scheme = check(&Declaration::new("a", GOOD), "member-tier").unwrap();
        assert_eq!(scheme.rank_of("金卡会员"), Some(2));
    }

    #[test]
    fn faults_have_their_codes() {
        assert_eq!(codes(&GOOD.replace("gold = \"", "glod = \"")), ["scheme::unknown_grade"; 2]);
        assert_eq!(
            codes(&GOOD.replace("silver = \"", "regular = \"1\"\nsilver = \"")),
            ["scheme::lowest_has_limit"; 2]
        );
        assert_eq!(codes(&GOOD.replace("id = \"silver\"", "id = \"gold\""))[0], "scheme::duplicate_grade");
        assert_eq!(codes(&GOOD.replace("kind = \"bands\"", "kind = \"band\"")), ["scheme::unknown_kind"; 2]);
        assert_eq!(
            codes(&GOOD.replace("assessment-months = [12]", "assessment-months = [13]")),
            ["scheme::bad_assessment_months"]
        );
        assert_eq!(
            codes(&GOOD.replace("cadence = \"month\"", "cadence = \"quarter\"").replace("[12]", "[11]")),
            ["scheme::assessment_never_due"]
        );
        let (_, version) = GOOD.split_once("[[version]]").unwrap();
        let again = format!("{GOOD}\n[[version]]{}", version.replace("2010-01-01", "2012-01-01"));
        assert_eq!(codes(&again), ["scheme::duplicate_version"]);
        assert_eq!(
            codes("title = { zh = \"甲\", en = \"a\" }\nrequirements = []\nsubject = \"member\"\n"),
            ["scheme::grade_count", "scheme::no_version"]
        );
    }
}
