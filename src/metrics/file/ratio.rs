//! Metrics that divide one metric by another.

use super::{Metrics, RawFile, RawMetric, Reader};
use crate::{
    declaration::{Spanned, did_you_mean},
    ledger::entity::ENTITIES,
    metrics::definition::{Measure, Metric, MetricUnit},
};

impl Reader<'_> {
    pub(super) fn ratio(&mut self, name: &Spanned<String>, raw: &RawMetric) -> Option<Measure> {
        let others = [&raw.entity, &raw.column, &raw.window, &raw.lag];
        if others.iter().any(|other| other.is_some()) || !raw.conditions.is_empty() {
            let message = format!("ratio `{}` takes only `subject`, `of` and `per`", name.get_ref());
            return self.told(
                "metrics::needless_key",
                name.span(),
                message,
                "the two metrics have entity, conditions and window",
            );
        }
        let (Some(of), Some(per)) = (&raw.of, &raw.per) else { return self.missing(name, "of` and `per") };
        let subject = ENTITIES.iter().find_map(|entity| entity.column(raw.subject.get_ref()));
        let Some(subject) = subject else {
            let message = format!("`{}` is not a column of any entity", raw.subject.get_ref());
            return self.told("metrics::unknown_column", raw.subject.span(), message, "name a key such as `member_id`");
        };
        Some(Measure::Ratio { of: of.get_ref().clone(), per: per.get_ref().clone(), subject: subject.name })
    }

    /// The two sides of a ratio exist, are numbers but no ratios, and are about the same subject.
    pub(super) fn check_ratio(&mut self, name: &Spanned<String>, raw: &RawMetric, all: &RawFile, checked: &Metrics) {
        for side in [&raw.of, &raw.per].into_iter().flatten() {
            let found = all.metric.iter().find(|(known, _)| known.get_ref() == side.get_ref());
            let problem = match found {
                None => {
                    let help = did_you_mean(side.get_ref(), all.metric.keys().map(|known| known.get_ref().as_str()));
                    Some((format!("`{}` is not a metric", side.get_ref()), help))
                }
                Some((_, other)) if other.aggregate.get_ref() == "ratio" => Some((
                    format!("`{}` is a ratio itself", side.get_ref()),
                    "divide metrics that are taken from rows".to_owned(),
                )),
                Some((_, other)) if other.subject.get_ref() != raw.subject.get_ref() => Some((
                    format!(
                        "`{}` is about `{}`, not `{}`",
                        side.get_ref(),
                        other.subject.get_ref(),
                        raw.subject.get_ref()
                    ),
                    format!("both sides of `{}` must have its subject", name.get_ref()),
                )),
                Some(_) => match checked.get(side.get_ref()).map(Metric::unit) {
                    Some(unit @ (MetricUnit::Word | MetricUnit::Day)) => Some((
                        format!("`{}` gives a {}, which cannot be divided", side.get_ref(), unit.name()),
                        "divide amounts, counts and numbers of days".to_owned(),
                    )),
                    _ => None,
                },
            };
            if let Some((message, help)) = problem {
                self.told::<()>("metrics::bad_ratio", side.span(), message, help);
            }
        }
    }
}
