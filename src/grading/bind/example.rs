//! Works the examples of a scheme: they come out as written, or the file is refused.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::{
    declaration::{Fault, did_you_mean},
    grading::{
        bind::figures::number,
        bound::{BoundMetric, BoundVersion},
        evaluate::{FigureColumn, NO_CLASS, Population, classes},
        ladder::{Finding, Held, review, valid_from},
    },
    ledger::batch::MISSING,
    metrics::definition::MetricUnit,
    money::Scale,
    period::{days_after, month_end},
    scheme::{Example, ExampleSubject, Movement, Scheme, Validity, Version, rule::Rule},
};

/// A fault when an example does not come out as written.
pub(super) fn worked(
    scheme: &Scheme,
    version: &Version,
    bound: &BoundVersion,
    example: &Example,
    scale: Scale,
) -> Option<Fault> {
    let outcome = Work { scheme, version, bound, example, scale }.outcome();
    let (message, help) = outcome.err()?;
    Some(scheme.file.fault("scheme::example_fails", example.span.clone(), message, help))
}

type Told = (String, String);

struct Work<'w> {
    scheme: &'w Scheme,
    version: &'w Version,
    bound: &'w BoundVersion,
    example: &'w Example,
    scale: Scale,
}

impl Work<'_> {
    fn outcome(&self) -> Result<(), Told> {
        let mut words: Vec<String> = Vec::new();
        let columns: Vec<FigureColumn> =
            self.bound.metrics.iter().map(|metric| self.column(metric, &mut words)).collect::<Result<_, _>>()?;
        self.only_known()?;
        let others = self.others()?;
        let find = |_: usize, word: &str| place(&words, word);
        let as_of = self.day();
        let subjects = self.example.subjects.len();
        let population = Population { subjects, as_of, metrics: &columns, others: &others, words: &find };
        let found = classes(self.bound, &population);
        let of = |dimension: usize, subject: usize| {
            let class = found.get(dimension).and_then(|classes| classes.get(subject)).copied();
            class.filter(|class| *class != NO_CLASS)
        };
        for (at, subject) in self.example.subjects.iter().enumerate() {
            let retention = self.bound.ladder().and_then(|ladder| of(ladder.retention?, at));
            let rank = of(self.bound.result, at).map(|earned| self.moved(earned, retention, as_of));
            if rank != subject.expected {
                let name = |rank: Option<u8>| {
                    rank.and_then(|rank| self.scheme.grade(rank)).map_or("none", |grade| grade.id.as_str())
                };
                let who = if subjects == 1 { String::new() } else { format!(" of subject {}", at + 1) };
                let classes: Vec<String> = self
                    .bound
                    .dimensions
                    .iter()
                    .enumerate()
                    .map(|(place, dimension)| {
                        let class = of(place, at).and_then(|class| dimension.classes.get(usize::from(class)));
                        format!("`{}` gives `{}`", dimension.id, class.map_or("none", |class| class.id.as_str()))
                    })
                    .collect();
                let message =
                    format!("the example says `{}`{who}, the rules give `{}`", name(subject.expected), name(rank));
                return Err((message, format!("mend the limits or the example: {}", classes.join(", "))));
            }
        }
        Ok(())
    }

    /// The day on which the example is worked: its own, or one on which an assessment is due, or is not.
    fn day(&self) -> NaiveDate {
        let begin = self.example.as_of.unwrap_or(self.version.in_force);
        match (self.bound.ladder().map(|ladder| &ladder.validity), self.example.as_of) {
            (Some(Validity::Calendar(months)), None) => {
                let wanted = |day: &NaiveDate| months.contains(&day.month()) == self.example.assessment;
                let mut ends =
                    std::iter::successors(Some(month_end(begin)), |end| Some(month_end(days_after(*end, 1))));
                ends.by_ref().take(12).find(wanted).unwrap_or(begin)
            }
            _ => begin,
        }
    }

    /// The rank after a review of what was held before.
    fn moved(&self, earned: u8, retention: Option<u8>, day: NaiveDate) -> u8 {
        let held = self.example.before.map(|rank| {
            let from = |since| self.bound.ladder().and_then(|ladder| valid_from(ladder, since));
            let valid_to = match (self.example.assessment, self.example.since) {
                (true, _) => Some(day),
                (false, Some(since)) => from(since),
                (false, None) => from(day),
            };
            let valid_to = valid_to.filter(|_| self.bound.movement != Movement::Free);
            Held { rank, since: self.example.since, valid_to }
        });
        review(&self.bound.movement, held, Finding { day, earned, retention }).held.rank
    }

    /// The figures of one metric, subject by subject; words stand as their place in a list of their own.
    fn column(&self, metric: &BoundMetric, words: &mut Vec<String>) -> Result<FigureColumn, Told> {
        let mut column = FigureColumn::default();
        for subject in &self.example.subjects {
            let text =
                subject.metrics.iter().find(|(name, _)| *name == metric.metric.id).map(|(_, text)| text.as_str());
            let figure = match text {
                None => None,
                Some(word) if metric.is_word() => {
                    if place(words, word).is_none() {
                        words.push(word.to_owned());
                    }
                    place(words, word).map(|place| (place, 1))
                }
                Some(text) => Some(self.figure(metric, text)?),
            };
            let (part, whole) = figure.unwrap_or((MISSING, 1));
            column.part.push(part);
            column.whole.push(whole);
        }
        if metric.parts.is_none() {
            column.whole.clear();
        }
        Ok(column)
    }

    /// A text as the ledger would give it: a ratio as two figures in minor units.
    fn figure(&self, metric: &BoundMetric, text: &str) -> Result<(i64, i64), Told> {
        let unit = metric.metric.unit();
        let found = number(unit, text, self.scale).and_then(|share| {
            let (of_part, of_whole) = if unit == MetricUnit::Ratio { metric.factors } else { (1, 1) };
            let part = i64::try_from(share.part.checked_mul(i128::from(of_part))?).ok()?;
            Some((part, i64::try_from(share.whole.checked_mul(i128::from(of_whole))?).ok()?))
        });
        found.ok_or_else(|| {
            let message = format!("`{text}` is not a figure of `{}` ({})", metric.metric.id, unit.name());
            (
                message,
                "write the figure in the metric's unit, with no more decimals than the ledger's `scale`".to_owned(),
            )
        })
    }

    /// Classes of dimensions that are other schemes.
    fn others(&self) -> Result<BTreeMap<usize, Vec<u8>>, Told> {
        let mut others = BTreeMap::new();
        for (place, dimension) in self.bound.dimensions.iter().enumerate() {
            if !matches!(dimension.rule, Rule::Scheme { .. }) {
                continue;
            }
            let class = |subject: &ExampleSubject| -> Result<u8, Told> {
                let Some((_, name)) = subject.dimensions.iter().find(|(id, _)| *id == dimension.id) else {
                    return Ok(NO_CLASS);
                };
                let found = dimension.classes.iter().position(|class| class.id == *name);
                found.and_then(|found| u8::try_from(found).ok()).ok_or_else(|| {
                    let known = dimension.classes.iter().map(|class| class.id.as_str());
                    (format!("`{name}` is not a class of `{}`", dimension.id), did_you_mean(name, known))
                })
            };
            let column: Result<Vec<u8>, Told> = self.example.subjects.iter().map(class).collect();
            others.insert(place, column?);
        }
        Ok(others)
    }

    /// Every metric and dimension that the example names is one that the version uses.
    fn only_known(&self) -> Result<(), Told> {
        for subject in &self.example.subjects {
            let metric = |name: &str| self.bound.metrics.iter().any(|metric| metric.metric.id == name);
            if let Some((name, _)) = subject.metrics.iter().find(|(name, _)| !metric(name)) {
                let known = self.bound.metrics.iter().map(|metric| metric.metric.id.as_str());
                let message = format!("the example has a figure for `{name}`, which no dimension uses");
                return Err((message, format!("remove it; {}", did_you_mean(name, known))));
            }
            let other =
                |id: &str| self.bound.dimensions.iter().any(|d| d.id == id && matches!(d.rule, Rule::Scheme { .. }));
            if let Some((name, _)) = subject.dimensions.iter().find(|(name, _)| !other(name)) {
                let message = format!("the example gives a class for `{name}`, which is not another scheme");
                return Err((message, "give the metrics that it is made of instead".to_owned()));
            }
        }
        Ok(())
    }
}

fn place(words: &[String], word: &str) -> Option<i64> {
    words.iter().position(|known| known == word).and_then(|place| i64::try_from(place).ok())
}
