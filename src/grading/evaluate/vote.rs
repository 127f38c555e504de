//! A vote of other dimensions.

use crate::{
    grading::{
        bound::Figure,
        evaluate::{NO_CLASS, Work},
    },
    money::{Rounding, div_round},
    scheme::{
        Boundary,
        rule::{Dimension, How, MissingPart, Source},
    },
};

impl Work<'_> {
    pub(super) fn vote(
        &self,
        dimension: &Dimension<usize, Figure>,
        of: &[Source],
        how: How,
        ties: Boundary,
        missing: MissingPart,
    ) -> Vec<u8> {
        let mut votes = Vec::with_capacity(of.len());
        let mut tally = vec![0_u16; dimension.classes.len()];
        let winner = |subject: usize| {
            votes.clear();
            votes.extend(of.iter().map(|source| self.matched(source, subject)).filter(|class| *class != NO_CLASS));
            if missing == MissingPart::NoClass && votes.len() < of.len() {
                return NO_CLASS;
            }
            elected(&mut votes, how, ties, &mut tally).unwrap_or(NO_CLASS)
        };
        (0..self.population.subjects).map(winner).collect()
    }

    /// The class of a subject in another dimension, as one's own class.
    pub(super) fn matched(&self, source: &Source, subject: usize) -> u8 {
        source.classes.get(usize::from(self.class(source.dimension, subject))).copied().unwrap_or(NO_CLASS)
    }
}

/// The class that some votes elect; `None` without votes. `tally` is room for one count a class.
fn elected(votes: &mut [u8], how: How, ties: Boundary, tally: &mut [u16]) -> Option<u8> {
    match how {
        How::Best => votes.iter().copied().max(),
        How::Worst => votes.iter().copied().min(),
        How::Plurality => {
            tally.fill(0);
            for vote in &*votes {
                if let Some(count) = tally.get_mut(usize::from(*vote)) {
                    *count += 1;
                }
            }
            let most = *tally.iter().max().filter(|most| **most > 0)?;
            let place = match ties {
                Boundary::Better => tally.iter().rposition(|count| *count == most),
                Boundary::Worse => tally.iter().position(|count| *count == most),
            };
            u8::try_from(place?).ok()
        }
        How::Mean => {
            let sum: i128 = votes.iter().map(|vote| i128::from(*vote)).sum();
            rounded(sum, i128::try_from(votes.len()).ok()?, ties)
        }
        How::Median => {
            votes.sort_unstable();
            let upper = votes.get(votes.len() / 2)?;
            let lower = if votes.len().is_multiple_of(2) { votes.get(votes.len() / 2 - 1)? } else { upper };
            rounded(i128::from(*upper) + i128::from(*lower), 2, ties)
        }
    }
}

/// A mean to the nearest class, a half to the better or to the worse; `None` of nothing.
fn rounded(sum: i128, count: i128, ties: Boundary) -> Option<u8> {
    let (twice, both) = (sum.checked_mul(2)?, count.checked_mul(2)?);
    let nearest = match ties {
        Boundary::Better => div_round(twice + count, both, Rounding::Floor)?,
        // The ceiling, as the floor of the negative.
        Boundary::Worse => -div_round(count - twice, both, Rounding::Floor)?,
    };
    u8::try_from(nearest).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Boundary::{Better, Worse};
    use How::{Best, Mean, Median, Plurality, Worst};

    #[test]
    fn votes_are_counted_as_stated() {
        for (votes, how, ties, expected) in [
            (vec![], Plurality, Better, None),
            (vec![], Mean, Worse, None),
            (vec![], Median, Worse, None),
            (vec![], Best, Better, None),
            (vec![2], Median, Worse, Some(2)),
            (vec![0, 2, 2, 4], Plurality, Worse, Some(2)),
            (vec![0, 0, 4, 4, 1], Plurality, Better, Some(4)),
            (vec![0, 0, 4, 4, 1], Plurality, Worse, Some(0)),
            (vec![3, 1, 2], Best, Worse, Some(3)),
            (vec![3, 1, 2], Worst, Better, Some(1)),
            (vec![1, 2], Mean, Better, Some(2)),
            (vec![1, 2], Mean, Worse, Some(1)),
            (vec![1, 1, 2], Mean, Better, Some(1)),
            (vec![1, 2, 2], Mean, Worse, Some(2)),
            (vec![0, 0], Mean, Worse, Some(0)),
            (vec![4, 0, 1, 0], Median, Better, Some(1)),
            (vec![4, 0, 1, 0], Median, Worse, Some(0)),
            (vec![4, 0, 1], Median, Better, Some(1)),
        ] {
            assert_eq!(elected(&mut votes.clone(), how, ties, &mut [0; 5]), expected, "{votes:?} {how:?} {ties:?}");
        }
    }
}
