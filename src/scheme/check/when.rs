//! Cases, steps and the tests in them.

use std::ops::Range;

use crate::{
    declaration::Spanned,
    scheme::{
        Grade,
        check::{Checker, classes::Shape, written},
        file::{RawCase, RawDimension, RawStep, RawTest},
        rule::{Among, Case, Change, Compare, Presence, Rule, Step, Test, When, Written},
    },
};

type Checked = Rule<Written, Written>;

impl Checker<'_> {
    pub(super) fn conditions(&mut self, raw: &RawDimension, classes: &[Grade], shapes: &[Shape]) -> Option<Checked> {
        let otherwise = self.otherwise(raw.otherwise.as_ref()?, classes);
        let mut cases = Vec::new();
        for case in raw.case.as_ref()? {
            let name = self.name_of(case, "class", case.get_ref().class.as_ref(), case.get_ref().label.as_ref());
            let class = name.and_then(|name| self.class(&name, classes));
            let when = self.when(&case.get_ref().all, &case.get_ref().any, &case.span(), shapes);
            cases.push(class.zip(when).map(|(class, when)| Case { class, when }));
        }
        Some(Rule::Conditions { cases: cases.into_iter().collect::<Option<_>>()?, otherwise })
    }

    pub(super) fn labels(&mut self, raw: &RawDimension, sets: &[Grade], shapes: &[Shape]) -> Option<Checked> {
        let single = |(place, _): &(usize, &Grade)| place.is_power_of_two();
        let labels: Vec<Grade> = sets.iter().enumerate().filter(single).map(|(_, set)| set.clone()).collect();
        let mut cases: Vec<Option<Case<Written, Written>>> = Vec::new();
        for case in raw.case.as_ref()? {
            let name = self.name_of(case, "label", case.get_ref().label.as_ref(), case.get_ref().class.as_ref());
            let class = name.and_then(|name| self.class(&name, &labels));
            if let Some(class) = class
                && cases.iter().flatten().any(|other| other.class == class)
            {
                let label = labels.get(usize::from(class)).map_or("", |label| label.id.as_str());
                let message = format!("the label `{label}` has two cases");
                let help = "write one case for each label; several ways to earn it stand in `any`";
                self.told::<()>("scheme::bad_case", case.span(), message, help);
            }
            let when = self.when(&case.get_ref().all, &case.get_ref().any, &case.span(), shapes);
            cases.push(class.zip(when).map(|(class, when)| Case { class, when }));
        }
        for (place, label) in labels.iter().enumerate() {
            if cases.iter().all(Option::is_some) && !cases.iter().flatten().any(|case| usize::from(case.class) == place)
            {
                let message = format!("the label `{}` has no case", label.id);
                self.told::<()>("scheme::bad_case", raw.id.span(), message, "write when it holds, or remove the label");
            }
        }
        Some(Rule::Labels { cases: cases.into_iter().collect::<Option<_>>()? })
    }

    /// The class or label that a case gives.
    fn name_of(
        &mut self,
        case: &Spanned<RawCase>,
        key: &str,
        name: Option<&Spanned<String>>,
        other: Option<&Spanned<String>>,
    ) -> Option<Spanned<String>> {
        if let (Some(name), None) = (name, other) {
            return Some(name.clone());
        }
        let message = format!("the case does not say its `{key}`");
        let help = "cases of `conditions` have a `class`, cases of `labels` a `label`";
        self.told("scheme::bad_case", case.span(), message, help)
    }

    pub(super) fn adjust(&mut self, raw: &RawDimension, classes: &[Grade], shapes: &[Shape]) -> Option<Checked> {
        let of = raw.of.as_ref()?;
        let Some(name) = of.get_ref().as_str() else {
            let message = "`of` of an `adjust` is not a name";
            return self.told(
                "scheme::bad_of",
                of.span(),
                message,
                "write `of = \"base\"`, the dimension to begin with",
            );
        };
        let of = self.source(&Spanned::new(of.span(), name.to_owned()), classes, shapes);
        let steps: Vec<Option<Step<Written, Written>>> =
            raw.step.as_ref()?.iter().map(|step| self.step(step, classes, shapes)).collect();
        Some(Rule::Adjust { of: of?, steps: steps.into_iter().collect::<Option<_>>()? })
    }

    fn step(&mut self, raw: &Spanned<RawStep>, classes: &[Grade], shapes: &[Shape]) -> Option<Step<Written, Written>> {
        let (span, raw) = (raw.span(), raw.get_ref());
        let change = match (raw.by, &raw.raise_to, &raw.lower_to) {
            (Some(by), None, None) if by != 0 => Change::By(by),
            (None, Some(to), None) => Change::RaiseTo(self.class(to, classes)?),
            (None, None, Some(to)) => Change::LowerTo(self.class(to, classes)?),
            _ => {
                let help = "write one of `by = 1` (classes up, negative: down), `raise-to = \"…\"`, `lower-to = \"…\"`";
                return self.told("scheme::bad_step", span, "the step does not say one thing to do", help);
            }
        };
        let cap = match &raw.cap {
            Some(cap) => Some(self.class(cap, classes)?),
            None => None,
        };
        let floor = match &raw.floor {
            Some(floor) => Some(self.class(floor, classes)?),
            None => None,
        };
        let when = self.when(&raw.all, &raw.any, &span, shapes)?;
        Some(Step { title: raw.title.clone(), change, when, cap, floor })
    }

    fn when(
        &mut self,
        all: &[Spanned<RawTest>],
        any: &[Spanned<RawTest>],
        at: &Range<usize>,
        shapes: &[Shape],
    ) -> Option<When<Written, Written>> {
        if all.is_empty() && any.is_empty() {
            let help = "add `all = [{ metric = \"…\", at-least = \"…\" }]`, or `any = […]`";
            return self.told("scheme::bad_case", at.clone(), "it has no test: it would always hold", help);
        }
        let all: Vec<Option<Test<Written, Written>>> = all.iter().map(|test| self.test(test, shapes)).collect();
        let any: Vec<Option<Test<Written, Written>>> = any.iter().map(|test| self.test(test, shapes)).collect();
        Some(When { all: all.into_iter().collect::<Option<_>>()?, any: any.into_iter().collect::<Option<_>>()? })
    }

    fn test(&mut self, raw: &Spanned<RawTest>, shapes: &[Shape]) -> Option<Test<Written, Written>> {
        let (span, raw) = (raw.span(), raw.get_ref());
        let bounds = bounds(raw);
        let kinds = usize::from(!bounds.is_empty())
            + usize::from(raw.one_of.is_some())
            + usize::from(raw.not_one_of.is_some())
            + usize::from(raw.empty.is_some());
        if kinds != 1 || raw.metric.is_some() == raw.dimension.is_some() {
            let message = "the test is not one question about one metric or dimension";
            let help = "name a `metric` or a `dimension`, and give one of `one-of`, `not-one-of`, `empty`, or bounds (`at-least`, `above`, `at-most`, `below`)";
            return self.told("scheme::bad_test", span, message, help);
        }
        let presence = raw.empty.map(|empty| if empty { Presence::Missing } else { Presence::There });
        if let Some(name) = &raw.metric {
            let metric = written(name);
            let words = |list: &[Spanned<String>]| list.iter().map(|word| word.get_ref().clone()).collect();
            return Some(match (&raw.one_of, &raw.not_one_of, presence) {
                (Some(list), _, _) => Test::Word { metric, words: words(list), pass: Among::Listed },
                (_, Some(list), _) => Test::Word { metric, words: words(list), pass: Among::NotListed },
                (_, _, Some(presence)) => Test::HasFigure { metric, presence },
                _ => Test::Figure {
                    metric,
                    bounds: bounds.into_iter().map(|(compare, text)| (compare, written(text))).collect(),
                },
            });
        }
        let dimension = self.place(raw.dimension.as_ref()?, shapes)?;
        if let Some(presence) = presence {
            return Some(Test::HasClass { dimension, presence });
        }
        let classes = &shapes.get(dimension)?.classes;
        let mut pass = vec![true; classes.len()];
        for (compare, name) in bounds {
            let bound = usize::from(self.class(name, classes)?);
            for (class, pass) in pass.iter_mut().enumerate() {
                *pass = *pass
                    && match compare {
                        Compare::AtLeast => class >= bound,
                        Compare::Above => class > bound,
                        Compare::AtMost => class <= bound,
                        Compare::Below => class < bound,
                    };
            }
        }
        if let Some((list, listed)) =
            raw.one_of.as_ref().map(|list| (list, true)).or(raw.not_one_of.as_ref().map(|list| (list, false)))
        {
            let places: Option<Vec<u8>> = list.iter().map(|name| self.class(name, classes)).collect();
            let places = places?;
            for (class, pass) in pass.iter_mut().enumerate() {
                *pass = places.iter().any(|place| usize::from(*place) == class) == listed;
            }
        }
        Some(Test::Class { dimension, pass })
    }
}

/// The bounds that a test gives.
fn bounds(raw: &RawTest) -> Vec<(Compare, &Spanned<String>)> {
    let all = [
        (Compare::AtLeast, &raw.at_least),
        (Compare::Above, &raw.above),
        (Compare::AtMost, &raw.at_most),
        (Compare::Below, &raw.below),
    ];
    all.into_iter().filter_map(|(compare, text)| Some((compare, text.as_ref()?))).collect()
}
