//! Points: lots with a last day, what members did with them, and what lapses.
//!
//! Data flow: `config/programmes/<id>.toml` → [`programme::Programme`]; the entries of the ledger, member by member → [`entry::Entries`] → [`account::Walker`], which
//! pairs everything spent with the lot it came from → what lapses on a day ([`plan`]), what moved in a period ([`flow`]), what will lapse ([`outlook`]).
//! Invariants: points are whole; a point is spent, lapsed or there, never two of them. Not here: writing to the ledger (`ledger::posting`), people's decisions (`run::points`).

pub mod account;
pub mod accrual;
pub mod decision;
pub mod entry;
pub mod flow;
pub mod kept;
pub mod members;
pub mod outlook;
pub mod plan;
pub mod programme;
pub mod rulebook;
pub mod standing;
pub mod validity;
