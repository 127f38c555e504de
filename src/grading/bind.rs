//! A scheme meets the metrics: limits get their unit, are seen to rise, and the examples are worked.

use std::ops::Range;

use chrono::NaiveDate;

use crate::{
    declaration::{Fault, Faults, did_you_mean},
    grading::{
        fingerprint::fingerprint,
        ladder::{Move, step},
    },
    metrics::{
        compute::Request,
        definition::{Measure, Metric, MetricUnit},
        file::Metrics,
    },
    money::{Currency, Scale, Share, parse_minor},
    period::{day_number, parse_day},
    scheme::{Boundary, Combine, Dimension, Example, Scheme, Version, WithoutFigure},
};

/// Decimal places of a limit on a ratio.
const RATIO_PLACES: u8 = 6;

/// A scheme whose limits have units.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The scheme.
    pub scheme: Scheme,
    /// Its versions, in the same order.
    pub versions: Vec<BoundVersion>,
    /// Limits that nobody decided, by the place of their version.
    missing: Vec<(usize, Fault)>,
}

/// A version whose limits have units.
#[derive(Debug, Clone)]
pub struct BoundVersion {
    /// The dimensions, in the order of the file.
    pub dimensions: Vec<BoundDimension>,
    combine: Combine,
    boundary: Boundary,
    without_figure: WithoutFigure,
}

/// A dimension whose limits have units.
#[derive(Debug, Clone)]
pub struct BoundDimension {
    /// Name within the version.
    pub id: String,
    /// The metric held against the limits.
    pub metric: Metric,
    /// For a ratio, the two metrics it is made of.
    pub parts: Option<(Metric, Metric)>,
    /// Rank and limit, rising.
    pub limits: Vec<(u8, Share)>,
    /// Minor units in a major unit of the figure's part and of its whole: a ratio is held against limits in major units.
    factors: (i64, i64),
}

/// The grade that figures give by themselves, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earned {
    /// This rank.
    Rank(u8),
    /// No figure, and the scheme does not grade such subjects.
    Excluded,
}

impl Bound {
    /// Binds a scheme to the metrics of the home.
    ///
    /// # Errors
    /// Every limit without sense in its metric's unit, limits that do not rise, unknown metrics, examples that do not come out.
    pub fn new(mut scheme: Scheme, metrics: &Metrics, currency: &Currency) -> Result<Self, Faults> {
        let mut binder =
            Binder { scheme: &scheme, metrics, scale: currency.scale, faults: Vec::new(), missing: Vec::new() };
        let versions: Vec<BoundVersion> =
            scheme.versions.iter().enumerate().map(|(place, version)| binder.version(place, version)).collect();
        let Binder { mut faults, missing, .. } = binder;
        if faults.is_empty() && missing.is_empty() {
            for (version, bound) in scheme.versions.iter().zip(&versions) {
                for example in &version.examples {
                    faults.extend(worked(&scheme, version, bound, example, currency));
                }
            }
        }
        Faults::none_of(faults)?;
        let hashes: Vec<String> = scheme
            .versions
            .iter()
            .zip(&versions)
            .map(|(version, bound)| fingerprint(&scheme, version, bound))
            .collect();
        for (version, hash) in scheme.versions.iter_mut().zip(hashes) {
            version.hash = hash;
        }
        Ok(Self { scheme, versions, missing })
    }

    /// Whether every limit of every version was decided.
    ///
    /// # Errors
    /// The limits that nobody decided.
    pub fn ready(&self) -> Result<(), Faults> {
        Faults::none_of(self.missing.iter().map(|(_, fault)| fault.clone()).collect())
    }

    /// Whether every limit of the versions in force on some days was decided.
    ///
    /// # Errors
    /// The limits that nobody decided: the scheme refuses to grade (reading C4).
    pub fn ready_on(&self, days: &[NaiveDate]) -> Result<(), Faults> {
        let used: Vec<usize> =
            days.iter().filter_map(|day| self.scheme.version_on(*day)).map(|(place, _)| place).collect();
        let missing = self.missing.iter().filter(|(place, _)| used.contains(place));
        Faults::none_of(missing.map(|(_, fault)| fault.clone()).collect())
    }

    /// The metrics that grading on some days needs.
    pub fn requests(&self, days: &[NaiveDate]) -> Vec<Request> {
        let mut wanted: std::collections::BTreeMap<String, (Metric, Vec<NaiveDate>)> =
            std::collections::BTreeMap::new();
        for day in days {
            let Some((place, _)) = self.scheme.version_on(*day) else { continue };
            let Some(version) = self.versions.get(place) else { continue };
            let metrics = version.dimensions.iter().flat_map(|dimension| match &dimension.parts {
                Some((of, per)) => vec![of, per],
                None => vec![&dimension.metric],
            });
            for metric in metrics {
                wanted.entry(metric.id.clone()).or_insert_with(|| (metric.clone(), Vec::new())).1.push(*day);
            }
        }
        wanted.into_values().map(|(metric, days)| Request::new(metric, days)).collect()
    }
}

impl BoundVersion {
    /// The grade that one figure a dimension gives.
    pub fn earned(&self, figures: &[Option<Share>]) -> Earned {
        let mut best: Option<u8> = None;
        for (dimension, figure) in self.dimensions.iter().zip(figures) {
            let rank = match (figure, self.without_figure) {
                (Some(figure), _) => dimension.rank(*figure, self.boundary),
                (None, WithoutFigure::Lowest) => 0,
                (None, WithoutFigure::Exclude) => return Earned::Excluded,
            };
            best = Some(match (best, self.combine) {
                (None, _) => rank,
                (Some(other), Combine::Best) => other.max(rank),
                (Some(other), Combine::Worst) => other.min(rank),
            });
        }
        best.map_or(Earned::Excluded, Earned::Rank)
    }
}

impl BoundDimension {
    /// A figure as it is held against the limits.
    pub fn share(&self, (part, whole): (i64, i64)) -> Share {
        let (of_part, of_whole) = self.factors;
        Share::new(i128::from(part) * i128::from(of_whole), i128::from(whole) * i128::from(of_part))
    }

    /// The entities that the figure is taken from.
    pub fn entities(&self) -> Vec<&'static str> {
        let of = |metric: &Metric| match &metric.measure {
            Measure::Rows(rows) => Some(rows.entity.name),
            Measure::Ratio { .. } => None,
        };
        let parts = self.parts.iter().flat_map(|(of, per)| [of, per]);
        std::iter::once(&self.metric).chain(parts).filter_map(of).collect()
    }

    /// The rank that a figure reaches.
    pub fn rank(&self, figure: Share, boundary: Boundary) -> u8 {
        let reached = |limit: &Share| match figure.compare(*limit) {
            Some(std::cmp::Ordering::Greater) => true,
            Some(std::cmp::Ordering::Equal) => boundary == Boundary::Better,
            Some(std::cmp::Ordering::Less) | None => false,
        };
        self.limits.iter().take_while(|(_, limit)| reached(limit)).last().map_or(0, |(rank, _)| *rank)
    }
}

struct Binder<'a> {
    scheme: &'a Scheme,
    metrics: &'a Metrics,
    scale: Scale,
    faults: Vec<Fault>,
    missing: Vec<(usize, Fault)>,
}

impl Binder<'_> {
    fn fault(&mut self, code: &'static str, at: &Range<usize>, message: String, help: String) {
        self.faults.push(self.scheme.file.fault(code, at.clone(), message, help));
    }

    fn version(&mut self, place: usize, version: &Version) -> BoundVersion {
        let dimensions: Vec<BoundDimension> =
            version.dimensions.iter().filter_map(|dimension| self.dimension(place, dimension)).collect();
        if version.without_figure == WithoutFigure::Exclude && dimensions.iter().all(|d| d.metric.always_has_a_figure())
        {
            let message = format!("version `{}` excludes nobody: every metric of it is 0 without rows", version.id);
            let help = "write `without-figure = \"lowest\"`, or add a dimension on a metric that has no figure without rows, such as `days-since`";
            self.fault("scheme::exclude_never_happens", &version.span, message, help.to_owned());
        }
        BoundVersion {
            dimensions,
            combine: version.combine,
            boundary: version.boundary,
            without_figure: version.without_figure,
        }
    }

    fn dimension(&mut self, place: usize, dimension: &Dimension) -> Option<BoundDimension> {
        let metrics = self.metrics;
        let Some(metric) = metrics.get(&dimension.metric) else {
            let help = did_you_mean(&dimension.metric, metrics.keys().map(String::as_str));
            let message = format!("`{}` is not a metric of `config/metrics.toml`", dimension.metric);
            self.fault("scheme::unknown_metric", &dimension.metric_span, message, help);
            return None;
        };
        let (_, key) = self.scheme.subject.entity_and_key();
        if metric.subject() != Some(key) {
            let message = format!("metric `{}` is not about `{key}`, which this scheme grades", metric.id);
            self.fault(
                "scheme::wrong_subject",
                &dimension.metric_span,
                message,
                "take a metric whose `subject` is the same".to_owned(),
            );
            return None;
        }
        let parts = match &metric.measure {
            Measure::Ratio { of, per, .. } => Some((metrics.get(of)?.clone(), metrics.get(per)?.clone())),
            Measure::Rows(_) => None,
        };
        let limits = self.limits(place, metric, dimension);
        let factors =
            parts.as_ref().map_or((1, 1), |(of, per)| (of.unit().minor(self.scale), per.unit().minor(self.scale)));
        Some(BoundDimension { id: dimension.id.clone(), metric: metric.clone(), parts, limits, factors })
    }

    /// The limits in the unit of their metric; seen to rise.
    fn limits(&mut self, place: usize, metric: &Metric, dimension: &Dimension) -> Vec<(u8, Share)> {
        let mut limits: Vec<(u8, Share)> = Vec::new();
        for limit in &dimension.limits {
            let name = self.scheme.grade(limit.rank).map_or("", |grade| grade.id.as_str());
            let Some(text) = &limit.figure else {
                let message = format!("the limit of the grade `{name}` was never decided: the source gives none");
                let help = format!(
                    "write the figure ({}) from which `{name}` begins, and who decided it",
                    metric.unit().name()
                );
                let fault = self.scheme.file.fault("scheme::missing_limit", limit.span.clone(), message, help);
                self.missing.push((place, fault));
                continue;
            };
            let Some(figure) = figure(metric.unit(), text, self.scale) else {
                let message = format!("`{text}` is not a figure of `{}` ({})", metric.id, metric.unit().name());
                self.fault(
                    "scheme::wrong_unit",
                    &limit.span,
                    message,
                    "write amounts as `\"3000.00\"` with no more decimals than the ledger's `scale`, counts and points as `\"4000\"`".to_owned(),
                );
                continue;
            };
            if let Some((below, before)) = limits.last()
                && figure.compare(*before) != Some(std::cmp::Ordering::Greater)
            {
                let lower = self.scheme.grade(*below).map_or("", |grade| grade.id.as_str());
                let message = format!("the limit `{text}` of `{name}` is not above that of `{lower}`, the grade below");
                self.fault(
                    "scheme::bands_do_not_rise",
                    &limit.span,
                    message,
                    "limits rise with the grades, lowest first".to_owned(),
                );
            }
            limits.push((limit.rank, figure));
        }
        limits
    }
}

/// A text as a figure in a metric's unit.
fn figure(unit: MetricUnit, text: &str, scale: Scale) -> Option<Share> {
    let whole = |value: i64| Some(Share::new(value, 1));
    match unit {
        MetricUnit::Money => whole(parse_minor(text, scale).ok()?),
        MetricUnit::Quantity => whole(parse_minor(text, Scale::new(3).ok()?).ok()?),
        MetricUnit::Points | MetricUnit::Count | MetricUnit::Days => whole(text.parse().ok()?),
        MetricUnit::Day => whole(i64::from(day_number(parse_day(text).ok()?))),
        MetricUnit::Word => None,
        MetricUnit::Ratio => {
            let places = Scale::new(RATIO_PLACES).ok()?;
            Some(Share::new(parse_minor(text, places).ok()?, places.unit()))
        }
    }
}

/// Works an example; a fault when it does not come out as written.
fn worked(
    scheme: &Scheme,
    version: &Version,
    bound: &BoundVersion,
    example: &Example,
    currency: &Currency,
) -> Option<Fault> {
    let told = |message: String, help: &str| {
        Some(scheme.file.fault("scheme::example_fails", example.span.clone(), message, help))
    };
    let mut figures = Vec::new();
    for dimension in &bound.dimensions {
        let Some((_, text)) = example.metrics.iter().find(|(name, _)| *name == dimension.metric.id) else {
            figures.push(None);
            continue;
        };
        match figure(dimension.metric.unit(), text, currency.scale) {
            Some(figure) => figures.push(Some(figure)),
            None => {
                return told(
                    format!(
                        "`{text}` is not a figure of `{}` ({})",
                        dimension.metric.id,
                        dimension.metric.unit().name()
                    ),
                    "write the figure in the metric's unit, with no more decimals than the ledger's `scale`",
                );
            }
        }
    }
    if let Some((name, _)) =
        example.metrics.iter().find(|(name, _)| !bound.dimensions.iter().any(|d| d.metric.id == *name))
    {
        return told(format!("the example has a figure for `{name}`, which no dimension uses"), "remove it");
    }
    let Earned::Rank(earned) = bound.earned(&figures) else {
        return told("the example's subject is not graded at all".to_owned(), "give a figure for every dimension");
    };
    let Move { rank, .. } = step(&version.movement, example.before, earned, example.assessment);
    let name = |rank: u8| scheme.grade(rank).map_or("?", |grade| grade.id.as_str());
    (rank != example.expected)
        .then(|| {
            told(
                format!("the example says `{}`, the rules give `{}`", name(example.expected), name(rank)),
                "mend the limits or the example",
            )
        })
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{declaration::Declaration, metrics::file};
    use proptest::prelude::*;

    const GOOD: &str = include_str!("../../config/schemes/member-tier.toml");

    fn bind(text: &str) -> Result<Bound, Faults> {
        let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
        let metrics =
            file::check(&Declaration::new("m", include_str!("../../config/metrics.toml")), &currency).unwrap();
        Bound::new(Scheme::read(&Declaration::new("s.toml", text), "s").unwrap(), &metrics, &currency)
    }

    fn codes(text: &str) -> Vec<&'static str> {
        bind(text).unwrap_err().list().iter().map(Fault::code_name).collect()
    }

    #[test]
    fn shipped_schemes_bind_and_only_gotone_refuses_to_grade() {
        for (text, ready) in [
            (GOOD, true),
            (include_str!("../../config/schemes/two-class.toml"), true),
            (include_str!("../../config/schemes/annual-points.toml"), true),
            (include_str!("../../config/schemes/gotone-vip.toml"), false),
        ] {
            assert_eq!(bind(text).unwrap().ready().is_ok(), ready);
        }
        let refused = bind(include_str!("../../config/schemes/gotone-vip.toml")).unwrap().ready().unwrap_err();
        assert_eq!(refused.list().iter().map(Fault::code_name).collect::<Vec<_>>(), ["scheme::missing_limit"; 3]);
    }

    #[test]
    fn the_fingerprint_is_of_the_rules_alone() {
        let hash = |text: &str| bind(text).unwrap().scheme.versions[0].hash.clone();
        assert_eq!(hash(GOOD), hash(&format!("# more words\n{}", GOOD.replace("fenji (example)", "the board"))));
        assert_eq!(hash(GOOD), hash(&GOOD.replace("\"80000.00\"\n", "\"80000\"\n")));
        assert_ne!(hash(GOOD), hash(&GOOD.replace("\"80000.00\"\n", "\"79999.99\"\n")));
        assert_ne!(
            hash(GOOD),
            hash(
                &GOOD
                    .replace("metric = \"net_spend_12m\"", "metric = \"net_spend_all\"")
                    .replace("net_spend_12m =", "net_spend_all =")
            )
        );
        assert_ne!(
            hash(GOOD),
            hash(
                &GOOD
                    .replace("id = \"gold\"", "id = \"golden\"")
                    .replace("\ngold = ", "\ngolden = ")
                    .replace("\"gold\"", "\"golden\"")
            )
        );
    }

    #[test]
    fn a_scheme_that_cannot_be_right_is_refused() {
        assert_eq!(
            codes(&GOOD.replace("without-figure = \"lowest\"", "without-figure = \"exclude\"")),
            ["scheme::exclude_never_happens"]
        );
        assert_eq!(codes(&GOOD.replace("\"10000.00\"", "\"3000.00\"")), ["scheme::bands_do_not_rise"]);
        assert_eq!(codes(&GOOD.replace("\"10000.00\"", "\"ten\"")), ["scheme::wrong_unit"]);
        assert_eq!(
            codes(&GOOD.replace("metric = \"net_spend_12m\"", "metric = \"net_spend_13m\"")),
            ["scheme::unknown_metric"]
        );
        assert_eq!(codes(&GOOD.replace("\"2999.99\"", "\"3000.00\"")), ["scheme::example_fails"]);
    }

    proptest! {
        #[test]
        fn bands_are_complete_and_monotone(mut limits in proptest::collection::vec(-1000_i64..1000, 1..6), a in -1100_i64..1100, b in -1100_i64..1100) {
            limits.sort_unstable();
            limits.dedup();
            let bound = bind(include_str!("../../config/schemes/two-class.toml")).unwrap();
            let mut dimension = bound.versions[0].dimensions[0].clone();
            dimension.limits = limits.iter().zip(1_u8..).map(|(limit, rank)| (rank, Share::new(*limit, 1))).collect();
            for boundary in [Boundary::Better, Boundary::Worse] {
                let rank = |value: i64| usize::from(dimension.rank(Share::new(value, 1), boundary));
                prop_assert!((a <= b) == (rank(a) <= rank(b)) || rank(a) == rank(b));
                let reached = |limit: &&i64| if boundary == Boundary::Better { a >= **limit } else { a > **limit };
                prop_assert_eq!(rank(a), limits.iter().filter(reached).count());
            }
        }
    }
}
