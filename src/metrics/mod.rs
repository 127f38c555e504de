//! Metrics: one exact figure per subject and as-of date, computed from the rows of an entity in one pass.
//!
//! Not here: what a figure means for a grade (`grading`).

mod accumulate;
pub mod compute;
pub mod definition;
mod distinct;
pub mod file;
pub mod filter;
mod group;
mod pass;
pub mod pushed;
pub mod window;
