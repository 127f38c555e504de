//! Tests on subjects, and ordered cases made of them.

use std::cmp::Ordering;

use crate::{
    grading::{
        bound::Figure,
        evaluate::{
            NO_CLASS, Work,
            bands::range,
            exact::{order, resolve},
        },
    },
    ledger::batch::MISSING,
    money::Share,
    scheme::rule::{Among, Case, Compare, Presence, Test, When},
};

impl Work<'_> {
    /// The class of the first case that holds.
    pub(super) fn conditions(&self, cases: &[Case<usize, Figure>], otherwise: Option<u8>) -> Vec<u8> {
        let mut open = vec![true; self.population.subjects];
        let mut classes = vec![otherwise.unwrap_or(NO_CLASS); self.population.subjects];
        for case in cases {
            for ((class, open), holds) in classes.iter_mut().zip(&mut open).zip(self.mask(&case.when)) {
                if *open && holds {
                    *class = case.class;
                    *open = false;
                }
            }
        }
        classes
    }

    /// By subject: whether all of `all` hold and, where there are some, one of `any`.
    pub(super) fn mask(&self, when: &When<usize, Figure>) -> Vec<bool> {
        let everybody = vec![true; self.population.subjects];
        let mut mask = everybody.clone();
        for test in &when.all {
            self.narrow(test, &mut mask);
        }
        if !when.any.is_empty() {
            let mut one_holds = vec![false; self.population.subjects];
            for test in &when.any {
                let mut this = everybody.clone();
                self.narrow(test, &mut this);
                one_holds.iter_mut().zip(this).for_each(|(one, this)| *one |= this);
            }
            mask.iter_mut().zip(one_holds).for_each(|(mask, one)| *mask &= one);
        }
        mask
    }

    /// Takes away whoever does not pass a test.
    fn narrow(&self, test: &Test<usize, Figure>, mask: &mut [bool]) {
        match test {
            Test::Figure { metric, bounds } => self.narrow_by_figure(*metric, bounds, mask),
            Test::Word { metric, words, pass } => self.narrow_by_word(*metric, words, *pass, mask),
            Test::HasFigure { metric, presence } => {
                let there = *presence == Presence::There;
                for (subject, mask) in mask.iter_mut().enumerate() {
                    let figure = self.metric(*metric).and_then(|(_, column)| column.get(subject));
                    *mask &= figure.is_some() == there;
                }
            }
            Test::Class { dimension, pass } => {
                for (subject, mask) in mask.iter_mut().enumerate() {
                    let class = self.class(*dimension, subject);
                    *mask &= pass.get(usize::from(class)).copied().unwrap_or(false);
                }
            }
            Test::HasClass { dimension, presence } => {
                let there = *presence == Presence::There;
                for (subject, mask) in mask.iter_mut().enumerate() {
                    *mask &= (self.class(*dimension, subject) != NO_CLASS) == there;
                }
            }
        }
    }

    fn narrow_by_figure(&self, metric: usize, bounds: &[(Compare, Figure)], mask: &mut [bool]) {
        let Some((bound, column)) = self.metric(metric) else { return mask.fill(false) };
        let bounds: Vec<(Compare, Share)> =
            bounds.iter().map(|(compare, figure)| (*compare, resolve(*figure, self.population.as_of))).collect();
        if column.whole.is_empty() {
            // From the first number that is no MISSING.
            let all = (MISSING + 1, i64::MAX);
            let ranges = bounds.iter().map(|(compare, figure)| range(*compare, *figure));
            let (from, to) = ranges.fold(all, |all, range| (all.0.max(range.0), all.1.min(range.1)));
            mask.iter_mut().zip(&column.part).for_each(|(mask, part)| *mask &= from <= *part && *part <= to);
            return;
        }
        for (subject, mask) in mask.iter_mut().enumerate() {
            let figure = column.get(subject).map(|figure| bound.share(figure));
            *mask &= figure.is_some_and(|figure| bounds.iter().all(|(compare, edge)| passes(*compare, figure, *edge)));
        }
    }

    fn narrow_by_word(&self, metric: usize, words: &[String], pass: Among, mask: &mut [bool]) {
        let Some((_, column)) = self.metric(metric) else { return mask.fill(false) };
        let mut listed: Vec<i64> = words.iter().filter_map(|word| (self.population.words)(metric, word)).collect();
        listed.sort_unstable();
        for (mask, word) in mask.iter_mut().zip(&column.part) {
            *mask &= *word != MISSING && listed.binary_search(word).is_ok() == (pass == Among::Listed);
        }
    }
}

fn passes(compare: Compare, figure: Share, edge: Share) -> bool {
    match (compare, order(figure, edge)) {
        (Compare::AtLeast | Compare::AtMost, Ordering::Equal)
        | (Compare::AtLeast | Compare::Above, Ordering::Greater)
        | (Compare::AtMost | Compare::Below, Ordering::Less) => true,
        (Compare::Above | Compare::Below, Ordering::Equal)
        | (Compare::AtMost | Compare::Below, Ordering::Greater)
        | (Compare::AtLeast | Compare::Above, Ordering::Less) => false,
    }
}
