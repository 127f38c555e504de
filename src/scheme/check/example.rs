//! Examples: their names; `grading::bind` works them.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    declaration::{Spanned, did_you_mean},
    scheme::{
        Example, ExampleSubject,
        check::{Checker, Examples},
        file::{RawExample, RawVersion},
    },
};

impl Checker<'_> {
    pub(super) fn examples(&mut self, raw: &RawVersion, span: &Range<usize>) -> Examples {
        if raw.example.is_empty() {
            let message = format!("version `{}` has no example", raw.id);
            let help = "add a `[[version.example]]` at each edge: they are worked whenever the file is read";
            return self.told("scheme::no_example", span.clone(), message, help);
        }
        let examples: Vec<Option<Example>> = raw.example.iter().map(|example| self.example(example)).collect();
        examples.into_iter().collect()
    }

    fn example(&mut self, raw: &Spanned<RawExample>) -> Option<Example> {
        let span = raw.span();
        let raw = raw.get_ref();
        let subjects: Vec<(_, _, &String)> = match (&raw.subjects, &raw.grade) {
            (Some(subjects), None) if raw.metrics.is_empty() && raw.dimensions.is_empty() && !subjects.is_empty() => {
                subjects.iter().map(|subject| (&subject.metrics, &subject.dimensions, &subject.grade)).collect()
            }
            (None, Some(grade)) => vec![(&raw.metrics, &raw.dimensions, grade)],
            _ => {
                let help = "give one subject (`metrics = {…}`, `grade = \"…\"`) or several that are graded together (`subjects = [{ metrics = {…}, grade = \"…\" }, …]`)";
                return self.told("scheme::bad_example", span, "the example does not say whom it is about", help);
            }
        };
        let subjects: Vec<Option<ExampleSubject>> = subjects
            .into_iter()
            .map(|(metrics, dimensions, grade)| {
                let expected = if grade == "none" && !self.has_grade("none") {
                    None
                } else {
                    Some(self.rank(grade, span.clone())?)
                };
                Some(ExampleSubject { metrics: pairs(metrics), dimensions: pairs(dimensions), expected })
            })
            .collect();
        let before = match &raw.before {
            Some(before) => Some(self.rank(before, span.clone())?),
            None => None,
        };
        let as_of = match &raw.as_of {
            Some(day) => Some(self.day(day)?),
            None => None,
        };
        let since = match &raw.since {
            Some(day) => Some(self.day(day)?),
            None => None,
        };
        let subjects = subjects.into_iter().collect::<Option<_>>()?;
        Some(Example { subjects, as_of, before, since, assessment: raw.assessment, span })
    }

    fn has_grade(&self, name: &str) -> bool {
        self.grades.iter().any(|grade| grade.id == name)
    }

    fn rank(&mut self, name: &str, at: Range<usize>) -> Option<u8> {
        let found = self.grades.iter().position(|grade| grade.id == name).and_then(|rank| u8::try_from(rank).ok());
        if found.is_none() {
            let help = did_you_mean(name, self.grades.iter().map(|grade| grade.id.as_str()));
            return self.told("scheme::unknown_grade", at, format!("`{name}` is not a grade of this scheme"), help);
        }
        found
    }
}

fn pairs(table: &BTreeMap<String, String>) -> Vec<(String, String)> {
    table.iter().map(|(name, text)| (name.clone(), text.clone())).collect()
}
