//! Seeded chance from whole numbers only: ranges, odds, weighted choices and tables of quantiles.
//!
//! Invariants: no float takes part, so that a seed gives the same draws on every machine; an empty table never panics but gives the
//! fallback named by the caller. Not here: any figure of the demo trade itself (the other files of this module).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One million: the whole to which odds and positions in a table of quantiles refer.
pub(super) const MILLION: u32 = 1_000_000;

/// A stream of draws that depends on its seed alone.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// A stream for a seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        for (byte, value) in key.iter_mut().zip(seed.to_le_bytes()) {
            *byte = value;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A stream for a part of what a seed makes, apart from those of all other parts.
    pub(super) fn named(seed: u64, part: &str) -> Self {
        let mut key = [0; 32];
        for (byte, value) in key.iter_mut().zip(seed.to_le_bytes().into_iter().chain(part.bytes())) {
            *byte = value;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        if bound == 0 { 0 } else { self.0.random_range(0..bound) }
    }

    /// A number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        if low >= high { low } else { self.0.random_range(low..=high) }
    }

    /// Whether something with these odds in a million happens.
    pub(super) fn happens(&mut self, per_million: u32) -> bool {
        self.below(MILLION) < per_million
    }

    /// One of several with equal odds; the fallback for an empty list.
    pub(super) fn one_of<T: Copy>(&mut self, items: &[T], fallback: T) -> T {
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        usize::try_from(self.below(count)).ok().and_then(|index| items.get(index)).copied().unwrap_or(fallback)
    }

    /// One of several with odds by weight; the fallback for an empty list or one without weight.
    pub(super) fn weighted<T: Copy>(&mut self, items: &[(T, u32)], fallback: T) -> T {
        let mut rest = self.below(items.iter().map(|(_, weight)| weight).sum());
        for (item, weight) in items {
            if rest < *weight {
                return *item;
            }
            rest -= weight;
        }
        fallback
    }

    /// A value from a table of quantiles, see [`quantile`].
    pub(super) fn along(&mut self, table: &[(u32, u32)]) -> u32 {
        quantile(table, self.below(MILLION))
    }
}

/// The value at a position (in millionths) of a table of `(position, value)` pairs that both rise: between two pairs in
/// proportion, beyond the ends the value of the end.
pub(super) fn quantile(table: &[(u32, u32)], position: u32) -> u32 {
    let after = table.partition_point(|(at, _)| *at <= position);
    let left = after.checked_sub(1).and_then(|index| table.get(index));
    match (left, table.get(after)) {
        (Some((from, low)), Some((to, high))) => {
            let share = u64::from(position - from) * u64::from(high - low) / u64::from(to - from);
            low + u32::try_from(share).unwrap_or(0)
        }
        (Some((_, value)), None) | (None, Some((_, value))) => *value,
        (None, None) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let table = [(0, 10), (500_000, 20), (1_000_000, 120)];
        for (position, value) in
            [(0, 10), (250_000, 15), (500_000, 20), (750_000, 70), (999_999, 119), (2_000_000, 120)]
        {
            assert_eq!(quantile(&table, position), value, "{position}");
        }
        assert_eq!(quantile(&[], 5), 0);
        assert_eq!(quantile(&[(100, 7)], 5), 7);
    }

    #[test]
    fn the_seed_alone_decides_and_weights_hold() {
        let draw = |seed| {
            let mut dice = Dice::new(seed);
            (0..4_000).map(|_| dice.weighted(&[('a', 1), ('b', 0), ('c', 3)], 'x')).collect::<Vec<_>>()
        };
        let drawn = draw(7);
        assert_eq!(drawn, draw(7));
        assert_ne!(drawn, draw(8));
        let count = |wanted| drawn.iter().filter(|c| **c == wanted).count();
        assert!((900..1_100).contains(&count('a')), "{}", count('a'));
        assert_eq!((count('b'), count('x')), (0, 0));
    }

    #[test]
    fn empty_choices_give_the_fallback() {
        let mut dice = Dice::new(1);
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.between(5, 5), 5);
        assert_eq!(dice.between(5, 1), 5);
        assert_eq!(dice.one_of(&[], 9), 9);
        assert_eq!(dice.weighted(&[(1, 0)], 9), 9);
        assert!(!dice.happens(0) && dice.happens(MILLION));
    }
}
