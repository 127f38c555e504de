//! Scores of a wave: by indicator, and by whatever customers can be grouped by. Cells in, means with what they are worth out.

use crate::{
    money::{Rounding, Share, div_round},
    satisfaction::{
        answers::{Sheet, Wave},
        cell::{Answer, Cell},
        questionnaire::Questionnaire,
        statistics::{MICRO, Sample},
    },
};

/// Cells by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Levels that count.
    pub answers: i64,
    /// Of them, those that count as another level because of a comment (S25).
    pub overridden: i64,
    /// Rows without a level.
    pub blank: i64,
    /// Questions that do not apply.
    pub not_applicable: i64,
    /// Questions that were answered in different ways.
    pub different: i64,
}

impl Counts {
    fn add(&mut self, cell: Cell) {
        match cell.answer() {
            Answer::NotAsked => {}
            Answer::Blank => self.blank += 1,
            Answer::NotApplicable => self.not_applicable += 1,
            Answer::Different => self.different += 1,
            Answer::Level(_) => {
                self.answers += 1;
                self.overridden += i64::from(cell.overridden());
            }
        }
    }

    /// Adds others.
    pub fn merge(&mut self, other: &Self) {
        self.answers += other.answers;
        self.overridden += other.overridden;
        self.blank += other.blank;
        self.not_applicable += other.not_applicable;
        self.different += other.different;
    }
}

/// The answers to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndicatorScore {
    /// Cells by what became of them.
    pub counts: Counts,
    /// Answers by the level that was chosen.
    pub chosen: Vec<i64>,
    /// Answers by the level that counts.
    pub counted: Vec<i64>,
    /// The scores that count.
    pub sample: Sample,
    /// Their sum in units of the scale.
    sum: i128,
    unit: i64,
}

impl IndicatorScore {
    /// The mean of the scores that count, in points.
    pub fn mean(&self) -> Share {
        Share::new(self.sum, i128::from(self.counts.answers) * i128::from(self.unit))
    }
}

/// The scores of every question, in the order of the survey.
pub fn by_indicator(questionnaire: &Questionnaire, wave: &Wave) -> Vec<IndicatorScore> {
    let levels = &questionnaire.scale.levels;
    let unit = questionnaire.scale.unit;
    let none = || (Counts::default(), vec![0_i64; levels.len()], vec![0_i64; levels.len()]);
    let mut found: Vec<_> = questionnaire.indicators.iter().map(|_| none()).collect();
    for (_, cells) in wave.each() {
        for ((counts, chosen, counted), cell) in found.iter_mut().zip(cells) {
            counts.add(cell);
            if let (Answer::Level(level), Some(counts_as)) = (cell.answer(), cell.counted(questionnaire)) {
                chosen.get_mut(level).into_iter().for_each(|count| *count += 1);
                counted.get_mut(counts_as).into_iter().for_each(|count| *count += 1);
            }
        }
    }
    let score = |(counts, chosen, counted): (Counts, Vec<i64>, Vec<i64>)| {
        let (mut sample, mut sum) = (Sample::default(), 0);
        for (level, count) in levels.iter().zip(&counted) {
            sum += i128::from(level.score) * i128::from(*count);
            sample.add(millionths(level.score.into(), unit.into()), *count);
        }
        IndicatorScore { counts, chosen, counted, sample, sum, unit }
    };
    found.into_iter().map(score).collect()
}

/// Decimal places of the scores that indicators are ranked by.
const PLACES: u32 = 6;

/// The questions with at least `least` answers, the weakest first; equal ones in the order of the survey.
pub fn weakest(scores: &[IndicatorScore], least: i64) -> Vec<usize> {
    let ranked = |place: &usize| scores.get(*place).is_some_and(|one| one.sample.n >= least);
    let mut places: Vec<usize> = (0..scores.len()).filter(ranked).collect();
    places.sort_by_key(|place| scores.get(*place).and_then(|one| one.mean().scaled(PLACES)));
    places
}

/// The place of each question among the [`weakest`], from 1: equal ones share a place, with fewer than `least` answers there is none.
pub fn weakness(scores: &[IndicatorScore], least: i64) -> Vec<Option<usize>> {
    let mean = |place: usize| scores.get(place).and_then(|one| one.mean().scaled(PLACES));
    let ranked = weakest(scores, least);
    let place =
        |own: usize| ranked.contains(&own).then(|| ranked.iter().position(|other| mean(*other) == mean(own)))?;
    (0..scores.len()).map(|own| place(own).map(|at| at + 1)).collect()
}

/// What a customer says, all in all, within a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerScore {
    /// The group.
    pub key: u32,
    /// Code of the customer.
    pub customer: u32,
    /// The weighted mean of the answers, in millionths of a point; `None` without any.
    pub score: Option<i64>,
    /// Cells by what became of them.
    pub counts: Counts,
}

/// The scores of customers within the groups that a key makes of their sheets, by key and customer: the mean of the answers of each (S24 a), weighted by
/// the weights of what was answered. Sheets without a key are left out.
pub fn by_customer(
    questionnaire: &Questionnaire,
    wave: &Wave,
    key: impl Fn(&Sheet) -> Option<u32>,
) -> Vec<CustomerScore> {
    let levels = &questionnaire.scale.levels;
    let mut sheets: Vec<(u32, u32, i128, i128, Counts)> = Vec::with_capacity(wave.sheets.len());
    for (sheet, cells) in wave.each() {
        let Some(key) = key(sheet) else { continue };
        let (mut sum, mut weights, mut counts) = (0, 0, Counts::default());
        for (cell, indicator) in cells.zip(&questionnaire.indicators) {
            counts.add(cell);
            if let Some(level) = cell.counted(questionnaire).and_then(|level| levels.get(level)) {
                sum += i128::from(indicator.weight) * i128::from(level.score);
                weights += i128::from(indicator.weight);
            }
        }
        sheets.push((key, sheet.customer, sum, weights, counts));
    }
    sheets.sort_unstable_by_key(|(key, customer, ..)| (*key, *customer));
    let of_customer = |sheets: &[(u32, u32, i128, i128, Counts)]| {
        let (key, customer, ..) = *sheets.first()?;
        let (mut sum, mut weights, mut counts) = (0, 0, Counts::default());
        for (_, _, own, weight, cells) in sheets {
            sum += own;
            weights += weight;
            counts.merge(cells);
        }
        let score = (weights > 0).then(|| millionths(sum, weights * i128::from(questionnaire.scale.unit)));
        Some(CustomerScore { key, customer, score, counts })
    };
    sheets.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter_map(of_customer).collect()
}

/// What the customers of a group say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupScore {
    /// The group.
    pub key: u32,
    /// Customers who were asked.
    pub customers: i64,
    /// The scores of those who answered anything.
    pub sample: Sample,
    /// Of them, how many reach a target.
    pub reached: i64,
    /// Cells by what became of them.
    pub counts: Counts,
}

/// The mean of the customers of each group, by key; `target` is what customers of a group shall reach.
pub fn by_group(customers: &[CustomerScore], target: impl Fn(u32) -> Option<i128>) -> Vec<GroupScore> {
    let of_group = |customers: &[CustomerScore]| {
        let key = customers.first()?.key;
        let least = target(key);
        let mut group =
            GroupScore { key, customers: 0, sample: Sample::default(), reached: 0, counts: Counts::default() };
        for customer in customers {
            group.customers += 1;
            group.counts.merge(&customer.counts);
            if let Some(score) = customer.score {
                group.sample.add(score, 1);
                group.reached += i64::from(least.is_some_and(|least| i128::from(score) >= least));
            }
        }
        Some(group)
    };
    customers.chunk_by(|a, b| a.key == b.key).filter_map(of_group).collect()
}

/// A fraction in millionths, rounded half up.
fn millionths(part: i128, whole: i128) -> i64 {
    let value = div_round(part * MICRO, whole, Rounding::HalfUp);
    value.and_then(|value| i64::try_from(value).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        declaration::Declaration,
        satisfaction::{answers::tests::wave, scale::Scale},
    };

    fn survey(scale: &str, weights: [&str; 2]) -> Questionnaire {
        let scales = Scale::check_all(&Declaration::new("s", include_str!("../../config/scales.toml"))).unwrap();
        let indicator = |id: &str, weight: &str| {
            format!(
                "[[indicator]]\nid = \"{id}\"\ntitle = {{ zh = \"{id}\", en = \"{id}\" }}\ngroup = \"product\"\nweight = \"{weight}\"\n"
            )
        };
        let text = format!(
            "title = {{ zh = \"试\", en = \"test\" }}\nrequirements = []\nscale = \"{scale}\"\nstatistics = {{ confidence = \"0.95\", least = 2 }}\n{}{}",
            indicator("a", weights[0]),
            indicator("b", weights[1])
        );
        Questionnaire::check(&Declaration::new("q", &text), "q", &scales, &|_| None).unwrap()
    }

    #[test]
    fn weights_are_spread_over_what_was_answered() {
        let survey = survey("five-level", ["0.75", "0.25"]);
        // Levels by place; a blank second answer leaves the first alone.
        let wave = wave(&survey, &[(1, [Some(4), Some(0)]), (2, [Some(4), None]), (3, [None, None])]);
        let scores: Vec<Option<i64>> = by_customer(&survey, &wave, |_| Some(0)).iter().map(|of| of.score).collect();
        assert_eq!(scores, [Some(80_000_000), Some(100_000_000), None]);
        let group = by_group(&by_customer(&survey, &wave, |_| Some(0)), |_| Some(90_000_000))[0];
        assert_eq!((group.customers, group.sample.n, group.reached, group.counts.blank), (3, 2, 1, 3));
        assert_eq!(group.sample.mean(), Some(90_000_000));
    }

    #[test]
    fn equal_indicators_share_a_place_and_few_answers_have_none() {
        let survey = survey("five-level", ["1", "1"]);
        for (answers, least, expected) in [
            (vec![(1, [Some(1), Some(3)]), (2, [Some(2), Some(3)])], 2, [Some(1), Some(2)]),
            (vec![(1, [Some(4), Some(3)]), (2, [Some(4), Some(3)])], 2, [Some(2), Some(1)]),
            (vec![(1, [Some(1), Some(2)]), (2, [Some(2), Some(1)])], 2, [Some(1), Some(1)]),
            (vec![(1, [Some(1), Some(2)]), (2, [Some(2), None])], 2, [Some(1), None]),
        ] {
            let scores = by_indicator(&survey, &wave(&survey, &answers));
            assert_eq!(weakness(&scores, least), expected, "{answers:?}");
            assert_eq!(weakest(&scores, least).len(), expected.iter().flatten().count());
        }
    }

    #[test]
    fn seven_levels_are_exact_thirds() {
        let survey = survey("seven-level", ["1", "1"]);
        let wave = wave(&survey, &[(1, [Some(1), Some(2)]), (2, [Some(1), Some(1)])]);
        let scores: Vec<Option<i64>> = by_customer(&survey, &wave, |_| Some(0)).iter().map(|of| of.score).collect();
        assert_eq!(scores, [Some(40_000_000), Some(33_333_333)]);
        let first = &by_indicator(&survey, &wave)[0];
        assert_eq!(first.mean().scaled(6), Some(33_333_333));
    }
}
