//! The ledger: the contract of entities, the mapping to a user's database, and one read-only snapshot a run.
//!
//! Not here: what the figures mean (`metrics`, `grading`).

pub mod batch;
mod decode;
pub mod dictionary;
pub mod entity;
pub mod error;
pub mod mapping;
pub mod snapshot;
mod source;
