//! Receivables: what customers owe as of any day, how old it is, and how they pay. Movements in, figures out; pure and synchronous.
//!
//! Invariants: whole minor units only; buckets and unapplied credits come to the sum of all movements, for every customer and currency, or nothing is
//! given out; a movement that is not counted is listed with its id. Amounts of different currencies are never added.

pub mod ageing;
pub mod behaviour;
pub mod error;
pub mod item;
pub mod movement;
pub mod policy;
pub mod problem;
pub mod risk;
pub mod settle;
