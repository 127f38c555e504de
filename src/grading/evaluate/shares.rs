//! Places in the order of all subjects, by cumulative share (S36, S39).

use std::cmp::Ordering;

use crate::{
    grading::{
        bound::Figure,
        evaluate::{
            FigureColumn, NO_CLASS, Work,
            bands::without,
            columns::{First, ranked},
            exact::{order, resolve},
        },
    },
    money::Share,
    scheme::{
        Boundary,
        rule::{Better, Dimension, NotPositive, Ties, Whole},
    },
};

/// How the order of subjects is cut.
pub(super) struct Cut<'r> {
    pub(super) better: Better,
    pub(super) whole: Whole,
    /// Best class first.
    pub(super) shares: &'r [(u8, Figure)],
    pub(super) crossing: Boundary,
    pub(super) ties: Ties,
}

impl Work<'_> {
    pub(super) fn shares(
        &self,
        dimension: &Dimension<usize, Figure>,
        metric: usize,
        cut: &Cut<'_>,
        not_positive: NotPositive,
    ) -> Vec<u8> {
        let Some((bound, column)) = self.metric(metric) else { return self.nobody() };
        let absent = without(dimension.without_figure);
        let not_positive = match not_positive {
            NotPositive::Lowest => 0,
            NotPositive::Exclude => NO_CLASS,
        };
        let mut classes: Vec<u8> =
            column.iter().map(|figure| if figure.is_none() { absent } else { not_positive }).collect();
        let counted = (0..self.population.subjects).filter(|subject| column.positive(*subject));
        let ranked = ranked(bound, column, counted, cut.better, First::Best);
        let weight = |subject: usize| weight(cut.whole, column, subject);
        let total: i128 = ranked.iter().map(|(_, subject)| weight(*subject)).sum();
        let mut shares =
            cut.shares.iter().map(|(class, share)| (*class, resolve(*share, self.population.as_of))).peekable();
        let mut before = 0_i128;
        let same = |a: &(i64, usize), b: &(i64, usize)| cut.ties == Ties::Together && a.0 == b.0;
        for group in ranked.chunk_by(same) {
            let after = before + group.iter().map(|(_, subject)| weight(*subject)).sum::<i128>();
            // Nobody further down is within a share that this group is beyond, so shares are left behind for good.
            while shares.next_if(|(_, share)| !cut.within(before, after, total, *share)).is_some() {}
            let class = shares.peek().map_or(0, |(class, _)| *class);
            for (_, subject) in group {
                if let Some(place) = classes.get_mut(*subject) {
                    *place = class;
                }
            }
            before = after;
        }
        classes
    }
}

/// What a subject weighs in the whole.
pub(super) fn weight(whole: Whole, column: &FigureColumn, subject: usize) -> i128 {
    match whole {
        Whole::Subjects => 1,
        Whole::Figures => column.part.get(subject).map_or(0, |part| i128::from(*part)),
    }
}

impl Cut<'_> {
    /// Whether subjects that fill the whole from one mark to another are within a share: those that cross it belong to the better class or to the worse.
    fn within(&self, before: i128, after: i128, total: i128, share: Share) -> bool {
        match self.crossing {
            Boundary::Better => order(Share::new(before, total), share) == Ordering::Less,
            Boundary::Worse => order(Share::new(after, total), share) != Ordering::Greater,
        }
    }
}
