//! The comments of a wave, each question of a sheet once.

use std::collections::BTreeSet;

use crate::{
    ledger::batch::Dictionaries,
    satisfaction::{
        answers::{Detail, Wave},
        fault::AnswerFault,
    },
};

/// A question on a sheet, which several rows may answer.
type Question = ([u32; 4], Option<usize>);

/// Rows with a comment that are counted, in the order of their ids: not those that contradict each other, and the first of those that repeat each other.
/// The wave must have been read with its details.
pub fn comments<'w>(wave: &'w Wave, dictionaries: &Dictionaries) -> Vec<&'w Detail> {
    let question = |detail: &Detail| -> Question {
        let sheet = detail.sheet;
        ([sheet.customer, sheet.department, sheet.product, sheet.staff], detail.indicator)
    };
    let contradicts = |detail: &&Detail| detail.fault == Some(AnswerFault::Different);
    let contradicted: BTreeSet<Question> = wave.details.iter().filter(contradicts).map(question).collect();
    let counts =
        |detail: &&Detail| detail.fault.is_none() && detail.kind.is_some() && !contradicted.contains(&question(detail));
    let mut comments: Vec<&Detail> = wave.details.iter().filter(counts).collect();
    comments.sort_by_key(|detail| dictionaries.text("response_id", detail.response));
    let mut seen: BTreeSet<Question> = BTreeSet::new();
    comments.retain(|detail| seen.insert(question(detail)));
    comments
}
