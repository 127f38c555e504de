//! Raw scheme → checked scheme: names, order, completeness.

mod classes;
mod example;
mod keys;
mod movement;
mod order;
mod rules;
mod when;

use std::ops::Range;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean, quoted},
    period::{Unit, parse_day},
    scheme::{
        Boundary, Example, Grade, Movement, Provisional, Scheme, Version, WithoutFigure,
        check::classes::Shape,
        file::{RawDimension, RawScheme, RawVersion},
        rule::{Dimension, Written},
    },
};

/// The scheme with its faults. Where there are some, each version has the dimensions that could be read, for what else may be wrong with them, and
/// nothing more.
pub(super) fn check(file: &Declaration, id: &str) -> Result<(Scheme, Vec<Fault>), Faults> {
    let raw: RawScheme = file.parse()?;
    let (boundary, without_figure) = (Boundary::Better, WithoutFigure::Exclude);
    let mut checker =
        Checker { file, grades: Vec::new(), boundary, without_figure, parts: Vec::new(), faults: Vec::new() };
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
    checker.versions(&versions);
    let Checker { grades, parts, faults, .. } = checker;
    let versions = if faults.is_empty() { versions } else { parts };
    let RawScheme { title, requirements, subject, conditions, example, .. } = raw;
    let scheme = Scheme {
        id: id.to_owned(),
        title,
        requirements,
        subject,
        conditions,
        example,
        grades,
        versions,
        file: file.clone(),
    };
    Ok((scheme, faults))
}

struct Checker<'f> {
    file: &'f Declaration,
    grades: Vec<Grade>,
    /// Settings of the version that is being read, for whatever does not say otherwise.
    boundary: Boundary,
    without_figure: WithoutFigure,
    /// The versions with the dimensions that could be read.
    parts: Vec<Version>,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn whole(&mut self, code: &'static str, message: &str, help: &str) {
        self.faults.push(self.file.whole_file_fault(code, message, help));
    }

    /// Tells a fault; always `None`, for the caller to pass on.
    fn told<T>(
        &mut self,
        code: &'static str,
        at: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.faults.push(self.file.fault(code, at, message.into(), help.into()));
        None
    }

    fn grades(&mut self, raw: &RawScheme) {
        // A result that makes its own grades is seen with its version.
        let own = raw.version.iter().any(|version| makes_grades(version.get_ref()));
        if own && !raw.grade.is_empty() {
            self.whole(
                "scheme::grades_made",
                "the scheme names grades, but its result is a `code` or `labels`, which makes its own",
                "remove the `[[grade]]` tables",
            );
        }
        if !own && !(2..=100).contains(&raw.grade.len()) {
            let message = format!("the scheme has {} grades", raw.grade.len());
            self.whole("scheme::grade_count", &message, "write between 2 and 100 `[[grade]]`, the lowest first");
        }
        for (place, grade) in raw.grade.iter().enumerate() {
            if raw.grade.iter().take(place).any(|other| other.id.get_ref() == grade.id.get_ref()) {
                let message = format!("two grades are called `{}`", grade.id.get_ref());
                self.told::<()>(
                    "scheme::duplicate_grade",
                    grade.id.span(),
                    message,
                    "give each grade a name of its own",
                );
            }
            self.grades.push(Grade { id: grade.id.get_ref().clone(), title: grade.title.clone() });
        }
    }

    fn versions(&mut self, versions: &[Version]) {
        for (before, after) in versions.iter().zip(versions.iter().skip(1)) {
            if after.in_force <= before.in_force {
                let message = format!(
                    "version `{}` is in force from {}, not after {}",
                    after.id, after.in_force, before.in_force
                );
                let help = "write versions in the order of their days; each day has one version";
                self.told::<()>("scheme::versions_do_not_rise", after.span.clone(), message, help);
            }
        }
        for (place, version) in versions.iter().enumerate() {
            if versions.iter().take(place).any(|other| other.id == version.id) {
                let message = format!("two versions are called `{}`", version.id);
                let help = "give each version a name of its own: grades are kept under it";
                self.told::<()>("scheme::duplicate_version", version.span.clone(), message, help);
            }
        }
    }

    fn version(&mut self, raw: &Spanned<RawVersion>) -> Option<Version> {
        let span = raw.span();
        let raw = raw.get_ref();
        (self.boundary, self.without_figure) = (raw.boundary, raw.without_figure);
        let in_force = self.day(&raw.in_force);
        if raw.cadence == Unit::Day {
            let message = format!("version `{}` is reviewed every day", raw.id);
            let help = "review at the end of each `month`, `quarter` or `year`";
            self.told::<()>("scheme::bad_cadence", span.clone(), message, help);
        }
        if raw.dimension.is_empty() {
            let message = format!("version `{}` has no dimension", raw.id);
            let help = "add a `[[version.dimension]]` with a metric and its limits";
            return self.told("scheme::no_dimension", span, message, help);
        }
        self.dimension_names(&raw.dimension);
        for dimension in &raw.dimension {
            self.keys(dimension);
        }
        let shapes = self.shapes(&raw.dimension);
        let result = self.result(raw, &shapes);
        let movement = self.movement(raw, &shapes, result, &span);
        let provisional = raw.provisional.as_ref();
        let provisional = provisional.map(|raw| Provisional { months: raw.months, since: written(&raw.since) });
        let rules: Vec<Option<Dimension<Written, Written>>> =
            raw.dimension.iter().enumerate().map(|(place, raw)| self.dimension(raw, place, &shapes)).collect();
        let examples = self.examples(raw, &span);
        let order = self.order(&rules);
        self.parts.push(part(raw, &rules, &span));
        let dimensions: Vec<Dimension<Written, Written>> = rules.into_iter().collect::<Option<_>>()?;
        for dimension in dimensions.iter().filter(|dimension| dimension.makes_grades()) {
            if dimensions.get(result?).is_some_and(|result| result.id != dimension.id) {
                let message = format!("dimension `{}` makes grades, but is not the result", dimension.id);
                let help = "only the result of a version can be a `code` or `labels`";
                self.told::<()>("scheme::grades_made", dimension.span.clone(), message, help);
            }
        }
        Some(Version {
            id: raw.id.clone(),
            in_force: in_force?,
            decided_by: raw.decided_by.clone(),
            reason: raw.reason.clone(),
            cadence: raw.cadence,
            boundary: raw.boundary,
            without_figure: raw.without_figure,
            dimensions,
            order: order?,
            result: result?,
            movement: movement?,
            provisional,
            examples: examples?,
            hash: String::new(),
            span,
        })
    }

    fn day(&mut self, text: &Spanned<String>) -> Option<chrono::NaiveDate> {
        match parse_day(text.get_ref()) {
            Ok(day) => Some(day),
            Err(error) => {
                let help = "write a day of the calendar as `2026-10-31`";
                self.told("scheme::bad_day", text.span(), error.to_string(), help)
            }
        }
    }

    fn dimension_names(&mut self, dimensions: &[Spanned<RawDimension>]) {
        for (place, dimension) in dimensions.iter().enumerate() {
            let id = &dimension.get_ref().id;
            if dimensions.iter().take(place).any(|other| other.get_ref().id.get_ref() == id.get_ref()) {
                let message = format!("two dimensions are called `{}`", id.get_ref());
                let help = "give each dimension of a version a name of its own";
                self.told::<()>("scheme::duplicate_dimension", id.span(), message, help);
            }
        }
    }

    /// The place of the dimension that gives the grade; grades that it makes become the scheme's.
    fn result(&mut self, raw: &RawVersion, shapes: &[Shape]) -> Option<usize> {
        let place = self.place(&raw.result, shapes)?;
        let (shape, dimension) = (shapes.get(place)?, raw.dimension.get(place)?.get_ref());
        if makes_grades(raw) && self.grades.is_empty() {
            self.grades.clone_from(&shape.classes);
        }
        let same = shape.classes.len() == self.grades.len()
            && shape.classes.iter().zip(&self.grades).all(|(class, grade)| class.id == grade.id);
        // Classes that could not be made were told already.
        if !same && !shape.classes.is_empty() {
            let ids = |grades: &[Grade]| grades.iter().take(12).map(|g| g.id.clone()).collect::<Vec<_>>().join(", ");
            let message = format!(
                "the result `{}` has the classes {}, the grades are {}",
                shape.id,
                ids(&shape.classes),
                ids(&self.grades)
            );
            let help = "remove its `classes`: the result gives the grades of the scheme, the same in every version";
            return self.told("scheme::result_classes", dimension.id.span(), message, help);
        }
        Some(place)
    }

    /// The place of a dimension by its name.
    fn place(&mut self, name: &Spanned<String>, shapes: &[Shape]) -> Option<usize> {
        let found = shapes.iter().position(|shape| shape.id == *name.get_ref());
        if found.is_none() {
            let help = did_you_mean(name.get_ref(), shapes.iter().map(|shape| shape.id.as_str()));
            let message = format!("`{}` is not a dimension of this version", name.get_ref());
            return self.told("scheme::unknown_dimension", name.span(), message, help);
        }
        found
    }

    /// The place of a class in a list of classes.
    fn class(&mut self, name: &Spanned<String>, classes: &[Grade]) -> Option<u8> {
        let found = classes.iter().position(|class| class.id == *name.get_ref()).and_then(|at| u8::try_from(at).ok());
        if found.is_none() {
            let help = did_you_mean(name.get_ref(), classes.iter().map(|class| class.id.as_str()));
            let message = format!("`{}` is not one of the classes", name.get_ref());
            return self.told("scheme::unknown_class", name.span(), message, help);
        }
        found
    }
}

/// A version of which only the dimensions that could be read are known.
fn part(raw: &RawVersion, rules: &[Option<Dimension<Written, Written>>], span: &Range<usize>) -> Version {
    Version {
        id: raw.id.clone(),
        in_force: chrono::NaiveDate::MIN,
        decided_by: raw.decided_by.clone(),
        reason: raw.reason.clone(),
        cadence: raw.cadence,
        boundary: raw.boundary,
        without_figure: raw.without_figure,
        dimensions: rules.iter().flatten().cloned().collect(),
        order: Vec::new(),
        result: 0,
        movement: Movement::Free,
        provisional: None,
        examples: Vec::new(),
        hash: String::new(),
        span: span.clone(),
    }
}

/// Whether the result of a version makes grades by itself.
pub(super) fn makes_grades(raw: &RawVersion) -> bool {
    let result = raw.dimension.iter().find(|dimension| dimension.get_ref().id.get_ref() == raw.result.get_ref());
    result.is_some_and(|dimension| matches!(dimension.get_ref().kind.get_ref().as_str(), "code" | "labels"))
}

fn written(text: &Spanned<String>) -> Written {
    Written { text: text.get_ref().clone(), span: text.span() }
}

/// A word of a key that knows only some.
fn one_of<T: Copy>(
    checker: &mut Checker<'_>,
    key: &str,
    text: &Spanned<String>,
    known: &[(&'static str, T)],
) -> Option<T> {
    let found = known.iter().find(|(word, _)| word == text.get_ref()).map(|(_, value)| *value);
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let message = format!("`{key} = \"{}\"` is not known", text.get_ref());
        return checker.told("scheme::unknown_word", text.span(), message, format!("write one of {}", quoted(&words)));
    }
    found
}

type Examples = Option<Vec<Example>>;

#[cfg(test)]
mod tests;
