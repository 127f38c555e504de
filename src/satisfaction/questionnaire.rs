//! `config/surveys/<id>.toml`: what is asked, on which scale, and how answers count.

use serde::Deserialize;

use crate::{
    declaration::{Declaration, Fault, Faults, Spanned, did_you_mean, quoted},
    money::{Scale as Places, parse_minor},
    satisfaction::{
        scale::Scale,
        statistics::{Confidence, MICRO},
    },
    text::Title,
};

/// The most indicators of a survey.
const MOST_INDICATORS: usize = 200;
/// The most that `least` may be.
const MOST_LEAST: i64 = 100_000;
/// Decimal places of weights and targets.
const PLACES: u8 = 6;

/// A survey, checked.
#[derive(Debug, Clone)]
pub struct Questionnaire {
    /// The file's name.
    pub id: String,
    /// Its name for people.
    pub title: Title,
    /// Requirement ids.
    pub requirements: Vec<String>,
    /// The scale of every answer.
    pub scale: Scale,
    /// Words that say that a question does not apply.
    pub not_applicable: Vec<String>,
    /// What a comment does to an answer (S25); `None` for nothing.
    pub comments: Option<Override>,
    /// How sure intervals are.
    pub confidence: Confidence,
    /// With fewer answers or customers there is no interval, no rank and no judgement.
    pub least: i64,
    /// What customers of a grade shall reach (S29).
    pub targets: Option<Targets>,
    /// What is asked.
    pub indicators: Vec<Indicator>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Indicator {
    /// Its name.
    pub id: String,
    /// Its name for people.
    pub title: Title,
    /// What it belongs to.
    pub group: Group,
    /// What it weighs, in millionths.
    pub weight: i64,
    /// The words of a ledger that mean it, its id and titles among them.
    pub words: Vec<String>,
}

/// What an indicator is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// The product.
    Product,
    /// The service.
    Service,
}

impl Group {
    /// The name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Service => "service",
        }
    }
}

/// What a comment does to an answer (S25).
#[derive(Debug, Clone)]
pub struct Override {
    /// The places of the levels that a comment changes.
    pub levels: Vec<usize>,
    /// The place of the level that is counted instead.
    pub counts_as: usize,
    /// The kinds of comments that count.
    pub kinds: Vec<CommentKind>,
}

/// What a comment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommentKind {
    /// It praises.
    Praise,
    /// It tells an opinion.
    Opinion,
    /// It suggests something.
    Suggestion,
    /// Nobody said what it is.
    Untyped,
}

impl CommentKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Praise, Self::Opinion, Self::Suggestion, Self::Untyped];

    /// The name in declarations and in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Self::Praise => "praise",
            Self::Opinion => "opinion",
            Self::Suggestion => "suggestion",
            Self::Untyped => "untyped",
        }
    }
}

/// What customers of a grade shall reach (S29).
#[derive(Debug, Clone)]
pub struct Targets {
    /// The scheme of the grades.
    pub scheme: String,
    /// Grades with their least score in millionths, in the order of their names.
    pub least: Vec<(String, i128)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Raw {
    title: Title,
    requirements: Vec<String>,
    scale: Spanned<String>,
    #[serde(default)]
    not_applicable: Vec<Spanned<String>>,
    #[serde(rename = "override")]
    comments: Option<RawOverride>,
    statistics: RawStatistics,
    targets: Option<RawTargets>,
    indicator: Vec<RawIndicator>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawOverride {
    levels: Vec<Spanned<String>>,
    counts_as: Spanned<String>,
    comments: Vec<CommentKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStatistics {
    confidence: Spanned<String>,
    least: Spanned<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawTargets {
    scheme: Spanned<String>,
    at_least: std::collections::BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIndicator {
    id: Spanned<String>,
    title: Title,
    group: Group,
    weight: Option<Spanned<String>>,
    #[serde(default)]
    words: Vec<String>,
}

/// The grades of a scheme, by its name.
pub type GradesOf<'g> = &'g dyn Fn(&str) -> Option<Vec<String>>;

impl Questionnaire {
    /// Checks the file of a survey against the scales and the schemes of the home.
    ///
    /// # Errors
    /// Every fault of the file, with its line.
    pub fn check(file: &Declaration, id: &str, scales: &[Scale], grades: GradesOf<'_>) -> Result<Self, Faults> {
        let raw: Raw = file.parse()?;
        let mut checker = Checker { file, faults: Vec::new() };
        let scale = checker.scale(&raw.scale, scales);
        let not_applicable: Vec<String> = raw.not_applicable.iter().map(|word| word.get_ref().clone()).collect();
        for word in &raw.not_applicable {
            if scale.is_some_and(|scale| scale.level(word.get_ref()).is_some()) {
                let message = format!("`{}` is the name of a level too", word.get_ref());
                checker.told("survey::duplicate_level", word, message, "let each word mean one thing");
            }
        }
        let comments = raw.comments.as_ref().zip(scale).and_then(|(raw, scale)| checker.comments(raw, scale));
        let confidence = Confidence::parse(raw.statistics.confidence.get_ref());
        if confidence.is_none() {
            let message = format!("the confidence `{}` is not known", raw.statistics.confidence.get_ref());
            checker.told(
                "survey::bad_confidence",
                &raw.statistics.confidence,
                message,
                "write \"0.90\", \"0.95\" or \"0.99\"",
            );
        }
        let least = *raw.statistics.least.get_ref();
        if !(2..=MOST_LEAST).contains(&least) {
            let help = format!("write a whole number from 2 to {MOST_LEAST}; 30 is customary");
            checker.told("survey::bad_least", &raw.statistics.least, format!("`least` is {least}"), help);
        }
        let targets = raw.targets.as_ref().map(|targets| checker.targets(targets, grades));
        let indicators = checker.indicators(raw.indicator);
        Faults::none_of(checker.faults)?;
        let (Some(scale), Some(confidence)) = (scale.cloned(), confidence) else {
            return Err(file
                .whole_file_fault("survey::no_scale", "the survey has no scale", "name one in `scale`")
                .into());
        };
        Ok(Self {
            id: id.to_owned(),
            title: raw.title,
            requirements: raw.requirements,
            scale,
            not_applicable,
            comments,
            confidence,
            least,
            targets,
            indicators,
        })
    }

    /// Whether a comment of a kind lowers a level (S25).
    pub fn lowers(&self, level: usize, kind: Option<CommentKind>) -> bool {
        let lowers = |comments: &Override| {
            comments.levels.contains(&level) && kind.is_some_and(|kind| comments.kinds.contains(&kind))
        };
        self.comments.as_ref().is_some_and(lowers)
    }

    /// The place of an indicator by a word of the ledger.
    pub fn indicator(&self, word: &str) -> Option<usize> {
        self.indicators.iter().position(|indicator| indicator.words.iter().any(|known| known == word))
    }
}

struct Checker<'f> {
    file: &'f Declaration,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    fn told<T>(&mut self, code: &'static str, at: &Spanned<T>, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push(self.file.fault(code, at.span(), message.into(), help.into()));
    }

    fn scale<'s>(&mut self, name: &Spanned<String>, scales: &'s [Scale]) -> Option<&'s Scale> {
        let found = scales.iter().find(|scale| scale.id == *name.get_ref());
        if found.is_none() {
            let help = did_you_mean(name.get_ref(), scales.iter().map(|scale| scale.id.as_str()));
            self.told(
                "survey::unknown_scale",
                name,
                format!("`{}` is not a scale of `config/scales.toml`", name.get_ref()),
                help,
            );
        }
        found
    }

    fn comments(&mut self, raw: &RawOverride, scale: &Scale) -> Option<Override> {
        let counts_as = self.level(&raw.counts_as, scale);
        let levels: Vec<Option<usize>> = raw.levels.iter().map(|level| self.level(level, scale)).collect();
        for (level, name) in levels.iter().zip(&raw.levels) {
            if level.zip(counts_as).is_some_and(|(level, counts_as)| level <= counts_as) {
                let message = format!(
                    "`{}` is not better than `{}`, which it would count as",
                    name.get_ref(),
                    raw.counts_as.get_ref()
                );
                self.told(
                    "survey::override_raises",
                    name,
                    message,
                    "a comment only lowers: name levels above the one that is counted",
                );
            }
        }
        Some(Override {
            levels: levels.into_iter().flatten().collect(),
            counts_as: counts_as?,
            kinds: raw.comments.clone(),
        })
    }

    fn level(&mut self, name: &Spanned<String>, scale: &Scale) -> Option<usize> {
        let found = scale.levels.iter().position(|level| level.id == *name.get_ref());
        if found.is_none() {
            let known: Vec<&str> = scale.levels.iter().map(|level| level.id.as_str()).collect();
            let message = format!("`{}` is not a level of the scale `{}`", name.get_ref(), scale.id);
            self.told("survey::unknown_level", name, message, format!("its levels are {}", quoted(&known)));
        }
        found
    }

    fn targets(&mut self, raw: &RawTargets, grades: GradesOf<'_>) -> Targets {
        let known = grades(raw.scheme.get_ref());
        if known.is_none() {
            let message = format!("`{}` is not a scheme of customers of this home", raw.scheme.get_ref());
            self.told("survey::unknown_scheme", &raw.scheme, message, "`fenji scheme list` lists them");
        }
        let mut least = Vec::new();
        for (grade, score) in &raw.at_least {
            if known.as_ref().is_some_and(|known| !known.contains(grade)) {
                let help = did_you_mean(grade, known.iter().flatten().map(String::as_str));
                let message = format!("`{grade}` is not a grade of `{}`", raw.scheme.get_ref());
                self.told("survey::unknown_grade", score, message, help);
            }
            let value = places(score.get_ref()).map(i128::from);
            if let Some(value) = value.filter(|value| (0..=100 * MICRO).contains(value)) {
                least.push((grade.clone(), value));
            } else {
                let message = format!("`{}` is not a score", score.get_ref());
                self.told("survey::bad_score", score, message, "write points from 0 to 100, such as \"90\"");
            }
        }
        Targets { scheme: raw.scheme.get_ref().clone(), least }
    }

    fn indicators(&mut self, raw: Vec<RawIndicator>) -> Vec<Indicator> {
        if raw.is_empty() || raw.len() > MOST_INDICATORS {
            let message = format!("the survey has {} indicators", raw.len());
            let help = format!("write 1 to {MOST_INDICATORS} `[[indicator]]`");
            self.faults.push(self.file.whole_file_fault("survey::indicator_count", message, help));
        }
        let weighted = raw.iter().filter(|indicator| indicator.weight.is_some()).count();
        let mut indicators: Vec<Indicator> = Vec::new();
        for indicator in raw {
            let weight = match &indicator.weight {
                Some(written) => places(written.get_ref()).filter(|weight| *weight > 0),
                None if weighted == 0 => Some(1_000_000),
                None => None,
            };
            if weight.is_none() {
                let message = format!("the indicator `{}` has no weight above 0", indicator.id.get_ref());
                let help = "weigh every indicator, such as `weight = \"0.1\"`, or none";
                self.told("survey::bad_weight", &indicator.id, message, help);
            }
            let span = indicator.id.clone();
            let id = indicator.id.into_inner();
            let mut words = vec![id.clone(), indicator.title.zh.clone(), indicator.title.en.clone()];
            words.extend(indicator.words);
            if let Some(word) = words.iter().find(|word| indicators.iter().any(|other| other.words.contains(word))) {
                let message = format!("`{word}` is the name of two indicators");
                self.told("survey::duplicate_indicator", &span, message, "let each word mean one indicator");
            }
            let weight = weight.unwrap_or(0);
            indicators.push(Indicator { id, title: indicator.title, group: indicator.group, weight, words });
        }
        indicators
    }
}

/// A decimal in millionths.
fn places(text: &str) -> Option<i64> {
    parse_minor(text, Places::new(PLACES).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../config/surveys/customer-satisfaction.toml");

    fn check(text: &str) -> Result<Questionnaire, Faults> {
        let scales = Scale::check_all(&Declaration::new("s", include_str!("../../config/scales.toml"))).unwrap();
        let grades = |scheme: &str| (scheme == "abc").then(|| ["A", "B", "C"].map(str::to_owned).to_vec());
        Questionnaire::check(&Declaration::new("config/surveys/x.toml", text), "x", &scales, &grades)
    }

    #[test]
    fn the_shipped_survey_has_the_fourteen_indicators() {
        let survey = check(SHIPPED).unwrap();
        assert_eq!(survey.indicators.len(), 14);
        assert_eq!(survey.indicators.iter().filter(|indicator| indicator.group == Group::Product).count(), 6);
        assert_eq!(survey.indicator("产品交付及时性"), Some(7));
        assert!(survey.indicators.iter().all(|indicator| indicator.weight == 1_000_000));
        let comments = survey.comments.unwrap();
        assert_eq!((comments.levels, comments.counts_as), (vec![3, 2], 1));
        assert_eq!(survey.targets.unwrap().least, [("A".to_owned(), 90_000_000), ("B".to_owned(), 70_000_000)]);
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let wrong = SHIPPED
            .replace("scheme = \"abc\"", "scheme = \"abd\"")
            .replace("counts-as = \"dissatisfied\"", "counts-as = \"satisfied\"")
            .replace("\"0.95\" ", "\"0.5\" ")
            .replace("least = 30", "least = 1")
            .replace("A = \"90\"", "A = \"900\"")
            .replace("id = \"safety\"", "id = \"stability\"")
            .replace("[\"不适用\", \"0\"]", "[\"一般\"]")
            .replace("group = \"product\"\n\n", "group = \"product\"\nweight = \"0.1\"\n\n");
        let faults = check(&wrong).unwrap_err();
        let mut codes: Vec<&str> = faults.list().iter().map(Fault::code_name).collect();
        assert!(faults.list().iter().all(|fault| fault.line().is_some()));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(
            codes,
            [
                "survey::bad_confidence",
                "survey::bad_least",
                "survey::bad_score",
                "survey::bad_weight",
                "survey::duplicate_indicator",
                "survey::duplicate_level",
                "survey::override_raises",
                "survey::unknown_scheme",
            ]
        );
        for (from, to, code) in [
            ("\"five-level\"", "\"six-level\"", "survey::unknown_scale"),
            ("\"neutral\"]", "\"so-so\"]", "survey::unknown_level"),
            ("B = \"70\"", "D = \"70\"", "survey::unknown_grade"),
        ] {
            let faults = check(&SHIPPED.replace(from, to)).unwrap_err();
            assert!(faults.list().iter().any(|fault| fault.code_name() == code), "{code}");
        }
    }
}
