//! A weighted mean of scores.

use chrono::NaiveDate;

use crate::{
    grading::{
        bound::Figure,
        evaluate::{
            NO_CLASS, Work,
            bands::{reached, resolved},
            exact::{resolve, upright},
        },
    },
    money::Share,
    scheme::rule::{Better, Limit, MissingPart, Part},
};

impl Work<'_> {
    pub(super) fn weighted(&self, parts: &[Part<Figure>], limits: &[Limit<Figure>], missing: MissingPart) -> Vec<u8> {
        let as_of = self.population.as_of;
        let Some(scales) = Scales::new(parts, as_of) else { return self.nobody() };
        let limits: Vec<_> = limits.iter().map(|limit| resolved(limit, as_of)).collect();
        let of = |subject: usize| {
            let classes = parts.iter().map(|part| self.class(part.dimension, subject));
            scales.mean(classes, missing).map_or(NO_CLASS, |mean| reached(mean, Better::Higher, &limits))
        };
        (0..self.population.subjects).map(of).collect()
    }
}

/// The weighted mean of the scores of one subject's classes, one a part; `None` where the subject has none.
pub fn mean_of(parts: &[Part<Figure>], classes: &[u8], missing: MissingPart, as_of: NaiveDate) -> Option<Share> {
    Scales::new(parts, as_of)?.mean(classes.iter().copied(), missing)
}

/// Weights and scores as whole numbers over common wholes.
struct Scales {
    /// Of each part: its weight, and its weight times the score of each class.
    parts: Vec<(i128, Vec<i128>)>,
    /// The common whole of all scores.
    scores: i128,
}

impl Scales {
    /// `None` when numbers do not fit 128 bits: limits, weights and scores have six decimal places at most, so there are always common wholes.
    fn new(parts: &[Part<Figure>], as_of: NaiveDate) -> Option<Self> {
        let weights = common(parts.iter().map(|part| resolve(part.weight, as_of)))?;
        let scores = common(parts.iter().flat_map(|part| &part.scores).map(|score| resolve(*score, as_of)))?;
        let part = |part: &Part<Figure>| {
            let weight = over(resolve(part.weight, as_of), weights)?;
            let scores = part.scores.iter().map(|score| over(resolve(*score, as_of), scores)?.checked_mul(weight));
            Some((weight, scores.collect::<Option<Vec<i128>>>()?))
        };
        Some(Self { parts: parts.iter().map(part).collect::<Option<_>>()?, scores })
    }

    fn mean(&self, classes: impl Iterator<Item = u8>, missing: MissingPart) -> Option<Share> {
        let (mut sum, mut weights) = (0_i128, 0_i128);
        for ((weight, terms), class) in self.parts.iter().zip(classes) {
            match terms.get(usize::from(class)) {
                Some(term) => (sum, weights) = (sum.checked_add(*term)?, weights.checked_add(*weight)?),
                None if missing == MissingPart::NoClass => return None,
                None => {}
            }
        }
        let whole = weights.checked_mul(self.scores)?;
        (whole != 0).then(|| Share::new(sum, whole))
    }
}

/// The least common whole of some fractions.
fn common(mut shares: impl Iterator<Item = Share>) -> Option<i128> {
    shares.try_fold(1_i128, |all, share| {
        let (_, whole) = upright(share);
        let (mut a, mut b) = (all, whole);
        while b != 0 {
            (a, b) = (b, a.checked_rem(b)?);
        }
        all.checked_div(a)?.checked_mul(whole)
    })
}

/// The part of a fraction over another whole.
fn over(share: Share, whole: i128) -> Option<i128> {
    let (part, of) = upright(share);
    part.checked_mul(whole.checked_div(of)?)
}
