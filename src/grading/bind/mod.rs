//! A scheme meets the metrics: figures get their unit, limits are seen to rise, weights to sum to 1, and the examples are worked.

mod example;
mod figures;
mod rules;
mod stamp;

pub use figures::number as figure_in_unit;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::{
    declaration::{Fault, Faults, Spanned, WrittenCondition, did_you_mean, quoted},
    grading::{
        bound::{Bound, BoundMetric, BoundVersion, Figure},
        fingerprint::fingerprint,
    },
    ledger::entity::entity,
    metrics::{
        compute::Request,
        definition::{Condition, Metric, MetricUnit, Words},
        file::{Metrics, condition},
    },
    money::{Currency, Scale},
    scheme::{
        Movement, Provisional, Scheme, Version, WithoutFigure,
        rule::{Dimension, Rule, Written},
    },
};

impl Bound {
    /// The version in force on a day.
    pub fn version_on(&self, day: NaiveDate) -> Option<&BoundVersion> {
        self.scheme.version_on(day).and_then(|(place, _)| self.versions.get(place))
    }

    /// Binds a scheme to the metrics of the home, and to the schemes it takes grades from ([`Scheme::others`]).
    ///
    /// # Errors
    /// Every figure without sense in its metric's unit, limits that do not rise, weights that do not sum to 1, unknown metrics, examples that do not
    /// come out.
    pub fn new(
        mut scheme: Scheme,
        metrics: &Metrics,
        currency: &Currency,
        others: BTreeMap<String, Self>,
    ) -> Result<Self, Faults> {
        let mut binder = Binder::new(&scheme, metrics, currency, &others);
        let versions: Vec<Option<BoundVersion>> =
            scheme.versions.iter().enumerate().map(|(place, version)| binder.version(place, version)).collect();
        let conditions = binder.conditions();
        let Binder { mut faults, missing, .. } = binder;
        let versions: Vec<BoundVersion> = versions.into_iter().flatten().collect();
        if faults.is_empty() {
            let decided = |place: &usize| missing.iter().all(|(at, _)| at != place);
            for (_, (version, bound)) in scheme.versions.iter().zip(&versions).enumerate().filter(|(at, _)| decided(at))
            {
                for example in &version.examples {
                    faults.extend(example::worked(&scheme, version, bound, example, currency.scale));
                }
            }
        }
        Faults::none_of(faults)?;
        let hashes: Vec<String> = scheme
            .versions
            .iter()
            .zip(&versions)
            .map(|(version, bound)| fingerprint(&scheme, &conditions, version, bound))
            .collect();
        for (version, hash) in scheme.versions.iter_mut().zip(hashes) {
            version.hash = hash;
        }
        Ok(Self { scheme, conditions, versions, others, missing })
    }

    /// What is wrong with the figures and metrics of the dimensions of a scheme that has other faults. Dimensions that take grades from schemes which
    /// could not be bound are passed over.
    pub fn faults_of_parts(
        scheme: &Scheme,
        metrics: &Metrics,
        currency: &Currency,
        others: &BTreeMap<String, Self>,
    ) -> Vec<Fault> {
        let mut binder = Binder::new(scheme, metrics, currency, others);
        let dimensions = scheme.versions.iter().flat_map(|version| &version.dimensions);
        let known = |dimension: &&Dimension<Written, Written>| !matches!(&dimension.rule, Rule::Scheme { scheme } if !others.contains_key(&scheme.text));
        for dimension in dimensions.filter(known) {
            binder.dimension(dimension);
        }
        binder.conditions();
        binder.faults
    }

    /// Whether every figure of every version, and of the schemes it takes grades from, was decided.
    ///
    /// # Errors
    /// The figures that nobody decided.
    pub fn ready(&self) -> Result<(), Faults> {
        Faults::none_of(self.undecided())
    }

    /// Whether every figure of the versions in force on some days was decided, here and in the schemes they take grades from.
    ///
    /// # Errors
    /// The figures that nobody decided: the scheme refuses to grade (reading C4).
    pub fn ready_on(&self, days: &[NaiveDate]) -> Result<(), Faults> {
        let mut missing = Vec::new();
        self.undecided_on(days, &mut missing);
        Faults::none_of(missing)
    }

    /// Whether a grade hangs on who else is graded.
    fn counts_subjects(&self) -> bool {
        let dimensions = self.versions.iter().flat_map(|version| &version.dimensions);
        let counts = |rule: &Rule<usize, Figure>| matches!(rule, Rule::Shares { .. } | Rule::Quantiles { .. });
        dimensions.into_iter().any(|dimension| counts(&dimension.rule))
            || self.others.values().any(Self::counts_subjects)
    }

    fn undecided(&self) -> Vec<Fault> {
        let own = self.missing.iter().map(|(_, fault)| fault.clone());
        own.chain(self.others.values().flat_map(Self::undecided)).collect()
    }

    fn undecided_on(&self, days: &[NaiveDate], missing: &mut Vec<Fault>) {
        for (place, version) in self.scheme.versions.iter().enumerate() {
            let in_force = |day: &&NaiveDate| self.scheme.version_on(**day).is_some_and(|(at, _)| at == place);
            let days: Vec<NaiveDate> = days.iter().filter(in_force).copied().collect();
            if days.is_empty() {
                continue;
            }
            missing.extend(self.missing.iter().filter(|(at, _)| *at == place).map(|(_, fault)| fault.clone()));
            for other in self.used_by(version) {
                other.1.undecided_on(&days, missing);
            }
        }
    }

    /// The other schemes that a version takes grades from, each once, in the order of their names.
    fn used_by(&self, version: &Version) -> impl Iterator<Item = (&String, &Self)> {
        let used: BTreeSet<&str> = version.others().map(|other| other.text.as_str()).collect();
        self.others.iter().filter(move |(id, _)| used.contains(id.as_str()))
    }

    /// The metrics that grading on some days needs.
    pub fn requests(&self, days: &[NaiveDate]) -> Vec<Request> {
        let mut wanted: BTreeMap<String, (Metric, Vec<NaiveDate>)> = BTreeMap::new();
        self.gather(days, &mut wanted);
        wanted.into_values().map(|(metric, days)| Request::new(metric, days)).collect()
    }

    fn gather(&self, days: &[NaiveDate], wanted: &mut BTreeMap<String, (Metric, Vec<NaiveDate>)>) {
        for day in days {
            let Some((place, read)) = self.scheme.version_on(*day) else { continue };
            let Some(version) = self.versions.get(place) else { continue };
            for (_, other) in self.used_by(read) {
                other.gather(&[*day], wanted);
            }
            for bound in &version.metrics {
                let single = || vec![&bound.metric];
                for metric in bound.parts.as_ref().map_or_else(single, |(of, per)| vec![of, per]) {
                    wanted.entry(metric.id.clone()).or_insert_with(|| (metric.clone(), Vec::new())).1.push(*day);
                }
            }
        }
    }
}

struct Binder<'a> {
    scheme: &'a Scheme,
    metrics: &'a Metrics,
    scale: Scale,
    others: &'a BTreeMap<String, Bound>,
    /// The metrics of the version, and the version's place.
    used: Vec<BoundMetric>,
    place: usize,
    faults: Vec<Fault>,
    missing: Vec<(usize, Fault)>,
}

impl<'a> Binder<'a> {
    fn new(scheme: &'a Scheme, metrics: &'a Metrics, currency: &Currency, others: &'a BTreeMap<String, Bound>) -> Self {
        let (used, faults, missing) = (Vec::new(), Vec::new(), Vec::new());
        Self { scheme, metrics, scale: currency.scale, others, used, place: 0, faults, missing }
    }

    /// Tells a fault; always `None`, for the caller to pass on.
    fn told<T>(
        &mut self,
        code: &'static str,
        at: &std::ops::Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<T> {
        self.faults.push(self.scheme.file.fault(code, at.clone(), message.into(), help.into()));
        None
    }

    /// Which subjects the scheme is about.
    fn conditions(&mut self) -> Vec<Condition> {
        let (name, _) = self.scheme.subject.entity_and_key();
        let Some(entity) = entity(name) else { return Vec::new() };
        let mut conditions = Vec::new();
        for raw in &self.scheme.conditions {
            match condition(&self.scheme.file, self.scale, entity, raw) {
                Ok(condition) => conditions.push(condition),
                Err(fault) => self.faults.push(fault),
            }
        }
        conditions
    }

    fn version(&mut self, place: usize, version: &Version) -> Option<BoundVersion> {
        self.place = place;
        self.used = Vec::new();
        let dimensions: Vec<Option<Dimension<usize, Figure>>> =
            version.dimensions.iter().map(|dimension| self.dimension(dimension)).collect();
        let provisional = match &version.provisional {
            Some(provisional) => {
                let since = self.day_metric(&provisional.since);
                since.map(|since| Provisional { months: provisional.months, since })
            }
            None => None,
        };
        let dimensions: Vec<Dimension<usize, Figure>> = dimensions.into_iter().collect::<Option<_>>()?;
        let metrics = std::mem::take(&mut self.used);
        let bands = |dimension: &&Dimension<usize, Figure>| {
            matches!(dimension.rule, Rule::Bands { .. }) && dimension.without_figure == WithoutFigure::Exclude
        };
        let always = |dimension: &Dimension<usize, Figure>| {
            matches!(dimension.rule, Rule::Bands { metric, .. }
                if metrics.get(metric).is_some_and(|m| m.metric.always_has_a_figure()))
        };
        if version.without_figure == WithoutFigure::Exclude
            && dimensions.iter().any(|dimension| bands(&dimension))
            && dimensions.iter().all(|dimension| always(dimension) || dimension.is_composed())
        {
            let message = format!("version `{}` excludes nobody: every metric of it is 0 without rows", version.id);
            let help = "write `without-figure = \"lowest\"`, or add a dimension on a metric that has no figure without rows, such as `days-since`";
            self.told::<()>("scheme::exclude_never_happens", &version.span, message, help);
        }
        Some(BoundVersion {
            metrics,
            dimensions,
            order: version.order.clone(),
            result: version.result,
            movement: version.movement.clone(),
            provisional,
        })
    }

    /// The place of a metric among those of the version.
    fn metric(&mut self, name: &Written) -> Option<usize> {
        if let Some(place) = self.used.iter().position(|used| used.metric.id == name.text) {
            return Some(place);
        }
        let metrics = self.metrics;
        let Some(metric) = metrics.get(&name.text) else {
            let help = did_you_mean(&name.text, metrics.keys().map(String::as_str));
            let message = format!("`{}` is not a metric of `config/metrics.toml`", name.text);
            return self.told("scheme::unknown_metric", &name.span, message, help);
        };
        let (_, key) = self.scheme.subject.entity_and_key();
        if metric.subject() != Some(key) {
            let message = format!("metric `{}` is not about `{key}`, which this scheme grades", metric.id);
            let help = "take a metric whose `subject` is the same";
            return self.told("scheme::wrong_subject", &name.span, message, help);
        }
        self.used.push(BoundMetric::new(metric, metrics, self.scale)?);
        Some(self.used.len() - 1)
    }

    /// A metric whose figures are numbers.
    fn number_metric(&mut self, name: &Written) -> Option<usize> {
        let place = self.metric(name)?;
        if self.used.get(place).is_some_and(BoundMetric::is_word) {
            let message = format!("metric `{}` is a word, which cannot be held against figures", name.text);
            let help = "words take a `lookup`, or `one-of` in a test";
            return self.told("scheme::wrong_unit", &name.span, message, help);
        }
        Some(place)
    }

    /// A metric whose figures are words.
    fn word_metric(&mut self, name: &Written) -> Option<usize> {
        let place = self.metric(name)?;
        if !self.used.get(place).is_some_and(BoundMetric::is_word) {
            let message = format!("metric `{}` is a number, not a word", name.text);
            let help =
                "take a metric with `aggregate = \"latest\"` of a column of words, or hold the figure against limits";
            return self.told("scheme::wrong_unit", &name.span, message, help);
        }
        Some(place)
    }

    /// Whether the column of a word metric can hold some words.
    fn known_words<'w>(&mut self, metric: usize, words: impl Iterator<Item = &'w String>, at: &Written) {
        let known = self.used.get(metric).and_then(|used| used.metric.words()).and_then(Words::known);
        let Some(known) = known else { return };
        for word in words.filter(|word| !known.contains(&word.as_str())) {
            let message = format!("`{word}` is never a value of `{}`", at.text);
            self.told::<()>("scheme::unknown_value", &at.span, message, format!("it can be {}", quoted(&known)));
        }
    }

    /// A metric whose figures are days of the calendar.
    fn day_metric(&mut self, name: &Written) -> Option<usize> {
        let place = self.metric(name)?;
        if self.used.get(place).is_none_or(|used| used.metric.unit() != MetricUnit::Day) {
            let message = format!("metric `{}` is not a day", name.text);
            let help = "take a metric with `aggregate = \"first-day\"` or `\"last-day\"`";
            return self.told("scheme::wrong_unit", &name.span, message, help);
        }
        Some(place)
    }

    /// Whether grades of another scheme can be taken over: it is of the same subjects and gives each review its earned grade.
    fn other(&mut self, name: &Written, dimension: &Dimension<Written, Written>) -> Option<()> {
        let Some(other) = self.others.get(&name.text) else {
            let help = did_you_mean(&name.text, self.others.keys().map(String::as_str));
            let message = format!("`{}` is not a scheme of this home", name.text);
            return self.told("scheme::unknown_scheme", &name.span, message, help);
        };
        if other.scheme.subject != self.scheme.subject {
            let message = format!("the scheme `{}` does not grade the same kind of subject", name.text);
            return self.told("scheme::wrong_subject", &name.span, message, "take a scheme with the same `subject`");
        }
        let own: Vec<&WrittenCondition> = self.scheme.conditions.iter().map(Spanned::get_ref).collect();
        let theirs: Vec<&WrittenCondition> = other.scheme.conditions.iter().map(Spanned::get_ref).collect();
        if !theirs.is_empty() && theirs != own {
            let message = format!("the scheme `{}` is about other subjects: its `where` is not the same", name.text);
            let help = "give both the same `where`, or remove it from the scheme that is taken over";
            return self.told("scheme::wrong_subject", &name.span, message, help);
        }
        if theirs != own && other.counts_subjects() {
            let message =
                format!("the shares or quantiles of `{}` are of other subjects than this scheme is about", name.text);
            let help = "give both schemes the same `where`";
            return self.told("scheme::wrong_subject", &name.span, message, help);
        }
        if other.scheme.versions.iter().any(|version| version.movement != Movement::Free) {
            let message = format!("the grades of `{}` move on a ladder", name.text);
            let help = "only schemes with `movement = { kind = \"free\" }` can be part of another";
            return self.told("scheme::other_moves", &name.span, message, help);
        }
        let unknown: Vec<&str> = other
            .scheme
            .grades
            .iter()
            .filter(|grade| dimension.classes.iter().all(|class| class.id != grade.id))
            .map(|grade| grade.id.as_str())
            .collect();
        if !unknown.is_empty() {
            let message = format!(
                "the scheme `{}` gives {}, which dimension `{}` has no class for",
                name.text,
                unknown.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", "),
                dimension.id
            );
            let help = "give the dimension `classes` with the same names, and translate them by a matrix or conditions";
            return self.told("scheme::classes_do_not_match", &name.span, message, help);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests;
