//! Equal parts of the subjects by figure (S42).

use std::cmp::Ordering;

use crate::{
    grading::{
        bound::Figure,
        evaluate::{
            NO_CLASS, Work,
            columns::{First, ranked},
            exact::{order, resolve},
        },
    },
    scheme::rule::{Better, Dimension, Method, Population, TileTies},
};

impl Work<'_> {
    pub(super) fn quantiles(
        &self,
        dimension: &Dimension<usize, Figure>,
        metric: usize,
        better: Better,
        method: &Method<Figure>,
        population: Population,
    ) -> Vec<u8> {
        let Some((bound, column)) = self.metric(metric) else { return self.nobody() };
        let bins = dimension.classes.len();
        let counts = |subject: &usize| population == Population::All || column.positive(*subject);
        let counted = (0..self.population.subjects).filter(counts);
        let mut classes = self.nobody();
        let mut put = |subject: usize, class: usize| {
            if let Some(place) = classes.get_mut(subject) {
                *place = u8::try_from(class).unwrap_or(NO_CLASS);
            }
        };
        // Cuts part the figures from below; where few are good, the lowest part is the best.
        let class = |beyond: usize| match better {
            Better::Higher => beyond,
            Better::Lower => bins.saturating_sub(beyond + 1),
        };
        match method {
            Method::R7 { plus } => {
                let ranked = ranked(bound, column, counted, Better::Higher, First::Worst);
                let figures: Vec<i64> = ranked.iter().map(|(figure, _)| *figure).collect();
                let plus = i128::from(*plus) * i128::from(bound.minor);
                let cuts = r7_cuts(&figures, bins, plus);
                let parts = i128::try_from(bins).unwrap_or(1);
                for (figure, subject) in ranked {
                    let figure = i128::from(figure) * parts;
                    put(subject, class(cuts.iter().filter(|cut| figure >= **cut).count()));
                }
            }
            Method::Fixed(cuts) => {
                let cuts: Vec<_> = cuts.iter().map(|cut| resolve(*cut, self.population.as_of)).collect();
                for subject in counted {
                    let Some(figure) = column.get(subject).map(|figure| bound.share(figure)) else { continue };
                    put(subject, class(cuts.iter().filter(|cut| order(figure, **cut) != Ordering::Less).count()));
                }
            }
            Method::Ntile { ties } => {
                let ranked = ranked(bound, column, counted, better, First::Worst);
                let tiles = Tiles { subjects: ranked.len(), tiles: bins.max(1) };
                let same = |a: &(i64, usize), b: &(i64, usize)| *ties != TileTies::ById && a.0 == b.0;
                let mut place = 0;
                for group in ranked.chunk_by(same) {
                    let tile = match ties {
                        TileTies::Better => tiles.of(place + group.len() - 1),
                        TileTies::Worse | TileTies::ById => tiles.of(place),
                    };
                    for (_, subject) in group {
                        put(*subject, tile);
                    }
                    place += group.len();
                }
            }
        }
        classes
    }
}

/// The cuts of some rising figures by R's type 7, times the number of parts, which makes them whole numbers: the quantile at k/parts lies at the place
/// (n − 1)·k/parts, between the figures on both sides of it.
pub(super) fn r7_cuts(figures: &[i64], parts: usize, plus: i128) -> Vec<i128> {
    let Some(last) = figures.len().checked_sub(1) else { return Vec::new() };
    let whole = i128::try_from(parts).unwrap_or(1);
    (1..parts)
        .filter_map(|k| {
            let (place, rest) = (last * k / parts, last * k % parts);
            let below = i128::from(*figures.get(place)?);
            let above = figures.get(place + 1).map_or(below, |above| i128::from(*above));
            Some((below + plus) * whole + (above - below) * i128::try_from(rest).ok()?)
        })
        .collect()
}

/// Places dealt into tiles, the first ones a place larger where it does not come out even.
struct Tiles {
    subjects: usize,
    tiles: usize,
}

impl Tiles {
    /// The tile of a place.
    fn of(&self, place: usize) -> usize {
        let (small, larger) = (self.subjects / self.tiles, self.subjects % self.tiles);
        let in_larger = larger * (small + 1);
        if place < in_larger {
            place / (small + 1)
        } else {
            larger + (place - in_larger).checked_div(small).unwrap_or(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_seven_quantiles_are_exact() {
        for (figures, parts, plus, cuts) in [
            (vec![1, 2, 3, 4], 2, 0, vec![5]),
            (vec![1, 2, 3, 4, 5], 2, 0, vec![6]),
            (vec![1, 2], 5, 0, vec![6, 7, 8, 9]),
            (vec![1, 2], 5, 1, vec![11, 12, 13, 14]),
            (vec![7], 5, 0, vec![35, 35, 35, 35]),
            (vec![-3, -1], 2, 0, vec![-4]),
            (vec![], 5, 0, vec![]),
            (vec![i64::MIN + 1, i64::MAX], 2, 0, vec![0]),
        ] {
            assert_eq!(r7_cuts(&figures, parts, plus), cuts, "{figures:?} {parts}");
        }
    }

    #[test]
    fn tiles_are_dealt_as_sql_does() {
        for (subjects, tiles, expected) in
            [(7, 3, vec![0, 0, 0, 1, 1, 2, 2]), (2, 5, vec![0, 1]), (6, 3, vec![0, 0, 1, 1, 2, 2]), (0, 3, vec![])]
        {
            let dealt = Tiles { subjects, tiles };
            assert_eq!((0..subjects).map(|place| dealt.of(place)).collect::<Vec<_>>(), expected, "{subjects} {tiles}");
        }
    }
}
