//! One integration binary, a file a capability. Everything runs the real binary on real files.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    reason = "helpers of tests are not inside `#[test]` functions, and a test may stop at the first thing that is wrong"
)]

mod bad_input;
mod category_discounts;
mod chaos;
mod command_line;
mod conformance;
mod departments;
mod entitlements;
mod formats;
mod graded_reports;
mod history;
mod jobs;
mod layers;
mod loading;
mod mapped_ledger;
mod mapping_help;
mod metrics;
mod metrics_of_business;
mod online_retail;
mod operating;
mod points;
mod points_audit;
mod points_crash;
mod prize_receipts;
mod receivable_risk;
mod receivables;
mod review;
mod review_job;
mod review_pack;
mod rfm;
mod satisfaction;
mod satisfaction_report;
mod schedules;
mod schemes;
mod serve;
#[expect(dead_code, reason = "the unit tests of the sources use the rest of it")]
mod servers;
mod service_desk;
mod store;
mod support;
mod tier_report;
mod trial;
