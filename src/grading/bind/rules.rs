//! Each kind of rule: its metrics and figures bound.

use crate::{
    grading::{
        bind::{Binder, figures::Measured},
        bound::Figure,
    },
    money::Share,
    scheme::{
        Grade,
        rule::{Better, Case, Cells, Dimension, Limit, Method, Part, Rule, Step, Test, When, Whole, Written},
    },
};

type Read = Dimension<Written, Written>;
type Limits = Vec<Limit<Figure>>;

impl Binder<'_> {
    pub(super) fn dimension(&mut self, dimension: &Read) -> Option<Dimension<usize, Figure>> {
        Some(Dimension {
            id: dimension.id.clone(),
            title: dimension.title.clone(),
            classes: dimension.classes.clone(),
            without_figure: dimension.without_figure,
            rule: self.rule(dimension)?,
            span: dimension.span.clone(),
        })
    }

    fn rule(&mut self, dimension: &Read) -> Option<Rule<usize, Figure>> {
        Some(match &dimension.rule {
            Rule::Bands { metric, better, limits } => {
                let metric = self.number_metric(metric)?;
                let limits = self.limits(dimension, limits, Measured::Metric(metric), *better);
                Rule::Bands { metric, better: *better, limits: limits? }
            }
            Rule::Lookup { metric, words, otherwise } => {
                let place = self.word_metric(metric)?;
                self.known_words(place, words.iter().map(|(word, _)| word), metric);
                Rule::Lookup { metric: place, words: words.clone(), otherwise: *otherwise }
            }
            Rule::Shares { metric, better, whole, shares, crossing, ties, not_positive } => {
                let metric = self.number_metric(metric);
                if let (Some(place), Whole::Figures) = (metric, whole) {
                    self.not_a_ratio(place, dimension, "a share of a total");
                }
                let shares = self.shares(dimension, shares);
                Rule::Shares {
                    metric: metric?,
                    better: *better,
                    whole: *whole,
                    shares: shares?,
                    crossing: *crossing,
                    ties: *ties,
                    not_positive: *not_positive,
                }
            }
            Rule::Quantiles { metric, better, method, population } => {
                let metric = self.number_metric(metric)?;
                if matches!(method, Method::R7 { .. }) {
                    self.not_a_ratio(metric, dimension, "an interpolated quantile");
                }
                let method = self.method(dimension, method, metric)?;
                Rule::Quantiles { metric, better: *better, method, population: *population }
            }
            Rule::Matrix { rows, columns, cells } => {
                Rule::Matrix { rows: *rows, columns: *columns, cells: self.cells(dimension, cells)? }
            }
            Rule::Conditions { cases, otherwise } => {
                Rule::Conditions { cases: self.cases(cases)?, otherwise: *otherwise }
            }
            Rule::Labels { cases } => Rule::Labels { cases: self.cases(cases)? },
            Rule::Code { of } => Rule::Code { of: of.clone() },
            Rule::Weighted { parts, limits, missing } => {
                let parts = self.parts(dimension, parts);
                let limits = self.limits(dimension, limits, Measured::Plain, Better::Higher);
                Rule::Weighted { parts: parts?, limits: limits?, missing: *missing }
            }
            Rule::Vote { of, how, ties, missing } => {
                Rule::Vote { of: of.clone(), how: *how, ties: *ties, missing: *missing }
            }
            Rule::Adjust { of, steps } => {
                let steps: Vec<Option<Step<usize, Figure>>> = steps.iter().map(|step| self.step(step)).collect();
                Rule::Adjust { of: of.clone(), steps: steps.into_iter().collect::<Option<_>>()? }
            }
            Rule::Scheme { scheme } => {
                self.other(scheme, dimension)?;
                Rule::Scheme { scheme: scheme.clone() }
            }
        })
    }

    /// Tells a ratio where figures are added or interpolated: fractions have no common unit for that.
    fn not_a_ratio(&mut self, metric: usize, dimension: &Read, what: &str) {
        let Some(ratio) = self.used.get(metric).filter(|used| used.parts.is_some()) else { return };
        let message = format!("`{}` is a ratio, of which `{}` cannot take {what}", ratio.metric.id, dimension.id);
        let help =
            "take the metric that is divided, or `ntile` or `fixed` quantiles or a `count-share`, which only compare";
        self.told::<()>("scheme::wrong_unit", &dimension.span, message, help);
    }

    /// Limits in their unit, seen to rise with the classes, or to fall where low figures are good.
    fn limits(
        &mut self,
        dimension: &Read,
        limits: &[Limit<Written>],
        measured: Measured,
        better: Better,
    ) -> Option<Limits> {
        let mut bound = Vec::new();
        for limit in limits {
            let name = dimension.classes.get(usize::from(limit.class)).map_or("", |class| class.id.as_str());
            let what = format!("the limit of `{name}` in the dimension `{}`", dimension.id);
            let figure = self.figure(&limit.figure, measured, &what);
            bound.push(figure.map(|figure| Limit { class: limit.class, figure, boundary: limit.boundary }));
        }
        let bound: Limits = bound.into_iter().collect::<Option<_>>()?;
        let row = named(
            &dimension.classes,
            "the limit",
            limits.iter().zip(&bound).map(|(l, b)| (l.class, &l.figure, b.figure)),
        );
        let help = "each better class needs a better figure; months and days do not mix";
        self.in_order(&row, better, "scheme::bands_do_not_rise", help);
        Some(bound)
    }

    fn shares(&mut self, dimension: &Read, shares: &[(u8, Written)]) -> Option<Vec<(u8, Figure)>> {
        let mut bound = Vec::new();
        for (class, share) in shares {
            let name = dimension.classes.get(usize::from(*class)).map_or("", |class| class.id.as_str());
            let what = format!("the share of `{name}` in the dimension `{}`", dimension.id);
            let figure = self.figure(share, Measured::Plain, &what);
            if let Some(Figure::Number(number)) = figure
                && !share.undecided()
                && !(0 < number.part && number.part < number.whole)
            {
                let message = format!("`{}` is not a share between 0 and 1", share.text);
                self.told::<()>("scheme::bad_share", &share.span, message, "write 65 % as `\"0.65\"`");
            }
            bound.push(figure.map(|figure| (*class, figure)));
        }
        let bound: Vec<(u8, Figure)> = bound.into_iter().collect::<Option<_>>()?;
        let row = named(&dimension.classes, "the share", shares.iter().zip(&bound).map(|(s, b)| (s.0, &s.1, b.1)));
        let help =
            "shares are cumulative from the best class on: with A 65 % and B 20 % more, B reaches up to `\"0.85\"`";
        self.in_order(&row, Better::Higher, "scheme::shares_do_not_rise", help);
        Some(bound)
    }

    fn method(&mut self, dimension: &Read, method: &Method<Written>, metric: usize) -> Option<Method<Figure>> {
        let cuts = match method {
            Method::R7 { plus } => return Some(Method::R7 { plus: *plus }),
            Method::Ntile { ties } => return Some(Method::Ntile { ties: *ties }),
            Method::Fixed(cuts) => cuts,
        };
        let what = format!("a cut of the dimension `{}`", dimension.id);
        let bound: Vec<Option<Figure>> =
            cuts.iter().map(|cut| self.figure(cut, Measured::Metric(metric), &what)).collect();
        let bound: Vec<Figure> = bound.into_iter().collect::<Option<_>>()?;
        let row: Vec<(String, &Written, Figure)> = (1..)
            .zip(cuts.iter().zip(&bound))
            .map(|(place, (cut, figure)): (usize, _)| (format!("cut {place} of `{}`", dimension.id), cut, *figure))
            .collect();
        let help = "write cuts from the lowest figure to the highest";
        self.in_order(&row, Better::Higher, "scheme::cuts_do_not_rise", help);
        Some(Method::Fixed(bound))
    }

    fn cells(&mut self, dimension: &Read, cells: &Cells<Written>) -> Option<Cells<Figure>> {
        let (cells, limits) = match cells {
            Cells::Classes(classes) => return Some(Cells::Classes(classes.clone())),
            Cells::Numbers { cells, limits } => (cells, limits),
        };
        let what = format!("a cell of the matrix `{}`", dimension.id);
        let cells: Vec<Vec<Option<Figure>>> = cells
            .iter()
            .map(|row| row.iter().map(|cell| self.figure(cell, Measured::Plain, &what)).collect())
            .collect();
        let limits = self.limits(dimension, limits, Measured::Plain, Better::Higher);
        let cells = cells.into_iter().map(|row| row.into_iter().collect()).collect::<Option<_>>()?;
        Some(Cells::Numbers { cells, limits: limits? })
    }

    /// Weights seen to sum to 1, unless some were never decided.
    fn parts(&mut self, dimension: &Read, parts: &[Part<Written>]) -> Option<Vec<Part<Figure>>> {
        let mut bound = Vec::new();
        for part in parts {
            let what = format!("a weight of the dimension `{}`", dimension.id);
            let weight = self.figure(&part.weight, Measured::Plain, &what);
            if let Some(Figure::Number(number)) = weight
                && number.part <= 0
                && !part.weight.undecided()
            {
                let message = format!("the weight `{}` is not above 0", part.weight.text);
                self.told::<()>("scheme::bad_weight", &part.weight.span, message, "remove the part, or weigh it");
            }
            let what = format!("a score of the dimension `{}`", dimension.id);
            let scores: Vec<Option<Figure>> =
                part.scores.iter().map(|score| self.figure(score, Measured::Plain, &what)).collect();
            let scores: Option<Vec<Figure>> = scores.into_iter().collect();
            bound.push(weight.zip(scores).map(|(weight, scores)| Part { dimension: part.dimension, weight, scores }));
        }
        let bound: Vec<Part<Figure>> = bound.into_iter().collect::<Option<_>>()?;
        let decided = parts.iter().all(|part| !part.weight.undecided());
        let sum = bound.iter().try_fold(Share::new(0, 1), |sum, part| match part.weight {
            Figure::Number(weight) => Some(Share::new(sum.part + weight.part, weight.whole)),
            Figure::Months { .. } => None,
        });
        if decided && sum.is_some_and(|sum| sum.part != sum.whole) {
            let weights: Vec<&str> = parts.iter().map(|part| part.weight.text.as_str()).collect();
            let message = format!("the weights of `{}` do not sum to 1: {}", dimension.id, weights.join(" + "));
            self.told::<()>("scheme::weights_do_not_sum", &dimension.span, message, "write shares such as `\"0.40\"`");
        }
        Some(bound)
    }

    fn cases(&mut self, cases: &[Case<Written, Written>]) -> Option<Vec<Case<usize, Figure>>> {
        let bound: Vec<Option<Case<usize, Figure>>> =
            cases.iter().map(|case| self.when(&case.when).map(|when| Case { class: case.class, when })).collect();
        bound.into_iter().collect()
    }

    fn step(&mut self, step: &Step<Written, Written>) -> Option<Step<usize, Figure>> {
        let when = self.when(&step.when)?;
        Some(Step { title: step.title.clone(), change: step.change, when, cap: step.cap, floor: step.floor })
    }

    fn when(&mut self, when: &When<Written, Written>) -> Option<When<usize, Figure>> {
        let all: Vec<Option<Test<usize, Figure>>> = when.all.iter().map(|test| self.test(test)).collect();
        let any: Vec<Option<Test<usize, Figure>>> = when.any.iter().map(|test| self.test(test)).collect();
        Some(When { all: all.into_iter().collect::<Option<_>>()?, any: any.into_iter().collect::<Option<_>>()? })
    }

    fn test(&mut self, test: &Test<Written, Written>) -> Option<Test<usize, Figure>> {
        Some(match test {
            Test::Figure { metric, bounds } => {
                let what = format!("the bound of `{}` in a test", metric.text);
                let metric = self.number_metric(metric)?;
                let mut bound = Vec::new();
                for (compare, text) in bounds {
                    let figure = self.figure(text, Measured::Metric(metric), &what);
                    bound.push(figure.map(|figure| (*compare, figure)));
                }
                Test::Figure { metric, bounds: bound.into_iter().collect::<Option<_>>()? }
            }
            Test::Word { metric, words, pass } => {
                let place = self.word_metric(metric)?;
                self.known_words(place, words.iter(), metric);
                Test::Word { metric: place, words: words.clone(), pass: *pass }
            }
            Test::HasFigure { metric, presence } => {
                Test::HasFigure { metric: self.metric(metric)?, presence: *presence }
            }
            Test::Class { dimension, pass } => Test::Class { dimension: *dimension, pass: pass.clone() },
            Test::HasClass { dimension, presence } => Test::HasClass { dimension: *dimension, presence: *presence },
        })
    }
}

/// Figures with words that name them: `the limit of B`.
fn named<'w>(
    classes: &[Grade],
    what: &str,
    figures: impl Iterator<Item = (u8, &'w Written, Figure)>,
) -> Vec<(String, &'w Written, Figure)> {
    let name = |class: u8| classes.get(usize::from(class)).map_or("", |class| class.id.as_str());
    figures.map(|(class, text, figure)| (format!("{what} of `{}`", name(class)), text, figure)).collect()
}
