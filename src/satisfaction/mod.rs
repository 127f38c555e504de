//! Satisfaction: answers of a survey wave in, scores with what they are worth out (S23–S31). Pure and synchronous.
//!
//! Invariants: levels, scores and weights are whole numbers or exact shares; a customer's score is rounded once, half up, to a millionth of a point, and
//! everything behind it is a sum of those; an answer that is not counted is counted as what it is and can be listed with its id; nothing is ever
//! averaged over two scales.

pub mod answers;
pub mod cell;
pub mod comments;
pub mod fault;
mod memo;
pub mod questionnaire;
pub mod scale;
pub mod score;
pub mod statistics;
