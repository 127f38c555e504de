//! The settings of a version that decide, in words: every dimension with its limits or shares, and where draws, zeros and blanks go.

use crate::{
    grading::bound::{BoundVersion, Figure},
    money::decimal,
    report::{Cell, graded::Scene},
    scheme::{
        Boundary, Version, WithoutFigure,
        rule::{
            Better, Cells, Dimension, How, Limit, Method, MissingPart, NotPositive, Population, Rule, Ties, TileTies,
            Whole, Written,
        },
    },
    text::Lang,
};

/// What each dimension of a version is called, and how it gives its classes.
pub(super) fn settings(scene: &Scene<'_>, version: &Version, bound: &BoundVersion) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for (written, dimension) in version.dimensions.iter().zip(&bound.dimensions) {
        let words = Words { scene, bound };
        told.push((scene.say_with("graded.note_rule", &[("dimension", &title(scene, bound, dimension))]), {
            words.dimension(written, dimension)
        }));
    }
    told
}

/// The name of a dimension: its own, else that of its metric, else its id.
pub fn title(scene: &Scene<'_>, bound: &BoundVersion, dimension: &Dimension<usize, Figure>) -> String {
    let own = dimension.title.as_ref().or_else(|| bound.metric_of(dimension).map(|metric| &metric.metric.title));
    own.map_or_else(|| dimension.id.clone(), |title| title.in_lang(scene.lang).to_owned())
}

struct Words<'w> {
    scene: &'w Scene<'w>,
    bound: &'w BoundVersion,
}

impl Words<'_> {
    fn say(&self, key: &str) -> String {
        self.scene.say(&format!("graded.{key}"))
    }

    fn join(&self, parts: &[String]) -> String {
        parts.join(match self.scene.lang {
            Lang::Chinese => "；",
            Lang::English => "; ",
        })
    }

    fn dimension(&self, written: &Dimension<Written, Written>, bound: &Dimension<usize, Figure>) -> String {
        let mut parts: Vec<String> =
            self.bound.metric_of(bound).map(|metric| self.metric(metric)).into_iter().collect();
        match (&written.rule, &bound.rule) {
            (Rule::Bands { better, limits, .. }, _) => parts.extend(self.limits(bound, *better, limits)),
            (Rule::Lookup { words, otherwise, .. }, _) => {
                parts.extend(words.iter().map(|(word, class)| format!("{word} → {}", self.class(bound, *class))));
                let class = otherwise.map_or_else(|| self.say("no_class"), |class| self.class(bound, class));
                parts.push(format!("{} → {class}", self.say("other_words")));
            }
            (_, Rule::Shares { better, whole, shares, crossing, ties, not_positive, .. }) => {
                parts.push(self.say(if *whole == Whole::Figures { "share_of_figures" } else { "share_of_subjects" }));
                parts.extend(shares.iter().map(|(class, share)| self.share(bound, *class, *share)));
                parts.push(self.say(if *crossing == Boundary::Better { "crossing_better" } else { "crossing_worse" }));
                parts.push(self.say(if *ties == Ties::Together { "ties_together" } else { "ties_by_id" }));
                let lowest = *not_positive == NotPositive::Lowest;
                parts.push(self.say(if lowest { "not_positive_lowest" } else { "not_positive_exclude" }));
                parts.extend((*better == Better::Lower).then(|| self.say("better_lower")));
            }
            (Rule::Quantiles { better, method, population, .. }, _) => {
                parts.extend(self.quantiles(bound.classes.len(), *better, method, *population));
            }
            (rule, _) => parts.extend(self.composed(rule)),
        }
        if self.bound.metric_of(bound).is_some() {
            let lowest = bound.without_figure == WithoutFigure::Lowest;
            parts.push(self.say(if lowest { "without_figure_lowest" } else { "without_figure_exclude" }));
        }
        self.join(&parts)
    }

    fn metric(&self, metric: &crate::grading::bound::BoundMetric) -> String {
        format!("{} ({})", metric.metric.title.in_lang(self.scene.lang), metric.metric.id)
    }

    fn class(&self, dimension: &Dimension<usize, Figure>, class: u8) -> String {
        let found = dimension.classes.get(usize::from(class));
        found.map_or_else(String::new, |class| class.title.in_lang(self.scene.lang).to_owned())
    }

    /// Limits from the best class down; the sign says where a value that equals a limit belongs.
    fn limits(&self, bound: &Dimension<usize, Figure>, better: Better, limits: &[Limit<Written>]) -> Vec<String> {
        let mut told: Vec<String> = limits
            .iter()
            .rev()
            .map(|limit| {
                let sign = match (better, limit.boundary) {
                    (Better::Higher, Boundary::Better) => "≥",
                    (Better::Higher, Boundary::Worse) => ">",
                    (Better::Lower, Boundary::Better) => "≤",
                    (Better::Lower, Boundary::Worse) => "<",
                };
                format!("{} {sign} {}", self.class(bound, limit.class), grouped(&limit.figure.text))
            })
            .collect();
        told.push(self.scene.say_with("graded.rest", &[("class", &self.class(bound, 0))]));
        told
    }

    fn share(&self, bound: &Dimension<usize, Figure>, class: u8, share: Figure) -> String {
        let Figure::Number(share) = share else { return String::new() };
        format!("{} ≤ {}", self.class(bound, class), self.scene.text(&Cell::Percent(share)))
    }

    fn quantiles(&self, bins: usize, better: Better, method: &Method<Written>, counted: Population) -> Vec<String> {
        let method = match method {
            Method::R7 { plus: 0 } => self.say("method_r7"),
            Method::R7 { .. } => self.say("method_r7_plus_one"),
            Method::Ntile { ties: TileTies::ById } => self.say("method_ntile_by_id"),
            Method::Ntile { ties: TileTies::Better } => self.say("method_ntile_better"),
            Method::Ntile { ties: TileTies::Worse } => self.say("method_ntile_worse"),
            Method::Fixed(cuts) => {
                let cuts: Vec<String> = cuts.iter().map(|cut| grouped(&cut.text)).collect();
                self.scene.say_with("graded.method_fixed", &[("cuts", &cuts.join(" · "))])
            }
        };
        let mut parts = vec![self.scene.say_with("graded.bins", &[("bins", &bins.to_string())]), method];
        parts.push(self.say(if better == Better::Lower { "better_lower" } else { "better_higher" }));
        parts.extend((counted == Population::Positive).then(|| self.say("population_positive")));
        parts
    }

    fn composed(&self, rule: &Rule<Written, Written>) -> Vec<String> {
        let of = |places: &mut dyn Iterator<Item = usize>| {
            let names = places.filter_map(|place| self.bound.dimensions.get(place));
            names.map(|dimension| title(self.scene, self.bound, dimension)).collect::<Vec<_>>().join(" · ")
        };
        match rule {
            Rule::Matrix { rows, columns, cells } => {
                let kind = if matches!(cells, Cells::Numbers { .. }) { "kind_matrix_numbers" } else { "kind_matrix" };
                vec![self.say(kind), of(&mut [*rows, *columns].into_iter())]
            }
            Rule::Code { of: parts } => vec![self.say("kind_code"), of(&mut parts.iter().map(|(place, _)| *place))],
            Rule::Weighted { parts, missing, .. } => {
                let weights = parts
                    .iter()
                    .map(|part| format!("{} × {}", of(&mut std::iter::once(part.dimension)), part.weight.text));
                let mut told = vec![self.say("kind_weighted"), weights.collect::<Vec<_>>().join(" + ")];
                told.push(self.missing(*missing));
                told
            }
            Rule::Vote { of: voters, how, ties, missing } => {
                let how = match how {
                    How::Plurality => "vote_plurality",
                    How::Best => "vote_best",
                    How::Worst => "vote_worst",
                    How::Mean => "vote_mean",
                    How::Median => "vote_median",
                };
                let ties = if *ties == Boundary::Better { "vote_ties_better" } else { "vote_ties_worse" };
                let voters = of(&mut voters.iter().map(|voter| voter.dimension));
                vec![self.say(how), voters, self.say(ties), self.missing(*missing)]
            }
            Rule::Adjust { of: from, steps } => {
                let titles = steps.iter().filter_map(|step| step.title.as_ref());
                let mut told = vec![self.say("kind_adjust"), of(&mut std::iter::once(from.dimension))];
                told.extend(titles.map(|title| title.in_lang(self.scene.lang).to_owned()));
                told
            }
            Rule::Scheme { scheme } => vec![self.scene.say_with("graded.kind_scheme", &[("scheme", &scheme.text)])],
            Rule::Conditions { .. } => vec![self.say("kind_conditions")],
            Rule::Labels { .. } => vec![self.say("kind_labels")],
            Rule::Bands { .. } | Rule::Lookup { .. } | Rule::Shares { .. } | Rule::Quantiles { .. } => Vec::new(),
        }
    }

    fn missing(&self, missing: MissingPart) -> String {
        self.say(if missing == MissingPart::Ignore { "missing_ignore" } else { "missing_no_class" })
    }
}

/// A figure as it stands in the file, its thousands apart: `5,000,000.00`.
fn grouped(text: &str) -> String {
    let places = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let digits = text.replace('.', "");
    match (digits.parse::<i128>(), u8::try_from(places)) {
        (Ok(value), Ok(places)) => decimal(value, places),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_file_are_grouped_and_everything_else_stays() {
        for (text, shown) in [
            ("5000000.00", "5,000,000.00"),
            ("-1000", "-1,000"),
            ("0.65", "0.65"),
            ("24 months", "24 months"),
            ("required", "required"),
        ] {
            assert_eq!(grouped(text), shown);
        }
    }
}
