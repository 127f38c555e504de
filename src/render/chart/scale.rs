//! Value axes with round steps, and figures short enough to stand in a drawing.
//!
//! Invariants: ticks are exact multiples of 1, 2 or 5 times a power of ten, in the unit of the series; zero is a tick unless the
//! axis says otherwise. Figures beyond [`LIMIT`] are drawn at the limit and labelled as they are.
//! Not here: exact figures (`report::format`).

use crate::{
    money::{Currency, Rounding, decimal, div_round},
    render::chart::canvas::Tenths,
    report::ChartUnit,
    text::Lang,
};

/// The largest value that geometry can tell apart; far beyond any amount of money.
pub(super) const LIMIT: i128 = 10_i128.pow(24);

/// A value axis: whole steps between the lowest and the highest tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    low: i128,
    high: i128,
    step: i128,
}

impl Axis {
    /// An axis that holds zero and all values, with at most `most` steps.
    pub(super) fn with_zero(values: impl Iterator<Item = i128>, unit: i128, most: i128) -> Self {
        let (low, high) = range(values).unwrap_or((0, 0));
        let (low, high) = (low.min(0), high.max(0));
        let high = if low == high { unit } else { high };
        Self::over(low, high, most)
    }

    /// An axis for lines: without zero where all values lie close together and far from it.
    pub(super) fn for_lines(values: impl Iterator<Item = i128>, unit: i128, most: i128) -> Self {
        match range(values) {
            Some((low, high)) if low > 0 && high > low && low * 10 >= high * 7 => Self::over(low, high, most),
            Some((low, high)) => Self::with_zero([low, high].into_iter(), unit, most),
            None => Self::with_zero(std::iter::empty(), unit, most),
        }
    }

    fn over(low: i128, high: i128, most: i128) -> Self {
        let step = nice_steps().find(|step| steps_between(low, high, *step) <= most).unwrap_or(LIMIT);
        Self { low: floor_to(low, step), high: ceil_to(high, step), step }
    }

    /// Two axes with zero, stretched to the same number of steps above and below it, so that they share their grid lines.
    pub(super) fn aligned(self, other: Self) -> (Self, Self) {
        let below = (-self.low / self.step).max(-other.low / other.step);
        let above = (self.high / self.step).max(other.high / other.step);
        let stretched = |step: i128| Self { low: -below * step, high: above * step, step };
        (stretched(self.step), stretched(other.step))
    }

    /// The ticks from the lowest to the highest.
    pub(super) fn ticks(self) -> impl Iterator<Item = i128> {
        let count = (self.high - self.low) / self.step;
        (0..=count).map(move |i| self.low + i * self.step)
    }

    /// Whether zero is on the axis.
    pub(super) fn has_zero(self) -> bool {
        self.low <= 0 && self.high >= 0
    }

    /// The place of a value between the place of the lowest tick and that of the highest.
    pub(super) fn place(self, value: i128, lowest: Tenths, highest: Tenths) -> Tenths {
        let value = value.clamp(self.low, self.high);
        let way = i128::from(highest) - i128::from(lowest);
        let offset = div_round((value - self.low) * way, self.high - self.low, Rounding::HalfUp).unwrap_or(0);
        i64::try_from(i128::from(lowest) + offset).unwrap_or(lowest)
    }
}

fn range(values: impl Iterator<Item = i128>) -> Option<(i128, i128)> {
    values.map(|v| v.clamp(-LIMIT, LIMIT)).fold(None, |found, v| match found {
        None => Some((v, v)),
        Some((low, high)) => Some((v.min(low), v.max(high))),
    })
}

fn nice_steps() -> impl Iterator<Item = i128> {
    (0..=24).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i128.pow(power)))
}

fn floor_to(value: i128, step: i128) -> i128 {
    value.div_euclid(step) * step
}

fn ceil_to(value: i128, step: i128) -> i128 {
    -floor_to(-value, step)
}

fn steps_between(low: i128, high: i128, step: i128) -> i128 {
    (ceil_to(high, step) - floor_to(low, step)) / step
}

/// One unit of a series as an axis counts it: one thing, one major unit of money, one per cent, one point.
pub(super) fn one(unit: ChartUnit, currency: &Currency) -> i128 {
    match unit {
        ChartUnit::Count => 1,
        ChartUnit::Money => i128::from(currency.scale.unit()),
        ChartUnit::Permille => 10,
        ChartUnit::Score => 100,
    }
}

fn places(unit: ChartUnit, currency: &Currency) -> u8 {
    match unit {
        ChartUnit::Count => 0,
        ChartUnit::Money => currency.scale.places(),
        ChartUnit::Permille => 1,
        ChartUnit::Score => 2,
    }
}

/// A figure in full, as the plain-text page and hints show it.
pub(super) fn exact(value: i128, unit: ChartUnit, currency: &Currency) -> String {
    let text = decimal(value, places(unit, currency));
    if unit == ChartUnit::Permille { text + "%" } else { text }
}

/// A tick: exact, without trailing zeros, in 万 and 亿 or K, M and B where it is large.
pub(super) fn tick(value: i128, unit: ChartUnit, currency: &Currency, lang: Lang) -> String {
    let places = places(unit, currency);
    if unit == ChartUnit::Permille {
        return trimmed(value, places) + "%";
    }
    let (power, suffix) = magnitude(value, places, lang);
    trimmed(value, places + power) + suffix
}

/// A figure of at most four digits or so for a label: `12.3万`, `1,235万`, `98.5%`.
pub(super) fn brief(value: i128, unit: ChartUnit, currency: &Currency, lang: Lang) -> String {
    let places = places(unit, currency);
    if unit == ChartUnit::Permille {
        return decimal(value, 1) + "%";
    }
    if unit == ChartUnit::Score {
        return decimal(value, places);
    }
    let (power, suffix) = magnitude(value, places, lang);
    let digits = value.unsigned_abs().to_string().len();
    let whole_digits = digits.saturating_sub(usize::from(places + power));
    let shown = match (power, whole_digits) {
        (0, _) | (_, 4..) => 0,
        (_, 3) => 1,
        _ => 2,
    };
    let shown = if power == 0 && whole_digits <= 3 { places.min(2) } else { shown };
    let drop = (places + power).saturating_sub(shown);
    let cut = div_round(value, 10_i128.pow(u32::from(drop)), Rounding::HalfUp).unwrap_or(value);
    trimmed(cut, shown.min(places + power)) + suffix
}

/// By which power of ten a large figure is divided, and what is written after it. Figures below 100,000 stand in full.
fn magnitude(value: i128, places: u8, lang: Lang) -> (u8, &'static str) {
    let major = value.unsigned_abs() / 10_u128.pow(u32::from(places));
    match lang {
        Lang::Chinese if major >= 100_000_000 => (8, "亿"),
        Lang::Chinese if major >= 100_000 => (4, "万"),
        Lang::English if major >= 1_000_000_000 => (9, "B"),
        Lang::English if major >= 1_000_000 => (6, "M"),
        Lang::English if major >= 100_000 => (3, "K"),
        Lang::Chinese | Lang::English => (0, ""),
    }
}

fn trimmed(value: i128, places: u8) -> String {
    let text = decimal(value, places);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Scale;
    use proptest::prelude::*;

    fn yuan() -> Currency {
        Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() }
    }

    #[test]
    fn ticks_are_round() {
        let ticks = |values: &[i128]| -> Vec<i128> { Axis::with_zero(values.iter().copied(), 1, 5).ticks().collect() };
        assert_eq!(ticks(&[0, 97]), [0, 20, 40, 60, 80, 100]);
        assert_eq!(ticks(&[-30, 45]), [-40, -20, 0, 20, 40, 60]);
        assert_eq!(ticks(&[]), [0, 1]);
        assert_eq!(ticks(&[0, 0]), [0, 1]);
        let close: Vec<i128> = Axis::for_lines([952, 978, 961].into_iter(), 10, 5).ticks().collect();
        assert_eq!(close, [950, 960, 970, 980]);
    }

    #[test]
    fn figures_are_short_and_true() {
        let zh = |v, unit| brief(v, unit, &yuan(), Lang::Chinese);
        assert_eq!(zh(12_345, ChartUnit::Count), "12,345");
        assert_eq!(zh(123_456, ChartUnit::Count), "12.35万");
        assert_eq!(zh(1_234_567, ChartUnit::Count), "123.5万");
        assert_eq!(zh(12_345_678, ChartUnit::Count), "1,235万");
        assert_eq!(zh(12_345, ChartUnit::Money), "123.45");
        assert_eq!(zh(1_234_567, ChartUnit::Money), "12,346");
        assert_eq!(zh(-12_345_678_900, ChartUnit::Money), "-1.23亿");
        assert_eq!(zh(985, ChartUnit::Permille), "98.5%");
        assert_eq!(zh(7130, ChartUnit::Score), "71.30");
        assert_eq!(zh(0, ChartUnit::Money), "0");
        assert_eq!(brief(12_345_678_900, ChartUnit::Money, &yuan(), Lang::English), "123.5M");
        assert_eq!(tick(1_500_000_000, ChartUnit::Money, &yuan(), Lang::Chinese), "1,500万");
        assert_eq!(tick(25_000_000, ChartUnit::Money, &yuan(), Lang::English), "250K");
        assert_eq!(tick(5, ChartUnit::Permille, &yuan(), Lang::English), "0.5%");
        assert_eq!(exact(5, ChartUnit::Permille, &yuan()), "0.5%");
    }

    proptest! {
        #[test]
        fn an_axis_holds_its_values(values in prop::collection::vec(any::<i128>(), 0..9), others in prop::collection::vec(any::<i64>(), 1..9)) {
            let axis = Axis::with_zero(values.iter().copied(), 1, 5);
            prop_assert!(axis.ticks().count() <= 6);
            for value in &values {
                let place = axis.place(*value, 1000, 0);
                prop_assert!((0..=1000).contains(&place));
            }
            let (left, right) = axis.aligned(Axis::with_zero(others.iter().map(|v| i128::from(*v)), 1, 5));
            prop_assert_eq!(left.ticks().count(), right.ticks().count());
            prop_assert_eq!(left.place(0, 1000, 0), right.place(0, 1000, 0));
            for value in others {
                prop_assert!(right.low <= i128::from(value) && i128::from(value) <= right.high);
            }
        }
    }
}
