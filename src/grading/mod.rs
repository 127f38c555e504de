//! Grading: schemes and metrics in, grades with their reasons out. Pure and synchronous.
//!
//! Invariants: no float decides; every subject of the universe is graded or excluded with a reason; the same ledger and the same kept
//! grades give the same result.

pub mod bind;
pub mod bound;
pub mod chain;
pub mod compare;
pub mod evaluate;
mod fingerprint;
pub mod ladder;
pub mod outlook;
pub mod review;
pub mod set;
pub mod subjects;
pub mod worked;
