//! What a subject on a ladder needs: for the next grade, and to remain where it is (S02, S04).
//!
//! Only where the result is `bands`, or the best or worst of `bands` on whole figures: of other rules no single figure can be named.

use chrono::NaiveDate;

use crate::{
    grading::{
        bound::{BoundVersion, Figure},
        evaluate::{compared, range, resolve},
    },
    scheme::rule::{Better, Dimension, How, Limit, Rule},
};

/// What would be enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enough {
    /// Any one of the needs.
    Any,
    /// All needs together.
    All,
}

/// The dimensions that a grade can be read off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ways {
    /// Their places.
    pub dimensions: Vec<usize>,
    /// How many of them must be reached.
    pub enough: Enough,
}

/// The dimensions by which a subject rises; `None` where no single figure can be named.
pub fn ways(version: &BoundVersion) -> Option<Ways> {
    ways_in(version, version.result)
}

/// The dimensions by which a subject keeps what it holds: those of the retention test where the ladder has one.
pub fn ways_to_remain(version: &BoundVersion) -> Option<Ways> {
    ways_in(version, version.ladder().and_then(|ladder| ladder.retention).unwrap_or(version.result))
}

fn ways_in(version: &BoundVersion, place: usize) -> Option<Ways> {
    let giving = version.dimensions.get(place)?;
    let ways = if let Rule::Bands { .. } = &giving.rule {
        Ways { dimensions: vec![place], enough: Enough::All }
    } else if let Rule::Vote { of, how, .. } = &giving.rule
        && of.iter().all(|source| in_order(&source.classes))
    {
        let enough = match how {
            How::Best => Enough::Any,
            How::Worst => Enough::All,
            How::Plurality | How::Mean | How::Median => return None,
        };
        Ways { dimensions: of.iter().map(|source| source.dimension).collect(), enough }
    } else {
        return None;
    };
    let whole =
        |place: &usize| version.dimensions.get(*place).is_some_and(|dimension| bands(version, dimension).is_some());
    ways.dimensions.iter().all(whole).then_some(ways)
}

/// Whether the classes of a voter are those of the vote, in the same order.
fn in_order(classes: &[u8]) -> bool {
    classes.iter().enumerate().all(|(place, class)| usize::from(*class) == place)
}

/// The limits of a dimension on a metric of whole figures.
fn bands<'d>(
    version: &BoundVersion,
    dimension: &'d Dimension<usize, Figure>,
) -> Option<(usize, Better, &'d [Limit<Figure>])> {
    let Rule::Bands { metric, better, limits } = &dimension.rule else { return None };
    version.metrics.get(*metric).filter(|metric| metric.parts.is_none())?;
    Some((*metric, *better, limits))
}

/// What is missing in a dimension to a class, in minor units of its metric: 0 when it is reached; of few that are good, how much there is too much.
/// `None` where the class cannot be reached by any figure, or where there is no figure.
pub fn missing(
    version: &BoundVersion,
    dimension: usize,
    class: u8,
    figure: Option<(i64, i64)>,
    as_of: NaiveDate,
) -> Option<i64> {
    let (_, better, limits) = bands(version, version.dimensions.get(dimension)?)?;
    let (own, _) = figure?;
    let mut need = 0_i64;
    for limit in limits.iter().filter(|limit| limit.class <= class) {
        let (from, to) = range(compared(better, limit.boundary), resolve(limit.figure, as_of));
        if from > to {
            return None;
        }
        need = need.max(match better {
            Better::Higher => from.saturating_sub(own),
            Better::Lower => own.saturating_sub(to),
        });
    }
    Some(need)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        declaration::Declaration,
        grading::bound::Bound,
        metrics::file,
        money::{Currency, Scale},
        period::parse_day,
        scheme::Scheme,
    };

    #[test]
    fn what_is_missing_is_told_to_the_last_fen() {
        let text = include_str!("../../config/schemes/member-tier.toml");
        // The examples stand on the limits themselves: they are of no use with the other boundary.
        let head = text.split("# Examples at the edges").next().unwrap();
        let currency = Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() };
        let metrics = include_str!("../../config/metrics.toml");
        let metrics = file::check(&Declaration::new("m.toml", metrics), &currency).unwrap();
        let as_of = parse_day("2026-10-31").unwrap();
        for (boundary, figure, class, expected) in [
            ("better", Some((0, 1)), 1, Some(300_000)),
            ("worse", Some((0, 1)), 1, Some(300_001)),
            ("better", Some((299_999, 1)), 1, Some(1)),
            ("better", Some((300_000, 1)), 1, Some(0)),
            ("worse", Some((300_000, 1)), 1, Some(1)),
            ("better", Some((300_000, 1)), 2, Some(700_000)),
            ("better", Some((-5, 1)), 0, Some(0)),
            ("better", None, 1, None),
        ] {
            let text = head.replace("boundary = \"better\"", &format!("boundary = \"{boundary}\""));
            let example = "[[version.example]]\nmetrics = { net_spend_12m = \"0\", points_earned_12m = \"0\" }\ngrade = \"regular\"\n";
            let scheme = Scheme::read(&Declaration::new("s.toml", &format!("{text}\n{example}")), "s").unwrap();
            let bound = Bound::new(scheme, &metrics, &currency, BTreeMap::new()).unwrap();
            let version = &bound.versions[0];
            let ways = ways(version).unwrap();
            assert_eq!((ways.dimensions.as_slice(), ways.enough), (&[0, 1][..], Enough::Any));
            assert_eq!(missing(version, 0, class, figure, as_of), expected, "{boundary} {figure:?} {class}");
        }
    }
}
