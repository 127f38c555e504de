//! The ledger: the contract of entities, the mapping to a user's database, one read-only snapshot a run, and the loader of our own.
//!
//! Not here: what the figures mean (`metrics`, `grading`).

mod address;
pub mod aggregate;
pub mod batch;
mod clock;
pub mod create;
pub mod decode;
pub mod demo;
pub mod dictionary;
pub mod entity;
pub mod error;
pub mod grants;
mod inspect;
pub mod load;
mod lookup;
pub mod mapping;
pub mod overview;
pub mod partition;
pub mod posting;
pub mod propose;
pub mod pushdown;
pub mod question;
mod raw;
mod reader;
mod scan;
pub mod schema;
pub mod server;
pub mod snapshot;
mod source;
