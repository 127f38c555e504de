//! Runs: a home, its ledger and its store come together, and a job's report becomes files.
//!
//! The only layers that read the clock are this one's callers in `cli`; here `now` is an argument.

pub mod artifacts;
pub mod check;
pub mod counted;
pub mod demo;
pub mod error;
pub mod explain;
pub mod grades;
pub mod home;
pub mod job;
mod lists;
pub mod points;
pub mod receivables;
pub mod report;
mod restatement;
pub mod review;
pub mod risk;
pub mod satisfaction;
pub mod schemes;
pub mod settings;
mod shipped;
pub mod store;
pub mod tier;
pub mod trial;
