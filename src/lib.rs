//! fenji (分级, "grading"): scheduled jobs read a ledger database, grade customers and members, and deliver reports.
//!
//! The map, lowest layer first; a module uses only modules of earlier lines (`tests/suite/layers.rs` keeps it so):
//!
//! | layer | modules |
//! |---|---|
//! | 1 | [`declaration`] [`money`] [`period`] [`text`] |
//! | 2 | [`ledger`] [`schedule`] [`scheme`] |
//! | 3 | [`metrics`] |
//! | 4 | [`grading`] [`points`] [`receivables`] [`satisfaction`] |
//! | 5 | [`report`] |
//! | 6 | [`render`] |
//! | 7 | [`deliver`] |
//! | 8 | [`job`] |
//! | 9 | [`run`] |
//! | 10 | [`web`] |
//! | 11 | [`cli`] |

pub mod cli;
pub mod declaration;
pub mod deliver;
pub mod grading;
pub mod job;
pub mod ledger;
pub mod metrics;
pub mod money;
pub mod period;
pub mod points;
pub mod receivables;
pub mod render;
pub mod report;
pub mod run;
pub mod satisfaction;
pub mod schedule;
pub mod scheme;
pub mod text;
pub mod web;
