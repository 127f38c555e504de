//! Checks a list file against the metrics and schemes of the home, all faults at once.

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, WrittenCondition, did_you_mean},
    grading::{bind::figure_in_unit, bound::BoundMetric},
    ledger::entity::{ColumnSpec, Entity, entity},
    metrics::{
        definition::{Condition, MetricUnit},
        file::condition,
    },
    period::parse_day,
    report::list::definition::{Against, Direction, List, Occasion, Shown, Source, Test, Wanted, title_of},
    scheme::{SubjectKind, rule::Compare},
    text::{Lang, Title},
};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawList {
    title: Title,
    requirements: Vec<String>,
    example: Option<Title>,
    subject: SubjectKind,
    #[serde(default, rename = "where")]
    conditions: Vec<Spanned<WrittenCondition>>,
    #[serde(default)]
    tests: Vec<Spanned<RawTest>>,
    by: Option<Spanned<String>>,
    #[serde(default)]
    at_least: u32,
    fill: Option<Vec<Spanned<RawTest>>>,
    columns: Vec<Spanned<RawShown>>,
    order: Option<Spanned<RawOrder>>,
    #[serde(default)]
    occasion: Vec<Spanned<RawOccasion>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawOccasion {
    title: Title,
    first_day: String,
    last_day: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawTest {
    scheme: Option<String>,
    metric: Option<String>,
    one_of: Option<Vec<String>>,
    not_one_of: Option<Vec<String>>,
    at_least: Option<String>,
    above: Option<String>,
    at_most: Option<String>,
    below: Option<String>,
    empty: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawShown {
    column: Option<String>,
    metric: Option<String>,
    scheme: Option<String>,
    title: Option<Title>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawOrder {
    column: Option<String>,
    metric: Option<String>,
    scheme: Option<String>,
    first: Direction,
}

impl List {
    /// Checks a list file.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, id: &str, against: Against<'_>) -> Result<(Self, Wanted), Faults> {
        let raw: RawList = file.parse()?;
        let (name, _) = raw.subject.entity_and_key();
        let Some(entity) = entity(name) else {
            let message = format!("there is no entity `{name}`");
            return Err(file.whole_file_fault("list::no_entity", message, "choose another subject").into());
        };
        let mut checker =
            Checker { file, against, entity, subject: raw.subject, wanted: Wanted::default(), faults: Vec::new() };
        let list = Self {
            id: id.to_owned(),
            conditions: checker.conditions(&raw.conditions),
            tests: raw.tests.iter().filter_map(|test| checker.test(test)).collect(),
            by: raw.by.as_ref().and_then(|by| checker.column(by.get_ref(), &by.span())).map(|column| column.name),
            at_least: raw.at_least,
            fill: raw.fill.as_ref().map(|fill| fill.iter().filter_map(|test| checker.test(test)).collect()),
            columns: raw.columns.iter().filter_map(|shown| checker.shown(shown)).collect(),
            occasions: checker.occasions(&raw.occasion),
            order: raw.order.as_ref().and_then(|order| checker.order(order)),
            title: raw.title,
            requirements: raw.requirements,
            example: raw.example,
            subject: raw.subject,
        };
        if list.columns.is_empty() && raw.columns.is_empty() {
            let help = "list at least one, such as `columns = [{ column = \"name\" }]`";
            checker.faults.push(file.whole_file_fault("list::no_column", "the list shows nothing", help));
        }
        Faults::none_of(checker.faults).map(|()| (list, checker.wanted))
    }
}

struct Checker<'a> {
    file: &'a Declaration,
    against: Against<'a>,
    entity: &'static Entity,
    subject: SubjectKind,
    wanted: Wanted,
    faults: Vec<Fault>,
}

type Span = std::ops::Range<usize>;

impl Checker<'_> {
    fn told<T>(&mut self, code: &'static str, at: &Span, message: String, help: impl Into<String>) -> Option<T> {
        self.faults.push(self.file.fault(code, at.clone(), message, help));
        None
    }

    fn conditions(&mut self, raw: &[Spanned<WrittenCondition>]) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for raw in raw {
            match condition(self.file, self.against.currency.scale, self.entity, raw) {
                Ok(condition) => conditions.push(condition),
                Err(fault) => self.faults.push(fault),
            }
        }
        conditions
    }

    fn column(&mut self, name: &str, at: &Span) -> Option<&'static ColumnSpec> {
        let found = self.entity.column(name);
        if found.is_none() {
            let help = did_you_mean(name, self.entity.columns.iter().map(|column| column.name));
            let message = format!("entity `{}` has no column `{name}`", self.entity.name);
            return self.told("list::unknown_column", at, message, help);
        }
        found
    }

    fn metric(&mut self, name: &str, at: &Span) -> Option<usize> {
        if let Some(place) = self.wanted.metrics.iter().position(|known| known.metric.id == name) {
            return Some(place);
        }
        let metrics = self.against.metrics;
        let Some(metric) = metrics.get(name) else {
            let help = did_you_mean(name, metrics.keys().map(String::as_str));
            let message = format!("`{name}` is not a metric of `config/metrics.toml`");
            return self.told("list::unknown_metric", at, message, help);
        };
        let (_, key) = self.subject.entity_and_key();
        if metric.subject() != Some(key) {
            let message = format!("metric `{name}` is not about `{key}`, which this list is of");
            return self.told("list::wrong_subject", at, message, "take a metric whose `subject` is the same");
        }
        self.wanted.metrics.push(BoundMetric::new(metric, metrics, self.against.currency.scale)?);
        Some(self.wanted.metrics.len() - 1)
    }

    /// The place of a scheme, and the ids of its grades.
    fn scheme(&mut self, name: &str, at: &Span) -> Option<(usize, Vec<String>)> {
        if !self.against.schemes.iter().any(|known| known == name) {
            let help = did_you_mean(name, self.against.schemes.iter().map(String::as_str));
            let message = format!("`{name}` is not a scheme of `config/schemes/`");
            return self.told("list::unknown_scheme", at, message, help);
        }
        let Some((subject, grades)) = (self.against.grades)(name) else {
            let message = format!("scheme `{name}` cannot be read");
            return self.told("list::bad_scheme", at, message, "run `fenji check` for its faults");
        };
        if subject != self.subject {
            let message = format!("scheme `{name}` grades something else than this list is of");
            return self.told("list::wrong_subject", at, message, "take a scheme whose `subject` is the same");
        }
        let place = self.wanted.schemes.iter().position(|known| known == name).unwrap_or_else(|| {
            self.wanted.schemes.push(name.to_owned());
            self.wanted.schemes.len() - 1
        });
        Some((place, grades))
    }

    fn test(&mut self, raw: &Spanned<RawTest>) -> Option<Test> {
        let at = raw.span();
        let test = raw.get_ref();
        let limits = [
            (Compare::AtLeast, &test.at_least),
            (Compare::Above, &test.above),
            (Compare::AtMost, &test.at_most),
            (Compare::Below, &test.below),
        ];
        let limits: Vec<(Compare, &String)> =
            limits.into_iter().filter_map(|(compare, text)| text.as_ref().map(|text| (compare, text))).collect();
        let words = test.one_of.as_ref().map(|words| (words, true)).or(test.not_one_of.as_ref().map(|w| (w, false)));
        let given = usize::from(!limits.is_empty())
            + usize::from(test.one_of.is_some())
            + usize::from(test.not_one_of.is_some())
            + usize::from(test.empty.is_some());
        if given != 1 || test.scheme.is_some() == test.metric.is_some() {
            let help = "write `{ scheme = \"…\", one-of = [\"…\"] }`, `{ metric = \"…\", at-least = \"…\" }` or `empty = true`";
            return self.told(
                "list::bad_test",
                &at,
                "a test needs one scheme or metric, and one test".to_owned(),
                help,
            );
        }
        if let Some(scheme) = &test.scheme {
            let (place, known) = self.scheme(scheme, &at)?;
            return match (words, test.empty) {
                (Some((words, listed)), _) => Some(Test::Grade(place, self.grades(words, &known, &at)?, listed)),
                (None, Some(empty)) => Some(Test::NoGrade(place, empty)),
                (None, None) => {
                    let help = "grades take `one-of`, `not-one-of` or `empty`";
                    self.told("list::bad_test", &at, "a grade cannot be held against figures".to_owned(), help)
                }
            };
        }
        let place = self.metric(test.metric.as_deref().unwrap_or_default(), &at)?;
        let unit = self.wanted.metrics.get(place)?.metric.unit();
        match (words, test.empty) {
            (_, Some(empty)) => Some(Test::NoFigure(place, empty)),
            (Some((words, listed)), _) if unit == MetricUnit::Word => Some(Test::Word(place, words.clone(), listed)),
            (None, _) if unit != MetricUnit::Word => self.bounds(place, unit, &limits, &at),
            _ => {
                let message = format!("the metric is a {}, which this test cannot be put to", unit.name());
                self.told("list::bad_test", &at, message, "words take `one-of`; numbers and days take limits")
            }
        }
    }

    fn grades(&mut self, words: &[String], known: &[String], at: &Span) -> Option<Vec<u8>> {
        let mut ranks = Vec::new();
        for word in words {
            let Some(rank) = known.iter().position(|grade| grade == word).and_then(|rank| u8::try_from(rank).ok())
            else {
                let help = did_you_mean(word, known.iter().map(String::as_str));
                let message = format!("`{word}` is not a grade of the scheme");
                return self.told("list::unknown_grade", at, message, help);
            };
            ranks.push(rank);
        }
        Some(ranks)
    }

    fn bounds(&mut self, place: usize, unit: MetricUnit, limits: &[(Compare, &String)], at: &Span) -> Option<Test> {
        let mut bounds = Vec::new();
        for (compare, text) in limits {
            let Some(figure) = figure_in_unit(unit, text, self.against.currency.scale) else {
                let message = format!("`{text}` is not a figure of the metric ({})", unit.name());
                let help = "write amounts as `\"3000.00\"`, counts and days as `\"30\"`, ratios as `\"0.25\"`, days of the calendar as `\"2026-01-31\"`";
                return self.told("list::wrong_unit", at, message, help);
            };
            bounds.push((*compare, figure));
        }
        Some(Test::Figure(place, bounds))
    }

    fn source(&mut self, of: [Option<&String>; 3], at: &Span) -> Option<Source> {
        match of {
            [Some(column), None, None] => Some(Source::Column(self.column(column, at)?)),
            [None, Some(metric), None] => Some(Source::Metric(self.metric(metric, at)?)),
            [None, None, Some(scheme)] => Some(Source::Grade(self.scheme(scheme, at)?.0)),
            _ => {
                let help = "write `{ column = \"name\" }`, `{ metric = \"net_sales_12m\" }` or `{ scheme = \"abc\" }`";
                self.told("list::bad_column", at, "one column, metric or scheme is wanted here".to_owned(), help)
            }
        }
    }

    /// The occasions; days that are none, run backwards or do not follow one another are faults.
    fn occasions(&mut self, raw: &[Spanned<RawOccasion>]) -> Vec<Occasion> {
        let mut occasions: Vec<Occasion> = Vec::new();
        for raw in raw {
            let RawOccasion { title, first_day, last_day } = raw.get_ref();
            let days = parse_day(first_day).ok().zip(parse_day(last_day).ok()).filter(|(first, last)| {
                first <= last && occasions.last().is_none_or(|before| before.last_day < *first)
            });
            if let Some((first_day, last_day)) = days {
                occasions.push(Occasion { title: title.clone(), first_day, last_day });
            } else {
                let message = format!("an occasion cannot go from {first_day} to {last_day}");
                let help =
                    "write days such as \"2027-02-06\", the first no later than the last; occasions follow one another";
                self.told::<()>("list::bad_occasion", &raw.span(), message, help);
            }
        }
        occasions
    }

    fn shown(&mut self, raw: &Spanned<RawShown>) -> Option<Shown> {
        let shown = raw.get_ref();
        let of = [shown.column.as_ref(), shown.metric.as_ref(), shown.scheme.as_ref()];
        let source = self.source(of, &raw.span())?;
        if let Source::Column(column) = &source
            && shown.title.is_none()
            && title_of(column, Lang::English).is_none()
        {
            let message = format!("fenji has no words for column `{}`", column.name);
            let help = "give it a title: `{ column = \"…\", title = { zh = \"…\", en = \"…\" } }`";
            return self.told("list::no_title", &raw.span(), message, help);
        }
        Some(Shown { source, title: shown.title.clone() })
    }

    fn order(&mut self, raw: &Spanned<RawOrder>) -> Option<(Source, Direction)> {
        let order = raw.get_ref();
        let of = [order.column.as_ref(), order.metric.as_ref(), order.scheme.as_ref()];
        Some((self.source(of, &raw.span())?, order.first))
    }
}
