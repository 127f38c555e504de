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
    let result = version.result()?;
    let ways = match &result.rule {
        Rule::Bands { .. } => Ways { dimensions: vec![version.result], enough: Enough::All },
        Rule::Vote { of, how: How::Best | How::Worst, .. } if of.iter().all(|source| in_order(&source.classes)) => {
            let enough =
                if matches!(&result.rule, Rule::Vote { how: How::Best, .. }) { Enough::Any } else { Enough::All };
            Ways { dimensions: of.iter().map(|source| source.dimension).collect(), enough }
        }
        _ => return None,
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
