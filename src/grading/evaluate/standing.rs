//! Where one subject stands among all, for rules that look at everybody: the same order and the same cuts that gave its class.

use crate::{
    grading::{
        bound::{BoundVersion, Figure},
        evaluate::{
            FigureColumn,
            columns::{First, ranked},
            quantiles::r7_cuts,
            shares::weight,
        },
    },
    money::Share,
    scheme::rule::{Better, Dimension, Method, Population, Rule, Ties, Whole},
};

/// Where a subject stands.
#[derive(Debug, Clone)]
pub enum Standing {
    /// Those before it make up so much of the whole, it and those before it so much.
    Cumulative {
        /// Before it, and before those with the same figure where they stay together.
        before: Share,
        /// With it and them.
        after: Share,
    },
    /// It is at a place, the first being the worst, among so many; equal figures by id.
    Place {
        /// Its place from 1.
        place: usize,
        /// How many there are.
        of: usize,
    },
    /// Figures are cut at these, from the lowest; exact, in minor units of the metric.
    Cuts(Vec<Share>),
}

/// Where the subject at a place stands in a dimension; `None` for rules that look at one subject at a time, and for a subject that is not counted.
pub fn standing(
    version: &BoundVersion,
    metrics: &[FigureColumn],
    dimension: &Dimension<usize, Figure>,
    at: usize,
) -> Option<Standing> {
    let metric = *dimension.rule.metric()?;
    let (bound, column) = (version.metrics.get(metric)?, metrics.get(metric)?);
    if let Rule::Shares { better, whole, ties, .. } = &dimension.rule {
        let counted = (0..column.part.len()).filter(|subject| column.positive(*subject));
        return cumulative(&ranked(bound, column, counted, *better, First::Best), column, (*whole, *ties), at);
    }
    let Rule::Quantiles { better, method, population, .. } = &dimension.rule else { return None };
    let counted = (0..column.part.len()).filter(|subject| *population == Population::All || column.positive(*subject));
    match method {
        Method::R7 { plus } => {
            let ranked = ranked(bound, column, counted, Better::Higher, First::Worst);
            let figures: Vec<i64> = ranked.iter().map(|(figure, _)| *figure).collect();
            let parts = dimension.classes.len();
            let cuts = r7_cuts(&figures, parts, i128::from(*plus) * i128::from(bound.minor));
            let whole = i128::try_from(parts).ok()?;
            Some(Standing::Cuts(cuts.into_iter().map(|cut| Share::new(cut, whole)).collect()))
        }
        Method::Ntile { .. } => {
            let ranked = ranked(bound, column, counted, *better, First::Worst);
            let place = ranked.iter().position(|(_, subject)| *subject == at)? + 1;
            Some(Standing::Place { place, of: ranked.len() })
        }
        Method::Fixed(_) => None,
    }
}

fn cumulative(
    ranked: &[(i64, usize)],
    column: &FigureColumn,
    (whole, ties): (Whole, Ties),
    at: usize,
) -> Option<Standing> {
    let own = ranked.iter().position(|(_, subject)| *subject == at)?;
    let figure = ranked.get(own)?.0;
    let weigh = |of: &[(i64, usize)]| -> i128 { of.iter().map(|(_, subject)| weight(whole, column, *subject)).sum() };
    // Equal figures stand side by side.
    let (first, end) = match ties {
        Ties::Together => {
            let same = |(other, _): &(i64, usize)| *other == figure;
            let first = ranked.iter().position(same)?;
            (first, first + ranked.iter().skip(first).take_while(|other| same(other)).count())
        }
        Ties::ById => (own, own + 1),
    };
    let total = weigh(ranked);
    let before = Share::new(weigh(ranked.get(..first)?), total);
    Some(Standing::Cumulative { before, after: Share::new(weigh(ranked.get(..end)?), total) })
}
