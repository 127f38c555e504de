//! Runs: a home, its ledger and its store come together, and a job's report becomes files.
//!
//! The only layers that read the clock are this one's callers in `cli`; here `now` is an argument.

pub mod archive;
pub mod artifacts;
pub mod attempt;
pub mod backfill;
pub mod check;
pub mod counted;
pub mod demo;
pub mod doctor;
pub mod error;
pub mod explain;
pub mod gate;
pub mod grades;
pub mod home;
pub mod job;
mod jobs;
mod lists;
pub mod logs;
pub mod manual;
pub mod operate;
pub mod planner;
pub mod points;
pub mod receivables;
pub mod report;
mod restatement;
pub mod retention;
pub mod review;
pub mod risk;
pub mod satisfaction;
pub mod schemes;
pub mod serve;
pub mod settings;
mod shipped;
pub mod store;
pub mod tier;
pub mod trial;
pub mod why_not;
