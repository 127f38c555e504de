//! Which rows a metric counts.

use crate::{
    ledger::{
        batch::{Batch, MISSING, NO_DAY, Values},
        dictionary::NOTHING,
    },
    metrics::definition::{Condition, Test},
};

/// Which rows of a batch all conditions hold for; `code` gives the code of a text of a column, if there is one.
pub fn mask(filter: &[Condition], batch: &Batch, code: impl Fn(&'static str, &str) -> Option<u32>) -> Vec<bool> {
    let mut mask = vec![true; batch.len()];
    for condition in filter {
        let words =
            |words: &[String]| -> Vec<u32> { words.iter().filter_map(|word| code(condition.column, word)).collect() };
        match (&condition.test, batch.column(condition.column)) {
            (Test::OneOf(list), Some(Values::Codes(codes))) => {
                let wanted = words(list);
                keep(&mut mask, codes, |code| wanted.contains(code));
            }
            (Test::NotOneOf(list), Some(Values::Codes(codes))) => {
                let unwanted = words(list);
                keep(&mut mask, codes, |code| !unwanted.contains(code));
            }
            (Test::Empty(empty), Some(Values::Codes(codes))) => {
                keep(&mut mask, codes, |code| (*code == NOTHING) == *empty);
            }
            (Test::Empty(empty), Some(Values::Numbers(numbers))) => {
                keep(&mut mask, numbers, |number| (*number == MISSING) == *empty);
            }
            (Test::Empty(empty), Some(Values::Identities(values))) => {
                keep(&mut mask, values, |value| (*value == 0) == *empty);
            }
            (Test::Empty(empty), Some(Values::Days(days))) => keep(&mut mask, days, |day| (*day == NO_DAY) == *empty),
            (Test::Between(from, to), Some(Values::Numbers(numbers))) => {
                keep(&mut mask, numbers, |number| *number != MISSING && (*from..=*to).contains(number));
            }
            (Test::Between(from, to), Some(Values::Days(days))) => {
                keep(&mut mask, days, |day| *day != NO_DAY && (*from..=*to).contains(&i64::from(*day)));
            }
            // A test that does not fit its column is refused when the file is read.
            _ => mask.fill(false),
        }
    }
    mask
}

fn keep<T>(mask: &mut [bool], values: &[T], test: impl Fn(&T) -> bool) {
    for (kept, value) in mask.iter_mut().zip(values) {
        *kept = *kept && test(value);
    }
}
