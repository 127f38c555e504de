//! What decided the class of a dimension, rule by rule.

use crate::{
    cli::explain::shown,
    grading::{
        bound::{BoundVersion, Figure, Side},
        evaluate::{Standing, adjusted, mean_of, order, resolve},
        outlook,
    },
    metrics::definition::MetricUnit,
    money::{Share, plain},
    run::{
        explain::{DimensionFacts, Explanation},
        home::Home,
    },
    scheme::{
        Boundary, WithoutFigure,
        rule::{Better, Case, Cells, Dimension, Limit, Method, NotPositive, Part, Rule, Source, Step, Ties, Whole},
    },
    text::Lang,
};

/// One thing that a class hangs on.
pub(super) struct Factor {
    pub(super) words: String,
    /// Whether it holds, where it can.
    pub(super) holds: Option<bool>,
    /// What is said when it does, and when it does not.
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
}

impl Factor {
    fn told(words: String) -> Self {
        Self { words, holds: None, yes: "", no: "" }
    }

    fn reached(words: String, holds: bool) -> Self {
        Self { words, holds: Some(holds), yes: "reached", no: "not reached" }
    }

    fn case(words: String, holds: bool) -> Self {
        Self { words, holds: Some(holds), yes: "holds", no: "does not hold" }
    }
}

/// The name of a kind of rule in scheme files.
pub(super) fn kind(rule: &Rule<usize, Figure>) -> &'static str {
    match rule {
        Rule::Bands { .. } => "bands",
        Rule::Lookup { .. } => "lookup",
        Rule::Shares { whole: Whole::Figures, .. } => "cumulative-share",
        Rule::Shares { whole: Whole::Subjects, .. } => "count-share",
        Rule::Quantiles { .. } => "quantiles",
        Rule::Matrix { .. } => "matrix",
        Rule::Conditions { .. } => "conditions",
        Rule::Labels { .. } => "labels",
        Rule::Code { .. } => "code",
        Rule::Weighted { .. } => "weighted",
        Rule::Vote { .. } => "vote",
        Rule::Adjust { .. } => "adjust",
        Rule::Scheme { .. } => "scheme",
    }
}

/// The id and title of a class.
pub(super) fn class_name(dimension: &Dimension<usize, Figure>, class: u8, lang: Lang) -> (&str, &str) {
    let class = dimension.classes.get(usize::from(class));
    class.map_or(("none", "none"), |class| (class.id.as_str(), class.title.in_lang(lang)))
}

/// The id of a class.
pub(super) fn class_id(dimension: &Dimension<usize, Figure>, class: u8) -> &str {
    dimension.classes.get(usize::from(class)).map_or("none", |class| class.id.as_str())
}

/// The settings of the version in force.
pub(super) fn settings(found: &Explanation) -> String {
    let Some(version) = found.grades.bound.scheme.versions.get(found.grades.now.version) else { return String::new() };
    let boundary = match version.boundary {
        Boundary::Better => "better",
        Boundary::Worse => "worse",
    };
    let without = match version.without_figure {
        WithoutFigure::Lowest => "lowest",
        WithoutFigure::Exclude => "exclude",
    };
    format!(
        "a value equal to a limit: the {boundary} grade; without a figure: {without}; reviewed every {}",
        version.cadence.name()
    )
}

/// Everything that the class of a dimension hangs on.
pub(super) fn factors(home: &Home, found: &Explanation, facts: &DimensionFacts) -> Vec<Factor> {
    let told = Told { home, found, facts };
    match &facts.dimension.rule {
        Rule::Bands { metric, better, limits } => told.bands(*metric, *better, limits),
        Rule::Lookup { metric, words, .. } => vec![told.lookup(*metric, words)],
        Rule::Shares { metric, better, shares, crossing, ties, not_positive, .. } => {
            let mut lines: Vec<Factor> = shares
                .iter()
                .map(|(class, share)| {
                    Factor::told(format!("{} up to {} of the whole", told.own(*class), number(*share)))
                })
                .collect();
            let words = [
                if *better == Better::Higher { "the highest first" } else { "the lowest first" },
                if *crossing == Boundary::Better {
                    "who crosses a line is in the better class"
                } else {
                    "who crosses a line is in the worse class"
                },
                if *ties == Ties::Together { "equal figures together" } else { "equal figures by id" },
                if *not_positive == NotPositive::Lowest {
                    "zero and negative in the lowest class"
                } else {
                    "zero and negative not graded"
                },
            ];
            lines.push(Factor::told(words.join("; ")));
            lines.extend(told.standing(*metric));
            lines.extend(told.nearest(*metric));
            lines
        }
        Rule::Quantiles { metric, better, method, .. } => {
            let method = match method {
                Method::R7 { plus: 0 } => "r7".to_owned(),
                Method::R7 { .. } => "r7-plus-one".to_owned(),
                Method::Ntile { .. } => "ntile".to_owned(),
                Method::Fixed(cuts) => {
                    let cuts: Vec<String> = cuts.iter().map(|cut| told.figure(*metric, *cut)).collect();
                    format!("cuts at {}", cuts.join(", "))
                }
            };
            let better = if *better == Better::Higher { "higher is better" } else { "lower is better" };
            let words = format!("{} parts; {method}; {better}", facts.dimension.classes.len());
            std::iter::once(Factor::told(words)).chain(told.standing(*metric)).chain(told.nearest(*metric)).collect()
        }
        Rule::Matrix { rows, columns, cells } => vec![told.matrix(*rows, *columns, cells)],
        Rule::Conditions { cases, .. } | Rule::Labels { cases } => told.cases(cases),
        Rule::Code { of } => of.iter().map(|(dimension, _)| told.part(*dimension)).collect(),
        Rule::Weighted { parts, limits, missing } => {
            let classes: Vec<u8> = parts.iter().map(|part| told.class(part.dimension).unwrap_or(u8::MAX)).collect();
            let mean = mean_of(parts, &classes, *missing, found.as_of);
            told.weighted(parts, limits, mean)
        }
        Rule::Vote { of, .. } => of.iter().map(|source| told.part(source.dimension)).collect(),
        Rule::Adjust { of, steps } => told.steps(of, steps),
        Rule::Scheme { scheme } => vec![Factor::told(format!("the grade that scheme `{}` gives", scheme.text))],
    }
}

/// A figure without a unit.
fn number(figure: Figure) -> String {
    match figure {
        Figure::Number(share) if share.whole == 1 => share.part.to_string(),
        Figure::Number(share) => share.scaled(6).map_or_else(String::new, |value| {
            let text = plain(value, 6);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }),
        Figure::Months { count, side } => {
            let unit = if count == 1 { "month" } else { "months" };
            let side = match side {
                Side::Before => "before",
                Side::After => "after",
            };
            format!("{count} {unit} {side}")
        }
    }
}

/// A cut between the parts, which may lie between two minor units: then with its fraction.
pub(super) fn cut_at(home: &Home, unit: MetricUnit, cut: Share) -> String {
    if let Some(whole) = cut.part.checked_div(cut.whole).filter(|whole| whole * cut.whole == cut.part) {
        return shown(home, unit, Share::new(whole, 1));
    }
    let places = if unit == MetricUnit::Money { home.mapping.currency.scale.places() } else { 0 };
    cut.scaled(2).map_or_else(String::new, |value| format!("about {}", plain(value, places + 2)))
}

pub(super) struct Told<'t> {
    pub(super) home: &'t Home,
    pub(super) found: &'t Explanation,
    facts: &'t DimensionFacts,
}

impl Told<'_> {
    fn own(&self, class: u8) -> String {
        let (id, title) = class_name(&self.facts.dimension, class, self.home.settings.language);
        format!("{id} ({title})")
    }

    fn class(&self, dimension: usize) -> Option<u8> {
        self.found.dimensions.get(dimension).and_then(|facts| facts.class)
    }

    /// Another dimension with its class.
    pub(super) fn named(&self, dimension: usize) -> (String, String) {
        let Some(facts) = self.found.dimensions.get(dimension) else { return (String::new(), String::new()) };
        let class = facts.class.map_or("none", |class| class_id(&facts.dimension, class));
        (facts.dimension.id.clone(), class.to_owned())
    }

    fn part(&self, dimension: usize) -> Factor {
        let (id, class) = self.named(dimension);
        Factor::told(format!("{id} is {class}"))
    }

    /// A figure of a rule in the unit of a metric.
    pub(super) fn figure(&self, metric: usize, figure: Figure) -> String {
        let unit = self.found.metrics.get(metric).map_or(MetricUnit::Count, |facts| facts.metric.metric.unit());
        match figure {
            Figure::Number(share) => shown(self.home, unit, share),
            Figure::Months { .. } => number(figure),
        }
    }

    fn bands(&self, metric: usize, better: Better, limits: &[Limit<Figure>]) -> Vec<Factor> {
        let reached = |limit: &Limit<Figure>| self.facts.class.is_some_and(|class| limit.class <= class);
        let mut lines: Vec<Factor> = limits
            .iter()
            .map(|limit| {
                let from = match (better, limit.boundary) {
                    (Better::Higher, Boundary::Better) => "from",
                    (Better::Higher, Boundary::Worse) => "above",
                    (Better::Lower, Boundary::Better) => "up to",
                    (Better::Lower, Boundary::Worse) => "below",
                };
                let words = format!("{from:<8} {} {}", self.figure(metric, limit.figure), self.own(limit.class));
                Factor::reached(words, reached(limit))
            })
            .collect();
        let own = self.found.metrics.get(metric).and_then(|facts| Some((facts, facts.metric.share(facts.figure?))));
        if let (Some((facts, own)), Some(next)) = (own, limits.iter().find(|limit| !reached(limit))) {
            let unit = facts.metric.metric.unit();
            // Where the limit itself is not enough, a little more is missing than the distance to it.
            let missing = self.place().zip(self.version()).and_then(|(place, version)| {
                outlook::missing(version, place, next.class, facts.figure, self.found.as_of)
            });
            lines.extend(match missing {
                Some(missing) if unit != MetricUnit::Day => Some(self.needed(unit, i128::from(missing), next.class)),
                _ => self.missing(unit, own, resolve(next.figure, self.found.as_of), next.class),
            });
        }
        lines
    }

    /// How far a figure is from another, where both are whole.
    fn missing(&self, unit: MetricUnit, own: Share, other: Share, class: u8) -> Option<Factor> {
        if own.whole != 1 || other.whole != 1 || unit == MetricUnit::Day {
            return None;
        }
        let distance = if order(own, other).is_le() { other.part - own.part } else { own.part - other.part };
        Some(self.needed(unit, distance, class))
    }

    fn needed(&self, unit: MetricUnit, distance: i128, class: u8) -> Factor {
        let distance = shown(self.home, unit, Share::new(distance, 1));
        Factor::told(format!("{:<8} {distance} to {}", "missing", self.own(class)))
    }

    fn version(&self) -> Option<&BoundVersion> {
        self.found.grades.bound.versions.get(self.found.grades.now.version)
    }

    /// The place of the dimension in its version.
    fn place(&self) -> Option<usize> {
        self.version()?.dimensions.iter().position(|dimension| dimension.id == self.facts.dimension.id)
    }

    /// Where the subject stands among all.
    fn standing(&self, metric: usize) -> Option<Factor> {
        let unit = self.found.metrics.get(metric).map_or(MetricUnit::Count, |facts| facts.metric.metric.unit());
        let percent =
            |share: &Share| share.scaled(4).map_or_else(|| "none".to_owned(), |value| format!("{} %", plain(value, 2)));
        Some(Factor::told(match self.facts.standing.as_ref()? {
            Standing::Cumulative { before, after } => {
                format!("those before it make up {} of the whole, with it {}", percent(before), percent(after))
            }
            Standing::Place { place, of } => format!("place {place} of {of}, the worst first"),
            Standing::Cuts(cuts) => {
                let cuts: Vec<String> = cuts.iter().map(|cut| cut_at(self.home, unit, *cut)).collect();
                format!("cut at {}", cuts.join(", "))
            }
        }))
    }

    fn nearest(&self, metric: usize) -> Vec<Factor> {
        let Some((class, figure)) = self.facts.nearest else { return Vec::new() };
        let Some(facts) = self.found.metrics.get(metric) else { return Vec::new() };
        let unit = facts.metric.metric.unit();
        let share = facts.metric.share(figure);
        let words = format!("the nearest subject of {} has {}", self.own(class), shown(self.home, unit, share));
        let distance = facts.figure.and_then(|own| self.missing(unit, facts.metric.share(own), share, class));
        std::iter::once(Factor::told(words)).chain(distance).collect()
    }

    fn lookup(&self, metric: usize, words: &[(String, u8)]) -> Factor {
        let word = self.found.metrics.get(metric).and_then(|metric| metric.word.as_deref()).unwrap_or("none");
        let listed = words.iter().find(|(known, _)| known == word);
        Factor::told(listed.map_or_else(
            || format!("`{word}` is not listed"),
            |(_, class)| format!("`{word}` is {}", self.own(*class)),
        ))
    }

    fn matrix(&self, rows: usize, columns: usize, cells: &Cells<Figure>) -> Factor {
        let ((row_id, row), (column_id, column)) = (self.named(rows), self.named(columns));
        let place = self.class(rows).zip(self.class(columns));
        let number_of = |cells: &[Vec<Figure>]| {
            let (row, column) = place?;
            cells
                .get(usize::from(row))?
                .get(usize::from(column))
                .map(|cell| format!(", the cell has {}", number(*cell)))
        };
        let cell = match cells {
            Cells::Classes(_) => None,
            Cells::Numbers { cells, .. } => number_of(cells),
        };
        Factor::told(format!("{row_id} is {row} and {column_id} is {column}{}", cell.unwrap_or_default()))
    }

    fn cases(&self, cases: &[Case<usize, Figure>]) -> Vec<Factor> {
        let cases = cases.iter().zip(&self.facts.holds);
        cases
            .map(|(case, holds)| {
                let class = if let Rule::Labels { .. } = &self.facts.dimension.rule {
                    self.own(1_u8.checked_shl(u32::from(case.class)).unwrap_or(u8::MAX))
                } else {
                    self.own(case.class)
                };
                Factor::case(format!("{class} when {}:", self.when(&case.when)), *holds)
            })
            .collect()
    }

    fn steps(&self, of: &Source, steps: &[Step<usize, Figure>]) -> Vec<Factor> {
        let best = u8::try_from(self.facts.dimension.classes.len().saturating_sub(1)).unwrap_or(u8::MAX);
        let mut class = self.class(of.dimension).and_then(|class| of.classes.get(usize::from(class)).copied());
        let mut lines = vec![self.part(of.dimension)];
        for (place, (step, holds)) in steps.iter().zip(&self.facts.holds).enumerate() {
            let title = step.title.as_ref().map_or_else(
                || format!("step {}", place + 1),
                |title| title.in_lang(self.home.settings.language).to_owned(),
            );
            let after = class.map(|class| if *holds { adjusted(class, best, step) } else { class });
            let name =
                |class: Option<u8>| class.map_or("none", |class| class_id(&self.facts.dimension, class)).to_owned();
            let moved = format!("{} to {}", name(class), name(after));
            lines.push(Factor::case(format!("{title} when {}: {moved},", self.when(&step.when)), *holds));
            class = after;
        }
        lines
    }

    fn weighted(&self, parts: &[Part<Figure>], limits: &[Limit<Figure>], mean: Option<Share>) -> Vec<Factor> {
        let mut lines: Vec<Factor> = parts
            .iter()
            .map(|part| {
                let (id, class) = self.named(part.dimension);
                let score = self.class(part.dimension).and_then(|class| part.scores.get(usize::from(class)));
                let score = score.map_or_else(|| "none".to_owned(), |score| number(*score));
                Factor::told(format!("{id} is {class}: weight {}, score {score}", number(part.weight)))
            })
            .collect();
        lines.push(Factor::told(format!(
            "mean {}",
            mean.map_or_else(|| "none".to_owned(), |mean| number(Figure::Number(mean)))
        )));
        lines.extend(limits.iter().map(|limit| {
            let from = if limit.boundary == Boundary::Better { "from" } else { "above" };
            let words = format!("{from:<8} {} {}", number(limit.figure), self.own(limit.class));
            Factor::reached(words, self.facts.class.is_some_and(|class| limit.class <= class))
        }));
        lines
    }
}
