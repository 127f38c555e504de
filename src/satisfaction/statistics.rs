//! Means with what they are worth: how many they are made of, an interval, and whether a change is more than noise.
//!
//! Values are millionths of a point. Intervals and changes are estimates by the normal distribution for independent samples; square roots are rounded
//! down to a billionth of a point, everything else is exact.

use crate::money::{Rounding, div_round};

/// Millionths in a point.
pub const MICRO: i128 = 1_000_000;

/// How sure an interval is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confidence {
    /// Nine of ten.
    P90,
    /// Nineteen of twenty.
    P95,
    /// Ninety-nine of a hundred.
    P99,
}

impl Confidence {
    /// Reads `0.90`, `0.95` or `0.99`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "0.9" | "0.90" => Some(Self::P90),
            "0.95" => Some(Self::P95),
            "0.99" => Some(Self::P99),
            _ => None,
        }
    }

    /// In percent.
    pub fn percent(self) -> u8 {
        match self {
            Self::P90 => 90,
            Self::P95 => 95,
            Self::P99 => 99,
        }
    }

    /// The two-sided quantile of the normal distribution, in millionths.
    fn z(self) -> i128 {
        match self {
            Self::P90 => 1_644_854,
            Self::P95 => 1_959_964,
            Self::P99 => 2_575_829,
        }
    }
}

/// Values added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sample {
    /// How many.
    pub n: i64,
    sum: i128,
    squares: i128,
}

impl Sample {
    /// Adds a value, in millionths of a point, so many times.
    pub fn add(&mut self, value: i64, times: i64) {
        let value = i128::from(value);
        self.n += times;
        self.sum += value * i128::from(times);
        self.squares += value * value * i128::from(times);
    }

    /// The mean in millionths, rounded half up.
    pub fn mean(&self) -> Option<i128> {
        div_round(self.sum, self.n.into(), Rounding::HalfUp)
    }

    /// The standard error of the mean in billionths of a point.
    fn error(&self) -> Option<i128> {
        let n = i128::from(self.n);
        let spread = n * self.squares - self.sum * self.sum;
        // A billionth squared is a millionth of a millionth squared.
        Some(spread.checked_mul(MICRO)?.checked_div(n * n * (n - 1))?.isqrt())
    }

    /// Half the width of the interval around the mean, in millionths rounded half up; `None` with fewer than `least` values.
    pub fn half_width(&self, confidence: Confidence, least: i64) -> Option<i128> {
        if self.n < least.max(2) {
            return None;
        }
        div_round(self.error()? * confidence.z(), MICRO * 1_000, Rounding::HalfUp)
    }

    /// What became of it since another sample; `None` when one has no values.
    pub fn since(&self, before: &Self, confidence: Confidence, least: i64) -> Option<Change> {
        let difference = self.mean()? - before.mean()?;
        let judged = self.n.min(before.n) >= least.max(2);
        let noise = if judged { self.error().zip(before.error()) } else { None };
        let real = noise.map(|(own, other)| {
            let limit = confidence.z() * (own * own + other * other).isqrt();
            // Millionths times millionths against millionths times billionths.
            difference.abs() * 1_000 * MICRO > limit
        });
        Some(Change { difference, real })
    }
}

/// What became of a mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The difference of the means, in millionths.
    pub difference: i128,
    /// Whether it is more than noise; `None` with too few values.
    pub real: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(points: &[(i64, i64)]) -> Sample {
        let mut sample = Sample::default();
        for (value, times) in points {
            sample.add(value * 1_000_000, *times);
        }
        sample
    }

    #[test]
    fn an_interval_is_that_of_the_book() {
        // 50 values of 60 and 50 of 80: s² = 10000/99, the error √(10000/99/100) = 1.0050378…, times 1.959964 = 1.969838…
        let own = sample(&[(60, 50), (80, 50)]);
        assert_eq!(own.mean(), Some(70_000_000));
        assert_eq!(own.half_width(Confidence::P95, 30), Some(1_969_838));
        assert_eq!(own.half_width(Confidence::P95, 101), None, "too few");
        assert_eq!(sample(&[(70, 1)]).half_width(Confidence::P95, 0), None, "one value has no spread");
        assert_eq!(sample(&[(70, 40)]).half_width(Confidence::P99, 30), Some(0));
        assert_eq!(sample(&[]).mean(), None);
    }

    #[test]
    fn a_change_is_noise_until_it_is_beyond_both_errors() {
        let before = sample(&[(60, 50), (80, 50)]);
        // Both errors are 1.005: together 1.4213, times 1.96 = 2.786.
        for (shift, real) in [(0, Some(false)), (2, Some(false)), (3, Some(true)), (-3, Some(true))] {
            let after = sample(&[(60 + shift, 50), (80 + shift, 50)]);
            let change = after.since(&before, Confidence::P95, 30).unwrap();
            assert_eq!((change.difference, change.real), (i128::from(shift) * MICRO, real));
        }
        assert_eq!(sample(&[(60, 5)]).since(&before, Confidence::P95, 30).unwrap().real, None);
        assert_eq!(sample(&[]).since(&before, Confidence::P95, 30), None);
    }

    #[test]
    fn millions_of_values_fit() {
        let own = sample(&[(0, 5_000_000), (100, 5_000_000)]);
        assert_eq!(own.mean(), Some(50_000_000));
        assert_eq!(own.half_width(Confidence::P95, 30), Some(30_990));
    }
}
