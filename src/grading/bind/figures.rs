//! Texts of a scheme as exact figures in a unit.

use std::cmp::Ordering;

use crate::{
    grading::{
        bind::Binder,
        bound::{Figure, Side},
    },
    metrics::definition::{Aggregate, Measure, Metric, MetricUnit},
    money::{Scale, Share, parse_minor},
    period::{day_number, parse_day},
    scheme::rule::{Better, Written},
};

/// Decimal places of a limit on a ratio, of shares, weights and scores.
const PLACES: u8 = 6;

/// What a figure of a rule is measured in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Measured {
    /// The unit of the metric at a place of the version.
    Metric(usize),
    /// A plain number: a share, weight, score or cell.
    Plain,
}

impl Binder<'_> {
    /// A text as a figure. A figure that nobody decided is noted, and stands as 0 in rules that will refuse to grade.
    pub(super) fn figure(&mut self, text: &Written, measured: Measured, what: &str) -> Option<Figure> {
        if text.undecided() {
            let unit = match measured {
                Measured::Metric(place) => self.used.get(place).map_or("number", |m| m.metric.unit().name()),
                Measured::Plain => "number",
            };
            let message = format!("{what} was never decided: the source gives none");
            let help = format!("write the figure ({unit}), and who decided it");
            let fault = self.scheme.file.fault("scheme::missing_limit", text.span.clone(), message, help);
            self.missing.push((self.place, fault));
            return Some(Figure::Number(Share::new(0, 1)));
        }
        let Measured::Metric(place) = measured else {
            if let Some(number) = plain(&text.text) {
                return Some(Figure::Number(number));
            }
            let message = format!("`{}` is not a number of at most {PLACES} decimals", text.text);
            return self.told("scheme::wrong_unit", &text.span, message, "write it as `\"0.65\"`");
        };
        let metric = self.used.get(place).map(|used| used.metric.clone())?;
        let figure =
            calendar(&metric, &text.text).or_else(|| number(metric.unit(), &text.text, self.scale).map(Figure::Number));
        if figure.is_none() {
            let message = format!("`{}` is not a figure of `{}` ({})", text.text, metric.id, metric.unit().name());
            let help = "write amounts as `\"3000.00\"` with no more decimals than the ledger's `scale`, counts and points as `\"4000\"`, days as `\"30\"` or `\"6 months\"`";
            return self.told("scheme::wrong_unit", &text.span, message, help);
        }
        figure
    }

    /// Whether figures stand in strictly rising order, or falling where low ones are good; those that nobody decided are passed over.
    pub(super) fn in_order(
        &mut self,
        row: &[(String, &Written, Figure)],
        better: Better,
        code: &'static str,
        help: &str,
    ) {
        let (wanted, side) = match better {
            Better::Higher => (Ordering::Less, "above"),
            Better::Lower => (Ordering::Greater, "below"),
        };
        let decided: Vec<&(String, &Written, Figure)> = row.iter().filter(|(_, text, _)| !text.undecided()).collect();
        for (before, after) in decided.iter().zip(decided.iter().skip(1)) {
            let ((before, limit, first), (name, text, second)) = (before, after);
            if order(*first, *second) != Some(wanted) {
                let message = format!("`{}`, {name}, is not {side} `{}`, {before}", text.text, limit.text);
                self.told::<()>(code, &text.span, message, help);
            }
        }
    }
}

/// How two figures of one unit compare; `None` when one is of the calendar and the other is not.
fn order(left: Figure, right: Figure) -> Option<Ordering> {
    match (left, right) {
        (Figure::Number(left), Figure::Number(right)) => left.compare(right),
        (Figure::Months { count: left, .. }, Figure::Months { count: right, .. }) => Some(left.cmp(&right)),
        _ => None,
    }
}

/// A calendar period as a limit on days.
fn calendar(metric: &Metric, text: &str) -> Option<Figure> {
    if metric.unit() != MetricUnit::Days {
        return None;
    }
    let count = text.strip_suffix(" months").or_else(|| text.strip_suffix(" month"))?.parse().ok()?;
    let Measure::Rows(rows) = &metric.measure else { return None };
    let side = if matches!(rows.aggregate, Aggregate::DaysUntil(_)) { Side::After } else { Side::Before };
    Some(Figure::Months { count, side })
}

/// A plain number of at most six decimals.
pub(super) fn plain(text: &str) -> Option<Share> {
    let places = Scale::new(PLACES).ok()?;
    Some(Share::new(parse_minor(text, places).ok()?, places.unit()))
}

/// A text as a figure in a metric's unit.
pub fn number(unit: MetricUnit, text: &str, scale: Scale) -> Option<Share> {
    let whole = |value: i64| Some(Share::new(value, 1));
    match unit {
        MetricUnit::Money => whole(parse_minor(text, scale).ok()?),
        MetricUnit::Quantity => whole(parse_minor(text, Scale::new(3).ok()?).ok()?),
        MetricUnit::Points | MetricUnit::Count | MetricUnit::Days => whole(text.parse().ok()?),
        MetricUnit::Day => whole(i64::from(day_number(parse_day(text).ok()?))),
        MetricUnit::Word => None,
        MetricUnit::Ratio => plain(text),
    }
}
