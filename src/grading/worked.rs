//! The figures and classes of some subjects on a day, before any movement.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    grading::{
        bound::{Bound, BoundMetric, BoundVersion},
        evaluate::{FigureColumn, NO_CLASS, Population, classes},
    },
    ledger::batch::{Dictionaries, MISSING},
    metrics::compute::{Computed, MetricError},
    scheme::rule::Rule,
};

/// What is found about some subjects on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Worked {
    /// Figures by metric of the version in force, then by subject.
    pub metrics: Vec<FigureColumn>,
    /// Classes by dimension of that version, then by subject.
    pub classes: Vec<Vec<u8>>,
}

/// Takes the figures of subjects, who stand in the order of their ids, and finds their classes. Nothing where no version is in force.
///
/// # Errors
/// [`MetricError::NotComputed`] when a figure was not asked for ([`Bound::requests`]).
pub fn work(
    bound: &Bound,
    subjects: &[u32],
    computed: &Computed,
    dictionaries: &Dictionaries,
    day: NaiveDate,
) -> Result<Worked, MetricError> {
    let Some((place, _)) = bound.scheme.version_on(day) else { return Ok(Worked::default()) };
    let Some(version) = bound.versions.get(place) else { return Ok(Worked::default()) };
    let metrics: Vec<FigureColumn> =
        version.metrics.iter().map(|metric| column(metric, subjects, computed, day)).collect::<Result<_, _>>()?;
    let others = others(bound, version, subjects, computed, dictionaries, day)?;
    let in_metric = |metric: usize, word: &str| version.metrics.get(metric)?.metric.words()?.figure(dictionaries, word);
    let population =
        Population { subjects: subjects.len(), as_of: day, metrics: &metrics, others: &others, words: &in_metric };
    let classes = classes(version, &population);
    Ok(Worked { metrics, classes })
}

/// The figures of a metric; a ratio over nothing is no figure.
fn column(
    metric: &BoundMetric,
    subjects: &[u32],
    computed: &Computed,
    day: NaiveDate,
) -> Result<FigureColumn, MetricError> {
    let Some((of, per)) = &metric.parts else {
        let (figures, at) = computed.at(&metric.metric.id, day)?;
        let part = subjects.iter().map(|subject| figures.get(*subject, at).unwrap_or(MISSING)).collect();
        return Ok(FigureColumn { part, whole: Vec::new() });
    };
    let ((of, of_at), (per, per_at)) = (computed.at(&of.id, day)?, computed.at(&per.id, day)?);
    let mut column = FigureColumn::default();
    for subject in subjects {
        let whole = per.get(*subject, per_at).filter(|whole| *whole != 0);
        column.push(of.get(*subject, of_at).zip(whole));
    }
    Ok(column)
}

/// The grades of other schemes that dimensions take, matched by name with the dimension's classes.
fn others(
    bound: &Bound,
    version: &BoundVersion,
    subjects: &[u32],
    computed: &Computed,
    dictionaries: &Dictionaries,
    day: NaiveDate,
) -> Result<BTreeMap<usize, Vec<u8>>, MetricError> {
    let mut others = BTreeMap::new();
    for (place, dimension) in version.dimensions.iter().enumerate() {
        let Rule::Scheme { scheme } = &dimension.rule else { continue };
        let Some(other) = bound.others.get(&scheme.text) else { continue };
        let Some(in_force) = other.version_on(day) else {
            continue;
        };
        let own = |name: &str| {
            let place = dimension.classes.iter().position(|class| class.id == name);
            place.and_then(|place| u8::try_from(place).ok()).unwrap_or(NO_CLASS)
        };
        let matched: Vec<u8> =
            in_force.result().iter().flat_map(|result| &result.classes).map(|class| own(&class.id)).collect();
        let found = work(other, subjects, computed, dictionaries, day)?;
        let grades = found.classes.into_iter().nth(in_force.result).unwrap_or_default();
        let own = |class: u8| matched.get(usize::from(class)).copied().unwrap_or(NO_CLASS);
        others.insert(place, grades.into_iter().map(own).collect());
    }
    Ok(others)
}
